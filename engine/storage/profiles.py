"""What one database does unlike another. All else in the shell is the same code."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.pool import StaticPool

from engine.errors import Invalid
from engine.storage.documents import POSTGRESQL_TYPES, SQLITE_TYPES, compared
from engine.storage.ids import PARTITIONS
from engine.views import VariableFilter


class Profile:
    """The ways of one kind of database."""

    name: str
    partitions: int
    begin: str
    """Opens a transaction that will write."""
    begin_reading: str
    """Opens one that sees one moment's state throughout."""
    has_row_locks: bool
    """Whether several writers share it, row by row; otherwise there is one at a time."""
    clock: str | None
    """Asks for the database's moment in microseconds; None where it shares ours."""
    oldest_transaction: str | None = None
    """Asks when the oldest of our other open transactions began; None where there is one writer."""
    takes_arrays: bool = False
    """Whether a statement can be given many rows, as arrays."""
    writing: str | None = None
    """What to say once to a connection that will write: its statements find rows by their keys."""
    has_news: bool = False
    """Whether it can tell other nodes that there is work."""
    may_fall_silent: bool = False
    """Whether it is a server, whose connections may stay open although it answers no more."""
    glance: str | None = None
    """Asks one connection, and costs next to nothing: another answer than before says that somebody
    else has written."""
    shares_connection: bool = False
    """Whether everything goes over a single connection."""

    def connect(self, url: sa.URL) -> sa.Engine:
        raise NotImplementedError

    def keys(self, name: str = "ids") -> sa.TableValuedAlias:
        """A FROM clause with the one column `value`, of the ids in the parameter `name`."""
        raise NotImplementedError

    def keys_parameter(self, ids: list[int]) -> Any:
        """The value of that parameter."""
        raise NotImplementedError

    def texts(self, name: str) -> sa.TableValuedAlias:
        """A FROM clause with the one column `value`, of the texts in the parameter `name`."""
        raise NotImplementedError

    def texts_parameter(self, texts: Sequence[str]) -> Any:
        """The value of that parameter."""
        raise NotImplementedError

    def lock_name(self, connection: sa.Connection, name: str, key: str | None) -> None:
        """Until the end of the transaction, nobody else publishes or waits under this name and
        key; without a key: under this name."""

    def position(self, text: sa.ColumnElement[Any], part: str) -> sa.ColumnElement[int]:
        """Where a part begins in a text, from 1; 0 where it does not stand in it."""
        raise NotImplementedError

    def variable(
        self, values: sa.ColumnElement[Any], asked: VariableFilter
    ) -> sa.ColumnElement[bool]:
        """Whether a variable, in a column of JSON text, compares as asked."""
        raise NotImplementedError

    def is_conflict(self, error: BaseException) -> bool:
        """Whether the same transaction may well succeed if it is tried again."""
        raise NotImplementedError

    def is_lost(self, error: sa.exc.DBAPIError) -> bool:
        """Whether the database went away, or is not there yet."""
        return False


class Sqlite(Profile):
    """SQLite: one writer at a time, and nothing else is ever in the way of it."""

    name = "sqlite"
    partitions = 1
    begin = "BEGIN IMMEDIATE"
    begin_reading = "BEGIN"
    has_row_locks = False
    clock = None
    glance = "PRAGMA data_version"

    def connect(self, url: sa.URL) -> sa.Engine:
        self.shares_connection = url.database in (None, "", ":memory:")
        options: dict[str, Any] = {"poolclass": StaticPool} if self.shares_connection else {}
        engine = sa.create_engine(
            url,
            isolation_level="AUTOCOMMIT",
            connect_args={"check_same_thread": False, "timeout": 5.0, "cached_statements": 500},
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


class Postgresql(Profile):
    """PostgreSQL: many writers, that lock the root instance's row before they do anything."""

    name = "postgresql"
    partitions = PARTITIONS
    begin = "BEGIN ISOLATION LEVEL READ COMMITTED"
    begin_reading = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    has_row_locks = True
    has_news = True
    may_fall_silent = True
    takes_arrays = True
    writing = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off"
    clock = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
    oldest_transaction = (
        "SELECT (extract(epoch FROM min(xact_start)) * 1000000)::bigint FROM pg_stat_activity "
        "WHERE datname = current_database() AND application_name = 'kapellmeister' "
        "AND xact_start IS NOT NULL AND pid <> pg_backend_pid()"
    )

    def connect(self, url: sa.URL) -> sa.Engine:
        return sa.create_engine(
            url.set(drivername="postgresql+psycopg"),
            isolation_level="AUTOCOMMIT",
            paramstyle="format",
            pool_size=10,
            max_overflow=30,
            pool_pre_ping=True,
            pool_timeout=2,
            connect_args={
                "connect_timeout": 2,
                "keepalives_idle": 5,
                "keepalives_interval": 1,
                "keepalives_count": 3,
                "tcp_user_timeout": 2000,
                "application_name": "kapellmeister",
                "options": "-c lock_timeout=5s -c statement_timeout=60s -c jit=off",
            },
        )

    def keys(self, name: str = "ids") -> sa.TableValuedAlias:
        given = sa.bindparam(name, type_=sa.ARRAY(sa.BigInteger))
        values = sa.func.unnest(sa.cast(given, sa.ARRAY(sa.BigInteger)))
        column = sa.column("value", sa.BigInteger)
        return values.table_valued(column).render_derived(name=f"given_{name}")

    def keys_parameter(self, ids: list[int]) -> Any:
        return ids

    def texts(self, name: str) -> sa.TableValuedAlias:
        given = sa.bindparam(name, type_=sa.ARRAY(sa.Text))
        values = sa.func.unnest(sa.cast(given, sa.ARRAY(sa.Text)))
        column = sa.column("value", sa.Text)
        return values.table_valued(column).render_derived(name=f"given_{name}")

    def texts_parameter(self, texts: Sequence[str]) -> Any:
        return list(texts)

    def lock_name(self, connection: sa.Connection, name: str, key: str | None) -> None:
        whole = zlib.crc32(name.encode())
        if key is None:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s, 0)", (_signed(whole),))
            return
        part = zlib.crc32(key.encode(), whole) or 1
        connection.exec_driver_sql(
            "SELECT pg_advisory_xact_lock_shared(%s, 0), pg_advisory_xact_lock(%s, %s)",
            (_signed(whole), _signed(whole), _signed(part)),
        )

    def position(self, text: sa.ColumnElement[Any], part: str) -> sa.ColumnElement[int]:
        return sa.func.strpos(text, part, type_=sa.Integer)

    def variable(
        self, values: sa.ColumnElement[Any], asked: VariableFilter
    ) -> sa.ColumnElement[bool]:
        path = sa.cast([asked.name, *asked.path], sa.ARRAY(sa.Text))
        document = sa.cast(values, JSONB)
        kind = sa.func.jsonb_typeof(sa.func.jsonb_extract_path(document, sa.func.variadic(path)))
        found: sa.ColumnElement[Any] = sa.func.jsonb_extract_path_text(
            document, sa.func.variadic(path)
        )
        if isinstance(asked.value, int | float | Decimal) and not isinstance(asked.value, bool):
            is_number = kind == "number"
            found = sa.case((is_number, sa.cast(found, sa.Numeric)), else_=None)
        return compared(asked, kind, found, POSTGRESQL_TYPES)

    def is_conflict(self, error: BaseException) -> bool:
        origin = getattr(error, "orig", error)
        return getattr(origin, "sqlstate", None) in _PG_CONFLICTS

    def is_lost(self, error: sa.exc.DBAPIError) -> bool:
        origin = error.orig
        if not isinstance(origin, psycopg.OperationalError | psycopg.InterfaceError):
            return False
        state = origin.sqlstate
        return error.connection_invalidated or state is None or state.startswith(("08", "57P"))


def _signed(value: int) -> int:
    """As PostgreSQL's integer of 32 bits."""
    return value - (1 << 32) if value >= 1 << 31 else value


_PG_CONFLICTS = frozenset({"40001", "40P01", "55P03", "22012"})
"""serialization_failure, deadlock_detected, lock_not_available; division_by_zero, which only the
statements raise that find something else than they were told (`engine.storage.bulk`)."""

_PROFILES: dict[str, type[Profile]] = {"sqlite": Sqlite, "postgresql": Postgresql}


def profile_for(url: sa.URL) -> Profile:
    """The profile of a database's URL. Raises Invalid."""
    kind = url.get_backend_name()
    found = _PROFILES.get("postgresql" if kind == "postgres" else kind)
    if found is None:
        raise Invalid(
            f"database URL: '{kind}' is not supported; sqlite:///FILE, sqlite:// (in memory) "
            "and postgresql://USER@HOST/DATABASE are"
        )
    return found()
