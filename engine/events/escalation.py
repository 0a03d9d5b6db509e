"""Escalation event (BPMN 2.0.2 §10.5.5): tells the nearest scope that asks; the thrower goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bpmn.model import Escalation, EscalationEventDefinition
from engine.behaviour import EventBehaviour, behaviour
from engine.state import Token
from engine.throwing import Escaped

if TYPE_CHECKING:
    from engine.compiler import Compiler
    from engine.program import Node, Part
    from engine.run import Run


@behaviour(EscalationEventDefinition)
class EscalationBehaviour(EventBehaviour[str | None]):
    kind = "escalation"
    is_thrown_to_scopes = True

    def prepare(self, compiler: Compiler, part: Part[str | None], node: Node[Any]) -> str | None:
        ref = part.definition.escalation_ref  # type: ignore[attr-defined]
        found = compiler.root(ref, Escalation)
        return (found.escalation_code or found.name or found.id) if found else None

    def code(self, part: Part[str | None]) -> str | None:
        return part.plan

    def throw(self, run: Run, token: Token, node: Node[Any], part: Part[str | None]) -> bool:
        """An interrupting catcher may take the thrower; nobody catching it is no failure."""
        throw_escalation(run, token, part.plan, run.thrown_variables(token))
        return token.id in run.instance.tokens


def throw_escalation(run: Run, token: Token, code: str | None, payload: dict[str, Any]) -> None:
    """Throw an escalation at `token`; uncaught, it goes to the caller of a called instance."""
    if run.throw(token, "escalation", code, payload):
        return
    detail = {"kind": "escalation", "code": code}
    run.record("uncaught", token.node, token.id, token.scope, detail=detail)
    if run.called:
        run.escaped.append(
            Escaped(kind="escalation", code=code, variables=payload, element=token.node)
        )
