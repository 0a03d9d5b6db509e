"""Expressions and scripts evaluated in a scope: what they see there, and what they set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from engine.errors import ExecutionError, Invalid
from engine.expressions.execution import NAME, Execution
from engine.values import normalise
from engine.variables import visible

if TYPE_CHECKING:
    from engine.run import Run
    from engine.state import Variables

SCALARS = frozenset({str, int, bool, type(None), Decimal})


def evaluated(run: Run, expression: Any, scope: int, top: Variables | None = None) -> Any:
    """An expression's value, as a variable can have it; what it sets is set. Raises
    ExecutionError."""
    if getattr(expression, "asks_execution", False):
        return asked(run, scope, lambda seen: _value(run, expression, seen), top)
    return _value(run, expression, visible(run.instance, scope, top))


def holds(run: Run, condition: Any, scope: int, top: Variables | None = None) -> bool:
    """Whether a condition is true; it can set nothing."""
    if getattr(condition, "asks_execution", False):
        execution = execution_of(run, scope, may_assign=False)
        top = {**(top or {}), NAME: execution}
    return condition.evaluate(visible(run.instance, scope, top), now=run.now) is True


def _value(run: Run, expression: Any, seen: Variables) -> Any:
    value = expression.evaluate(seen, now=run.now)
    if type(value) in SCALARS:
        return value
    try:
        return normalise(value, "its value")
    except Invalid as error:
        raise ExecutionError(f"{expression.text!r}: {error}") from None


def asked(
    run: Run,
    scope: int,
    ask: Callable[[Mapping[str, Any]], Any],
    top: Variables | None = None,
    **more: Any,
) -> Any:
    """What `ask` returns, given all that is visible and an `execution` among it; what it set
    through that is set afterwards."""
    execution = execution_of(run, scope, **more)
    execution.variables = visible(run.instance, scope, top)
    value = ask(visible(run.instance, scope, {**(top or {}), NAME: execution}))
    cause = run.here.node if run.here is not None else run.program.id
    try:
        run.declare_if(scope, normalise(execution.assigned_locally, "what it sets"), cause)
        run.assign(scope, normalise(execution.assigned, "what it sets"), cause)
    except Invalid as error:
        raise ExecutionError(str(error)) from None
    return value


def execution_of(run: Run, scope: int, **more: Any) -> Execution:
    """What code in a scope may ask of its instance."""
    around = run.surroundings
    return Execution(
        facts=facts_of(run),
        task=run.told.get("task"),
        changes=run.told.get("changes", {}),
        user=around.user,
        local=run.instance.scopes[scope].variables,
        beans=around.beans,
        **more,
    )


def facts_of(run: Run) -> dict[str, Any]:
    """The instance's facts, and those of the place where the engine is."""
    facts: dict[str, Any] = {
        "processDefinitionKey": run.program.id,
        "eventName": run.told.get("event"),
        "currentTransitionId": run.told.get("flow"),
        **run.surroundings.facts,
    }
    token = run.here
    if token is not None:
        node = run.program.nodes[token.node]
        facts["id"] = facts["activityInstanceId"] = str(token.id)
        facts["currentActivityId"] = facts["currentFlowElement"] = node.id
        facts["currentActivityName"] = node.element.name or None
        facts["parentActivityInstanceId"] = facts["parentId"] = str(
            run.instance.scopes[token.scope].holder or facts.get("processInstanceId") or ""
        )
    return facts
