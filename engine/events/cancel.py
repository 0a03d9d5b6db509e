"""Cancel event (BPMN 2.0.2 §10.5.5, §13.5.2): a transaction stops, undoes what it had completed,
and only then is left by its cancel boundary event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bpmn.model import CancelEventDefinition
from engine.behaviour import EventBehaviour, behaviour
from engine.state import Token
from engine.undo import begin_undoing

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
        begin_undoing(run, token, node.id, None, token.scope)
        return False


def leave_cancelled(run: Run, token: Token) -> None:
    """The compensation that a cancel end event asked for is done: leave the transaction, by its
    cancel boundary event; without one nothing goes on behind it (ours: no flow leads from there,
    and what was cancelled has not completed)."""
    if run.throw(token, "cancel", None, {}):
        return
    run.record("uncaught", token.node, token.id, token.scope, detail={"kind": "cancel"})
    holder = run.instance.scopes[token.scope].holder
    if holder is None:
        run.end(token)
        return
    transaction = run.instance.tokens[holder]
    if run.is_iteration(transaction):
        loop = run.instance.scopes[transaction.scope]
        transaction = run.instance.tokens[loop.holder or 0]
    run.cancel(transaction)
