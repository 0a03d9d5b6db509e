"""Script tasks in languages with assignments (BPMN 2.0.2 §10.3.3)."""

from __future__ import annotations

import pytest

from tests.kit import Drive

SCRIPT = """
<startEvent id="s"/>
<scriptTask id="t" scriptFormat="{format}"><script><![CDATA[{script}]]></script></scriptTask>
s -> t
"""


@pytest.mark.parametrize(
    "script",
    ["n = n + 1", "n += 1;", "n++", "execution.setVariable('n', n + 1)", "({n: n + 1})"],
)
def test_javascript_assigns_variables_by_their_names(script: str) -> None:
    drive = Drive(SCRIPT.format(format="text/javascript", script=script), n=1)
    assert drive.ended
    assert drive.variables == {"n": 2}


def test_javascript_makes_variables() -> None:
    drive = Drive(SCRIPT.format(format="javascript", script="made = [n]; n"), n=1)
    assert drive.variables == {"n": 1, "made": [1]}


def test_what_is_local_to_a_script_stays_there() -> None:
    script = "for (let i = 0; i < 3; i++) { const square = i * i; n += square }"
    drive = Drive(SCRIPT.format(format="javascript", script=script), n=0)
    assert drive.variables == {"n": 5}


def test_a_result_variable_gets_the_value_beside_what_is_assigned() -> None:
    xml = SCRIPT.format(format="javascript", script="m = 7; n + 1")
    drive = Drive(xml.replace("<scriptTask", "<scriptTask k:resultVariable='r'"), n=1)
    assert drive.variables == {"n": 1, "m": 7, "r": 2}


def test_a_script_that_throws_is_an_incident_and_assigns_nothing() -> None:
    drive = Drive(SCRIPT.format(format="javascript", script="n = 5; nothing.at.all"), n=1)
    assert drive.at == ["t"]
    assert drive.incidents
    assert drive.variables == {"n": 1}


THROWING = """
<startEvent id="s"/> <userTask id="before"/>
<scriptTask id="t" scriptFormat="javascript">{loop}
  <script>n = 5; throw new BpmnError('{code}', 'no stock')</script></scriptTask>
<boundaryEvent id="b" attachedToRef="t"><errorEventDefinition errorRef="E"/></boundaryEvent>
<task id="caught"/>
s -> before -> t
b -> caught
"""
ERROR = "<error id='E' errorCode='E1'/>"
LOOP = (
    "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality>"
    "</multiInstanceLoopCharacteristics>"
)


@pytest.mark.parametrize("loop", ["", LOOP])
def test_a_bpmn_error_of_a_script_is_caught_at_its_boundary(loop: str) -> None:
    drive = Drive(THROWING.format(loop=loop, code="E1"), ERROR, n=1)
    drive.complete("before")
    assert drive.ended
    assert drive.entered("caught") == ["caught"]
    assert drive.variables == {"n": 1}


def test_an_uncaught_bpmn_error_of_a_script_is_an_incident_there() -> None:
    drive = Drive(THROWING.format(loop="", code="other"), ERROR, n=1)
    drive.complete("before")
    assert drive.at == ["t"]
    assert "BPMN error 'other'" in drive.incidents[0]
    drive.retry()
    assert drive.at == ["t"]
