"""Many rows in one statement, for PostgreSQL: a column at a time, as arrays.

Executing a statement for each row costs the server some 40 µs a row, this some 5.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

KEY = ("partition_id", "id")
Column = Sequence[Any]


class Many(NamedTuple):
    """A statement for many rows."""

    sql: str
    arrays: Sequence[Callable[[Column], str]]
    """What makes each column's values one parameter: an array, as PostgreSQL reads it. The driver
    would take ten times as long."""

    def parameters(self, rows: Sequence[tuple[Any, ...]]) -> list[str]:
        """One a column, in the order of a single row's."""
        columns = zip(*rows, strict=True)
        return [array(column) for array, column in zip(self.arrays, columns, strict=True)]


def _numbers(column: Column) -> str:
    if None in column:
        return "{" + ",".join(["NULL" if v is None else str(v) for v in column]) + "}"
    return "{" + ",".join(map(str, column)) + "}"


def _texts(column: Column) -> str:
    return "{" + ",".join(["NULL" if v is None else _quoted_text(v) for v in column]) + "}"


def _quoted_text(value: str) -> str:
    if "\\" in value or '"' in value:
        value = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{value}"'


def _bytes(column: Column) -> str:
    return "{" + ",".join(["NULL" if v is None else f'"\\\\x{v.hex()}"' for v in column]) + "}"


def _array(column: sa.Column[Any]) -> Callable[[Column], str]:
    if isinstance(column.type, sa.Integer):
        return _numbers
    return _bytes if isinstance(column.type, sa.LargeBinary) else _texts


class Bulk:
    """Writes the SQL text, with one parameter a column."""

    def __init__(self, dialect: sa.Dialect) -> None:
        self._dialect = dialect

    def insert(self, table: sa.Table) -> Many:
        columns = [column.name for column in table.columns]
        names = ", ".join(map(self._quoted, columns))
        arrays = self._arrays(table, columns)
        into = f"INSERT INTO {self._quoted(table.name)} ({names})"
        sql = " ".join((into, "SELECT * FROM", f"unnest({arrays})"))
        return self._many(sql, table, columns)

    def update(self, table: sa.Table, columns: Sequence[str], guard: str | None = None) -> Many:
        given = [*columns, *KEY, *([guard] if guard else [])]
        names = ", ".join(f"g{place}" for place in range(len(given)))
        changed = ", ".join(f"{self._quoted(c)} = given.g{n}" for n, c in enumerate(columns))
        found = self._found(table, range(len(columns), len(given)), given[len(columns) :])
        rows = f"FROM unnest({self._arrays(table, given)}) AS given({names})"
        own = self._quoted(table.name)
        sql = " ".join(("UPDATE", own, "SET", changed, rows, "WHERE", found))
        return self._many(sql, table, given)

    def checked(self, update: Many) -> Many:
        """The same update, that fails by a division by zero unless it meets as many rows as its
        last parameter says: so a transaction can end without a look at its outcome."""
        found = f"WITH changed AS ({update.sql} RETURNING 1)"
        sql = " ".join((found, "SELECT 1 / (count(*) = %s::BIGINT)::INTEGER FROM changed"))
        return Many(sql, update.arrays)

    def all_latest(self, definition: sa.Table) -> str:
        """Fails in the same way unless so many definitions, of these ids, are the latest ones."""
        mine = "kind = 'process' AND is_latest = 1 AND id = ANY(%s::BIGINT[])"
        counted = "SELECT 1 / (count(*) = %s::BIGINT)::INTEGER"
        return " ".join((counted, "FROM", self._quoted(definition.name), "WHERE", mine))

    def delete(self, table: sa.Table) -> Many:
        found = self._found(table, range(len(KEY)), KEY)
        rows = f"USING unnest({self._arrays(table, KEY)}) AS given(g0, g1)"
        sql = " ".join(("DELETE FROM", self._quoted(table.name), rows, "WHERE", found))
        return self._many(sql, table, KEY)

    def _many(self, sql: str, table: sa.Table, columns: Sequence[str]) -> Many:
        return Many(sql, [_array(table.c[name]) for name in columns])

    def _found(self, table: sa.Table, places: range, columns: Sequence[str]) -> str:
        own = self._quoted(table.name)
        parts = zip(places, columns, strict=True)
        return " AND ".join(f"{own}.{self._quoted(c)} = given.g{n}" for n, c in parts)

    def _arrays(self, table: sa.Table, columns: Sequence[str]) -> str:
        kinds = (table.c[name].type.compile(self._dialect) for name in columns)
        return ", ".join(f"%s::{kind}[]" for kind in kinds)

    def _quoted(self, name: str) -> str:
        return self._dialect.identifier_preparer.quote(name)
