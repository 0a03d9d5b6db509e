"""Link event (BPMN 2.0.2 §10.5.5): a sequence flow cut in two, in one container."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bpmn.model import LinkEventDefinition, ThrowEvent
from engine.behaviour import EventBehaviour, behaviour
from engine.state import Token

if TYPE_CHECKING:
    from engine.compiler import Compiler
    from engine.program import Node, Part
    from engine.run import Run


@behaviour(LinkEventDefinition)
class LinkBehaviour(EventBehaviour[str | None]):
    """The plan is the id of the catch event that a throw leads to."""

    def prepare(self, compiler: Compiler, part: Part[str | None], node: Node[Any]) -> str | None:
        if not isinstance(node.element, ThrowEvent):
            return None
        name = part.definition.name  # type: ignore[attr-defined]
        target = compiler.graph.link_target(node.element, name)
        if target is None:
            compiler.problem(
                node.element, f"no link catch event {name!r} in its container", "add one"
            )
        return target

    def throw(self, run: Run, token: Token, node: Node[Any], part: Part[str | None]) -> bool:
        assert part.plan is not None
        run.enter(token.scope, run.program.nodes[part.plan])
        run.end(token)
        return False
