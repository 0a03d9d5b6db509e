"""Multi-instance activities with what is around and inside them (BPMN 2.0.2 §13.3.7)."""

from __future__ import annotations

import pytest

from engine.step import Cancelled, CancelToken, Happened, Modified
from tests.engine.elements.test_multi_instance import EACH, OUTPUT, SEQUENTIAL, loop
from tests.kit import Drive

# Boundary events, errors, cancelling

GUARDED = """
<startEvent id="s"/> <userTask id="late"/> <userTask id="after"/>
<{kind} id="a"><multiInstanceLoopCharacteristics {attributes}>
  <loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>{inside}</{kind}>
<boundaryEvent id="t" attachedToRef="a" {interrupting}>{definition}</boundaryEvent>
s -> a -> after
t -> late
"""
HOUR = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
CASES = [
    (kind, inside, attributes)
    for kind, inside in (("userTask", ""), ("subProcess", '<userTask id="i"/>'))
    for attributes in ("", SEQUENTIAL)
]


@pytest.mark.parametrize(("kind", "inside", "attributes"), CASES)
def test_boundary_events_belong_to_the_whole(kind: str, inside: str, attributes: str) -> None:
    drive = Drive(
        GUARDED.format(
            kind=kind, inside=inside, attributes=attributes, interrupting="", definition=HOUR
        )
    )
    assert len(drive.subscriptions("timer")) == 1
    drive.wait(minutes=59)
    drive.complete("i" if inside else "a")
    drive.wait(minutes=1)
    assert drive.at == ["late"]
    assert len(drive.instance.scopes) == 1


@pytest.mark.parametrize(("kind", "inside", "attributes"), CASES)
def test_an_error_in_one_iteration_takes_them_all(kind: str, inside: str, attributes: str) -> None:
    drive = Drive(
        GUARDED.format(
            kind=kind,
            inside=inside,
            attributes=attributes,
            interrupting="",
            definition="<errorEventDefinition/>",
        )
    )
    work = "i" if inside else "a"
    drive.complete(work)
    drive.fail(work, "E")
    assert drive.at == ["late"]


def test_a_non_interrupting_one_fires_beside_the_iterations() -> None:
    drive = Drive(
        GUARDED.format(
            kind="userTask",
            inside="",
            attributes="",
            interrupting='cancelActivity="false"',
            definition=HOUR,
        )
    )
    drive.wait(hours=1)
    assert drive.at == ["a", "a", "a", "a", "late"]


def test_an_error_caught_inside_one_iteration_is_its_own_matter() -> None:
    drive = Drive("""
    <startEvent id="s"/> <userTask id="after"/>
    <subProcess id="sub"><multiInstanceLoopCharacteristics>
      <loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>
      <startEvent id="s2"/> <userTask id="a"/> <userTask id="mend"/>
      <boundaryEvent id="oops" attachedToRef="a"><errorEventDefinition/></boundaryEvent>
      s2 -> a
      oops -> mend
    </subProcess>
    s -> sub -> after
    """)
    drive.fail("a", "E")
    assert drive.at == ["a", "mend", "sub", "sub", "sub"]
    drive.complete("mend")
    drive.complete("a")
    assert drive.at == ["after"]


def test_a_failing_iteration_parks_and_leaves_its_siblings() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="after"/>
        <serviceTask id="a" k:jobType="=item"><multiInstanceLoopCharacteristics {EACH}/>
        </serviceTask>
        s -> a -> after
        """,
        all=["x", None, "z"],
    )
    assert [s.trigger.name for s in drive.subscriptions("job")] == ["x", "z"]
    assert len(drive.incidents) == 1
    for job in drive.subscriptions("job"):
        drive.give(Happened(subscription=job.id))
    assert drive.at == ["a", "a"]


def test_an_iteration_cancelled_by_hand_is_no_longer_waited_for() -> None:
    drive = loop(cardinality="2")
    tokens = sorted(drive.instance.tokens)
    drive.give(Modified(instructions=(CancelToken(token=tokens[-1]),)))
    drive.complete("a")
    assert drive.at == ["after"]


def test_cancelling_the_last_iteration_by_hand_completes_the_activity() -> None:
    drive = loop(cardinality="1")
    tokens = sorted(drive.instance.tokens)
    drive.give(Modified(instructions=(CancelToken(token=tokens[-1]),)))
    assert drive.at == ["after"]


def test_cancelling_takes_loop_and_iterations() -> None:
    drive = loop(cardinality="4")
    drive.give(Cancelled())
    assert drive.ended


# On other activities, and nested

NESTED = """
<startEvent id="s"/> <userTask id="after"/>
<subProcess id="sub"><multiInstanceLoopCharacteristics {outer}
    k:collection="=rows" k:elementVariable="row" k:outputCollection="sums"
    k:outputElement="=sum(cells)"/>
  <startEvent id="s2"/>
  <userTask id="a"><multiInstanceLoopCharacteristics {inner}
    k:collection="=row" k:elementVariable="item" k:outputCollection="cells"
    k:outputElement="=value"/></userTask>
  s2 -> a
</subProcess>
s -> sub -> after
"""


@pytest.mark.parametrize("outer", ["", SEQUENTIAL])
@pytest.mark.parametrize("inner", ["", SEQUENTIAL])
def test_nested_ones_keep_their_variables_apart(outer: str, inner: str) -> None:
    xml = NESTED.format(outer=outer, inner=inner).replace(
        '<startEvent id="s2"/>',
        '<dataObject id="cells" name="cells"/><startEvent id="s2"/>',
    )
    drive = Drive(xml, rows=[[1, 2], [], [3]])
    while "after" not in drive.at:
        task = drive.waiting("a")
        own = next(s for s in drive.instance.scopes.values() if s.holder == task.token).variables[
            "item"
        ]
        drive.complete("a", value=own * 10)
    assert drive.variables["sums"] == [30, None, 30]
    assert "cells" not in drive.variables


def test_call_activities_are_called_once_an_item() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="after"/>
        <callActivity id="a" calledElement="child"><multiInstanceLoopCharacteristics {OUTPUT}/>
        </callActivity>
        s -> a -> after
        """,
        all=[1, 2],
    )
    calls = [s.trigger.details["variables"] for s in drive.subscriptions("call")]
    assert [c["item"] for c in calls] == [1, 2]
    drive.complete("a", result="x")
    drive.complete("a", result="y")
    assert drive.variables["results"] == ["x", "y"]


def test_tasks_that_wait_for_nothing_run_through() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="after"/>
        <scriptTask id="a" k:resultVariable="result"><script>item * item</script>
        <multiInstanceLoopCharacteristics {OUTPUT}/></scriptTask>
        s -> a -> after
        """,
        all=[1, 2, 3],
    )
    assert drive.variables["results"] == [1, 4, 9]


def test_a_thousand_items_past_the_budget_go_on_in_other_transactions() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="after"/>
        <task id="a"><multiInstanceLoopCharacteristics {EACH}/></task>
        s -> a -> after
        """,
        budget=40,
        all=list(range(100)),
    )
    assert len(drive.subscriptions("continue")) > 50
    drive.go_on()
    assert drive.at == ["after"]


def test_terminate_ends_its_own_iteration_only() -> None:
    drive = Drive("""
    <startEvent id="s"/> <userTask id="after"/>
    <subProcess id="sub"><multiInstanceLoopCharacteristics>
      <loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>
      <userTask id="a"/> <userTask id="b"/>
      <endEvent id="stop"><terminateEventDefinition/></endEvent>
      a -> stop
    </subProcess>
    s -> sub -> after
    """)
    drive.complete("a")
    assert drive.at == ["a", "b", "sub", "sub"]
    drive.complete("a")
    assert drive.at == ["after"]


def test_leaving_it_counts_its_completion_quantity_once() -> None:
    drive = loop(cardinality="2", activity='completionQuantity="2"')
    drive.complete("a")
    drive.complete("a")
    assert drive.at == ["after", "after"]


def test_leaving_it_waits_for_a_transaction_of_its_own_where_told_to() -> None:
    drive = loop(cardinality="1", activity='k:asyncAfter="true"')
    drive.complete("a")
    assert drive.at == ["a"]
    drive.go_on()
    assert drive.at == ["after"]


def test_its_inputs_are_mapped_for_each_iteration() -> None:
    inside = '<extensionElements><k:input source="=item + 1" target="x"/></extensionElements>'
    drive = loop(EACH, inside=inside, all=[1, 2])
    own = [s.variables for s in drive.instance.scopes.values() if "item" in s.variables]
    assert [(v["item"], v["x"]) for v in own] == [(1, 2), (2, 3)]
