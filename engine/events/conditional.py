"""Conditional event (BPMN 2.0.2 §10.5.5): fires when its condition holds.

It is asked when it is armed, and then when a variable it reads has changed, once a step.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bpmn.dialects import Condition
from bpmn.model import ConditionalEventDefinition
from engine.behaviour import EventBehaviour, behaviour
from engine.expressions import Expression
from engine.state import Trigger

if TYPE_CHECKING:
    from engine.compiler import Compiler
    from engine.program import Node, Part
    from engine.run import Run


class Watched:
    """A condition that is asked only when certain variables change in certain ways."""

    __slots__ = ("_condition", "asks_execution", "changes", "names", "text")

    def __init__(self, condition: Expression, stated: Condition) -> None:
        self._condition = condition
        self.text = condition.text
        self.asks_execution = getattr(condition, "asks_execution", False)
        self.names = frozenset(stated.variables) or condition.names
        self.changes = frozenset(stated.changes)

    def evaluate(self, variables: Mapping[str, Any], *, now: datetime | None = None) -> Any:
        return self._condition.evaluate(variables, now=now)


@behaviour(ConditionalEventDefinition)
class ConditionalBehaviour(EventBehaviour[Expression | None]):
    def prepare(
        self, compiler: Compiler, part: Part[Expression | None], node: Node[Any]
    ) -> Expression | None:
        condition = part.definition.condition  # type: ignore[attr-defined]
        compiled = compiler.expression(condition, node.element)
        if compiled is None and not compiler.problems:
            compiler.problem(node.element, "its conditional event definition has no condition")
        stated = part.settings.condition or node.settings.condition
        return Watched(compiled, stated) if compiled is not None and stated else compiled

    def trigger(self, run: Run, part: Part[Expression | None], scope: int) -> Trigger:
        assert part.plan is not None
        return Trigger(kind="condition", name=part.plan.text)
