"""Events with several definitions, and definitions by reference (BPMN 2.0.2 §10.5.4, §10.5.5)."""

from __future__ import annotations

import pytest

from engine.starts import start_triggers
from engine.step import Happened
from tests.engine.elements.test_events import BESIDE, CATCH, ROOTS
from tests.kit import Drive, document, program_of

# Multiple events

BOTH = """
<startEvent id="s"/> <intermediateCatchEvent id="c" parallelMultiple="{parallel}">
  <messageEventDefinition messageRef="M"/> <messageEventDefinition messageRef="M2"/>
</intermediateCatchEvent>
<userTask id="after"/>
s -> c -> after
"""


def test_a_multiple_event_needs_one_of_its_triggers() -> None:
    drive = Drive(BOTH.format(parallel="false"), ROOTS)
    assert len(drive.subscriptions("message")) == 2
    drive.complete("c")
    assert drive.at == ["after"]
    assert not drive.subscriptions("message")


@pytest.mark.parametrize("first", [0, 1])
def test_a_parallel_multiple_event_needs_each_of_them_in_any_order(first: int) -> None:
    drive = Drive(BOTH.format(parallel="true"), ROOTS)

    chosen = drive.subscriptions("message")[first]
    drive.give(Happened(subscription=chosen.id, payload={"x": 1}))
    assert drive.at == ["c"]
    drive.complete("c", y=2)
    assert drive.at == ["after"]
    assert drive.variables == {"x": 1, "y": 2}


PARALLEL_BOUNDARY = """
<startEvent id="s"/> <userTask id="a"/> <userTask id="b"/>
<boundaryEvent id="c" attachedToRef="a" parallelMultiple="true" {interrupting}>
  <messageEventDefinition messageRef="M"/> <signalEventDefinition signalRef="S"/>
</boundaryEvent>
s -> a
c -> b
"""


def test_a_parallel_multiple_boundary_event_interrupts_when_it_has_each() -> None:
    drive = Drive(PARALLEL_BOUNDARY.format(interrupting=""), ROOTS)
    drive.complete("c")
    assert drive.at == ["a"]
    drive.complete("c")
    assert drive.at == ["b"]


def test_a_non_interrupting_parallel_multiple_one_needs_each_again() -> None:
    drive = Drive(PARALLEL_BOUNDARY.format(interrupting=BESIDE), ROOTS)
    for _ in range(2):
        drive.complete("c")
        drive.complete("c")
    assert drive.at == ["a", "b", "b"]
    assert len(drive.instance.subscriptions) == 5


def test_a_non_interrupting_multiple_one_waits_again_for_what_came() -> None:
    drive = Drive(
        PARALLEL_BOUNDARY.format(interrupting=BESIDE).replace('parallelMultiple="true"', ""),
        ROOTS,
    )
    drive.complete("c")
    drive.complete("c")
    kinds = [s.trigger.kind for s in drive.instance.subscriptions.values()]
    assert sorted(kinds) == ["message", "signal", "user_task", "user_task", "user_task"]


def test_an_event_sub_process_may_wait_for_each_of_several() -> None:
    drive = Drive(
        """
        <subProcess id="sub" triggeredByEvent="true">
          <startEvent id="c" parallelMultiple="true" isInterrupting="true">
            <messageEventDefinition messageRef="M"/> <signalEventDefinition signalRef="S"/>
          </startEvent> <userTask id="b"/>
          c -> b
        </subProcess>
        <startEvent id="s"/> <userTask id="a"/>
        s -> a
        """,
        ROOTS,
    )
    drive.complete("c", x=1)
    assert drive.at == ["a"]
    drive.complete("c", y=2)
    assert drive.at == ["b", "sub"]
    assert drive.variables == {"x": 1, "y": 2}


# What is thrown outward, among several

THROWN = """
<startEvent id="s"/> <subProcess id="sub"><startEvent id="s2"/> <userTask id="a"/>
  <userTask id="b"/> <parallelGateway id="f"/>
  {throw}
  s2 -> f -> a -> t
  f -> b
  {more}
</subProcess>
<boundaryEvent id="c" attachedToRef="sub" parallelMultiple="true" cancelActivity="{interrupts}">
  {definition} <messageEventDefinition messageRef="M"/>
</boundaryEvent>
<userTask id="after"/> <userTask id="normal"/>
sub -> normal
c -> after
"""
ESCALATE = THROWN.format(
    throw='<intermediateThrowEvent id="t"><escalationEventDefinition escalationRef="L"/>'
    "</intermediateThrowEvent>",
    more='<userTask id="z"/>\nt -> z',
    definition='<escalationEventDefinition escalationRef="L"/>',
    interrupts="{interrupts}",
)
FAIL = THROWN.format(
    throw='<endEvent id="t"><errorEventDefinition errorRef="E"/></endEvent>',
    more="",
    definition='<errorEventDefinition errorRef="E"/>',
    interrupts="true",
)
CODES = "<escalation id='L' escalationCode='late'/><error id='E' errorCode='broke'/>"


def test_an_escalation_counts_and_fires_it_only_with_the_rest() -> None:
    drive = Drive(ESCALATE.format(interrupts="true"), ROOTS + CODES)
    drive.complete("a")
    assert drive.at == ["b", "sub", "z"]
    drive.complete("c", x=1)
    assert drive.at == ["after"]


def test_it_may_come_last() -> None:
    drive = Drive(ESCALATE.format(interrupts="true"), ROOTS + CODES)
    drive.complete("c", x=1)
    assert drive.at == ["a", "b", "sub"]
    drive.complete("a")
    assert drive.at == ["after"]


def test_a_non_interrupting_one_needs_each_again_escalations_too() -> None:
    xml = (
        ESCALATE.format(interrupts="false")
        .replace("t -> z", "t -> a2 -> t2 -> z")
        .replace(
            '<userTask id="z"/>',
            '<userTask id="z"/><userTask id="a2"/><intermediateThrowEvent id="t2">'
            '<escalationEventDefinition escalationRef="L"/></intermediateThrowEvent>',
        )
    )
    drive = Drive(xml, ROOTS + CODES)
    drive.complete("a")
    drive.complete("c")
    assert drive.at == ["a2", "after", "b", "sub"]
    drive.complete("a2")
    assert drive.at == ["after", "b", "sub", "z"]
    drive.complete("c")
    assert drive.at == ["after", "after", "b", "sub", "z"]


def test_a_second_escalation_of_one_code_is_not_counted_twice() -> None:
    """Nobody around it needs it: it is uncaught, and its thrower goes on."""
    xml = ESCALATE.format(interrupts="true").replace("f -> b", "f -> b -> t")
    drive = Drive(xml, ROOTS + CODES)
    drive.complete("a")
    drive.complete("b")
    assert drive.at == ["sub", "z", "z"]
    assert [r.kind for r in drive.records].count("uncaught") == 1


def test_an_error_counts_and_ends_its_path_only() -> None:
    drive = Drive(FAIL, ROOTS + CODES)
    drive.complete("a")
    assert drive.at == ["b", "sub"]
    drive.complete("c")
    assert drive.at == ["after"]


def test_an_activity_that_failed_waits_without_its_work_for_the_rest() -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <serviceTask id="a"/> <userTask id="b"/>
        <boundaryEvent id="c" attachedToRef="a" parallelMultiple="true">
          <errorEventDefinition errorRef="E"/> <messageEventDefinition messageRef="M"/>
        </boundaryEvent>
        s -> a
        c -> b
        """,
        ROOTS + CODES,
    )
    drive.fail("a", "broke")
    assert drive.at == ["a"]
    assert [s.trigger.kind for s in drive.instance.subscriptions.values()] == ["message"]
    drive.complete("c")
    assert drive.at == ["b"]


@pytest.mark.parametrize("interrupts", ["true", "false"])
def test_an_event_sub_process_may_need_an_escalation_among_others(interrupts: str) -> None:
    drive = Drive(
        f"""
        <subProcess id="sub" triggeredByEvent="true">
          <startEvent id="c" parallelMultiple="true" isInterrupting="{interrupts}">
            <escalationEventDefinition escalationRef="L"/>
            <messageEventDefinition messageRef="M"/>
          </startEvent> <userTask id="b"/>
          c -> b
        </subProcess>
        <startEvent id="s"/> <intermediateThrowEvent id="t">
          <escalationEventDefinition escalationRef="L"/></intermediateThrowEvent>
        <userTask id="a"/>
        s -> t -> a
        """,
        ROOTS + CODES,
    )
    assert drive.at == ["a"]
    drive.complete("c")
    assert drive.at == (["b", "sub"] if interrupts == "true" else ["a", "b", "sub"])


# Definitions by reference

DEFINED = "<messageEventDefinition id='D' messageRef='M'/>"


@pytest.mark.parametrize(
    "xml",
    [CATCH.format(definition="<eventDefinitionRef>D</eventDefinitionRef>")],
)
def test_a_definition_by_reference_behaves_as_an_inline_one(xml: str) -> None:
    drive = Drive(xml, ROOTS + DEFINED)
    assert drive.subscriptions("message")[0].trigger.name == "order"
    drive.complete("c")
    assert drive.at == ["after"]


def test_a_throw_by_reference_publishes() -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <endEvent id="e"><eventDefinitionRef>D</eventDefinitionRef></endEvent>
        s -> e
        """,
        ROOTS + DEFINED,
    )
    assert [p.name for p in drive.published] == ["order"]


def test_a_start_by_reference_is_no_none_start() -> None:
    xml = """
    <startEvent id="c"><eventDefinitionRef>D</eventDefinitionRef></startEvent>
    <startEvent id="none"/> <userTask id="a"/> <userTask id="b"/>
    c -> a
    none -> b
    """
    assert Drive(xml, ROOTS + DEFINED).at == ["b"]
    program = program_of(document(xml, ROOTS + DEFINED))
    assert [t.name for t in start_triggers(program)] == ["order"]


def test_a_parallel_multiple_start_waits_in_its_instance_for_the_rest() -> None:
    xml = """
    <startEvent id="c" parallelMultiple="true"><messageEventDefinition messageRef="M"/>
      <signalEventDefinition signalRef="S"/></startEvent> <userTask id="a"/>
    c -> a
    """
    drive = Drive(xml, ROOTS, start="c", x=1)
    assert drive.at == ["c"]
    assert [s.trigger.kind for s in drive.instance.subscriptions.values()] == ["signal"]
    drive.complete("c", y=2)
    assert drive.at == ["a"]
    assert drive.variables == {"x": 1, "y": 2}
