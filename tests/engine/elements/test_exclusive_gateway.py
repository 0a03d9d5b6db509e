"""Exclusive gateway: the first flow whose condition holds (BPMN 2.0.2 §13.4.2)."""

from __future__ import annotations

import pytest

from engine.step import Modified, StartBefore
from tests.kit import Drive

CHOICE = """
<startEvent id="s"/> <exclusiveGateway id="x" {default}/>
<userTask id="a"/> <userTask id="b"/> <userTask id="c"/>
s -> x
x -> a : n > 10
x -> b : n > 5
x -> c{last}
"""


@pytest.mark.parametrize(("n", "at"), [(11, "a"), (6, "b"), (1, "c")])
def test_conditions_are_asked_in_document_order_and_the_first_true_one_wins(
    n: int, at: str
) -> None:
    assert Drive(CHOICE.format(default='default="x-c"', last=""), n=n).at == [at]


def test_the_default_is_taken_last_wherever_it_stands() -> None:
    xml = CHOICE.format(default='default="x-a"', last=" : n > 2")
    assert Drive(xml, n=20).at == ["b"]
    assert Drive(xml, n=0).at == ["a"]


def test_a_flow_without_condition_holds_where_it_stands() -> None:
    drive = Drive("""
    <startEvent id="s"/> <exclusiveGateway id="x"/> <userTask id="a"/> <userTask id="b"/>
    s -> x -> a
    x -> b : true
    """)
    assert drive.at == ["a"]


def test_a_missing_variable_counts_as_not_holding() -> None:
    assert Drive(CHOICE.format(default='default="x-c"', last="")).at == ["c"]


def test_no_way_out_is_an_incident_at_the_gateway_and_retry_asks_again() -> None:
    drive = Drive(CHOICE.format(default="", last=" : n > 2"), n=0)
    assert drive.at == ["x"]
    (message,) = drive.incidents
    assert "exclusive gateway 'x'" in message
    assert "n > 5" in message
    drive.retry()
    assert drive.at == ["x"]
    assert len(drive.incidents) == 1
    drive.assign(n=7)
    drive.retry()
    assert drive.at == ["b"]
    assert not drive.incidents


def test_an_incident_leaves_the_siblings_alone() -> None:
    drive = Drive("""
    <startEvent id="s"/> <parallelGateway id="fork"/> <exclusiveGateway id="x"/>
    <userTask id="a"/> <userTask id="b"/> <parallelGateway id="join"/> <endEvent id="e"/>
    s -> fork -> x
    x -> a : n > 1
    fork -> b -> join -> e
    a -> join
    """)
    assert drive.at == ["b", "x"]
    drive.complete("b")
    assert drive.at == ["join", "x"]
    drive.assign(n=2)
    drive.retry()
    drive.complete("a")
    assert drive.ended


def test_it_does_not_synchronise() -> None:
    drive = Drive("""
    <startEvent id="s"/> <parallelGateway id="fork"/> <exclusiveGateway id="x"/>
    <userTask id="a"/>
    s -> fork -> x -> a
    <sequenceFlow id="second" sourceRef="fork" targetRef="x"/>
    """)
    assert drive.at == ["a", "a"]


def test_a_parked_token_can_be_moved_past_it_by_hand() -> None:
    drive = Drive(CHOICE.format(default="", last=" : n > 2"), n=0)
    drive.give(Modified(instructions=(StartBefore(node="c"),)))
    assert drive.at == ["c", "x"]
