"""Boolean functions (DMN 1.5 §10.3.4.2), and those Camunda 8 adds."""

from __future__ import annotations

from typing import Any

from engine.expressions.feel.builtins.register import builtin
from engine.expressions.feel.errors import FeelEvaluationError
from engine.expressions.feel.values import KINDS, equal, kind_of


@builtin("not(negand)")
def negated(value: Any) -> bool | None:
    return not value if isinstance(value, bool) else None


@builtin("is(value1, value2)", is_deep=True)
def identical(left: Any, right: Any) -> bool:
    """Same type and same value; temporal values also have the same zone."""
    if KINDS.get(type(left)) != KINDS.get(type(right)):
        return False
    if kind_of(left) in {"time", "date and time"}:
        return bool(left == right)
    return equal(left, right) is True


@builtin("is defined(value)")
def is_defined(value: Any) -> bool:
    return value is not None


@builtin("get or else(value, default)")
def get_or_else(value: Any, default: Any) -> Any:
    return default if value is None else value


@builtin("assert(value, condition, cause?: string)", is_pure=False)
def assertion(value: Any, condition: Any, cause: str | None = None) -> Any:
    """The value; an evaluation whose condition does not hold fails instead of giving null."""
    if condition is not True:
        raise FeelEvaluationError(f"FEEL: assert: {cause or 'the condition is not fulfilled'}")
    return value


@builtin("fromAi(value, description?, type?, schema?, options?)")
def from_ai(value: Any, *_: Any) -> Any:
    return value
