"""Sub-process and event sub-process: a scope inside a token (BPMN 2.0.2 §10.3.5, §13.3.4)."""

from __future__ import annotations

import pytest

from engine.step import Cancelled, CancelToken, Modified
from tests.kit import Drive

PLAIN = """
<startEvent id="s"/>
<subProcess id="sub">{inside}
  <startEvent id="s2"/> <userTask id="a"/> <userTask id="b"/> <endEvent id="e2"/>
  s2 -> a -> e2
  s2 -> b -> e2
</subProcess>
<userTask id="after"/>
s -> sub -> after
"""


def test_it_is_left_when_no_token_is_left_in_it() -> None:
    drive = Drive(PLAIN.format(inside=""))
    assert drive.at == ["a", "b", "sub"]
    drive.complete("a")
    assert drive.at == ["b", "sub"]
    drive.complete("b")
    assert drive.at == ["after"]
    assert len(drive.instance.scopes) == 1


def test_what_it_sets_lands_where_it_is_declared_and_else_outside() -> None:
    inside = '<extensionElements><k:input source="=1" target="own"/></extensionElements>'
    drive = Drive(PLAIN.format(inside=inside), n=1)
    drive.complete("a", own=2, n=2, fresh=2)
    assert drive.variables == {"n": 2, "fresh": 2}
    owns = [s.variables for s in drive.instance.scopes.values() if "own" in s.variables]
    assert owns == [{"own": 2}]
    drive.complete("b")
    assert drive.variables == {"n": 2, "fresh": 2}


def test_nodes_without_incoming_flow_start_it_together() -> None:
    drive = Drive("""
    <startEvent id="s"/> <subProcess id="sub"> <userTask id="a"/> <userTask id="b"/> </subProcess>
    s -> sub
    """)
    assert drive.at == ["a", "b", "sub"]


def test_an_empty_one_passes() -> None:
    drive = Drive("""
    <startEvent id="s"/> <subProcess id="sub"/> <userTask id="after"/>
    s -> sub -> after
    """)
    assert drive.at == ["after"]


def test_cancelling_it_takes_all_that_is_inside() -> None:
    drive = Drive(PLAIN.format(inside=""))
    token = next(t.id for t in drive.instance.tokens.values() if t.node == "sub")
    drive.give(Modified(instructions=(CancelToken(token=token),)))
    assert drive.ended


def test_a_failure_inside_parks_there_and_leaves_its_siblings() -> None:
    drive = Drive("""
    <startEvent id="s"/>
    <subProcess id="sub"> <exclusiveGateway id="x"/> <userTask id="a"/> <userTask id="b"/>
      x -> b : ok
    </subProcess>
    <userTask id="after"/>
    s -> sub -> after
    """)
    assert drive.at == ["a", "sub", "x"]
    drive.complete("a")
    drive.assign(ok=True)
    drive.retry()
    drive.complete("b")
    assert drive.at == ["after"]


def test_a_way_out_that_cannot_be_chosen_parks_the_sub_process_and_retries() -> None:
    drive = Drive("""
    <startEvent id="s"/> <subProcess id="sub"> <task id="a"/> </subProcess> <userTask id="after"/>
    s -> sub
    sub -> after : ok
    """)
    assert drive.at == ["sub"]
    assert "'sub'" in drive.incidents[0]
    drive.assign(ok=True)
    drive.retry()
    assert drive.at == ["after"]


NESTED = """
<startEvent id="s"/>
<subProcess id="outer">
  <subProcess id="inner"> <userTask id="a"/> </subProcess> <userTask id="b"/>
  inner -> b
</subProcess>
<boundaryEvent id="oops" attachedToRef="outer"><errorEventDefinition/></boundaryEvent>
<userTask id="mend"/>
s -> outer
oops -> mend
"""


def test_nested_ones_end_inside_out() -> None:
    drive = Drive(NESTED)
    drive.complete("a")
    assert drive.at == ["b", "outer"]
    drive.complete("b")
    assert drive.ended


def test_an_interruption_takes_all_that_is_nested() -> None:
    drive = Drive(NESTED)
    drive.fail("a", "E")
    assert drive.at == ["mend"]
    assert len(drive.instance.scopes) == 1


# Event sub-processes

EVENT = """
<startEvent id="s"/>
<subProcess id="sub">
  <subProcess id="help" triggeredByEvent="true">
    <startEvent id="call" isInterrupting="{interrupting}">
      <messageEventDefinition messageRef="M"/></startEvent>
    <userTask id="answer"/>
    call -> answer
  </subProcess>
  <subProcess id="other" triggeredByEvent="true">
    <startEvent id="second" isInterrupting="false">
      <signalEventDefinition signalRef="S"/></startEvent>
    <userTask id="look"/>
    second -> look
  </subProcess>
  <startEvent id="s2"/> <userTask id="a"/>
  s2 -> a
</subProcess>
<userTask id="after"/>
s -> sub -> after
"""
ROOTS = "<message id='M' name='call'/><signal id='S' name='second'/>"


def test_an_interrupting_event_sub_process_takes_its_scope_and_ends_it() -> None:
    drive = Drive(EVENT.format(interrupting="true"), ROOTS)
    drive.complete("call", x=1)
    assert drive.at == ["answer", "help", "sub"]
    drive.complete("answer")
    assert drive.at == ["after"]
    assert drive.variables == {"x": 1}


def test_once_an_interrupting_one_runs_the_others_are_disarmed() -> None:
    drive = Drive(EVENT.format(interrupting="true"), ROOTS)
    drive.complete("call")
    assert not drive.subscriptions("signal")
    assert not drive.subscriptions("message")


def test_a_non_interrupting_one_runs_beside_its_scope_as_often_as_it_is_called() -> None:
    drive = Drive(EVENT.format(interrupting="false"), ROOTS)
    drive.complete("call")
    drive.complete("call")
    drive.complete("second")
    assert drive.at == ["a", "answer", "answer", "help", "help", "look", "other", "sub"]


def test_a_running_non_interrupting_one_keeps_its_scope() -> None:
    drive = Drive(EVENT.format(interrupting="false"), ROOTS)
    drive.complete("call")
    drive.complete("a")
    assert drive.at == ["answer", "help", "sub"]
    drive.complete("answer")
    assert drive.at == ["after"]
    assert not drive.subscriptions("message")


def test_an_interrupting_one_takes_the_non_interrupting_ones_that_run() -> None:
    drive = Drive(EVENT.format(interrupting="true"), ROOTS)
    drive.complete("second")
    drive.complete("call")
    assert drive.at == ["answer", "help", "sub"]


def test_it_sees_and_changes_the_variables_of_its_scope() -> None:
    drive = Drive(
        """
        <startEvent id="s"/>
        <subProcess id="sub">
          <extensionElements><k:input source="=1" target="own"/></extensionElements>
          <subProcess id="help" triggeredByEvent="true">
            <startEvent id="call" isInterrupting="false">
              <messageEventDefinition messageRef="M"/></startEvent>
            <scriptTask id="add" k:resultVariable="own"><script>own + 1</script></scriptTask>
            call -> add
          </subProcess>
          <userTask id="a"/>
        </subProcess>
        s -> sub
        """,
        ROOTS,
    )
    drive.complete("call")
    drive.complete("call")
    assert [s.variables["own"] for s in drive.instance.scopes.values() if s.variables] == [3]
    assert drive.variables == {}


def test_one_inside_an_event_sub_process_is_armed_while_that_runs() -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <userTask id="a"/>
        <subProcess id="help" triggeredByEvent="true">
          <startEvent id="call"><messageEventDefinition messageRef="M"/></startEvent>
          <userTask id="answer"/>
          <subProcess id="deeper" triggeredByEvent="true">
            <startEvent id="second"><signalEventDefinition signalRef="S"/></startEvent>
            <userTask id="look"/>
            second -> look
          </subProcess>
          call -> answer
        </subProcess>
        s -> a
        """,
        ROOTS,
    )
    assert not drive.subscriptions("signal")
    drive.complete("call")
    drive.complete("second")
    assert drive.at == ["deeper", "help", "look"]
    drive.complete("look")
    assert drive.ended


def test_one_of_the_process_is_armed_before_anything_runs() -> None:
    drive = Drive(
        """
        <subProcess id="help" triggeredByEvent="true">
          <startEvent id="call" isInterrupting="{0}">
            <conditionalEventDefinition><condition>true</condition></conditionalEventDefinition>
          </startEvent>
          <userTask id="answer"/>
          call -> answer
        </subProcess>
        <startEvent id="s"/> <task id="work"/> <userTask id="a"/>
        s -> work -> a
        """.replace("{0}", "true")
    )
    assert drive.at == ["answer", "help"]
    assert drive.entered("work") == []


@pytest.mark.parametrize("interrupting", ["true", "false"])
def test_cancelling_the_instance_takes_event_sub_processes_too(interrupting: str) -> None:
    drive = Drive(EVENT.format(interrupting=interrupting), ROOTS)
    drive.complete("call")
    drive.give(Cancelled())
    assert drive.ended


def test_data_objects_of_an_event_sub_process_are_its_own() -> None:
    drive = Drive(
        """
        <subProcess id="help" triggeredByEvent="true">
          <dataObject id="note" name="note"/>
          <startEvent id="call"><messageEventDefinition messageRef="M"/></startEvent>
          <userTask id="answer"/>
          call -> answer
        </subProcess>
        <startEvent id="s"/> <userTask id="a"/>
        s -> a
        """,
        ROOTS,
    )
    drive.complete("call", note="x")
    assert drive.variables == {}


def test_its_outputs_read_what_it_keeps_to_itself() -> None:
    drive = Drive("""
    <startEvent id="s"/>
    <subProcess id="sub">
      <extensionElements><k:output source="=note + 1" target="noted"/></extensionElements>
      <dataObject id="note" name="note"/> <userTask id="a"/>
    </subProcess>
    <userTask id="after"/>
    s -> sub -> after
    """)
    drive.complete("a", note=1)
    assert drive.variables == {"noted": 2}
