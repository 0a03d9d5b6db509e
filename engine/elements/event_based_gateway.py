"""Event-based gateway (BPMN 2.0.2 §13.4.4): the first event wins, all others are withdrawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bpmn.model import EventBasedGateway, ReceiveTask
from engine.behaviour import NodeBehaviour, behaviour
from engine.events.message import message_trigger
from engine.state import Token

if TYPE_CHECKING:
    from engine.program import Node
    from engine.run import Run


@behaviour(EventBasedGateway)
class EventBasedGatewayBehaviour(NodeBehaviour[Any]):
    def enter(self, run: Run, token: Token, node: Node[Any]) -> None:
        for flow in node.outgoing:
            target = flow.target
            if isinstance(target.element, ReceiveTask):
                trigger = message_trigger(run, target.plan, token.scope, target.id)
                run.wait(token, trigger, catcher=target.id)
            else:
                run.arm(target, token.scope, token.id)
        if not node.outgoing:
            run.leave(token, ())
