"""Link event: a sequence flow cut in two (BPMN 2.0.2 §10.5.5)."""

from __future__ import annotations

import pytest

from engine.program import NotExecutable
from engine.step import Cancelled
from tests.kit import Drive

LINK = """
<startEvent id="s"/> <parallelGateway id="fork"/> <userTask id="a"/> <userTask id="b"/>
<intermediateThrowEvent id="t1"><linkEventDefinition id="l1" name="over"/></intermediateThrowEvent>
<intermediateThrowEvent id="t2"><linkEventDefinition id="l2" name="over"/></intermediateThrowEvent>
<intermediateCatchEvent id="c"><linkEventDefinition id="l3" name="over"/></intermediateCatchEvent>
<intermediateCatchEvent id="o"><linkEventDefinition id="l4" name="other"/></intermediateCatchEvent>
<userTask id="after"/>
s -> fork -> a -> t1
fork -> b -> t2
c -> after
o -> after
"""


def test_several_throws_lead_to_the_one_catch_of_their_name() -> None:
    drive = Drive(LINK)
    assert drive.at == ["a", "b"]
    drive.complete("a")
    assert drive.at == ["after", "b"]
    drive.complete("b")
    assert drive.at == ["after", "after"]
    assert drive.entered("o") == []


def test_a_catch_is_no_place_to_start() -> None:
    assert "c" not in Drive(LINK).entered()


def test_cancelling_takes_what_came_over() -> None:
    drive = Drive(LINK)
    drive.complete("a")
    drive.give(Cancelled())
    assert drive.ended


def test_a_throw_without_a_catch_is_refused() -> None:
    with pytest.raises(NotExecutable, match="no link catch event 'over'"):
        Drive("""
        <startEvent id="s"/>
        <intermediateThrowEvent id="t"><linkEventDefinition id="l" name="over"/>
        </intermediateThrowEvent>
        s -> t
        """)


def test_it_stays_in_its_container() -> None:
    with pytest.raises(NotExecutable, match="no link catch event 'over' in its container"):
        Drive("""
        <startEvent id="s"/>
        <subProcess id="sub"> <startEvent id="s2"/>
          <intermediateThrowEvent id="t"><linkEventDefinition id="l1" name="over"/>
          </intermediateThrowEvent>
          s2 -> t
        </subProcess>
        <intermediateCatchEvent id="c"><linkEventDefinition id="l2" name="over"/>
        </intermediateCatchEvent> <userTask id="a"/>
        s -> sub
        c -> a
        """)


def test_an_inclusive_join_knows_the_way_over_it() -> None:
    drive = Drive("""
    <startEvent id="s"/> <parallelGateway id="fork"/> <userTask id="a"/> <userTask id="b"/>
    <intermediateThrowEvent id="t"><linkEventDefinition id="l1" name="over"/>
    </intermediateThrowEvent>
    <intermediateCatchEvent id="c"><linkEventDefinition id="l2" name="over"/>
    </intermediateCatchEvent>
    <inclusiveGateway id="join"/> <userTask id="after"/>
    s -> fork -> a -> join -> after
    fork -> b -> t
    c -> join
    """)
    drive.complete("a")
    assert drive.at == ["b", "join"]
    drive.complete("b")
    assert drive.at == ["after"]


def test_it_can_lead_back() -> None:
    drive = Drive("""
    <startEvent id="s"/> <exclusiveGateway id="m"/> <userTask id="a"/>
    <exclusiveGateway id="x" default="x-e"/> <endEvent id="e"/>
    <intermediateThrowEvent id="t"><linkEventDefinition id="l1" name="back"/>
    </intermediateThrowEvent>
    <intermediateCatchEvent id="c"><linkEventDefinition id="l2" name="back"/>
    </intermediateCatchEvent>
    s -> m -> a -> x -> e
    x -> t : again
    c -> m
    """)
    drive.complete("a", again=True)
    assert drive.at == ["a"]
    drive.complete("a", again=False)
    assert drive.ended
