"""The methods and properties of dates, times and durations that JUEL expressions may use."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import isodate

from engine.expressions.juel.context import Context
from engine.expressions.juel.methods import Method, integer
from engine.expressions.juel.problems import Problem
from engine.expressions.juel.values import kind_of, moment, shown, to_text

__all__ = ["MOMENTS", "PROPERTIES"]

_MOST = 4_000_000
"""Units that a date can be moved by in one call."""


def _moved(unit: str, sign: int) -> Method:
    """`plusDays` and its like."""

    def method(_: Context, value: Any, count: Any) -> Any:
        by = integer(count) * sign
        if abs(by) > _MOST * (3600 if unit in ("seconds", "minutes") else 1):
            raise Problem(f"{shown(count)} {unit} are too many; stay within the years 1 to 9999")
        if isinstance(value, time) or not isinstance(value, date):
            raise Problem(f"{kind_of(value)} cannot be moved by {unit}; a date can")
        if unit in ("hours", "minutes", "seconds") and not isinstance(value, datetime):
            raise Problem(f"a date has no {unit}; give a date and time")
        try:
            if unit in ("months", "years"):
                return value + isodate.Duration(**{unit: by})
            return value + timedelta(**{unit: by})
        except (OverflowError, ValueError):
            raise Problem(f"{shown(value)} leaves the years 1 to 9999") from None

    return Method(1, 1, method)


def _compared(accept: Callable[[datetime, datetime], bool]) -> Method:
    def method(_: Context, value: Any, other: Any) -> bool:
        for one in (value, other):
            if not isinstance(one, date):
                raise Problem(f"{shown(one)} is no date; give one")
        return accept(moment(value), moment(other))

    return Method(1, 1, method)


def _part(name: str) -> Callable[[Any], Any]:
    """A number of the calendar or the clock."""

    def read(value: Any) -> int:
        found = getattr(value, name, None) if isinstance(value, date | time) else None
        if not isinstance(found, int):
            raise Problem(f"{kind_of(value)} has no {name}")
        return found

    return read


def _milliseconds(value: Any) -> int:
    if not isinstance(value, date):
        raise Problem(f"{kind_of(value)} is no moment in time; a date is")
    return round(moment(value).timestamp() * 1000)


def _day_of_week(value: Any) -> int:
    if not isinstance(value, date):
        raise Problem(f"{kind_of(value)} has no day of the week; a date has")
    return value.isoweekday()


def _pattern(_: Context, value: Any, pattern: Any = None) -> str:
    """As text, in ISO 8601 or by a pattern of Java's with numbers only."""
    if pattern is None:
        return to_text(value)
    if not isinstance(value, date | time):
        raise Problem(f"{kind_of(value)} takes no pattern; a date or time does")
    return _formatted(value, to_text(pattern))


_FIELDS: dict[str, tuple[str, int]] = {
    "yyyy": ("year", 4),
    "uuuu": ("year", 4),
    "MM": ("month", 2),
    "dd": ("day", 2),
    "HH": ("hour", 2),
    "mm": ("minute", 2),
    "ss": ("second", 2),
}


def _formatted(value: Any, pattern: str) -> str:
    if len(pattern) > 100:
        raise Problem("the pattern is longer than 100 characters; shorten it")
    text, at = "", 0
    while at < len(pattern):
        character = pattern[at]
        run = len(pattern[at:]) - len(pattern[at:].lstrip(character))
        letters = pattern[at : at + run]
        if character == "'":
            end = pattern.find("'", at + 1)
            if end < 0:
                raise Problem(f"the pattern '{pattern}' has a quote that never ends")
            text, at = text + (pattern[at + 1 : end] or "'"), end + 1
            continue
        if letters in _FIELDS:
            name, digits = _FIELDS[letters]
            text += f"{_part(name)(value):0{digits}d}"
        elif character.isalpha():
            known = ", ".join(_FIELDS)
            raise Problem(f"'{letters}' in the pattern '{pattern}' is not known; {known} are")
        else:
            text += letters
        at += run
    return text


PROPERTIES: dict[str, Callable[[Any], Any]] = {
    "year": _part("year"),
    "month": _part("month"),
    "monthValue": _part("month"),
    "day": _part("day"),
    "dayOfMonth": _part("day"),
    "dayOfWeek": _day_of_week,
    "hour": _part("hour"),
    "hourOfDay": _part("hour"),
    "minute": _part("minute"),
    "minuteOfHour": _part("minute"),
    "second": _part("second"),
    "time": _milliseconds,
    "millis": _milliseconds,
}
"""Months count from 1; the first day of the week is Monday, 1."""


def _getter(read: Callable[[Any], Any]) -> Method:
    return Method(0, 0, lambda _, value: read(value))


_UNITS = ("years", "months", "weeks", "days", "hours", "minutes", "seconds")
_ITSELF = Method(0, 0, lambda _, value: value)

MOMENTS: dict[str, Method] = {
    **{f"plus{unit.title()}": _moved(unit, 1) for unit in _UNITS},
    **{f"minus{unit.title()}": _moved(unit, -1) for unit in _UNITS},
    **{f"get{name[0].upper()}{name[1:]}": _getter(read) for name, read in PROPERTIES.items()},
    "isBefore": _compared(lambda a, b: a < b),
    "before": _compared(lambda a, b: a < b),
    "isAfter": _compared(lambda a, b: a > b),
    "after": _compared(lambda a, b: a > b),
    "isEqual": _compared(lambda a, b: a == b),
    "toString": Method(0, 1, _pattern),
    "format": Method(1, 1, _pattern),
    "toDate": _ITSELF,
    "toInstant": _ITSELF,
    "toLocalDate": Method(
        0, 0, lambda _, value: value.date() if isinstance(value, datetime) else value
    ),
}
