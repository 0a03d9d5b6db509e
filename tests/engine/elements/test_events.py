"""Where events stand: start, intermediate, boundary, end, event sub-process (BPMN 2.0.2 §10.5).

Each trigger is tried at each position; what is particular to one kind of event definition is in
the tests of `engine.events`.
"""

from __future__ import annotations

from typing import Any

import pytest

from engine.starts import start_triggers
from engine.step import Cancelled
from tests.kit import Drive, document, program_of

ROOTS = """<message id='M' name='order'/><signal id='S' name='alarm'/>
<message id='M2' name='second'/>"""
MESSAGE = "<messageEventDefinition messageRef='M'/>"
SIGNAL = "<signalEventDefinition signalRef='S'/>"
TIMER = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
CYCLE = "<timerEventDefinition><timeCycle>R/PT1H</timeCycle></timerEventDefinition>"
CONDITION = "<conditionalEventDefinition><condition>go</condition></conditionalEventDefinition>"
TRIGGERS = {"message": MESSAGE, "signal": SIGNAL, "timer": CYCLE, "condition": CONDITION}


def trigger(drive: Drive, kind: str, event: str, **payload: Any) -> None:
    """Let what a catch event waits for happen, as the shell would."""
    if kind == "timer":
        drive.wait(hours=1)
    elif kind == "condition":
        drive.assign(go=True, **payload)
    else:
        drive.complete(event, **payload)


each = pytest.mark.parametrize("kind", list(TRIGGERS))
carrying = pytest.mark.parametrize("kind", ["message", "signal", "condition"])


# Intermediate catch events

CATCH = """
<startEvent id="s"/> <intermediateCatchEvent id="c">{definition}</intermediateCatchEvent>
<userTask id="after"/>
s -> c -> after
"""


@each
def test_a_catch_event_waits_for_its_trigger(kind: str) -> None:
    drive = Drive(CATCH.format(definition=TRIGGERS[kind]), ROOTS)
    assert drive.at == ["c"]
    assert [s.trigger.kind for s in drive.instance.subscriptions.values()] == [kind]
    trigger(drive, kind, "c")
    assert drive.at == ["after"]
    assert [s.trigger.kind for s in drive.instance.subscriptions.values()] == ["user_task"]


@carrying
def test_what_a_trigger_carries_becomes_variables(kind: str) -> None:
    drive = Drive(CATCH.format(definition=TRIGGERS[kind]), ROOTS)
    trigger(drive, kind, "c", x=1)
    assert drive.variables["x"] == 1


def test_what_a_trigger_carries_goes_through_output_mappings() -> None:
    mapping = "<extensionElements><k:output source='=x + 1' target='y'/></extensionElements>"
    drive = Drive(CATCH.format(definition=mapping + MESSAGE), ROOTS)
    drive.complete("c", x=1)
    assert drive.variables == {"y": 2}


@each
def test_cancelling_withdraws_a_catch_event(kind: str) -> None:
    drive = Drive(CATCH.format(definition=TRIGGERS[kind]), ROOTS)
    drive.give(Cancelled())
    assert not drive.instance.subscriptions


def test_a_catch_event_without_definition_is_passed() -> None:
    assert Drive(CATCH.format(definition="")).at == ["after"]


# Boundary events

BOUNDARY = """
<startEvent id="s"/> <userTask id="a"/> <userTask id="after"/> <userTask id="b"/>
<boundaryEvent id="c" attachedToRef="a" {interrupting}>{definition}</boundaryEvent>
s -> a -> after
c -> b
"""
BESIDE = 'cancelActivity="false"'


@each
def test_an_interrupting_boundary_event_takes_its_activity(kind: str) -> None:
    drive = Drive(BOUNDARY.format(interrupting="", definition=TRIGGERS[kind]), ROOTS)
    assert drive.at == ["a"]
    trigger(drive, kind, "c")
    assert drive.at == ["b"]
    assert [s.trigger.kind for s in drive.instance.subscriptions.values()] == ["user_task"]


@each
def test_a_non_interrupting_boundary_event_fires_as_often_as_it_is_triggered(kind: str) -> None:
    drive = Drive(BOUNDARY.format(interrupting=BESIDE, definition=TRIGGERS[kind]), ROOTS)
    for _ in range(3):
        trigger(drive, kind, "c")
    assert drive.at == ["a", "b", "b", "b"]
    drive.complete("a")
    assert drive.at == ["after", "b", "b", "b"]
    assert {s.trigger.kind for s in drive.instance.subscriptions.values()} == {"user_task"}


@each
def test_a_boundary_event_is_withdrawn_when_its_activity_leaves(kind: str) -> None:
    drive = Drive(BOUNDARY.format(interrupting="", definition=TRIGGERS[kind]), ROOTS)
    drive.complete("a")
    assert drive.at == ["after"]
    assert [s.trigger.kind for s in drive.instance.subscriptions.values()] == ["user_task"]


@each
def test_a_boundary_event_is_told_once_as_caught(kind: str) -> None:
    drive = Drive(BOUNDARY.format(interrupting="", definition=TRIGGERS[kind]), ROOTS)
    trigger(drive, kind, "c")
    assert [r.element for r in drive.records if r.kind == "caught"] == ["c"]


def test_boundary_events_are_armed_before_the_work_begins() -> None:
    drive = Drive(BOUNDARY.format(interrupting="", definition=MESSAGE), ROOTS)
    order = [s.trigger.kind for _, s in sorted(drive.instance.subscriptions.items())]
    assert order == ["message", "user_task"]


def test_a_condition_that_holds_already_interrupts_before_the_work_begins() -> None:
    drive = Drive(BOUNDARY.format(interrupting="", definition=CONDITION), ROOTS, go=True)
    assert drive.at == ["b"]
    assert not [r for r in drive.records if r.kind == "waiting" and r.element == "a"]


def test_of_two_boundary_conditions_that_hold_the_first_in_document_order_fires() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="a"/> <userTask id="b"/> <userTask id="d"/>
        <boundaryEvent id="c1" attachedToRef="a">{CONDITION}</boundaryEvent>
        <boundaryEvent id="c2" attachedToRef="a">{CONDITION}</boundaryEvent>
        s -> a
        c1 -> b
        c2 -> d
        """,
        go=True,
    )
    assert drive.at == ["b"]


@each
def test_a_boundary_event_of_a_sub_process_takes_all_inside(kind: str) -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="b"/>
        <subProcess id="sub"> <userTask id="i"/> <userTask id="j"/> </subProcess>
        <boundaryEvent id="c" attachedToRef="sub">{TRIGGERS[kind]}</boundaryEvent>
        s -> sub
        c -> b
        """,
        ROOTS,
    )
    trigger(drive, kind, "c")
    assert drive.at == ["b"]


# Event sub-processes

EVENT = """
<subProcess id="sub" triggeredByEvent="true">
  <startEvent id="c" isInterrupting="{interrupting}">{definition}</startEvent>
  <userTask id="b"/>
  c -> b
</subProcess>
<startEvent id="s"/> <userTask id="a"/>
s -> a
"""


@each
def test_an_interrupting_event_sub_process_takes_the_process(kind: str) -> None:
    drive = Drive(EVENT.format(interrupting="true", definition=TRIGGERS[kind]), ROOTS)
    trigger(drive, kind, "c")
    assert drive.at == ["b", "sub"]
    drive.complete("b")
    assert drive.outcome.state == "completed"


@each
def test_a_non_interrupting_event_sub_process_starts_as_often_as_it_is_triggered(
    kind: str,
) -> None:
    drive = Drive(EVENT.format(interrupting="false", definition=TRIGGERS[kind]), ROOTS)
    trigger(drive, kind, "c")
    trigger(drive, kind, "c")
    assert drive.at == ["a", "b", "b", "sub", "sub"]
    drive.complete("a")
    drive.complete("b")
    drive.complete("b")
    assert drive.outcome.state == "completed"


@carrying
def test_what_an_event_sub_process_is_triggered_with_becomes_variables(kind: str) -> None:
    drive = Drive(EVENT.format(interrupting="true", definition=TRIGGERS[kind]), ROOTS)
    trigger(drive, kind, "c", x=1)
    assert drive.variables["x"] == 1


@each
def test_an_event_sub_process_is_told_once_as_caught(kind: str) -> None:
    drive = Drive(EVENT.format(interrupting="true", definition=TRIGGERS[kind]), ROOTS)
    trigger(drive, kind, "c")
    assert [r.element for r in drive.records if r.kind == "caught"] == ["c"]


# Start events of the process

START = """
<startEvent id="c">{definition}</startEvent> <startEvent id="none"/>
<userTask id="a"/> <userTask id="b"/>
c -> a
none -> b
"""


@each
def test_a_triggered_start_event_is_listened_for_by_the_deployment(kind: str) -> None:
    program = program_of(document(START.format(definition=TRIGGERS[kind]), ROOTS))
    (found,) = start_triggers(program)
    assert (found.element, found.kind) == ("c", kind)
    assert found.name == {"message": "order", "signal": "alarm"}.get(kind)


@each
def test_a_triggered_start_starts_there_with_what_it_carries(kind: str) -> None:
    drive = Drive(START.format(definition=TRIGGERS[kind]), ROOTS, start="c", x=1)
    assert drive.at == ["a"]
    assert drive.variables == {"x": 1}


def test_a_start_by_command_begins_at_the_none_start_event() -> None:
    assert Drive(START.format(definition=MESSAGE), ROOTS).at == ["b"]


def test_a_triggered_start_arms_the_event_sub_processes_and_declares_the_data() -> None:
    drive = Drive(
        f"""
        <dataObject id="note" name="note"/>
        <subProcess id="sub" triggeredByEvent="true">
          <startEvent id="c">{SIGNAL}</startEvent> <userTask id="b"/>
          c -> b
        </subProcess>
        <startEvent id="s">{MESSAGE}</startEvent> <userTask id="a"/>
        s -> a
        """,
        ROOTS,
        start="s",
    )
    assert [s.catcher for s in drive.subscriptions("signal")] == ["c"]
    assert drive.variables == {"note": None}


# Throw and end events

THROW = """
<startEvent id="s"/> <userTask id="a"/> <parallelGateway id="fork"/>
<{kind} id="t">{definition}</{kind}> {after} <userTask id="beside"/>
s -> fork -> a -> t {arrow}
fork -> beside
"""


def thrown(kind: str, definition: str, **variables: Any) -> Drive:
    is_end = kind == "endEvent"
    xml = THROW.format(
        kind=kind,
        definition=definition,
        after="" if is_end else '<userTask id="after"/>',
        arrow="" if is_end else "-> after",
    )
    drive = Drive(xml, ROOTS + "<escalation id='L' escalationCode='late'/>", **variables)
    drive.complete("a")
    return drive


@pytest.mark.parametrize("kind", ["endEvent", "intermediateThrowEvent"])
@pytest.mark.parametrize(
    "definition", ["", MESSAGE, SIGNAL, "<escalationEventDefinition escalationRef='L'/>"]
)
def test_a_throw_that_nobody_stops_goes_on_or_ends(kind: str, definition: str) -> None:
    drive = thrown(kind, definition)
    assert drive.at == (["beside"] if kind == "endEvent" else ["after", "beside"])


@pytest.mark.parametrize("kind", ["endEvent", "intermediateThrowEvent"])
@pytest.mark.parametrize(
    ("definition", "published"),
    [(MESSAGE, ("message", "order")), (SIGNAL, ("signal", "alarm"))],
)
def test_what_it_publishes_carries_its_inputs(
    kind: str, definition: str, published: tuple[str, str]
) -> None:
    mapping = "<extensionElements><k:input source='=n + 1' target='x'/></extensionElements>"
    drive = thrown(kind, mapping + definition, n=1)
    (found,) = drive.published
    assert (found.kind, found.name) == published
    assert found.variables == {"x": 2}
    assert drive.variables == {"n": 1}


def test_a_throw_event_with_several_definitions_throws_each() -> None:
    drive = thrown("intermediateThrowEvent", MESSAGE + SIGNAL)
    assert sorted(p.kind for p in drive.published) == ["message", "signal"]
    assert drive.at == ["after", "beside"]


def test_a_message_that_a_worker_sends_waits_for_its_job() -> None:
    definition = "<messageEventDefinition messageRef='M' k:jobType='send'/>"
    drive = thrown("intermediateThrowEvent", definition)
    assert drive.at == ["beside", "t"]
    assert drive.subscriptions("job")[0].trigger.name == "send"
    drive.complete("t", sent=True)
    assert drive.at == ["after", "beside"]
    assert drive.variables == {"sent": True}


def test_several_messages_that_workers_send_are_all_waited_for() -> None:
    definition = "<messageEventDefinition messageRef='M' k:jobType='send'/>" * 2
    drive = thrown("intermediateThrowEvent", definition)
    drive.complete("t")
    assert drive.at == ["beside", "t"]
    drive.complete("t")
    assert drive.at == ["after", "beside"]


FAILED = """
<startEvent id="s"/> <parallelGateway id="fork"/> <userTask id="a"/> <userTask id="b"/>
<endEvent id="bad" k:outcome="failed" k:reason="{reason}"/> <endEvent id="good"/>
s -> fork -> a -> bad
fork -> b -> good
"""


@pytest.mark.parametrize("reason", ["declined", "=why"])
def test_an_end_that_means_failure_is_what_the_instance_counts_as_in_the_end(
    reason: str,
) -> None:
    drive = Drive(FAILED.format(reason=reason), why="declined")
    drive.complete("a")
    assert drive.outcome.state == "active"
    drive.complete("b")
    assert (drive.outcome.state, drive.outcome.reason) == ("failed", "declined")


def test_an_end_that_means_failure_may_be_the_last_one() -> None:
    drive = Drive(FAILED.format(reason="declined"))
    drive.complete("b")
    drive.complete("a")
    assert (drive.outcome.state, drive.outcome.reason) == ("failed", "declined")
