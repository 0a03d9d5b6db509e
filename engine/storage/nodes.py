"""Signs of life of the nodes that share a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from engine.storage import schema as t

if TYPE_CHECKING:
    from engine.storage.transaction import Transaction

KEPT = 86_400_000_000
"""Microseconds that a node which is gone is remembered."""


def beat(transaction: Transaction, id: str, host: str, version: str) -> None:
    """This node is alive."""
    connection, now = transaction.connection, transaction.now
    mine = t.node.c.id == id
    known = connection.execute(sa.update(t.node).where(mine).values(seen_at=now)).rowcount
    if not known:
        row = {"id": id, "host": host, "version": version, "started_at": now, "seen_at": now}
        connection.execute(sa.insert(t.node), row)
        connection.execute(sa.delete(t.node).where(t.node.c.seen_at < now - KEPT))


def leave(transaction: Transaction, id: str) -> None:
    """This node stops in good order."""
    transaction.connection.execute(sa.delete(t.node).where(t.node.c.id == id))
