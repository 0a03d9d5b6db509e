"""Multi-instance activity: one iteration an item (BPMN 2.0.2 §13.3.7)."""

from __future__ import annotations

from typing import Any

import pytest

from engine.program import NotExecutable
from engine.step import Cancelled, CancelToken, Happened, Modified
from tests.kit import Drive

LOOP = """
<startEvent id="s"/>
<userTask id="a" {activity}>{inside}<multiInstanceLoopCharacteristics {attributes}>
  {cardinality}{condition}</multiInstanceLoopCharacteristics></userTask>
<userTask id="after"/>
s -> a -> after
"""
SEQUENTIAL = 'isSequential="true"'


def loop(
    attributes: str = "",
    cardinality: str = "",
    condition: str = "",
    activity: str = "",
    inside: str = "",
    **variables: Any,
) -> Drive:
    if cardinality:
        cardinality = f"<loopCardinality>{cardinality}</loopCardinality>"
    if condition:
        condition = f"<completionCondition>{condition}</completionCondition>"
    xml = LOOP.format(
        activity=activity,
        attributes=attributes,
        cardinality=cardinality,
        condition=condition,
        inside=inside,
    )
    return Drive(xml, **variables)


def items(drive: Drive) -> list[object]:
    """What the running iterations have for their item, oldest first."""
    scopes = sorted(drive.instance.scopes.values(), key=lambda s: s.id)
    return [s.variables["item"] for s in scopes if "item" in s.variables]


EACH = 'k:collection="=all" k:elementVariable="item"'


def test_parallel_iterations_run_side_by_side() -> None:
    drive = loop(cardinality="3")
    assert drive.at == ["a", "a", "a", "a"]
    for _ in range(3):
        assert "after" not in drive.at
        drive.complete("a")
    assert drive.at == ["after"]


def test_sequential_iterations_run_one_after_the_other() -> None:
    drive = loop(SEQUENTIAL, cardinality="3")
    for _ in range(3):
        assert drive.at == ["a", "a"]
        drive.complete("a")
    assert drive.at == ["after"]


def test_each_iteration_has_its_item_and_its_count_to_itself() -> None:
    drive = loop(EACH, all=["x", "y"])
    assert items(drive) == ["x", "y"]
    scopes = drive.instance.scopes.values()
    assert [s.variables["loopCounter"] for s in scopes if "item" in s.variables] == [1, 2]
    assert drive.variables == {"all": ["x", "y"]}


def test_the_collection_is_read_once_on_entry() -> None:
    drive = loop(f"{EACH} {SEQUENTIAL}", all=["x", "y"])
    drive.assign(all=[])
    assert items(drive) == ["x"]
    drive.complete("a")
    assert items(drive) == ["y"]
    drive.complete("a")
    assert drive.at == ["after"]


@pytest.mark.parametrize("attributes", ["", SEQUENTIAL])
def test_no_items_complete_at_once(attributes: str) -> None:
    assert loop(attributes, cardinality="0").at == ["after"]
    assert loop(f"{EACH} {attributes}", all=[]).at == ["after"]


@pytest.mark.parametrize("all_", [None, "text", 3])
def test_a_collection_that_is_no_list_is_an_incident(all_: Any) -> None:
    drive = loop(EACH, all=all_)
    assert drive.at == ["a"]
    assert "its collection 'all' is" in drive.incidents[0]
    drive.assign(all=["x"])
    drive.retry()
    assert items(drive) == ["x"]


@pytest.mark.parametrize("cardinality", ["-1", "1.5", "true", "null", '"many"', "1000000000"])
def test_a_cardinality_that_is_no_count_is_an_incident(cardinality: str) -> None:
    drive = loop(cardinality=cardinality)
    assert drive.at == ["a"]
    assert "loopCardinality" in drive.incidents[0]


def test_neither_collection_nor_cardinality_is_refused() -> None:
    with pytest.raises(NotExecutable, match="neither a collection nor a loopCardinality"):
        loop()


# Results

OUTPUT = f'{EACH} k:outputCollection="results" k:outputElement="=result"'


def test_results_are_collected_in_the_order_of_the_items() -> None:
    drive = loop(OUTPUT, all=[1, 2, 3])
    ids = [s.id for s in drive.subscriptions("user_task")]
    for position, value in ((2, "c"), (0, "a"), (1, "b")):
        drive.give(Happened(subscription=ids[position], payload={"result": value}))
    assert drive.variables["results"] == ["a", "b", "c"]
    assert "result" not in drive.variables


def test_sequential_results_are_collected_too() -> None:
    drive = loop(f"{OUTPUT} {SEQUENTIAL}", all=[1, 2])
    drive.complete("a", result="a")
    drive.complete("a", result="b")
    assert drive.variables["results"] == ["a", "b"]


def test_what_else_an_iteration_yields_goes_outward() -> None:
    drive = loop(OUTPUT, all=[1])
    drive.complete("a", result="a", other=5)
    assert drive.variables == {"all": [1], "results": ["a"], "other": 5}


def test_no_items_give_no_results() -> None:
    assert loop(OUTPUT, all=[]).variables["results"] == []


def test_iterations_that_did_not_complete_leave_null() -> None:
    drive = loop(OUTPUT, condition="numberOfCompletedInstances = 1", all=[1, 2])
    drive.complete("a", result="a")
    assert drive.variables["results"] == ["a", None]


def test_results_are_there_only_at_the_end() -> None:
    drive = loop(OUTPUT, all=[1, 2])
    drive.complete("a", result="a")
    assert "results" not in drive.variables


def test_output_mappings_of_an_iteration_stay_its_own_and_make_its_result() -> None:
    inside = (
        '<extensionElements><k:output source="=given * 2" target="doubled"/></extensionElements>'
    )
    drive = loop(
        f'{EACH} k:outputCollection="results" k:outputElement="=doubled"', inside=inside, all=[1]
    )
    drive.complete("a", given=4)
    assert drive.variables["results"] == [8]


# Completion condition

DONE = "numberOfCompletedInstances &gt;= 2"


def test_a_completion_condition_that_holds_cancels_the_rest() -> None:
    drive = loop(cardinality="5", condition=DONE)
    drive.complete("a")
    assert len(drive.subscriptions("user_task")) == 4
    drive.complete("a")
    assert drive.at == ["after"]
    assert sum(r.kind == "cancelled" for r in drive.records) == 3


def test_a_completion_condition_ends_a_sequence() -> None:
    drive = loop(SEQUENTIAL, cardinality="5", condition=DONE)
    drive.complete("a")
    drive.complete("a")
    assert drive.at == ["after"]
    assert len(drive.entered("a$")) == 3


def test_a_completion_condition_is_asked_after_a_completion_and_not_before() -> None:
    drive = loop(cardinality="2", condition="true")
    assert drive.at == ["a", "a", "a"]
    drive.complete("a")
    assert drive.at == ["after"]


def test_a_completion_condition_sees_the_counts() -> None:
    drive = loop(
        cardinality="4",
        condition="numberOfInstances = 4 and numberOfActiveInstances = 1",
    )
    for _ in range(3):
        drive.complete("a")
    assert drive.at == ["after"]


def test_a_completion_condition_sees_the_iteration_that_completed() -> None:
    drive = loop(EACH, condition='item = "stop"', all=["go", "stop", "more"])
    drive.complete("a")
    assert len(drive.subscriptions("user_task")) == 2
    drive.complete("a")
    assert drive.at == ["after"]


def test_a_completion_condition_sees_what_the_iteration_yielded() -> None:
    drive = loop(cardinality="3", condition="found")
    drive.complete("a", found=False)
    assert drive.at == ["a", "a", "a"]
    drive.complete("a", found=True)
    assert drive.at == ["after"]


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


# Events that its completions throw

SAYS = """
<startEvent id="s"/> <userTask id="after"/>
<userTask id="a"><multiInstanceLoopCharacteristics behavior="{behavior}" {attributes}
  {ref}="D"><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics></userTask>
s -> a -> after
"""
ROOTS = "<signal id='S' name='one'/><signalEventDefinition id='D' signalRef='S'/>"


@pytest.mark.parametrize("attributes", ["", SEQUENTIAL])
@pytest.mark.parametrize(
    ("behavior", "ref", "thrown"),
    [("None", "noneBehaviorEventRef", 3), ("One", "oneBehaviorEventRef", 1)],
)
def test_its_completions_throw_what_its_behavior_says(
    behavior: str, ref: str, thrown: int, attributes: str
) -> None:
    drive = Drive(SAYS.format(behavior=behavior, ref=ref, attributes=attributes), ROOTS)
    for _ in range(3):
        drive.complete("a")
    assert drive.at == ["after"]
    assert [p.name for p in drive.published] == ["one"] * thrown


def test_a_signal_of_its_own_may_interrupt_it() -> None:
    drive = Drive(
        SAYS.format(behavior="One", ref="oneBehaviorEventRef", attributes="")
        + """
        <boundaryEvent id="c" attachedToRef="a"><signalEventDefinition signalRef="S"/>
        </boundaryEvent> <userTask id="b"/>
        c -> b
        """,
        ROOTS,
    )
    drive.complete("a")
    assert drive.at == ["b"]
