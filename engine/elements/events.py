"""Where events stand (BPMN 2.0.2 §10.5): start, intermediate, boundary and end.

What an event waits for or throws is its event definitions' matter; these behaviours are about
positions only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bpmn.model import (
    BoundaryEvent,
    CancelEventDefinition,
    EndEvent,
    IntermediateCatchEvent,
    StartEvent,
    ThrowEvent,
)
from engine.behaviour import NodeBehaviour, behaviour
from engine.events.cancel import leave_cancelled
from engine.expressions import Expression
from engine.mappings import map_inputs, map_outputs
from engine.state import Subscription, Token, Variables
from engine.throwing import catch_boundary, start_event_sub_process
from engine.undo import undo_next

if TYPE_CHECKING:
    from engine.compiler import Compiler
    from engine.program import Node
    from engine.run import Run

KAPELLMEISTER = "http://kapellmeister.dev/schema/1.0"


def has_all(run: Run, node: Node[Any], subscription: Subscription) -> bool:
    """Use up one trigger of an event; whether that was all it needs (§10.5.4: one, or for a
    parallel multiple event each once)."""
    run.withdraw(subscription)
    rest = run.subscriptions_of(subscription.token, subscription.scope, node.id)
    return not (node.is_parallel and rest)


def withdraw_rest(run: Run, node: Node[Any], subscription: Subscription) -> None:
    for other in run.subscriptions_of(subscription.token, subscription.scope, node.id):
        run.withdraw(other)


def rearm(run: Run, node: Node[Any], fired: Subscription) -> None:
    """Let a non-interrupting event wait again: as often as it is triggered (§10.5.4)."""
    if node.is_parallel:
        if not run.subscriptions_of(fired.token, fired.scope, node.id):
            run.arm(node, fired.scope, fired.token)
        return
    part = node.parts[fired.part]
    if trigger := part.behaviour.again(run, part, fired):
        run.subscribe(fired.scope, fired.token, node.id, trigger, fired.part)


@behaviour(StartEvent)
class StartEventBehaviour(NodeBehaviour[None]):
    def caught(
        self, run: Run, node: Node[None], subscription: Subscription, payload: Variables
    ) -> None:
        """The start event of an event sub-process; or one whose token waits for the rest of what a
        parallel multiple start needs."""
        if subscription.token is not None:
            token = run.instance.tokens[subscription.token]
            map_outputs(run, token, node, payload)
            if has_all(run, node, subscription):
                run.leave(token)
            return
        if not has_all(run, node, subscription):
            run.assign(subscription.scope, payload, node.id)
            return
        if not node.is_interrupting:
            rearm(run, node, subscription)
        start_event_sub_process(run, subscription.scope, node, payload)


@behaviour(IntermediateCatchEvent)
class IntermediateCatchEventBehaviour(NodeBehaviour[None]):
    def enter(self, run: Run, token: Token, node: Node[None]) -> None:
        run.arm(node, token.scope, token.id)
        if token.id not in run.instance.held_by:
            run.leave(token)

    def caught(
        self, run: Run, node: Node[None], subscription: Subscription, payload: Variables
    ) -> None:
        assert subscription.token is not None
        token = run.instance.tokens[subscription.token]
        if not has_all(run, node, subscription):
            run.assign(token.scope, payload, node.id)
            return
        if token.node != node.id:
            chosen(run, token, node, payload)
            return
        withdraw_rest(run, node, subscription)
        map_outputs(run, token, node, payload)
        run.leave(token)


def chosen(run: Run, token: Token, node: Node[Any], payload: Variables) -> None:
    """An event behind an event-based gateway won: the token moves there, the others are off."""
    gateway = run.node_of(token)
    flow = next((f for f in gateway.outgoing if f.target is node), None)
    run.left(token)
    run.fire(token.scope, node, payload, flow)


@behaviour(BoundaryEvent)
class BoundaryEventBehaviour(NodeBehaviour[None]):
    def caught(
        self, run: Run, node: Node[None], subscription: Subscription, payload: Variables
    ) -> None:
        assert subscription.token is not None
        host = run.instance.tokens[subscription.token]
        if not has_all(run, node, subscription):
            run.assign(host.scope, payload, node.id)
            return
        if not node.is_interrupting:
            rearm(run, node, subscription)
        catch_boundary(run, host, node, payload)


@behaviour(ThrowEvent)
class ThrowEventBehaviour(NodeBehaviour[Any]):
    def enter(self, run: Run, token: Token, node: Node[Any]) -> None:
        if node.inputs:
            map_inputs(run, token, node)
        goes_on = True
        for part in node.parts:
            goes_on &= part.behaviour.throw(run, token, node, part)
            if token.id not in run.instance.tokens:
                return
        if goes_on:
            if node.outputs:
                map_outputs(run, token, node, {})
            run.leave(token)

    def caught(
        self, run: Run, node: Node[Any], subscription: Subscription, payload: Variables
    ) -> None:
        """The job that sends a message is done."""
        assert subscription.token is not None
        run.withdraw(subscription)
        token = run.instance.tokens[subscription.token]
        map_outputs(run, token, node, payload)
        if not _is_busy(run, token):
            run.leave(token)

    def child_ended(self, run: Run, token: Token, node: Node[Any], scope: int) -> None:
        """A compensation handler is done: the next one, or the end of compensation."""
        if undo_next(run, scope):
            return
        run.close(scope)
        if _is_busy(run, token):
            return
        if any(isinstance(part.definition, CancelEventDefinition) for part in node.parts):
            leave_cancelled(run, token)
        else:
            run.leave(token)


def _is_busy(run: Run, token: Token) -> bool:
    """Whether a throw event waits for what another of its definitions has begun."""
    scopes = run.instance.holds.get(token.id, {}).values()
    return token.id in run.instance.held_by or any(s.kind == "compensation" for s in scopes)


@behaviour(EndEvent)
class EndEventBehaviour(ThrowEventBehaviour):
    """The plan is the reason of an end that means failure; None for any other."""

    def prepare(self, compiler: Compiler, node: Node[Any]) -> Expression | None:
        element = node.element
        if element.foreign(KAPELLMEISTER, "outcome") != "failed":
            return None
        reason = element.foreign(KAPELLMEISTER, "reason") or element.name or element.id
        return compiler.named(reason, element)

    def enter(self, run: Run, token: Token, node: Node[Any]) -> None:
        if node.plan is not None:
            reason = run.evaluate(node.plan, token.scope)
            run.decide("failed", None if reason is None else str(reason))
        super().enter(run, token, node)
