"""Terminate end event: ends every token of its own scope (BPMN 2.0.2 §10.5.5)."""

from __future__ import annotations

from tests.kit import Drive

TERMINATE = "<terminateEventDefinition/>"


def test_it_ends_the_process_with_all_that_runs_in_it() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <parallelGateway id="fork"/> <userTask id="a"/> <userTask id="b"/>
        <subProcess id="sub"> <userTask id="i"/> </subProcess>
        <endEvent id="stop">{TERMINATE}</endEvent>
        s -> fork -> a -> stop
        fork -> b
        fork -> sub
        """,
        n=1,
    )
    drive.complete("a")
    assert drive.ended
    assert drive.outcome.state == "completed"
    assert drive.variables == {"n": 1}


def test_in_a_sub_process_it_ends_that_one_and_the_parent_goes_on() -> None:
    drive = Drive(f"""
    <startEvent id="s"/> <userTask id="beside"/>
    <subProcess id="sub"> <userTask id="a"/> <userTask id="b"/>
      <endEvent id="stop">{TERMINATE}</endEvent>
      a -> stop
    </subProcess>
    <userTask id="after"/>
    s -> sub -> after
    s -> beside
    """)
    drive.complete("a")
    assert drive.at == ["after", "beside"]


def test_it_takes_what_waits_for_its_scope() -> None:
    drive = Drive(
        f"""
        <subProcess id="sub" triggeredByEvent="true">
          <startEvent id="c" isInterrupting="false">
            <messageEventDefinition messageRef="M"/></startEvent> <userTask id="h"/>
          c -> h
        </subProcess>
        <startEvent id="s"/> <userTask id="a"/> <endEvent id="stop">{TERMINATE}</endEvent>
        s -> a -> stop
        """,
        "<message id='M' name='m'/>",
    )
    drive.complete("c")
    drive.complete("a")
    assert drive.ended


def test_in_an_event_sub_process_it_ends_that_one_only() -> None:
    drive = Drive(
        f"""
        <subProcess id="sub" triggeredByEvent="true">
          <startEvent id="c" isInterrupting="false">
            <messageEventDefinition messageRef="M"/></startEvent> <userTask id="h"/>
          <userTask id="h2"/> <endEvent id="stop">{TERMINATE}</endEvent>
          c -> h -> stop
          c -> h2
        </subProcess>
        <startEvent id="s"/> <userTask id="a"/>
        s -> a
        """,
        "<message id='M' name='m'/>",
    )
    drive.complete("c")
    drive.complete("c")
    drive.complete("h")
    assert drive.at == ["a", "h", "h2", "sub"]
    drive.complete("c")
    assert drive.at == ["a", "h", "h", "h2", "h2", "sub", "sub"]


def test_what_is_behind_it_in_the_same_step_does_not_happen() -> None:
    drive = Drive(f"""
    <startEvent id="s"/> <parallelGateway id="fork"/> <userTask id="go"/>
    <endEvent id="stop">{TERMINATE}</endEvent> <task id="t1"/> <task id="t2"/>
    s -> go -> fork -> stop
    fork -> t1 -> t2
    """)
    drive.complete("go")
    assert drive.ended
    assert drive.entered("t2") == []


def test_it_leaves_no_escape_for_the_caller() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="a"/> <userTask id="b"/>
        <endEvent id="stop">{TERMINATE}</endEvent>
        s -> a -> stop
        s -> b
        """,
        called=True,
    )
    drive.complete("a")
    assert drive.outcome.state == "completed"
    assert drive.outcome.escaped == []


def test_with_another_definition_both_take_place() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="a"/> <userTask id="b"/>
        <endEvent id="stop"><signalEventDefinition signalRef="S"/>{TERMINATE}</endEvent>
        s -> a -> stop
        s -> b
        """,
        "<signal id='S' name='over'/>",
    )
    drive.complete("a")
    assert drive.ended
    assert [p.name for p in drive.published] == ["over"]
