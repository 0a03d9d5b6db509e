"""FEEL numbers (DMN 1.5 §10.3.2.3.1): decimal128; whole numbers stay int because that is fast."""

from __future__ import annotations

import math
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)

Number = int | Decimal

PRECISION = 34
EXACT = 10**PRECISION
CONTEXT = Context(
    prec=PRECISION,
    rounding=ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    traps=[DivisionByZero, InvalidOperation, Overflow],
)
ROUNDINGS = {
    "half even": ROUND_HALF_EVEN,
    "half up": ROUND_HALF_UP,
    "half down": ROUND_HALF_DOWN,
    "up": ROUND_UP,
    "down": ROUND_DOWN,
    "floor": ROUND_FLOOR,
    "ceiling": ROUND_CEILING,
}
_LARGEST_WHOLE = 1000


def is_number(value: object) -> bool:
    kind = type(value)
    return kind is int or kind is Decimal


def parse_number(text: str) -> Number:
    """The number that a numeric literal stands for, rounded to 34 digits."""
    if text.isdigit() and len(text) <= PRECISION:
        return int(text)
    return CONTEXT.create_decimal(text)


def from_float(value: float) -> Decimal | None:
    """The decimal that a float is printed as; no number for infinity and not-a-number."""
    return CONTEXT.create_decimal(repr(value)) if math.isfinite(value) else None


def bounded(value: Number) -> Number:
    """The number rounded to 34 digits."""
    if type(value) is int and -EXACT < value < EXACT:
        return value
    return CONTEXT.create_decimal(value)


def whole_or_decimal(value: Decimal) -> Number:
    """The int for an integral number, so that 2.00 leaves FEEL as 2."""
    if (
        value.is_finite()
        and value == value.to_integral_value()
        and value.adjusted() < _LARGEST_WHOLE
    ):
        return int(value)
    return value


def add(left: Number, right: Number) -> Number:
    if type(left) is int and type(right) is int:
        return bounded(left + right)
    return CONTEXT.add(Decimal(left), Decimal(right))


def subtract(left: Number, right: Number) -> Number:
    if type(left) is int and type(right) is int:
        return bounded(left - right)
    return CONTEXT.subtract(Decimal(left), Decimal(right))


def multiply(left: Number, right: Number) -> Number:
    if type(left) is int and type(right) is int:
        return bounded(left * right)
    return CONTEXT.multiply(Decimal(left), Decimal(right))


def divide(left: Number, right: Number) -> Number:
    """The quotient. Raises ArithmeticError for a zero divisor."""
    if type(left) is int and type(right) is int and right and left % right == 0:
        return left // right
    return CONTEXT.divide(Decimal(left), Decimal(right))


def power(base: Number, exponent: Number) -> Number:
    """Raises ArithmeticError where the power is not a real number within range."""
    if (
        type(base) is int
        and type(exponent) is int
        and 0 <= exponent < 128
        and -EXACT < base < EXACT
    ):
        return bounded(base**exponent)
    if not base and not exponent:
        return 1
    return CONTEXT.power(Decimal(base), Decimal(exponent))


def negate(value: Number) -> Number:
    return -value if type(value) is int else CONTEXT.minus(value)


def number_text(value: Number) -> str:
    """The shortest plain notation, without an exponent and without trailing zeros."""
    if type(value) is int:
        return str(value) if abs(value) < EXACT else format(CONTEXT.create_decimal(value), "f")
    if not value:
        return "0"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
