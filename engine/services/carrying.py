"""What a node does of itself where the database is distributed: takes home what instances have
thrown, goes on with hand-overs that somebody began, and looks for messages on behalf of those who
begin to wait."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from msgspec.structs import replace

from engine.services import routes
from engine.services.duplicates import published_before
from engine.services.duties import OUTBOX
from engine.services.hand_over import (
    GIVEN,
    TARGETED,
    drain,
    drop,
    finish,
    home_of,
    note_in,
    spread,
    told_before,
)
from engine.storage import schema as t
from engine.storage.ids import partition_of
from engine.storage.writes import Message

if TYPE_CHECKING:
    from engine.services.shell import Shell
    from engine.services.unit import Unit

_m, _w = t.message.c, t.subscription.c
THROWN = "thrown"
_KEPT = [_m[name] for name in Message.__struct_fields__]


def carry(shell: Shell, limit: int) -> int:
    """Do what is to be done, up to `limit`; how much was done."""
    store = shell.store
    queue = store.statements.queues.due_rows
    with store.reading() as connection:
        now = store.now_in(connection)
        oldest = sa.select(*_KEPT).order_by(_m.published_at, _m.id).limit(limit)
        thrown = [Message(*row) for row in connection.execute(oldest.where(_m.state == THROWN))]
        begun = [
            Message(*row) for row in connection.execute(oldest.where(_m.state.in_(("new", GIVEN))))
        ]
        values = queue.values({"queue": OUTBOX, "now": now, "most": limit})
        waiting = connection.exec_driver_sql(queue.sql, values).fetchall()
        routed = routes.patterns(connection) if thrown else []
    for message in thrown:
        _take_home(shell, message, leaves=routes.leaves(message.name, routed))
    done = set()
    for message in begun:
        queued = (message.kind, message.name, message.key)
        if message.kind == "signal":
            spread(shell, message.id)
        elif message.kind == TARGETED:
            finish(shell, message.id, [])
        elif queued not in done:
            done.add(queued)
            drain(shell, partition_of(message.id), message.name, message.key)
    for instance, subscription in waiting:
        _look(shell, instance, subscription)
    return len(thrown) + len(begun) + len(waiting)


def _take_home(shell: Shell, thrown: Message, *, leaves: bool) -> None:
    """From the outbox of a thrower's partition to the home of its name and key; or out of it."""
    here = partition_of(thrown.id)
    if leaves and thrown.kind == "message":
        shell.do(partial(routes.hand_out, id=thrown.id), partition=here)
        return
    home = home_of(shell, thrown.name, thrown.key)
    found = shell.do(partial(_arrive, thrown=thrown, home=home), partition=home)
    last = partial(routes.hand_out, id=thrown.id) if leaves else partial(drop, id=thrown.id)
    shell.do(last, partition=here)
    if thrown.kind == "signal":
        if found is not None:
            spread(shell, found)
    else:
        drain(shell, home, thrown.name, thrown.key)


def _arrive(unit: Unit, thrown: Message, home: int) -> int | None:
    """Write a thrown message at its home, once: its id there; None if its like came before."""
    before = told_before(unit, home, thrown.id, 0)
    if before is not None:
        return next(iter(before), None)
    if thrown.dedup is not None and published_before(unit, home, thrown.dedup):
        note_in(unit, home, thrown.id, 0, [])
        return None
    row = replace(thrown, id=unit.shell.store.ids.row(home), state="new")
    unit.writes.messages.put(row.id, row, existed=False)
    note_in(unit, home, thrown.id, 0, [row.id])
    return row.id


def _look(shell: Shell, instance: int, subscription: int) -> None:
    """Give one who has begun to wait what is there already; then it only waits."""
    mine = (_w.partition_id == partition_of(instance)) & (_w.id == subscription)
    with shell.store.reading() as connection:
        now = shell.store.now_in(connection)
        wait = connection.execute(sa.select(_w.name, _w.key).where(mine)).first()
        row: Any = None
        if wait is not None:
            is_alive = (_m.state == "waiting") & (_m.expires_at > now)
            query = (
                sa.select(_m.id, _m.key)
                .where(_m.kind == "message", _m.name == wait.name)
                .where(_m.state.in_(("new", GIVEN)) | is_alive)
            )
            if wait.key is not None:
                home = home_of(shell, wait.name, wait.key)
                query = query.where(_m.partition_id == home, _m.key == wait.key)
            row = connection.execute(query.order_by(_m.published_at, _m.id).limit(1)).first()
    if wait is not None and row is not None:
        drain(shell, partition_of(row.id), wait.name, row.key)
    shell.do(partial(_only_wait, instance=instance, id=subscription), instance=instance)


def _only_wait(unit: Unit, instance: int, id: int) -> None:
    loaded = unit.instance(instance)
    if id in loaded.instance.subscriptions and unit.shell_of(id).queue == OUTBOX:
        unit.set_shell(id, replace(unit.shell_of(id), queue=None))
