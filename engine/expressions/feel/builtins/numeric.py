"""Numeric functions (DMN 1.5 §10.3.4.5)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine.expressions.feel.builtins.register import NoResult, builtin
from engine.expressions.feel.numbers import (
    CONTEXT,
    ROUNDINGS,
    Number,
    divide,
    from_float,
    is_number,
    multiply,
    subtract,
)
from engine.expressions.feel.temporal import DaysTime, YearsMonths

_LARGEST_SCALE = 6176


def rounded(number: Number, scale: Number, rounding: str) -> Number:
    """The number with so many digits after the point. Raises NoResult past decimal128's scale."""
    if not -6111 <= scale <= _LARGEST_SCALE:
        raise NoResult(f"'scale' is outside -6111 to {_LARGEST_SCALE}")
    digits = int(scale)
    if type(number) is int and digits >= 0:
        return number
    value = Decimal(number)
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent >= -digits:
        return number
    context = CONTEXT.copy()
    context.prec = max(value.adjusted() + digits + 2, 1)
    return value.quantize(Decimal(1).scaleb(-digits), ROUNDINGS[rounding], context)


@builtin("decimal(n: number, scale: number)")
def decimal(number: Number, scale: Number) -> Number:
    return rounded(number, scale, "half even")


@builtin("floor(n: number, scale?: number)")
def floor(number: Number, scale: Number = 0) -> Number:
    return rounded(number, _given(scale), "floor")


@builtin("ceiling(n: number, scale?: number)")
def ceiling(number: Number, scale: Number = 0) -> Number:
    return rounded(number, _given(scale), "ceiling")


def _given(scale: Number | None) -> Number:
    if scale is None:
        raise NoResult("'scale' is null")
    return scale


@builtin("round up(n: number, scale: number)")
def round_up(number: Number, scale: Number) -> Number:
    return rounded(number, scale, "up")


@builtin("round down(n: number, scale: number)")
def round_down(number: Number, scale: Number) -> Number:
    return rounded(number, scale, "down")


@builtin("round half up(n: number, scale: number)")
def round_half_up(number: Number, scale: Number) -> Number:
    return rounded(number, scale, "half up")


@builtin("round half down(n: number, scale: number)")
def round_half_down(number: Number, scale: Number) -> Number:
    return rounded(number, scale, "half down")


@builtin("abs(n: number|days and time duration|years and months duration)")
def absolute(value: Any) -> Any:
    if is_number(value):
        return abs(value)
    if isinstance(value, DaysTime):
        return DaysTime(abs(value.nanoseconds))
    return YearsMonths(abs(value.months))


@builtin("modulo(dividend: number, divisor: number)")
def modulo(dividend: Number, divisor: Number) -> Number:
    """Takes the divisor's sign: dividend - divisor * floor(dividend / divisor)."""
    if not divisor:
        raise NoResult("'divisor' is 0")
    if type(dividend) is int and type(divisor) is int:
        return dividend % divisor
    quotient = rounded(divide(dividend, divisor), 0, "floor")
    return subtract(dividend, multiply(divisor, quotient))


@builtin("sqrt(number: number)")
def square_root(number: Number) -> Number:
    if number < 0:
        raise NoResult(f"'number' is {number}, a negative number has no square root")
    return CONTEXT.sqrt(Decimal(number))


@builtin("log(number: number)")
def logarithm(number: Number) -> Number:
    if number <= 0:
        raise NoResult(f"'number' is {number}, only positive numbers have a logarithm")
    return CONTEXT.ln(Decimal(number))


@builtin("exp(number: number)")
def exponential(number: Number) -> Number:
    try:
        return CONTEXT.exp(Decimal(number))
    except ArithmeticError:
        raise NoResult(f"the result for {number} is too large") from None


@builtin("odd(number: number)")
def odd(number: Number) -> bool:
    return abs(modulo(number, 2)) == 1


@builtin("even(number: number)")
def even(number: Number) -> bool:
    return modulo(number, 2) == 0


@builtin("random number()", needs_run=True)
def random_number(run: Any) -> Number | None:
    if run.random is None:
        raise NoResult("the evaluation was given no source of randomness")
    return from_float(run.random.random())
