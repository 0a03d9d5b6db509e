"""Conditional event: fires when its condition holds (BPMN 2.0.2 §10.5.5)."""

from __future__ import annotations

import pytest

from engine.errors import ExecutionError
from engine.program import NotExecutable
from engine.step import Assigned
from engine.testing import Stage
from tests.kit import Drive, document

CATCH = """
<startEvent id="s"/> <intermediateCatchEvent id="c"><conditionalEventDefinition>
  <condition>{condition}</condition></conditionalEventDefinition></intermediateCatchEvent>
<userTask id="after"/>
s -> c -> after
"""


def test_one_that_holds_when_it_is_armed_fires_at_once() -> None:
    assert Drive(CATCH.format(condition="n &gt; 1"), n=2).at == ["after"]


def test_it_is_asked_again_when_a_variable_it_reads_has_changed() -> None:
    drive = Drive(CATCH.format(condition="n &gt; 1"), n=0)
    drive.assign(n=1)
    assert drive.at == ["c"]
    drive.assign(n=2)
    assert drive.at == ["after"]


def test_a_change_that_is_undone_within_the_step_does_not_count() -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <parallelGateway id="fork"/> <userTask id="a"/>
        <scriptTask id="up" k:resultVariable="n"><script>5</script></scriptTask>
        <scriptTask id="down" k:resultVariable="n"><script>0</script></scriptTask>
        <intermediateCatchEvent id="c"><conditionalEventDefinition>
          <condition>n &gt; 1</condition></conditionalEventDefinition></intermediateCatchEvent>
        s -> fork -> c
        fork -> a -> up -> down
        """,
        n=0,
    )
    drive.complete("a")
    assert drive.at == ["c"]


def test_a_change_of_what_it_does_not_read_is_no_question() -> None:
    drive = Drive(CATCH.format(condition="n &gt; 1"), n=0)
    drive.assign(m=5)
    assert drive.at == ["c"]


def test_a_change_inside_the_same_step_is_enough() -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <parallelGateway id="fork"/> <userTask id="a"/>
        <intermediateCatchEvent id="c"><conditionalEventDefinition>
          <condition>n &gt; 1</condition></conditionalEventDefinition></intermediateCatchEvent>
        <userTask id="after"/> <userTask id="b"/>
        s -> fork -> c -> after
        fork -> a -> b
        """,
        n=0,
    )
    drive.complete("a", n=2)
    assert drive.at == ["after", "b"]


def test_it_sees_its_own_scope_and_those_above() -> None:
    drive = Drive("""
    <startEvent id="s"/>
    <subProcess id="sub"><extensionElements><k:input source="=0" target="n"/></extensionElements>
      <startEvent id="s2"/> <intermediateCatchEvent id="c"><conditionalEventDefinition>
        <condition>n &gt; 1</condition></conditionalEventDefinition></intermediateCatchEvent>
      <userTask id="after"/>
      s2 -> c -> after
    </subProcess>
    s -> sub
    """)
    drive.assign(n=5)
    assert drive.at == ["c", "sub"], "its own n hides the other"
    own = next(s.id for s in drive.instance.scopes.values() if "n" in s.variables and s.parent)
    drive.give(Assigned(scope=own, variables={"n": 2}))
    assert drive.at == ["after", "sub"]


def test_a_missing_variable_is_null_and_does_not_hold() -> None:
    assert Drive(CATCH.format(condition="n &gt; 1")).at == ["c"]


def test_a_non_interrupting_one_fires_once_a_step_in_which_it_holds() -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <userTask id="a"/> <userTask id="b"/>
        <boundaryEvent id="c" attachedToRef="a" cancelActivity="false">
          <conditionalEventDefinition><condition>n + m &gt; 1</condition>
          </conditionalEventDefinition></boundaryEvent>
        s -> a
        c -> b
        """,
        n=0,
        m=0,
    )
    drive.assign(n=5, m=5)
    assert drive.at == ["a", "b"]
    drive.assign(n=6)
    assert drive.at == ["a", "b", "b"]
    drive.assign(n=-9)
    assert drive.at == ["a", "b", "b"]


def test_one_that_feeds_itself_stops_at_the_budget() -> None:
    drive = Drive(
        """
        <subProcess id="sub" triggeredByEvent="true">
          <startEvent id="c" isInterrupting="false"><conditionalEventDefinition>
            <condition>n &gt; 0</condition></conditionalEventDefinition></startEvent>
          <scriptTask id="up" k:resultVariable="n"><script>n + 1</script></scriptTask>
          c -> up
        </subProcess>
        <startEvent id="s"/> <userTask id="a"/>
        s -> a
        """,
        n=0,
        budget=50,
    )
    drive.assign(n=1)
    assert drive.subscriptions("continue")
    assert drive.outcome.state == "active"


def test_one_without_a_condition_is_refused() -> None:
    with pytest.raises(NotExecutable, match="has no condition"):
        Drive("""
        <startEvent id="s"/> <intermediateCatchEvent id="c"><conditionalEventDefinition/>
        </intermediateCatchEvent>
        s -> c
        """)


def test_what_came_by_one_thing_changes_another_in_the_same_step() -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <parallelGateway id="fork"/>
        <intermediateCatchEvent id="c1"><conditionalEventDefinition>
          <condition>n &gt; 1</condition></conditionalEventDefinition></intermediateCatchEvent>
        <scriptTask id="up" k:resultVariable="m"><script>5</script></scriptTask>
        <intermediateCatchEvent id="c2"><conditionalEventDefinition>
          <condition>m &gt; 1</condition></conditionalEventDefinition></intermediateCatchEvent>
        <userTask id="a"/> <userTask id="b"/>
        s -> fork -> c1 -> up -> a
        fork -> c2 -> b
        """,
    )
    drive.assign(n=2)
    assert drive.at == ["a", "b"]


WATCH = """
<startEvent id="s"/> <userTask id="a"/> <userTask id="z"/>
<subProcess id="watch" triggeredByEvent="true"><startEvent id="c" isInterrupting="false">
  <conditionalEventDefinition><condition>${level &gt; 3}</condition></conditionalEventDefinition>
  </startEvent> <userTask id="b"/>
  c -> b
</subProcess>
s -> a -> z
"""


def test_one_of_the_process_that_fails_is_an_incident_and_refuses_nothing() -> None:
    drive = Drive(WATCH, level=1)
    drive.complete("a", level="high")
    assert drive.at == ["z"]
    (incident,) = drive.subscriptions("incident")
    assert (incident.token, incident.catcher) == (None, "c")
    drive.assign(level="higher")
    assert len(drive.incidents) == 1


def test_its_incident_is_resolved_by_the_next_value_that_can_be_asked() -> None:
    drive = Drive(WATCH, level=1)
    drive.assign(level="high")
    assert drive.incidents
    drive.assign(level=2)
    assert not drive.incidents
    drive.assign(level=5)
    assert drive.at == ["a", "b", "watch"]


def test_its_incident_can_be_retried() -> None:
    drive = Drive(WATCH)
    assert "level" in drive.incidents[0]
    drive.retry()
    assert len(drive.incidents) == 1
    drive.complete("a")
    drive.complete("z")
    assert drive.ended


BESIDE = """
<startEvent id="s"/> <userTask id="a"/> <userTask id="b"/>
<boundaryEvent id="c" attachedToRef="a" cancelActivity="false">
  <conditionalEventDefinition><condition>x = 1</condition></conditionalEventDefinition>
</boundaryEvent>
s -> a
c -> b
"""


def test_what_held_when_it_was_armed_fires_once_for_that() -> None:
    drive = Drive(BESIDE, x=1)
    assert drive.at == ["a", "b"]
    drive.assign(x=1)
    assert drive.at == ["a", "b", "b"]


START = """
<startEvent id="low"><conditionalEventDefinition><condition>t &lt; 5</condition>
</conditionalEventDefinition></startEvent>
<startEvent id="high"><conditionalEventDefinition><condition>t &gt; 30</condition>
</conditionalEventDefinition></startEvent>
<userTask id="a"/> <userTask id="b"/>
low -> a
high -> b
"""


def test_a_process_is_started_by_the_condition_that_holds() -> None:
    assert Drive(START, t=40).at == ["b"]
    with pytest.raises(ExecutionError, match="no conditional one whose condition holds"):
        Drive(START, t=20)


def test_every_process_whose_condition_holds_is_started() -> None:
    other = document(START.replace("t &lt; 5", "t &lt; 0")).replace(b"id='p'", b"id='q'")
    stage = Stage(contents={"p.bpmn": document(START), "q.bpmn": other})
    assert stage.engine.evaluate_conditions({"t": 20}) == []
    found = stage.engine.evaluate_conditions({"t": 1}, business_key="K")
    assert [f.process_id for f in found] == ["p"]
    assert stage.instances("p")[0].at == ["a"]
    assert len(stage.engine.evaluate_conditions({"t": 31})) == 2
    assert len(stage.engine.evaluate_conditions({"t": 31}, process_id="q")) == 1
    assert stage.engine.evaluate_conditions({}) == []
