"""What is told of batches: how far each is, what became of each target, which are still held."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from engine.errors import NotFound
from engine.services.batch_items import counts_of, order_of
from engine.services.batch_layout import LAYING_OUT
from engine.storage import operator_tables as o
from engine.storage.ids import instance_of, partition_of
from engine.storage.rows import moment, moment_or_none
from engine.views import Actor, BatchItem, BatchView

_b, _m = o.batch.c, o.batch_item.c


def row_of(connection: sa.Connection, id: int, *, lock: bool = False) -> sa.Row[Any]:
    query = sa.select(o.batch).where(_b.partition_id == partition_of(id), _b.id == id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise NotFound(f"batch {id}: there is none")
    return row


def views(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> list[BatchView]:
    if not rows:
        return []
    found = counts_of(connection, [row.id for row in rows])
    return list(_each(rows, found))


def _each(rows: Sequence[sa.Row[Any]], found: dict[int, dict[str, int]]) -> Iterator[BatchView]:
    for row in rows:
        by_state = found[row.id]
        if row.state == "cancelled":  # items that are still to hear of it
            by_state["skipped"] = by_state.get("skipped", 0) + by_state.pop("left", 0)
        elif row.state == LAYING_OUT:
            by_state["left"] = row.total
        yield BatchView(
            id=row.id,
            kind=row.kind,
            state="running" if row.state == LAYING_OUT else row.state,
            reason=row.reason,
            by=Actor(row.by, row.source),
            created=moment(row.created_at),
            ended=moment_or_none(row.ended_at),
            total=row.total,
            left=by_state.get("left", 0),
            done=by_state.get("done", 0),
            skipped=by_state.get("skipped", 0),
            failed=by_state.get("failed", 0),
            per_second=row.per_second,
            stop_after=row.stop_after,
            note=row.note,
            due=moment(row.next_at),
            order=order_of(row),
        )


def items(rows: Sequence[sa.Row[Any]]) -> list[BatchItem]:
    return [
        BatchItem(
            target=row.target,
            instance=instance_of(row.target),
            state=row.state,
            reason=row.reason,
            at=moment_or_none(row.at),
        )
        for row in rows
    ]


def held(connection: sa.Connection, instance: int) -> list[BatchView]:
    """Commands to one instance that are still to be done, the first due first."""
    query = (
        sa.select(*o.batch.columns)
        .join(o.batch_item, _m.batch_id == _b.id)
        .where(_b.state == "running", _b.total == 1)
        .where(_m.partition_id == partition_of(instance), _m.target == instance)
        .where(_m.state == "left")
    )
    return views(connection, connection.execute(query.order_by(_b.next_at, _b.id)).all())
