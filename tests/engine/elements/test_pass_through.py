"""Abstract and manual tasks, none start events: they let a token pass (BPMN 2.0.2 §13.3.3)."""

from __future__ import annotations

import pytest

from engine.step import Cancelled
from tests.kit import Drive

LINE = """
<startEvent id="s"/> <{task} id="a"/> <userTask id="b"/> <endEvent id="e"/>
s -> a -> b -> e
"""


@pytest.mark.parametrize("task", ["task", "manualTask"])
def test_the_engine_neither_starts_nor_watches_it(task: str) -> None:
    drive = Drive(LINE.format(task=task))
    assert drive.at == ["b"]
    assert drive.entered() == ["s", "a", "b"]


def test_a_visit_is_told_with_the_flow_it_came_by() -> None:
    drive = Drive(LINE.format(task="task"))
    came = {r.element: r.detail for r in drive.records if r.kind == "entered"}
    assert came == {"s": None, "a": "s-a", "b": "a-b"}


def test_several_incoming_flows_do_not_synchronise() -> None:
    drive = Drive("""
    <startEvent id="s"/> <task id="a"/> <userTask id="b"/> <endEvent id="e"/>
    <parallelGateway id="fork"/>
    s -> fork -> a -> b -> e
    fork -> b
    """)
    assert drive.at == ["b", "b"]


def test_several_outgoing_flows_are_a_parallel_split() -> None:
    drive = Drive("""
    <startEvent id="s"/> <task id="a"/> <userTask id="b"/> <userTask id="c"/>
    s -> a -> b
    a -> c
    """)
    assert drive.at == ["b", "c"]


SPLIT = """
<startEvent id="s"/> <task id="a" default="a-d"/>
<userTask id="b"/> <userTask id="c"/> <userTask id="d"/> <userTask id="always"/>
s -> a -> always
a -> b : n > 1
a -> c : n > 2
a -> d
"""


@pytest.mark.parametrize(
    ("n", "at"),
    [(3, ["always", "b", "c"]), (2, ["always", "b"]), (1, ["always", "d"])],
)
def test_conditional_flows_split_inclusively_and_the_default_stands_in_for_them(
    n: int, at: list[str]
) -> None:
    assert Drive(SPLIT, n=n).at == at


def test_no_condition_and_no_default_is_an_incident_where_the_token_stands() -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <task id="a"/> <endEvent id="e"/>
        s -> a
        a -> e : n > 1
        """,
        n=0,
    )
    assert drive.at == ["a"]
    assert "'a'" in drive.incidents[0]
    drive.assign(n=2)
    drive.retry()
    assert drive.ended


def test_a_node_without_outgoing_flow_ends_its_token() -> None:
    drive = Drive("""
    <startEvent id="s"/> <task id="a"/>
    s -> a
    """)
    assert drive.outcome.state == "completed"


def test_nodes_without_incoming_flow_start_together() -> None:
    drive = Drive("""
    <userTask id="a"/> <userTask id="b"/> <startEvent id="s"/> <userTask id="c"/>
    s -> c
    """)
    assert drive.at == ["a", "b", "c"]


def test_cancelling_the_instance_takes_every_token() -> None:
    drive = Drive(LINE.format(task="task"))
    drive.give(Cancelled(reason="no more"))
    assert drive.ended
    assert (drive.outcome.state, drive.outcome.reason) == ("cancelled", "no more")
