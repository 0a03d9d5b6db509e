"""Statements on their way to the driver.

The hot path's statements are few, compiled already, and have no types to convert, so they go to
the driver directly: that is four times as fast. Where somebody listens to SQLAlchemy's events (a
trace, a drill that makes a statement fail) they go through SQLAlchemy, for him to see.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

Row = tuple[Any, ...]


class Wire:
    """One connection, for statements with positional parameters."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self._dialect = connection.dialect
        driver: Any = connection.connection.dbapi_connection
        self._driver = driver
        self._cursor: Any = self._driver.cursor()
        self._error: type[Exception] = connection.dialect.loaded_dbapi.Error

    @property
    def is_watched(self) -> bool:
        """Whether somebody listens to what is executed."""
        dispatch = self.connection.engine.dispatch
        return bool(dispatch.before_cursor_execute or dispatch.after_cursor_execute)

    def command(self, sql: str) -> None:
        """Execute something without parameters or result."""
        if self.is_watched:
            self.connection.exec_driver_sql(sql)
            return
        try:
            self._cursor.execute(sql)
        except self._error as error:
            raise self._translated(sql, (), error) from error

    def fetch(self, sql: str, values: Row) -> Sequence[Any]:
        """The rows that a query gives, as tuples."""
        if self.is_watched:
            return self.connection.exec_driver_sql(sql, values).fetchall()
        try:
            self._cursor.execute(sql, values)
            return list(self._cursor.fetchall())
        except self._error as error:
            raise self._translated(sql, values, error) from error

    def run(self, sql: str, rows: Sequence[Row]) -> int:
        """Execute for each row of parameters; how many rows it met."""
        if self.is_watched:
            given: Any = rows[0] if len(rows) == 1 else rows
            return self.connection.exec_driver_sql(sql, given).rowcount
        try:
            if len(rows) == 1:
                self._cursor.execute(sql, rows[0])
            else:
                self._cursor.executemany(sql, rows)
        except self._error as error:
            raise self._translated(sql, rows, error) from error
        return int(self._cursor.rowcount)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Send what is executed inside without waiting for each answer, where the driver can."""
        pipeline = getattr(self._driver, "pipeline", None)
        if pipeline is None or self.is_watched:
            yield
            return
        try:
            with pipeline():
                yield
        except self._error as error:
            raise self._translated("(several statements)", (), error) from error

    def _translated(self, sql: str, values: Any, error: Exception) -> BaseException:
        """As SQLAlchemy would raise it."""
        return sa.exc.DBAPIError.instance(
            sql,
            values,
            error,
            self._error,
            connection_invalidated=self._dialect.is_disconnect(
                error,  # type: ignore[arg-type]
                self._driver,
                self._cursor,
            ),
            dialect=self._dialect,
        )
