"""Timers happen when they are due, never early, each nominal time once."""

from __future__ import annotations

import pytest

from engine import Engine
from tests.engine.services.house import Clock, Nodes, deploy, elements, kinds

ONCE = """<startEvent id='s'/><intermediateCatchEvent id='w'><timerEventDefinition>
<timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent><endEvent id='e'/>
s -> w -> e"""
REMINDED = """<startEvent id='s'/><userTask id='u'/><endEvent id='e'/><endEvent id='f'/>
<boundaryEvent id='b' attachedToRef='u' cancelActivity='false'><timerEventDefinition>
<timeCycle>R3/PT1H</timeCycle></timerEventDefinition></boundaryEvent>
<manualTask id='remind'/>
s -> u -> e
b -> remind -> f"""
CYCLE = """<startEvent id='s'><timerEventDefinition><timeCycle>R3/PT1H</timeCycle>
</timerEventDefinition></startEvent><userTask id='u'/>
s -> u"""


def test_a_timer_happens_when_it_is_due_and_never_early(engine: Engine, clock: Clock) -> None:
    deploy(engine, ONCE)
    id = engine.start("p").id
    clock.advance(seconds=3599, microseconds=999_999)
    assert engine.run_due() == 0
    assert engine.instance(id).tokens[0].waits[0].sentence == "Waits until 2030-01-01 13:00:00 UTC"
    clock.advance(microseconds=1)
    assert engine.run_due() == 1
    assert engine.instance(id).head.state == "completed"
    assert engine.run_due() == 0


def test_a_repeating_timer_keeps_its_nominal_times(engine: Engine, clock: Clock) -> None:
    deploy(engine, REMINDED)
    id = engine.start("p").id
    clock.advance(minutes=90)
    assert engine.run_due() == 1
    (token,) = engine.instance(id).tokens
    due = next(wait.due for wait in token.waits if wait.kind == "timer")
    assert due is not None
    assert due.isoformat() == "2030-01-01T14:00:00+00:00"
    clock.advance(minutes=30)
    assert engine.run_due() == 1
    clock.advance(days=1)
    assert engine.run_due() == 1
    clock.advance(days=1)
    assert engine.run_due() == 0
    assert engine.instance(id).path.nodes["remind"] == 3


def test_a_year_of_timers_runs_in_a_moment(engine: Engine, clock: Clock) -> None:
    deploy(engine, REMINDED.replace("R3/PT1H", "R/P1D"))
    id = engine.start("p").id
    for _ in range(100):
        clock.advance(days=1)
        engine.run_due()
    assert engine.instance(id).path.nodes["remind"] == 100


def test_timers_of_many_instances_share_transactions(engine: Engine, clock: Clock) -> None:
    deploy(engine, ONCE)
    for _ in range(50):
        engine.start("p")
    clock.advance(hours=1)
    before = engine._shell.committer.transactions
    assert engine.run_due() == 50
    assert engine._shell.committer.transactions - before <= 3
    assert engine.overview().in_flight == 0


def test_a_timer_starts_one_instance_for_each_nominal_time(engine: Engine, clock: Clock) -> None:
    deploy(engine, CYCLE)
    assert engine.run_due() == 0
    clock.advance(hours=1)
    assert engine.run_due() == 1
    clock.advance(hours=5)
    assert engine.run_due() == 2
    clock.advance(days=9)
    assert engine.run_due() == 0
    assert engine.instances().total == 3
    began = [engine.history(i.id).items[0].detail["due"] for i in engine.instances().items]
    assert sorted(at.hour for at in began) == [13, 14, 15]


def test_two_nodes_start_one_instance_for_each_nominal_time(nodes: Nodes, clock: Clock) -> None:
    if nodes.kind == "memory":
        pytest.skip("a database in memory has one node")
    one, other = nodes.engine(), nodes.engine()
    deploy(one, CYCLE)
    clock.advance(hours=2)
    assert one.run_due() + other.run_due() == 2
    assert one.instances().total == 2


def test_a_new_version_takes_the_timer_over(engine: Engine, clock: Clock) -> None:
    deploy(engine, CYCLE)
    deploy(engine, CYCLE.replace("'u'", "'v'").replace("-> u", "-> v"))
    clock.advance(hours=1)
    assert engine.run_due() == 1
    (instance,) = engine.instances().items
    assert instance.elements == ["v"]


def test_a_continuation_goes_on_in_another_transaction(engine: Engine) -> None:
    deploy(
        engine,
        "<startEvent id='s'/><manualTask id='m' camunda:asyncBefore='true'/><endEvent id='e'/>\n"
        "s -> m -> e",
    )
    id = engine.start("p").id
    assert elements(engine, id) == ["m"]
    assert engine.overview().due == 1
    assert engine.run_due() == 1
    assert engine.instance(id).head.state == "completed"
    assert len({entry.step for entry in engine.history(id).items}) == 2


def test_a_step_past_its_budget_goes_on_in_the_next(engine: Engine) -> None:
    deploy(
        engine,
        """<startEvent id='s'/><exclusiveGateway id='m'/><scriptTask id='t'>
        <extensionElements><zeebe:script expression='=n + 1' resultVariable='n'/>
        </extensionElements></scriptTask>
        <exclusiveGateway id='x' default='x-m'/><endEvent id='e'/>
        s -> m -> t -> x -> m
        x -> e : =n >= 20000""",
    )
    id = engine.start("p", {"n": 0}).id
    assert engine.instance(id).head.state == "active"
    assert engine.run_due() >= 3
    assert engine.instance(id).head.state == "completed"


def test_what_fails_when_due_is_an_incident_of_its_own_instance_only(
    engine: Engine, clock: Clock
) -> None:
    deploy(
        engine,
        """<startEvent id='s'/><intermediateCatchEvent id='w'><timerEventDefinition>
        <timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>
        <exclusiveGateway id='x'/><endEvent id='e'/>
        s -> w -> x
        x -> e : =good""",
    )
    good, bad = engine.start("p", {"good": True}).id, engine.start("p", {"good": False}).id
    clock.advance(hours=1)
    assert engine.run_due() == 2
    assert engine.instance(good).head.state == "completed"
    view = engine.instance(bad)
    assert (view.head.state, view.head.elements, view.head.incidents) == ("active", ["x"], 1)
    (incident,) = view.incidents
    assert incident.kind == "parked"
    assert engine.run_due() == 0
    assert engine.retry(incident.id, reason="try") is False
    (incident,) = engine.incidents().items
    assert engine.retry(incident.id, variables={"good": True}, reason="mend") is True
    assert engine.instance(bad).head.state == "completed"
    assert engine.incidents().total == 0
    assert kinds(engine, bad).count("parked") == 2
