"""FEEL's temporal values (DMN 1.5 §10.3.2.3.4 to .8): years of up to nine digits, nanoseconds."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Zone = int | str | None
"""Offset from UTC in seconds, IANA name, or none for local time."""

LARGEST_YEAR = 999_999_999
SECOND = 1_000_000_000
DAY = 86_400 * SECOND
_LONGEST = 999_999_999 * DAY
"""What Python's timedelta can hold."""
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True, order=True)
class Date:
    year: int
    month: int
    day: int


@dataclass(frozen=True, slots=True)
class Time:
    nanosecond: int
    """Since midnight."""
    zone: Zone = None


@dataclass(frozen=True, slots=True)
class DateTime:
    date: Date
    nanosecond: int
    """Since midnight, by the clock on the wall."""
    zone: Zone = None


@dataclass(frozen=True, slots=True, order=True)
class YearsMonths:
    """A years and months duration."""

    months: int


@dataclass(frozen=True, slots=True, order=True)
class DaysTime:
    """A days and time duration."""

    nanoseconds: int


Temporal = Date | Time | DateTime
Duration = YearsMonths | DaysTime


# --- calendar: proleptic Gregorian, any year ---


def days_of(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01."""
    year -= month <= 2
    era, year_of_era = divmod(year, 400)
    day_of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return (
        era * 146_097
        + year_of_era * 365
        + year_of_era // 4
        - year_of_era // 100
        + day_of_year
        - 719_468
    )


def date_of(days: int) -> Date:
    """The date so many days after 1970-01-01. Raises OverflowError past nine-digit years."""
    era, day_of_era = divmod(days + 719_468, 146_097)
    year_of_era = (
        day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    year = year_of_era + era * 400 + (month <= 2)
    if not -LARGEST_YEAR <= year <= LARGEST_YEAR:
        raise OverflowError(f"year {year} has more than nine digits")
    return Date(year, month, day_of_year - (153 * shifted + 2) // 5 + 1)


def days_in_month(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in {4, 6, 9, 11} else 31


def checked_date(year: int, month: int, day: int) -> Date | None:
    """The date, or None when there is no such day."""
    if not (-LARGEST_YEAR <= year <= LARGEST_YEAR and 1 <= month <= 12):
        return None
    return Date(year, month, day) if 1 <= day <= days_in_month(year, month) else None


def add_months(date: Date, months: int) -> Date:
    """The same day so many months later, or the last day of that month."""
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    if not -LARGEST_YEAR <= year <= LARGEST_YEAR:
        raise OverflowError(f"year {year} has more than nine digits")
    return Date(year, month + 1, min(date.day, days_in_month(year, month + 1)))


# --- zones ---


@lru_cache(maxsize=256)
def zone_info(name: str) -> ZoneInfo | None:
    """The zone of an IANA name, or None."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def offset_of(value: DateTime | Time) -> int | None:
    """Seconds east of UTC; a time without date takes its zone's standard time."""
    zone = value.zone
    if zone is None or isinstance(zone, int):
        return zone
    info = zone_info(zone)
    if info is None:
        return None
    year, month, day = 1970, 1, 1
    if isinstance(value, DateTime):
        year, month, day = value.date.year, value.date.month, value.date.day
        if not 1 < year < 9999:
            year = 2000 + year % 400
    local = dt.datetime(year, month, day, tzinfo=dt.UTC)
    local += dt.timedelta(microseconds=value.nanosecond // 1000)
    found = local.replace(tzinfo=info).utcoffset()
    return None if found is None else int(found.total_seconds())


def instant_of(value: DateTime) -> int:
    """Nanoseconds since 1970-01-01 in UTC, or on the wall's clock for local time."""
    date = value.date
    days = days_of(date.year, date.month, date.day)
    return days * DAY + value.nanosecond - (offset_of(value) or 0) * SECOND


def time_instant(value: Time) -> int:
    """Nanoseconds since midnight UTC, or on the wall's clock for local time."""
    return value.nanosecond - (offset_of(value) or 0) * SECOND


def datetime_of(nanoseconds: int, zone: Zone) -> DateTime:
    """The date and time of that wall clock reading since 1970-01-01."""
    days, nanosecond = divmod(nanoseconds, DAY)
    return DateTime(date_of(days), nanosecond, zone)


def shifted(value: DateTime, nanoseconds: int) -> DateTime:
    """The date and time so much later; a named zone's offset follows the calendar."""
    if not isinstance(value.zone, str):
        date = value.date
        days = days_of(date.year, date.month, date.day)
        return datetime_of(days * DAY + value.nanosecond + nanoseconds, value.zone)
    return in_zone(instant_of(value) + nanoseconds, value.zone)


def in_zone(instant: int, zone: str) -> DateTime:
    """The wall clock of a named zone at that instant."""
    guess = datetime_of(instant, zone)
    info = zone_info(zone)
    if info is None or not 2 < guess.date.year < 9998:
        return datetime_of(instant + (offset_of(guess) or 0) * SECOND, zone)
    utc = _EPOCH + dt.timedelta(microseconds=instant // 1000)
    offset = utc.astimezone(info).utcoffset() or dt.timedelta()
    return datetime_of(instant + int(offset.total_seconds()) * SECOND, zone)


# --- to and from Python ---


def from_std(value: dt.date | dt.time | dt.timedelta) -> Temporal | DaysTime:
    """Our value for one of Python's."""
    if isinstance(value, dt.datetime):
        date = Date(value.year, value.month, value.day)
        return DateTime(date, _nanosecond(value), _zone(value.tzinfo, value.utcoffset()))
    if isinstance(value, dt.date):
        return Date(value.year, value.month, value.day)
    if isinstance(value, dt.time):
        return Time(_nanosecond(value), _zone(value.tzinfo, value.utcoffset()))
    return DaysTime((value.days * 86_400 + value.seconds) * SECOND + value.microseconds * 1000)


def _nanosecond(value: dt.datetime | dt.time) -> int:
    seconds = (value.hour * 60 + value.minute) * 60 + value.second
    return seconds * SECOND + value.microsecond * 1000


def _zone(info: dt.tzinfo | None, offset: dt.timedelta | None) -> Zone:
    if isinstance(info, ZoneInfo) and info.key and info.key != "UTC":
        return info.key
    return None if offset is None else int(offset.total_seconds())


def to_std(value: Temporal | DaysTime) -> Any:
    """Python's value where it can hold ours, else ours."""
    if isinstance(value, DaysTime):
        is_held = value.nanoseconds % 1000 == 0 and abs(value.nanoseconds) < _LONGEST
        return dt.timedelta(microseconds=value.nanoseconds // 1000) if is_held else value
    if isinstance(value, Date):
        return dt.date(value.year, value.month, value.day) if 1 <= value.year <= 9999 else value
    if value.nanosecond % 1000 or value.nanosecond >= DAY:
        return value
    since_midnight = dt.timedelta(microseconds=value.nanosecond // 1000)
    zone = _std_zone(value.zone)
    if isinstance(value, Time):
        return (_EPOCH + since_midnight).time().replace(tzinfo=zone)
    date = value.date
    if not 1 <= date.year <= 9999:
        return value
    midnight = dt.datetime(date.year, date.month, date.day, tzinfo=dt.UTC)
    return (midnight + since_midnight).replace(tzinfo=zone)


def _std_zone(zone: Zone) -> dt.tzinfo | None:
    if zone is None:
        return None
    if isinstance(zone, str):
        return zone_info(zone)
    return dt.UTC if zone == 0 else dt.timezone(dt.timedelta(seconds=zone))
