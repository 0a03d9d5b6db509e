"""The values FEEL computes with (DMN 1.5 §10.3.2): ranges and functions, equality, order, text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from engine.expressions.feel.numbers import is_number, number_text
from engine.expressions.feel.temporal import (
    SECOND,
    Date,
    DateTime,
    DaysTime,
    Time,
    YearsMonths,
    instant_of,
    time_instant,
)
from engine.expressions.feel.temporal_text import temporal_text

if TYPE_CHECKING:
    from engine.expressions.feel.run import Run


@dataclass(frozen=True, slots=True)
class Range:
    """An interval; an end of null is open to infinity, as in the unary test `< 5`."""

    low: Any
    high: Any
    is_low_included: bool = True
    is_high_included: bool = True
    sign: str = ""
    """The comparison that it was written as: `(< 5)` is another range than `(null..5)`."""


@dataclass(frozen=True, slots=True)
class Unequal:
    """The unary test `!= x` as a value."""

    value: Any


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """Something to invoke: built in, written as a literal, or a business knowledge model."""

    parameters: tuple[str, ...]
    invoke: Callable[[Run, list[Any]], Any]
    invoke_named: Callable[[Run, dict[str, Any]], Any]
    name: str = "function"
    signature: Any = None
    """The types of the parameters and the result, where they are declared."""


KINDS: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    int: "number",
    Decimal: "number",
    str: "string",
    Date: "date",
    Time: "time",
    DateTime: "date and time",
    DaysTime: "days and time duration",
    YearsMonths: "years and months duration",
    list: "list",
    dict: "context",
    Range: "range",
    Unequal: "range",
    Function: "function",
}


def kind_of(value: object) -> str:
    """FEEL's name for the value's type."""
    return KINDS.get(type(value), type(value).__name__)


def equal(left: Any, right: Any) -> bool | None:
    """Whether two values are the same; None when their types do not compare (Table 42).

    Times are equal when they are within one second: that is what the table's properties resolve.
    """
    if left is None or right is None:
        return left is right
    kind = KINDS.get(type(left))
    if kind != KINDS.get(type(right)):
        return None
    match kind:
        case "list":
            return len(left) == len(right) and all(map(same, left, right))
        case "context":
            return left.keys() == right.keys() and all(
                same(value, right[name]) for name, value in left.items()
            )
        case "date and time":
            if (left.zone is None) != (right.zone is None):
                return False
            return instant_of(left) // SECOND == instant_of(right) // SECOND
        case "time":
            if (left.zone is None) != (right.zone is None):
                return False
            return time_instant(left) // SECOND == time_instant(right) // SECOND
        case "range":
            return _equal_ranges(left, right)
        case "function":
            return left is right
    return bool(left == right)


def same(left: Any, right: Any) -> bool:
    """Equality where values of different types simply differ."""
    return equal(left, right) is True


def key_of(value: Any) -> Any:
    """Something to look the value up by: equal for values that are the same."""
    kind = KINDS.get(type(value))
    match kind:
        case "list":
            return kind, tuple(map(key_of, value))
        case "context":
            return kind, frozenset((name, key_of(item)) for name, item in value.items())
        case "date and time":
            return kind, value.zone is None, instant_of(value) // SECOND
        case "time":
            return kind, value.zone is None, time_instant(value) // SECOND
        case "range" if isinstance(value, Range):
            ends = key_of(value.low), key_of(value.high)
            return kind, ends, value.is_low_included, value.is_high_included, value.sign
        case "range":
            return kind, key_of(value.value)
        case "function":
            return kind, id(value)
    return kind, value


def weight(value: Any) -> int:
    """How many values there are in it, for the budget."""
    if type(value) is list:
        return 1 + sum(map(weight, value))
    if type(value) is dict:
        return 1 + sum(map(weight, value.values()))
    return 1


def _equal_ranges(left: Any, right: Any) -> bool:
    if type(left) is not type(right):
        return False
    if isinstance(left, Unequal):
        return same(left.value, right.value)
    return (
        left.sign == right.sign
        and left.is_low_included == right.is_low_included
        and left.is_high_included == right.is_high_included
        and same(left.low, right.low)
        and same(left.high, right.high)
    )


def ordered(left: Any, right: Any) -> int | None:
    """Negative, zero or positive like left minus right; None when they have no order."""
    kind = KINDS.get(type(left))
    if kind != KINDS.get(type(right)):
        return None
    match kind:
        case "date and time":
            if (left.zone is None) != (right.zone is None):
                return None
            left, right = instant_of(left), instant_of(right)
        case "time":
            if (left.zone is None) != (right.zone is None):
                return None
            left, right = time_instant(left), time_instant(right)
        case "boolean" | "null" | "list" | "context" | "range" | "function" | None:
            return None
    return int(left > right) - int(left < right)


def includes(interval: Range, value: Any) -> bool | None:
    """Whether the value lies in the interval; None when it cannot be compared with the ends."""
    if interval.low is not None:
        order = ordered(value, interval.low)
        if order is None:
            return None
        if order < 0 or (order == 0 and not interval.is_low_included):
            return False
    if interval.high is not None:
        order = ordered(value, interval.high)
        if order is None:
            return None
        if order > 0 or (order == 0 and not interval.is_high_included):
            return False
    return True


def text_of(value: Any, is_nested: bool = False) -> str:
    """The text that `string()` gives; texts inside lists and contexts stand in quotation marks."""
    if isinstance(value, str):
        if not is_nested:
            return value
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if is_number(value):
        return number_text(value)
    if isinstance(value, list):
        return f"[{', '.join(text_of(item, True) for item in value)}]"
    if isinstance(value, dict):
        entries = (f"{_key_text(name)}: {text_of(item, True)}" for name, item in value.items())
        return f"{{{', '.join(entries)}}}"
    if isinstance(value, Range):
        return _range_text(value)
    if isinstance(value, Unequal):
        return f"!={text_of(value.value, True)}"
    if isinstance(value, Function):
        return f"function({', '.join(value.parameters)})"
    return temporal_text(value)


def _key_text(name: str) -> str:
    is_plain = all(part.isidentifier() for part in name.split(" "))
    return name if is_plain else text_of(name, True)


def _range_text(value: Range) -> str:
    if value.sign:
        return f"{value.sign}{text_of(value.low if value.high is None else value.high, True)}"
    left = "[" if value.is_low_included else "("
    right = "]" if value.is_high_included else ")"
    return f"{left}{text_of(value.low, True)}..{text_of(value.high, True)}{right}"
