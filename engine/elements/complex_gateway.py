"""Complex gateway (BPMN 2.0.2 §13.4.5): starts when its activation condition holds, then waits for
the rest of the expected tokens (the reset phase) before it can start again.

`activationCount` is the number of incoming flows that have a token; each flow's own count is
visible under the flow's id. `waitingForStart` tells the conditions behind it which phase it is. In
the reset phase only flows with a condition are taken (ours: a discriminator would fire twice).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bpmn.model import ComplexGateway
from engine.behaviour import NodeBehaviour, behaviour
from engine.errors import ExecutionError
from engine.expressions import Expression
from engine.state import Subscription, Token, Trigger, Variables

if TYPE_CHECKING:
    from engine.compiler import Compiler
    from engine.program import Flow, Node
    from engine.run import Run


@behaviour(ComplexGateway)
class ComplexGatewayBehaviour(NodeBehaviour[Expression | None]):
    """The plan is the activation condition; without one it gathers as an inclusive gateway does."""

    def prepare(self, compiler: Compiler, node: Node[Expression | None]) -> Expression | None:
        element: ComplexGateway = node.element
        return compiler.expression(element.activation_condition, element)

    def enter(self, run: Run, token: Token, node: Node[Expression | None]) -> None:
        if len(node.incoming) <= 1 or token.flow is None:
            run.leave(token, self._flows(run, token.scope, node, is_start=True))
        elif not run.is_at_rest:
            run.ask_at_rest(token.scope)
        else:
            self._ask(run, token.scope, node)

    def caught(
        self, run: Run, node: Node[Any], subscription: Subscription, payload: Variables
    ) -> None:
        """A token that was expected may have gone elsewhere: the reset phase may be over."""
        self._ask(run, subscription.scope, node)

    def is_over(self, run: Run, node: Node[Any], resetting: Subscription) -> bool:
        """Whether no token that is expected in the reset phase can come any more."""
        by_flow = run.arrived(resetting.scope, node.id)
        consumed = resetting.trigger.details["consumed"]
        return not run.can_come(resetting.scope, node, {*consumed, *by_flow})

    def _ask(self, run: Run, scope: int, node: Node[Any]) -> None:
        by_flow = run.arrived(scope, node.id)
        resetting = self._resetting(run, scope, node)
        if resetting is not None:
            consumed = frozenset(resetting.trigger.details["consumed"])
            if run.can_come(scope, node, consumed | set(by_flow)):
                return
            run.withdraw(resetting)
            self._go(run, scope, node, set(by_flow) - consumed, is_start=False)
            by_flow = run.arrived(scope, node.id)
        if by_flow and self._starts(run, scope, node, by_flow):
            flows = frozenset(f for f in by_flow if f is not None)
            self._go(run, scope, node, set(by_flow), is_start=True)
            if len(flows) < len(node.incoming) and run.can_come(scope, node, flows):
                details = {"consumed": sorted(flows)}
                run.subscribe(scope, None, node.id, Trigger(kind="reset", details=details))

    def _resetting(self, run: Run, scope: int, node: Node[Any]) -> Subscription | None:
        held = run.instance.held_by_scope.get(scope, {}).values()
        return next((s for s in held if s.catcher == node.id and s.trigger.kind == "reset"), None)

    def _starts(
        self, run: Run, scope: int, node: Node[Any], by_flow: dict[str | None, Any]
    ) -> bool:
        if node.plan is None:
            return not run.can_come(scope, node, frozenset(by_flow))
        counts: dict[str, Any] = {f.id: len(by_flow.get(f.id, ())) for f in node.incoming}
        counts["activationCount"] = len(by_flow)
        return run.holds(node.plan, scope, counts)

    def _go(
        self, run: Run, scope: int, node: Node[Any], flows: set[str | None], *, is_start: bool
    ) -> None:
        """Use up one token of each of `flows`, and go on in one of them."""
        by_flow = run.arrived(scope, node.id)
        firsts = [by_flow[f][min(by_flow[f])] for f in flows]
        taken = self._flows(run, scope, node, is_start=is_start)
        if not firsts:
            if taken:  # the reset phase ends without a token: the flows that hold are taken
                run.leave(run.place(scope, node), taken)
            return
        stays = min(firsts, key=lambda t: t.id)
        for other in firsts:
            if other is not stays:
                run.merge(other)
        run.leave(stays, taken)

    def _flows(self, run: Run, scope: int, node: Node[Any], *, is_start: bool) -> list[Flow]:
        phase = {"waitingForStart": is_start}
        taken = [
            flow
            for flow in node.outgoing
            if flow is not node.default
            and (is_start if flow.condition is None else run.holds(flow.condition, scope, phase))
        ]
        if not taken and is_start and node.outgoing:
            if node.default is None:
                raise ExecutionError(
                    f"{node}: no condition holds and there is no default flow", node.id
                )
            return [node.default]
        return taken
