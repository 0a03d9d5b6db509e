"""When timers are due: ISO 8601 dates, durations and repeating intervals, and cron.

The n-th due time of a cycle is start + n x period from the nominal start, however late one fired.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import isodate
from croniter import CroniterError, croniter
from msgspec import Struct
from msgspec.structs import replace


class ScheduleError(ValueError):
    """A text that does not say when."""


class Schedule(Struct, frozen=True, kw_only=True):
    """The next due time, and how it goes on from there."""

    due: datetime
    """Aware."""
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
        if _is_cron(self.period):
            due = _next_cron(self.period, self.due)
        else:
            assert self.start is not None
            due = plus(self.start, self.period, self.count + 1)
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
        if self.end is not None:
            values["end"] = self.end.isoformat()
        return values

    @classmethod
    def from_details(cls, details: Mapping[str, Any], due: datetime | None) -> Schedule:
        """What `details` kept, with the due time beside it."""
        assert due is not None
        if "period" not in details:
            return cls(due=due)
        start, end = details.get("start"), details.get("end")
        return cls(
            due=due,
            start=datetime.fromisoformat(start) if start else None,
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
        found = found.replace(tzinfo=_zone(zone_name) if zone_name else UTC)
    return found


def _zone(name: str) -> Any:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ScheduleError(f"{name!r} is no time zone such as Europe/Berlin") from None


def plus(start: datetime, period: str, times: int = 1) -> datetime:
    """`times` ISO 8601 durations after `start`. Raises ScheduleError."""
    try:
        length = isodate.parse_duration(period)
        if times != 1:
            length = length * times
        found: datetime = start + length
    except (isodate.ISO8601Error, ValueError, OverflowError, TypeError) as error:
        if isinstance(error, OverflowError):
            raise ScheduleError(f"{period!r} leads past the year 9999") from None
        raise ScheduleError(f"{period!r} is no ISO 8601 duration such as PT5M or P1D") from None
    return found


def parse_schedule(text: str, now: datetime) -> Schedule:
    """A cycle: `R3/PT10M`, `R/2030-01-01T00:00:00Z/P1D`, `R3/PT10M/END`, `PT10M`, or cron.

    Without a start it begins one period from now. Raises ScheduleError.
    """
    if not text:
        raise ScheduleError("there is no text; R3/PT10M or a cron text would do")
    if _is_cron(text):
        return Schedule(due=_next_cron(text, now), period=text)
    parts = text.split("/")
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
    if first_due is not None:
        return Schedule(due=first_due, start=start, period=period, left=left, end=end)
    due = plus(start, period)
    if due - start <= timedelta(0):
        raise ScheduleError(f"{period!r} has no length")
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


def _next_cron(text: str, after: datetime) -> datetime:
    """The next time of a cron text with 5 to 7 fields, seconds first where there are more than 5."""
    try:
        fields = text.split()
        has_seconds = len(fields) > 5
        found: datetime = croniter(
            text, after, second_at_beginning=has_seconds, ret_type=datetime
        ).get_next()
    except (CroniterError, ValueError, KeyError) as error:
        raise ScheduleError(f"{text!r} is no cron text: {error}") from None
    return found
