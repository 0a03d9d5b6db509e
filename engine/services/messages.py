"""Messages go to one receiver, signals to all who listen (BPMN 2.0.2 §10.5.5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from engine.errors import Invalid, NotFound
from engine.services import distant, idempotency
from engine.services.duplicates import dedup_of, published_before
from engine.services.duties import REMEMBERED
from engine.services.instances import checked_text
from engine.services.receiving import (
    News,
    broadcast,
    deliver,
    give_to_one,
    key_of,
    receivers,
    refuse_to_guess,
    start_by_message,
)
from engine.state import Variables
from engine.storage.ids import hashed
from engine.storage.writes import Message
from engine.values import admit, encode
from engine.views import SYSTEM, Actor, BroadcastResult, Published

if TYPE_CHECKING:
    from engine.services.shell import Shell
    from engine.services.unit import Unit

DEFAULT_TTL = timedelta(hours=1)
LONGEST_TTL = timedelta(days=3650)
MICROSECOND = timedelta(microseconds=1)


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
        if self._shell.store.profile.is_distributed:
            news = published_news(name, key, variables, ttl=ttl, message_id=message_id, by=by)
            return distant.publish(self._shell, news, idempotency_key)
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
        if self._shell.store.profile.is_distributed:
            news = News(name, key, given, by)
            return distant.correlate(self._shell, news, business_key, instance, idempotency_key)

        def run(unit: Unit) -> Published:
            told = key if key is not None else _key_in(unit, name, given)
            found = receivers(unit, name, told, business_key, instance)
            is_meant = business_key is not None or instance is not None
            if told is None and not is_meant:
                refuse_to_guess(name, len(found))
            published = give_to_one(unit, name, told, given, found, by)
            if published is None and not is_meant:
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
        if self._shell.store.profile.is_distributed:
            return distant.broadcast(self._shell, News(name, None, given, by), idempotency_key)
        once = idempotency.once(
            idempotency_key,
            f"broadcast {name}",
            BroadcastResult,
            lambda unit: broadcast(unit, name, given, by),
        )
        return self._shell.do(once)


def published_news(
    name: str,
    key: str | None,
    variables: Mapping[str, Any] | None,
    *,
    ttl: timedelta,
    message_id: str | None,
    by: Actor,
) -> News:
    """A message that is to be published. Raises Invalid."""
    given, key = admit(variables), checked_text(key, "correlation key")
    name = _named(name, "message")
    if not timedelta(0) <= ttl <= LONGEST_TTL:
        raise Invalid(f"message '{name}': a time to live of {ttl} is not within {LONGEST_TTL}")
    return News(name, key, given, by, ttl // MICROSECOND, checked_text(message_id, "message id"))


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
    news = published_news(name, key, variables, ttl=ttl, message_id=message_id, by=by)
    given = news.variables

    def run(unit: Unit) -> Published:
        told = news.key if news.key is not None else _key_in(unit, news.name, given)
        return _publish(unit, news.name, told, given, ttl=ttl, message_id=message_id, by=by)

    return run


def _key_in(unit: Unit, name: str, variables: Variables) -> str | None:
    connection = unit.transaction.connection
    return key_of(unit.shell, connection, name, variables, unit.now)


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
    lifetime = ttl // MICROSECOND
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
