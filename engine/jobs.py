"""Work for somebody outside: how an element asks for a job (§10.3.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

import bpmn.model as m
from bpmn.dialects import Delegate, Settings
from engine.errors import ExecutionError
from engine.expressions import Expression
from engine.state import Token, Trigger

if TYPE_CHECKING:
    from engine.compiler import Compiler
    from engine.program import Node
    from engine.run import Run


class JobPlan(Struct, frozen=True):
    """What a job is, but for what is evaluated when a token comes."""

    type: Expression
    retries: Expression | None
    priority: Expression | None
    policy: dict[str, Any]
    """Retry cycle, backoff, timeout and headers, as the model states them; absent where not."""
    expression: Expression | None = None
    """Evaluated here instead of asking for a job, where the model names only that."""
    result: str | None = None
    """The variable that gets the expression's value."""
    delegate: str | None = None
    """Name of the Python function that is called instead, where one is registered."""
    fields: tuple[tuple[str, Expression], ...] = ()
    """What the model hands the delegate; a worker finds it among the headers."""
    computed: tuple[tuple[str, Expression], ...] = ()
    """What of the policy is evaluated when a token comes."""


def job_plan(
    compiler: Compiler, node: Node[Any], settings: Settings, fallback: str | None = None
) -> JobPlan:
    """The job that an element asks for; its type is `fallback` where the model names none."""
    element = node.element
    kind = compiler.code(settings.job_type, element) if settings.job_type else None
    policy: dict[str, Any] = {}
    computed: list[tuple[str, Expression]] = []
    for name in ("retry_cycle", "backoff", "timeout"):
        value = getattr(settings, name)
        if value and ("{" in value or value.startswith("=")):
            computed.append((name, compiler.named(value, element)))
        elif value:
            policy[name] = value
    if settings.headers:
        policy["headers"] = dict(settings.headers)
    delegate = settings.delegate
    is_expression = kind is None and delegate is not None and delegate.kind == "expression"
    return JobPlan(
        kind or compiler.named(fallback or node.id, element),
        compiler.code(settings.retries, element),
        compiler.code(settings.priority or compiler.default_priority, element),
        policy,
        compiler.code(delegate.code, element) if is_expression and delegate else None,
        settings.result_variable if is_expression else None,
        delegate.name if delegate is not None and not is_expression else None,
        fields_of(compiler, delegate, element) + _connected(compiler, settings, element),
        tuple(computed),
    )


def _connected(
    compiler: Compiler, settings: Settings, element: m.BaseElement
) -> tuple[tuple[str, Expression], ...]:
    """The inputs of a connector: fields of its job."""
    inputs = settings.connector.inputs if settings.connector else ()
    compiled = [(one.target, compiler.code(one.source, element)) for one in inputs]
    return tuple((name, code) for name, code in compiled if code is not None)


def fields_of(
    compiler: Compiler, delegate: Delegate | None, element: m.BaseElement
) -> tuple[tuple[str, Expression], ...]:
    """The fields that a model hands a delegate, compiled."""
    stated = delegate.fields if delegate is not None else ()
    compiled = [(field.name, compiler.code(field.value, element)) for field in stated]
    return tuple((name, code) for name, code in compiled if code is not None)


def field_values(
    run: Run, scope: int, fields: tuple[tuple[str, Expression], ...]
) -> dict[str, Any]:
    """Their values now."""
    return {name: run.evaluate(code, scope) for name, code in fields}


def wait_for_job(
    run: Run,
    token: Token,
    plan: JobPlan,
    more: Mapping[str, Any] | None = None,
    headers: Mapping[str, Any] | None = None,
) -> None:
    """Leave the token where it is until the job is done; `more` goes among its details."""
    scope = run.local(token)
    kind = run.evaluate(plan.type, scope)
    if not isinstance(kind, str) or not kind:
        raise ExecutionError(
            f"{run.node_of(token)}: the job type {plan.type.text!r} is {kind!r}, not a text",
            token.node,
        )
    details: dict[str, Any] = {**plan.policy, **(more or {})}
    details |= field_values(run, scope, plan.computed)
    given = {**(headers or {}), **field_values(run, scope, plan.fields)}
    if given:
        details["headers"] = {**details.get("headers", {}), **given}
    for name, expression in (("retries", plan.retries), ("priority", plan.priority)):
        if expression is not None:
            details[name] = _whole_number(run, token, name, run.evaluate(expression, scope))
    run.wait(token, Trigger(kind="job", name=kind, details=details))


def _whole_number(run: Run, token: Token, name: str, value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise ExecutionError(
            f"{run.node_of(token)}: {name} is {value!r}; a whole number would do", token.node
        ) from None
