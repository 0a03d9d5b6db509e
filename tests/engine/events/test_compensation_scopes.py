"""Compensation of sub-processes, and from event sub-processes (BPMN 2.0.2 §13.5.5)."""

from __future__ import annotations

from tests.engine.events.undoing import seen, throw, undo, undoable
from tests.kit import Drive

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
