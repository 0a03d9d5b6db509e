"""Handing over between partitions: each step is one transaction of one partition, and can be done
again; see `engine.services.distant`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import replace

from engine.errors import ExecutionError
from engine.history import Record
from engine.services.duties import REMEMBERED
from engine.services.instances import intervention
from engine.services.receiving import (
    StartEvent,
    each_due,
    give,
    hear,
    listens,
    start_by,
    starts,
    waiting_for,
)
from engine.services.work import Work
from engine.storage import schema as t
from engine.storage.ids import hashed, instance_of, partition_of
from engine.values import decode, encode
from engine.views import Actor
from engine.views.common import Source

if TYPE_CHECKING:
    from engine.services.shell import Shell
    from engine.services.unit import Unit

GIVEN = "given"
TARGETED = "targeted"
"""Kind of a message that is for certain receivers only."""
MOST = 1_000
"""Steps that one call does at most; what is left is found again."""
_m, _w, _s, _b = t.message.c, t.subscription.c, t.definition_start.c, t.inbox.c


class Row(Struct, frozen=True):
    """A message at its home."""

    id: int
    kind: str
    name: str
    key: str | None
    variables: str
    state: str
    published_at: int
    expires_at: int
    forget_at: int
    source_id: int | None
    receiver_id: int | None
    target: int | None
    offers: int
    by: str | None


_COLUMNS = [_m[name] for name in Row.__struct_fields__]


class Target(NamedTuple):
    """Who a message is offered to: a subscription with its instance, or a start event with the id
    of the instance that it will begin."""

    id: int
    instance: int


def home_of(shell: Shell, name: str, key: str | None) -> int:
    """The partition of the messages with a name and key."""
    return hashed(f"{name}\0{key or ''}", shell.store.partitions)


def row_of(shell: Shell, id: int) -> Row | None:
    """A message as it is now."""
    query = sa.select(*_COLUMNS).where(_m.partition_id == partition_of(id), _m.id == id)
    with shell.store.reading() as connection:
        row = connection.execute(query).first()
    return None if row is None else Row(*row)


# Messages


def drain(shell: Shell, home: int, name: str, key: str | None) -> dict[int, ExecutionError]:
    """Give the messages with a name and key to who waits for them, oldest first, until nobody waits
    or none is left; by id, the errors of instances that could not begin."""
    refused: set[int] = set()
    failed: dict[int, ExecutionError] = {}
    for _ in range(MOST):
        with shell.store.reading() as connection:
            now = shell.store.now_in(connection)
            row = _head(connection, home, name, key, now)
        if row is None:
            break
        if row.state == GIVEN:
            _conclude(shell, row, refused, failed)
            continue
        with shell.store.reading() as connection:
            found = waiting_for(connection, name, key)
            found = [one for one in found if one[1] not in refused]
            start = None if found else first_start(shell, connection, name)
            is_exacting = _is_exacting(shell, connection, row)
        if not found or (is_exacting and len(found) > 1):
            with shell.store.reading() as connection:
                row = _head(connection, home, name, key, now, only_new=True)
            if row is None:
                break
        is_late = (
            row.source_id is None  # what an instance throws arrives, however long it is on its way
            and row.state == "new"
            and row.published_at < row.expires_at <= now
        )
        targets = [] if is_late else candidates(shell, found, start)
        if is_exacting and len(found) > 1:
            targets = []
        if targets:
            _change(shell, row, state=GIVEN, target=targets[0])
            continue
        if is_exacting:
            _say_uncaught(shell, row, len(found))
        keeps = row.expires_at > now
        _change(shell, row, state="waiting" if keeps else "received")
    return failed


def finish(shell: Shell, id: int, targets: Sequence[Target]) -> ExecutionError | None:
    """Offer a message that is for certain receivers to one after the other of them."""
    left = list(targets[1:])
    failed: dict[int, ExecutionError] = {}
    refused: set[int] = set()
    while (row := row_of(shell, id)) is not None and row.state == GIVEN:
        assert row.target is not None
        target = Target(row.target, row.receiver_id or 0)
        if not _conclude(shell, row, refused, failed) and target.id in refused and left:
            refused.clear()
            _change(shell, replace(row, state="received"), state=GIVEN, target=left.pop(0))
    return failed.get(id)


def candidates(
    shell: Shell, found: Sequence[tuple[int, int]], start: StartEvent | None
) -> list[Target]:
    """Who a message may be offered to, in this order."""
    if found:
        return [Target(subscription, instance) for instance, subscription in found]
    if start is None:
        return []
    return [Target(start.id, shell.store.ids.instance(shell.partition(None)))]


def first_start(shell: Shell, connection: sa.Connection, name: str) -> StartEvent | None:
    """The start event that a message is for, if nobody waits for it."""
    return next(iter(starts(shell, connection, "message", name)), None)


def _head(
    connection: sa.Connection,
    home: int,
    name: str,
    key: str | None,
    now: int,
    *,
    only_new: bool = False,
) -> Row | None:
    """The message that comes next of those with a name and key: what is under offer, or else the
    oldest."""
    is_alive = (_m.state == "waiting") & (_m.expires_at > now)
    state = _m.state == "new"
    row = connection.execute(
        sa.select(*_COLUMNS)
        .where(_m.partition_id == home, _m.kind == "message", _m.name == name)
        .where(_m.key.is_(None) if key is None else _m.key == key)
        .where(state if only_new else (_m.state == GIVEN) | state | is_alive)
        .order_by(sa.case((_m.state == GIVEN, 0), else_=1), _m.published_at, _m.id)
        .limit(1)
    ).first()
    return None if row is None else Row(*row)


def _conclude(shell: Shell, row: Row, refused: set[int], failed: dict[int, ExecutionError]) -> bool:
    """Make an offer known where it is for, and write at home what came of it; whether it was
    taken."""
    assert row.receiver_id is not None
    assert row.target is not None
    where = partition_of(row.receiver_id)
    is_start = instance_of(row.target) != row.receiver_id
    needed = () if is_start else (row.receiver_id,)
    try:
        taken = shell.committer.do(
            Work(partial(_take, row=row, is_start=is_start), partition=where, instances=needed)
        )
    except ExecutionError as error:  # nothing has begun
        failed[row.id] = error
        shell.do(partial(drop, id=row.id), partition=partition_of(row.id))
        return False
    if taken:
        _change(shell, row, state="received")
        return True
    refused.add(row.target)
    _change(shell, row, state="received" if row.kind == TARGETED else "new", receiver=None)
    return False


def _take(unit: Unit, row: Row, is_start: bool) -> bool:
    """In the receiver's partition: let an offer have its effect, once; whether it was taken."""
    assert row.receiver_id is not None
    assert row.target is not None
    if (before := told_before(unit, partition_of(row.receiver_id), row.id, row.offers)) is not None:
        return bool(before)
    variables, by = decode(row.variables), _actor(row.by)
    taken = False
    if is_start:
        if event := _start_event(unit, row.target):
            hand = intervention("start", by, message=row.name, key=row.key)
            start_by(unit, event, variables, hand, id=row.receiver_id)
            taken = True
    else:
        loaded = unit.batch.loaded.get(row.receiver_id)
        waiting = loaded.instance.subscriptions.get(row.target) if loaded else None
        if loaded and waiting and listens(loaded, waiting):
            give(unit, loaded, waiting, row.name, row.key, variables, by)
            taken = True
    _note(unit, row.receiver_id, row.id, row.offers, [row.receiver_id] if taken else [])
    return taken


def _change(
    shell: Shell,
    row: Row,
    *,
    state: str,
    target: Target | None = None,
    receiver: int | None = -1,
) -> None:
    """Let a message at home become something else, if it is still as it was."""
    if target is not None:
        row = replace(row, receiver_id=target.instance, target=target.id)
    elif receiver is None or state == "waiting":
        row = replace(row, receiver_id=None, target=None)
    run = partial(_become, row=row, state=state, is_offer=target is not None)
    shell.do(run, partition=partition_of(row.id))


def _become(unit: Unit, row: Row, state: str, is_offer: bool) -> None:
    unit.batch.flush()
    where = (_m.partition_id == partition_of(row.id)) & (_m.id == row.id)
    found = unit.transaction.connection.execute(
        sa.select(_m.state, _m.offers).where(where).with_for_update()
    ).first()
    if found is None or (found.state, found.offers) != (row.state, row.offers):
        return
    forget = max(row.forget_at, unit.now_micros + REMEMBERED)
    offers = row.offers + 1 if is_offer else row.offers
    values = (state, forget, row.receiver_id, row.target, offers, partition_of(row.id), row.id)
    unit.writes.rare.append((unit.transaction.store.statements.offer_message, values))


def drop(unit: Unit, id: int) -> None:
    statement = unit.transaction.store.statements.delete_message
    unit.writes.rare.append((statement, (partition_of(id), id)))


def _is_exacting(shell: Shell, connection: sa.Connection, row: Row) -> bool:
    """Whether a message must have exactly one receiver, by its sender's dialect."""
    if row.source_id is None or row.expires_at > row.published_at:
        return False
    i = t.instance.c
    query = sa.select(i.definition_id).where(
        i.partition_id == partition_of(row.source_id), i.id == row.source_id
    )
    definition = connection.execute(query).scalar()
    if definition is None:
        return False
    return shell.programs.program(connection, definition).dialect.needs_receiver


def _say_uncaught(shell: Shell, row: Row, receivers: int) -> None:
    """The history of a message's sender tells that it went to nobody."""
    assert row.source_id is not None
    detail = {"kind": "message", "name": row.name, "key": row.key, "receivers": receivers}
    shell.log.warning("thrown message has no one receiver", instance=row.source_id, **detail)

    def run(unit: Unit) -> None:
        source = row.source_id or 0
        if told_before(unit, partition_of(source), row.id, 0) is None:
            unit.note(unit.instance(source), Record("uncaught", detail=detail))
            _note(unit, source, row.id, 0, [])

    shell.do(run, instance=row.source_id)


# Signals


def spread(shell: Shell, id: int) -> None:
    """Give a signal to all who listened when it came, one partition after the other."""
    row = row_of(shell, id)
    if row is None or row.state != "new":
        return
    query = (
        sa.select(_w.instance_id, _w.id)
        .where(t.is_kind("signal"), _w.name == row.name, _w.created_at <= row.published_at)
        .order_by(_w.instance_id, _w.id)
    )
    if row.source_id is not None:
        query = query.where(_w.instance_id != row.source_id)
    with shell.store.reading() as connection:
        found = [(one[0], one[1]) for one in connection.execute(query)]
        events = starts(shell, connection, "signal", row.name)
    by_partition: dict[int, list[tuple[int, list[int]]]] = {}
    for instance, subscriptions in each_due(found):
        by_partition.setdefault(partition_of(instance), []).append((instance, subscriptions))
    for where, listening in sorted(by_partition.items()):
        shell.committer.do(
            Work(
                partial(_hear, row=row, listening=listening, where=where),
                partition=where,
                instances=[instance for instance, _ in listening],
            )
        )
    for event in events:
        where = hashed(f"{id} {event.id}", shell.store.partitions)
        try:
            shell.committer.do(
                Work(partial(_begin, row=row, event=event, where=where), partition=where)
            )
        except ExecutionError as error:
            shell.log.warning(
                "signal start failed",
                definition=event.definition_id,
                element=event.element,
                error=str(error),
            )
    _change(shell, row, state="received")


def outcome_of(shell: Shell, id: int) -> tuple[list[int], list[int]]:
    """Of a signal: the instances that heard it, and those that it started."""
    query = sa.select(_b.part, _b.outcome).where(_b.message_id == id)
    with shell.store.reading() as connection:
        rows = connection.execute(query.order_by(_b.part, _b.partition_id)).all()
    heard = [int(one) for row in rows if row.part == 0 for one in decode(row.outcome)]
    started = [int(one) for row in rows if row.part != 0 for one in decode(row.outcome)]
    return sorted(heard), started


def _hear(unit: Unit, row: Row, listening: Sequence[tuple[int, list[int]]], where: int) -> None:
    if told_before(unit, where, row.id, 0) is not None:
        return
    heard: dict[int, None] = {}
    for instance, subscriptions in listening:
        loaded = unit.batch.loaded.get(instance)
        for id in subscriptions:
            waiting = loaded.instance.subscriptions.get(id) if loaded else None
            if loaded and waiting and listens(loaded, waiting):
                hear(unit, loaded, waiting, row.name, decode(row.variables), _actor(row.by))
                heard[instance] = None
    note_in(unit, where, row.id, 0, list(heard))


def _begin(unit: Unit, row: Row, event: StartEvent, where: int) -> None:
    if told_before(unit, where, row.id, event.id) is not None:
        return
    hand = intervention("start", _actor(row.by), signal=row.name)
    loaded = start_by(unit, event, decode(row.variables), hand)
    note_in(unit, where, row.id, event.id, [loaded.id])


# Inbox


def told_before(unit: Unit, where: int, message: int, part: int) -> list[int] | None:
    """What came of it, if it has come here before."""
    unit.batch.flush()
    query = sa.select(_b.outcome).where(
        _b.partition_id == where, _b.message_id == message, _b.part == part
    )
    found = unit.transaction.connection.execute(query).scalar()
    return None if found is None else [int(one) for one in decode(found)]


def _note(unit: Unit, instance: int, message: int, part: int, outcome: Sequence[int]) -> None:
    note_in(unit, partition_of(instance), message, part, outcome)


def note_in(unit: Unit, where: int, message: int, part: int, outcome: Sequence[int]) -> None:
    row = (where, message, part, encode([str(id) for id in outcome]), unit.now_micros)
    unit.writes.rare.append((unit.transaction.store.statements.insert_inbox, row))


def _actor(by: str | None) -> Actor:
    if by is None:
        return Actor("throw event", "system")
    source, _, name = by.partition(" ")
    known: Source = source  # type: ignore[assignment]
    return Actor(name, known)


def _start_event(unit: Unit, id: int) -> StartEvent | None:
    query = sa.select(_s.id, _s.definition_id, _s.element, _s.details).where(_s.id == id)
    row = unit.transaction.connection.execute(query).first()
    return None if row is None else StartEvent(*row)
