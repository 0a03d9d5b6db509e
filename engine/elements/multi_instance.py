"""Multi-instance activity (BPMN 2.0.2 §10.3.8, §13.3.7): one iteration an item.

The activity's token holds a loop scope whose tokens are the iterations; each iteration holds an
activity scope with its item. A completed iteration leaves its result behind in that scope, so the
results are collected in the order of the items and completing one touches only its own rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from bpmn.model import EventDefinition, MultiInstanceLoopCharacteristics
from engine.activities import completed
from engine.behaviour import LoopBehaviour, behaviour
from engine.data import (
    Read,
    VariableMapping,
    collection_mapped,
    collection_read,
    collection_written,
)
from engine.errors import ExecutionError
from engine.expressions import Expression
from engine.mappings import mapped
from engine.state import Scope, Token, Variables

if TYPE_CHECKING:
    from engine.compiler import Compiler
    from engine.program import Node, Part
    from engine.run import Run

LIMIT = 100_000
"""Items one activity may have; more is a runaway model (RELIABILITY: P14)."""

THROWN = "=thrown"
"""Under this name a loop remembers that an iteration has completed before."""

OUTPUT = "="
"""Under this name, which no variable can have, a completed iteration keeps its result."""


class MultiInstancePlan(Struct, frozen=True):
    """What is repeated over, and what is collected."""

    is_sequential: bool
    cardinality: Expression | None
    collection: Expression | None
    element_variable: str | None
    index_variable: str
    output_collection: str | None
    output_element: Expression | None
    completion_condition: Expression | None
    thrown: tuple[Thrown, ...] = ()
    mapped: tuple[VariableMapping, ...] = ()
    """How the results are changed on their way outward, by their data output's name."""


class Thrown(Struct, frozen=True):
    """An event thrown at the activity's boundary when an iteration completes (§10.3.8)."""

    part: Part[Any]
    condition: Expression | None
    is_first_only: bool


@behaviour(MultiInstanceLoopCharacteristics)
class MultiInstanceBehaviour(LoopBehaviour[MultiInstancePlan]):
    def prepare(self, compiler: Compiler, node: Node[Any]) -> MultiInstancePlan:
        loop: MultiInstanceLoopCharacteristics = node.element.loop_characteristics
        settings = compiler.settings(loop).loop
        collection = compiler.code(settings.collection, node.element) if settings else None
        if collection is None and loop.loop_data_input_ref:
            collection = collection_read(compiler, node, loop.loop_data_input_ref)
        item = (settings.element_variable if settings else None) or (
            (loop.input_data_item.name or loop.input_data_item.id) if loop.input_data_item else None
        )
        output = (settings.output_collection if settings else None) or (
            collection_written(compiler, node, loop.loop_data_output_ref)
            if loop.loop_data_output_ref
            else None
        )
        result = compiler.code(settings.output_element, node.element) if settings else None
        if result is None and output and loop.output_data_item is not None:
            result = Read(loop.output_data_item.name or loop.output_data_item.id)
        plan = MultiInstancePlan(
            loop.is_sequential,
            compiler.expression(loop.loop_cardinality, node.element),
            collection,
            item,
            (settings.index_variable if settings else None) or "loopCounter",
            output,
            result,
            compiler.expression(loop.completion_condition, node.element),
            tuple(_thrown(compiler, node, loop)),
            tuple(collection_mapped(compiler, node, loop.loop_data_output_ref))
            if loop.loop_data_output_ref
            else (),
        )
        if plan.cardinality is None and plan.collection is None and not compiler.problems:
            compiler.problem(
                node.element,
                "its multi-instance loop has neither a collection nor a loopCardinality",
                "say how many or over what",
            )
        return plan

    def enter(self, run: Run, token: Token, node: Node[Any]) -> None:
        plan: MultiInstancePlan = node.loop_plan
        items = self._items(run, token, node)
        loop = run.open(
            node.id,
            "loop",
            parent=run.local(token),
            holder=token,
            variables={"numberOfInstances": len(items)},
            items=items if plan.is_sequential else None,
            index=0 if plan.is_sequential else -1,
        )
        if not items:
            self._finish(run, token, node, run.instance.scopes[loop])
        for index, item in enumerate(items[:1] if plan.is_sequential else items):
            self._iterate(run, loop, node, index, item)

    def _items(self, run: Run, token: Token, node: Node[Any]) -> tuple[Any, ...]:
        plan: MultiInstancePlan = node.loop_plan
        scope = run.local(token)
        if plan.collection is not None:
            found = run.evaluate(plan.collection, scope)
            if not isinstance(found, list | tuple):
                raise ExecutionError(
                    f"{node}: its collection {plan.collection.text!r} is {_short(found)}; "
                    f"a list would do",
                    node.id,
                )
            items = tuple(found)
        else:
            assert plan.cardinality is not None
            items = (None,) * self._number(
                node, plan.cardinality, run.evaluate(plan.cardinality, scope)
            )
        if len(items) > LIMIT:
            raise ExecutionError(f"{node}: {len(items)} items are more than {LIMIT}", node.id)
        return items

    def _number(self, node: Node[Any], expression: Expression, value: Any) -> int:
        try:
            number = int(value)
            if number == value if not isinstance(value, str) else True:
                if 0 <= number <= LIMIT and not isinstance(value, bool):
                    return number
        except (TypeError, ValueError, OverflowError):
            pass
        raise ExecutionError(
            f"{node}: its loopCardinality {expression.text!r} is {_short(value)}; "
            f"a whole number from 0 to {LIMIT} would do",
            node.id,
        )

    def _iterate(self, run: Run, loop: int, node: Node[Any], index: int, item: Any) -> None:
        run.offer(self._iteration(run, loop, node, index, item))

    def _iteration(self, run: Run, loop: int, node: Node[Any], index: int, item: Any) -> Token:
        plan: MultiInstancePlan = node.loop_plan
        iteration = run.place(loop, node)
        counter = index + run.program.dialect.first_loop_counter
        variables: dict[str, Any] = {plan.index_variable: counter}
        if plan.element_variable:
            variables[plan.element_variable] = item
        if isinstance(plan.output_element, Read):
            variables.setdefault(plan.output_element.text, None)
        run.open(
            node.id, "activity", parent=loop, holder=iteration, variables=variables, index=index
        )
        return iteration

    def single(self, run: Run, token: Token, node: Node[Any]) -> Token:
        plan: MultiInstancePlan = node.loop_plan
        loop = run.open(
            node.id,
            "loop",
            parent=run.local(token),
            holder=token,
            variables={"numberOfInstances": 1},
            items=(None,) if plan.is_sequential else None,
            index=0 if plan.is_sequential else -1,
        )
        return self._iteration(run, loop, node, 0, None)

    def cannot_add(self, node: Node[Any]) -> str | None:
        return None

    def add(self, run: Run, loop: Scope, node: Node[Any], variables: Variables) -> None:
        plan: MultiInstancePlan = node.loop_plan
        index = loop.variables["numberOfInstances"]
        item = variables.get(plan.element_variable or "")
        count = {**loop.variables, "numberOfInstances": index + 1}
        if loop.items is not None:
            run.set_scope(replace(loop, variables=count, items=(*loop.items, item)))
            return
        run.set_scope(replace(loop, variables=count))
        iteration = self._iteration(run, loop.id, node, index, item)
        if variables:
            run.declare(run.local(iteration), variables, node.id)
        run.offer(iteration)

    def yielded(self, run: Run, iteration: Token, node: Node[Any], payload: Variables) -> Variables:
        """What the collected result is made of stays with the iteration."""
        plan: MultiInstancePlan = node.loop_plan
        if plan.output_element is None or not payload or node.outputs:
            return payload
        own = {n: v for n, v in payload.items() if n in plan.output_element.names}
        if own:
            run.declare(run.local(iteration), own, node.id)
        return {n: v for n, v in payload.items() if n not in own}

    def iteration_completed(self, run: Run, iteration: Token, node: Node[Any]) -> None:
        plan: MultiInstancePlan = node.loop_plan
        loop = run.instance.scopes[iteration.scope]
        local = run.instance.scopes[run.local(iteration)]
        if plan.output_collection and plan.output_element is not None:
            value = run.evaluate(plan.output_element, local.id)
            kept = replace(local, variables={OUTPUT: value}, holder=None, completed=True)
            run.set_scope(kept)
        run.left(iteration)
        if plan.thrown and not self._throw(run, node, loop):
            return
        self._go_on(run, node, run.instance.scopes[loop.id], local.variables)

    def _throw(self, run: Run, node: Node[Any], loop: Scope) -> bool:
        """Throw what the completion of an iteration throws; whether the activity is still there."""
        plan: MultiInstancePlan = node.loop_plan
        assert loop.holder is not None
        token = run.instance.tokens[loop.holder]
        is_first = loop.variables.get(THROWN) is None
        if is_first:
            loop = replace(loop, variables={**loop.variables, THROWN: True})
            run.set_scope(loop)
        for thrown in plan.thrown:
            if thrown.is_first_only and not is_first:
                continue
            if thrown.condition is None or run.holds(thrown.condition, loop.id):
                thrown.part.behaviour.throw(run, token, node, thrown.part)
                if token.id not in run.instance.tokens:
                    return False
        return True

    def child_ended(self, run: Run, token: Token, node: Node[Any], scope: int) -> None:
        """The last iteration was cancelled from outside."""
        self._go_on(run, node, run.instance.scopes[scope])

    def _go_on(self, run: Run, node: Node[Any], loop: Scope, last: Variables | None = None) -> None:
        """Start the next iteration, or finish; `last`: the variables of the one that completed."""
        plan: MultiInstancePlan = node.loop_plan
        assert loop.holder is not None
        token = run.instance.tokens[loop.holder]
        condition = plan.completion_condition
        if condition is not None and run.holds(condition, loop.id, last):
            self._finish(run, token, node, loop)
        elif loop.items is not None:
            index = loop.index + 1
            if index < len(loop.items):
                run.set_scope(replace(loop, index=index))
                self._iterate(run, loop.id, node, index, loop.items[index])
            else:
                self._finish(run, token, node, loop)
        elif loop.id not in run.instance.tokens_in:
            self._finish(run, token, node, loop)

    def _finish(self, run: Run, token: Token, node: Node[Any], loop: Scope) -> None:
        """Collect, cancel what still runs, and leave the activity."""
        plan: MultiInstancePlan = node.loop_plan
        results: list[Any] = []
        if plan.output_collection:
            results = [None] * loop.variables["numberOfInstances"]
            for kept in run.instance.inside.get(loop.id, {}).values():
                if kept.completed and OUTPUT in kept.variables:
                    results[kept.index] = kept.variables[OUTPUT]
        run.close(loop.id)
        if plan.output_collection:
            collected = {plan.output_collection: results}
            values = mapped(run, plan.mapped, token.scope, collected) if plan.mapped else collected
            run.assign(token.scope, values, node.id)
        completed(run, token, node)


def _thrown(
    compiler: Compiler, node: Node[Any], loop: MultiInstanceLoopCharacteristics
) -> Iterator[Thrown]:
    match loop.behavior:
        case "None":
            refs = [(loop.none_behavior_event_ref, False)]
        case "One":
            refs = [(loop.one_behavior_event_ref, True)]
        case _:
            refs = []
    for ref, is_first_only in refs:
        if definition := compiler.root(ref, EventDefinition):
            yield Thrown(compiler.part(definition, node), None, is_first_only)
    if loop.behavior == "Complex":
        for complex_ in loop.complex_behavior_definitions:
            condition = compiler.expression(complex_.condition, node.element)
            if complex_.event is not None:
                for definition in complex_.event.event_definitions:
                    yield Thrown(compiler.part(definition, node), condition, False)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
