"""Error event: caught by the nearest scope that asks for its code (BPMN 2.0.2 §10.5.5)."""

from __future__ import annotations

import pytest

from engine.errors import ExecutionError
from engine.step import Thrown
from engine.throwing import Uncaught
from tests.kit import Drive

ROOTS = "<error id='E' errorCode='broke'/><error id='F' errorCode='lost'/>"
ANY = "<errorEventDefinition/>"
BROKE = "<errorEventDefinition errorRef='E'/>"
LOST = "<errorEventDefinition errorRef='F'/>"

SUB = """
<startEvent id="s"/>
<subProcess id="sub">{inside}
  <startEvent id="s2"/> <userTask id="a"/> <userTask id="beside"/>
  <endEvent id="bad">{thrown}</endEvent>
  s2 -> a -> bad
  s2 -> beside
</subProcess>
{boundary}
<userTask id="after"/>
s -> sub -> after
"""


def boundary(id: str, to: str, definition: str, attributes: str = "") -> str:
    return (
        f"<boundaryEvent id='{id}' attachedToRef='sub' {attributes}>{definition}</boundaryEvent>"
        f"<userTask id='{to}'/>\n{id} -> {to}\n"
    )


def sub(thrown: str = BROKE, boundaries: str = "", inside: str = "") -> Drive:
    return Drive(SUB.format(inside=inside, thrown=thrown, boundary=boundaries), ROOTS)


def test_an_error_end_event_ends_its_scope_and_goes_out_by_the_boundary() -> None:
    drive = sub(boundaries=boundary("oops", "b", BROKE))
    drive.complete("a")
    assert drive.at == ["b"]
    assert len(drive.instance.scopes) == 1
    assert [r.element for r in drive.records if r.kind == "caught"][-1] == "oops"


def test_the_code_comes_first_and_the_catch_all_after_it() -> None:
    both = boundary("all", "b", ANY) + boundary("broke", "c", BROKE)
    drive = sub(boundaries=both)
    drive.complete("a")
    assert drive.at == ["c"]
    drive = sub(thrown=LOST, boundaries=both)
    drive.complete("a")
    assert drive.at == ["b"]


def test_another_code_does_not_catch_it() -> None:
    drive = sub(boundaries=boundary("lost", "b", LOST))
    drive.complete("a")
    assert drive.at == ["bad", "beside", "sub"]
    assert "BPMN error 'broke' thrown at end event 'bad' is not caught" in drive.incidents[0]


def test_an_uncaught_error_is_an_incident_at_the_thrower_and_its_siblings_go_on() -> None:
    drive = sub()
    drive.complete("a")
    assert drive.at == ["bad", "beside", "sub"]
    assert drive.subscriptions("incident")[0].trigger.name == Uncaught.__name__
    drive.complete("beside")
    drive.retry()
    assert drive.at == ["bad", "sub"]
    assert len(drive.incidents) == 1


def test_an_error_without_code_is_caught_by_catch_all_only() -> None:
    drive = sub(thrown=ANY, boundaries=boundary("broke", "c", BROKE) + boundary("all", "b", ANY))
    drive.complete("a")
    assert drive.at == ["b"]


NESTED = """
<startEvent id="s"/> <userTask id="b"/>
<subProcess id="outer">
  <subProcess id="sub"> <userTask id="a"/> <endEvent id="bad">{thrown}</endEvent>
    a -> bad
  </subProcess>
  <boundaryEvent id="near" attachedToRef="sub">{near}</boundaryEvent> <userTask id="i"/>
  near -> i
</subProcess>
<boundaryEvent id="far" attachedToRef="outer">{far}</boundaryEvent>
s -> outer
far -> b
"""


@pytest.mark.parametrize(
    ("near", "far", "at"),
    [
        (ANY, BROKE, ["i", "outer"]),
        (BROKE, BROKE, ["i", "outer"]),
        (LOST, BROKE, ["b"]),
        (LOST, ANY, ["b"]),
    ],
)
def test_the_nearest_scope_beats_the_better_match_further_out(
    near: str, far: str, at: list[str]
) -> None:
    drive = Drive(NESTED.format(thrown=BROKE, near=near, far=far), ROOTS)
    drive.complete("a")
    assert drive.at == at


EVENT = """<subProcess id="mend" triggeredByEvent="true">
  <startEvent id="c1">{definition}</startEvent> <userTask id="m"/>
  {more}
</subProcess>"""


def mending(definition: str, more: str = "\n  c1 -> m\n") -> str:
    return EVENT.format(definition=definition, more=more)


def test_an_event_sub_process_of_the_scope_comes_before_the_boundary() -> None:
    drive = sub(boundaries=boundary("oops", "b", BROKE), inside=mending(ANY))
    drive.complete("a")
    assert drive.at == ["m", "mend", "sub"]
    drive.complete("m")
    assert drive.at == ["after"]


def test_an_event_sub_process_for_another_code_leaves_it_to_the_boundary() -> None:
    drive = sub(boundaries=boundary("oops", "b", ANY), inside=mending(LOST))
    drive.complete("a")
    assert drive.at == ["b"]


def test_an_error_in_an_event_sub_process_goes_outward_and_not_to_itself() -> None:
    more = f"""
  <endEvent id="again">{BROKE}</endEvent>
  c1 -> m -> again
"""
    drive = sub(boundaries=boundary("oops", "b", BROKE), inside=mending(ANY, more))
    drive.complete("a")
    drive.complete("m")
    assert drive.at == ["b"]


def test_an_error_in_an_interrupting_event_sub_process_is_not_for_its_siblings() -> None:
    more = f"""
  <endEvent id="again">{LOST}</endEvent>
  c1 -> m -> again
"""
    second = """<subProcess id="other" triggeredByEvent="true">
      <startEvent id="c2"><errorEventDefinition errorRef="F"/></startEvent> <userTask id="o"/>
      c2 -> o
    </subProcess>"""
    drive = sub(boundaries=boundary("oops", "b", ANY), inside=mending(BROKE, more) + "\n" + second)
    drive.complete("a")
    drive.complete("m")
    assert drive.at == ["b"]


def test_an_error_in_a_non_interrupting_event_sub_process_is_for_its_scope_s_others() -> None:
    inside = """<subProcess id="help" triggeredByEvent="true">
      <startEvent id="call" isInterrupting="false"><messageEventDefinition/></startEvent>
      <userTask id="h"/> <endEvent id="again"><errorEventDefinition errorRef="E"/></endEvent>
      call -> h -> again
    </subProcess>
    """ + mending(BROKE)
    drive = sub(boundaries=boundary("oops", "b", ANY), inside=inside)
    drive.complete("call")
    drive.complete("h")
    assert drive.at == ["m", "mend", "sub"]


def test_a_process_s_own_event_sub_process_catches_what_nobody_else_does() -> None:
    drive = Drive(
        mending(ANY)
        + """
        <startEvent id="s"/> <userTask id="a"/> <userTask id="beside"/>
        s -> a
        """,
        ROOTS,
    )
    drive.fail("a", "whatever")
    assert drive.at == ["m", "mend"]


TASK = """
<startEvent id="s"/> <serviceTask id="sub"/>
{boundary}
s -> sub
"""


def test_what_is_thrown_brings_its_variables_code_and_message() -> None:
    definition = (
        "<errorEventDefinition errorRef='E' k:errorCodeVariable='code' "
        "k:errorMessageVariable='text'/>"
    )
    drive = Drive(TASK.format(boundary=boundary("oops", "b", definition)), ROOTS)

    drive.give(
        Thrown(
            subscription=drive.waiting("sub").id,
            code="broke",
            message="it is broken",
            payload={"x": 1},
        )
    )
    assert drive.variables == {"code": "broke", "text": "it is broken", "x": 1}


def test_what_a_throw_brings_goes_through_the_catcher_s_output_mappings() -> None:
    definition = (
        "<extensionElements><k:output source='=x + 1' target='y'/></extensionElements>"
        "<errorEventDefinition errorRef='E'/>"
    )
    drive = Drive(TASK.format(boundary=boundary("oops", "b", definition)), ROOTS)
    drive.fail("sub", "broke", x=1)
    assert drive.variables == {"y": 2}


def test_an_error_end_event_brings_its_mapped_inputs() -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <userTask id="b"/>
        <subProcess id="sub"> <endEvent id="bad">
          <extensionElements><k:input source="=n + 1" target="x"/></extensionElements>
          <errorEventDefinition errorRef="E"/></endEvent> </subProcess>
        <boundaryEvent id="oops" attachedToRef="sub"><errorEventDefinition/></boundaryEvent>
        s -> sub
        oops -> b
        """.replace('<endEvent id="bad">', '<startEvent id="s2"/> <endEvent id="bad">').replace(
            "</subProcess>", "\ns2 -> bad\n</subProcess>"
        ),
        ROOTS,
        n=1,
    )
    assert drive.at == ["b"]
    assert drive.variables == {"n": 1, "x": 2}


def test_an_error_always_interrupts() -> None:
    """A non-interrupting one is a mistake of the model (§10.5.4); the attribute is ignored."""
    drive = sub(boundaries=boundary("oops", "b", BROKE, 'cancelActivity="false"'))
    drive.complete("a")
    assert drive.at == ["b"]
    inside = mending(BROKE).replace('id="c1"', 'id="c1" isInterrupting="false"')
    drive = sub(inside=inside)
    drive.complete("a")
    assert drive.at == ["m", "mend", "sub"]


def test_an_error_thrown_at_work_reaches_the_boundary_of_the_scope_around_it() -> None:
    drive = sub(boundaries=boundary("oops", "b", BROKE))
    drive.fail("beside", "broke")
    assert drive.at == ["b"]


def test_a_sibling_branch_taken_by_an_error_is_told_as_cancelled() -> None:
    drive = sub(boundaries=boundary("oops", "b", BROKE))
    drive.complete("a")
    cancelled = {r.element for r in drive.records if r.kind == "cancelled"}
    assert cancelled == {"sub", "beside", "bad"}


def test_an_uncaught_error_thrown_at_work_changes_nothing() -> None:
    drive = sub()
    with pytest.raises(ExecutionError, match="BPMN error 'x' thrown at user task 'a'"):
        drive.fail("a", "x")
    assert drive.at == ["a", "beside", "sub"]


def test_in_camunda_7_an_uncaught_error_ends_its_own_path() -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <parallelGateway id="fork"/> <userTask id="a"/> <userTask id="b"/>
        <endEvent id="bad"><errorEventDefinition errorRef="E"/></endEvent>
        s -> fork -> a -> bad
        fork -> b
        """,
        ROOTS,
        attributes="modeler:executionPlatform='Camunda Platform'",
    )
    drive.complete("a")
    assert drive.at == ["b"]
    assert not drive.incidents
    assert [r.kind for r in drive.records if r.element == "bad"][-2:] == ["uncaught", "left"]
