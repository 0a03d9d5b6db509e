"""SQLite: one writer at a time."""

from __future__ import annotations

import json
import random
import sqlite3
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from engine.storage.documents import SQLITE_TYPES, compared
from engine.storage.ids import PARTITIONS
from engine.storage.profiles.base import Profile
from engine.views import VariableFilter

if TYPE_CHECKING:
    from engine.storage.wire import Wire


PATIENCE = 5.0
"""Seconds that a transaction waits for those of other processes."""
FIRST_PAUSE, LONGEST_PAUSE = 0.0005, 0.005
"""Seconds between two looks whether it is its turn. SQLite's own pauses grow to 100 ms, and so
leave the database idle, or to whoever has just had it."""


class Sqlite(Profile):
    """SQLite: one writer at a time, and nothing else is ever in the way of it."""

    name = "sqlite"
    partitions = 1

    def spread(self) -> None:
        super().spread()
        self.partitions = PARTITIONS

    begin = "BEGIN IMMEDIATE"
    begin_reading = "BEGIN"
    writing = "PRAGMA busy_timeout = 0"
    has_row_locks = False
    clock = None
    glance = "PRAGMA data_version"

    def begin_writing(self, wire: Wire) -> None:
        until, pause = time.monotonic() + PATIENCE, FIRST_PAUSE
        while True:
            try:
                wire.begin(self.begin)
                return
            except sa.exc.OperationalError as error:
                if not self.is_conflict(error) or time.monotonic() > until:
                    raise
            time.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - jitter
            pause = min(1.5 * pause, LONGEST_PAUSE)

    def connect(self, url: sa.URL) -> sa.Engine:
        self.shares_connection = url.database in (None, "", ":memory:")
        options: dict[str, Any] = {"poolclass": StaticPool} if self.shares_connection else {}
        engine = sa.create_engine(
            url,
            isolation_level="AUTOCOMMIT",
            connect_args={
                "check_same_thread": False,
                "timeout": PATIENCE,
                "cached_statements": 500,
            },
            **options,
        )
        sa.event.listen(engine, "connect", _prepare_sqlite)
        return engine

    def keys(self, name: str = "ids") -> sa.TableValuedAlias:
        values = sa.func.json_each(sa.bindparam(name, type_=sa.Text))
        return values.table_valued(sa.column("value", sa.BigInteger)).alias(f"given_{name}")

    def keys_parameter(self, ids: list[int]) -> Any:
        return "[" + ",".join(map(str, ids)) + "]"

    def texts(self, name: str) -> sa.TableValuedAlias:
        values = sa.func.json_each(sa.bindparam(name, type_=sa.Text))
        return values.table_valued(sa.column("value", sa.Text)).alias(f"given_{name}")

    def texts_parameter(self, texts: Sequence[str]) -> Any:
        return json.dumps(list(texts))

    def lock_name(self, connection: sa.Connection, name: str, key: str | None) -> None:
        """The one writer that SQLite admits is this transaction."""

    def position(self, text: sa.ColumnElement[Any], part: str) -> sa.ColumnElement[int]:
        return sa.func.instr(text, part, type_=sa.Integer)

    def variable(
        self, values: sa.ColumnElement[Any], asked: VariableFilter
    ) -> sa.ColumnElement[bool]:
        names = [asked.name, *asked.path]
        path = "$" + "".join(f'."{name.replace(chr(34), "")}"' for name in names)
        kind = sa.func.json_type(values, path)
        value = sa.func.json_extract(values, path)
        return compared(asked, kind, value, SQLITE_TYPES)

    def is_conflict(self, error: BaseException) -> bool:
        origin = getattr(error, "orig", error)
        code = getattr(origin, "sqlite_errorcode", 0) & 0xFF
        return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _prepare_sqlite(connection: sqlite3.Connection, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA temp_store=MEMORY")
    cursor.execute("PRAGMA cache_size=-16384")
    cursor.close()
