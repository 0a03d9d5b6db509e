"""Error event (BPMN 2.0.2 §10.5.5): caught by the nearest scope that asks for its code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from bpmn.model import CallActivity, Error, ErrorEventDefinition
from engine.activities import complete
from engine.behaviour import EventBehaviour, behaviour
from engine.expressions import Expression
from engine.state import Token
from engine.throwing import Escaped, Uncaught

if TYPE_CHECKING:
    from engine.compiler import Compiler
    from engine.program import Node, Part
    from engine.run import Run


class ErrorPlan(Struct, frozen=True):
    """The code that is thrown or caught (None catches all), and the message thrown with it."""

    code: str | None
    message: Expression | None


@behaviour(ErrorEventDefinition)
class ErrorBehaviour(EventBehaviour[ErrorPlan]):
    kind = "error"
    is_thrown_to_scopes = True
    always_interrupts = True

    def prepare(self, compiler: Compiler, part: Part[ErrorPlan], node: Node[Any]) -> ErrorPlan:
        error = compiler.root(part.definition.error_ref, Error)  # type: ignore[attr-defined]
        if error is None:
            return ErrorPlan(None, None)
        said = compiler.code(compiler.settings(error).error_message, error)
        return ErrorPlan(error.error_code or error.name or error.id, said)

    def code(self, part: Part[ErrorPlan]) -> str | None:
        return part.plan.code

    def throw(self, run: Run, token: Token, node: Node[Any], part: Part[ErrorPlan]) -> bool:
        payload = run.thrown_variables(token)
        said = part.plan.message
        message = None if said is None else str(run.evaluate(said, run.local(token)))
        throw_error(run, token, part.plan.code, payload, message)
        return False


def throw_error(
    run: Run, token: Token, code: str | None, payload: dict[str, Any], message: str | None
) -> None:
    """Throw a BPMN error at `token`. Uncaught, it goes to the caller of a called instance, which
    ends; otherwise raises Uncaught: an incident at the thrower (ours; Camunda 8's too)."""
    if run.throw(token, "error", code, payload, message):
        return
    run.record(
        "uncaught", token.node, token.id, token.scope, detail={"kind": "error", "code": code}
    )
    if run.called:
        run.escape(
            Escaped(kind="error", code=code, message=message, variables=payload, element=token.node)
        )
        return
    if run.program.dialect.ends_path_on_uncaught_error:
        node = run.node_of(token)
        if isinstance(node.element, CallActivity):
            complete(run, token, node, {})
        else:
            run.end(token)
        return
    said = f": {message}" if message else ""
    raise Uncaught(
        f"BPMN error {code!r} thrown at {run.node_of(token)} is not caught{said}; "
        f"an error boundary event or event sub-process for it would catch it",
        token.node,
    )
