"""Date and time functions (DMN 1.5 §10.3.4.1, §10.3.4.7, §10.3.4.8)."""

from __future__ import annotations

from typing import Any

from engine.expressions.feel import temporal
from engine.expressions.feel.builtins.register import NoResult, builtin
from engine.expressions.feel.builtins.strings import whole
from engine.expressions.feel.numbers import Number
from engine.expressions.feel.properties import weekday
from engine.expressions.feel.temporal import (
    SECOND,
    Date,
    DateTime,
    DaysTime,
    Duration,
    Time,
    YearsMonths,
    Zone,
    days_in_month,
    days_of,
    from_std,
)
from engine.expressions.feel.temporal_text import (
    joined,
    parse_date,
    parse_datetime,
    parse_duration,
    parse_time,
)

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def _day(value: Date | DateTime) -> Date:
    return value.date if isinstance(value, DateTime) else value


@builtin("date(from: string|date|date and time)")
def date(value: str | Date | DateTime) -> Date:
    if not isinstance(value, str):
        return _day(value)
    found = parse_date(value)
    if found is None:
        raise NoResult(f"'{value}' is no date of the form 2030-01-31")
    return found


@builtin("date(year: number, month: number, day: number)")
def date_of_numbers(year: Number, month: Number, day: Number) -> Date:
    found = temporal.checked_date(whole(year, "year"), whole(month, "month"), whole(day, "day"))
    if found is None:
        raise NoResult(f"there is no day {year}-{month}-{day}")
    return found


@builtin("date and time(from: string|date and time|date)")
def date_and_time(value: str | DateTime | Date) -> DateTime:
    if isinstance(value, DateTime):
        return value
    if isinstance(value, Date):
        return DateTime(value, 0)
    found = parse_datetime(value)
    if found is None:
        raise NoResult(f"'{value}' is no date and time of the form 2030-01-31T12:30:00")
    return found


@builtin("date and time(date: date|date and time, time: time)")
def date_and_time_of_parts(day: Date | DateTime, clock: Time) -> DateTime:
    return joined(_day(day), clock)


@builtin("date and time(date: date and time, timezone: string)")
def date_and_time_in_zone(value: DateTime, name: str) -> DateTime:
    zone = _named_zone(name)
    if value.zone is None:
        return DateTime(value.date, value.nanosecond, zone)
    if isinstance(zone, str):
        return temporal.in_zone(temporal.instant_of(value), zone)
    return temporal.datetime_of(temporal.instant_of(value) + (zone or 0) * SECOND, zone)


@builtin(
    "date and time(year: number, month: number, day: number, "
    "hour: number, minute: number, second: number)"
)
@builtin(
    "date and time(year: number, month: number, day: number, hour: number, minute: number, "
    "second: number, offset: days and time duration|string|null)"
)
def date_and_time_of_numbers(
    year: Number,
    month: Number,
    day: Number,
    hour: Number,
    minute: Number,
    second: Number,
    offset: DaysTime | str | None = None,
) -> DateTime:
    zone = _named_zone(offset) if isinstance(offset, str) else _offset_zone(offset)
    return joined(date_of_numbers(year, month, day), Time(_clock(hour, minute, second), zone))


def _named_zone(name: str) -> Zone:
    found = parse_time(f"00:00:00{name}" if name[:1] in {"Z", "+", "-"} else f"00:00:00@{name}")
    if found is None:
        raise NoResult(f"there is no time zone '{name}'")
    return found.zone


def _offset_zone(offset: DaysTime | None) -> Zone:
    if offset is None:
        return None
    seconds = offset.nanoseconds // SECOND
    if abs(seconds) > 18 * 3600:
        raise NoResult("'offset' is more than 18 hours")
    return seconds


def _clock(hour: Number, minute: Number, second: Number) -> int:
    hours, minutes = whole(hour, "hour"), whole(minute, "minute")
    if not (0 <= hours <= 23 and 0 <= minutes <= 59 and 0 <= second < 60):
        raise NoResult(f"there is no time {hour}:{minute}:{second}")
    return (hours * 60 + minutes) * 60 * SECOND + int(second * SECOND)


@builtin("time(from: string|time|date and time|date)")
def time(value: str | Time | DateTime | Date) -> Time:
    if isinstance(value, Time):
        return value
    if isinstance(value, DateTime):
        return Time(value.nanosecond, value.zone)
    if isinstance(value, Date):
        return Time(0, 0)
    found = parse_time(value)
    if found is None:
        raise NoResult(f"'{value}' is no time of the form 12:30:00")
    return found


@builtin("time(hour: number, minute: number, second: number, offset?: days and time duration|null)")
def time_of_numbers(
    hour: Number, minute: Number, second: Number, offset: DaysTime | None = None
) -> Time:
    return Time(_clock(hour, minute, second), _offset_zone(offset))


@builtin("duration(from: string|days and time duration|years and months duration)")
def duration(value: str | Duration) -> Duration:
    if not isinstance(value, str):
        return value
    found = parse_duration(value)
    if found is None:
        raise NoResult(f"'{value}' is no duration of the form P1DT12H or P1Y6M")
    return found


@builtin("years and months duration(from: date|date and time, to: date|date and time)")
def years_and_months_duration(first: Date | DateTime, last: Date | DateTime) -> YearsMonths:
    start, end = _day(first), _day(last)
    months = (end.year - start.year) * 12 + end.month - start.month
    if months > 0 and end.day < start.day:
        months -= 1
    elif months < 0 and end.day > start.day:
        months += 1
    return YearsMonths(months)


@builtin("now()", needs_run=True)
def now(run: Any) -> DateTime:
    if run.now is None:
        raise NoResult("the evaluation was given no clock")
    found = from_std(run.now)
    assert isinstance(found, DateTime)
    return found


@builtin("today()", needs_run=True)
def today(run: Any) -> Date:
    return now(run).date


@builtin("day of week(date: date|date and time)")
def day_of_week(value: Date | DateTime) -> str:
    return _WEEKDAYS[weekday(_day(value)) - 1]


@builtin("month of year(date: date|date and time)")
def month_of_year(value: Date | DateTime) -> str:
    return _MONTHS[_day(value).month - 1]


@builtin("day of year(date: date|date and time)")
def day_of_year(value: Date | DateTime) -> int:
    day = _day(value)
    return days_of(day.year, day.month, day.day) - days_of(day.year, 1, 1) + 1


@builtin("week of year(date: date|date and time)")
def week_of_year(value: Date | DateTime) -> int:
    """The week by ISO 8601: the one that holds the year's first Thursday is week 1."""
    day = _day(value)
    days = days_of(day.year, day.month, day.day)
    thursday = temporal.date_of(days - weekday(day) + 4)
    return (
        days_of(thursday.year, thursday.month, thursday.day) - days_of(thursday.year, 1, 1)
    ) // 7 + 1


@builtin("last day of month(date: date|date and time)")
def last_day_of_month(value: Date | DateTime) -> Date:
    day = _day(value)
    return Date(day.year, day.month, days_in_month(day.year, day.month))
