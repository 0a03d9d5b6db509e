"""Compensation: undo what has completed, last first, one by one (BPMN 2.0.2 §10.5.6, §13.5.5)."""

from __future__ import annotations

import pytest

from engine.errors import ExecutionError
from engine.step import Cancelled, CancelNode, Modified
from tests.engine.events.undoing import line, seen, throw, undo, undoable
from tests.kit import Drive


def test_handlers_run_in_reverse_order_of_completion_one_by_one() -> None:
    drive = line()
    assert drive.at == ["no-c", "undo"]
    assert undo(drive) == ["no-c", "no-b", "no-a"]
    assert drive.at == ["after"]


def test_the_order_is_that_of_completion_and_not_of_start() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <parallelGateway id="fork"/> <parallelGateway id="join"/>
        <endEvent id="e"/>
        {undoable("a")}
        {undoable("b")}
        {throw()}
        s -> fork -> a -> join -> undo -> e
        fork -> b -> join
        """
    )
    drive.complete("b")
    drive.complete("a")
    assert undo(drive) == ["no-a", "no-b"]
    assert drive.ended


def test_only_what_has_completed_is_undone() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <parallelGateway id="fork"/> <userTask id="go"/> <endEvent id="e"/>
        {undoable("a")}
        {undoable("b")}
        {throw()}
        s -> fork -> a
        fork -> b
        fork -> go -> undo -> e
        """
    )
    drive.complete("a")
    drive.complete("go")
    assert undo(drive) == ["no-a"]
    assert drive.at == ["b"]


def test_nothing_to_undo_is_passed() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <endEvent id="e"/>
        {throw()}
        s -> undo -> e
        """
    )
    assert drive.ended


def test_the_thrower_waits_until_the_handlers_are_done() -> None:
    drive = line()
    drive.complete("no-c")
    drive.complete("no-b")
    assert drive.at == ["no-a", "undo"]
    drive.complete("no-a")
    assert drive.at == ["after"]


def test_without_waiting_it_goes_on_beside_the_handlers() -> None:
    drive = line('waitForCompletion="false"')
    assert drive.at == ["after", "no-c"]
    drive.complete("after")
    assert drive.at == ["no-c"]
    assert undo(drive) == ["no-c", "no-b", "no-a"]
    assert drive.ended
    assert drive.entered("after") == ["after"]


def test_without_waiting_it_holds_up_no_inclusive_join_behind_it() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <inclusiveGateway id="fork"/> <inclusiveGateway id="join"/>
        <userTask id="b"/> <userTask id="after"/>
        {undoable("a")}
        {throw(attributes='waitForCompletion="false"')}
        s -> a -> fork -> undo -> join -> after
        fork -> b -> join
        """
    )
    drive.complete("a")
    assert drive.at == ["b", "join", "no-a"]
    drive.complete("b")
    assert drive.at == ["after", "no-a"]
    assert undo(drive) == ["no-a"]


def test_without_waiting_it_keeps_its_sub_process_until_the_handlers_are_done() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="after"/>
        <subProcess id="sub"><startEvent id="s2"/> <endEvent id="e2"/>
          {undoable("a")}
          {throw(attributes='waitForCompletion="false"')}
          s2 -> a -> undo -> e2
        </subProcess>
        s -> sub -> after
        """
    )
    drive.complete("a")
    assert drive.at == ["no-a", "sub"]
    assert undo(drive) == ["no-a"]
    assert drive.at == ["after"]


def test_without_waiting_an_error_in_a_handler_is_thrown_from_there_all_the_same() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="after"/>
        <subProcess id="sub"><startEvent id="s2"/> <userTask id="on"/>
          {undoable("a")}
          {throw(attributes='waitForCompletion="false"')}
          s2 -> a -> undo -> on
        </subProcess>
        <boundaryEvent id="b" attachedToRef="sub"><errorEventDefinition/></boundaryEvent>
        <userTask id="mend"/>
        b -> mend
        s -> sub -> after
        """
    )
    drive.complete("a")
    assert drive.at == ["no-a", "on", "sub"]
    drive.fail("no-a", "E")
    assert drive.at == ["mend"]


def test_what_terminates_the_scope_stops_the_handlers_that_nobody_waits_for() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="on"/>
        <endEvent id="stop"><terminateEventDefinition/></endEvent>
        {undoable("a")}
        {throw(attributes='waitForCompletion="false"')}
        s -> a -> undo -> on -> stop
        """
    )
    drive.complete("a")
    drive.complete("on")
    assert drive.ended


def test_two_throws_at_once_take_turns() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <parallelGateway id="fork"/> <userTask id="u"/> <userTask id="v"/>
        {undoable("a")}
        {undoable("b")}
        {undoable("c")}
        {throw("one", 'activityRef="c"')}
        {throw("two")}
        s -> a -> b -> c -> fork -> u -> one
        fork -> v -> two
        """
    )
    for task in "abc":
        drive.complete(task)
    drive.complete("u")
    drive.complete("v")
    assert drive.at == ["no-c", "one", "two"]
    drive.complete("no-c")
    assert drive.at == ["no-b", "two"]
    assert undo(drive) == ["no-b", "no-a"]
    assert drive.ended


def test_a_throw_that_is_cancelled_gives_its_turn_to_the_next() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <parallelGateway id="fork"/> <userTask id="u"/> <userTask id="v"/>
        {undoable("a")}
        {undoable("b")}
        {throw("one", 'activityRef="b"')}
        {throw("two")}
        s -> a -> b -> fork -> u -> one
        fork -> v -> two
        """
    )
    for task in "abuv":
        drive.complete(task)
    drive.give(Modified(instructions=(CancelNode(node="one"),)))
    assert drive.at == ["no-a", "two"]


def test_with_an_activity_named_only_that_one_is_undone() -> None:
    drive = line('activityRef="b"')
    assert undo(drive) == ["no-b"]
    assert drive.at == ["after"]


def test_an_activity_that_is_not_there_is_refused() -> None:
    with pytest.raises(Exception, match="activityRef 'x' is no activity"):
        line('activityRef="x"')


def test_all_completed_instances_of_the_named_activity_are_undone() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <exclusiveGateway id="m"/> <exclusiveGateway id="x" default="x-undo"/>
        <endEvent id="e"/>
        {undoable("a")}
        {throw()}
        s -> m -> a -> x -> undo -> e
        x -> m : again
        """
    )
    drive.complete("a", again=True)
    drive.complete("a", again=True)
    drive.complete("a", again=False)
    assert undo(drive) == ["no-a"] * 3


def test_a_second_throw_finds_nothing_left_to_do() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="after"/>
        {undoable("a")}
        {throw()}
        {throw("again")}
        s -> a -> undo -> again -> after
        """
    )
    drive.complete("a")
    assert undo(drive) == ["no-a"]
    assert drive.at == ["after"]


def test_what_completes_after_a_throw_is_there_for_the_next() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="after"/>
        {undoable("a")}
        {undoable("b")}
        {throw()}
        {throw("again")}
        s -> a -> undo -> b -> again -> after
        """
    )
    drive.complete("a")
    undo(drive)
    drive.complete("b")
    assert undo(drive) == ["no-b"]


def test_an_end_event_compensates_before_it_ends() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/>
        {undoable("a")}
        {throw(kind="endEvent")}
        s -> a -> undo
        """
    )
    drive.complete("a")
    assert drive.at == ["no-a", "undo"]
    assert undo(drive) == ["no-a"]
    assert drive.ended


DATA = f"""
<startEvent id="s"/> <userTask id="after"/>
{undoable("a")}
<scriptTask id="change" k:resultVariable="n"><script>99</script></scriptTask>
{throw()}
s -> a -> change -> undo -> after
"""


def test_a_handler_sees_the_data_as_it_was_at_completion() -> None:
    drive = Drive(DATA, n=1)
    drive.complete("a", n=2)
    assert drive.variables == {"n": 99}
    assert seen(drive, "n") == 2


def test_a_handler_sees_the_inputs_of_its_activity() -> None:
    inside = "<extensionElements><k:input source='=n + 1' target='own'/></extensionElements>"
    drive = Drive(DATA.replace("<userTask id='a' >", f"<userTask id='a' >{inside}"), n=1)
    drive.complete("a", n=2)
    assert seen(drive, "own") == 2


def test_what_a_handler_sets_is_set_for_the_process() -> None:
    drive = Drive(DATA, n=1)
    drive.complete("a")
    drive.complete("no-a", n=5, fresh=True)
    assert drive.variables == {"n": 5, "fresh": True}


def test_a_handler_sees_what_an_earlier_handler_has_set() -> None:
    drive = line()
    drive.complete("no-c", refunded=1)
    assert seen(drive, "refunded") == 1


FAILS = f"""
<startEvent id="s"/> <userTask id="mend"/>
<subProcess id="sub"><startEvent id="s2"/>
  {undoable("a")}
  {undoable("b")}
  {throw()}
  s2 -> a -> b -> undo
</subProcess>
<boundaryEvent id="oops" attachedToRef="sub"><errorEventDefinition/></boundaryEvent>
s -> sub
oops -> mend
"""


def test_an_error_in_a_handler_is_thrown_from_the_place_of_the_throw() -> None:
    drive = Drive(FAILS)
    drive.complete("a")
    drive.complete("b")
    drive.fail("no-b", "E")
    assert drive.at == ["mend"]
    assert len(drive.instance.scopes) == 1


def test_an_uncaught_error_in_a_handler_leaves_it_waiting() -> None:
    drive = line()
    with pytest.raises(ExecutionError, match="'no-c'"):
        drive.fail("no-c", "E")
    assert undo(drive) == ["no-c", "no-b", "no-a"]


def test_a_handler_that_fails_parks_and_retries_and_the_others_wait() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="after"/>
        {undoable("a")}
        <userTask id="b"/> <serviceTask id="no-b" isForCompensation="true" k:jobType="=kind"/>
        <boundaryEvent id="c-b" attachedToRef="b"><compensateEventDefinition/></boundaryEvent>
        <association id="as-b" sourceRef="c-b" targetRef="no-b"/>
        {throw()}
        s -> a -> b -> undo -> after
        """
    )
    drive.complete("a")
    drive.complete("b")
    assert drive.at == ["no-b", "undo"]
    assert drive.incidents
    drive.assign(kind="x")
    drive.retry()
    assert undo(drive) == ["no-b", "no-a"]
    assert drive.at == ["after"]


def test_a_boundary_around_the_throw_interrupts_compensation() -> None:
    drive = Drive(
        FAILS.replace(
            '<boundaryEvent id="oops" attachedToRef="sub"><errorEventDefinition/></boundaryEvent>',
            '<boundaryEvent id="oops" attachedToRef="sub"><timerEventDefinition>'
            "<timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>",
        )
    )
    drive.complete("a")
    drive.complete("b")
    drive.wait(hours=1)
    assert drive.at == ["mend"]


def test_cancelling_in_the_middle_of_compensation_stops_all() -> None:
    drive = line()
    drive.give(Cancelled())
    assert drive.ended
