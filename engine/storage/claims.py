"""Claiming jobs: whoever claims one has it to itself until its lease ends.

A claim raises the job's epoch; an answer that carries an older one comes too late.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa
from msgspec import Struct

from engine.storage import schema as t
from engine.storage.ids import partition_of

if TYPE_CHECKING:
    from engine.storage.transaction import Transaction

_c = t.subscription.c
MOST_COUNTED = 1_000
_RETURNED = (
    _c.id,
    _c.instance_id,
    _c.definition_id,
    _c.sees,
    _c.token,
    _c.catcher,
    _c.name,
    _c.details,
    _c.priority,
    _c.created_at,
    _c.retries,
    _c.attempts,
    _c.epoch,
    _c.last_error,
)


class Claimed(Struct):
    """A row that was claimed, as it is after it."""

    id: int
    instance: int
    definition: int
    sees: int
    token: int
    element: str
    type: str
    details: str
    priority: int
    created_at: int
    retries: int | None
    attempts: int
    epoch: int
    last_error: str | None


def claim(
    transaction: Transaction, queues: Sequence[str], worker: str, lease: int, limit: int
) -> list[Claimed]:
    """Claim what has been due longest, of these queues; `lease` in microseconds."""
    key = sa.tuple_(_c.partition_id, _c.id)
    due = (
        sa.select(_c.partition_id, _c.id)
        .where(_c.queue.in_(queues), _c.available_at <= transaction.now)
        .order_by(_c.available_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    update = (
        sa.update(t.subscription)
        .where(key.in_(due))
        .values(
            worker=worker,
            claimed_at=transaction.now,
            available_at=transaction.now + lease,
            attempts=_c.attempts + 1,
            epoch=_c.epoch + 1,
        )
        .returning(*_RETURNED)
    )
    rows = transaction.connection.execute(update).all()
    return sorted((Claimed(*row) for row in rows), key=lambda row: row.id)


def extend(transaction: Transaction, held: Sequence[tuple[int, int]], lease: int) -> set[int]:
    """Prolong leases that still hold, given as id and epoch; the ids of those that did."""
    if not held:
        return set()
    epochs = dict(held)
    rows = transaction.connection.execute(
        sa.select(_c.partition_id, _c.id, _c.epoch).where(
            sa.tuple_(_c.partition_id, _c.id).in_([(partition_of(id), id) for id in epochs]),
            _c.queue.is_not(None),
        )
    )
    kept = [row for row in rows if row.epoch == epochs[row.id]]
    if kept:
        update = (
            sa.update(t.subscription)
            .where(
                _c.partition_id == sa.bindparam("its_partition"),
                _c.id == sa.bindparam("its_id"),
                _c.epoch == sa.bindparam("its_epoch"),
            )
            .values(available_at=transaction.now + lease)
        )
        parameters = [
            {"its_partition": row.partition_id, "its_id": row.id, "its_epoch": row.epoch}
            for row in kept
        ]
        transaction.connection.execute(update, parameters)
    return {row.id for row in kept}


def due_instances(
    connection: sa.Connection, now: int, queue: str, limit: int
) -> list[tuple[int, int]]:
    """Subscriptions of a queue that are due, longest first: instance and id."""
    query = (
        sa.select(_c.instance_id, _c.id)
        .where(_c.queue == queue, _c.available_at <= now)
        .order_by(_c.available_at)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in connection.execute(query)]


def due_counts(connection: sa.Connection, now: int, queues: Sequence[str]) -> dict[str, int]:
    """How much of these queues is due, counted up to a point."""
    due = (
        sa.select(_c.queue)
        .where(_c.queue.in_(queues), _c.available_at <= now)
        .limit(MOST_COUNTED)
        .subquery()
    )
    query = sa.select(due.c.queue, sa.func.count()).group_by(due.c.queue)
    return {row[0]: row[1] for row in connection.execute(query)}
