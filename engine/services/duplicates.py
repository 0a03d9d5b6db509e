"""Messages that carry an id, and are published only once under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from engine.storage import schema as t

if TYPE_CHECKING:
    from engine.services.unit import Unit


def dedup_of(name: str, key: str | None, message_id: str) -> str:
    """By what a message is known."""
    return "\x1f".join((name, key or "", message_id))


def published_before(unit: Unit, partition: int, dedup: str) -> tuple[int, int | None] | None:
    """A message that came with this id before: its id and receiver."""
    for row in unit.batch.writes.messages.new.values():
        if row.dedup == dedup:
            return row.id, row.receiver_id
    c = t.message.c
    query = sa.select(c.id, c.receiver_id, c.forget_at).where(
        c.partition_id == partition, c.dedup == dedup
    )
    found = unit.transaction.connection.execute(query).first()
    if found is None:
        return None
    if found.forget_at <= unit.now_micros:
        unit.direct()
        unit.transaction.connection.execute(
            sa.delete(t.message).where(c.partition_id == partition, c.id == found.id)
        )
        return None
    return found.id, found.receiver_id
