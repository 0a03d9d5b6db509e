"""What scripts of every language leave behind, and where it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import BpmnError, EngineError
from engine.expressions import ExpressionError
from engine.expressions.execution import NAME, Execution
from engine.values import normalise

__all__ = ["Outcome", "outcome_of", "value_of"]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a script left behind."""

    value: Any
    """Of its last statement."""
    assigned: dict[str, Any]
    """By `execution.setVariable`."""
    assigned_locally: dict[str, Any]
    """By `execution.setVariableLocal`."""
    globals: dict[str, Any]
    """Globals it made or changed by `total = 5` or `var total`, as far as they are data."""


def outcome_of(answer: Mapping[str, Any], language: str) -> Outcome:
    """What an interpreter answered. Raises BpmnError where the script throws one, and
    ExpressionError for what is no data."""
    if "error" in answer:
        raise BpmnError(answer["error"], answer["message"])
    try:
        return Outcome(
            value=normalise(answer["value"], "the result"),
            assigned=normalise(answer["assigned"], "what the script sets"),
            assigned_locally=normalise(answer["locally"], "what the script sets"),
            globals=normalise(answer["globals"], "the script's globals"),
        )
    except EngineError as error:
        raise ExpressionError(f"{language}: {error}") from None


def value_of(outcome: Outcome, variables: Mapping[str, Any], language: str) -> Any:
    """The outcome's value; what it sets is added to the `Execution` among the variables."""
    execution = variables.get(NAME)
    if isinstance(execution, Execution) and execution.may_assign:
        execution.assigned.update(outcome.assigned)
        execution.assigned_locally.update(outcome.assigned_locally)
    elif outcome.assigned or outcome.assigned_locally:
        raise ExpressionError(
            f"{language}: no variable can be set here; use an output mapping or a script task"
        )
    return outcome.value
