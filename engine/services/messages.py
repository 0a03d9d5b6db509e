"""Messages go to one receiver, signals to all who listen (BPMN 2.0.2 §10.5.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from msgspec import Struct

from engine.correlation import key_in
from engine.errors import Conflict, Invalid, NotFound
from engine.history import Record
from engine.services import idempotency
from engine.services.duplicates import dedup_of, published_before
from engine.services.duties import REMEMBERED, attempt
from engine.services.instances import checked_text, intervention
from engine.state import Subscription, Variables
from engine.step import Start
from engine.storage import schema as t
from engine.storage.ids import hashed, partition_of
from engine.storage.writes import Message
from engine.values import admit, decode, encode
from engine.views import SYSTEM, Actor, BroadcastResult, Published

if TYPE_CHECKING:
    from engine.services.cache import Loaded
    from engine.services.shell import Shell
    from engine.services.unit import Unit

_c = t.subscription.c
DEFAULT_TTL = timedelta(hours=1)
LONGEST_TTL = timedelta(days=3650)


class StartEvent(Struct, frozen=True):
    """A row of `definition_start`: a start event of a latest version that listens."""

    id: int
    definition_id: int
    element: str
    details: str


class MessageMethods:
    """The part of `Engine` that brings news from outside."""

    _shell: Shell

    def publish(
        self,
        name: str,
        key: str | None = None,
        variables: Mapping[str, Any] | None = None,
        *,
        ttl: timedelta = DEFAULT_TTL,
        message_id: str | None = None,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> Published:
        """Give a message to whoever waits for its name and key; or start the process whose start
        event it is; or else keep it for its time to live.

        The same `message_id` under one name and key has one effect within its time to live, and
        for a day at least.
        """
        run = publishing(name, key, variables, ttl=ttl, message_id=message_id, by=by)
        return self._shell.do(idempotency.once(idempotency_key, f"publish {name}", Published, run))

    def correlate(
        self,
        name: str,
        key: str | None = None,
        variables: Mapping[str, Any] | None = None,
        *,
        business_key: str | None = None,
        instance: int | None = None,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> Published:
        """Give a message to one who waits for it now; with `business_key` or `instance`, to that
        instance only.

        Raises NotFound when nobody does, and Conflict when several do and nothing tells which.
        """
        given, key = admit(variables), checked_text(key, "correlation key")
        name = _named(name, "message")

        def run(unit: Unit) -> Published:
            told = key if key is not None else _key_in(unit, name, given)
            found = receivers(unit, name, told, business_key, instance)
            if len(found) > 1 and told is None and business_key is None and instance is None:
                raise Conflict(
                    f"message '{name}': {len(found)} instances wait for it; give a key or a "
                    "business key that tells them apart"
                )
            published = give_to_one(unit, name, told, given, found, by)
            if published is None and business_key is None and instance is None:
                published = start_by_message(unit, name, told, given, by)
            if published is None:
                raise NotFound(f"message '{name}' with key {told!r}: nobody waits for it")
            return published

        return self._shell.do(
            idempotency.once(idempotency_key, f"correlate {name}", Published, run)
        )

    def broadcast(
        self,
        name: str,
        variables: Mapping[str, Any] | None = None,
        *,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> BroadcastResult:
        """Give a signal to all who listen now, and start every process that it starts."""
        given, name = admit(variables), _named(name, "signal")
        once = idempotency.once(
            idempotency_key,
            f"broadcast {name}",
            BroadcastResult,
            lambda unit: broadcast(unit, name, given, by),
        )
        return self._shell.do(once)


def publishing(
    name: str,
    key: str | None,
    variables: Mapping[str, Any] | None,
    *,
    ttl: timedelta,
    message_id: str | None,
    by: Actor,
) -> Callable[[Unit], Published]:
    """The command that publishes a message. Raises Invalid."""
    given, key = admit(variables), checked_text(key, "correlation key")
    name = _named(name, "message")
    if not timedelta(0) <= ttl <= LONGEST_TTL:
        raise Invalid(f"message '{name}': a time to live of {ttl} is not within {LONGEST_TTL}")
    checked_text(message_id, "message id")

    def run(unit: Unit) -> Published:
        told = key if key is not None else _key_in(unit, name, given)
        return _publish(unit, name, told, given, ttl=ttl, message_id=message_id, by=by)

    return run


def _key_in(unit: Unit, name: str, variables: Variables) -> str | None:
    """The key of a message that is given without one: what the correlation properties of the
    processes that name it find in its payload (BPMN 2.0.2 §8.4.2)."""
    for correlation in unit.shell.programs.correlations(unit.transaction.connection, name):
        if key := key_in(correlation, variables, unit.now):
            return key
    return None


def _named(name: str, what: str) -> str:
    found = checked_text(name, f"{what} name")
    if found is None:
        raise Invalid(f"{what} name: found none")
    return found


def _publish(
    unit: Unit,
    name: str,
    key: str | None,
    variables: Variables,
    *,
    ttl: timedelta,
    message_id: str | None,
    by: Actor,
) -> Published:
    store = unit.transaction.store
    partition = hashed(f"{name}\0{key or ''}", store.partitions)
    dedup = None if message_id is None else dedup_of(name, key, message_id)
    id = store.ids.row(partition)
    lifetime = ttl // timedelta(microseconds=1)
    row = Message(
        id=id,
        kind="message",
        name=name,
        key=key,
        variables=encode(variables),
        dedup=dedup,
        state="received",
        published_at=unit.now_micros,
        expires_at=unit.now_micros + lifetime,
        forget_at=unit.now_micros + max(lifetime, REMEMBERED),
    )
    if dedup is not None and (before := published_before(unit, partition, dedup)):
        return Published(id=before[0], name=name, key=key, instance=before[1], duplicate=True)
    answer = deliver(unit, name, key, variables, by)
    if answer is None and lifetime == 0:
        answer = Published(id=id, name=name, key=key)
    if answer is None:
        row.state = "waiting"
        answer = Published(id=id, name=name, key=key, buffered=True)
    else:
        row.receiver_id = answer.instance
        answer = Published(
            id=id, name=name, key=key, instance=answer.instance, started=answer.started
        )
    if row.state == "waiting" or dedup is not None:
        unit.writes.messages.put(id, row, existed=False)
    return answer


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
    rows = unit.transaction.connection.execute(query.order_by(_c.created_at, _c.id).limit(100))
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
        if row is None or not _listens(loaded, row):
            continue
        hand = intervention("message", by, name=name, key=key)
        given = {"verb": "happened", "payload": variables}
        attempt(loaded, row, given, unit, _told(hand, row))
        return Published(id=0, name=name, key=key, instance=instance)
    return None


def _listens(loaded: Loaded, row: Subscription) -> bool:
    return loaded.head.suspended_at is None and row.id not in loaded.incidents


def _told(hand: Record, row: Subscription) -> Record:
    return Record(hand.kind, row.catcher, row.token, row.scope, row.id, hand.detail)


def starts(unit: Unit, kind: str, name: str) -> list[StartEvent]:
    """The start events that listen for a message or signal, of latest versions that are not
    suspended."""
    c = t.definition_start.c
    query = sa.select(c.id, c.definition_id, c.element, c.details)
    connection = unit.transaction.connection
    query = query.add_columns(c.process_id).where(c.kind == kind, c.name == name)
    board = unit.shell.board
    return [
        StartEvent(*row[:4])
        for row in connection.execute(query)
        if not board.held_start(connection, row.process_id, row.definition_id)
    ]


def start_by(
    unit: Unit, event: StartEvent, variables: Variables, hand: Record, *, key: str | None = None
) -> Loaded:
    """A new instance, begun by one of its triggered start events. Raises ExecutionError."""
    definition = unit.shell.programs.definition(unit.transaction.connection, event.definition_id)
    loaded = unit.create(
        definition,
        partition=unit.shell.partition(key),
        started_by=str((hand.detail or {}).get("by", "system")),
        business_key=key,
    )
    part = decode(event.details).get("part", 0)
    unit.step(loaded, Start(variables=variables, element=event.element, part=part), hand)
    return loaded


def start_by_message(
    unit: Unit, name: str, key: str | None, variables: Variables, by: Actor
) -> Published | None:
    for event in starts(unit, "message", name):
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
        if row is None or not _listens(loaded, row):
            continue
        hand = _told(intervention("signal", by, name=name), row)
        attempt(loaded, row, {"verb": "happened", "payload": variables}, unit, hand)
        heard[instance] = None
    started = []
    for event in starts(unit, "signal", name):
        hand = intervention("start", by, signal=name)
        started.append(start_by(unit, event, variables, hand).id)
    return BroadcastResult(name=name, instances=list(heard), started=started)


def each_due(rows: list[tuple[int, int]]) -> Iterator[tuple[int, list[int]]]:
    """Subscriptions by instance."""
    by_instance: dict[int, list[int]] = {}
    for instance, subscription in rows:
        by_instance.setdefault(instance, []).append(subscription)
    yield from sorted(by_instance.items())
