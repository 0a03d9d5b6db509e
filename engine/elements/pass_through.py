"""What a token passes: abstract and manual tasks, untriggered start events (§13.3.3, §13.5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bpmn.model import Task
from engine.activities import complete
from engine.behaviour import NodeBehaviour, behaviour
from engine.jobs import JobPlan, wait_for_job
from engine.listeners import called
from engine.state import Subscription, Token, Variables

if TYPE_CHECKING:
    from engine.program import Node
    from engine.run import Run


@behaviour(Task)
class TaskBehaviour(NodeBehaviour[None]):
    """An abstract task, and a manual one: the engine neither starts nor watches it."""

    def enter(self, run: Run, token: Token, node: Node[None]) -> None:
        complete(run, token, node, {})


def work_on(run: Run, token: Token, node: Node[Any], plan: JobPlan) -> None:
    """Ask for an activity's job, or evaluate the expression that stands in its place."""
    if plan.expression is None:
        if called(run, run.local(token), plan.delegate, plan.fields):
            run.record("evaluated", node.id, token.id, token.scope)
            complete(run, token, node, {})
        else:
            wait_for_job(run, token, plan)
        return
    value = run.evaluate(plan.expression, run.local(token))
    run.record("evaluated", node.id, token.id, token.scope, detail={"output": value})
    complete(run, token, node, {plan.result: value} if plan.result else {})


def completes_with(
    run: Run, node: Node[Any], subscription: Subscription, payload: Variables
) -> None:
    """The work that an activity's token waited for is done."""
    assert subscription.token is not None
    run.withdraw(subscription)
    token = run.instance.tokens[subscription.token]
    if node.results:
        payload = {
            mapping.path[-1]: run.evaluate(mapping.source, run.local(token), payload)
            for mapping in node.results
        }
    complete(run, token, node, payload)
