"""ISO 8601 texts of FEEL's temporal values, both ways (DMN 1.5 §10.3.2.3.4 to .8, §10.3.4.1)."""

from __future__ import annotations

import re

from engine.expressions.feel.temporal import (
    DAY,
    SECOND,
    Date,
    DateTime,
    DaysTime,
    Duration,
    Temporal,
    Time,
    YearsMonths,
    Zone,
    checked_date,
    date_of,
    days_of,
    zone_info,
)

_DATE = re.compile(r"(-?(?:[1-9][0-9]{4,8}|[0-9]{4}))-([0-9]{2})-([0-9]{2})")
_TIME = re.compile(
    r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2}(?::[0-9]{2})?|@[A-Za-z][A-Za-z0-9_+\-/]*)?"
)
_YEARS_MONTHS = re.compile(r"(-?)P(?:([0-9]+)Y)?(?:([0-9]+)M)?")
_DAYS_TIME = re.compile(
    r"(-?)P(?:([0-9]+)D)?(?:(T)(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)(?:\.([0-9]*))?S)?)?"
)
_LONGEST_DURATION = 100
_LARGEST_OFFSET = 18 * 3600


def parse_date(text: str) -> Date | None:
    match = _DATE.fullmatch(text)
    if match is None or match[1] == "-0000":
        return None
    return checked_date(int(match[1]), int(match[2]), int(match[3]))


def parse_time(text: str) -> Time | None:
    """A time of day; 24:00:00 is midnight, as in XML Schema."""
    time = _parse_clock(text)
    return Time(0, time.zone) if time is not None and time.nanosecond == DAY else time


def _parse_clock(text: str) -> Time | None:
    """A time of day up to 24:00:00."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hour, minute, second = int(match[1]), int(match[2]), int(match[3])
    fraction = int((match[4] or "0")[:9].ljust(9, "0"))
    nanosecond = ((hour * 60 + minute) * 60 + second) * SECOND + fraction
    is_end_of_day = nanosecond == DAY
    if minute > 59 or second > 59 or (hour > 23 and not is_end_of_day):
        return None
    zone: Zone = None
    if match[5]:
        parsed = _parse_zone(match[5])
        if parsed is None:
            return None
        zone = parsed
    return Time(nanosecond, zone)


def _parse_zone(text: str) -> int | str | None:
    if text in {"Z", "z"}:
        return 0
    if text[0] == "@":
        return text[1:] if zone_info(text[1:]) else None
    parts = [int(part) for part in text[1:].split(":")]
    if any(part > 59 for part in parts[1:]):
        return None
    seconds = sum(part * unit for part, unit in zip(parts, (3600, 60, 1), strict=False))
    if seconds > _LARGEST_OFFSET:
        return None
    return -seconds if text[0] == "-" else seconds


def parse_datetime(text: str) -> DateTime | None:
    """A date and time; a date alone means its first moment."""
    day, separator, clock = text.partition("T")
    date = parse_date(day)
    if date is None:
        return None
    if not separator:
        return DateTime(date, 0)
    time = _parse_clock(clock)
    return None if time is None else joined(date, time)


def joined(date: Date, time: Time) -> DateTime:
    """The date at that time; 24:00 is the next day's midnight."""
    if time.nanosecond < DAY:
        return DateTime(date, time.nanosecond, time.zone)
    return DateTime(date_of(days_of(date.year, date.month, date.day) + 1), 0, time.zone)


def parse_duration(text: str) -> Duration | None:
    if len(text) > _LONGEST_DURATION:
        return None
    match = _YEARS_MONTHS.fullmatch(text)
    if match is not None and (match[2] or match[3]):
        months = int(match[2] or 0) * 12 + int(match[3] or 0)
        return YearsMonths(-months if match[1] else months)
    match = _DAYS_TIME.fullmatch(text)
    if match is None or not (match[2] or match[4] or match[5] or match[6]):
        return None
    if match[3] and not (match[4] or match[5] or match[6]):
        return None
    days, hours, minutes, seconds = (int(match[group] or 0) for group in (2, 4, 5, 6))
    fraction = int((match[7] or "0")[:9].ljust(9, "0"))
    whole = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    nanoseconds = whole * SECOND + fraction
    return DaysTime(-nanoseconds if match[1] else nanoseconds)


def parse_at_literal(text: str) -> Temporal | Duration | None:
    """The value of `@"..."`, by the look of its text (grammar rule 62)."""
    if "P" in text[:2]:
        return parse_duration(text)
    if "T" in text:
        return parse_datetime(text)
    return parse_date(text) or parse_time(text)


# --- and back ---


def date_text(value: Date) -> str:
    sign = "-" if value.year < 0 else ""
    return f"{sign}{abs(value.year):04d}-{value.month:02d}-{value.day:02d}"


def time_text(value: Time | DateTime) -> str:
    seconds, fraction = divmod(value.nanosecond, SECOND)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    text = f"{hour:02d}:{minute:02d}:{second:02d}"
    if fraction:
        text += f".{fraction:09d}".rstrip("0")
    return text + zone_text(value.zone)


def zone_text(zone: Zone) -> str:
    if zone is None:
        return ""
    if isinstance(zone, str):
        return f"@{zone}"
    if zone == 0:
        return "Z"
    minutes, second = divmod(abs(zone), 60)
    text = f"{'-' if zone < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
    return f"{text}:{second:02d}" if second else text


def datetime_text(value: DateTime) -> str:
    return f"{date_text(value.date)}T{time_text(value)}"


def duration_text(value: Duration) -> str:
    """The shortest ISO 8601 form."""
    if isinstance(value, YearsMonths):
        years, months = divmod(abs(value.months), 12)
        body = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
        return ("-P" if value.months < 0 else "P") + (body or "0M")
    seconds, fraction = divmod(abs(value.nanoseconds), SECOND)
    days, seconds = divmod(seconds, 86_400)
    hours, seconds = divmod(seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    if seconds or fraction:
        clock += f"{seconds}" + (f".{fraction:09d}".rstrip("0") if fraction else "") + "S"
    body = (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
    return ("-P" if value.nanoseconds < 0 else "P") + (body or "T0S")


def temporal_text(value: Temporal | Duration) -> str:
    match value:
        case Date():
            return date_text(value)
        case Time():
            return time_text(value)
        case DateTime():
            return datetime_text(value)
        case _:
            return duration_text(value)
