"""Ad-hoc sub-process (BPMN 2.0.2 §10.3.5, §13.3.5): activities in an order that is not drawn.

Somebody chooses what to do next, through a `choice` subscription: the payload's `elements` are
started, `end: true` ends it. A model that leaves nobody to choose starts all of them (ours).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from bpmn.model import AdHocSubProcess
from engine.activities import complete
from engine.behaviour import NodeBehaviour, behaviour
from engine.elements.sub_process import leave_for_compensation, own_results
from engine.errors import ExecutionError
from engine.expressions import Expression
from engine.state import Subscription, Token, Trigger, Variables

if TYPE_CHECKING:
    from engine.compiler import Compiler
    from engine.program import Node
    from engine.run import Run


class AdHocPlan(Struct, frozen=True):
    """What can be chosen, and when it is enough."""

    enabled: tuple[str, ...]
    """Ids of the inner nodes that no sequence flow leads to, in document order."""
    completion_condition: Expression | None
    active_elements: Expression | None
    is_sequential: bool
    cancels_remaining: bool
    is_chosen: bool
    """Whether somebody chooses; otherwise all enabled ones start."""


@behaviour(AdHocSubProcess)
class AdHocSubProcessBehaviour(NodeBehaviour[AdHocPlan]):
    def prepare(self, compiler: Compiler, node: Node[AdHocPlan]) -> AdHocPlan:
        element: AdHocSubProcess = node.element
        return AdHocPlan(
            tuple(n.id for n in compiler.graph.start_nodes(node.id)),
            compiler.expression(element.completion_condition, element),
            compiler.code(node.settings.loop.collection if node.settings.loop else None, element),
            element.ordering == "Sequential",
            element.cancel_remaining_instances,
            compiler.dialect.name != "plain",
        )

    def enter(self, run: Run, token: Token, node: Node[AdHocPlan]) -> None:
        plan = node.plan
        inner = self.hold(run, token, node)
        if plan.active_elements is not None:
            wanted = run.evaluate(plan.active_elements, inner)
            self._start(run, node, inner, [str(w) for w in wanted or ()])
        elif not plan.is_chosen:
            self._start(run, node, inner, list(plan.enabled))
        if inner not in run.instance.tokens_in and not plan.is_chosen:
            self._complete(run, token, node, inner)

    def hold(self, run: Run, token: Token, node: Node[AdHocPlan]) -> int:
        inner = run.open(node.id, "sub_process", parent=run.local(token), holder=token, items=())
        run.ready(inner)
        of = {"of": list(node.plan.enabled)}
        run.wait(token, Trigger(kind="choice", name=node.id, details=of))
        return inner

    def caught(
        self, run: Run, node: Node[AdHocPlan], subscription: Subscription, payload: Variables
    ) -> None:
        """Somebody has chosen; the choice stays open for the next."""
        assert subscription.token is not None
        held = run.instance.holds[subscription.token].values()
        inner = next(s.id for s in held if s.kind == "sub_process")
        variables = payload.get("variables")
        if variables:
            run.declare(inner, variables, node.id)
        self._start(run, node, inner, [str(id) for id in payload.get("elements", ())])
        if payload.get("end"):
            run.interrupt(inner)
            self._complete(run, run.instance.tokens[subscription.token], node, inner)

    def _start(self, run: Run, node: Node[AdHocPlan], inner: int, wanted: list[str]) -> None:
        unknown = [id for id in wanted if id not in node.plan.enabled]
        if unknown:
            offered = ", ".join(node.plan.enabled)
            raise ExecutionError(
                f"{node}: {unknown[0]!r} cannot be chosen; one of {offered} would do", node.id
            )
        if node.plan.is_sequential:
            row = run.instance.scopes[inner]
            run.set_scope(replace(row, items=(*(row.items or ()), *wanted)))
            if inner not in run.instance.tokens_in:
                self._next(run, inner)
            return
        for id in wanted:
            run.enter(inner, run.program.nodes[id])

    def _next(self, run: Run, inner: int) -> bool:
        """Start the next of those chosen in sequence; whether there was one."""
        row = run.instance.scopes[inner]
        if not row.items:
            return False
        run.set_scope(replace(row, items=row.items[1:]))
        run.enter(inner, run.program.nodes[row.items[0]])
        return True

    def child_ended(self, run: Run, token: Token, node: Node[AdHocPlan], scope: int) -> None:
        """Asked after each inner completion, whether or not others still run."""
        plan = node.plan
        is_idle = run.is_idle(scope)
        condition = plan.completion_condition
        is_enough = condition is not None and run.holds(condition, scope)
        if is_enough and (plan.cancels_remaining or is_idle):
            run.interrupt(scope)
            self._complete(run, token, node, scope)
        elif is_idle and not is_enough and self._next(run, scope):
            return
        elif is_idle and condition is None:
            self._complete(run, token, node, scope)

    def _complete(self, run: Run, token: Token, node: Node[Any], inner: int) -> None:
        for subscription in run.subscriptions_of(token.id, token.scope, node.id):
            run.withdraw(subscription)
        own = own_results(run, node, inner)
        if not leave_for_compensation(run, token, node, inner):
            run.close(inner)
        complete(run, token, node, own)
