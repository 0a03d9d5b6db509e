"""Multi-instance activity: one iteration an item (BPMN 2.0.2 §13.3.7)."""

from __future__ import annotations

from typing import Any

import pytest

from engine.program import NotExecutable
from engine.step import Happened
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
