"""Terminate end event (BPMN 2.0.2 §10.5.5): ends every token of its own scope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bpmn.model import TerminateEventDefinition
from engine.behaviour import EventBehaviour, behaviour
from engine.state import Token

if TYPE_CHECKING:
    from engine.program import Node, Part
    from engine.run import Run


@behaviour(TerminateEventDefinition)
class TerminateBehaviour(EventBehaviour[None]):
    def throw(self, run: Run, token: Token, node: Node[Any], part: Part[None]) -> bool:
        run.interrupt(token.scope, spare=token)
        return True
