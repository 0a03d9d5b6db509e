"""Claiming jobs: whoever claims one has it to itself until its lease ends.

A claim raises the job's epoch; an answer that carries an older one comes too late.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from msgspec import Struct

from engine.storage import schema as t
from engine.storage.ids import by_partition, partition_of

if TYPE_CHECKING:
    from engine.storage.store import Store
    from engine.storage.transaction import Transaction
    from engine.views import JobFilter

_c, _i = t.subscription.c, t.instance.c
MOST_COUNTED = 1_000


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
    lost: int
    worker: str | None


class Due(Struct):
    """What is due in one queue at one priority."""

    queue: str
    priority: int
    count: int
    since: int | None


class Plan(Struct):
    """What to claim from one partition: queue, priority and how many."""

    partition: int
    shares: list[tuple[str, int, int]]

    @property
    def highest(self) -> int:
        return max(priority for _, priority, _ in self.shares)


def claim(
    transaction: Transaction,
    queues: Sequence[str],
    worker: str,
    lease: int,
    limit: int,
    pause: int = 0,
    plan: Plan | None = None,
) -> list[Claimed]:
    """Claim what is due in these queues: the highest priority first, then what has been due
    longest; of several queues with the same priority, as much of each.

    What more than one worker has lost is put off first, by one to sixteen times `pause`, so that
    jobs which vanished together come back one by one. `lease` and `pause` are in microseconds.
    `plan`: where the database is distributed, from which partition how much.
    """
    statements = transaction.store.statements.queues
    now = transaction.now
    shares = plan.shares if plan else _shares(_due(transaction, queues, limit), limit)
    claimed: list[Claimed] = []
    for queue, priority, count in shares:
        values = {
            "queue": queue,
            "level": priority,
            "now": now,
            "most": count,
            "claimer": worker,
            "until": now + lease,
            "pause": pause,
            "partition": plan and plan.partition,
        }
        rows = transaction.fetch_named(statements.claim, values)
        claimed += [found for row in rows if (found := Claimed(*row)).worker is not None]
    claimed.sort(key=lambda row: (-row.priority, row.id))
    return claimed


def claim_of(
    transaction: Transaction,
    queues: Sequence[str],
    only: JobFilter,
    worker: str,
    lease: int,
    limit: int,
    pause: int = 0,
    plan: Plan | None = None,
) -> list[Claimed]:
    """The same, of certain processes or business keys only; it looks at the instances, too."""
    query = _only(sa.select(_c.id), queues, only, transaction.now, limit)
    if plan is not None:
        query = query.where(_c.partition_id == plan.partition)
    values = {
        "ids": transaction.keys(transaction.connection.execute(query).scalars()),
        "now": transaction.now,
        "claimer": worker,
        "until": transaction.now + lease,
        "pause": pause,
        "partition": plan and plan.partition,
    }
    rows = transaction.fetch_named(transaction.store.statements.queues.claim_these, values)
    claimed = [found for row in rows if (found := Claimed(*row)).worker is not None]
    return sorted(claimed, key=lambda row: (-row.priority, row.id))


def _only(
    query: sa.Select[Any], queues: Sequence[str], only: JobFilter, now: int, limit: int
) -> sa.Select[Any]:
    mine = sa.and_(_i.partition_id == _c.partition_id, _i.id == _c.instance_id)
    query = query.join(t.instance, mine).where(_c.queue.in_(queues), _c.available_at <= now)
    for column, wanted in (
        (_i.process_id, only.process_ids),
        (_i.definition_id, only.definitions),
        (_i.business_key, only.business_keys),
    ):
        if wanted:
            query = query.where(column.in_(wanted))
    return query.order_by(_c.priority.desc(), _c.available_at).limit(limit)


def _due(transaction: Transaction, queues: Sequence[str], most: int) -> list[Due]:
    values = {
        "queues": transaction.store.profile.texts_parameter(queues),
        "now": transaction.now,
        "most": most,
    }
    rows = transaction.fetch_named(transaction.store.statements.queues.due, values)
    return [Due(*row) for row in rows]


def _shares(found: Iterable[Due], limit: int) -> list[tuple[str, int, int]]:
    """Queue, priority and how many to take from it."""
    shares: list[tuple[str, int, int]] = []
    by_priority: dict[int, list[Due]] = {}
    for due in found:
        if due.count:
            by_priority.setdefault(due.priority, []).append(due)
    for priority in sorted(by_priority, reverse=True):
        level = sorted(by_priority[priority], key=lambda due: due.count)
        for place, due in enumerate(level):
            count = min(due.count, -(-limit // (len(level) - place)))
            if count:
                shares.append((due.queue, priority, count))
                limit -= count
    return shares


_is_held = (_c.queue.is_not(None), _c.claimed_at.is_not(None))
"""Claimed, and not given back since: what has failed waits for as long as it was told to."""


def extend(transaction: Transaction, held: Sequence[tuple[int, int]], lease: int) -> set[int]:
    """Prolong leases that still hold, given as id and epoch; the ids of those that did."""
    if not held:
        return set()
    epochs = dict(held)
    where = by_partition(epochs)
    mine: sa.ColumnElement[bool]
    if len(where) == 1:
        mine = (_c.partition_id == next(iter(where))) & _c.id.in_(list(epochs))
    else:
        mine = sa.tuple_(_c.partition_id, _c.id).in_([(partition_of(id), id) for id in epochs])
    rows = transaction.connection.execute(
        sa.select(_c.partition_id, _c.id, _c.epoch).where(mine, *_is_held)
    )
    kept = [row for row in rows if row.epoch == epochs[row.id]]
    if kept:
        update = (
            sa.update(t.subscription)
            .where(
                _c.partition_id == sa.bindparam("its_partition"),
                _c.id == sa.bindparam("its_id"),
                _c.epoch == sa.bindparam("its_epoch"),
                *_is_held,
            )
            .values(available_at=transaction.now + lease)
        )
        parameters = [
            {"its_partition": row.partition_id, "its_id": row.id, "its_epoch": row.epoch}
            for row in kept
        ]
        transaction.connection.execute(update, parameters)
    return {row.id for row in kept}


def due_instances(store: Store, now: int, queue: str, limit: int) -> list[tuple[int, int]]:
    """Subscriptions of a queue without priorities that are due, longest first: instance and id."""
    statement = store.statements.queues.due_rows
    values = {"queue": queue, "now": now, "most": limit}
    with store.reading() as connection:
        rows = connection.exec_driver_sql(statement.sql, statement.values(values)).fetchall()
    return [(row[0], row[1]) for row in rows]


def _first(
    store: Store, connection: sa.Connection, now: int, queues: Sequence[str], most: int
) -> list[Any]:
    """Partition, queue, priority and moment of what is due in each queue, the most urgent first."""
    statement = store.statements.queues.due_first
    found: list[Any] = []
    for queue in queues:
        values = statement.values({"queue": queue, "now": now, "most": most})
        found += connection.exec_driver_sql(statement.sql, values).fetchall()
    return found


def _counted(rows: Iterable[Any]) -> list[Due]:
    found: dict[tuple[str, int], Due] = {}
    for _, queue, priority, at in rows:
        due = found.setdefault((queue, priority), Due(queue, priority, 0, at))
        due.count += 1
    return list(found.values())


def plans(
    store: Store, queues: Sequence[str], limit: int, turn: int, only: JobFilter | None = None
) -> list[Plan]:
    """From which partitions to claim how much, so that it comes to what `claim` says over all of
    them. They begin at `turn`, so that nodes begin in different places."""
    with store.reading() as connection:
        now = store.now_in(connection)
        if only is None:
            rows = _first(store, connection, now, queues, limit)
        else:
            columns = sa.select(_c.partition_id, _c.queue, _c.priority, _c.available_at)
            rows = list(connection.execute(_only(columns, queues, only, now, limit)))
    left = {(queue, priority): n for queue, priority, n in _shares(_counted(rows), limit)}
    taken: dict[int, Counter[tuple[str, int]]] = {}
    for partition, queue, priority, _ in rows:
        if left.get((queue, priority), 0) > 0:
            left[queue, priority] -= 1
            taken.setdefault(partition, Counter())[queue, priority] += 1
    found = [
        Plan(partition, [(queue, priority, n) for (queue, priority), n in counts.items()])
        for partition, counts in taken.items()
    ]
    return sorted(
        found, key=lambda plan: (-plan.highest, (plan.partition - turn) % store.partitions)
    )


def due_counts(
    store: Store, connection: sa.Connection, now: int, queues: Sequence[str]
) -> dict[str, int]:
    """How much of these queues is due, counted up to a point."""
    counts: dict[str, int] = {}
    if store.profile.is_distributed:
        for due in _counted(_first(store, connection, now, queues, MOST_COUNTED)):
            counts[due.queue] = counts.get(due.queue, 0) + due.count
        return counts
    statement = store.statements.queues.due
    given = store.profile.texts_parameter(queues)
    values = statement.values({"queues": given, "now": now, "most": MOST_COUNTED})
    for row in connection.exec_driver_sql(statement.sql, values):
        if row[2]:
            counts[row[0]] = counts.get(row[0], 0) + row[2]
    return counts
