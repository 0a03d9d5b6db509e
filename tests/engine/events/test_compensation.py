"""Compensation: undo what has completed, last first, one by one (BPMN 2.0.2 §10.5.6, §13.5.5)."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import ExecutionError
from engine.step import Cancelled, Compensated, Happened
from engine.variables import visible
from tests.kit import Drive


def undoable(id: str, kind: str = "userTask", inside: str = "", attributes: str = "") -> str:
    """An activity and the user task `no-<id>` that undoes it."""
    return (
        f"<{kind} id='{id}' {attributes}>{inside}</{kind}>"
        f"<boundaryEvent id='c-{id}' attachedToRef='{id}'><compensateEventDefinition/>"
        f"</boundaryEvent><userTask id='no-{id}' isForCompensation='true'/>"
        f"<association id='as-{id}' sourceRef='c-{id}' targetRef='no-{id}'/>"
    )


def throw(id: str = "undo", attributes: str = "", kind: str = "intermediateThrowEvent") -> str:
    return f"<{kind} id='{id}'><compensateEventDefinition {attributes}/></{kind}>"


LINE = f"""
<startEvent id="s"/> <userTask id="after"/>
{undoable("a")}
{undoable("b")}
{undoable("c")}
{{throw}}
s -> a -> b -> c -> undo -> after
"""


def line(attributes: str = "", done: str = "abc", **variables: Any) -> Drive:
    drive = Drive(LINE.format(throw=throw(attributes=attributes)), **variables)
    for task in done:
        drive.complete(task)
    return drive


def undo(drive: Drive) -> list[str]:
    """Complete one handler after the other; which ones there were. Never two at a time."""
    done = []
    while running := [t for t in drive.at if t.startswith("no-")]:
        assert len(running) == 1, f"{running} at the same time"
        drive.complete(running[0])
        done.append(running[0])
    return done


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
    assert drive.at == ["after", "no-c", "undo"]
    drive.complete("after")
    assert drive.at == ["no-c", "undo"]
    assert undo(drive) == ["no-c", "no-b", "no-a"]
    assert drive.ended
    assert drive.entered("after") == ["after"]


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


# Data

DATA = f"""
<startEvent id="s"/> <userTask id="after"/>
{undoable("a")}
<scriptTask id="change" k:resultVariable="n"><script>99</script></scriptTask>
{throw()}
s -> a -> change -> undo -> after
"""


def seen(drive: Drive, name: str) -> Any:
    """What the task at work sees of a variable."""
    task = next(t for t in drive.instance.tokens.values() if t.node.startswith("no-"))

    (own,) = drive.instance.holds[task.id].values()
    return visible(drive.instance, own.id).get(name)


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


# Sub-processes

SUB = f"""
<startEvent id="s"/> <userTask id="after"/>
{undoable("first")}
<subProcess id="sub"><startEvent id="s2"/>
  {undoable("a")}
  {undoable("b")}
  {{inside}}
  s2 -> a -> b
</subProcess>
{undoable("last")}
{{throw}}
s -> first -> sub -> last -> undo -> after
"""


def sub(inside: str = "", attributes: str = "") -> Drive:
    drive = Drive(SUB.format(inside=inside, throw=throw(attributes=attributes)))
    for task in ("first", "a", "b", "last"):
        drive.complete(task)
    return drive


def test_a_completed_sub_process_is_undone_by_its_inner_activities_in_reverse() -> None:
    drive = sub()
    assert undo(drive) == ["no-last", "no-b", "no-a", "no-first"]
    assert drive.at == ["after"]
    assert len(drive.instance.scopes) == 1


def test_a_sub_process_named_is_undone_as_a_whole_and_nothing_else_is() -> None:
    assert undo(sub(attributes='activityRef="sub"')) == ["no-b", "no-a"]


def test_what_is_inside_a_completed_sub_process_cannot_be_named_from_outside() -> None:
    drive = sub(attributes='activityRef="a"')
    assert undo(drive) == []
    assert drive.at == ["after"]


def test_a_sub_process_that_has_not_completed_is_not_undone() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="go"/> <endEvent id="e"/>
        <subProcess id="sub"><startEvent id="s2"/>
          {undoable("a")}
          <userTask id="on"/>
          s2 -> a -> on
        </subProcess>
        {throw()}
        s -> sub
        s -> go -> undo -> e
        """
    )
    drive.complete("a")
    drive.complete("go")
    assert drive.at == ["on", "sub"]


def test_a_throw_inside_a_running_sub_process_undoes_what_completed_inside_it() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="after"/>
        {undoable("first")}
        <subProcess id="sub"><startEvent id="s2"/>
          {undoable("a")}
          {throw()}
          s2 -> a -> undo
        </subProcess>
        s -> first -> sub -> after
        """
    )
    drive.complete("first")
    drive.complete("a")
    assert undo(drive) == ["no-a"]
    assert drive.at == ["after"]


OWN = """<subProcess id="mend" triggeredByEvent="true">
    <startEvent id="sc"><compensateEventDefinition/></startEvent> {body}
  </subProcess>"""


def test_its_own_compensation_event_sub_process_stands_for_the_sub_process() -> None:
    body = '<userTask id="no-own"/>\n  sc -> no-own\n'
    drive = sub(OWN.format(body=body))
    assert undo(drive) == ["no-last", "no-own", "no-first"]
    assert drive.at == ["after"]


def test_its_own_compensation_event_sub_process_may_undo_what_is_inside() -> None:
    body = (
        '<userTask id="no-own"/> <endEvent id="undo2"><compensateEventDefinition/></endEvent>'
        "\n  sc -> no-own -> undo2\n"
    )
    drive = sub(OWN.format(body=body))
    assert undo(drive) == ["no-last", "no-own", "no-b", "no-a", "no-first"]
    assert drive.at == ["after"]


def test_its_own_compensation_event_sub_process_sees_its_data_as_it_was() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="after"/>
        <subProcess id="sub"><dataObject id="note" name="note"/>
          <startEvent id="s2"/> <userTask id="a"/>
          <subProcess id="mend" triggeredByEvent="true">
            <startEvent id="sc"><compensateEventDefinition/></startEvent>
            <scriptTask id="say" k:resultVariable="said"><script>note</script></scriptTask>
            sc -> say
          </subProcess>
          s2 -> a
        </subProcess>
        {throw()}
        s -> sub -> undo -> after
        """,
        said=None,
    )
    drive.complete("a", note="kept")
    assert drive.variables == {"said": "kept"}
    assert drive.at == ["after"]


def test_what_a_handler_sets_lands_in_the_sub_process_it_belongs_to() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="after"/>
        <subProcess id="sub"><dataObject id="note" name="note"/><startEvent id="s2"/>
          {undoable("a")}
          {undoable("b")}
          s2 -> a -> b
        </subProcess>
        {throw()}
        s -> sub -> undo -> after
        """
    )
    drive.complete("a", note="done")
    drive.complete("b")
    assert seen(drive, "note") == "done"
    drive.complete("no-b", note="undone", other=1)
    assert seen(drive, "note") == "done", "as it was"
    drive.complete("no-a")
    assert drive.variables == {"other": 1}


def test_two_throws_at_once_undo_each_activity_once() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <parallelGateway id="fork"/> <userTask id="u"/> <userTask id="v"/>
        <subProcess id="sub"><startEvent id="s2"/>
          {undoable("a", "subProcess", "<userTask id='work'/>")}
          s2 -> a
        </subProcess>
        {throw("one")}
        {throw("two")}
        s -> sub -> fork -> u -> one
        fork -> v -> two
        """.replace(
            "<userTask id='no-a' isForCompensation='true'/>",
            "<subProcess id='no-a' isForCompensation='true'><userTask id='mend'/></subProcess>",
        )
    )
    drive.complete("work")
    drive.complete("u")
    assert drive.at == ["mend", "no-a", "one", "v"]
    drive.complete("v")
    assert drive.at == ["mend", "no-a", "one"]
    drive.complete("mend")
    assert drive.ended
    assert drive.entered("mend") == ["mend"]


def test_a_handler_of_the_sub_process_itself_stands_for_all_inside() -> None:
    inside = f"<startEvent id='s2'/>{undoable('a')}\ns2 -> a\n"
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="after"/>
        {undoable("sub", "subProcess", inside)}
        {throw()}
        s -> sub -> undo -> after
        """
    )
    drive.complete("a")
    assert undo(drive) == ["no-sub"]
    assert drive.at == ["after"]


def test_nested_sub_processes_are_undone_inside_out_in_reverse() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="after"/>
        <subProcess id="outer"><startEvent id="s1"/>
          {undoable("a")}
          <subProcess id="inner"><startEvent id="s2"/>
            {undoable("b")}
            {undoable("c")}
            s2 -> b -> c
          </subProcess>
          {undoable("d")}
          s1 -> a -> inner -> d
        </subProcess>
        {throw()}
        s -> outer -> undo -> after
        """
    )
    for task in "abcd":
        drive.complete(task)
    assert undo(drive) == ["no-d", "no-c", "no-b", "no-a"]
    assert drive.at == ["after"]


def test_a_sub_process_with_nothing_to_undo_leaves_nothing_behind() -> None:
    drive = Drive("""
    <startEvent id="s"/> <subProcess id="sub"><userTask id="a"/></subProcess>
    <userTask id="after"/>
    s -> sub -> after
    """)
    drive.complete("a")
    assert len(drive.instance.scopes) == 1


# From an event sub-process


def test_a_throw_in_an_event_sub_process_undoes_the_scope_it_belongs_to() -> None:
    drive = Drive(
        f"""
        <subProcess id="help" triggeredByEvent="true">
          <startEvent id="oops"><errorEventDefinition/></startEvent>
          {throw()}
          oops -> undo
        </subProcess>
        <startEvent id="s"/> <userTask id="pay"/>
        {undoable("a")}
        {undoable("b")}
        s -> a -> b -> pay
        """
    )
    drive.complete("a")
    drive.complete("b")
    drive.fail("pay", "E")
    assert undo(drive) == ["no-b", "no-a"]
    assert drive.ended


def test_a_throw_in_an_event_sub_process_may_name_an_activity_of_the_scope() -> None:
    drive = Drive(
        f"""
        <subProcess id="help" triggeredByEvent="true">
          <startEvent id="oops"><errorEventDefinition/></startEvent>
          {throw(attributes='activityRef="a"')}
          oops -> undo
        </subProcess>
        <startEvent id="s"/> <userTask id="pay"/>
        {undoable("a")}
        {undoable("b")}
        s -> a -> b -> pay
        """
    )
    drive.complete("a")
    drive.complete("b")
    drive.fail("pay", "E")
    assert undo(drive) == ["no-a"]


# Errors

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


# Multi-instance

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
    assert drive.at == ["no-a", "no-c", "undo"]
    drive.complete("no-c")
    assert drive.at == ["no-a", "undo"]
    drive.complete("no-a")
    assert drive.at == ["after"]


# Abandoned by an operator


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
    drive = line()
    drive.complete("no-c")
    drive.give(Compensated())
    assert undo(drive)[-1:] == ["no-a"]
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
