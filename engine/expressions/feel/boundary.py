"""Values between Python and FEEL, both ways, and FEEL values as plain JSON data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import isodate

from engine.expressions.feel.numbers import EXACT, bounded, from_float, whole_or_decimal
from engine.expressions.feel.run import Run
from engine.expressions.feel.temporal import (
    Date,
    DateTime,
    DaysTime,
    Time,
    YearsMonths,
    from_std,
    to_std,
)
from engine.expressions.feel.temporal_text import temporal_text
from engine.expressions.feel.values import Function, Range, Unequal, text_of

DIRECT = frozenset(
    {
        type(None),
        bool,
        int,
        str,
        Decimal,
        Date,
        Time,
        DateTime,
        DaysTime,
        YearsMonths,
        Function,
    }
)
"""Types that FEEL takes as they are."""
_SIMPLE = DIRECT - {Decimal}
_LEAVES = frozenset({type(None), bool, int, str})


def incoming(value: Any) -> Any:
    """The FEEL value for one of Python's; the same object where nothing has to change."""
    kind = type(value)
    if kind in DIRECT:
        return _finite(value) if kind is Decimal else value
    if kind is list:
        if _SIMPLE.issuperset(map(type, value)):
            return value
        converted = [incoming(item) for item in value]
        return value if _all_same(converted, value) else converted
    if kind is dict:
        if _SIMPLE.issuperset(map(type, value.values())):
            return value
        entries = {name: incoming(item) for name, item in value.items()}
        return value if _all_same(entries.values(), value.values()) else entries
    if kind is Range:
        ends = incoming(value.low), incoming(value.high)
        return Range(*ends, value.is_low_included, value.is_high_included, value.sign)
    if kind is Unequal:
        return Unequal(incoming(value.value))
    if isinstance(value, float):
        return from_float(value)
    if isinstance(value, dt.date | dt.time | dt.timedelta):
        return from_std(value)
    if isinstance(value, Mapping):
        return {str(name): incoming(item) for name, item in value.items()}
    if isinstance(value, tuple | set | frozenset | list):
        return [incoming(item) for item in value]
    if isinstance(value, bool | int | str):
        return kind.__mro__[-2](value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, isodate.Duration):
        return _months(value)
    return None


def _months(value: Any) -> YearsMonths | DaysTime | None:
    """A calendar duration as FEEL has it: of years and months, or of days and time, not both."""
    months = value.years * 12 + value.months
    if value.tdelta:
        return None if months else cast(DaysTime, from_std(value.tdelta))
    return YearsMonths(int(months)) if months == int(months) else None


def _all_same(left: Any, right: Any) -> bool:
    return all(one is other for one, other in zip(left, right, strict=True))


def _finite(value: Decimal) -> Decimal | None:
    return value if value.is_finite() else None


def incoming_variable(run: Run, name: str, value: Any) -> Any:
    """The FEEL value of a variable, converted once in an evaluation."""
    if run.converted is None:
        run.converted = {}
    elif name in run.converted and run.converted[name][0] is value:
        return run.converted[name][1]
    converted = incoming(value)
    if converted is None and value is not None:
        run.warn(f"variable '{name}' is a {type(value).__name__}, which FEEL does not know")
    run.converted[name] = (value, converted)
    return converted


def outgoing(value: Any) -> Any:
    """Python's value for one of FEEL's, where Python can hold it."""
    kind = type(value)
    if kind in _LEAVES:
        return value
    if kind is Decimal:
        return whole_or_decimal(value)
    if kind is list:
        if _LEAVES.issuperset(map(type, value)):
            return value
        converted = [outgoing(item) for item in value]
        return value if _all_same(converted, value) else converted
    if kind is dict:
        entries = {name: outgoing(item) for name, item in value.items()}
        return value if _all_same(entries.values(), value.values()) else entries
    if kind in {Date, Time, DateTime, DaysTime}:
        return to_std(value)
    if kind is YearsMonths:
        years = abs(value.months) // 12 * (-1 if value.months < 0 else 1)
        return isodate.Duration(years=years, months=value.months - 12 * years)
    if kind is Range:
        return Range(
            outgoing(value.low),
            outgoing(value.high),
            value.is_low_included,
            value.is_high_included,
            value.sign,
        )
    return value


def feel_to_plain(value: Any) -> Any:
    """JSON data for a result: ISO 8601 texts for what JSON has no type for, Decimals kept."""
    value = incoming(value)
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if -EXACT < value < EXACT else bounded(value)
        case Decimal():
            return whole_or_decimal(value)
        case list():
            return [feel_to_plain(item) for item in value]
        case dict():
            return {name: feel_to_plain(item) for name, item in value.items()}
        case Range() | Unequal() | Function():
            return text_of(value)
    return temporal_text(value)
