"""What the engine does by itself when its time has come: timers, continuations, thrown messages,
timer starts, and tidying up."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from msgspec.structs import replace

import bpmn.model as m
from engine.errors import ExecutionError
from engine.history import Record
from engine.schedule import Schedule
from engine.services import alert_watch
from engine.services.batch_items import run_batches
from engine.services.batch_layout import LAYING_OUT
from engine.services.carrying import carry
from engine.services.duties import DUE, attempt
from engine.services.instances import intervention
from engine.services.receiving import StartEvent, each_due, start_by
from engine.services.thrown import deliver_thrown
from engine.services.work import Work
from engine.state import Subscription
from engine.step import Missed
from engine.storage import operator_tables as o
from engine.storage import polls
from engine.storage import schema as t
from engine.storage.claims import due_instances
from engine.storage.rows import micros, moment
from engine.storage.task_tables import draft
from engine.values import decode, encode
from engine.views import Actor

if TYPE_CHECKING:
    from engine.services.cache import Loaded
    from engine.services.shell import Shell
    from engine.services.unit import Unit

CHUNK = 100
"""Due subscriptions taken in one transaction."""
CLOCK = Actor("timer", "system")
POLL_KEPT = 7 * 86_400_000_000
SWEEP_CHUNK = 500
DAY = 86_400_000_000
ALL = sa.true()
FORGOTTEN: tuple[tuple[sa.Table, sa.Column[int], int, sa.ColumnElement[bool]], ...] = (
    (t.message, t.message.c.forget_at, 0, t.message.c.state.in_(("received", "waiting"))),
    (t.answer, t.answer.c.at, DAY, ALL),
    (t.inbox, t.inbox.c.at, 30 * DAY, ALL),
    (draft, draft.c.expires_at, 0, ALL),
)
"""Tables whose rows are forgotten so long after the moment in this column, if this holds: what is
on its way arrives first, however long no node was there."""


def run_due(shell: Shell, limit: int) -> int:
    """Do what is due now, up to `limit`; how much was done."""
    with shell.store.reading() as connection:
        now = shell.store.now_in(connection)
        is_distributed = shell.store.profile.is_distributed
        has_thrown = is_distributed or _any(connection, t.message.c.state == "new")
        has_starts = _any(connection, t.definition_start.c.due <= now)
        has_batches = _any(connection, o.batch.c.state.in_(("running", LAYING_OUT)))
    done = deliver(shell, limit) if has_thrown else 0
    done += fire(shell, limit - done)
    done += run_batches(shell, limit - done) if has_batches else 0
    return done + (start_due(shell, limit - done) if has_starts else 0)


def _any(connection: sa.Connection, which: sa.ColumnElement[bool]) -> bool:
    return bool(connection.execute(sa.select(sa.exists().where(which))).scalar())


def deliver(shell: Shell, limit: int) -> int:
    """Tell what instances have thrown."""
    if shell.store.profile.is_distributed:
        return carry(shell, limit)
    done = 0
    while done < limit:
        chunk = min(CHUNK, limit - done)
        found = shell.do(partial(deliver_thrown, limit=chunk))
        done += found
        if found < chunk:
            break
    return done


def fire(shell: Shell, limit: int) -> int:
    """Let timers and continuations that are due happen: of one instance together, of many
    instances in one transaction."""
    done = 0
    while done < limit:
        rows = due_instances(shell.store, shell.store.now(), DUE, min(CHUNK, limit - done))
        if not rows:
            break
        works = [
            Work(partial(_fire, instance=instance, ids=ids), instances=(instance,))
            for instance, ids in each_due(rows)
        ]
        shell.committer.do_all(works)
        done += sum(work.answer() for work in works)
        if len(rows) < CHUNK or not any(work.result for work in works):
            break
    return done


def _fire(unit: Unit, instance: int, ids: list[int]) -> int:
    """How many of these subscriptions were still to happen."""
    loaded = unit.instance(instance)
    fired = 0
    for id in ids:
        row = loaded.instance.subscriptions.get(id)
        if row is None or loaded.head.suspended_at is not None or id in loaded.incidents:
            continue
        due = row.trigger.due
        if due is not None and due > unit.now:
            continue
        given = {"verb": "happened", "payload": {}}
        if not attempt(loaded, row, given, unit) and _goes_on(loaded, row):
            unit.step(loaded, Missed(subscription=id))
            unit.set_shell(id, replace(unit.shell_of(id), queue=None))
        fired += 1
    return fired


def _goes_on(loaded: Loaded, row: Subscription) -> bool:
    """Whether the event of a timer that has failed waits for its next time beside the failed one:
    where a failure rolls back, and so would leave no wait but that."""
    if row.id not in loaded.incidents or "period" not in row.trigger.details:
        return False
    node = loaded.program.nodes[row.catcher]
    may_repeat = isinstance(node.element, m.BoundaryEvent | m.StartEvent) and not node.is_parallel
    return loaded.program.dialect.rolls_back_on_failure and may_repeat and not node.is_interrupting


def start_due(shell: Shell, limit: int) -> int:
    """Start instances whose timer start event is due; each nominal time once (§10.5.2)."""
    done = 0
    while done < limit and shell.do(_start_one):
        done += 1
    return done


def _start_one(unit: Unit) -> bool:
    c = t.definition_start.c
    unit.direct()
    row = unit.transaction.connection.execute(
        sa.select(c.id, c.definition_id, c.element, c.details, c.due)
        .where(c.due <= unit.now_micros, *_not_held(unit))
        .order_by(c.due)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if row is None:
        return False
    details = decode(row.details)
    following = Schedule.from_details(details.get("schedule", {}), moment(row.due)).following()
    due = micros(following.due) if following else None
    if following:
        details["schedule"] = following.details()
    unit.transaction.connection.execute(
        sa.update(t.definition_start).where(c.id == row.id).values(due=due, details=encode(details))
    )
    event = StartEvent(row.id, row.definition_id, row.element, row.details)
    hand: Record = intervention("start", CLOCK, due=moment(row.due))
    try:
        start_by(unit, event, {}, hand)
    except ExecutionError as error:
        unit.shell.log.warning(
            "timer start failed",
            definition=row.definition_id,
            element=row.element,
            error=str(error),
        )
    return True


def _not_held(unit: Unit) -> Iterator[sa.ColumnElement[bool]]:
    """Leaves out the timers of what is suspended."""
    c = t.definition_start.c
    for kind, name in unit.shell.board.holds(unit.transaction.connection):
        if kind == "process":
            yield c.process_id != name
        elif kind == "definition":
            yield c.definition_id != int(name)


def sweep(shell: Shell) -> int:
    """Forget what may be forgotten, a chunk at a time; how many rows."""

    if shell.store.profile.is_distributed:
        return _sweep_apart(shell)

    def run(unit: Unit) -> int:
        unit.direct()
        connection, now = unit.transaction.connection, unit.now_micros
        polls.forget(connection, now - POLL_KEPT)
        gone = alert_watch.forget(connection, now)
        for table, moment_column, age, which in FORGOTTEN:
            keys = list(table.primary_key.columns)
            chunk = sa.select(*keys).where(moment_column < now - age, which).limit(SWEEP_CHUNK)
            deleted = connection.execute(sa.delete(table).where(sa.tuple_(*keys).in_(chunk)))
            gone += deleted.rowcount
        return gone

    return shell.do(run)


def _sweep_apart(shell: Shell) -> int:
    """The same, one partition after the other."""

    def whole(unit: Unit) -> int:
        unit.direct()
        connection, now = unit.transaction.connection, unit.now_micros
        polls.forget(connection, now - POLL_KEPT)
        return alert_watch.forget(connection, now)

    gone = shell.do(whole)
    for table, moment_column, age, which in FORGOTTEN:
        keys = list(table.primary_key.columns)
        with shell.store.reading() as connection:
            before = shell.store.now_in(connection) - age
            old = sa.select(*keys).where(moment_column < before, which).limit(SWEEP_CHUNK)
            rows = connection.execute(old).all()
        by_partition: dict[int, list[tuple[Any, ...]]] = {}
        for row in rows:
            by_partition.setdefault(row.partition_id, []).append(tuple(row)[1:])
        for where, found in by_partition.items():
            gone += shell.do(partial(_forget, table=table, where=where, found=found))
    return gone


def _forget(unit: Unit, table: sa.Table, where: int, found: list[tuple[Any, ...]]) -> int:
    unit.direct()
    keys = list(table.primary_key.columns)[1:]
    which = sa.tuple_(*keys).in_(found) if len(keys) > 1 else keys[0].in_([row[0] for row in found])
    return unit.transaction.connection.execute(
        sa.delete(table).where(table.c.partition_id == where, which)
    ).rowcount
