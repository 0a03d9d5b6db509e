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
