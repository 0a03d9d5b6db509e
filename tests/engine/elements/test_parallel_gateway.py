"""Parallel gateway: a token of each incoming flow, one on each outgoing (BPMN 2.0.2 §13.4.1)."""

from __future__ import annotations

from engine.step import Cancelled, CancelToken, Modified, StartBefore
from tests.kit import Drive

FORK = """
<startEvent id="s"/> <parallelGateway id="fork"/> <parallelGateway id="join"/>
<userTask id="a"/> <userTask id="b"/> <userTask id="c"/> <endEvent id="e"/>
s -> fork -> a -> join -> e
fork -> b -> join
fork -> c -> join
"""


def test_a_fork_takes_every_flow() -> None:
    assert Drive(FORK).at == ["a", "b", "c"]


def test_a_join_waits_for_every_incoming_flow() -> None:
    drive = Drive(FORK)
    drive.complete("b")
    drive.complete("a")
    assert drive.at == ["c", "join", "join"]
    drive.complete("c")
    assert drive.ended
    assert drive.entered("e") == ["e"]
    assert sum(r.kind == "merged" for r in drive.records) == 2


def test_conditions_behind_it_are_ignored() -> None:
    drive = Drive("""
    <startEvent id="s"/> <parallelGateway id="fork"/> <userTask id="a"/> <userTask id="b"/>
    s -> fork
    fork -> a : false
    fork -> b : true
    """)
    assert drive.at == ["a", "b"]


TWICE = """
<startEvent id="s"/> <parallelGateway id="fork"/> <parallelGateway id="join"/>
<userTask id="a"/> <userTask id="b"/> <userTask id="c"/>
<exclusiveGateway id="x"/> <userTask id="after"/>
s -> fork -> a -> x -> join -> after
fork -> b -> x
fork -> c -> join
"""


def test_two_tokens_on_one_flow_are_two_activations() -> None:
    drive = Drive(TWICE)
    drive.complete("a")
    drive.complete("b")
    assert drive.at == ["c", "join", "join"]
    drive.complete("c")
    assert drive.at == ["after", "join"]
    drive.complete("after")
    assert drive.at == ["join"]
    assert not drive.ended


def test_of_two_tokens_on_one_flow_the_first_goes() -> None:
    drive = Drive(TWICE)
    drive.complete("a")
    first = next(t.id for t in drive.instance.tokens.values() if t.node == "join")
    drive.complete("b")
    drive.complete("c")
    gone = [r.token for r in drive.records if r.element == "join" and r.kind in ("left", "merged")]
    assert first in gone


def test_a_mixed_one_joins_first_and_then_splits() -> None:
    drive = Drive("""
    <startEvent id="s"/> <parallelGateway id="fork"/> <parallelGateway id="mixed"/>
    <userTask id="a"/> <userTask id="b"/> <userTask id="c"/> <userTask id="d"/>
    s -> fork -> a -> mixed -> c
    fork -> b -> mixed -> d
    """)
    drive.complete("a")
    assert drive.at == ["b", "mixed"]
    drive.complete("b")
    assert drive.at == ["c", "d"]


def test_a_branch_that_ended_elsewhere_leaves_it_waiting() -> None:
    drive = Drive("""
    <startEvent id="s"/> <parallelGateway id="fork"/> <parallelGateway id="join"/>
    <userTask id="a"/> <userTask id="b"/> <endEvent id="early"/> <endEvent id="e"/>
    <exclusiveGateway id="x" default="x-join"/>
    s -> fork -> a -> join -> e
    fork -> b -> x -> join
    x -> early : true
    """)
    drive.complete("b")
    drive.complete("a")
    assert drive.at == ["join"]
    assert drive.outcome.state == "active"


def test_a_loop_back_to_it_needs_its_other_flow_again() -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <parallelGateway id="join"/> <userTask id="a"/>
        <userTask id="other"/>
        s -> join -> a -> join
        """,
    )
    assert drive.at == ["join", "other"]


def test_a_cancelled_branch_leaves_the_others_at_the_join() -> None:
    drive = Drive(FORK)
    drive.complete("a")
    token = next(t.id for t in drive.instance.tokens.values() if t.node == "b")
    drive.give(Modified(instructions=(CancelToken(token=token),)))
    drive.complete("c")
    assert drive.at == ["join", "join"]
    drive.give(Cancelled())
    assert drive.ended


def test_a_token_put_there_by_hand_passes() -> None:
    drive = Drive(FORK)
    drive.complete("a")
    drive.give(Modified(instructions=(StartBefore(node="join"),)))
    assert drive.at == ["b", "c", "join"]
    assert drive.entered("e") == ["e"]


def test_a_token_put_there_by_hand_past_the_budget_is_no_arrival() -> None:
    """It came by no flow, so it does not stand for one."""
    drive = Drive(FORK)
    drive.complete("a")
    drive.budget = 0
    drive.give(Modified(instructions=(StartBefore(node="join"),)))
    drive.budget = 100
    drive.complete("b")
    assert drive.at == ["c", "join", "join", "join"]
    drive.go_on()
    drive.complete("c")
    assert drive.ended
    assert drive.entered("e") == ["e", "e"]
