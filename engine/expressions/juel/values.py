"""Values in JUEL: how they become numbers, truth and text (JSR 341, EL 3.0 §1.23)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Any

import isodate

from engine.expressions.juel.problems import Problem
from engine.values import DIGITS_LIMIT, SIZE_LIMIT, encode

__all__ = [
    "EXACT",
    "checked",
    "compare",
    "is_equal",
    "kind_of",
    "moment",
    "shown",
    "sized",
    "to_number",
    "to_text",
    "to_truth",
]

EXACT = Context(
    prec=34,
    Emax=6144,
    Emin=-6143,
    traps=[InvalidOperation, DivisionByZero, Overflow],
)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?")
_MOST_BITS = int(DIGITS_LIMIT * 3.33)


def kind_of(value: Any) -> str:
    """The kind of a value, for messages."""
    if value is None:
        return "null"
    for kind, name in (
        (bool, "a boolean"),
        ((int, Decimal), "a number"),
        (str, "a text"),
        (list, "a list"),
        (Mapping, "a document"),
        (datetime, "a date and time"),
        (date, "a date"),
        (time, "a time"),
        ((timedelta, isodate.Duration), "a duration"),
    ):
        if isinstance(value, kind):
            return name
    return str(getattr(value, "KIND", "no value"))


def shown(value: Any) -> str:
    """The value as messages quote it."""
    text = to_text(value) if kind_of(value) != "no value" else "?"
    return f"'{text if len(text) <= 40 else text[:39] + '…'}' ({kind_of(value)})"


def sized(text: str) -> str:
    """The text. Raises Problem when it is larger than a variable may be."""
    if len(text) > SIZE_LIMIT:
        raise Problem(f"the text grows beyond {SIZE_LIMIT:,} characters; keep it shorter")
    return text


def checked(number: int | Decimal) -> int | Decimal:
    """The number. Raises Problem when it is larger than a variable may be."""
    if isinstance(number, int) and number.bit_length() > _MOST_BITS:
        raise Problem(f"the number grows beyond {DIGITS_LIMIT:,} digits; keep it smaller")
    return number


def to_number(value: Any) -> int | Decimal:
    """A number, one written in a text, or 0 for null and the empty text."""
    kind = type(value)
    if kind is int or kind is Decimal:
        return value  # type: ignore[no-any-return]
    if value is None or value == "":
        return 0
    if kind is str and len(value) <= DIGITS_LIMIT and _NUMBER.fullmatch(value):
        try:
            return int(value)
        except ValueError:
            return EXACT.create_decimal(value)
    raise Problem(f"{shown(value)} is no number; give a number, or a text that is one")


def to_truth(value: Any) -> bool:
    """A boolean, or the text 'true'; null and other texts are false."""
    if type(value) is bool:
        return value
    if value is None:
        return False
    if type(value) is str:
        return value.lower() == "true"
    raise Problem(f"{shown(value)} is neither true nor false; compare it with something")


def to_text(value: Any) -> str:
    """As a text: null is empty, a list or document is JSON."""
    kind = type(value)
    if kind is str:
        return value  # type: ignore[no-any-return]
    if value is None:
        return ""
    if kind is bool:
        return "true" if value else "false"
    if kind is int:
        return str(value)
    if kind is Decimal:
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta | isodate.Duration):
        return str(isodate.duration_isoformat(value))
    if isinstance(value, list | Mapping):
        return sized(encode(value))
    raise Problem(f"{kind_of(value)} has no text; name one of its properties")


def moment(value: date | datetime) -> datetime:
    """A date as its first moment, so that it compares with dates and times."""
    if isinstance(value, datetime):
        return value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    return datetime(value.year, value.month, value.day, tzinfo=UTC)


_NUMBERS = (int, Decimal)


def compare(left: Any, right: Any) -> int:
    """Below, equal or above as -1, 0 or 1; neither is null (EL 3.0 §1.9.1).

    Numbers when one is a number, texts when one is a text.
    """
    a, b = left, right
    if _is_number(a) or _is_number(b):
        a, b = to_number(a), to_number(b)
    elif isinstance(a, str) or isinstance(b, str):
        a, b = to_text(a), to_text(b)
    elif isinstance(a, date) and isinstance(b, date):
        a, b = moment(a), moment(b)
    elif type(a) is not type(b) or not isinstance(a, bool | time | timedelta):
        raise Problem(
            f"{shown(left)} and {shown(right)} have no order; "
            "compare numbers, texts, or dates with their own kind"
        )
    return int(a > b) - int(a < b)


def is_equal(left: Any, right: Any) -> bool:
    """EL 3.0 §1.9.2: as numbers when one is a number, as truth when one is a boolean."""
    if left is right:
        return True
    if left is None or right is None:
        return False
    if type(left) is type(right) and (type(left) is str or type(left) is int):
        return bool(left == right)
    if _is_number(left) or _is_number(right):
        return to_number(left) == to_number(right)
    if type(left) is bool or type(right) is bool:
        return to_truth(left) == to_truth(right)
    if isinstance(left, str) or isinstance(right, str):
        return to_text(left) == to_text(right)
    if isinstance(left, date) and isinstance(right, date):
        return moment(left) == moment(right)
    return bool(left == right)


def _is_number(value: Any) -> bool:
    return isinstance(value, _NUMBERS) and type(value) is not bool
