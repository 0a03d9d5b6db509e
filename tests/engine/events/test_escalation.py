"""Escalation event: tells whoever asks; the thrower goes on (BPMN 2.0.2 §10.5.5)."""

from __future__ import annotations

import pytest

from engine.step import Thrown
from tests.kit import Drive

ROOTS = "<escalation id='L' escalationCode='late'/><escalation id='H' escalationCode='high'/>"
LATE = "<escalationEventDefinition escalationRef='L'/>"
HIGH = "<escalationEventDefinition escalationRef='H'/>"
ANY = "<escalationEventDefinition/>"

SUB = """
<startEvent id="s"/> <userTask id="after"/>
<subProcess id="sub">{inside}
  <startEvent id="s2"/> <userTask id="a"/> <{kind} id="t">{thrown}</{kind}>
  <userTask id="on"/> <userTask id="beside"/>
  s2 -> a -> t {arrow}
  s2 -> beside
</subProcess>
{boundary}
s -> sub -> after
"""
BESIDE = 'cancelActivity="false"'


def boundary(id: str, to: str, definition: str, attributes: str = "") -> str:
    return (
        f"<boundaryEvent id='{id}' attachedToRef='sub' {attributes}>{definition}</boundaryEvent>"
        f"<userTask id='{to}'/>\n{id} -> {to}\n"
    )


def sub(
    boundaries: str = "",
    inside: str = "",
    thrown: str = LATE,
    kind: str = "intermediateThrowEvent",
) -> Drive:
    drive = Drive(
        SUB.format(
            boundary=boundaries,
            inside=inside,
            thrown=thrown,
            kind=kind,
            arrow="-> on" if kind == "intermediateThrowEvent" else "\n  beside -> on",
        ),
        ROOTS,
    )
    drive.complete("a")
    return drive


def test_a_non_interrupting_boundary_hears_it_and_the_thrower_goes_on() -> None:
    drive = sub(boundary("esc", "b", LATE, BESIDE))
    assert drive.at == ["b", "beside", "on", "sub"]


def test_an_interrupting_boundary_takes_the_thrower_with_its_scope() -> None:
    drive = sub(boundary("esc", "b", LATE))
    assert drive.at == ["b"]
    assert drive.entered("on") == []


def test_an_escalation_end_event_ends_its_own_path_only() -> None:
    drive = sub(boundary("esc", "b", LATE, BESIDE), kind="endEvent")
    assert drive.at == ["b", "beside", "sub"]


def test_uncaught_it_is_recorded_and_goes_on() -> None:
    drive = sub()
    assert drive.at == ["beside", "on", "sub"]
    assert not drive.incidents
    assert [r.detail for r in drive.records if r.kind == "uncaught"] == [
        {"kind": "escalation", "code": "late"}
    ]


@pytest.mark.parametrize(
    ("thrown", "to"), [(LATE, "c"), (HIGH, "b"), (ANY, "b")], ids=["code", "other", "none"]
)
def test_the_code_comes_first_and_the_catch_all_after_it(thrown: str, to: str) -> None:
    both = boundary("all", "b", ANY, BESIDE) + boundary("late", "c", LATE, BESIDE)
    assert sub(both, thrown=thrown).at == sorted([to, "beside", "on", "sub"])


EVENT = """<subProcess id="esub" triggeredByEvent="true">
  <startEvent id="c1" isInterrupting="{interrupting}">{definition}</startEvent> <userTask id="m"/>
  {more}
</subProcess>"""


@pytest.mark.parametrize(
    ("interrupting", "at"),
    [("true", ["esub", "m", "sub"]), ("false", ["beside", "esub", "m", "on", "sub"])],
)
def test_the_scope_s_own_event_sub_process_comes_before_the_boundary(
    interrupting: str, at: list[str]
) -> None:
    inside = EVENT.format(interrupting=interrupting, definition=ANY, more="\n  c1 -> m\n")
    assert sub(boundary("esc", "b", LATE), inside=inside).at == at


def test_a_non_interrupting_one_fires_as_often_as_it_is_thrown() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/>
        <subProcess id="sub"> <userTask id="a"/>
          <intermediateThrowEvent id="t1">{LATE}</intermediateThrowEvent>
          <intermediateThrowEvent id="t2">{LATE}</intermediateThrowEvent> <userTask id="on"/>
          a -> t1 -> t2 -> on
        </subProcess>
        {boundary("esc", "b", LATE, BESIDE)}
        s -> sub
        """,
        ROOTS,
    )
    drive.complete("a")
    assert drive.at == ["b", "b", "on", "sub"]


def test_thrown_in_an_event_sub_process_it_goes_outward() -> None:
    more = f"""
  <endEvent id="again">{LATE}</endEvent>
  c1 -> m -> again
"""
    inside = EVENT.format(interrupting="false", definition=LATE, more=more)
    drive = sub(boundary("esc", "b", LATE, BESIDE), inside=inside)
    drive.complete("m")
    assert drive.at == ["b", "beside", "on", "sub"]


def test_it_brings_its_inputs_and_its_code() -> None:
    catch = "<escalationEventDefinition escalationRef='L' k:escalationCodeVariable='code'/>"
    thrown = "<extensionElements><k:input source='=1 + 1' target='x'/></extensionElements>" + LATE
    drive = sub(boundary("esc", "b", catch, BESIDE), thrown=thrown)
    assert drive.variables == {"x": 2, "code": "late"}


def test_work_may_escalate_and_go_on() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <serviceTask id="sub"/> <endEvent id="e"/>
        {boundary("esc", "b", LATE, BESIDE)}
        s -> sub -> e
        """,
        ROOTS,
    )
    job = drive.waiting("sub").id
    drive.give(Thrown(subscription=job, kind="escalation", code="late"))
    drive.give(Thrown(subscription=job, kind="escalation", code="late"))
    assert drive.at == ["b", "b", "sub"]
    drive.complete("sub")
    assert drive.at == ["b", "b"]


def test_from_an_iteration_it_reaches_the_boundary_of_the_whole() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="after"/>
        <subProcess id="sub"><multiInstanceLoopCharacteristics>
          <loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>
          <userTask id="a"/> <endEvent id="t">{LATE}</endEvent>
          a -> t
        </subProcess>
        {boundary("esc", "b", LATE, BESIDE)}
        s -> sub -> after
        """,
        ROOTS,
    )
    drive.complete("a")
    drive.complete("a")
    assert drive.at == ["after", "b", "b"]
