"""Event-based gateway: the first event wins (BPMN 2.0.2 §13.4.4)."""

from __future__ import annotations

from typing import Any

import pytest

from engine.starts import start_triggers
from engine.step import Cancelled
from tests.kit import Drive, document, program_of

RACE = """
<startEvent id="s"/> <eventBasedGateway id="x"/>
<intermediateCatchEvent id="m"><messageEventDefinition messageRef="M"/></intermediateCatchEvent>
<intermediateCatchEvent id="g"><signalEventDefinition signalRef="S"/></intermediateCatchEvent>
<intermediateCatchEvent id="t"><timerEventDefinition>
  <timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>
<intermediateCatchEvent id="c"><conditionalEventDefinition>
  <condition>go</condition></conditionalEventDefinition></intermediateCatchEvent>
<receiveTask id="r" messageRef="R"/>
<userTask id="am"/> <userTask id="ag"/> <userTask id="at"/> <userTask id="ac"/> <userTask id="ar"/>
s -> x -> m -> am
x -> g -> ag
x -> t -> at
x -> c -> ac
x -> r -> ar
"""
ROOTS = """<message id='M' name='paid'/><message id='R' name='sent' k:correlationKey='=key'/>
<signal id='S' name='stop'/>"""


def race(**variables: Any) -> Drive:
    return Drive(RACE, ROOTS, key="k", **variables)


def test_it_waits_at_the_gateway_for_all_of_its_events() -> None:
    drive = race()
    assert drive.at == ["x"]
    kinds = sorted(s.trigger.kind for s in drive.instance.subscriptions.values())
    assert kinds == ["condition", "message", "message", "signal", "timer"]
    assert drive.waiting("r").trigger.key == "k"


@pytest.mark.parametrize("event", ["m", "g", "t", "r"])
def test_the_first_event_wins_and_the_others_are_withdrawn(event: str) -> None:
    drive = race()
    drive.complete(event, x=1)
    assert drive.at == [f"a{event}"]
    assert [s.trigger.kind for s in drive.instance.subscriptions.values()] == ["user_task"]
    assert drive.variables == {"key": "k", "x": 1}
    came = [r.detail for r in drive.records if r.kind == "entered" and r.element == event]
    assert came == [f"x-{event}"]


def test_a_condition_that_comes_to_hold_wins() -> None:
    drive = race()
    drive.assign(go=True)
    assert drive.at == ["ac"]


def test_a_condition_that_holds_already_wins_at_once() -> None:
    assert race(go=True).at == ["ac"]


def test_of_two_conditions_that_hold_the_first_in_document_order_wins() -> None:
    drive = Drive("""
    <startEvent id="s"/> <eventBasedGateway id="x"/> <userTask id="a"/> <userTask id="b"/>
    <intermediateCatchEvent id="c1"><conditionalEventDefinition>
      <condition>true</condition></conditionalEventDefinition></intermediateCatchEvent>
    <intermediateCatchEvent id="c2"><conditionalEventDefinition>
      <condition>true</condition></conditionalEventDefinition></intermediateCatchEvent>
    s -> x -> c1 -> a
    x -> c2 -> b
    """)
    assert drive.at == ["a"]


def test_its_timer_fires_when_nothing_else_has() -> None:
    drive = race()
    drive.wait(hours=2)
    assert drive.at == ["at"]


def test_a_wait_that_cannot_be_named_is_an_incident_and_arms_nothing() -> None:
    drive = Drive(RACE, ROOTS)
    assert drive.at == ["x"]
    assert [s.trigger.kind for s in drive.instance.subscriptions.values()] == ["incident"]
    drive.assign(key="k")
    drive.retry()
    drive.complete("r")
    assert drive.at == ["ar"]


def test_cancelling_withdraws_its_events() -> None:
    drive = race()
    drive.give(Cancelled())
    assert not drive.instance.subscriptions


def test_it_can_be_passed_again_and_again() -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <exclusiveGateway id="again"/> <eventBasedGateway id="x"/>
        <intermediateCatchEvent id="m"><messageEventDefinition messageRef="M"/>
        </intermediateCatchEvent>
        <intermediateCatchEvent id="g"><signalEventDefinition signalRef="S"/>
        </intermediateCatchEvent>
        <endEvent id="e"/>
        s -> again -> x -> m -> again
        x -> g -> e
        """,
        ROOTS,
    )
    drive.complete("m")
    drive.complete("m")
    assert drive.at == ["x"]
    assert len(drive.instance.subscriptions) == 2
    drive.complete("g")
    assert drive.ended


START = """
<eventBasedGateway id="x" instantiate="true"/>
<intermediateCatchEvent id="m"><messageEventDefinition messageRef="M"/></intermediateCatchEvent>
<intermediateCatchEvent id="g"><signalEventDefinition signalRef="S"/></intermediateCatchEvent>
<userTask id="a"/> <userTask id="b"/>
x -> m -> a
x -> g -> b
"""


def test_as_a_start_each_event_creates_an_instance() -> None:
    program = program_of(document(START, ROOTS))
    triggers = [(t.element, t.kind, t.name) for t in start_triggers(program)]
    assert triggers == [("m", "message", "paid"), ("g", "signal", "stop")]
    drive = Drive(START, ROOTS, start="m", n=1)
    assert drive.at == ["a"]
    assert drive.variables == {"n": 1}


def test_as_a_parallel_start_the_other_events_are_awaited_in_the_same_instance() -> None:
    xml = START.replace('instantiate="true"', 'instantiate="true" eventGatewayType="Parallel"')
    drive = Drive(xml, ROOTS, start="g")
    assert drive.at == ["b", "m"]
    drive.complete("m")
    assert drive.at == ["a", "b"]


def test_a_parallel_multiple_event_wins_when_it_has_each_of_its_triggers() -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <eventBasedGateway id="g"/>
        <intermediateCatchEvent id="both" parallelMultiple="true">
          <messageEventDefinition messageRef="M"/> <signalEventDefinition signalRef="S"/>
        </intermediateCatchEvent>
        <intermediateCatchEvent id="other"><messageEventDefinition messageRef="M2"/>
        </intermediateCatchEvent>
        <userTask id="a"/> <userTask id="b"/>
        s -> g -> both -> a
        g -> other -> b
        """,
        "<message id='M' name='m'/><message id='M2' name='m2'/><signal id='S' name='s'/>",
    )
    drive.complete("both", x=1)
    assert drive.at == ["g"]
    drive.complete("both", y=2)
    assert drive.at == ["a"]
    assert drive.variables == {"x": 1, "y": 2}
