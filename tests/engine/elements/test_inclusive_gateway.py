"""Inclusive gateway: every token that can still come (BPMN 2.0.2 §13.4.3)."""

from __future__ import annotations

import pytest

from engine.step import CancelToken, Modified
from tests.kit import Drive

SPLIT = """
<startEvent id="s"/> <inclusiveGateway id="split" default="split-c"/>
<inclusiveGateway id="join"/> <userTask id="a"/> <userTask id="b"/> <userTask id="c"/>
<userTask id="after"/>
s -> split
split -> a : n > 1
split -> b : n > 2
split -> c
a -> join -> after
b -> join
c -> join
"""


@pytest.mark.parametrize(("n", "at"), [(3, ["a", "b"]), (2, ["a"]), (1, ["c"])])
def test_every_flow_that_holds_is_taken_and_otherwise_the_default(n: int, at: list[str]) -> None:
    assert Drive(SPLIT, n=n).at == at


def test_the_join_waits_for_those_that_can_come_and_for_no_others() -> None:
    drive = Drive(SPLIT, n=3)
    drive.complete("a")
    assert drive.at == ["b", "join"]
    drive.complete("b")
    assert drive.at == ["after"]
    assert Drive(SPLIT, n=2).at == ["a"]


def test_a_single_branch_passes_at_once() -> None:
    drive = Drive(SPLIT, n=2)
    drive.complete("a")
    assert drive.at == ["after"]


def test_no_way_out_is_an_incident_and_retry_asks_again() -> None:
    drive = Drive("""
    <startEvent id="s"/> <inclusiveGateway id="split"/> <userTask id="a"/> <userTask id="b"/>
    s -> split
    split -> a : n > 1
    split -> b : n > 2
    """)
    assert drive.at == ["split"]
    assert "'split'" in drive.incidents[0]
    drive.assign(n=3)
    drive.retry()
    assert drive.at == ["a", "b"]


def test_a_join_without_a_way_out_keeps_its_tokens_and_retries_as_one() -> None:
    drive = Drive("""
    <startEvent id="s"/> <parallelGateway id="fork"/> <inclusiveGateway id="join"/>
    <userTask id="a"/> <userTask id="b"/> <userTask id="c"/>
    s -> fork -> a -> join
    fork -> b -> join
    join -> c : ok
    """)
    drive.complete("a")
    drive.complete("b")
    assert drive.at == ["join", "join"]
    assert len(drive.incidents) == 1
    drive.assign(ok=True)
    assert drive.at == ["join", "join"]
    drive.retry()
    assert drive.at == ["c"]


ENDED = """
<startEvent id="s"/> <inclusiveGateway id="split"/> <inclusiveGateway id="join"/>
<userTask id="a"/> <userTask id="b"/> <exclusiveGateway id="x" default="x-join"/>
<endEvent id="early"/> <userTask id="after"/>
s -> split
split -> a : true
split -> b : true
a -> join -> after
b -> x -> join
x -> early : stop
"""


def test_a_branch_that_ends_elsewhere_releases_the_join() -> None:
    drive = Drive(ENDED, stop=True)
    drive.complete("a")
    assert drive.at == ["b", "join"]
    drive.complete("b")
    assert drive.at == ["after"]


def test_a_branch_cancelled_by_hand_releases_the_join() -> None:
    drive = Drive(ENDED)
    drive.complete("a")
    token = next(t.id for t in drive.instance.tokens.values() if t.node == "b")
    drive.give(Modified(instructions=(CancelToken(token=token),)))
    assert drive.at == ["after"]


INTERRUPTED = """
<startEvent id="s"/> <parallelGateway id="split"/> <inclusiveGateway id="join"/>
<userTask id="a"/> <subProcess id="b"> <userTask id="inner"/> </subProcess>
<boundaryEvent id="oops" attachedToRef="b"><errorEventDefinition/></boundaryEvent>
<userTask id="mend"/> <endEvent id="e"/> <userTask id="after"/>
s -> split -> a -> join -> after
split -> b -> join
oops -> mend -> {to}
"""


def test_a_branch_taken_by_an_error_releases_the_join() -> None:
    drive = Drive(INTERRUPTED.format(to="e"))
    drive.complete("a")
    assert drive.at == ["b", "inner", "join"]
    drive.fail("inner", "E")
    assert drive.at == ["after", "mend"]


def test_a_boundary_event_that_leads_to_the_join_is_a_way_to_it() -> None:
    drive = Drive(INTERRUPTED.format(to="join"))
    drive.complete("a")
    drive.fail("inner", "E")
    assert drive.at == ["join", "mend"]
    drive.complete("mend")
    assert drive.at == ["after"]


def test_a_non_interrupting_boundary_event_keeps_the_join_waiting_for_its_host_and_itself() -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <parallelGateway id="split"/> <inclusiveGateway id="join"/>
        <userTask id="a"/> <userTask id="b"/> <userTask id="extra"/> <userTask id="after"/>
        <boundaryEvent id="ring" attachedToRef="b" cancelActivity="false">
          <messageEventDefinition messageRef="M"/>
        </boundaryEvent>
        s -> split -> a -> join -> after
        split -> b -> join
        ring -> extra -> join
        """,
        roots="<message id='M' name='ring'/>",
    )
    drive.complete("a")
    drive.complete("ring")
    drive.complete("b")
    assert drive.at == ["extra", "join", "join"]
    drive.complete("extra")
    assert drive.at == ["after"]


def test_a_token_that_can_come_to_a_full_flow_as_well_is_not_waited_for() -> None:
    """By its way back, `b` leads to the flow that has a token already (§13.4.3)."""
    drive = Drive("""
    <startEvent id="s"/> <exclusiveGateway id="merge"/> <inclusiveGateway id="split"/>
    <inclusiveGateway id="join"/> <userTask id="a"/> <userTask id="b"/>
    <exclusiveGateway id="x" default="x-join"/> <userTask id="after"/>
    s -> merge -> split
    split -> a : true
    split -> b : again = null
    a -> join -> after
    b -> x -> join
    x -> merge : again
    """)
    drive.complete("a")
    assert drive.at == ["after", "b"]
    drive.complete("b", again=True)
    assert drive.at == ["a", "after"]


def test_a_loop_back_to_the_split_is_a_way_to_the_join() -> None:
    drive = Drive("""
    <startEvent id="s"/> <exclusiveGateway id="merge"/> <inclusiveGateway id="split"/>
    <inclusiveGateway id="join"/> <userTask id="a"/> <userTask id="b"/>
    <exclusiveGateway id="x" default="x-merge"/> <userTask id="after"/>
    s -> split
    split -> a : true
    split -> merge : true
    merge -> b -> x -> merge
    x -> join : done
    a -> join -> after
    """)
    drive.complete("a")
    assert drive.at == ["b", "join"]
    drive.complete("b")
    assert drive.at == ["b", "join"]
    drive.complete("b", done=True)
    assert drive.at == ["after"]


def test_a_loop_around_the_join_itself_does_not_keep_it_waiting() -> None:
    drive = Drive("""
    <startEvent id="s"/> <inclusiveGateway id="join"/> <userTask id="a"/>
    <exclusiveGateway id="x" default="x-e"/> <endEvent id="e"/>
    s -> join -> a -> x -> e
    x -> join : again
    """)
    assert drive.at == ["a"]
    drive.complete("a", again=True)
    assert drive.at == ["a"]
    drive.complete("a", again=False)
    assert drive.ended


def test_nested_ones_join_inside_out() -> None:
    drive = Drive("""
    <startEvent id="s"/> <inclusiveGateway id="o1"/> <inclusiveGateway id="o2"/>
    <inclusiveGateway id="i1"/> <inclusiveGateway id="i2"/>
    <userTask id="a"/> <userTask id="b"/> <userTask id="c"/> <userTask id="after"/>
    s -> o1
    o1 -> a : true
    o1 -> i1 : true
    i1 -> b : true
    i1 -> c : true
    b -> i2
    c -> i2
    i2 -> o2 -> after
    a -> o2
    """)
    drive.complete("a")
    drive.complete("c")
    assert drive.at == ["b", "i2", "o2"]
    drive.complete("b")
    assert drive.at == ["after"]


def test_two_joins_that_wait_for_each_other_go_when_both_hold_a_token() -> None:
    """A token that can come to a flow which already has one is not waited for (§13.4.3)."""
    drive = Drive("""
    <startEvent id="s"/> <parallelGateway id="fork"/> <userTask id="a"/> <userTask id="b"/>
    <inclusiveGateway id="j1"/> <inclusiveGateway id="j2"/>
    <exclusiveGateway id="x1" default="x1-e"/> <exclusiveGateway id="x2" default="x2-e"/>
    <endEvent id="e"/>
    s -> fork -> a -> j1 -> x1 -> e
    fork -> b -> j2 -> x2 -> e
    x1 -> j2 : false
    x2 -> j1 : false
    """)
    drive.complete("a")
    assert drive.at == ["b", "j1"]
    drive.complete("b")
    assert drive.outcome.state in ("active", "completed")


def test_what_runs_in_an_event_sub_process_is_no_way_to_a_join_outside_it() -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <parallelGateway id="fork"/> <inclusiveGateway id="join"/>
        <userTask id="a"/> <userTask id="b"/> <userTask id="after"/>
        <subProcess id="help" triggeredByEvent="true">
          <startEvent id="call" isInterrupting="false">
            <messageEventDefinition messageRef="M"/></startEvent>
          <userTask id="answer"/>
          call -> answer
        </subProcess>
        s -> fork -> a -> join -> after
        fork -> b -> join
        """,
        roots="<message id='M' name='call'/>",
    )
    drive.complete("call")
    drive.complete("a")
    drive.complete("b")
    assert drive.at == ["after", "answer", "help"]


def test_one_without_outgoing_flow_ends_every_activation() -> None:
    drive = Drive("""
    <startEvent id="s"/> <parallelGateway id="fork"/> <exclusiveGateway id="m1"/>
    <exclusiveGateway id="m2"/> <inclusiveGateway id="join"/>
    <userTask id="a"/> <userTask id="b"/> <userTask id="c"/> <userTask id="d"/>
    s -> fork -> a -> m1 -> join
    fork -> b -> m1
    fork -> c -> m2 -> join
    fork -> d -> m2
    """)
    for task in "abcd":
        drive.complete(task)
    assert drive.ended


def test_inclusive_gateways_that_only_lead_to_each_other_stop_at_the_budget() -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <inclusiveGateway id="j1"/> <inclusiveGateway id="j2"/>
        <sequenceFlow id="second" sourceRef="j1" targetRef="j2"/>
        s -> j1 -> j2 -> j1
        """,
        budget=50,
    )
    assert drive.subscriptions("continue")
    assert drive.outcome.state == "active"
