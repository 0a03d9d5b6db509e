"""The verbs: what all activities share, and where a move that cannot be made is parked."""

from __future__ import annotations

import pytest

from engine.errors import ExecutionError
from engine.step import Cancelled, Happened
from tests.kit import NOON, Drive

# A transaction of its own before and after

ASYNC = """
<startEvent id="s"/> <userTask id="a" {attributes}>{inside}</userTask> <userTask id="late"/>
<boundaryEvent id="t" attachedToRef="a"><timerEventDefinition>
  <timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
<userTask id="after"/>
s -> a -> after
t -> late
"""


def kinds(drive: Drive) -> list[str]:
    return sorted(s.trigger.kind for s in drive.instance.subscriptions.values())


def test_before_its_own_transaction_an_activity_has_nothing_but_that_wait() -> None:
    drive = Drive(ASYNC.format(attributes='k:asyncBefore="true"', inside=""))
    assert kinds(drive) == ["continue"]
    assert drive.subscriptions("continue")[0].trigger.due == NOON
    drive.go_on()
    assert kinds(drive) == ["timer", "user_task"]
    drive.complete("a")
    assert drive.at == ["after"]


def test_after_its_work_nothing_interrupts_an_activity_any_more() -> None:
    drive = Drive(ASYNC.format(attributes='k:asyncAfter="true"', inside=""))
    drive.complete("a", n=1)
    assert kinds(drive) == ["continue"]
    assert drive.variables == {"n": 1}
    drive.wait(hours=2)
    drive.go_on()
    assert drive.at == ["after"]


def test_both_take_two_more_transactions() -> None:
    drive = Drive(ASYNC.format(attributes='k:asyncBefore="true" k:asyncAfter="true"', inside=""))
    drive.go_on()
    drive.complete("a")
    assert drive.at == ["a"]
    drive.go_on()
    assert drive.at == ["after"]


def test_cancelling_takes_an_activity_that_waits_for_its_transaction() -> None:
    drive = Drive(ASYNC.format(attributes='k:asyncBefore="true"', inside=""))
    drive.give(Cancelled())
    assert drive.ended


def test_a_repeated_activity_waits_for_its_transaction_once() -> None:
    inside = (
        "<multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality>"
        "</multiInstanceLoopCharacteristics>"
    )
    drive = Drive(ASYNC.format(attributes='k:asyncBefore="true"', inside=inside))
    assert kinds(drive) == ["continue"]
    drive.go_on()
    assert kinds(drive) == ["timer"] + ["user_task"] * 3


# How many tokens come and go

GATHER = """
<startEvent id="s"/> <userTask id="x"/> <userTask id="y"/> <userTask id="z"/>
<exclusiveGateway id="m"/> <userTask id="a" startQuantity="2" {more}/> <userTask id="after"/>
s -> x -> m -> a -> after
s -> y -> m
s -> z -> m
"""


def test_an_activity_starts_when_as_many_tokens_are_there_as_it_asks_for() -> None:
    drive = Drive(GATHER.format(more=""))
    drive.complete("x")
    assert not [s for s in drive.subscriptions("user_task") if s.catcher == "a"]
    drive.complete("y")
    assert drive.at == ["a", "z"]
    assert sum(r.kind == "merged" for r in drive.records) == 1
    drive.complete("z")
    assert drive.at == ["a", "a"]
    drive.complete("a")
    assert drive.at == ["a", "after"]
    assert drive.outcome.state == "active"


def test_a_token_that_works_is_not_gathered() -> None:
    drive = Drive(GATHER.format(more=""))
    for task in "xyz":
        drive.complete(task)
    assert len([s for s in drive.subscriptions("user_task") if s.catcher == "a"]) == 1


def test_gathering_comes_before_the_transaction_of_its_own() -> None:
    drive = Drive(GATHER.format(more='k:asyncBefore="true"'))
    drive.complete("x")
    drive.complete("y")
    assert len(drive.subscriptions("continue")) == 1
    drive.complete("z")
    assert len(drive.subscriptions("continue")) == 1
    drive.go_on()
    assert drive.waiting("a")


def test_an_activity_leaves_by_each_flow_as_often_as_it_says() -> None:
    drive = Drive("""
    <startEvent id="s"/> <task id="a" completionQuantity="2"/> <userTask id="b"/> <userTask id="c"/>
    s -> a -> b
    a -> c
    """)
    assert drive.at == ["b", "b", "c", "c"]


# Incidents

GUARDED = """
<startEvent id="s"/> <serviceTask id="a" k:jobType="=kind"/> <userTask id="after"/>
<userTask id="b"/>
<boundaryEvent id="c" attachedToRef="a">{definition}</boundaryEvent>
s -> a -> after
c -> b
"""
MESSAGE = "<messageEventDefinition messageRef='M'/>"
CONDITION = "<conditionalEventDefinition><condition>go</condition></conditionalEventDefinition>"
ROOTS = "<message id='M' name='m'/>"


@pytest.mark.parametrize("definition", [MESSAGE, CONDITION])
def test_work_that_cannot_begin_is_parked_and_tried_again(definition: str) -> None:
    drive = Drive(GUARDED.format(definition=definition), ROOTS)
    assert drive.at == ["a"]
    assert len(drive.incidents) == 1
    drive.retry()
    assert len(drive.incidents) == 1
    drive.assign(kind="x")
    drive.retry()
    assert [s.trigger.name for s in drive.subscriptions("job")] == ["x"]
    assert len(drive.instance.subscriptions) == 2
    drive.complete("a")
    assert drive.at == ["after"]


def test_a_parked_activity_whose_boundary_is_armed_can_be_interrupted() -> None:
    drive = Drive(GUARDED.format(definition=CONDITION))
    drive.assign(go=True)
    assert drive.at == ["b"]
    assert not drive.incidents


def test_an_incident_says_what_where_and_what_would_do() -> None:
    drive = Drive(GUARDED.format(definition=MESSAGE), ROOTS)
    (row,) = drive.subscriptions("incident")
    assert row.trigger.name == "ExecutionError"
    details = row.trigger.details
    assert (details["element"], details["error"]) == ("a", "ExecutionError")
    assert details["message"] == "service task 'a': the job type 'kind' is None, not a text"
    assert [r.kind for r in drive.records if r.element == "a"] == ["entered", "waiting", "parked"]


def test_a_resolved_incident_is_told() -> None:
    drive = Drive(GUARDED.format(definition=MESSAGE), ROOTS, n=1)
    drive.assign(kind="x")
    drive.retry()
    assert [r.element for r in drive.records if r.kind == "resolved"] == ["a"]


def test_a_failed_move_leaves_no_trace_of_what_it_began() -> None:
    drive = Drive(
        """
        <startEvent id="s"/>
        <userTask id="a"><extensionElements><k:input source="=1" target="x"/></extensionElements>
          <multiInstanceLoopCharacteristics k:collection="=all"/></userTask>
        s -> a
        """,
    )
    assert len(drive.instance.scopes) == 1
    assert drive.instance.last_id == 4


def test_a_step_with_an_incident_still_does_the_rest() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <parallelGateway id="fork"/>
        <exclusiveGateway id="x1"/> <exclusiveGateway id="x2"/> <endEvent id="e"/>
        <intermediateThrowEvent id="t">{MESSAGE}</intermediateThrowEvent> <userTask id="on"/>
        s -> fork -> x1
        x1 -> e : one
        fork -> t -> on
        fork -> x2
        x2 -> e : two
        """,
        ROOTS,
    )
    assert drive.at == ["on", "x1", "x2"]
    assert len(drive.incidents) == 2
    assert [p.name for p in drive.published] == ["m"]


def test_a_condition_of_an_event_is_parked_once_however_often_it_fails() -> None:
    """A boundary that fires into an output mapping that cannot be computed."""
    drive = Drive(
        """
        <startEvent id="s"/> <userTask id="a"/> <userTask id="b"/>
        <exclusiveGateway id="x"/>
        <boundaryEvent id="c" attachedToRef="a"><conditionalEventDefinition>
          <condition>n &gt; 0</condition></conditionalEventDefinition></boundaryEvent>
        s -> a
        c -> b : ok
        """,
        n=0,
    )
    drive.assign(n=1)
    drive.assign(n=2)
    assert drive.at == ["a"]
    assert len(drive.incidents) == 1
    drive.assign(ok=True)
    drive.retry()
    assert drive.at == ["b"]
    drive.assign(n=3)
    assert drive.at == ["b"]


def test_in_camunda_7_a_failure_takes_the_whole_step_back() -> None:
    with pytest.raises(ExecutionError, match="'a'"):
        Drive(
            GUARDED.format(definition=MESSAGE),
            ROOTS,
            attributes="modeler:executionPlatform='Camunda Platform'",
        )


def test_the_siblings_of_an_incident_complete_and_the_instance_waits_for_it() -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <parallelGateway id="fork"/> <exclusiveGateway id="x"/>
        <userTask id="a"/> <endEvent id="e"/>
        s -> fork -> x
        x -> e : ok
        fork -> a
        """
    )
    drive.complete("a")
    assert drive.at == ["x"]
    assert drive.outcome.state == "active"
    drive.give(Cancelled(reason="hopeless"))
    assert drive.ended


def test_the_records_of_a_step_name_who_was_told() -> None:
    drive = Drive(GUARDED.format(definition=MESSAGE), ROOTS, kind="x")
    row = drive.waiting("c")
    drive.give(Happened(subscription=row.id))
    caught = [r for r in drive.outcome.records if r.kind == "caught"]
    assert [(r.element, r.subscription) for r in caught] == [("c", row.id)]
