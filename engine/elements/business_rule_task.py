"""Business rule task (BPMN 2.0.2 §10.3.3): a decision, evaluated within the same transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from bpmn.model import BusinessRuleTask
from engine.activities import complete
from engine.behaviour import NodeBehaviour, behaviour
from engine.elements.pass_through import work_on
from engine.elements.script_task import yielded
from engine.expressions import Expression
from engine.jobs import JobPlan, job_plan
from engine.state import Subscription, Token, Trigger, Variables

if TYPE_CHECKING:
    from engine.compiler import Compiler
    from engine.program import Node
    from engine.run import Run


class BusinessRulePlan(Struct, frozen=True):
    """The decision by its id, or the job that decides."""

    decision: Expression | None
    details: dict[str, Any]
    result: str | None
    job: JobPlan | None = None
    version: Expression | None = None


@behaviour(BusinessRuleTask)
class BusinessRuleTaskBehaviour(NodeBehaviour[BusinessRulePlan]):
    def prepare(self, compiler: Compiler, node: Node[BusinessRulePlan]) -> BusinessRulePlan:
        decision = node.settings.decision
        if decision is None:
            implementation = node.element.implementation
            stated = implementation if not implementation.startswith("##") else None
            job = job_plan(compiler, node, node.settings, stated or node.id)
            return BusinessRulePlan(None, {}, None, job)
        details: dict[str, Any] = {"binding": decision.binding, "version": decision.version}
        if decision.version_tag:
            details["version_tag"] = decision.version_tag
        if decision.version_tag:
            details["version_tag"] = decision.version_tag
        if decision.map_decision_result:
            details["map"] = decision.map_decision_result
        id = compiler.code(decision.id, node.element)
        version = compiler.named(decision.version, node.element) if decision.version else None
        return BusinessRulePlan(id, details, decision.result_variable, version=version)

    def enter(self, run: Run, token: Token, node: Node[BusinessRulePlan]) -> None:
        plan = node.plan
        if plan.job is not None:
            work_on(run, token, node, plan.job)
            return
        scope = run.local(token)
        details = {**plan.details, "variables": dict(run.visible(scope))}
        if plan.version is not None:
            details["version"] = run.evaluate(plan.version, scope)
        name = str(run.evaluate(plan.decision, scope))
        run.wait(token, Trigger(kind="decision", name=name, details=details))

    def caught(
        self, run: Run, node: Node[BusinessRulePlan], subscription: Subscription, payload: Variables
    ) -> None:
        """Of a decision the payload is its `result`, with what was `evaluated` on the way."""
        assert subscription.token is not None
        run.withdraw(subscription)
        token = run.instance.tokens[subscription.token]
        if node.plan.job is not None:
            complete(run, token, node, payload)
            return
        value = payload.get("result")
        detail = {"decision": subscription.trigger.name, "output": value}
        for fact in ("evaluated", "version", "inputs", "warnings"):
            if payload.get(fact):
                detail[fact] = payload[fact]
        run.record("evaluated", node.id, token.id, token.scope, detail=detail)
        complete(run, token, node, yielded(node.plan.result, value))
