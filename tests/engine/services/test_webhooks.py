"""Webhooks: what happens is told in order, signed, again if it was not taken, from anywhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from engine import Engine, Invalid, NotFound, Paging, Worker
from tests.engine.services.house import Clock, Nodes, deploy
from tests.receiver import Receiver, receiver

APPROVAL = """
<startEvent id='s'/> <userTask id='t' name='Approve'/> <endEvent id='e'/>
s -> t -> e
"""
DAY = 86_400
WHOLE = [
    "deployment.created",
    "process-instance.started",
    "user-task.created",
    "process-instance.completed",
]


@pytest.fixture
def told() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


@pytest.fixture
def engine(nodes: Nodes) -> Engine:
    return nodes.engine(webhook_private=True)


def done(engine: Engine, clock: Clock) -> int:
    """One deployed, started and completed instance, a second between each."""
    deploy(engine, APPROVAL)
    clock.advance(seconds=1)
    instance = engine.start("p", business_key="A-1", correlation_id="order-1").id
    clock.advance(seconds=1)
    (task,) = engine.tasks().items
    engine.complete_task(task.id)
    clock.advance(seconds=1)
    return instance


def test_events_are_read_in_order_and_from_any_position(engine: Engine, clock: Clock) -> None:
    start = clock.now
    instance = done(engine, clock)
    page = engine.events(start)
    # The task is done: what is open no longer is no event any more.
    assert [event.type for event in page.items] == [t for t in WHOLE if t != "user-task.created"]
    started = page.items[1]
    assert started.subject == str(instance)
    assert started.correlation_id == "order-1"
    assert started.data["businessId"] == "A-1"
    for number, event in enumerate(page.items, 1):
        rest = engine.events(event.position).items
        assert rest == page.items[number:]
    one_by_one, position = [], str(engine.events(start, 1).items[0].position)
    while items := engine.events(position, 1).items:
        one_by_one += items
        position = items[0].position
    assert one_by_one == page.items[1:]
    only = engine.events(start, types=["process-instance.completed"], process_ids=["p"]).items
    assert only == page.items[-1:]
    assert engine.events(start, process_ids=["another"]).items == []
    assert engine.events(page.position).items == []
    with pytest.raises(Invalid, match="none that an event had"):
        engine.events("yesterday")
    with pytest.raises(Invalid, match="unknown"):
        engine.events(types=["process-instance.bored"])


def test_a_page_may_end_amid_what_one_transaction_did(engine: Engine, clock: Clock) -> None:
    start = clock.now
    deploy(engine, "<startEvent id='s'/><endEvent id='e'/>\ns -> e")
    for _ in range(5):
        engine.start("p")
    clock.advance(seconds=1)
    whole = engine.events(start).items
    assert len(whole) == 11
    parts, after = [], start
    while items := engine.events(after, 2).items:
        parts += items
        after = items[-1].position  # type: ignore[assignment]
    assert parts == whole


def test_what_happens_is_told_signed_and_enveloped(
    engine: Engine, clock: Clock, told: Receiver
) -> None:
    made = engine.add_webhook(told.url, name="shop", after=clock.now)
    instance = done(engine, clock)
    assert engine.deliver_webhooks() == 3
    assert told.types == [t for t in WHOLE if t != "user-task.created"]
    assert all(call.is_signed_by(made.secret) for call in told.calls)
    assert not told.calls[0].is_signed_by("whsec_" + "QUFB" * 8)
    event = told.calls[1].event
    assert told.calls[1].headers["content-type"].startswith("application/cloudevents+json")
    assert event["specversion"] == "1.0"
    assert event["id"] == told.calls[1].headers["webhook-id"]
    assert event["subject"] == str(instance)
    assert event["correlationid"] == "order-1"
    assert event["data"]["processDefinitionId"] == "p"
    assert engine.deliver_webhooks() == 0, "what was taken is not told again"
    assert len(told.calls) == 3
    view = engine.webhook(made.webhook.id)
    assert view.failures == 0
    assert view.last_delivered is not None


def test_only_what_it_asks_for_is_told(engine: Engine, clock: Clock, told: Receiver) -> None:
    engine.add_webhook(told.url, types=["process-instance.completed"], process_ids=["p"])
    engine.add_webhook(told.url, process_ids=["another"])
    done(engine, clock)
    assert engine.deliver_webhooks() == 1
    assert told.types == ["process-instance.completed"]


def test_what_is_not_taken_is_told_again_later_and_in_order(
    engine: Engine, clock: Clock, told: Receiver
) -> None:
    id = engine.add_webhook(told.url).webhook.id
    done(engine, clock)
    told.status = 500
    assert engine.deliver_webhooks() == 0
    assert len(told.calls) == 1, "the others wait for the first"
    view = engine.webhook(id)
    assert (view.failures, view.last_error) == (1, "it answered 500")
    assert engine.deliver_webhooks() == 0
    assert len(told.calls) == 1, "not before its pause is over"
    clock.advance(seconds=6)
    told.status = 503
    told.headers = {"Retry-After": "60"}
    assert engine.deliver_webhooks() == 0
    clock.advance(seconds=59)
    assert engine.deliver_webhooks() == 0
    assert len(told.calls) == 2
    clock.advance(seconds=10)
    told.status, told.headers = 200, {}
    assert engine.deliver_webhooks() == 3
    assert told.ids[0] == told.ids[1] == told.ids[2], "the id is the same at every attempt"
    assert engine.webhook(id).failures == 0


def test_after_too_many_failures_it_is_disabled_until_somebody_enables_it(
    engine: Engine, clock: Clock, told: Receiver
) -> None:
    id = engine.add_webhook(told.url, most_failures=3).webhook.id
    done(engine, clock)
    told.status = 500
    for _ in range(5):
        engine.deliver_webhooks()
        clock.advance(seconds=DAY)
    assert len(told.calls) == 3
    assert engine.webhook(id).state == "disabled"
    assert b'kapellmeister_webhook_deliveries_total{outcome="disabled"} 1.0' in engine.measures()
    told.status = 204
    assert engine.change_webhook(id, state="active").failures == 0
    assert engine.deliver_webhooks() == 3


def test_a_receiver_that_is_gone_is_disabled_at_once(
    engine: Engine, clock: Clock, told: Receiver
) -> None:
    id = engine.add_webhook(told.url).webhook.id
    done(engine, clock)
    told.status = 410
    engine.deliver_webhooks()
    assert engine.webhook(id).state == "disabled"


def test_a_redirect_is_a_failure_and_is_not_followed(
    engine: Engine, clock: Clock, told: Receiver
) -> None:
    id = engine.add_webhook(told.url).webhook.id
    done(engine, clock)
    told.status, told.headers = 307, {"Location": told.url}
    engine.deliver_webhooks()
    assert len(told.calls) == 1
    assert engine.webhook(id).last_error == "it answered 307"


def test_it_is_replayed_from_a_moment_or_position(
    engine: Engine, clock: Clock, told: Receiver
) -> None:
    start = clock.now
    id = engine.add_webhook(told.url).webhook.id
    done(engine, clock)
    assert engine.deliver_webhooks() == 3
    engine.replay_webhook(id, start)
    assert engine.deliver_webhooks() == 3
    assert told.ids[3:] == told.ids[:3]
    engine.replay_webhook(id, told.calls[1].event["sequence"])
    assert engine.deliver_webhooks() == 1
    engine.change_webhook(id, state="paused")
    engine.replay_webhook(id, start)
    assert engine.deliver_webhooks() == 0


def test_a_new_secret_signs_beside_the_old_one_for_a_day(
    engine: Engine, clock: Clock, told: Receiver
) -> None:
    start = clock.now
    made = engine.add_webhook(told.url)
    done(engine, clock)
    fresh = engine.rotate_webhook(made.webhook.id).secret
    engine.deliver_webhooks()
    assert all(call.is_signed_by(made.secret) for call in told.calls)
    assert all(call.is_signed_by(fresh) for call in told.calls)
    told.calls.clear()
    clock.advance(seconds=DAY + 1)
    engine.replay_webhook(made.webhook.id, start)
    engine.deliver_webhooks()
    assert all(call.is_signed_by(fresh) for call in told.calls)
    assert not any(call.is_signed_by(made.secret) for call in told.calls)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "ftp://example.com/hook",
        "https://ada:secret@example.com/hook",
        "https://",
        "nowhere",
        "https://example.com/" + "a" * 2_000,
    ],
)
def test_addresses_that_could_harm_are_refused(nodes: Nodes, url: str) -> None:
    with pytest.raises(Invalid, match="url"):
        nodes.engine().add_webhook(url)


def test_private_addresses_are_not_called_whatever_their_name_says(
    nodes: Nodes, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ipaddress import ip_address

    from engine.connectors import addresses

    monkeypatch.setattr(addresses, "resolve", lambda *_: [ip_address("10.0.0.7")])
    engine = nodes.engine()
    id = engine.add_webhook("https://inside.example/hook").webhook.id
    done(engine, clock)
    assert engine.deliver_webhooks() == 0
    assert "no public address" in (engine.webhook(id).last_error or "")


def test_only_listed_hosts_where_there_is_a_list(nodes: Nodes) -> None:
    engine = nodes.engine(webhook_hosts=["*.example.com"])
    engine.add_webhook("https://hooks.example.com/a")
    with pytest.raises(Invalid, match="not on the list"):
        engine.add_webhook("https://hooks.example.org/a")


def test_two_nodes_tell_each_event_once(nodes: Nodes, clock: Clock, told: Receiver) -> None:
    if nodes.kind == "memory":
        pytest.skip("a database in memory has one node")
    first, second = nodes.engine(webhook_private=True), nodes.engine(webhook_private=True)
    first.add_webhook(told.url)
    done(first, clock)
    counts: list[int] = []
    threads = [
        threading.Thread(target=lambda node=node: counts.append(node.deliver_webhooks()))
        for node in (first, second)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 3
    assert len(told.calls) == 3


def test_a_worker_tells_by_itself(nodes: Nodes, told: Receiver) -> None:
    from datetime import UTC, datetime

    engine = nodes.engine(webhook_private=True, clock=lambda: datetime.now(UTC))
    engine.add_webhook(told.url, types=["process-instance.completed"])
    deploy(engine, "<startEvent id='s'/><endEvent id='e'/>\ns -> e")
    with Worker(engine):
        engine.start("p")
        assert told.wait(20)
    assert told.types == ["process-instance.completed"]


def test_webhooks_are_listed_changed_and_removed(engine: Engine, told: Receiver) -> None:
    first = engine.add_webhook(told.url, name="first", idempotency_key="k")
    again = engine.add_webhook(told.url, name="first", idempotency_key="k")
    assert again == first, "one effect, one answer"
    second = engine.add_webhook(told.url, name="second").webhook
    assert {one.name for one in engine.webhooks().items} == {"first", "second"}
    assert engine.webhooks(Paging(limit=1)).total == 2
    changed = engine.change_webhook(second.id, types=["incident.raised"], most_failures=5)
    assert (changed.types, changed.most_failures) == (["incident.raised"], 5)
    engine.remove_webhook(first.webhook.id)
    with pytest.raises(NotFound):
        engine.webhook(first.webhook.id)
    with pytest.raises(NotFound):
        engine.remove_webhook(first.webhook.id)
    with pytest.raises(Invalid, match="state"):
        engine.change_webhook(second.id, state="disabled")
    with pytest.raises(Invalid, match="secret"):
        engine.add_webhook(told.url, secret="short")
