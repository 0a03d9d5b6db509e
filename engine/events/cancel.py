"""Cancel event (BPMN 2.0.2 §10.5.5, §13.5.2): a transaction stops, undoes what it had completed,
and only then is left by its cancel boundary event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bpmn.model import CancelEventDefinition
from engine.behaviour import EventBehaviour, behaviour
from engine.errors import ExecutionError
from engine.state import Token

if TYPE_CHECKING:
    from engine.program import Node, Part
    from engine.run import Run


@behaviour(CancelEventDefinition)
class CancelBehaviour(EventBehaviour[None]):
    kind = "cancel"
    is_thrown_to_scopes = True
    always_interrupts = True

    def throw(self, run: Run, token: Token, node: Node[Any], part: Part[None]) -> bool:
        run.interrupt(token.scope, spare=token)
        scope = run.open(
            node.id,
            "compensation",
            parent=token.scope,
            holder=token,
            items=(None, token.scope),
        )
        run.settle(scope)
        return False


def leave_cancelled(run: Run, token: Token) -> None:
    """The compensation that a cancel end event asked for is done: leave the transaction."""
    if not run.throw(token, "cancel", None, {}):
        raise ExecutionError(
            f"{run.node_of(token)}: the transaction around it has no cancel boundary event to "
            f"leave by; add one",
            token.node,
        )
