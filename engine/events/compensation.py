"""Compensation (BPMN 2.0.2 §10.5.6, §13.5.5): undo what has completed, last first, one by one.

A completed activity leaves a subscription behind in its scope; a throw uses up those it reaches.
The handlers run in a scope that the throwing token holds, unless it does not wait for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bpmn.model import CompensateEventDefinition
from engine.activities import enclosing
from engine.behaviour import EventBehaviour, behaviour
from engine.state import Token
from engine.undo import begin_undoing

if TYPE_CHECKING:
    from engine.compiler import Compiler
    from engine.program import Node, Part
    from engine.run import Run


@behaviour(CompensateEventDefinition)
class CompensationBehaviour(EventBehaviour[str | None]):
    """The plan is the id of the one activity to compensate; None: all of the scope."""

    def prepare(self, compiler: Compiler, part: Part[str | None], node: Node[Any]) -> str | None:
        ref = part.definition.activity_ref  # type: ignore[attr-defined]
        if ref and ref not in compiler.graph.nodes:
            compiler.problem(
                node.element, f"activityRef {ref!r} is no activity of this process", "name one"
            )
        return ref or None

    def throw(self, run: Run, token: Token, node: Node[Any], part: Part[str | None]) -> bool:
        """One that does not wait for the handlers goes on, and nobody holds their scope."""
        waits: bool = part.definition.wait_for_completion  # type: ignore[attr-defined]
        target = compensated_scope(run, token, part.plan)
        begin_undoing(run, token, node.id, part.plan, target, is_held=waits)
        return not waits


def compensated_scope(run: Run, token: Token, activity: str | None) -> int:
    """The scope whose completed activities a throw at `token` undoes: its own; from an event
    sub-process, the one that it belongs to (unless it names an activity of its own)."""
    own = enclosing(run, token)
    scope = run.instance.scopes[own]
    element: Any = run.program.containers[scope.container].element
    if getattr(element, "triggered_by_event", False) and (
        activity is None or run.program.nodes[activity].container != scope.container
    ):
        assert scope.parent is not None
        return scope.parent
    return own
