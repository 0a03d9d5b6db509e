"""Messages find their one receiver, or wait for it; signals reach all who listen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine import Conflict, Engine, Invalid, NotFound
from engine.services.instances import starting
from engine.services.messages import publishing
from engine.services.shell import Shell
from engine.services.work import Work
from engine.storage import schema
from engine.views import SYSTEM, MessageQuery, StartedInstance, SubscriptionQuery
from tests.engine.services.house import Clock, Nodes, deploy, elements, values
from tests.kit import document

PAID = """<message id='paid' name='paid'><extensionElements>
<zeebe:subscription correlationKey='=order'/></extensionElements></message>"""
CATCH = """<startEvent id='s'/><intermediateCatchEvent id='c'>
<messageEventDefinition messageRef='paid'/></intermediateCatchEvent><endEvent id='e'/>
s -> c -> e"""
START = """<startEvent id='s'><messageEventDefinition messageRef='paid'/></startEvent>
<userTask id='u'/>
s -> u"""
THROWER = document(
    """<startEvent id='s'/><intermediateThrowEvent id='t'>
<messageEventDefinition messageRef='paid'/></intermediateThrowEvent><endEvent id='e'/>
s -> t -> e""",
    PAID,
).replace(b"id='p'", b"id='q'")
HEARER = """<startEvent id='s'/><exclusiveGateway id='again'/>
<intermediateCatchEvent id='c'><extensionElements><zeebe:ioMapping>
<zeebe:output source='=append(heard, number)' target='heard'/></zeebe:ioMapping></extensionElements>
<messageEventDefinition messageRef='paid'/></intermediateCatchEvent>
s -> again -> c -> again"""
SIGNAL = "<signal id='stop' name='stop'/>"
HEAR = """<startEvent id='s'/><intermediateCatchEvent id='c'>
<signalEventDefinition signalRef='stop'/></intermediateCatchEvent><endEvent id='e'/>
s -> c -> e"""


def test_a_message_goes_to_the_one_who_waits_under_its_key(engine: Engine) -> None:
    deploy(engine, CATCH, PAID)
    one, other = engine.start("p", {"order": "A-1"}).id, engine.start("p", {"order": "A-2"}).id
    published = engine.publish("paid", "A-2", {"amount": 7})
    assert (published.instance, published.buffered, published.started) == (other, False, False)
    assert engine.instance(other).head.state == "completed"
    assert values(engine, other)["amount"] == 7
    assert elements(engine, one) == ["c"]
    (view,) = engine.subscriptions(SubscriptionQuery(kinds=("message",))).items
    assert (view.instance, view.name, view.key) == (one, "paid", "A-1")


def test_a_message_waits_for_its_receiver_as_long_as_it_lives(engine: Engine, clock: Clock) -> None:
    deploy(engine, CATCH, PAID)
    assert engine.publish("paid", "A-1", ttl=timedelta(minutes=5)).buffered
    assert engine.publish("paid", "A-2", ttl=timedelta(minutes=50)).buffered
    clock.advance(minutes=5)
    assert engine.start("p", {"order": "A-1"}).state == "active"
    assert engine.start("p", {"order": "A-2"}).state == "completed"
    assert engine.start("p", {"order": "A-2"}).state == "active"


def test_a_message_without_a_time_to_live_is_for_now_only(engine: Engine) -> None:
    deploy(engine, CATCH, PAID)
    assert not engine.publish("paid", "A-1", ttl=timedelta(0)).buffered
    assert engine.start("p", {"order": "A-1"}).state == "active"


def test_messages_of_one_key_are_received_in_their_order(engine: Engine, clock: Clock) -> None:
    deploy(engine, CATCH, PAID)
    for number in range(3):
        engine.publish("paid", "A-1", {"number": number})
        clock.advance(seconds=1)
    found = [engine.start("p", {"order": "A-1"}).variables for _ in range(3)]
    assert [variables and variables["number"] for variables in found] == [0, 1, 2]


def test_a_message_id_has_one_effect_even_after_it_was_received(
    engine: Engine, clock: Clock
) -> None:
    deploy(engine, CATCH, PAID)
    first = engine.start("p", {"order": "A-1"}).id
    assert engine.publish("paid", "A-1", message_id="m1").instance == first
    second = engine.start("p", {"order": "A-1"}).id
    clock.advance(hours=23)
    again = engine.publish("paid", "A-1", message_id="m1")
    assert (again.duplicate, again.instance) == (True, first)
    assert engine.instance(second).head.state == "active"
    assert not engine.publish("paid", "A-2", message_id="m1").duplicate
    clock.advance(hours=2)
    assert engine.publish("paid", "A-1", message_id="m1").instance == second


def test_a_buffered_message_id_is_not_buffered_twice(engine: Engine) -> None:
    deploy(engine, CATCH, PAID)
    first = engine.publish("paid", "A-1", message_id="m1")
    again = engine.publish("paid", "A-1", message_id="m1")
    assert (first.buffered, again.duplicate, again.id) == (True, True, first.id)
    assert engine.start("p", {"order": "A-1"}).state == "completed"
    assert engine.start("p", {"order": "A-1"}).state == "active"


def test_a_message_starts_the_process_whose_start_event_it_is(engine: Engine) -> None:
    deploy(engine, START, PAID)
    published = engine.publish("paid", "A-1", {"amount": 7})
    assert published.started
    assert published.instance is not None
    assert elements(engine, published.instance) == ["u"]
    assert values(engine, published.instance) == {"amount": 7}
    (view,) = engine.subscriptions().items
    assert (view.instance, view.process_id, view.name) == (None, "p", "paid")


def test_only_the_latest_version_listens(engine: Engine) -> None:
    deploy(engine, START, PAID)
    deploy(engine, START.replace("'u'", "'v'").replace("-> u", "-> v"), PAID)
    published = engine.publish("paid")
    assert published.instance is not None
    assert elements(engine, published.instance) == ["v"]
    assert engine.instances().total == 1
    deploy(
        engine,
        CATCH.replace("messageRef='paid'", "messageRef='other'"),
        PAID + PAID.replace("'paid'", "'other'"),
    )
    assert engine.publish("paid").buffered


def test_one_who_waits_comes_before_a_start(engine: Engine) -> None:
    deploy(engine, CATCH, PAID, other=document(START, PAID).replace(b"id='p'", b"id='q'"))
    id = engine.start("p", {"order": "A-1"}).id
    assert engine.publish("paid", "A-1").instance == id
    assert engine.publish("paid", "A-1").started


def test_correlating_needs_a_receiver_now(engine: Engine) -> None:
    deploy(engine, CATCH, PAID)
    with pytest.raises(NotFound, match="message 'paid' with key 'A-1': nobody waits"):
        engine.correlate("paid", "A-1")
    assert engine.start("p", {"order": "A-1"}).state == "active"
    id = engine.start("p", {"order": "A-9"}, business_key="B-9").id
    assert engine.correlate("paid", "A-9", business_key="B-9").instance == id
    with pytest.raises(NotFound):
        engine.correlate("paid", "A-1", business_key="B-9")


def test_a_message_can_be_meant_for_one_instance(engine: Engine) -> None:
    deploy(engine, CATCH, "<message id='paid' name='paid'/>")
    one, other = engine.start("p").id, engine.start("p").id
    assert engine.correlate("paid", instance=other).instance == other
    assert elements(engine, one) == ["c"]
    with pytest.raises(NotFound):
        engine.correlate("paid", instance=other)


def test_a_receiver_that_nothing_tells_apart_is_not_guessed(engine: Engine) -> None:
    deploy(engine, CATCH, "<message id='paid' name='paid'/>")
    engine.start("p"), engine.start("p")
    with pytest.raises(Conflict, match="2 instances wait for it"):
        engine.correlate("paid")
    assert engine.publish("paid", "any").instance is not None
    assert engine.correlate("paid").instance is not None


def test_a_suspended_instance_hears_nothing_until_it_goes_on(engine: Engine) -> None:
    deploy(engine, CATCH, PAID)
    id = engine.start("p", {"order": "A-1"}).id
    engine.suspend(id, reason="audit")
    assert engine.publish("paid", "A-1").buffered
    engine.resume(id)
    assert engine.instance(id).head.state == "completed"


@pytest.mark.parametrize(
    ("name", "key"), [("", None), ("x" * 256, None), ("paid", ""), ("a\0", "k")]
)
def test_names_and_keys_are_short_texts(engine: Engine, name: str, key: str | None) -> None:
    with pytest.raises(Invalid):
        engine.publish(name, key)
    with pytest.raises(Invalid):
        engine.publish("paid", ttl=timedelta(days=-1))


def test_a_signal_reaches_all_who_listen_and_starts_who_begins_with_it(engine: Engine) -> None:
    begin = """<startEvent id='s'><signalEventDefinition signalRef='stop'/></startEvent>
    <userTask id='u'/>\ns -> u"""
    deploy(engine, HEAR, SIGNAL, other=document(begin, SIGNAL).replace(b"id='p'", b"id='q'"))
    ids = [engine.start("p").id for _ in range(3)]
    found = engine.broadcast("stop", {"why": "fire"})
    assert sorted(found.instances) == sorted(ids)
    assert [engine.instance(id).head.state for id in ids] == ["completed"] * 3
    (started,) = found.started
    assert values(engine, started) == {"why": "fire"}
    assert engine.broadcast("stop").instances == []
    assert engine.broadcast("ghost").started == []


def test_what_an_instance_throws_reaches_another(engine: Engine) -> None:
    throw = """<startEvent id='s'/><intermediateThrowEvent id='t'>
    <messageEventDefinition messageRef='paid'/></intermediateThrowEvent>
    <intermediateThrowEvent id='a'><signalEventDefinition signalRef='stop'/>
    </intermediateThrowEvent>
    s -> t -> a"""
    hear = document(HEAR, SIGNAL).replace(b"id='p'", b"id='h'")
    caller = document(throw, PAID + SIGNAL).replace(b"id='p'", b"id='q'")
    deploy(engine, CATCH, PAID, hear=hear, caller=caller)
    catching, hearing = engine.start("p", {"order": "A-1"}).id, engine.start("h").id
    engine.start("q", {"order": "A-1"})
    assert engine.instance(catching).head.state == "completed"
    assert engine.instance(hearing).head.state == "completed"


def test_what_was_thrown_before_anybody_waited_is_kept(engine: Engine) -> None:
    throw = """<startEvent id='s'/><intermediateThrowEvent id='t'>
    <messageEventDefinition messageRef='paid'/></intermediateThrowEvent>
    s -> t"""
    deploy(engine, CATCH, PAID, q=document(throw, PAID).replace(b"id='p'", b"id='q'"))
    engine.start("q", {"order": "A-1"})
    assert engine.start("p", {"order": "A-1"}).state == "completed"


def test_forgotten_messages_leave_the_table(engine: Engine, clock: Clock) -> None:
    engine.publish("paid", "A-1", message_id="m1", ttl=timedelta(days=3))
    clock.advance(days=2)
    assert engine.sweep() == 0
    clock.advance(days=2)
    assert engine.sweep() == 1


def test_publishing_and_waiting_on_two_nodes_do_not_miss_each_other(nodes: Nodes) -> None:
    if nodes.kind == "memory":
        pytest.skip("a database in memory has one node")
    one, other = nodes.engine(), nodes.engine()
    deploy(one, CATCH, PAID)
    for number in range(20):
        key = f"A-{number}"
        first, second = (one, other) if number % 2 else (other, one)
        first.publish("paid", key)
        assert second.start("p", {"order": key}).state == "completed"
        id = first.start("p", {"order": key}).id
        assert second.publish("paid", key).instance == id


def test_messages_that_nobody_received_are_listed_as_long_as_they_live(
    engine: Engine, clock: Clock
) -> None:
    deploy(engine, CATCH, PAID)
    engine.publish("paid", "A-1", {"amount": 7}, ttl=timedelta(minutes=5))
    clock.advance(seconds=1)
    engine.publish("Paid", "A-2", ttl=timedelta(hours=5), message_id="m")
    engine.publish("paid", "A-3", ttl=timedelta(0))
    found = engine.messages()
    assert [(one.name, one.key) for one in found.items] == [("Paid", "A-2"), ("paid", "A-1")]
    assert found.items[1].variables == {"amount": 7}
    assert engine.messages(MessageQuery(text="a-1")).total == 1
    assert engine.messages(MessageQuery(name="paid")).total == 1
    assert engine.messages(MessageQuery(key="A-2")).total == 1
    engine.start("p", {"order": "A-1"})
    assert engine.messages(MessageQuery(key="A-1")).total == 0
    clock.advance(hours=6)
    assert engine.messages().total == 0


def test_one_who_waits_again_hears_all_that_is_kept_in_order(engine: Engine, clock: Clock) -> None:
    deploy(engine, HEARER, PAID)
    for number in range(4):
        engine.publish("paid", "A-1", {"number": number})
        clock.advance(seconds=1)
    id = engine.start("p", {"order": "A-1", "heard": []}).id
    assert values(engine, id)["heard"] == [0, 1, 2, 3]
    engine.publish("paid", "A-1", {"number": 4})
    assert values(engine, id)["heard"] == [0, 1, 2, 3, 4]


def test_two_who_begin_to_wait_in_one_transaction_get_a_message_each(engine: Engine) -> None:
    deploy(engine, CATCH, PAID)
    for _ in range(2):
        engine.publish("paid", "A-1")
    started = engine.start_many("p", [{"order": "A-1"}, {"order": "A-1"}, {"order": "A-1"}])
    ids = [one.id for one in started if isinstance(one, StartedInstance)]
    states = [engine.instance(id).head.state for id in ids]
    assert sorted(states) == ["active", "completed", "completed"]


def test_who_begins_to_wait_finds_what_is_published_in_the_same_transaction(nodes: Nodes) -> None:
    if nodes.kind == "memory":
        pytest.skip("each does its own")
    engine = nodes.engine()
    if engine._shell.store.profile.is_distributed:
        pytest.skip("there is one partition a transaction")
    deploy(engine, CATCH, PAID)
    said: dict[str, Any] = {"message_id": "m", "by": SYSTEM}
    works: list[Work[Any]] = [
        Work(publishing("paid", "A-1", {}, ttl=timedelta(hours=1), **said)),
        Work(starting("p", {"order": "A-1"}, by=SYSTEM)),
    ]
    engine._shell.committer.do_all(works)
    assert works[0].answer().buffered
    assert engine.instance(works[1].answer().id).head.state == "completed"
    again = engine.publish("paid", "A-1", message_id="m")
    assert (again.duplicate, again.instance) == (True, works[1].answer().id)


def test_what_was_thrown_arrives_however_long_no_node_was_there(
    engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(engine, CATCH, PAID, q=THROWER)
    waiting = engine.start("p", {"order": "A-1"}).id
    with monkeypatch.context() as dead:
        dead.setattr(Shell, "_deliver", lambda _: None)  # behind its commit
        engine.start("q", {"order": "A-1"})
    clock.advance(days=3)
    engine.sweep()
    engine.run_due()
    assert engine.instance(waiting).head.state == "completed"


def test_messages_of_one_key_keep_their_order_when_two_nodes_deliver_them(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    if nodes.kind != "postgresql":
        pytest.skip("one node delivers at a time")
    one, other = nodes.engine(), nodes.engine()
    if one._shell.store.profile.is_distributed:
        pytest.skip("they deliver in steps")
    deploy(one, CATCH, PAID, q=THROWER)
    waiting = one.start("p", {"order": "A-1"}).id
    monkeypatch.setattr(Shell, "_deliver", lambda _: None)
    for _ in range(2):
        one.start("q", {"order": "A-1"})
    store = one._shell.store
    oldest = sa.select(schema.message).order_by(schema.message.c.published_at, schema.message.c.id)
    with store.transaction() as transaction:  # in the middle of delivering the first
        first = transaction.connection.execute(oldest.limit(1).with_for_update()).one()
        other.run_due()
        assert elements(other, waiting) == ["c"]
    assert (first.state, first.receiver_id) == ("new", None)
    other.run_due()
    with store.reading() as connection:
        first, second = connection.execute(oldest).all()
    assert (first.receiver_id, second.state) == (waiting, "waiting")
