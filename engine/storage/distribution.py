"""Spreading the tables over the machines of a distributed database.

    kapellmeister --database 'postgresql://...?profile=citus' migrate --distribute

Written from the documentation of the three; none of them has run here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from engine.errors import Conflict
from engine.storage import migrate as forms
from engine.storage import schema

if TYPE_CHECKING:
    from engine.storage.store import Store

FIRST = "instance"
"""The table that the others lie beside, partition by partition."""
QUEUE = (
    "CREATE INDEX IF NOT EXISTS ix_subscription_partition_queue ON subscription "
    "(partition_id, queue, priority, available_at) WHERE queue IS NOT NULL"
)
"""Finds what is due within one partition."""
_KNOWN = "SELECT logicalrelid::text FROM pg_dist_partition"


def statements(profile: str, known: frozenset[str] = frozenset()) -> list[str]:
    """What to say to a distributed database whose tables are made; `known`: tables that are spread
    already."""
    assert forms.newest()  # all tables are known to the metadata
    found = []
    if profile == "citus":
        tables = schema.metadata.tables
        found += [
            f"SELECT create_reference_table('{name}')"
            for name in sorted(schema.REFERENCE)
            if name not in known
        ]
        spread = sorted(tables.keys() - schema.REFERENCE, key=lambda name: (name != FIRST, name))
        for name in spread:
            beside = "" if name == FIRST else f", colocate_with => '{FIRST}'"
            if name not in known:
                found.append(f"SELECT create_distributed_table('{name}', 'partition_id'{beside})")
    return [*found, QUEUE]


def distribute(store: Store, *, dry_run: bool = False) -> list[str]:
    """Spread the tables; what has been said to the database, or would be. Does nothing twice.
    Raises Conflict where the database is not distributed."""
    name = store.profile.name
    if not store.profile.is_distributed or name in ("sqlite", "postgresql"):
        raise Conflict(
            f"the database's profile is '{name}', of one machine; a URL that ends with "
            "?profile=citus, yugabyte or cockroach would do"
        )
    if dry_run:
        return statements(name)
    with store.engine.connect() as connection, store.forming(connection):
        known: frozenset[str] = frozenset()
        if name == "citus":
            known = frozenset(connection.execute(sa.text(_KNOWN)).scalars())
        said = statements(name, known)
        for statement in said:
            connection.exec_driver_sql(statement)
    return said
