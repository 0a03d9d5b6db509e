"""Ad-hoc sub-process: activities in an order that is not drawn (BPMN 2.0.2 §10.3.5, §13.3.5)."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import ExecutionError
from engine.step import Cancelled, CancelNode, Modified
from tests.kit import Drive

AD_HOC = """
<startEvent id="s"/> <userTask id="after"/>
<adHocSubProcess id="sub" {attributes}>{loop}
  <userTask id="a"/> <userTask id="b"/> <userTask id="c"/>
  b -> c
  {condition}
</adHocSubProcess>
{boundary}
s -> sub -> after
"""
CHOSEN = "modeler:executionPlatform='Camunda Cloud'"


def ad_hoc(
    condition: str = "",
    attributes: str = "",
    loop: str = "",
    boundary: str = "",
    platform: str = "",
    **variables: Any,
) -> Drive:
    if condition:
        condition = f"<completionCondition>{condition}</completionCondition>"
    xml = AD_HOC.format(condition=condition, attributes=attributes, loop=loop, boundary=boundary)
    return Drive(xml, attributes=platform, **variables)


def test_where_nobody_chooses_all_that_nothing_leads_to_start() -> None:
    drive = ad_hoc()
    assert drive.at == ["a", "b", "sub"]
    drive.complete("a")
    drive.complete("b")
    assert drive.at == ["c", "sub"]
    drive.complete("c")
    assert drive.at == ["after"]
    assert len(drive.instance.scopes) == 1


def test_somebody_may_choose_any_of_them_and_again() -> None:
    drive = ad_hoc(platform=CHOSEN)
    assert drive.at == ["sub"]
    assert drive.waiting("sub").trigger.details == {"of": ["a", "b"]}
    drive.complete("sub", elements=["a", "b"])
    drive.complete("sub", elements=["a"], variables={"x": 1})
    assert drive.at == ["a", "a", "b", "sub"]
    assert [s.variables for s in drive.instance.scopes.values()] == [{}, {"x": 1}]


def test_somebody_may_end_it() -> None:
    drive = ad_hoc(platform=CHOSEN)
    drive.complete("sub", elements=["a"])
    drive.complete("sub", end=True)
    assert drive.at == ["after"]
    assert not drive.subscriptions("choice")


@pytest.mark.parametrize("element", ["c", "x"])
def test_what_is_not_offered_cannot_be_chosen(element: str) -> None:
    drive = ad_hoc(platform=CHOSEN)
    with pytest.raises(ExecutionError, match=f"'{element}' cannot be chosen; one of a, b would do"):
        drive.complete("sub", elements=[element])
    assert drive.at == ["sub"]


def test_in_sequence_one_runs_at_a_time() -> None:
    drive = ad_hoc(attributes='ordering="Sequential"')
    assert drive.at == ["a", "sub"]
    drive.complete("a")
    assert drive.at == ["b", "sub"]
    drive.complete("b")
    assert drive.at == ["c", "sub"]
    drive.complete("c")
    assert drive.at == ["after"]


def test_its_completion_condition_is_asked_after_each_completion() -> None:
    drive = ad_hoc("enough = true")
    drive.complete("a", enough=False)
    assert drive.at == ["b", "sub"]
    drive.complete("b", enough=True)
    assert drive.at == ["after"]


def test_it_may_let_those_that_run_finish() -> None:
    drive = ad_hoc("enough = true", 'cancelRemainingInstances="false"')
    drive.complete("a", enough=True)
    assert drive.at == ["b", "sub"]
    drive.complete("b")
    drive.complete("c")
    assert drive.at == ["after"]


def test_a_condition_that_does_not_hold_keeps_it_open() -> None:
    drive = ad_hoc("enough = true")
    for task in "abc":
        drive.complete(task)
    assert drive.at == ["sub"]
    drive.complete("sub", elements=["a"])
    drive.complete("a", enough=True)
    assert drive.at == ["after"]


def test_one_with_nothing_in_it_passes() -> None:
    drive = Drive("""
    <startEvent id="s"/> <adHocSubProcess id="sub"/> <userTask id="after"/>
    s -> sub -> after
    """)
    assert drive.at == ["after"]


def test_a_boundary_event_takes_all_that_is_inside() -> None:
    boundary = """<boundaryEvent id="oops" attachedToRef="sub"><errorEventDefinition/>
    </boundaryEvent> <userTask id="mend"/>
    oops -> mend
    """
    drive = ad_hoc(boundary=boundary)
    drive.fail("a", "E")
    assert drive.at == ["mend"]


def test_it_may_be_repeated() -> None:
    loop = (
        "<multiInstanceLoopCharacteristics isSequential='true'><loopCardinality>2"
        "</loopCardinality></multiInstanceLoopCharacteristics>"
    )
    drive = ad_hoc(loop=loop)
    for _ in range(2):
        for task in "abc":
            assert "after" not in drive.at
            drive.complete(task)
    assert drive.at == ["after"]


def test_what_fails_inside_parks_and_leaves_its_siblings() -> None:
    drive = Drive("""
    <startEvent id="s"/> <userTask id="after"/>
    <adHocSubProcess id="sub"> <serviceTask id="a" k:jobType="=kind"/> <userTask id="b"/>
    </adHocSubProcess>
    s -> sub -> after
    """)
    assert drive.incidents
    drive.complete("b")
    drive.assign(kind="x")
    drive.retry()
    drive.complete("a")
    assert drive.at == ["after"]


def test_stopping_the_last_one_by_hand_completes_it() -> None:
    drive = ad_hoc()
    drive.complete("a")
    drive.give(Modified(instructions=(CancelNode(node="b"),)))
    assert drive.at == ["after"]


def test_cancelling_takes_it_with_its_choice() -> None:
    drive = ad_hoc(platform=CHOSEN)
    drive.complete("sub", elements=["a"])
    drive.give(Cancelled())
    assert drive.ended


def test_what_completed_in_it_can_be_undone() -> None:
    drive = Drive("""
    <startEvent id="s"/> <userTask id="after"/>
    <adHocSubProcess id="sub"> <userTask id="a"/> <userTask id="no-a" isForCompensation="true"/>
      <boundaryEvent id="c" attachedToRef="a"><compensateEventDefinition/></boundaryEvent>
      <association id="as" sourceRef="c" targetRef="no-a"/>
    </adHocSubProcess>
    <intermediateThrowEvent id="undo"><compensateEventDefinition/></intermediateThrowEvent>
    s -> sub -> undo -> after
    """)
    drive.complete("a")
    assert drive.at == ["no-a", "undo"]
    drive.complete("no-a")
    assert drive.at == ["after"]
