"""Exclusive gateway (BPMN 2.0.2 §13.4.2): the first flow whose condition holds, or the default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn.model import ExclusiveGateway
from engine.behaviour import NodeBehaviour, behaviour
from engine.errors import ExecutionError
from engine.state import Token

if TYPE_CHECKING:
    from engine.program import Node
    from engine.run import Run


@behaviour(ExclusiveGateway)
class ExclusiveGatewayBehaviour(NodeBehaviour[None]):
    """A flow without a condition counts as one that holds, where it stands."""

    def enter(self, run: Run, token: Token, node: Node[None]) -> None:
        default = node.default
        for flow in node.outgoing:
            if flow is default:
                continue
            if flow.condition is None or run.holds(flow.condition, token.scope):
                run.leave(token, (flow,))
                return
        if default is not None:
            run.leave(token, (default,))
        elif not node.outgoing:
            run.leave(token, ())
        else:
            asked = ", ".join(f"{f.id!r}: {f.condition.text}" for f in node.outgoing if f.condition)
            raise ExecutionError(
                f"{node}: no condition holds ({asked}) and there is no default flow", node.id
            )
