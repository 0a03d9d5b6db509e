"""Those who wait for messages and signals, and what comes to them (BPMN 2.0.2 §10.5.5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa
from msgspec import Struct

from engine.correlation import key_in
from engine.errors import Conflict
from engine.history import Record
from engine.services.duties import attempt
from engine.services.instances import intervention
from engine.state import Subscription, Variables
from engine.step import Start
from engine.storage import schema as t
from engine.storage.ids import partition_of
from engine.values import decode
from engine.views import Actor, BroadcastResult, Published

if TYPE_CHECKING:
    from engine.services.cache import Loaded
    from engine.services.shell import Shell
    from engine.services.unit import Unit

_c = t.subscription.c


class News(NamedTuple):
    """A message or signal that somebody brings."""

    name: str
    key: str | None
    variables: Variables
    by: Actor
    lifetime: int = 0
    """Microseconds."""
    message_id: str | None = None


class StartEvent(Struct, frozen=True):
    """A row of `definition_start`: a start event of a latest version that listens."""

    id: int
    definition_id: int
    element: str
    details: str


def key_of(
    shell: Shell, connection: sa.Connection, name: str, variables: Variables, now: datetime
) -> str | None:
    """The key of a message that is given without one: what the correlation properties of the
    processes that name it find in its payload (BPMN 2.0.2 §8.4.2)."""
    for correlation in shell.programs.correlations(connection, name):
        if key := key_in(correlation, variables, now):
            return key
    return None


def refuse_to_guess(name: str, found: int) -> None:
    """Raises Conflict where several wait for a message and nothing tells which it is for."""
    if found > 1:
        raise Conflict(
            f"message '{name}': {found} instances wait for it; give a key or a "
            "business key that tells them apart"
        )


def deliver(
    unit: Unit, name: str, key: str | None, variables: Variables, by: Actor
) -> Published | None:
    """To one who waits, or to a start event. Receivers are locked before the name is, in the order
    in which whoever subscribes locks the two."""
    if found := give_to_one(unit, name, key, variables, receivers(unit, name, key), by):
        return found
    unit.transaction.lock_name(name, key)
    if found := give_to_one(unit, name, key, variables, receivers(unit, name, key), by):
        return found
    return start_by_message(unit, name, key, variables, by)


def receivers(
    unit: Unit,
    name: str,
    key: str | None,
    business_key: str | None = None,
    instance: int | None = None,
) -> list[tuple[int, int]]:
    """Those who wait for a message, longest first: instance and subscription."""
    unit.batch.flush()
    return waiting_for(unit.transaction.connection, name, key, business_key, instance)


def waiting_for(
    connection: sa.Connection,
    name: str,
    key: str | None,
    business_key: str | None = None,
    instance: int | None = None,
) -> list[tuple[int, int]]:
    query = sa.select(_c.instance_id, _c.id).where(
        t.is_kind("message"), _c.name == name, _key_matches(key)
    )
    if instance is not None:
        query = query.where(_c.partition_id == partition_of(instance), _c.instance_id == instance)
    if business_key is not None:
        query = query.join(
            t.instance,
            (t.instance.c.partition_id == _c.partition_id) & (t.instance.c.id == _c.instance_id),
        ).where(t.instance.c.business_key == business_key)
    rows = connection.execute(query.order_by(_c.created_at, _c.id).limit(100))
    return [(row[0], row[1]) for row in rows]


def _key_matches(key: str | None) -> sa.ColumnElement[bool]:
    return _c.key.is_(None) if key is None else _c.key.is_(None) | (_c.key == key)


def give_to_one(
    unit: Unit,
    name: str,
    key: str | None,
    variables: Variables,
    found: list[tuple[int, int]],
    by: Actor,
) -> Published | None:
    for instance, subscription in found:
        loaded = unit.instance(instance)
        row = loaded.instance.subscriptions.get(subscription)
        if row is None or not listens(loaded, row):
            continue
        give(unit, loaded, row, name, key, variables, by)
        return Published(id=0, name=name, key=key, instance=instance)
    return None


def give(
    unit: Unit,
    loaded: Loaded,
    row: Subscription,
    name: str,
    key: str | None,
    variables: Variables,
    by: Actor,
) -> None:
    """A message has come to one who waits for it."""
    hand = intervention("message", by, name=name, key=key)
    attempt(loaded, row, {"verb": "happened", "payload": variables}, unit, _told(hand, row))


def hear(
    unit: Unit, loaded: Loaded, row: Subscription, name: str, variables: Variables, by: Actor
) -> None:
    """A signal has come to one who listens."""
    hand = _told(intervention("signal", by, name=name), row)
    attempt(loaded, row, {"verb": "happened", "payload": variables}, unit, hand)


def listens(loaded: Loaded, row: Subscription) -> bool:
    return loaded.head.suspended_at is None and row.id not in loaded.incidents


def _told(hand: Record, row: Subscription) -> Record:
    return Record(hand.kind, row.catcher, row.token, row.scope, row.id, hand.detail)


def starts(shell: Shell, connection: sa.Connection, kind: str, name: str) -> list[StartEvent]:
    """The start events that listen for a message or signal, of latest versions that are not
    suspended."""
    c = t.definition_start.c
    query = sa.select(c.id, c.definition_id, c.element, c.details)
    query = query.add_columns(c.process_id).where(c.kind == kind, c.name == name)
    board = shell.board
    return [
        StartEvent(*row[:4])
        for row in connection.execute(query)
        if not board.held_start(connection, row.process_id, row.definition_id)
    ]


def start_by(
    unit: Unit,
    event: StartEvent,
    variables: Variables,
    hand: Record,
    *,
    key: str | None = None,
    id: int | None = None,
) -> Loaded:
    """A new instance, begun by one of its triggered start events; `id`: one that was chosen for it
    before. Raises ExecutionError."""
    definition = unit.shell.programs.definition(unit.transaction.connection, event.definition_id)
    loaded = unit.create(
        definition,
        partition=unit.new_home(key) if id is None else partition_of(id),
        id=id,
        started_by=str((hand.detail or {}).get("by", "system")),
        business_key=key,
    )
    part = decode(event.details).get("part", 0)
    unit.step(loaded, Start(variables=variables, element=event.element, part=part), hand)
    return loaded


def start_by_message(
    unit: Unit, name: str, key: str | None, variables: Variables, by: Actor
) -> Published | None:
    for event in starts(unit.shell, unit.transaction.connection, "message", name):
        hand = intervention("start", by, message=name, key=key)
        loaded = start_by(unit, event, variables, hand)
        return Published(id=0, name=name, key=key, instance=loaded.id, started=True)
    return None


def broadcast(
    unit: Unit, name: str, variables: Variables, by: Actor, source: int | None = None
) -> BroadcastResult:
    """Give a signal to all; an instance that threw it has heard it already, in the same step."""
    unit.batch.flush()
    query = sa.select(_c.instance_id, _c.id).where(t.is_kind("signal"), _c.name == name)
    if source is not None:
        query = query.where(_c.instance_id != source)
    rows = unit.transaction.connection.execute(query.order_by(_c.instance_id, _c.id)).all()
    unit.batch.load(sorted({row[0] for row in rows}))
    heard: dict[int, None] = {}
    for instance, subscription in rows:
        loaded = unit.instance(instance)
        row = loaded.instance.subscriptions.get(subscription)
        if row is None or not listens(loaded, row):
            continue
        hear(unit, loaded, row, name, variables, by)
        heard[instance] = None
    started = []
    for event in starts(unit.shell, unit.transaction.connection, "signal", name):
        hand = intervention("start", by, signal=name)
        started.append(start_by(unit, event, variables, hand).id)
    return BroadcastResult(name=name, instances=list(heard), started=started)


def each_due(rows: list[tuple[int, int]]) -> Iterator[tuple[int, list[int]]]:
    """Subscriptions by instance."""
    by_instance: dict[int, list[int]] = {}
    for instance, subscription in rows:
        by_instance.setdefault(instance, []).append(subscription)
    yield from sorted(by_instance.items())
