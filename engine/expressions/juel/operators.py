"""The operators of JUEL (EL 3.0 §1.7–§1.14), as functions of two values."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from decimal import Decimal, DecimalException
from typing import Any, TypeAlias

from engine.expressions.juel.problems import Problem
from engine.expressions.juel.values import EXACT, checked, compare, is_equal, to_number

__all__ = ["BINARY", "PRECEDENCE", "is_empty", "negative"]

Operator: TypeAlias = Callable[[Any, Any], Any]


def is_empty(value: Any) -> bool:
    """Null, an empty text, list or document."""
    return value is None or (isinstance(value, str | list | Mapping) and not value)


def negative(value: Any) -> int | Decimal:
    """The number with the other sign."""
    number = to_number(value)
    return -number if type(number) is int else EXACT.minus(number)


def _add(left: Any, right: Any) -> int | Decimal:
    if type(left) is int and type(right) is int:
        return checked(left + right)
    a, b = to_number(left), to_number(right)
    if type(a) is int and type(b) is int:
        return checked(a + b)
    return _decimal(EXACT.add, a, b)


def _subtract(left: Any, right: Any) -> int | Decimal:
    a, b = to_number(left), to_number(right)
    if type(a) is int and type(b) is int:
        return checked(a - b)
    return _decimal(EXACT.subtract, a, b)


def _multiply(left: Any, right: Any) -> int | Decimal:
    a, b = to_number(left), to_number(right)
    if type(a) is int and type(b) is int:
        return checked(a * b)
    return _decimal(EXACT.multiply, a, b)


def _divide(left: Any, right: Any) -> int | Decimal:
    """Never rounded to a whole number: 7 / 2 is 3.5."""
    a, b = to_number(left), to_number(right)
    if not b:
        raise Problem("division by zero; test the divisor first")
    if type(a) is int and type(b) is int and not a % b:
        return a // b
    return _decimal(EXACT.divide, a, b)


def _remainder(left: Any, right: Any) -> int | Decimal:
    """With the sign of the dividend, as in Java."""
    a, b = to_number(left), to_number(right)
    if not b:
        raise Problem("remainder of a division by zero; test the divisor first")
    if type(a) is int and type(b) is int:
        return int(math.copysign(1, a)) * (abs(a) % abs(b))
    return _decimal(EXACT.remainder, a, b)


def _decimal(
    operation: Callable[[Decimal, Decimal], Decimal], left: int | Decimal, right: int | Decimal
) -> Decimal:
    try:
        return operation(Decimal(left), Decimal(right))
    except DecimalException:
        raise Problem("the result is too large a number; keep it smaller") from None


def _ordered(plain: Operator, *, with_equal: bool) -> Operator:
    """A comparison; `plain` is Python's own, for whole numbers and for what `compare` gives."""

    def compared(left: Any, right: Any) -> Any:
        if type(left) is int and type(right) is int:
            return plain(left, right)
        if left is None or right is None:
            return with_equal and left is right
        return plain(compare(left, right), 0)

    return compared


BINARY: dict[str, Operator] = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "%": _remainder,
    "==": is_equal,
    "!=": lambda left, right: not is_equal(left, right),
    "<": _ordered(operator.lt, with_equal=False),
    ">": _ordered(operator.gt, with_equal=False),
    "<=": _ordered(operator.le, with_equal=True),
    ">=": _ordered(operator.ge, with_equal=True),
}
PRECEDENCE = {
    "||": 1,
    "&&": 2,
    "==": 3,
    "!=": 3,
    "<": 4,
    ">": 4,
    "<=": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "%": 6,
}
"""Higher binds closer; all group from the left."""
