"""Arithmetic (DMN 1.5 §10.3.2.5, Tables 50 to 55): numbers, texts, dates and durations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.expressions.feel import numbers, syntax
from engine.expressions.feel.compiler import Code, Compilation, Frame, compiles
from engine.expressions.feel.numbers import EXACT, is_number
from engine.expressions.feel.temporal import (
    DAY,
    Date,
    DateTime,
    DaysTime,
    Time,
    YearsMonths,
    add_months,
    date_of,
    days_of,
    instant_of,
    shifted,
    time_instant,
)
from engine.expressions.feel.values import kind_of, text_of

_LONGEST = 10**33
"""Nanoseconds or months; many times the age of the universe."""
_NAMES = {"+": "added", "-": "subtracted", "*": "multiplied", "/": "divided", "**": "raised"}


@compiles(syntax.Arithmetic)
def arithmetic(compilation: Compilation, node: syntax.Arithmetic) -> Code:
    first = compilation.compile(node.first)
    rest = tuple(
        (operator, syntax_place(compilation, at), compilation.compile(operand))
        for operator, at, operand in node.rest
    )
    if len(rest) == 1:
        return _single(first, *rest[0])

    def chain(f: Frame) -> Any:
        value = first(f)
        for operator, where, operand in rest:
            value = operate(f[0], operator, value, operand(f), where)
        return value

    return chain


def syntax_place(compilation: Compilation, at: int) -> str:
    return compilation.place(syntax.Node(at))


def _single(first: Code, operator: str, where: str, second: Code) -> Code:
    if operator == "+":

        def plus(f: Frame) -> Any:
            left, right = first(f), second(f)
            if type(left) is int and type(right) is int and -EXACT < left + right < EXACT:
                return left + right
            return operate(f[0], "+", left, right, where)

        return plus
    if operator == "-":

        def minus(f: Frame) -> Any:
            left, right = first(f), second(f)
            if type(left) is int and type(right) is int and -EXACT < left - right < EXACT:
                return left - right
            return operate(f[0], "-", left, right, where)

        return minus
    return lambda f: operate(f[0], operator, first(f), second(f), where)


@compiles(syntax.Negation)
def negation(compilation: Compilation, node: syntax.Negation) -> Code:
    operand = compilation.compile(node.operand)
    where = compilation.place(node)
    return lambda f: negated(f[0], operand(f), where)


def negated(run: Any, value: Any, where: str) -> Any:
    if is_number(value):
        return numbers.negate(value)
    if isinstance(value, DaysTime):
        return DaysTime(-value.nanoseconds)
    if isinstance(value, YearsMonths):
        return YearsMonths(-value.months)
    if value is not None:
        run.warn(f"{where}: a {kind_of(value)} has no opposite")
    return None


_ON_NUMBERS: dict[str, Callable[[Any, Any], Any]] = {
    "+": numbers.add,
    "-": numbers.subtract,
    "*": numbers.multiply,
    "/": numbers.divide,
    "**": numbers.power,
}


def operate(run: Any, operator: str, left: Any, right: Any, where: str) -> Any:
    """The result of one operator, or null and a warning."""
    try:
        if is_number(left) and is_number(right):
            return _ON_NUMBERS[operator](left, right)
        if type(left) is str and type(right) is str and operator == "+":
            return run.text(left + right)
        result = _on_temporal(operator, left, right)
    except ArithmeticError:
        run.warn(f"{where}: '{operator}' has no result for {text_of(left)} and {text_of(right)}")
        return None
    if result is None:
        run.warn(
            f"{where}: a {kind_of(left)} cannot be {_NAMES[operator]} "
            f"with a {kind_of(right)}; convert one of them"
        )
    return result


def _on_temporal(operator: str, left: Any, right: Any) -> Any:
    match operator:
        case "+":
            result = _plus(left, right)
            return _plus(right, left) if result is None else result
        case "-":
            return _minus(left, right)
        case "*":
            result = _times(left, right)
            return _times(right, left) if result is None else result
        case "/":
            return _over(left, right)
    return None


def _plus(left: Any, right: Any) -> Any:
    match left, right:
        case DaysTime(), DaysTime():
            return DaysTime(_amount(left.nanoseconds + right.nanoseconds))
        case YearsMonths(), YearsMonths():
            return YearsMonths(_amount(left.months + right.months))
        case DateTime(), DaysTime():
            return shifted(left, right.nanoseconds)
        case DateTime(), YearsMonths():
            return DateTime(add_months(left.date, right.months), left.nanosecond, left.zone)
        case Date(), YearsMonths():
            return add_months(left, right.months)
        case Date(), DaysTime():
            days = days_of(left.year, left.month, left.day)
            return date_of((days * DAY + right.nanoseconds) // DAY)
        case Time(), DaysTime():
            return Time((left.nanosecond + right.nanoseconds) % DAY, left.zone)
    return None


def _minus(left: Any, right: Any) -> Any:
    match left, right:
        case ((DateTime() | Date()), (DateTime() | Date())):
            return _between(left, right)
        case Time(), Time():
            if (left.zone is None) != (right.zone is None):
                return None
            return DaysTime(time_instant(left) - time_instant(right))
        case _, DaysTime():
            return _plus(left, DaysTime(-right.nanoseconds))
        case _, YearsMonths():
            return _plus(left, YearsMonths(-right.months))
    return None


def _between(left: Date | DateTime, right: Date | DateTime) -> DaysTime | None:
    """The time from one to the other; a date is its midnight in UTC when the other has a zone."""
    is_mixed = type(left) is not type(right)
    first = DateTime(left, 0, 0 if is_mixed else None) if isinstance(left, Date) else left
    second = DateTime(right, 0, 0 if is_mixed else None) if isinstance(right, Date) else right
    if (first.zone is None) != (second.zone is None):
        return None
    return DaysTime(instant_of(first) - instant_of(second))


def _times(left: Any, right: Any) -> Any:
    if not is_number(right):
        return None
    if isinstance(left, DaysTime):
        return DaysTime(_amount(numbers.multiply(left.nanoseconds, right)))
    if isinstance(left, YearsMonths):
        return YearsMonths(_amount(numbers.multiply(left.months, right)))
    return None


def _amount(value: numbers.Number) -> int:
    """The whole part. Raises OverflowError for what no duration can be."""
    if not -_LONGEST < value < _LONGEST:
        raise OverflowError("the duration is too long")
    return int(value)


def _over(left: Any, right: Any) -> Any:
    match left, right:
        case DaysTime(), DaysTime():
            return numbers.divide(left.nanoseconds, right.nanoseconds)
        case YearsMonths(), YearsMonths():
            return numbers.divide(left.months, right.months)
        case DaysTime(), _ if is_number(right):
            return DaysTime(_amount(numbers.divide(left.nanoseconds, right)))
        case YearsMonths(), _ if is_number(right):
            return YearsMonths(_amount(numbers.divide(left.months, right)))
    return None
