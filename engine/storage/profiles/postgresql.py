"""PostgreSQL: many writers in one database."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from engine.storage.documents import POSTGRESQL_TYPES, compared
from engine.storage.ids import PARTITIONS
from engine.storage.profiles.base import Profile
from engine.views import VariableFilter


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
    writing: str | None = (
        "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off"
    )
    migrating: str | None = "SELECT pg_advisory_xact_lock(1801547877)"
    clock = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
    oldest_transaction: str | None = (
        "SELECT (extract(epoch FROM min(xact_start)) * 1000000)::bigint FROM pg_stat_activity "
        "WHERE datname = current_database() AND application_name = 'kapellmeister' "
        "AND xact_start IS NOT NULL AND pid <> pg_backend_pid()"
    )

    driver = "postgresql+psycopg"
    options = "-c lock_timeout=5s -c statement_timeout=60s -c jit=off"
    """What each session is set to."""

    def connect(self, url: sa.URL) -> sa.Engine:
        return sa.create_engine(
            url.set(drivername=self.driver),
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
                "options": self.options,
            },
        )

    def keys(self, name: str = "ids") -> sa.TableValuedAlias:
        given = sa.bindparam(name, type_=sa.ARRAY(sa.BigInteger))
        values = sa.func.unnest(sa.cast(given, sa.ARRAY(sa.BigInteger)))
        column = sa.column("value", sa.BigInteger)
        return values.table_valued(column).render_derived(name=f"given_{name}")

    def keys_parameter(self, ids: list[int]) -> Any:
        return ids

    def among(self, column: sa.ColumnElement[Any], name: str = "ids") -> sa.ColumnElement[bool]:
        given = sa.bindparam(name, type_=sa.ARRAY(sa.BigInteger))
        return column == sa.any_(sa.cast(given, sa.ARRAY(sa.BigInteger)))

    def within(
        self, column: sa.ColumnElement[Any], found: sa.Select[Any]
    ) -> sa.ColumnElement[bool]:
        # `IN` may be planned to ask again for each row, and would lock more each time.
        ids = sa.func.array(found.scalar_subquery(), type_=sa.ARRAY(sa.BigInteger))
        return column == sa.any_(ids)

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
        import psycopg  # an extra

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
