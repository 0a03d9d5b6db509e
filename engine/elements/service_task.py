"""Service task (BPMN 2.0.2 §10.3.3): work for a worker, a handler or a connector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn.model import Operation, ServiceTask
from engine.behaviour import NodeBehaviour, behaviour
from engine.elements.pass_through import completes_with, work_on
from engine.jobs import JobPlan, job_plan
from engine.state import Subscription, Token, Variables

if TYPE_CHECKING:
    from engine.compiler import Compiler
    from engine.program import Node
    from engine.run import Run


@behaviour(ServiceTask)
class ServiceTaskBehaviour(NodeBehaviour[JobPlan]):
    """Where the model names no job type: the operation's name, the implementation, or the id."""

    def prepare(self, compiler: Compiler, node: Node[JobPlan]) -> JobPlan:
        element: ServiceTask = node.element
        operation = _operation_name(compiler, element.operation_ref)
        implementation = element.implementation
        stated = implementation if not implementation.startswith("##") else None
        return job_plan(compiler, node, node.settings, operation or stated or node.id)

    def enter(self, run: Run, token: Token, node: Node[JobPlan]) -> None:
        work_on(run, token, node, node.plan)

    def caught(
        self, run: Run, node: Node[JobPlan], subscription: Subscription, payload: Variables
    ) -> None:
        completes_with(run, node, subscription, payload)


def _operation_name(compiler: Compiler, ref: str | None) -> str | None:
    if not ref:
        return None
    for root in compiler.graph.roots.values():
        for operation in getattr(root, "operations", ()):
            if isinstance(operation, Operation) and operation.id == ref:
                return operation.name or operation.id
    return None
