"""Starting instances, and what people do to them by hand."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from engine import Conflict, Engine, ExecutionError, Invalid, NotFound, Refused, Stale
from engine.views import Actor, InstanceQuery, Modification
from tests.engine.services.house import Clock, Nodes, deploy, elements, job, kinds, task, values

ANA = Actor("ana", "console")
TASK = "<startEvent id='s'/><userTask id='u'/><endEvent id='e'/>\ns -> u -> e"
LINE = "<startEvent id='s'/><manualTask id='m'/><endEvent id='e'/>\ns -> m -> e"
TWO = """
<startEvent id='s'/><parallelGateway id='g'/>
<userTask id='u'/><serviceTask id='j' k:jobType='work'/><endEvent id='e'/><endEvent id='f'/>
s -> g -> u -> e
g -> j -> f
"""
TIMER = """
<startEvent id='s'/><intermediateCatchEvent id='w'><timerEventDefinition>
<timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent><endEvent id='e'/>
s -> w -> e
"""


def test_an_instance_that_never_waits_has_ended_when_its_start_returns(engine: Engine) -> None:
    deploy(engine, LINE)
    started = engine.start("p", {"amount": 1.5, "n": 10**30}, business_key="A-1", by=ANA)
    assert started.state == "completed"
    assert started.variables == {"amount": Decimal("1.5"), "n": 10**30}
    view = engine.instance(started.id)
    assert view.head.business_key == "A-1"
    assert view.head.started_by == "ana"
    assert view.tokens == []
    assert view.path.flows == {"s-m": 1, "m-e": 1}
    assert view.path.completed == {"s": 1, "m": 1, "e": 1}


def test_an_instance_that_waits_goes_on_where_it_was(engine: Engine) -> None:
    deploy(engine, TASK)
    started = engine.start("p", {"a": 1})
    assert (started.state, started.variables) == ("active", None)
    assert elements(engine, started.id) == ["u"]
    engine.complete_task(task(engine), {"b": 2})
    assert engine.instance(started.id).head.state == "completed"
    assert values(engine, started.id) == {"a": 1, "b": 2}


def test_facts_are_numbered_without_a_gap(engine: Engine) -> None:
    deploy(engine, TASK)
    id = engine.start("p").id
    engine.set_variables(id, {"a": 1}, reason="typo", by=ANA)
    engine.complete_task(task(engine))
    page = engine.history(id)
    assert [entry.number for entry in page.items] == list(range(1, page.last + 1))
    assert engine.history(id, after=3, limit=2).items == page.items[3:5]


def test_a_process_that_is_not_there_cannot_be_started(engine: Engine) -> None:
    with pytest.raises(NotFound, match="process 'ghost'"):
        engine.start("ghost")
    deploy(engine, LINE)
    with pytest.raises(NotFound, match="'p' version 2"):
        engine.start("p", version=2)


@pytest.mark.parametrize("key", ["", "x" * 256, "a\0b", "\ud800", 5])
def test_a_business_key_is_a_short_text(engine: Engine, key: str) -> None:
    deploy(engine, LINE)
    with pytest.raises(Invalid, match="business key"):
        engine.start("p", business_key=key)
    assert engine.instances().total == 0


def test_a_start_that_cannot_be_leaves_nothing(engine: Engine) -> None:
    start = """<startEvent id='s'><messageEventDefinition messageRef='m'/></startEvent>
    <endEvent id='e'/>\ns -> e"""
    deploy(engine, start, "<message id='m' name='go'/>")
    with pytest.raises(ExecutionError, match="no none start event"):
        engine.start("p")
    assert engine.instances().total == 0


def test_a_cancelled_instance_has_nothing_left_to_do(engine: Engine) -> None:
    deploy(engine, TWO)
    id = engine.start("p").id
    held, open_task = job(engine), task(engine)
    engine.cancel(id, reason="ordered twice", by=ANA)
    view = engine.instance(id)
    assert (view.head.state, view.head.reason) == ("cancelled", "ordered twice")
    assert (view.tokens, engine.jobs().total, engine.tasks().total) == ([], 0, 0)
    hand = next(
        e for e in engine.history(id).items if e.detail and "ordered twice" in str(e.detail)
    )
    assert hand.kind == "intervention"
    assert hand.detail == {
        "verb": "cancel",
        "by": "ana",
        "source": "console",
        "reason": "ordered twice",
    }
    with pytest.raises(Stale):
        engine.complete_job(held.id)
    with pytest.raises(Stale):
        engine.complete_task(open_task)
    with pytest.raises(Conflict, match="is cancelled"):
        engine.cancel(id, reason="again")


def test_who_intervenes_says_why(engine: Engine) -> None:
    deploy(engine, TASK)
    id = engine.start("p").id
    for verb in (engine.cancel, engine.suspend, engine.abandon):
        with pytest.raises(Invalid, match="reason"):
            verb(id, reason=" ")
    with pytest.raises(Invalid, match="reason"):
        engine.set_variables(id, {"a": 1}, reason="")
    assert engine.instance(id).head.state == "active"


def test_variables_set_by_hand_are_seen_by_what_follows(engine: Engine) -> None:
    deploy(engine, TWO)
    id = engine.start("p", {"a": 1}).id
    engine.set_variables(id, {"a": 2, "b": [1]}, reason="typo", by=ANA)
    assert values(engine, id) == {"a": 2, "b": [1]}
    assert job(engine).variables == {"a": 2, "b": [1]}
    with pytest.raises(Conflict, match="no scope 7"):
        engine.set_variables(id, {"a": 3}, scope=7, reason="typo")


def test_suspended_work_is_not_given_out(engine: Engine, clock: Clock) -> None:
    deploy(engine, TWO)
    id = engine.start("p").id
    engine.suspend(id, reason="audit", by=ANA)
    assert engine.activate_jobs(["work"], worker="w") == []
    with pytest.raises(Conflict, match="suspended"):
        engine.complete_task(task(engine))
    with pytest.raises(Conflict, match="already"):
        engine.suspend(id, reason="audit")
    assert engine.instances(InstanceQuery(suspended=True)).total == 1
    waits = [wait for token in engine.instance(id).tokens for wait in token.waits]
    assert all(wait.sentence.startswith("Suspended; otherwise: waits") for wait in waits)
    engine.resume(id, reason="done")
    engine.complete_job(job(engine).id)
    engine.complete_task(task(engine))
    assert engine.instance(id).head.state == "completed"
    assert kinds(engine, id).count("intervention") == 4


def test_a_suspended_timer_keeps_what_was_left(engine: Engine, clock: Clock) -> None:
    deploy(engine, TIMER)
    id = engine.start("p").id
    clock.advance(minutes=50)
    engine.suspend(id, reason="audit")
    clock.advance(days=3)
    assert engine.run_due() == 0
    engine.resume(id)
    clock.advance(minutes=9)
    assert engine.run_due() == 0
    clock.advance(minutes=1)
    assert engine.run_due() == 1
    assert engine.instance(id).head.state == "completed"


def test_what_begins_while_suspended_is_held_too(engine: Engine) -> None:
    deploy(
        engine,
        "<startEvent id='s'/><serviceTask id='a' k:jobType='a'/>"
        "<serviceTask id='b' k:jobType='b'/>\ns -> a -> b",
    )
    id = engine.start("p").id
    held = job(engine, "a")
    engine.suspend(id, reason="audit")
    engine.complete_job(held.id)
    assert elements(engine, id) == ["b"]
    assert engine.activate_jobs(["b"], worker="w") == []
    engine.resume(id)
    assert job(engine, "b").element == "b"


def test_a_token_is_moved_by_hand(engine: Engine) -> None:
    deploy(engine, TWO)
    id = engine.start("p").id
    engine.modify(
        id,
        [
            Modification(verb="cancel_node", element="u"),
            Modification(verb="start_before", element="j", variables={"again": True}),
        ],
        reason="skip the task",
        by=ANA,
    )
    assert [t.element for t in engine.instance(id).tokens] == ["j", "j"]
    token = engine.instance(id).tokens[0].id
    engine.modify(id, [Modification(verb="cancel_token", token=token)], reason="one too many")
    assert [t.element for t in engine.instance(id).tokens] == ["j"]
    with pytest.raises(Refused, match="no flow node 'ghost'"):
        engine.modify(id, [Modification(verb="start_before", element="ghost")], reason="x")
    with pytest.raises(Refused, match="no token is in 'u'"):
        engine.modify(id, [Modification(verb="cancel_node", element="u")], reason="x")


def test_abandoning_undoes_what_was_done(engine: Engine) -> None:
    deploy(
        engine,
        """<startEvent id='s'/><serviceTask id='book' k:jobType='book'/>
        <boundaryEvent id='b' attachedToRef='book'><compensateEventDefinition/></boundaryEvent>
        <serviceTask id='undo' isForCompensation='true' k:jobType='undo'/>
        <association id='a' sourceRef='b' targetRef='undo' associationDirection='One'/>
        <userTask id='u'/>
        s -> book -> u""",
    )
    id = engine.start("p").id
    engine.complete_job(job(engine, "book").id)
    engine.abandon(id, reason="customer left", by=ANA)
    engine.complete_job(job(engine, "undo").id)
    head = engine.instance(id).head
    assert (head.state, head.reason) == ("cancelled", "customer left")
    assert engine.instance(id).path.compensated


def test_an_instance_survives_a_restart(nodes: Nodes) -> None:
    if nodes.kind == "memory":
        pytest.skip("a database in memory does not outlive its engine")
    first = nodes.engine()
    deploy(first, TWO)
    id = first.start("p", {"a": 1}).id
    first.complete_job(job(first).id, {"b": 2})
    first.close()
    second = nodes.engine()
    assert elements(second, id) == ["u"]
    second.complete_task(task(second))
    assert second.instance(id).head.state == "completed"
    assert values(second, id) == {"a": 1, "b": 2}


def test_two_nodes_take_turns_on_one_instance(nodes: Nodes) -> None:
    if nodes.kind == "memory":
        pytest.skip("a database in memory has one node")
    one, other = nodes.engine(), nodes.engine()
    rounds = """<startEvent id='s'/><userTask id='u'/><exclusiveGateway id='x' default='x-u'/>
    <endEvent id='e'/>
    s -> u -> x -> u
    x -> e : =done"""
    deploy(one, rounds)
    id = one.start("p", {"done": False}).id
    for turn, engine in enumerate([one, other] * 3):
        engine.complete_task(task(engine), {"turn": turn})
    assert values(one, id) == values(other, id) == {"done": False, "turn": 5}
    other.complete_task(task(other), {"done": True})
    assert one.instance(id).head.state == "completed"
    page = one.history(id)
    assert [entry.number for entry in page.items] == list(range(1, page.last + 1))


def test_waiting_for_the_end_gives_the_result(engine: Engine) -> None:
    deploy(engine, TASK)
    started = engine.start("p", wait=timedelta(milliseconds=1))
    assert started.state == "active"
    deploy(engine, LINE.replace("m'", "n'").replace("-> m", "-> n"))
    ended = engine.start("p", {"a": 1}, wait=timedelta(seconds=1))
    assert (ended.state, ended.variables) == ("completed", {"a": 1})


def test_a_variable_that_somebody_else_set_since_is_not_overwritten(engine: Engine) -> None:
    deploy(engine, TASK)
    id = engine.start("p", {"amount": 1, "note": "a"}).id
    seen = engine.history(id).last
    engine.set_variables(id, {"amount": 2}, seen=seen, reason="first", by=ANA)
    with pytest.raises(Conflict, match="set by somebody else since: amount"):
        engine.set_variables(id, {"amount": 3, "note": "b"}, seen=seen, reason="second")
    assert values(engine, id) == {"amount": 2, "note": "a"}
    engine.set_variables(id, {"note": "b"}, seen=seen, reason="another one")
    engine.set_variables(id, {"amount": 3}, seen=engine.history(id).last, reason="now I know")
    assert values(engine, id) == {"amount": 3, "note": "b"}


def test_a_condition_of_the_process_that_fails_is_an_incident_without_a_token(
    engine: Engine,
) -> None:
    watch = """<startEvent id='s'/><userTask id='a'/>
    <subProcess id='watch' triggeredByEvent='true'><startEvent id='c' isInterrupting='false'>
    <conditionalEventDefinition><condition>${level &gt; 3}</condition></conditionalEventDefinition>
    </startEvent><userTask id='b'/>
    c -> b
    </subProcess>
    s -> a"""
    deploy(engine, watch)
    id = engine.start("p", {"level": 1}).id
    engine.set_variables(id, {"level": "high"}, reason="a slip")
    (incident,) = engine.incidents().items
    assert (incident.element, engine.instance(id).head.elements) == ("c", ["a"])
    assert "high" in incident.message or "level" in incident.message
    assert engine.retry_all(id, reason="once more") == 0
    engine.set_variables(id, {"level": 5}, reason="mended")
    assert not engine.incidents().items
    assert sorted(engine.instance(id).head.elements) == ["a", "b", "watch"]
