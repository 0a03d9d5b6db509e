"""When timers are due: ISO 8601 dates, durations and repeating intervals, and cron.

The n-th due time of a cycle is start + n x period from the nominal start, however late one fired.
Days, months and years are counted on the calendar of the start's time zone, hours on the clock.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import isodate
from msgspec import Struct
from msgspec.structs import replace

_SLASH = re.compile(r"/(?![^\[]*\])")
"""Between the parts of an interval: no slash of a zone's name."""

_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


class ScheduleError(ValueError):
    """A text that does not say when."""


class Schedule(Struct, frozen=True, kw_only=True):
    """The next due time, and how it goes on from there."""

    due: datetime
    """Aware, UTC."""
    start: datetime | None = None
    """Nominal start of a cycle."""
    period: str | None = None
    """ISO 8601 duration, or a cron text."""
    count: int = 0
    """How many periods `due` is after `start`."""
    left: int | None = None
    """How often it fires after this time; None: for ever."""
    end: datetime | None = None

    def following(self) -> Schedule | None:
        """The next time of the cycle, or None when this was the last."""
        if self.period is None or self.left == 0:
            return None
        left = self.left - 1 if self.left is not None else None
        try:
            if _is_cron(self.period):
                due = _next_cron(self.period, self.due)
            else:
                assert self.start is not None
                due = plus(self.start, self.period, self.count + 1)
        except ScheduleError:
            return None
        if self.end is not None and due > self.end:
            return None
        return replace(self, due=due, count=self.count + 1, left=left)

    def details(self) -> dict[str, Any]:
        """Plain data to keep with a trigger."""
        if self.period is None:
            return {}
        values: dict[str, Any] = {"period": self.period, "count": self.count, "left": self.left}
        if self.start is not None:
            values["start"] = self.start.isoformat()
            if isinstance(self.start.tzinfo, ZoneInfo):
                values["zone"] = self.start.tzinfo.key
        if self.end is not None:
            values["end"] = self.end.isoformat()
        return values

    @classmethod
    def from_details(cls, details: Mapping[str, Any], due: datetime | None) -> Schedule:
        """What `details` kept, with the due time beside it."""
        assert due is not None
        if "period" not in details:
            return cls(due=due)
        end = details.get("end")
        start = datetime.fromisoformat(details["start"]) if "start" in details else None
        if start is not None and "zone" in details:
            start = start.replace(tzinfo=ZoneInfo(details["zone"]))
        return cls(
            due=due,
            start=start,
            period=details["period"],
            count=details["count"],
            left=details["left"],
            end=datetime.fromisoformat(end) if end else None,
        )


def parse_date(text: str) -> datetime:
    """An ISO 8601 date with time, UTC where it names no zone. Raises ScheduleError."""
    try:
        zone_name = None
        if text.endswith("]") and "[" in text:
            text, _, zone_name = text[:-1].partition("[")
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ScheduleError(
            f"{text!r} is no ISO 8601 date and time such as 2030-01-31T12:00:00Z"
        ) from None
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC if zone_name is None else _zone(zone_name))
    return found


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ScheduleError(f"{name!r} is no time zone such as Europe/Berlin") from None


def moment(local: datetime) -> datetime:
    """The moment, in UTC. A time that its zone skips is the first one after the gap; of a time that
    comes twice, it is the first."""
    found = local.astimezone(UTC)
    zone = local.tzinfo
    if not isinstance(zone, ZoneInfo):
        return found
    if found.astimezone(zone).replace(tzinfo=None, fold=0) == local.replace(tzinfo=None, fold=0):
        return found
    before, after = local.replace(fold=1).astimezone(UTC), found
    offset = after.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)


def plus(start: datetime, period: str, times: int = 1) -> datetime:
    """The moment `times` ISO 8601 durations after `start`. Raises ScheduleError."""
    try:
        days, hours = _halves(period)
        local = start + days * times
        return moment(local) + hours * times
    except (isodate.ISO8601Error, ValueError, OverflowError, TypeError) as error:
        if isinstance(error, OverflowError) or "year" in str(error):
            raise ScheduleError(f"{period!r} leads past the year 9999") from None
        raise ScheduleError(f"{period!r} is no ISO 8601 duration such as PT5M or P1D") from None


def _halves(period: str) -> tuple[Any, timedelta]:
    """What a duration counts on the calendar, and what on the clock."""
    isodate.parse_duration(period)
    if period.endswith(("P", "T")):
        raise ValueError(period)
    sign = period[0] if period[0] in "+-" else ""
    calendar, is_there, clock = period.lstrip("+-").partition("T")
    days = isodate.parse_duration(f"{sign}{calendar}") if len(calendar) > 1 else timedelta(0)
    hours = isodate.parse_duration(f"{sign}PT{clock}") if is_there else timedelta(0)
    return days, hours


def parse_schedule(text: str, now: datetime, cron: str = "spring") -> Schedule:
    """A cycle: `R3/PT10M`, `R/2030-01-01T00:00:00Z/P1D`, `R3/PT10M/END`, `PT10M`, or cron.

    Without a start it begins one period from now. `cron` says whose days of the week are meant:
    `spring` counts Sunday as 0 or 7, `quartz` as 1. Raises ScheduleError.
    """
    if not text:
        raise ScheduleError("there is no text; R3/PT10M or a cron text would do")
    if _is_cron(text):
        text = _plain_cron(text, 1 if cron == "quartz" else 0)
        return Schedule(due=_next_cron(text, now), period=text)
    parts = _SLASH.split(text)
    left: int | None = None
    if parts[0].startswith("R"):
        if parts[0] != "R" and not parts[0][1:].lstrip("-").isdigit():
            raise ScheduleError(f"{parts[0]!r} is no number of repetitions such as R3 or R")
        repetitions = int(parts[0][1:]) if parts[0] != "R" else -1
        left = repetitions if repetitions >= 0 else None
        parts = parts[1:]
    if not parts or len(parts) > 2:
        raise ScheduleError(f"{text!r} is no repeating interval such as R3/PT10M")
    start, end, period = _interval(parts, now)
    first_due = start if len(parts) == 2 and not parts[0].startswith("P") else None
    if left == 0:
        raise ScheduleError(f"{text!r} never fires; R1 or more would do")
    left = left - 1 if left is not None else None
    due = plus(start, period)
    if due - start <= timedelta(0):
        raise ScheduleError(f"{period!r} has no length; a cycle would never come to rest")
    if first_due is not None:
        return Schedule(due=moment(first_due), start=start, period=period, left=left, end=end)
    return Schedule(due=due, start=start, period=period, count=1, left=left, end=end)


def _interval(parts: list[str], now: datetime) -> tuple[datetime, datetime | None, str]:
    """Nominal start, end and period."""
    if len(parts) == 1:
        plus(now, parts[0])
        return now, None, parts[0]
    first, second = parts
    if first.startswith("P"):
        return now, parse_date(second), first
    start = parse_date(first)
    if second.startswith("P"):
        plus(start, second)
        return start, None, second
    end = parse_date(second)
    return start, end, isodate.duration_isoformat(end - start)


def _is_cron(text: str) -> bool:
    return " " in text.strip() or text.startswith("@")


def _plain_cron(text: str, sunday: int) -> str:
    """The text with days of the week counted from Sunday as 0, and the last one as `L5`."""
    fields = text.upper().split()
    place = 4 if len(fields) == 5 else 5
    if len(fields) < 5 or text.startswith("@"):
        return text
    days = fields[place]
    if sunday:
        days = re.sub(r"(?<![#/\d])\d", lambda m: str(int(m[0]) - sunday), days)
    for number, name in enumerate(_WEEKDAYS):
        days = days.replace(f"{name}L", f"{number}L")
    fields[place] = re.sub(r"(\d)L", r"L\1", days)
    return " ".join(fields)


def _next_cron(text: str, after: datetime) -> datetime:
    """The next time of a cron text; seconds come first where it has more than 5 fields."""
    from croniter import CroniterError, croniter  # on first use: it is slow to import

    try:
        fields = text.split()
        has_seconds = len(fields) > 5
        found: datetime = croniter(
            text, after, second_at_beginning=has_seconds, ret_type=datetime
        ).get_next()
    except (CroniterError, ValueError, KeyError) as error:
        raise ScheduleError(f"{text!r} is no cron text: {error}") from None
    return found
