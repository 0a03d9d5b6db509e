"""Databases that speak PostgreSQL's protocol and spread their tables over machines.

A partition is on one machine at a time: a transaction stays within one, and so do locks. None of
the three has run this package's tests: the rules are held on plain PostgreSQL, by
`engine.storage.strict`.
"""

from __future__ import annotations

import sqlalchemy as sa

from engine.errors import Invalid
from engine.storage.profiles.base import Profile
from engine.storage.profiles.postgresql import Postgresql


class Distributed(Postgresql):
    """What the three have in common."""

    is_distributed = True
    has_news = False  # not there, or heard on one machine only
    takes_arrays = False  # a row a statement, each with its partition: sent on without planning
    writing: str | None = None
    migrating: str | None = None
    oldest_transaction: str | None = None
    margin = 10_000_000

    def lock_name(self, connection: sa.Connection, name: str, key: str | None) -> None:
        raise NotImplementedError("an advisory lock holds on one machine only")


class Citus(Distributed):
    """Citus: tables are distributed by `partition_id`; see `engine.storage.distribution`."""

    name = "citus"
    oldest_transaction = (
        "SELECT (extract(epoch FROM min(xact_start)) * 1000000)::bigint FROM citus_stat_activity "
        "WHERE datname = current_database() AND application_name = 'kapellmeister' "
        "AND xact_start IS NOT NULL AND global_pid <> citus_backend_gpid()"
    )
    migrating = Postgresql.migrating  # schema changes go through the coordinator
    margin = Profile.margin


class Yugabyte(Distributed):
    """YugabyteDB: a key's first column is its hash; wants `yb_enable_read_committed_isolation`."""

    name = "yugabyte"


class Cockroach(Distributed):
    """CockroachDB: keys are in order; wants `sql.txn.read_committed_isolation.enabled`."""

    name = "cockroach"
    driver = "cockroachdb+psycopg"
    options = "-c lock_timeout=5s -c statement_timeout=60s"

    def connect(self, url: sa.URL) -> sa.Engine:
        try:
            return super().connect(url)
        except sa.exc.NoSuchModuleError:
            raise Invalid(
                "database URL: profile 'cockroach' needs a package that is not installed; "
                "pip install sqlalchemy-cockroachdb would do"
            ) from None
