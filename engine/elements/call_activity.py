"""Call activity (BPMN 2.0.2 §10.3.6): another process runs as an instance of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from bpmn.model import CallActivity
from engine.activities import complete
from engine.behaviour import NodeBehaviour, behaviour
from engine.data import VariableMapping
from engine.errors import ExecutionError
from engine.expressions import Expression
from engine.state import Subscription, Token, Trigger, Variables

if TYPE_CHECKING:
    from engine.compiler import Compiler
    from engine.program import Node
    from engine.run import Run


class CallPlan(Struct, frozen=True):
    """Who is called, and what crosses in and out."""

    process: Expression | None
    details: dict[str, Any]
    business_key: Expression | None
    all_in: bool
    all_out: bool
    in_mappings: tuple[VariableMapping, ...]
    out_mappings: tuple[VariableMapping, ...]
    version: Expression | None = None


@behaviour(CallActivity)
class CallActivityBehaviour(NodeBehaviour[CallPlan]):
    """Without mappings of a dialect's own, all visible variables go in and all results come out."""

    def prepare(self, compiler: Compiler, node: Node[CallPlan]) -> CallPlan:
        element: CallActivity = node.element
        called = node.settings.called
        stated = called.process if called else None
        process = (
            compiler.code(stated, element)
            if stated is not None
            else compiler.named(element.called_element, element)
            if element.called_element
            else None
        )
        if process is None and not compiler.problems:
            compiler.problem(element, "it does not say which process it calls", "set calledElement")
        if called is None:
            return CallPlan(process, {"binding": "latest"}, None, True, True, (), ())
        details: dict[str, Any] = {
            "binding": called.binding,
            "version": called.version,
            "version_tag": called.version_tag,
        }
        if not (called.inherits_business_key or compiler.dialect.keeps_business_key):
            details["business_key"] = None
        return CallPlan(
            process,
            details,
            compiler.code(called.business_key, element),
            called.propagate_all_in,
            called.propagate_all_out,
            compiler.mappings(called.in_mappings, element),
            compiler.mappings(called.out_mappings, element),
            compiler.named(called.version, element) if called.version else None,
        )

    def enter(self, run: Run, token: Token, node: Node[CallPlan]) -> None:
        plan, scope = node.plan, run.local(token)
        process = run.evaluate(plan.process, scope)
        if not isinstance(process, str) or not process:
            raise ExecutionError(f"{node}: the called process is {process!r}, not an id", node.id)
        variables: dict[str, Any] = {}
        if plan.all_in:
            variables.update(run.visible(scope))
        elif scope != token.scope:
            variables.update(run.instance.scopes[scope].variables)
        for mapping in plan.in_mappings:
            variables[".".join(mapping.path)] = run.evaluate(mapping.source, scope)
        details = {**plan.details, "variables": variables}
        if plan.version is not None:
            details["version"] = run.evaluate(plan.version, scope)
        if plan.business_key is not None:
            key = run.evaluate(plan.business_key, scope)
            details["business_key"] = None if key is None else str(key)
        run.wait(token, Trigger(kind="call", name=process, details=details))

    def caught(
        self, run: Run, node: Node[CallPlan], subscription: Subscription, payload: Variables
    ) -> None:
        """The called instance has ended; the payload is its variables."""
        assert subscription.token is not None
        run.withdraw(subscription)
        plan = node.plan
        results = call_results(run, node, payload)
        token = run.instance.tokens[subscription.token]
        if node.outputs and not plan.all_out and not plan.out_mappings:
            results = dict(payload)
        complete(run, token, node, results)


def call_results(run: Run, node: Node[CallPlan], variables: Variables) -> dict[str, Any]:
    """What crosses out of a called process that has these variables."""
    plan = node.plan
    results: dict[str, Any] = dict(variables) if plan.all_out else {}
    for mapping in plan.out_mappings:
        results[".".join(mapping.path)] = mapping.source.evaluate(variables, now=run.now)
    return results
