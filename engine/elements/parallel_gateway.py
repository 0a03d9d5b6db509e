"""Parallel gateway (BPMN 2.0.2 §13.4.1): a token of each incoming flow, then one on each outgoing.

Two tokens on one flow are two activations; the second waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn.model import ParallelGateway
from engine.behaviour import NodeBehaviour, behaviour
from engine.state import Token

if TYPE_CHECKING:
    from engine.program import Node
    from engine.run import Run


@behaviour(ParallelGateway)
class ParallelGatewayBehaviour(NodeBehaviour[None]):
    def enter(self, run: Run, token: Token, node: Node[None]) -> None:
        if len(node.incoming) > 1 and token.flow is not None:
            by_flow = run.waiting_at(token)
            if len(by_flow) - (None in by_flow) < len(node.incoming):
                return
            for flow in node.incoming:
                waiting = by_flow[flow.id]
                first = waiting[min(waiting)] if len(waiting) > 1 else next(iter(waiting.values()))
                if flow.id == token.flow:
                    token = first
                else:
                    run.merge(first)
        run.leave(token, node.outgoing)
