"""Send and receive tasks (BPMN 2.0.2 §10.3.3): a message goes out; a message comes in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn.model import ReceiveTask, SendTask
from engine.activities import complete
from engine.behaviour import NodeBehaviour, behaviour
from engine.elements.events import chosen
from engine.elements.pass_through import completes_with, work_on
from engine.events.message import MessagePlan, message_plan, message_trigger, send_message
from engine.jobs import job_plan
from engine.state import Subscription, Token, Variables

if TYPE_CHECKING:
    from engine.compiler import Compiler
    from engine.program import Node
    from engine.run import Run


@behaviour(SendTask)
class SendTaskBehaviour(NodeBehaviour[MessagePlan]):
    """A worker sends the message where the model names one; otherwise the engine publishes it."""

    def prepare(self, compiler: Compiler, node: Node[MessagePlan]) -> MessagePlan:
        element: SendTask = node.element
        plan = message_plan(compiler, element.message_ref, element, element.name or node.id)
        settings = node.settings
        is_job = settings.job_type or settings.delegate or not element.message_ref
        if not is_job:
            return plan
        return MessagePlan(plan.name, plan.key, job_plan(compiler, node, settings, node.id))

    def enter(self, run: Run, token: Token, node: Node[MessagePlan]) -> None:
        if node.plan.job is not None:
            work_on(run, token, node, node.plan.job)
            return
        send_message(run, node.plan, token)
        complete(run, token, node, {})

    def caught(
        self, run: Run, node: Node[MessagePlan], subscription: Subscription, payload: Variables
    ) -> None:
        completes_with(run, node, subscription, payload)


@behaviour(ReceiveTask)
class ReceiveTaskBehaviour(NodeBehaviour[MessagePlan]):
    def prepare(self, compiler: Compiler, node: Node[MessagePlan]) -> MessagePlan:
        element: ReceiveTask = node.element
        return message_plan(compiler, element.message_ref, element, element.name or node.id)

    def enter(self, run: Run, token: Token, node: Node[MessagePlan]) -> None:
        run.wait(token, message_trigger(run, node.plan, run.local(token), node.id))

    def caught(
        self, run: Run, node: Node[MessagePlan], subscription: Subscription, payload: Variables
    ) -> None:
        assert subscription.token is not None
        token = run.instance.tokens[subscription.token]
        if token.node == node.id:
            completes_with(run, node, subscription, payload)
        else:
            chosen(run, token, node, payload)
