"""Call activity: another process as an instance of its own (BPMN 2.0.2 §10.3.6)."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import ExecutionError
from engine.step import Cancelled, Thrown
from tests.kit import Drive

CALL = """
<startEvent id="s"/>
<callActivity id="a" calledElement="{called}" {attributes}>{inside}</callActivity>
<endEvent id="e"/>
s -> a -> e
"""


def call(called: str = "child", attributes: str = "", inside: str = "", **variables: Any) -> Drive:
    xml = CALL.format(called=called, attributes=attributes, inside=inside)
    return Drive(xml, **variables)


def test_it_asks_for_an_instance_and_waits_for_its_end() -> None:
    drive = call(n=1)
    (wait,) = drive.subscriptions("call")
    assert wait.trigger.name == "child"
    assert wait.trigger.details["binding"] == "latest"
    assert wait.trigger.details["variables"] == {"n": 1}
    drive.complete("a", m=2)
    assert drive.ended
    assert drive.variables == {"n": 1, "m": 2}


def test_nothing_need_cross_on_its_own() -> None:
    drive = call(attributes='k:propagateAllIn="false" k:propagateAllOut="false"', n=1)
    assert drive.subscriptions("call")[0].trigger.details["variables"] == {}
    drive.complete("a", m=2)
    assert drive.variables == {"n": 1}


def test_mapped_inputs_go_in() -> None:
    inside = '<extensionElements><k:input source="=n + 1" target="x"/></extensionElements>'
    drive = call(attributes='k:propagateAllIn="false"', inside=inside, n=1)
    assert drive.subscriptions("call")[0].trigger.details["variables"] == {"x": 2}


def test_who_is_called_may_be_computed() -> None:
    assert call("=kind", kind="other").subscriptions("call")[0].trigger.name == "other"


def test_nobody_to_call_is_an_incident_at_the_activity() -> None:
    drive = call("=kind")
    assert drive.at == ["a"]
    assert "the called process is None" in drive.incidents[0]
    drive.assign(kind="other")
    drive.retry()
    assert drive.subscriptions("call")[0].trigger.name == "other"


BOUNDARY = """
<startEvent id="s"/> <callActivity id="a" calledElement="child"/> <endEvent id="e"/>
<boundaryEvent id="oops" attachedToRef="a" {attributes}>{definition}</boundaryEvent>
<userTask id="mend"/>
s -> a -> e
oops -> mend
"""


def test_an_error_that_the_called_instance_ends_with_is_caught_at_the_boundary() -> None:
    drive = Drive(BOUNDARY.format(attributes="", definition="<errorEventDefinition/>"))
    drive.fail("a", "E", why="x")
    assert drive.at == ["mend"]
    assert drive.variables == {"why": "x"}
    assert not drive.subscriptions("call")


def test_an_escalation_from_the_called_instance_lets_it_run_on() -> None:
    drive = Drive(
        BOUNDARY.format(
            attributes='cancelActivity="false"', definition="<escalationEventDefinition/>"
        )
    )
    drive.give(Thrown(subscription=drive.waiting("a").id, kind="escalation", code="L"))
    assert drive.at == ["a", "mend"]
    drive.complete("a")
    drive.complete("mend")
    assert drive.ended


def test_an_interrupting_escalation_boundary_takes_the_call_back() -> None:
    drive = Drive(BOUNDARY.format(attributes="", definition="<escalationEventDefinition/>"))
    drive.give(Thrown(subscription=drive.waiting("a").id, kind="escalation", code="L"))
    assert drive.at == ["mend"]
    assert not drive.subscriptions("call")


def test_cancelling_the_caller_takes_the_call_back() -> None:
    drive = call()
    drive.give(Cancelled())
    assert not drive.instance.subscriptions


THROWS = """
<startEvent id="s"/> <userTask id="a"/> <endEvent id="e">{definition}</endEvent>
s -> a -> e
"""
ERROR = "<error id='E' errorCode='broke'/>"


def test_an_uncaught_error_escapes_to_the_caller_and_ends_the_called_instance() -> None:
    drive = Drive(
        THROWS.format(definition="<errorEventDefinition errorRef='E'/>"), ERROR, called=True, n=1
    )
    drive.complete("a")
    assert drive.ended
    assert drive.outcome.state == "failed"
    (escaped,) = drive.outcome.escaped
    assert (escaped.kind, escaped.code, escaped.element) == ("error", "broke", "e")


def test_an_error_thrown_at_a_job_of_a_called_instance_escapes_too() -> None:
    drive = Drive(THROWS.format(definition=""), called=True)
    drive.fail("a", "broke", why="x")
    (escaped,) = drive.outcome.escaped
    assert (escaped.code, escaped.variables) == ("broke", {"why": "x"})
    assert drive.ended


def test_an_uncaught_escalation_escapes_and_the_called_instance_goes_on() -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <intermediateThrowEvent id="tell">
        <escalationEventDefinition escalationRef="L"/></intermediateThrowEvent> <userTask id="a"/>
        s -> tell -> a
        """,
        "<escalation id='L' escalationCode='late'/>",
        called=True,
    )
    (escaped,) = drive.outcome.escaped
    assert (escaped.kind, escaped.code) == ("escalation", "late")
    assert drive.at == ["a"]


def test_every_escalation_of_a_step_escapes_in_order() -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <intermediateThrowEvent id="one">
        <escalationEventDefinition escalationRef="L"/></intermediateThrowEvent>
        <endEvent id="two"><escalationEventDefinition escalationRef="L2"/></endEvent>
        s -> one -> two
        """,
        "<escalation id='L' escalationCode='late'/><escalation id='L2' escalationCode='later'/>",
        called=True,
    )
    assert [e.code for e in drive.outcome.escaped] == ["late", "later"]
    assert drive.outcome.state == "completed"


def test_without_a_caller_an_uncaught_error_does_not_escape() -> None:
    drive = Drive(THROWS.format(definition=""))
    with pytest.raises(ExecutionError):
        drive.fail("a", "broke")
    assert drive.at == ["a"]
    assert drive.outcome.escaped == []


def test_its_variables_are_seen_from_where_it_stands() -> None:
    drive = Drive("""
    <startEvent id="s"/> <subProcess id="sub"> <startEvent id="s2"/>
      <scriptTask id="set" k:resultVariable="x"><script>1</script></scriptTask>
      <callActivity id="a" calledElement="child"/>
      s2 -> set -> a
    </subProcess>
    s -> sub
    """)
    assert drive.subscriptions("call")[0].trigger.details["variables"] == {"x": 1}
