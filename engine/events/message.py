"""Message event (BPMN 2.0.2 §10.5.5): one message goes to one receiver."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import isodate
from msgspec import Struct
from msgspec.structs import replace

from bpmn.dialects import Publication
from bpmn.model import BaseElement, Message, MessageEventDefinition
from engine.behaviour import EventBehaviour, behaviour
from engine.correlation import Correlation, awaited_key, correlation_of, thrown_key
from engine.errors import ExecutionError
from engine.expressions import Expression
from engine.jobs import JobPlan, job_plan, wait_for_job
from engine.state import Subscription, Token, Trigger

if TYPE_CHECKING:
    from engine.compiler import Compiler
    from engine.program import Node, Part
    from engine.run import Run


class MessagePlan(Struct, frozen=True):
    """A message by its name, and what tells one of that name from another."""

    name: Expression
    key: Expression | None
    job: JobPlan | None = None
    """Of a throw event: the work that sends it, where the model names a worker."""
    id: Expression | None = None
    """Of a throw event: by which the message is known when it is published twice."""
    ttl: Expression | None = None
    """Of a throw event: for how long the message is kept for its receiver."""
    correlation: Correlation | None = None
    """Of a message that a correlation key of the standard tells from others."""


def message_plan(
    compiler: Compiler,
    ref: str | None,
    element: BaseElement,
    fallback: str,
    published: Publication | None = None,
) -> MessagePlan:
    """The message that `ref` names; `fallback` is the name of one that the model leaves unnamed,
    `published` what an event definition says of how it is thrown."""
    message = compiler.root(ref, Message)
    name = compiler.named((message.name or message.id) if message else fallback, element)
    own = compiler.settings(element)
    published = published or own.publication
    id = compiler.code(published.message_id, element) if published else None
    ttl = compiler.code(published.time_to_live, element) if published else None
    code = (published.correlation_key if published else None) or own.correlation_key
    if code is None and message is not None:
        code = compiler.settings(message).correlation_key
    if code is None and message is not None:
        correlation = correlation_of(compiler, message, element)
        return MessagePlan(name, None, id=id, ttl=ttl, correlation=correlation)
    return MessagePlan(name, compiler.code(code, message or element), id=id, ttl=ttl)


def message_trigger(run: Run, plan: MessagePlan, scope: int, element: str) -> Trigger:
    """The wait for a message, its name and key evaluated now."""
    name, key = message_named(run, plan, scope, element)
    if plan.correlation is not None:
        key = awaited_key(run, plan.correlation, scope)
    return Trigger(kind="message", name=name, key=key)


def message_named(run: Run, plan: MessagePlan, scope: int, element: str) -> tuple[str, str | None]:
    """Name and correlation key, evaluated now. Raises ExecutionError for a key that is null."""
    name = run.evaluate(plan.name, scope)
    if not isinstance(name, str) or not name:
        raise ExecutionError(f"{element!r}: its message's name is {name!r}, not a text", element)
    if plan.key is None:
        return name, None
    key = run.evaluate(plan.key, scope)
    if key is None or isinstance(key, dict | list | bool):
        raise ExecutionError(
            f"{element!r}: the correlation key {plan.key.text!r} of message {name!r} is "
            f"{key!r}; a text or a number would do",
            element,
        )
    return name, str(key)


def send_message(run: Run, plan: MessagePlan, token: Token) -> None:
    """Publish a message from where a token is, with all that the token's node hands it."""
    name, key = message_named(run, plan, run.local(token), token.node)
    payload = run.thrown_variables(token)
    if plan.correlation is not None:
        key = thrown_key(run, plan.correlation, token, payload)
    scope, id, ttl = run.local(token), None, None
    if plan.id is not None and (value := run.evaluate(plan.id, scope)) is not None:
        id = str(value)
    if plan.ttl is not None and (value := run.evaluate(plan.ttl, scope)) is not None:
        ttl = _duration(value, token.node)
    run.publish("message", name, key, payload, token.node, id=id, ttl=ttl)


def _duration(value: Any, element: str) -> timedelta:
    """Raises ExecutionError where it is none."""
    if isinstance(value, timedelta):
        return value
    try:
        found = isodate.parse_duration(str(value))
    except (isodate.ISO8601Error, ValueError):
        found = None
    if isinstance(found, isodate.Duration):
        found = found.totimedelta(start=datetime(2000, 1, 1, tzinfo=UTC))
    if not isinstance(found, timedelta):
        said = f"{element!r}: the message's time to live is {value!r}; PT1H would do"
        raise ExecutionError(said, element)
    return found


@behaviour(MessageEventDefinition)
class MessageBehaviour(EventBehaviour[MessagePlan]):
    def prepare(self, compiler: Compiler, part: Part[MessagePlan], node: Node[Any]) -> MessagePlan:
        ref = part.definition.message_ref  # type: ignore[attr-defined]
        name = node.element.name or node.id
        plan = message_plan(compiler, ref, node.element, name, part.settings.publication)
        settings = part.settings if part.settings.job_type else node.settings
        if settings.job_type is None:
            return plan
        return MessagePlan(plan.name, plan.key, job_plan(compiler, node, settings))

    def trigger(self, run: Run, part: Part[MessagePlan], scope: int) -> Trigger:
        return message_trigger(run, part.plan, scope, part.definition.id or "message event")

    def again(self, run: Run, part: Part[MessagePlan], fired: Subscription) -> Trigger | None:
        """The same once more; of a conversation that has begun by it, with its key."""
        correlation = part.plan.correlation
        if correlation is None:
            return fired.trigger
        return replace(fired.trigger, key=awaited_key(run, correlation, fired.scope))

    def throw(self, run: Run, token: Token, node: Node[Any], part: Part[MessagePlan]) -> bool:
        if part.plan.job is not None:
            wait_for_job(run, token, part.plan.job)
            return False
        send_message(run, part.plan, token)
        return True
