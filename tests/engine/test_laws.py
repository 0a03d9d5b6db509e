"""Laws that hold for every process, tried on processes at random (RELIABILITY, proof 1).

Each step of a `Drive` is held to the invariants already: rows are linked, no row is orphaned, the
indexes agree, the input is untouched, the records tell of every visit and scope exactly once.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bpmn.model import InclusiveGateway
from engine.program import Program
from engine.state import Instance
from engine.step import Cancelled, Compensated
from tests.engine.random_processes import (
    BLOCKS,
    CHOICES,
    ROOTS,
    Block,
    Hand,
    Structured,
    unstructured,
)
from tests.kit import Drive

BUDGETS = st.sampled_from([10_000, 10_000, 40, 6])


def drive(xml: str, **settings: Any) -> Drive:
    return Drive(xml, ROOTS, d=0, **settings)


@given(BLOCKS, CHOICES, BUDGETS, st.booleans())
@settings(max_examples=150)
def test_a_sound_process_ends_whatever_happens_to_it(
    block: Block, choices: list[int], budget: int, reload: bool
) -> None:
    process = drive(Structured(block).xml, budget=budget, reload=reload)
    hand = Hand(process, choices)
    hand.finish(3000)
    assert not process.incidents
    assert process.ended, f"at {process.at}"
    assert process.outcome.state == "completed"


@given(BLOCKS, CHOICES, BUDGETS)
@settings(max_examples=60)
def test_reloading_between_steps_changes_nothing(
    block: Block, choices: list[int], budget: int
) -> None:
    xml = Structured(block).xml
    kept, reloaded = (drive(xml, budget=budget, reload=reload) for reload in (False, True))
    for process in (kept, reloaded):
        Hand(process, choices).finish(500)
    assert kept.records == reloaded.records
    assert kept.variables == reloaded.variables


@given(BLOCKS, CHOICES, BUDGETS)
@settings(max_examples=60)
def test_a_step_in_place_is_the_step_with_its_difference_applied(
    block: Block, choices: list[int], budget: int
) -> None:
    xml = Structured(block).xml
    apart, within = (
        drive(xml, budget=budget, reload=False, in_place=in_place) for in_place in (False, True)
    )
    for process in (apart, within):
        Hand(process, choices).finish(500)
    assert apart.records == within.records
    assert apart.instance.last_id == within.instance.last_id
    assert apart.instance.scopes == within.instance.scopes
    assert apart.instance.tokens == within.instance.tokens
    assert apart.instance.subscriptions == within.instance.subscriptions


@given(BLOCKS, CHOICES)
@settings(max_examples=60)
def test_a_called_process_ends_or_escapes(block: Block, choices: list[int]) -> None:
    process = drive(Structured(block).xml, called=True)
    hand = Hand(process, choices)
    hand.finish(3000)
    assert process.ended
    is_error = any(escaped.kind == "error" for escaped in process.outcome.escaped)
    assert process.outcome.state == ("failed" if is_error else "completed")


@given(BLOCKS, CHOICES)
@settings(max_examples=60)
def test_an_instance_can_be_cancelled_at_any_moment(block: Block, choices: list[int]) -> None:
    process = drive(Structured(block).xml)
    Hand(process, choices)
    if process.instance.scopes:
        process.give(Cancelled())
    instance = process.instance
    rows = (instance.scopes, instance.tokens, instance.subscriptions)
    assert rows == ({}, {}, {})


@given(BLOCKS, CHOICES)
@settings(max_examples=60)
def test_an_instance_can_be_abandoned_at_any_moment(block: Block, choices: list[int]) -> None:
    process = drive(Structured(block).xml)
    hand = Hand(process, choices)
    if process.ended:
        return
    process.give(Compensated(reason="enough"))
    while process.instance.scopes:
        running = hand.open("user_task")
        assert len(running) == 1, "one handler after the other"
        hand.finish(1)
    assert (process.outcome.state, process.outcome.reason) == ("cancelled", "enough")


@given(BLOCKS, CHOICES)
@settings(max_examples=60)
def test_each_completed_activity_is_undone_once_at_most(block: Block, choices: list[int]) -> None:
    process = drive(Structured(block).xml)
    Hand(process, choices).finish(3000)
    counts = Counter((record.kind, record.element) for record in process.records)
    for (kind, element), count in counts.items():
        if kind == "entered" and str(element).startswith("undo-"):
            assert count <= counts["left", str(element).removeprefix("undo-")]


@given(BLOCKS, CHOICES)
@settings(max_examples=60)
def test_what_completed_before_a_throw_is_undone_last_first(
    block: Block, choices: list[int]
) -> None:
    """Of what completed in the process itself; what is in sub-processes goes with them."""
    done = ("undoable", ("task", "userTask"))
    process = drive(Structured(("seq", (done, block, done, ("undo", True)))).xml)
    Hand(process, choices).finish(3000)
    undone: dict[Any, list[int]] = {}
    for record in process.records:
        if record.kind == "compensating" and record.subscription < record.scope:
            if process.program.nodes[record.element].container == "p":
                undone.setdefault(record.scope, []).append(record.subscription)
    for promises in undone.values():
        assert promises == sorted(promises, reverse=True)
    every = [s for promises in undone.values() for s in promises]
    assert len(every) == len(set(every)), "each once"


@given(BLOCKS, CHOICES)
@settings(max_examples=80)
def test_a_join_goes_on_as_often_as_its_split(block: Block, choices: list[int]) -> None:
    """At most as often where something inside was interrupted."""
    structured = Structured(block)
    process = drive(structured.xml)
    Hand(process, choices).finish(3000)
    counts = Counter((record.kind, record.element) for record in process.records)
    is_interrupted = any(record.kind == "cancelled" for record in process.records)
    for split, join in structured.joins:
        if "xclusive" in type(process.program.nodes[join].element).__name__:
            continue
        went, came = counts["left", split], counts["left", join]
        assert came <= went if is_interrupted else came == went


@given(BLOCKS, CHOICES)
@settings(max_examples=80)
def test_an_interrupting_event_sub_process_has_its_scope_to_itself(
    block: Block, choices: list[int]
) -> None:
    process = drive(Structured(block).xml)
    for choice in choices:
        if process.instance.scopes:
            Hand(process, [choice])
        instance = process.instance
        for scope in instance.scopes.values():
            if scope.kind == "sub_process" and scope.index == 1 and scope.holder is not None:
                holder = instance.tokens[scope.holder]
                assert list(instance.tokens_in[holder.scope]) == [holder.id]
                held = instance.held_by_scope.get(holder.scope, {}).values()
                assert {s.trigger.kind for s in held} <= {"compensation"}


@given(BLOCKS, CHOICES)
@settings(max_examples=40)
def test_the_flows_taken_connect_the_visits(block: Block, choices: list[int]) -> None:
    """Whatever was entered by a flow comes after its source was left, or fired."""
    process = drive(Structured(block).xml)
    Hand(process, choices).finish(500)
    flows = {f.id: f for node in process.program.nodes.values() for f in node.outgoing}
    seen: set[str] = set()
    for record in process.records:
        if record.kind == "entered":
            if record.detail is not None:
                flow = flows[record.detail]
                assert flow.target.id == record.element
                assert flow.source.id in seen
            seen.add(record.element)


@given(BLOCKS, CHOICES, st.booleans())
@settings(max_examples=80)
def test_whatever_is_moved_by_hand_can_be_told_and_cancelled(
    block: Block, choices: list[int], reload: bool
) -> None:
    process = drive(Structured(block).xml, budget=500, reload=reload)
    for choice in choices:
        if process.instance.scopes:
            Hand(process, [choice], by_hand=True)
        explained(process.program, process.instance)
    if process.instance.scopes:
        process.give(Cancelled())
    assert process.instance.scopes == {}


# Any graph at all


def explained(program: Program, instance: Instance) -> None:
    """Each token waits for something, holds what runs inside it, or stands at a join."""
    for token in instance.tokens.values():
        assert (
            token.id in instance.held_by
            or token.id in instance.holds
            or token.node in program.gathering
        ), f"{token} is lost"


def enabled(program: Program, instance: Instance) -> list[str]:
    """Inclusive joins that hold a token and must go, by the rule of §13.4.3 as it is written."""
    found = []
    for (scope, id), by_flow in instance.at_joins.items():
        node = program.nodes[id]
        if not isinstance(node.element, InclusiveGateway):
            continue
        first = min(t for tokens in by_flow.values() for t in tokens)
        if first in instance.held_by:
            continue
        full = set(by_flow)
        empty = {f.id for f in node.incoming} - full
        tokens = [t for t in instance.tokens_in[scope].values() if t.node != id]
        blocked = any(
            reach(program, t.node, id) & empty and not reach(program, t.node, id) & full
            for t in tokens
        )
        if not blocked:
            found.append(id)
    return found


def reach(program: Program, node: str, join: str) -> set[str | None]:
    """The incoming flows of `join` that a token at `node` can come by without passing `join`."""
    seen, todo = {node}, [node]
    flows: set[str | None] = set()
    while todo:
        at = program.nodes[todo.pop()]
        for flow in at.outgoing:
            if flow.target.id == join:
                flows.add(flow.id)
            elif flow.target.id not in seen:
                seen.add(flow.target.id)
                todo.append(flow.target.id)
        for event in at.boundary:
            if event.id not in seen:
                seen.add(event.id)
                todo.append(event.id)
    return flows


@given(unstructured(), CHOICES, st.booleans())
@settings(max_examples=200)
@example(
    "<startEvent id='s'/>\ns -> n0\n<inclusiveGateway id='n0'/>\n<inclusiveGateway id='n1'/>\n"
    "n0 -> n1\nn1 -> n0",
    [],
    False,
)
def test_any_process_ends_or_waits_for_something_that_can_be_told(
    xml: str, choices: list[int], by_hand: bool
) -> None:
    process = drive(xml, budget=60)
    explained(process.program, process.instance)
    for choice in choices:
        if process.ended:
            break
        Hand(process, [choice], by_hand=by_hand)
        explained(process.program, process.instance)
        assert not enabled(process.program, process.instance)
    Hand(process, []).finish(20)
    explained(process.program, process.instance)
    assert not enabled(process.program, process.instance)
    assert process.ended == (process.outcome.state != "active")


@given(unstructured(), CHOICES)
@settings(max_examples=60)
def test_any_process_replays_from_its_inputs(xml: str, choices: list[int]) -> None:
    first, second = drive(xml, budget=60), drive(xml, budget=60, reload=True)
    for process in (first, second):
        Hand(process, choices, by_hand=True)
    assert first.records == second.records
    assert first.instance.last_id == second.instance.last_id
