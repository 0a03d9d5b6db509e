"""Rates: claimed jobs beyond what their rate allows are put back, each to a moment of its own, so
that they come in turn and nobody looks at them before."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa

from engine.policies import parse_rate
from engine.storage import operator_tables as o
from engine.storage import schema as t
from engine.storage.claims import Claimed
from engine.storage.ids import partition_of

if TYPE_CHECKING:
    from engine.services.shell import Shell
    from engine.services.unit import Unit

_r, _w = o.rate.c, t.subscription.c
CATCH_UP = 1_000_000
"""Microseconds: so much unused time may be made up for at once."""


def paced(unit: Unit, rows: list[Claimed]) -> list[Claimed]:
    """Those of the claimed jobs that may be given out now."""
    connection = unit.transaction.connection
    book, programs = unit.shell.policies, unit.shell.programs
    limited: dict[tuple[str, str], list[Claimed]] = {}
    for row in rows:
        program = programs.program(connection, row.definition)
        if found := book.rate_of(connection, program, row.element, row.type):
            limited.setdefault(found, []).append(row)
    if not limited:
        return rows
    later: set[int] = set()
    for (rate, name), group in sorted(limited.items()):
        interval = max(parse_rate(rate, name).total_seconds() * 1_000_000, 1.0)
        group.sort(key=lambda row: (-row.priority, row.created_at, row.id))
        later.update(_take(unit, name, int(interval), group))
    return [row for row in rows if row.id not in later]


def _take(unit: Unit, name: str, interval: int, group: Sequence[Claimed]) -> list[int]:
    """Use up the time that a group's jobs take; ids of those that are put back."""
    connection, now = unit.transaction.connection, unit.now_micros
    found = connection.execute(
        sa.select(_r.next_at, _r.planned_to).where(_r.name == name).with_for_update()
    ).first()
    if found is None:
        connection.execute(sa.insert(o.rate).values(name=name, next_at=now, planned_to=now))
        next_at, planned = now, now
    else:
        next_at, planned = max(found.next_at, now - CATCH_UP), found.planned_to
    free = 0 if next_at > now else (now - next_at) // interval + 1
    next_at += min(free, len(group)) * interval
    put_back = group[free:]
    planned = max(planned, next_at - interval)
    for row in put_back:
        planned += interval
        connection.execute(
            sa.update(t.subscription)
            .where(_w.partition_id == partition_of(row.id), _w.id == row.id)
            .values(available_at=planned, worker=None, claimed_at=None, attempts=_w.attempts - 1)
        )
    connection.execute(
        sa.update(o.rate).where(_r.name == name).values(next_at=next_at, planned_to=planned)
    )
    return [row.id for row in put_back]


def start_anew(unit: Unit, kind: str, name: str) -> None:
    """Forget how far a rate is used up, and let what it has put back be asked for again."""
    connection = unit.transaction.connection
    connection.execute(sa.delete(o.rate).where(_r.name == f"{kind} {name}"))
    if not unit.shell.store.profile.is_distributed:
        held = _put_back(kind, name, unit.now_micros)
        connection.execute(
            sa.update(t.subscription).where(*held).values(available_at=unit.now_micros)
        )


def ask_again(shell: Shell, kind: str, name: str) -> None:
    """Where the database is distributed: the same, one partition after the other; what is missed
    comes when it was planned."""
    with shell.store.reading() as connection:
        held = _put_back(kind, name, shell.store.now_in(connection))
        found = connection.execute(sa.select(_w.partition_id).where(*held).distinct())
        partitions = found.scalars().all()

    def run(unit: Unit, where: int) -> None:
        unit.direct()
        change = sa.update(t.subscription).where(_w.partition_id == where, *held)
        unit.transaction.connection.execute(change.values(available_at=unit.now_micros))

    for where in partitions:
        shell.do(partial(run, where=where), partition=where)


def _put_back(kind: str, name: str, now: int) -> list[sa.ColumnElement[bool]]:
    """What waits only because of a rate."""
    which: sa.ColumnElement[bool]
    if kind == "job_type":
        which = _w.name == name
    else:
        process_id, _, element = name.partition("/")
        d = t.definition.c
        of_process = sa.select(d.id).where(d.kind == "process", d.ref == process_id)
        which = _w.definition_id.in_(of_process)
        if kind == "element":
            which &= _w.catcher == element
    return [
        _w.kind == "job",
        _w.queue.is_not(None),
        _w.worker.is_(None),
        _w.last_error.is_(None),
        _w.available_at > now,
        which,
    ]
