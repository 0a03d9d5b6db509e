"""User task: work for a person (BPMN 2.0.2 §10.3.4)."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import ExecutionError, Stale
from engine.step import Cancelled, Happened
from tests.kit import Drive

TASK = """
<startEvent id="s"/> <userTask id="a" name="Approve" {attributes}>{inside}</userTask>
<endEvent id="e"/>
s -> a -> e
"""


def task(attributes: str = "", inside: str = "", **variables: Any) -> Drive:
    return Drive(TASK.format(attributes=attributes, inside=inside), **variables)


def test_it_waits_until_it_is_done() -> None:
    drive = task()
    (waiting,) = drive.subscriptions("user_task")
    assert (waiting.catcher, waiting.trigger.name) == ("a", "Approve")
    drive.complete("a", approved=True)
    assert drive.ended
    assert drive.variables == {"approved": True}


def test_its_people_are_found_when_a_token_comes() -> None:
    drive = task('k:assignee="=boss" k:candidateGroups="=groups"', boss="ann", groups=["a", "b"])
    details = drive.subscriptions("user_task")[0].trigger.details
    assert details == {"assignee": "ann", "candidate_groups": ["a", "b"]}


def test_names_may_stand_with_commas() -> None:
    drive = task('k:candidateUsers="ann, bob ,"')
    details = drive.subscriptions("user_task")[0].trigger.details
    assert details["candidate_users"] == ["ann", "bob"]


def test_the_same_answer_twice_is_stale_and_changes_nothing() -> None:
    drive = Drive("""
    <startEvent id="s"/> <userTask id="a"/> <userTask id="b"/>
    s -> a -> b
    """)
    done = Happened(subscription=drive.waiting("a").id)
    drive.give(done)
    with pytest.raises(Stale):
        drive.give(done)
    assert drive.at == ["b"]


def test_cancelling_withdraws_it() -> None:
    drive = task()
    drive.give(Cancelled())
    assert not drive.instance.subscriptions


INPUT = '<extensionElements><k:input source="=n + 1" target="x"/></extensionElements>'
BOTH = """<extensionElements><k:input source="=n + 1" target="x"/>
<k:output source="=x * 2 + given" target="y"/></extensionElements>"""


def test_inputs_are_its_own_and_gone_when_it_is_done() -> None:
    drive = task(inside=INPUT, n=1)
    assert drive.variables == {"n": 1}
    own = [s.variables for s in drive.instance.scopes.values() if s.kind == "activity"]
    assert own == [{"x": 2}]
    drive.complete("a", z=1)
    assert drive.variables == {"n": 1, "z": 1}


def test_outputs_alone_come_out_where_there_are_some() -> None:
    drive = task(inside=BOTH, n=1)
    drive.complete("a", given=10)
    assert drive.variables == {"n": 1, "y": 14}


def test_an_output_that_cannot_be_computed_leaves_the_task_waiting() -> None:
    """The input itself cannot be applied, so nothing has happened, and it can be given again."""
    drive = Drive("""
    <startEvent id="s"/> <userTask id="a"/> <endEvent id="e"/>
    s -> a
    a -> e : ok
    """)
    with pytest.raises(ExecutionError, match="'a'"):
        drive.complete("a")
    assert drive.at == ["a"]
    drive.complete("a", ok=True)
    assert drive.ended


def test_an_error_thrown_at_it_goes_to_its_boundary() -> None:
    drive = Drive("""
    <startEvent id="s"/> <userTask id="a"/> <userTask id="mend"/>
    <boundaryEvent id="oops" attachedToRef="a"><errorEventDefinition/></boundaryEvent>
    s -> a
    oops -> mend
    """)
    drive.fail("a", "E", reason="broken")
    assert drive.at == ["mend"]
    assert drive.variables == {"reason": "broken"}
