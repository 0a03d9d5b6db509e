"""Signal event: everyone hears it who listens now (BPMN 2.0.2 §10.5.5)."""

from __future__ import annotations

import pytest

from tests.kit import Drive

ROOTS = "<signal id='S' name='alarm'/><signal id='T' name='other'/>"
SIGNAL = "<signalEventDefinition signalRef='S'/>"


def test_everyone_in_the_instance_hears_it_in_the_same_step() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <parallelGateway id="fork"/> <userTask id="go"/>
        <intermediateCatchEvent id="c1">{SIGNAL}</intermediateCatchEvent>
        <intermediateCatchEvent id="c2">{SIGNAL}</intermediateCatchEvent>
        <intermediateCatchEvent id="o"><signalEventDefinition signalRef="T"/>
        </intermediateCatchEvent>
        <intermediateThrowEvent id="t">{SIGNAL}</intermediateThrowEvent>
        <userTask id="a"/> <userTask id="b"/> <userTask id="after"/>
        s -> fork -> c1 -> a
        fork -> c2 -> b
        fork -> o
        fork -> go -> t -> after
        """,
        ROOTS,
    )
    drive.complete("go")
    assert drive.at == ["a", "after", "b", "o"]
    assert [(p.kind, p.name) for p in drive.published] == [("signal", "alarm")]


@pytest.mark.parametrize(
    "order", ["fork -> t -> after\nfork -> c -> a", "fork -> c -> a\nfork -> t -> after"]
)
def test_a_catch_armed_in_the_same_step_hears_it(order: str) -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <parallelGateway id="fork"/>
        <intermediateCatchEvent id="c">{SIGNAL}</intermediateCatchEvent>
        <intermediateThrowEvent id="t">{SIGNAL}</intermediateThrowEvent>
        <userTask id="a"/> <userTask id="after"/>
        s -> fork
        {order}
        """,
        ROOTS,
    )
    assert drive.at == ["a", "after"]


def test_a_catch_behind_the_throw_does_not_hear_it() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <intermediateThrowEvent id="t">{SIGNAL}</intermediateThrowEvent>
        <intermediateCatchEvent id="c">{SIGNAL}</intermediateCatchEvent>
        s -> t -> c
        """,
        ROOTS,
    )
    assert drive.at == ["c"]


def test_an_interruption_comes_before_the_thrower_moves_on() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="b"/>
        <subProcess id="sub"> <userTask id="a"/>
          <intermediateThrowEvent id="t">{SIGNAL}</intermediateThrowEvent> <userTask id="after"/>
          a -> t -> after
        </subProcess>
        <boundaryEvent id="c" attachedToRef="sub">{SIGNAL}</boundaryEvent>
        s -> sub
        c -> b
        """,
        ROOTS,
    )
    drive.complete("a")
    assert drive.at == ["b"]
    assert drive.entered("after") == []


def test_a_non_interrupting_boundary_lets_the_thrower_go_on() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="b"/>
        <subProcess id="sub"> <intermediateThrowEvent id="t">{SIGNAL}</intermediateThrowEvent>
          <userTask id="after"/>
          t -> after
        </subProcess>
        <boundaryEvent id="c" attachedToRef="sub" cancelActivity="false">{SIGNAL}</boundaryEvent>
        s -> sub
        c -> b
        """,
        ROOTS,
    )
    assert drive.at == ["after", "b", "sub"]


@pytest.mark.parametrize(
    ("interrupting", "at"), [("true", ["b", "sub"]), ("false", ["after", "b", "sub"])]
)
def test_an_event_sub_process_hears_what_its_own_scope_throws(
    interrupting: str, at: list[str]
) -> None:
    drive = Drive(
        f"""
        <subProcess id="sub" triggeredByEvent="true">
          <startEvent id="c" isInterrupting="{interrupting}">{SIGNAL}</startEvent>
          <userTask id="b"/>
          c -> b
        </subProcess>
        <startEvent id="s"/> <intermediateThrowEvent id="t">{SIGNAL}</intermediateThrowEvent>
        <userTask id="after"/>
        s -> t -> after
        """,
        ROOTS,
    )
    assert drive.at == at


def test_it_carries_its_inputs_to_all_who_hear_it() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <parallelGateway id="fork"/>
        <intermediateCatchEvent id="c">{SIGNAL}</intermediateCatchEvent>
        <intermediateThrowEvent id="t"><extensionElements>
          <k:input source="=n + 1" target="x"/></extensionElements>{SIGNAL}
        </intermediateThrowEvent> <userTask id="a"/>
        s -> fork -> c -> a
        fork -> t
        """,
        ROOTS,
        n=1,
    )
    assert drive.variables == {"n": 1, "x": 2}


def test_its_name_is_evaluated_when_it_is_armed_and_when_it_is_thrown() -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <intermediateCatchEvent id="c">
          <signalEventDefinition signalRef="S"/></intermediateCatchEvent> <endEvent id="e"/>
        s -> c -> e
        """,
        "<signal id='S' name='=&quot;alarm-&quot; + floor'/>",
        floor="2",
    )
    assert drive.waiting("c").trigger.name == "alarm-2"


def test_a_signal_nobody_hears_is_fine() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <endEvent id="t">{SIGNAL}</endEvent>
        s -> t
        """,
        ROOTS,
    )
    assert drive.ended
    assert [p.name for p in drive.published] == ["alarm"]


def test_one_that_hears_it_may_take_another_listener_away() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <parallelGateway id="fork"/> <userTask id="b"/>
        <subProcess id="sub">
          <intermediateCatchEvent id="inner">{SIGNAL}</intermediateCatchEvent> <userTask id="a"/>
          inner -> a
        </subProcess>
        <boundaryEvent id="c" attachedToRef="sub">{SIGNAL}</boundaryEvent>
        <userTask id="go"/> <endEvent id="t">{SIGNAL}</endEvent>
        s -> fork -> sub
        fork -> go -> t
        c -> b
        """,
        ROOTS,
    )
    drive.complete("go")
    assert drive.at == ["b"]


def test_a_throw_whose_name_is_no_text_still_names_its_place() -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <endEvent id="t"><signalEventDefinition signalRef="S"/></endEvent>
        s -> t
        """,
        "<signal id='S' name='=missing'/>",
    )
    assert drive.at == ["t"]
    assert "signal" in drive.incidents[0]
    drive.assign(missing="x")
    drive.retry()
    assert [p.name for p in drive.published] == ["x"]
