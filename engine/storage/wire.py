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

from engine.errors import Conflict

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
        self._pipeline: Any = getattr(driver, "pipeline", None)
        """Opens a block whose statements are sent without waiting for each answer; None: the driver
        has no such thing."""
        self._is_together = False
        self.is_torn = False
        """Whether something failed among what was sent together: the driver then counts statements
        as prepared that the server passed over, so the connection is used no more."""
        self._ahead: str | None = None
        """Goes with the next statement."""

    @property
    def is_watched(self) -> bool:
        """Whether somebody listens to what is executed."""
        dispatch = self.connection.engine.dispatch
        return bool(dispatch.before_cursor_execute or dispatch.after_cursor_execute)

    def begin(self, sql: str) -> None:
        """Open a transaction: with its first statement, where that saves a round trip."""
        if self._pipeline is None or self.is_watched:
            self.command(sql)
        else:
            self._ahead = sql

    def begun(self) -> None:
        """Open it now, for a statement that comes by another way."""
        if self._ahead is not None:
            sql, self._ahead = self._ahead, None
            self.command(sql)

    def forget(self) -> bool:
        """Give up a transaction of which nothing was sent; whether there was one."""
        was_ahead, self._ahead = self._ahead is not None, None
        return was_ahead

    def command(self, sql: str) -> None:
        """Execute something without parameters or result."""
        self.begun()
        if self.is_watched:
            self.connection.exec_driver_sql(sql)
            return
        try:
            self._cursor.execute(sql)
        except self._error as error:
            raise self._translated(sql, (), error) from error

    def fetch(self, sql: str, values: Row) -> Sequence[Any]:
        """The rows that a query gives, as tuples."""
        if self._ahead is not None:
            return self.fetch_each([(sql, values)])[0]
        if self.is_watched:
            return self.connection.exec_driver_sql(sql, values).fetchall()
        try:
            self._cursor.execute(sql, values)
            return list(self._cursor.fetchall())
        except self._error as error:
            raise self._translated(sql, values, error) from error

    def fetch_each(self, queries: Sequence[tuple[str, Row]]) -> list[Sequence[Any]]:
        """The rows that each of these queries gives, asked in their order, together."""
        if self._pipeline is None or self.is_watched:
            self.begun()
            return [self.fetch(sql, values) for sql, values in queries]
        cursors = [self._driver.cursor() for _ in queries]
        with self.together():
            for cursor, (sql, values) in zip(cursors, queries, strict=True):
                cursor.execute(sql, values)
        return [list(cursor.fetchall()) for cursor in cursors]

    def run(self, sql: str, rows: Sequence[Row]) -> int:
        """Execute for each row of parameters; how many rows it met."""
        if not self._is_together:
            self.begun()
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
        if self._pipeline is None or self._is_together or self.is_watched:
            self.begun()
            yield
            return
        self._is_together = True
        try:
            with self._pipeline():
                self.begun()
                yield
        except self._error as error:
            self.is_torn = True
            raise self._translated("(several statements)", (), error) from error
        finally:
            self._is_together = False

    def _translated(self, sql: str, values: Any, error: Exception) -> BaseException:
        """As SQLAlchemy would raise it; Conflict, where a statement found that what it was told
        holds no longer (`engine.storage.bulk`)."""
        if getattr(error, "sqlstate", None) == "22012":  # division_by_zero
            return Conflict("another node changed the same at the same time; try again")
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
