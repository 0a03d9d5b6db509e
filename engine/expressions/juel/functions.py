"""The functions that Camunda 7 and Flowable offer to expressions, without Java."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from engine.errors import Invalid
from engine.expressions.juel.context import Context
from engine.expressions.juel.methods import LISTS, Method
from engine.expressions.juel.operators import is_empty
from engine.expressions.juel.problems import Problem
from engine.expressions.juel.values import compare, is_equal, shown, to_text
from engine.values import decode, normalise

__all__ = ["FUNCTIONS", "PREFIXES", "VARIABLES"]


def _now(context: Context) -> Any:
    if context.now is None:
        raise Problem("there is no clock here; now() needs one")
    return context.now


def _groups(context: Context) -> list[str]:
    return list(context.execution.groups)


def _json(context: Context, value: Any) -> Any:
    """Spin's `S` and `JSON`: a document is one already, a text is read."""
    if not isinstance(value, str):
        return value
    context.charge(len(value))
    try:
        return normalise(decode(value))
    except (msgspec.DecodeError, Invalid, RecursionError, ValueError, KeyError, TypeError):
        raise Problem(f"{shown(value)} is no JSON") from None


FUNCTIONS: dict[str, Method] = {
    "now": Method(0, 0, _now),
    "dateTime": Method(0, 0, _now),
    "currentUser": Method(0, 0, lambda context: context.execution.user),
    "currentUserGroups": Method(0, 0, _groups),
    "S": Method(1, 1, _json),
    "JSON": Method(1, 1, _json),
}

# Flowable's functions of variables: the first argument is a name, quoted or not


def _tested(accept: Callable[[Any, Any], bool]) -> Method:
    def function(context: Context, name: Any, other: Any) -> bool:
        value = context.get(to_text(name))
        return value is not None and accept(value, other)

    return Method(2, 2, function)


def _contains(context: Context, value: Any, wanted: Any) -> bool:
    if isinstance(value, list):
        return bool(LISTS["contains"].function(context, value, wanted))
    return isinstance(value, str) and to_text(wanted) in value


def _all_in(context: Context, name: Any, *wanted: Any) -> bool:
    value = context.get(to_text(name))
    return all(_contains(context, value, one) for one in wanted)


def _any_in(context: Context, name: Any, *wanted: Any) -> bool:
    value = context.get(to_text(name))
    return any(_contains(context, value, one) for one in wanted)


def _or_default(context: Context, name: Any, default: Any) -> Any:
    value = context.get(to_text(name))
    return default if value is None else value


VARIABLES: dict[str, Method] = {
    "get": Method(1, 1, lambda context, name: context.get(to_text(name))),
    "getOrDefault": Method(2, 2, _or_default),
    "exists": Method(1, 1, lambda context, name: context.get(to_text(name)) is not None),
    "exist": Method(1, 1, lambda context, name: context.get(to_text(name)) is not None),
    "isEmpty": Method(1, 1, lambda context, name: is_empty(context.get(to_text(name)))),
    "empty": Method(1, 1, lambda context, name: is_empty(context.get(to_text(name)))),
    "isNotEmpty": Method(1, 1, lambda context, name: not is_empty(context.get(to_text(name)))),
    "notEmpty": Method(1, 1, lambda context, name: not is_empty(context.get(to_text(name)))),
    "contains": Method(2, 20, _all_in),
    "containsAny": Method(2, 20, _any_in),
}
for _names, _accept in {
    ("equals", "eq"): is_equal,
    ("lowerThan", "lessThan", "lt"): lambda value, other: compare(value, other) < 0,
    ("lowerThanOrEquals", "lessThanOrEquals", "lte"): lambda a, b: compare(a, b) <= 0,
    ("greaterThan", "gt"): lambda value, other: compare(value, other) > 0,
    ("greaterThanOrEquals", "gte"): lambda value, other: compare(value, other) >= 0,
}.items():
    for _name in _names:
        VARIABLES[_name] = _tested(_accept)
for _name in ("notEquals", "ne"):
    VARIABLES[_name] = Method(
        2, 2, lambda context, name, other: not is_equal(context.get(to_text(name)), other)
    )

PREFIXES = frozenset({"variables", "vars", "var"})
"""Of Flowable's functions: `variables:get(total)`."""
