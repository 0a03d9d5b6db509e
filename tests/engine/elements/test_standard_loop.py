"""Standard loop: the activity again while its condition holds (BPMN 2.0.2 §13.3.6)."""

from __future__ import annotations

from typing import Any

import pytest

from engine.program import NotExecutable
from engine.step import Cancelled, CancelToken, Modified
from tests.kit import Drive

LOOP = """
<startEvent id="s"/>
<userTask id="a" {activity}><standardLoopCharacteristics {attributes}>
  {condition}</standardLoopCharacteristics></userTask>
<userTask id="after"/>
s -> a -> after
"""


def loop(condition: str = "", attributes: str = "", activity: str = "", **variables: Any) -> Drive:
    text = f"<loopCondition>{condition}</loopCondition>" if condition else ""
    xml = LOOP.format(activity=activity, attributes=attributes, condition=text)
    return Drive(xml, **variables)


def test_it_goes_round_while_its_condition_holds() -> None:
    drive = loop("again")
    drive.complete("a", again=True)
    assert drive.at == ["a", "a"]
    drive.complete("a", again=False)
    assert drive.at == ["after"]


def test_tested_after_it_runs_at_least_once() -> None:
    assert loop("again", again=False).at == ["a", "a"]


def test_tested_before_it_may_not_run_at_all() -> None:
    drive = loop("again", 'testBefore="true"', again=False)
    assert drive.at == ["after"]
    assert loop("again", 'testBefore="true"', again=True).at == ["a", "a"]


@pytest.mark.parametrize("condition", ["", "true"])
@pytest.mark.parametrize("before", ["true", "false"])
def test_its_maximum_caps_it_either_way(condition: str, before: str) -> None:
    drive = loop(condition, f'testBefore="{before}" loopMaximum="2"')
    drive.complete("a")
    drive.complete("a")
    assert drive.at == ["after"]


def test_its_condition_may_count_the_rounds() -> None:
    drive = loop("loopCounter &lt; 3")
    for _ in range(3):
        assert drive.at == ["a", "a"]
        drive.complete("a")
    assert drive.at == ["after"]


def test_neither_condition_nor_maximum_is_refused() -> None:
    with pytest.raises(NotExecutable, match="neither a loopCondition nor a loopMaximum"):
        loop()


def test_what_a_round_sets_the_next_one_sees() -> None:
    drive = loop("n &lt; 3", n=0)
    drive.complete("a", n=1)
    drive.complete("a", n=2)
    drive.complete("a", n=3)
    assert drive.at == ["after"]
    assert drive.variables == {"n": 3}


def test_boundary_events_belong_to_the_loop_as_a_whole() -> None:
    drive = Drive("""
    <startEvent id="s"/> <userTask id="late"/>
    <userTask id="a"><standardLoopCharacteristics loopMaximum="9"/></userTask>
    <boundaryEvent id="t" attachedToRef="a"><timerEventDefinition>
      <timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
    s -> a
    t -> late
    """)
    drive.wait(minutes=40)
    drive.complete("a")
    assert len(drive.subscriptions("timer")) == 1
    drive.wait(minutes=40)
    assert drive.at == ["late"]


def test_an_error_in_a_round_is_caught_at_the_boundary_of_the_loop() -> None:
    drive = Drive("""
    <startEvent id="s"/> <userTask id="mend"/>
    <subProcess id="sub"><standardLoopCharacteristics loopMaximum="9"/>
      <userTask id="a"/></subProcess>
    <boundaryEvent id="oops" attachedToRef="sub"><errorEventDefinition/></boundaryEvent>
    s -> sub
    oops -> mend
    """)
    drive.complete("a")
    drive.fail("a", "E")
    assert drive.at == ["mend"]


def test_a_round_without_waits_keeps_to_the_budget() -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <userTask id="after"/>
        <task id="a"><standardLoopCharacteristics loopMaximum="25"/></task>
        s -> a -> after
        """,
        budget=10,
    )
    assert drive.subscriptions("continue")
    drive.go_on()
    assert drive.at == ["after"]
    assert len(drive.entered("a$")) == 26


def test_cancelling_the_round_ends_the_loop() -> None:
    drive = loop("true")
    token = max(t.id for t in drive.instance.tokens.values())
    drive.give(Modified(instructions=(CancelToken(token=token),)))
    assert drive.at == ["after"]


def test_cancelling_takes_loop_and_round() -> None:
    drive = loop("true")
    drive.give(Cancelled())
    assert drive.ended


def test_a_failing_round_parks_and_retries() -> None:
    drive = Drive("""
    <startEvent id="s"/> <userTask id="after"/>
    <serviceTask id="a" k:jobType="=kind">
      <standardLoopCharacteristics loopMaximum="2"/></serviceTask>
    s -> a -> after
    """)
    assert drive.at == ["a", "a"]
    assert drive.incidents
    drive.assign(kind="x")
    drive.retry()
    drive.complete("a")
    drive.complete("a")
    assert drive.at == ["after"]


def test_leaving_it_counts_its_completion_quantity() -> None:
    drive = loop("", 'loopMaximum="1"', 'completionQuantity="2"')
    drive.complete("a")
    assert drive.at == ["after", "after"]


def test_leaving_it_waits_for_a_transaction_of_its_own_where_told_to() -> None:
    drive = loop("", 'loopMaximum="1"', 'k:asyncAfter="true"')
    drive.complete("a")
    assert drive.at == ["a"]
    drive.go_on()
    assert drive.at == ["after"]
