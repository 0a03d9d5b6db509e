"""Properties of values that are no contexts (DMN 1.5 §10.3.2.6, Table 62 and following)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.expressions.feel.temporal import (
    DAY,
    SECOND,
    Date,
    DateTime,
    DaysTime,
    Time,
    YearsMonths,
    days_of,
    offset_of,
)
from engine.expressions.feel.values import Range

MISSING: Any = object()


def weekday(date: Date) -> int:
    """1 for Monday to 7 for Sunday."""
    return (days_of(date.year, date.month, date.day) + 3) % 7 + 1


def _offset(value: Time | DateTime) -> DaysTime | None:
    offset = offset_of(value)
    return None if offset is None else DaysTime(offset * SECOND)


def _zone_name(value: Time | DateTime) -> str | None:
    return value.zone if isinstance(value.zone, str) else None


def _clock(value: Time | DateTime) -> tuple[int, int, int]:
    seconds = value.nanosecond // SECOND
    return seconds // 3600, seconds // 60 % 60, seconds % 60


def _part(nanoseconds: int, size: int, modulus: int | None = None) -> int:
    amount = abs(nanoseconds) // size
    if modulus is not None:
        amount %= modulus
    return -amount if nanoseconds < 0 else amount


def _months_part(months: int, is_year: bool) -> int:
    amount = abs(months) // 12 if is_year else abs(months) % 12
    return -amount if months < 0 else amount


_OF_DATE: dict[str, Callable[[Date], Any]] = {
    "year": lambda date: date.year,
    "month": lambda date: date.month,
    "day": lambda date: date.day,
    "weekday": weekday,
}
_OF_CLOCK: dict[str, Callable[[Any], Any]] = {
    "hour": lambda value: _clock(value)[0],
    "minute": lambda value: _clock(value)[1],
    "second": lambda value: _clock(value)[2],
    "time offset": _offset,
    "timezone": _zone_name,
}


def _of(function: Callable[[Date], Any]) -> Callable[[DateTime], Any]:
    return lambda value: function(value.date)


_PROPERTIES: dict[type, dict[str, Callable[[Any], Any]]] = {
    Date: _OF_DATE,
    Time: _OF_CLOCK,
    DateTime: {name: _of(part) for name, part in _OF_DATE.items()} | _OF_CLOCK,
    DaysTime: {
        "days": lambda value: _part(value.nanoseconds, DAY),
        "hours": lambda value: _part(value.nanoseconds, 3600 * SECOND, 24),
        "minutes": lambda value: _part(value.nanoseconds, 60 * SECOND, 60),
        "seconds": lambda value: _part(value.nanoseconds, SECOND, 60),
    },
    YearsMonths: {
        "years": lambda value: _months_part(value.months, True),
        "months": lambda value: _months_part(value.months, False),
    },
    Range: {
        "start": lambda value: value.low,
        "end": lambda value: value.high,
        "start included": lambda value: value.is_low_included,
        "end included": lambda value: value.is_high_included,
    },
}


def property_of(value: Any, name: str) -> Any:
    """The property, or MISSING when values of this type have none of that name."""
    read = _PROPERTIES.get(type(value), {}).get(name)
    return MISSING if read is None else read(value)
