"""Cancel event: a transaction stops, undoes what it had completed, and is left (§13.5.2)."""

from __future__ import annotations

import pytest

from tests.engine.events.undoing import undo, undoable
from tests.kit import Drive

CANCEL = "<endEvent id='stop'><cancelEventDefinition/></endEvent>"

TRANSACTION = f"""
<startEvent id="s"/> <userTask id="after"/>
{undoable("before")}
<transaction id="tx"><startEvent id="s2"/>
  {undoable("a")}
  {undoable("b")}
  <userTask id="decide"/> <exclusiveGateway id="x" default="x-ok"/> <userTask id="beside"/>
  <endEvent id="ok"/> {CANCEL}
  s2 -> a -> b -> decide -> x -> ok
  s2 -> beside
  x -> stop : no
</transaction>
{{boundary}}
s -> before -> tx -> after
"""
BOUNDARY = """<boundaryEvent id="c" attachedToRef="tx"><cancelEventDefinition/></boundaryEvent>
<userTask id="cancelled"/>
c -> cancelled
"""


def transaction(boundary: str = BOUNDARY, done: tuple[str, ...] = ("before", "a", "b")) -> Drive:
    drive = Drive(TRANSACTION.format(boundary=boundary))
    for task in done:
        drive.complete(task)
    return drive


def test_all_inside_stops_then_what_completed_is_undone_then_it_is_left() -> None:
    drive = transaction()
    drive.complete("decide", no=True)
    assert drive.at == ["no-b", "stop", "tx"]
    assert undo(drive) == ["no-b", "no-a"]
    assert drive.at == ["cancelled"]


def test_what_completed_outside_is_not_undone() -> None:
    drive = transaction()
    drive.complete("decide", no=True)
    undo(drive)
    assert "no-before" not in drive.entered()


def test_a_transaction_that_succeeds_is_left_normally() -> None:
    drive = transaction()
    drive.complete("decide", no=False)
    drive.complete("beside")
    assert drive.at == ["after"]


def test_a_transaction_that_fails_by_error_is_not_undone() -> None:
    hazard = """<boundaryEvent id="oops" attachedToRef="tx"><errorEventDefinition/></boundaryEvent>
    <userTask id="mend"/>
    oops -> mend
    """
    drive = transaction(BOUNDARY + hazard)
    drive.fail("decide", "E")
    assert drive.at == ["mend"]


def test_with_nothing_to_undo_it_is_left_at_once() -> None:
    drive = Drive(f"""
    <startEvent id="s"/>
    <transaction id="tx"><startEvent id="s2"/> <userTask id="a"/> {CANCEL}
      s2 -> a -> stop
    </transaction>
    {BOUNDARY}
    s -> tx
    """)
    drive.complete("a")
    assert drive.at == ["cancelled"]


def test_without_a_boundary_it_is_undone_and_nothing_goes_on_behind_it() -> None:
    drive = transaction(boundary="")
    drive.complete("decide", no=True)
    assert undo(drive) == ["no-b", "no-a"]
    assert drive.ended
    assert not drive.entered("after")
    assert [r.element for r in drive.records if r.kind == "uncaught"] == ["stop"]


def test_it_cancels_its_own_transaction_and_not_one_around_it() -> None:
    drive = Drive(f"""
    <startEvent id="s"/>
    <transaction id="tx"><startEvent id="s1"/>
      <transaction id="inner"><startEvent id="s2"/> {CANCEL}
        s2 -> stop
      </transaction>
      s1 -> inner
    </transaction>
    {BOUNDARY}
    s -> tx
    """)
    assert drive.ended
    assert not drive.entered("cancelled")


def test_a_completed_inner_transaction_is_undone_with_the_outer_one() -> None:
    drive = Drive(f"""
    <startEvent id="s"/>
    <transaction id="tx"><startEvent id="s1"/>
      <transaction id="inner"><startEvent id="s2"/>
        {undoable("a")}
        s2 -> a
      </transaction>
      {CANCEL}
      s1 -> inner -> stop
    </transaction>
    {BOUNDARY}
    s -> tx
    """)
    drive.complete("a")
    assert undo(drive) == ["no-a"]
    assert drive.at == ["cancelled"]


def test_a_completed_transaction_can_be_undone_later() -> None:
    drive = Drive(f"""
    <startEvent id="s"/> <userTask id="after"/>
    <transaction id="tx"><startEvent id="s1"/>
      {undoable("a")}
      s1 -> a
    </transaction>
    <intermediateThrowEvent id="undo"><compensateEventDefinition/></intermediateThrowEvent>
    s -> tx -> undo -> after
    """)
    drive.complete("a")
    assert undo(drive) == ["no-a"]
    assert drive.at == ["after"]


@pytest.mark.parametrize("attributes", ["", 'isSequential="true"'])
def test_one_iteration_that_cancels_takes_the_whole_by_the_boundary(attributes: str) -> None:
    drive = Drive(f"""
    <startEvent id="s"/>
    <transaction id="tx"><multiInstanceLoopCharacteristics {attributes}>
        <loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>
      <startEvent id="s1"/>
      {undoable("a")}
      {CANCEL}
      s1 -> a -> stop
    </transaction>
    {BOUNDARY}
    s -> tx
    """)
    drive.complete("a")
    assert undo(drive) == ["no-a"]
    assert drive.at == ["cancelled"]


def test_an_error_in_a_handler_leaves_by_the_error_boundary() -> None:
    hazard = """<boundaryEvent id="oops" attachedToRef="tx"><errorEventDefinition/></boundaryEvent>
    <userTask id="mend"/>
    oops -> mend
    """
    drive = transaction(BOUNDARY + hazard)
    drive.complete("decide", no=True)
    drive.fail("no-b", "E")
    assert drive.at == ["mend"]


def test_only_the_iteration_that_cancels_is_undone() -> None:
    drive = Drive(f"""
    <startEvent id="s"/>
    <transaction id="tx"><multiInstanceLoopCharacteristics>
        <loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>
      <startEvent id="s1"/> <userTask id="then"/>
      {undoable("a")}
      {CANCEL}
      s1 -> a -> then -> stop
    </transaction>
    {BOUNDARY}
    s -> tx
    """)
    drive.complete("a")
    drive.complete("a")
    assert drive.at.count("then") == 2
    drive.complete("then")
    assert undo(drive) == ["no-a"]
    assert drive.at == ["cancelled"]


def test_cancelling_an_outer_transaction_does_not_undo_a_running_inner_one() -> None:
    drive = Drive(f"""
    <startEvent id="s"/>
    <transaction id="tx"><startEvent id="s1"/> <parallelGateway id="f"/> <userTask id="b"/>
      <transaction id="inner"><startEvent id="s2"/> <userTask id="more"/>
        {undoable("a")}
        s2 -> a -> more
      </transaction>
      {CANCEL}
      s1 -> f
      f -> inner
      f -> b -> stop
    </transaction>
    {BOUNDARY}
    s -> tx
    """)
    drive.complete("a")
    assert drive.at == ["b", "inner", "more", "tx"]
    drive.complete("b")
    assert undo(drive) == []
    assert drive.at == ["cancelled"]
