"""When timers are due: dates, durations, repeating intervals, cron."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.schedule import Schedule, ScheduleError, moment, parse_date, parse_schedule, plus
from engine.values import decode, encode

if TYPE_CHECKING:
    from collections.abc import Iterator

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


def series(schedule: Schedule | None) -> Iterator[datetime]:
    """Its due times, kept as text between one and the next."""
    while schedule is not None:
        yield schedule.due
        details = decode(encode(schedule.details()))
        schedule = Schedule.from_details(details, schedule.due).following()


def dues(text: str, count: int = 5, now: datetime = NOON) -> list[datetime]:
    return list(islice(series(parse_schedule(text, now)), count))


def test_a_cycle_counts_from_now_where_it_has_no_start() -> None:
    assert dues("R2/PT1H") == [at(2030, 1, 1, 13), at(2030, 1, 1, 14)]


def test_a_cycle_with_a_start_begins_with_it() -> None:
    assert dues("R3/2030-02-01T00:00:00Z/P1D") == [at(2030, 2, d) for d in (1, 2, 3)]


def test_a_start_in_the_past_is_not_skipped() -> None:
    assert dues("R2/2029-12-31T00:00:00Z/P1D") == [at(2029, 12, 31), at(2030, 1, 1)]


def test_an_end_is_the_last_moment() -> None:
    assert dues("R/PT1H/2030-01-01T14:00:00Z") == [at(2030, 1, 1, 13), at(2030, 1, 1, 14)]


def test_a_start_and_an_end_make_a_period() -> None:
    assert dues("R2/2030-02-01T00:00:00Z/2030-02-03T00:00:00Z")[:2] == [
        at(2030, 2, 1),
        at(2030, 2, 3),
    ]


def test_months_are_counted_from_the_nominal_start() -> None:
    found = dues("R/2030-01-31T00:00:00Z/P1M", 4)
    assert found == [at(2030, 1, 31), at(2030, 2, 28), at(2030, 3, 31), at(2030, 4, 30)]


def test_years_are_too() -> None:
    assert dues("R/2028-02-29T00:00:00Z/P1Y", 5) == [
        at(2028, 2, 29),
        at(2029, 2, 28),
        at(2030, 2, 28),
        at(2031, 2, 28),
        at(2032, 2, 29),
    ]


@pytest.mark.parametrize(
    "text",
    ["", "R", "R3", "R0/PT1H", "Rx/PT1H", "R3/PT1H/PT1H/PT1H", "R3/PT0S", "R3/P-1D", "PT", "R3/T1"],
)
def test_what_is_no_cycle_says_what_would_be_one(text: str) -> None:
    with pytest.raises(ScheduleError):
        parse_schedule(text, NOON)


@pytest.mark.parametrize(
    "text",
    ["R/2030-01-01T00:00:00Z/PT0S", "R/2030-01-02T00:00:00Z/2030-01-01T00:00:00Z"],
)
def test_a_cycle_that_does_not_move_on_is_refused(text: str) -> None:
    with pytest.raises(ScheduleError, match="has no length"):
        parse_schedule(text, NOON)


def test_past_the_year_9999_there_is_nothing() -> None:
    with pytest.raises(ScheduleError, match="9999"):
        plus(NOON, "P9000Y")
    with pytest.raises(ScheduleError, match="9999"):
        plus(NOON, "P99999999D")
    assert dues("R/9998-12-31T00:00:00Z/P1Y", 5) == [at(9998, 12, 31), at(9999, 12, 31)]


def test_a_negative_duration_leads_back() -> None:
    assert plus(NOON, "-PT1H") == NOON - timedelta(hours=1)
    assert plus(NOON, "-P1DT1H") == NOON - timedelta(days=1, hours=1)


# Cron


def test_cron_with_five_and_six_fields() -> None:
    assert dues("30 9 * * *", 2) == [at(2030, 1, 2, 9, 30), at(2030, 1, 3, 9, 30)]
    assert dues("15 30 9 * * *", 1) == [at(2030, 1, 2, 9, 30, 15)]


def test_cron_with_a_year_ends() -> None:
    assert dues("0 0 0 1 1 ? 2031") == [at(2031, 1, 1)]


@pytest.mark.parametrize(
    ("text", "day"),
    [("0 0 9 ? * MON", 7), ("0 0 9 ? * 1", 7), ("0 0 9 ? * FRIL", 25), ("0 0 9 ? * 5L", 25)],
)
def test_cron_knows_days_of_the_week(text: str, day: int) -> None:
    assert dues(text, 1) == [at(2030, 1, day, 9)]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("0 0 9 ? * MON", 7),
        ("0 0 9 ? * 2", 7),
        ("0 0 9 ? * 2-6", 2),
        ("0 0 9 ? * 6L", 25),
        ("0 0 9 ? * 2#2", 14),
        ("0 0 9 ? * 1", 6),
    ],
)
def test_quartz_counts_days_of_the_week_from_sunday_as_one(text: str, day: int) -> None:
    assert parse_schedule(text, NOON, "quartz").due == at(2030, 1, day, 9)


def test_cron_by_name() -> None:
    assert dues("@daily", 2) == [at(2030, 1, 2), at(2030, 1, 3)]


@pytest.mark.parametrize("text", ["61 * * * *", "a b c d e", "@sometimes", "0 0 30 2 *", "* *"])
def test_what_is_no_cron_says_so(text: str) -> None:
    with pytest.raises(ScheduleError, match="no cron text"):
        parse_schedule(text, NOON)


# Time zones


def test_a_date_names_an_offset_or_a_zone_or_is_utc() -> None:
    assert parse_date("2030-07-01T12:00:00") == at(2030, 7, 1, 12)
    assert parse_date("2030-07-01T12:00:00+02:00") == at(2030, 7, 1, 10)
    assert parse_date("2030-07-01T12:00:00[Europe/Berlin]") == at(2030, 7, 1, 10)


@pytest.mark.parametrize("text", ["", "tomorrow", "2030-02-30T00:00:00Z", "2030-01-01T25:00:00Z"])
def test_what_is_no_date_says_what_would_be(text: str) -> None:
    with pytest.raises(ScheduleError, match="no ISO 8601 date"):
        parse_date(text)


@pytest.mark.parametrize("name", ["Mars/Base", "../etc/passwd", "", "Europe"])
def test_what_is_no_zone_says_what_would_be(name: str) -> None:
    with pytest.raises(ScheduleError, match="Europe/Berlin"):
        parse_date(f"2030-01-01T00:00:00[{name}]")


def test_a_time_that_its_zone_skips_is_the_first_one_after_the_gap() -> None:
    for minute in (0, 30, 59):
        local = datetime(2030, 3, 31, 2, minute, tzinfo=BERLIN)
        assert moment(local) == at(2030, 3, 31, 1)
    assert moment(datetime(2030, 3, 31, 3, 0, tzinfo=BERLIN)) == at(2030, 3, 31, 1)
    assert moment(datetime(2030, 3, 31, 1, 59, tzinfo=BERLIN)) == at(2030, 3, 31, 0, 59)


def test_a_time_that_comes_twice_is_the_first_one() -> None:
    assert moment(datetime(2030, 10, 27, 2, 30, tzinfo=BERLIN)) == at(2030, 10, 27, 0, 30)


def test_a_daily_cycle_keeps_its_hour_across_both_changes() -> None:
    for start in ("2030-03-29T02:30:00", "2030-10-25T02:30:00"):
        found = dues(f"R/{start}[Europe/Berlin]/P1D", 6)
        local = [due.astimezone(BERLIN) for due in found]
        assert len({due.date() for due in local}) == 6
        assert [due.hour for due in local if due.hour != 3] == [2] * sum(
            due.hour == 2 for due in local
        )
        assert all(b - a <= timedelta(hours=25) for a, b in pairwise(found))


def test_the_time_after_a_skipped_one_is_the_usual_one_again() -> None:
    found = dues("R/2030-03-30T02:30:00[Europe/Berlin]/P1D", 3)
    local = [due.astimezone(BERLIN).strftime("%H:%M") for due in found]
    assert local == ["02:30", "03:00", "02:30"]


def test_hours_are_counted_on_the_clock() -> None:
    found = dues("R/2030-03-30T12:00:00[Europe/Berlin]/PT12H", 4)
    assert {b - a for a, b in pairwise(found)} == {timedelta(hours=12)}


PERIODS = st.sampled_from(["PT1M", "PT90M", "P1D", "P1W", "P1M", "P1DT6H", "P1Y", "PT12H"])
STARTS = st.integers(0, 50 * 366 * 24 * 60).map(
    lambda minutes: (at(2000, 1, 1) + timedelta(minutes=minutes)).replace(tzinfo=None)
)


@given(PERIODS, STARTS, st.sampled_from(["Z", "[Europe/Berlin]", "[America/New_York]", "+05:30"]))
def test_a_cycle_always_moves_on_and_is_kept_exactly(
    period: str, start: datetime, zone: str
) -> None:
    text = f"R/{start.isoformat()}{zone}/{period}"
    found = dues(text, 30)
    assert len(found) == 30
    assert all(a < b for a, b in pairwise(found))
    schedule: Schedule | None = parse_schedule(text, NOON)
    for due in found:
        assert schedule is not None
        assert schedule.due == due
        schedule = schedule.following()
