"""Inclusive gateway (BPMN 2.0.2 §13.4.3): every token that can still come, then every flow whose
condition holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn.model import InclusiveGateway
from engine.behaviour import NodeBehaviour, behaviour
from engine.state import Token

if TYPE_CHECKING:
    from engine.program import Node
    from engine.run import Run


@behaviour(InclusiveGateway)
class InclusiveGatewayBehaviour(NodeBehaviour[None]):
    def enter(self, run: Run, token: Token, node: Node[None]) -> None:
        """Asked when a token comes, and again whenever one upstream is gone: so it decides only
        when everything else in the step has come to rest."""
        if len(node.incoming) <= 1 or token.flow is None:
            run.leave(token)
            return
        if not run.is_at_rest:
            run.ask_at_rest(token.scope)
            return
        by_flow = {f: tokens for f, tokens in run.waiting_at(token).items() if f is not None}
        if len(by_flow) < len(node.incoming) and run.can_come(token.scope, node, set(by_flow)):
            return
        firsts = [waiting[min(waiting)] for waiting in by_flow.values()]
        stays = min(firsts, key=lambda t: t.id)
        flows = run.flows_out(stays, node)
        for other in firsts:
            if other is not stays:
                run.merge(other)
        run.leave(stays, flows)
