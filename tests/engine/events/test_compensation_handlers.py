"""Compensation of iterations, by handlers of any kind, and of abandoned instances (§13.5.5)."""

from __future__ import annotations

import pytest

from engine.errors import ExecutionError
from engine.step import Cancelled, Compensated, Happened
from tests.engine.events.undoing import LINE, line, seen, throw, undo, undoable
from tests.kit import Drive

EACH = "<multiInstanceLoopCharacteristics {0} k:collection='=all' k:elementVariable='item'/>"


@pytest.mark.parametrize("attributes", ["", "isSequential='true'"])
def test_each_completed_iteration_is_undone_with_its_own_item(attributes: str) -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="after"/>
        {undoable("a", inside=EACH.format(attributes))}
        {throw()}
        s -> a -> undo -> after
        """,
        all=["x", "y", "z"],
    )
    for _ in range(3):
        drive.complete("a")
    items = []
    while drive.at != ["after"]:
        items.append(seen(drive, "item"))
        drive.complete("no-a")
    assert items == ["z", "y", "x"]


def test_iterations_that_were_cancelled_are_not_undone() -> None:
    inside = (
        "<multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality>"
        "<completionCondition>numberOfCompletedInstances = 2</completionCondition>"
        "</multiInstanceLoopCharacteristics>"
    )
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="after"/>
        {undoable("a", inside=inside)}
        {throw()}
        s -> a -> undo -> after
        """
    )
    drive.complete("a")
    drive.complete("a")
    assert undo(drive) == ["no-a", "no-a"]


@pytest.mark.parametrize("attributes", ["", "isSequential='true'"])
def test_each_iteration_of_a_sub_process_is_undone_by_its_own_inner_activities(
    attributes: str,
) -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="after"/>
        <subProcess id="sub">{EACH.format(attributes)}
          <startEvent id="s2"/>
          {undoable("a")}
          {undoable("b")}
          s2 -> a -> b
        </subProcess>
        {throw()}
        s -> sub -> undo -> after
        """,
        all=["x", "y"],
    )
    while any(t in ("a", "b") for t in drive.at):
        drive.complete("a" if "a" in drive.at else "b")
    order = []
    while drive.at != ["after"]:
        (task,) = (t for t in drive.at if t.startswith("no-"))
        order.append((task, seen(drive, "item")))
        drive.complete(task)
    assert order == [("no-b", "y"), ("no-a", "y"), ("no-b", "x"), ("no-a", "x")]


def test_a_handler_may_itself_be_repeated() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="after"/>
        <userTask id="a"/>
        <userTask id="no-a" isForCompensation="true">{EACH.format("")}</userTask>
        <boundaryEvent id="c-a" attachedToRef="a"><compensateEventDefinition/></boundaryEvent>
        <association id="as-a" sourceRef="c-a" targetRef="no-a"/>
        {throw()}
        s -> a -> undo -> after
        """,
        all=["x"],
    )
    drive.complete("a", all=["x", "y"])
    tasks = drive.subscriptions("user_task")
    assert len(tasks) == 2
    for task in tasks:
        drive.give(Happened(subscription=task.id))
    assert drive.at == ["after"]


def test_a_handler_that_is_repeated_sees_the_data_as_it_was() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="after"/> <userTask id="a"/>
        <scriptTask id="no-a" isForCompensation="true" k:resultVariable="seen">
          <script>was + item</script>{EACH.format("isSequential='true'")}</scriptTask>
        <boundaryEvent id="c-a" attachedToRef="a"><compensateEventDefinition/></boundaryEvent>
        <association id="as-a" sourceRef="c-a" targetRef="no-a"/>
        <scriptTask id="change" k:resultVariable="was"><script>100</script></scriptTask>
        {throw()}
        s -> a -> change -> undo -> after
        """,
        was=1,
        all=[1, 2],
        seen=None,
    )
    drive.complete("a")
    assert drive.variables["seen"] == 3


def test_a_handler_may_be_a_sub_process() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="after"/> <userTask id="a"/>
        <subProcess id="no" isForCompensation="true"> <userTask id="no-1"/> <userTask id="no-2"/>
          no-1 -> no-2
        </subProcess>
        <boundaryEvent id="c-a" attachedToRef="a"><compensateEventDefinition/></boundaryEvent>
        <association id="as-a" sourceRef="c-a" targetRef="no"/>
        {throw()}
        s -> a -> undo -> after
        """
    )
    drive.complete("a")
    assert undo(drive) == ["no-1", "no-2"]
    assert drive.at == ["after"]


def test_a_handler_may_be_a_call_activity() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="after"/> <userTask id="a"/>
        <callActivity id="no-a" calledElement="refund" isForCompensation="true"/>
        <boundaryEvent id="c-a" attachedToRef="a"><compensateEventDefinition/></boundaryEvent>
        <association id="as-a" sourceRef="c-a" targetRef="no-a"/>
        {throw()}
        s -> a -> undo -> after
        """,
        n=1,
    )
    drive.complete("a", n=2)
    (call,) = drive.subscriptions("call")
    assert call.trigger.details["variables"]["n"] == 2
    drive.complete("no-a")
    assert drive.at == ["after"]


def test_two_definitions_of_one_throw_undo_both_activities() -> None:
    both = (
        "<intermediateThrowEvent id='undo'><compensateEventDefinition activityRef='a'/>"
        "<compensateEventDefinition activityRef='c'/></intermediateThrowEvent>"
    )
    drive = Drive(LINE.format(throw=both))
    for task in "abc":
        drive.complete(task)
    assert undo(drive) == ["no-a", "no-c"]
    assert drive.at == ["after"]


def test_an_abandoned_instance_is_undone_and_counts_as_cancelled() -> None:
    drive = line(done="ab")
    drive.give(Compensated(reason="no more"))
    assert drive.at == ["no-b"]
    assert drive.outcome.state == "active"
    assert undo(drive) == ["no-b", "no-a"]
    assert drive.ended
    assert (drive.outcome.state, drive.outcome.reason) == ("cancelled", "no more")


def test_an_abandoned_instance_with_nothing_to_undo_ends_at_once() -> None:
    drive = line(done="")
    drive.give(Compensated())
    assert drive.ended
    assert drive.outcome.state == "cancelled"


def test_an_instance_is_abandoned_once() -> None:
    drive = line(done="ab")
    drive.give(Compensated())
    with pytest.raises(ExecutionError, match="is being undone already"):
        drive.give(Compensated())
    assert undo(drive) == ["no-b", "no-a"]


def test_an_instance_abandoned_in_the_middle_of_compensation_is_undone_to_its_end() -> None:
    """A handler that was under way begins again."""
    drive = line()
    drive.complete("no-c")
    drive.give(Compensated())
    assert undo(drive) == ["no-b", "no-a"]
    assert drive.ended


def test_what_completed_in_a_running_sub_process_is_undone_in_its_place() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <parallelGateway id="fork"/> <userTask id="z"/>
        {undoable("a")}
        {undoable("d")}
        <subProcess id="sub">{EACH.format("")}
          <startEvent id="s2"/> <userTask id="u"/>
          {undoable("b")}
          <subProcess id="inner"><startEvent id="s3"/> <userTask id="v"/>
            {undoable("c")}
            s3 -> c -> v
          </subProcess>
          s2 -> b -> inner
        </subProcess>
        s -> a -> fork -> sub
        fork -> d -> z
        """,
        all=["x"],
    )
    for task in "abdc":
        drive.complete(task)
    drive.give(Compensated())
    order = []
    while not drive.ended:
        (task,) = drive.at
        order.append((task, seen(drive, "item")))
        drive.complete(task)
    assert order == [("no-c", "x"), ("no-d", None), ("no-b", "x"), ("no-a", None)]
    assert drive.outcome.state == "cancelled"


def test_a_compensation_event_sub_process_under_way_begins_again() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/>
        <subProcess id="sub"><startEvent id="s2"/>
          {undoable("a")}
          s2 -> a
          <subProcess id="es" triggeredByEvent="true">
            <startEvent id="s3"><compensateEventDefinition/></startEvent> <userTask id="first"/>
            {throw("inside")}
            s3 -> first -> inside
          </subProcess>
        </subProcess>
        {throw()}
        s -> sub -> undo
        """
    )
    drive.complete("a")
    drive.complete("first")
    assert drive.at == ["es", "inside", "no-a", "undo"]
    drive.give(Compensated())
    assert drive.at == ["es", "first"]
    drive.complete("first")
    assert undo(drive) == ["no-a"]
    assert drive.ended


def test_an_abandoned_instance_can_still_be_cancelled() -> None:
    drive = line(done="ab")
    drive.give(Compensated())
    drive.give(Cancelled())
    assert drive.ended


def test_nothing_outside_can_trigger_a_promise_to_compensate() -> None:
    drive = line(done="a")
    (promise,) = drive.subscriptions("compensation")
    with pytest.raises(ExecutionError, match="waits for nothing outside"):
        drive.give(Happened(subscription=promise.id))
