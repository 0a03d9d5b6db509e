"""Functions from a list of values to one (DMN 1.5 §10.3.4.4)."""

from __future__ import annotations

import functools
from collections import Counter
from typing import Any

from engine.expressions.feel import numbers
from engine.expressions.feel.builtins.register import NoResult, builtin
from engine.expressions.feel.numbers import CONTEXT, Number, is_number
from engine.expressions.feel.temporal import DaysTime, YearsMonths
from engine.expressions.feel.values import key_of, kind_of, ordered


def several(values: tuple[Any, ...]) -> list[Any]:
    """The items that a function was given as one list or one by one. Raises NoResult for none."""
    if not values:
        raise NoResult("it needs at least one argument")
    if len(values) == 1:
        if values[0] is None:
            raise NoResult("'list' is null")
        return values[0] if isinstance(values[0], list) else [values[0]]
    return list(values)


def _numbers(values: tuple[Any, ...]) -> list[Number]:
    items = several(values)
    for item in items:
        if not is_number(item):
            raise NoResult(f"the list holds a {kind_of(item)}, not only numbers")
    return items


@builtin("count(list: list)")
def count(items: list[Any]) -> int:
    return len(items)


@builtin("min(...list)")
def minimum(*values: Any) -> Any:
    return _extreme(several(values), -1)


@builtin("max(...list)")
def maximum(*values: Any) -> Any:
    return _extreme(several(values), 1)


def _extreme(items: list[Any], sign: int) -> Any:
    if not items:
        raise NoResult("the list is empty")
    best = items[0]
    if len(items) == 1 and ordered(best, best) is None:
        raise NoResult(f"a {kind_of(best)} has no order")
    for item in items[1:]:
        order = ordered(item, best)
        if order is None:
            raise NoResult(f"a {kind_of(item)} does not compare with a {kind_of(best)}")
        if order * sign > 0:
            best = item
    return best


@builtin("sum(...list)")
def total(*values: Any) -> Any:
    items = several(values)
    if not items:
        raise NoResult("the list is empty")
    if all(type(item) is int for item in items):
        return numbers.bounded(sum(items))
    kind = kind_of(items[0])
    if any(kind_of(item) != kind for item in items):
        raise NoResult("the list holds values of different types")
    if kind == "number":
        return functools.reduce(numbers.add, items)
    if kind == "days and time duration":
        return DaysTime(sum(item.nanoseconds for item in items))
    if kind == "years and months duration":
        return YearsMonths(sum(item.months for item in items))
    raise NoResult(f"a {kind} cannot be added")


@builtin("product(...list)")
def product(*values: Any) -> Number:
    items = _numbers(values)
    if not items:
        raise NoResult("the list is empty")
    return functools.reduce(numbers.multiply, items)


@builtin("mean(...list)")
def mean(*values: Any) -> Any:
    items = several(values)
    if not items:
        raise NoResult("the list is empty")
    found = total(*values)
    if isinstance(found, DaysTime):
        return DaysTime(found.nanoseconds // len(items))
    if isinstance(found, YearsMonths):
        return YearsMonths(found.months // len(items))
    return numbers.divide(found, len(items))


@builtin("median(...list)")
def median(*values: Any) -> Number:
    items = sorted(_numbers(values))
    if not items:
        raise NoResult("the list is empty")
    middle = len(items) // 2
    if len(items) % 2:
        return items[middle]
    return numbers.divide(numbers.add(items[middle - 1], items[middle]), 2)


@builtin("stddev(...list)")
def standard_deviation(*values: Any) -> Number:
    items = _numbers(values)
    if len(items) < 2:
        raise NoResult("it needs at least two numbers")
    average = numbers.divide(functools.reduce(numbers.add, items), len(items))
    differences = [numbers.subtract(item, average) for item in items]
    squares = functools.reduce(
        numbers.add, [numbers.multiply(difference, difference) for difference in differences]
    )
    variance = numbers.divide(squares, len(items) - 1)
    return CONTEXT.sqrt(CONTEXT.create_decimal(variance))


@builtin("mode(...list)")
def mode(*values: Any) -> list[Number]:
    counts: dict[Number, int] = {}
    for item in _numbers(values):
        counts[item] = counts.get(item, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(item for item, times in counts.items() if times == most)


def _fold(values: tuple[Any, ...], *, decided: bool) -> bool | None:
    outcome: bool | None = not decided
    for item in several(values):
        if item is decided:
            return bool(item)
        if not isinstance(item, bool):
            outcome = None
    return outcome


@builtin("all(...list)")
def every(*values: Any) -> bool | None:
    return _fold(values, decided=False)


@builtin("any(...list)")
def some(*values: Any) -> bool | None:
    return _fold(values, decided=True)


def distinct(items: list[Any]) -> tuple[list[Any], list[Any]]:
    """Every value once, and the values that come more than once, in order of appearance."""
    keys = [key_of(item) for item in items]
    times = Counter(keys)
    first = dict(zip(reversed(keys), reversed(items), strict=True))
    in_order = list(dict.fromkeys(keys))
    repeated = [first[key] for key in in_order if times[key] > 1]
    return [first[key] for key in in_order], repeated
