"""Messages and signals where the database is distributed: one transaction touches one partition,
so what crosses partitions is handed over, in steps that can each be done again.

A message lives in its *home*, the partition of its name and key. One that an instance throws is a
row of the thrower's own partition first (the outbox), and taken home from there. At home it is

    new ──▶ given to one who waits, or to a start event ──▶ received
     │        ▲   │ the receiver is gone
     ▼        │   ▼
    waiting ──┘  new

Giving is an *offer*, which has a number. What came of it is written with its effect in the
receiver's partition (the inbox), and can be asked for again: however often an offer is made known,
it has one effect. Of one name and key at most one message is under offer, so they stay in order.

Whoever publishes commits, then looks for receivers; whoever begins to wait commits, then looks for
messages: one of them sees the other. Both are rows that any node finds and goes on with
(`engine.services.hand_over`) when the one that began is gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import NotFound
from engine.services import idempotency
from engine.services.duplicates import dedup_of, published_before
from engine.services.duties import REMEMBERED
from engine.services.hand_over import (
    GIVEN,
    TARGETED,
    Target,
    candidates,
    drain,
    finish,
    first_start,
    home_of,
    outcome_of,
    row_of,
    spread,
)
from engine.services.receiving import News, key_of, refuse_to_guess, waiting_for
from engine.storage.ids import instance_of
from engine.storage.writes import Message
from engine.values import encode
from engine.views import BroadcastResult, Published

if TYPE_CHECKING:
    from engine.services.shell import Shell
    from engine.services.unit import Unit


def publish(shell: Shell, news: News, idempotency_key: str | None) -> Published:
    """Give a message to one who waits, or to a start event, or keep it. Raises ExecutionError of
    an instance that it would start."""
    news = _with_key(shell, news)
    home = home_of(shell, news.name, news.key)
    run = idempotency.once(
        idempotency_key,
        f"publish {news.name}",
        tuple[int, bool],
        lambda unit: _put(unit, home, news, "message"),
    )
    id, is_duplicate = shell.do(run, partition=home)
    failed = drain(shell, home, news.name, news.key)
    if id in failed:
        raise failed[id]
    return _published(shell, id, is_duplicate)


def correlate(
    shell: Shell,
    news: News,
    business_key: str | None,
    instance: int | None,
    idempotency_key: str | None,
) -> Published:
    """Give a message to one who waits now. Raises NotFound and Conflict."""
    news = _with_key(shell, news)
    name, key = news.name, news.key
    is_meant = business_key is not None or instance is not None
    home = home_of(shell, name, key)
    with shell.store.reading() as connection:
        found = waiting_for(connection, name, key, business_key, instance)
        start = None if is_meant else first_start(shell, connection, name)
    if key is None and not is_meant:
        refuse_to_guess(name, len(found))
    targets = candidates(shell, found, start)

    def run(unit: Unit) -> int:
        if not targets:
            raise _nobody(news)
        return _put(unit, home, news, TARGETED, targets[0])[0]

    once = idempotency.once(idempotency_key, f"correlate {name}", int, run)
    id = shell.do(once, partition=home)
    failed = finish(shell, id, targets)
    if failed is not None:
        raise failed
    published = _published(shell, id, is_duplicate=False)
    if published.instance is None:
        raise _nobody(news)
    return published


def broadcast(shell: Shell, news: News, idempotency_key: str | None) -> BroadcastResult:
    """Give a signal to all who listen, partition by partition, and start what it starts."""
    home = home_of(shell, news.name, None)
    verb = f"broadcast {news.name}"
    run = idempotency.once(
        idempotency_key, verb, int, lambda unit: _put(unit, home, news, "signal")[0]
    )
    id = shell.do(run, partition=home)
    spread(shell, id)
    heard, started = outcome_of(shell, id)
    return BroadcastResult(name=news.name, instances=heard, started=started)


def _with_key(shell: Shell, news: News) -> News:
    if news.key is not None:
        return news
    with shell.store.reading() as connection:
        found = key_of(shell, connection, news.name, news.variables, shell.now())
    return news._replace(key=found)


def _put(
    unit: Unit, home: int, news: News, kind: str, target: Target | None = None
) -> tuple[int, bool]:
    """Write a message at its home: its id, and whether it had been there before."""
    dedup = None if news.message_id is None else dedup_of(news.name, news.key, news.message_id)
    if dedup is not None and (before := published_before(unit, home, dedup)):
        return before[0], True
    now = unit.now_micros
    row = Message(
        id=unit.shell.store.ids.row(home),
        kind=kind,
        name=news.name,
        key=news.key,
        variables=encode(news.variables),
        dedup=dedup,
        state=GIVEN if target else "new",
        published_at=now,
        expires_at=now + news.lifetime,
        forget_at=now + max(news.lifetime, REMEMBERED),
        receiver_id=target.instance if target else None,
        target=target.id if target else None,
        offers=1 if target else 0,
        by=f"{news.by.source} {news.by.name}",
    )
    unit.writes.messages.put(row.id, row, existed=False)
    return row.id, False


def _published(shell: Shell, id: int, is_duplicate: bool) -> Published:
    row = row_of(shell, id)
    if row is None:
        raise NotFound(f"message {id}: it is forgotten")
    is_received = row.state in ("received", GIVEN)
    receiver = row.receiver_id if is_received else None
    has_started = receiver is not None and instance_of(row.target or receiver) != receiver
    return Published(
        id=id,
        name=row.name,
        key=row.key,
        instance=receiver,
        started=has_started and not is_duplicate,
        buffered=row.state == "waiting" and not is_duplicate,
        duplicate=is_duplicate,
    )


def _nobody(news: News) -> NotFound:
    return NotFound(f"message '{news.name}' with key {news.key!r}: nobody waits for it")
