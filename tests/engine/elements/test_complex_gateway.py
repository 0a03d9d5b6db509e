"""Complex gateway: starts when its condition holds, then waits for the rest (§13.4.5)."""

from __future__ import annotations

from typing import Any

import pytest

from engine.step import Cancelled, CancelNode, Modified
from tests.kit import Drive

GATHER = """
<startEvent id="s"/> <parallelGateway id="fork"/> <userTask id="a"/> <userTask id="b"/>
<userTask id="c"/> <complexGateway id="x" {attributes}>{condition}</complexGateway>
<userTask id="after"/> {more}
s -> fork -> a -> x -> after
fork -> b -> x
fork -> c -> x
"""


def gather(condition: str = "", attributes: str = "", more: str = "", **variables: Any) -> Drive:
    if condition:
        condition = f"<activationCondition><![CDATA[{condition}]]></activationCondition>"
    return Drive(GATHER.format(condition=condition, attributes=attributes, more=more), **variables)


def test_it_starts_when_its_condition_holds_and_swallows_the_rest() -> None:
    drive = gather("activationCount >= 2")
    drive.complete("a")
    assert drive.at == ["b", "c", "x"]
    drive.complete("b")
    assert drive.at == ["after", "c"]
    drive.complete("c")
    assert drive.at == ["after"]
    drive.complete("after")
    assert drive.ended


def test_the_first_of_several_is_a_discriminator() -> None:
    drive = gather("activationCount >= 1")
    drive.complete("b")
    assert drive.at == ["a", "after", "c"]
    drive.complete("a")
    drive.complete("c")
    assert drive.at == ["after"]
    assert drive.entered("after") == ["after"]


def test_without_a_condition_it_gathers_all_that_can_come() -> None:
    drive = gather()
    drive.complete("a")
    drive.complete("b")
    assert drive.at == ["c", "x", "x"]
    drive.complete("c")
    assert drive.at == ["after"]


def test_its_condition_sees_the_count_of_each_flow() -> None:
    drive = Drive("""
    <startEvent id="s"/> <parallelGateway id="fork"/> <userTask id="a"/> <userTask id="b"/>
    <complexGateway id="x"><activationCondition>fb = 1</activationCondition></complexGateway>
    <userTask id="after"/>
    s -> fork -> a -> x -> after
    fork -> b
    <sequenceFlow id="fb" sourceRef="b" targetRef="x"/>
    """)
    drive.complete("a")
    assert drive.at == ["b", "x"]
    drive.complete("b")
    assert drive.at == ["after"]


def test_the_reset_phase_ends_when_no_other_token_can_come() -> None:
    drive = gather("activationCount >= 2")
    drive.complete("a")
    drive.complete("b")
    drive.give(Modified(instructions=(CancelNode(node="c"),)))
    drive.complete("after")
    assert drive.ended


def test_in_the_reset_phase_it_takes_what_its_conditions_say() -> None:
    drive = Drive("""
    <startEvent id="s"/> <parallelGateway id="fork"/> <userTask id="a"/> <userTask id="b"/>
    <complexGateway id="x"><activationCondition>activationCount >= 1</activationCondition>
    </complexGateway> <userTask id="first"/> <userTask id="rest"/>
    s -> fork -> a -> x
    fork -> b -> x
    x -> first : waitingForStart
    x -> rest : not(waitingForStart)
    """)
    drive.complete("a")
    assert drive.at == ["b", "first"]
    drive.complete("b")
    assert drive.at == ["first", "rest"]


AWAY = """
<startEvent id="s"/> <exclusiveGateway id="m"/> <parallelGateway id="fork"/>
<userTask id="a"/> <userTask id="b"/> <exclusiveGateway id="y" default="y-x"/>
<complexGateway id="x"><activationCondition>activationCount >= 1</activationCondition>
</complexGateway> <userTask id="after"/> <endEvent id="away"/> {more}
s -> m -> fork -> a -> x -> after{first}
fork -> b -> y -> x
y -> away : leaves
"""


def test_its_reset_ends_when_the_missing_branch_ended_elsewhere() -> None:
    drive = Drive(AWAY.format(more="\nafter -> m", first=""))
    drive.complete("a")
    drive.complete("b", leaves=True)
    assert drive.at == ["after"]
    drive.complete("after")
    assert drive.at == ["a", "b"]
    drive.complete("a")
    assert drive.at == ["after", "b"], "it starts again"
    drive.complete("b", leaves=False)
    assert drive.at == ["after"]


def test_a_reset_that_no_token_came_for_takes_what_its_conditions_say() -> None:
    more = '<userTask id="rest"/>\nx -> rest : not(waitingForStart)'
    xml = AWAY.format(more=more, first=" : waitingForStart")
    drive = Drive(xml.replace("-> x -> after", "-> x\nx -> after"))
    drive.complete("a")
    drive.complete("after")
    assert drive.at == ["b"]
    drive.complete("b", leaves=True)
    assert drive.at == ["rest"]


@pytest.mark.parametrize("is_last", [False, True])
def test_a_reset_whose_conditions_fail_is_an_incident_of_its_scope(is_last: bool) -> None:
    more = '<userTask id="rest"/>\nx -> rest : ${!waitingForStart && gone > 1}'
    drive = Drive(AWAY.format(more=more, first=""))
    drive.complete("a")
    if is_last:
        drive.complete("after")
    drive.complete("b", leaves=True)
    assert "gone" in drive.incidents[0]
    assert not drive.ended
    drive.assign(gone=2)
    drive.retry()
    assert drive.at == (["rest"] if is_last else ["after", "rest"])


def test_it_can_start_again_after_its_reset() -> None:
    drive = Drive("""
    <startEvent id="s"/> <exclusiveGateway id="m"/> <parallelGateway id="fork"/>
    <userTask id="a"/> <userTask id="b"/> <complexGateway id="x"><activationCondition>
    activationCount >= 1</activationCondition></complexGateway>
    <userTask id="after"/> <exclusiveGateway id="y" default="y-e"/> <endEvent id="e"/>
    s -> m -> fork -> a -> x -> after -> y -> e
    fork -> b -> x
    y -> m : again
    """)
    drive.complete("a")
    drive.complete("b")
    drive.complete("after", again=True)
    assert drive.at == ["a", "b"]
    drive.complete("b")
    assert drive.at == ["a", "after"]
    drive.complete("a")
    drive.complete("after", again=False)
    assert drive.ended


@pytest.mark.parametrize("n", [1, 3])
def test_as_a_split_it_takes_every_flow_that_holds_or_the_default(n: int) -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <complexGateway id="x" default="x-c"/> <userTask id="a"/>
        <userTask id="b"/> <userTask id="c"/>
        s -> x
        x -> a : n > 1
        x -> b : n > 2
        x -> c
        """,
        n=n,
    )
    assert drive.at == (["a", "b"] if n == 3 else ["c"])


def test_no_way_out_is_an_incident_and_retry_asks_again() -> None:
    drive = Drive("""
    <startEvent id="s"/> <complexGateway id="x"/> <userTask id="a"/>
    s -> x
    x -> a : ok
    """)
    assert drive.at == ["x"]
    assert "'x'" in drive.incidents[0]
    drive.assign(ok=True)
    drive.retry()
    assert drive.at == ["a"]


def test_cancelling_takes_what_waits_and_its_phase() -> None:
    drive = gather("activationCount >= 2")
    drive.complete("a")
    drive.complete("b")
    drive.give(Cancelled())
    assert drive.ended
