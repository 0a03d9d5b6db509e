"""Dates, times and durations (DMN 1.5 §10.3.2.3): literals, arithmetic, zones, far years."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import isodate
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.expressions.feel import Date, DateTime, compile_feel, feel_to_plain
from engine.expressions.feel.temporal import (
    add_months,
    date_of,
    days_of,
    from_std,
    instant_of,
    to_std,
)
from tests.engine.expressions.feel.kit import feel

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('@"2030-01-31"', date(2030, 1, 31)),
        ('date("2030-02-30")', None),
        ('date("2030-1-1")', None),
        ("date(2030, 2, 28)", date(2030, 2, 28)),
        ('@"12:30:00"', time(12, 30)),
        ('@"12:30:00.5Z"', time(12, 30, 0, 500_000, tzinfo=UTC)),
        ('time("12:30:00@Europe/Paris")', time(12, 30, tzinfo=PARIS)),
        ('time("25:00:00")', None),
        ('time("12:30:00@Nowhere/Land")', None),
        ('@"2030-01-31T12:30:00"', datetime(2030, 1, 31, 12, 30)),  # noqa: DTZ001 - local time
        ('@"2030-01-31T12:30:00Z"', datetime(2030, 1, 31, 12, 30, tzinfo=UTC)),
        ('@"2030-01-31T24:00:00Z"', datetime(2030, 2, 1, tzinfo=UTC)),
        ('@"2030-07-01T12:00:00@Europe/Paris"', datetime(2030, 7, 1, 12, tzinfo=PARIS)),
        (
            'date and time("2030-01-31T12:30:00-05:00")',
            datetime(2030, 1, 31, 12, 30, tzinfo=timezone(timedelta(hours=-5))),
        ),
        ('@"P1DT2H"', timedelta(days=1, hours=2)),
        ('@"-PT0.5S"', timedelta(microseconds=-500_000)),
        ('@"P1Y2M"', isodate.Duration(years=1, months=2)),
        ('@"-P14M"', isodate.Duration(years=-1, months=-2)),
        ('duration("P1Y2D")', None),
        ('duration("P")', None),
        # arithmetic
        ('@"2030-01-31" + @"P1M"', date(2030, 2, 28)),
        ('@"2030-03-31" - @"P1M"', date(2030, 2, 28)),
        ('@"2030-01-31" + @"P1D"', date(2030, 2, 1)),
        ('@"2030-01-31" - @"2030-01-01"', timedelta(days=30)),
        ('@"12:00:00" + @"PT13H"', time(1)),
        ('@"P1D" * 1.5', timedelta(hours=36)),
        ('@"P1D" / 2', timedelta(hours=12)),
        ('@"P1D" / @"PT6H"', 4),
        ('@"P1Y" / @"P1M"', 12),
        ('@"P1Y" + @"P1D"', None),
        (
            '@"2030-03-31T01:30:00@Europe/Paris" + @"PT1H"',
            datetime(2030, 3, 31, 3, 30, tzinfo=PARIS),
        ),
        # properties
        ('@"2030-01-31".weekday', 4),
        ('@"2030-01-31T12:30:05Z".minute', 30),
        ('@"2030-07-01T12:00:00@Europe/Paris".time offset', timedelta(hours=2)),
        ('@"2030-07-01T12:00:00@Europe/Paris".timezone', "Europe/Paris"),
        ('@"P1DT26H".hours', 2),
        ('@"-P14M".months', -2),
        ('@"2030-01-31".hour', None),
        # order and equality
        ('@"2030-01-31" < @"2030-02-01"', True),
        ('@"2030-01-31T12:00:00Z" = @"2030-01-31T13:00:00+01:00"', True),
        ('@"P1D" = @"PT24H"', True),
        ('@"2030-01-31" = @"2030-01-31T00:00:00"', None),
        ('is(@"2030-01-31T12:00:00Z", @"2030-01-31T13:00:00+01:00")', False),
        # clock
        ("now()", datetime(2030, 1, 31, 12, 30, tzinfo=UTC)),
        ("today()", date(2030, 1, 31)),
        # far years
        ('string(@"-0044-03-15")', "-0044-03-15"),
        ('string(@"999999999-12-31")', "999999999-12-31"),
        ('@"12345-01-01" - @"12344-01-01"', timedelta(days=366)),
        ('@"999999999-12-31" + @"P1D"', None),
        ('date("02030-01-01")', None),
        # functions
        ('day of week(@"2030-01-31")', "Thursday"),
        ('day of year(@"2030-12-31")', 365),
        ('week of year(@"2030-12-31")', 1),
        ('month of year(@"2030-02-01")', "February"),
        ('last day of month(@"2028-02-03")', date(2028, 2, 29)),
        (
            'years and months duration(@"2030-01-31", @"2031-03-30")',
            isodate.Duration(years=1, months=1),
        ),
        ('date and time(@"2030-01-31", @"12:30:00Z")', datetime(2030, 1, 31, 12, 30, tzinfo=UTC)),
        ('time(12, 30, 0, @"PT1H")', time(12, 30, tzinfo=timezone(timedelta(hours=1)))),
    ],
)
def test_temporal_expression(text: str, expected: Any) -> None:
    result = feel(text)
    assert result == expected
    assert type(result) is type(expected)
    if isinstance(expected, datetime):
        assert result.tzinfo == expected.tzinfo


def test_values_that_python_cannot_hold_stay_ours() -> None:
    assert feel('@"12345-06-07"') == Date(12345, 6, 7)
    assert feel_to_plain(feel('[@"12345-06-07", @"P1D", @"P14M"]')) == [
        "12345-06-07",
        "P1D",
        "P1Y2M",
    ]
    nanoseconds = feel('@"PT0.000000001S"')
    assert compile_feel("string(x)").evaluate({"x": nanoseconds}) == "PT0.000000001S"


@given(st.dates())
def test_calendar_agrees_with_python(day: date) -> None:
    days = days_of(day.year, day.month, day.day)
    assert days == (day - date(1970, 1, 1)).days
    assert date_of(days) == Date(day.year, day.month, day.day)
    assert days_of(day.year + 400_000, day.month, day.day) - days == 146_097_000


@given(st.dates(), st.integers(-5000, 5000))
def test_months_added_keep_day_and_month_where_they_can(day: date, months: int) -> None:
    there = add_months(Date(day.year, day.month, day.day), months)
    assert there.year * 12 + there.month == day.year * 12 + day.month + months
    assert there.day <= day.day


@given(st.datetimes(timezones=st.sampled_from([UTC, PARIS, timezone(timedelta(hours=-7))])))
def test_moments_survive_the_way_through_feel(moment: datetime) -> None:
    ours = from_std(moment)
    assert to_std(ours) == moment.replace(fold=0)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    exact = (moment.replace(fold=0).astimezone(UTC) - epoch) // timedelta(microseconds=1)
    assert isinstance(ours, DateTime)
    assert instant_of(ours) == exact * 1000


@given(st.timedeltas())
def test_durations_survive_the_way_through_text(span: timedelta) -> None:
    assert compile_feel("duration(string(x)) = x").evaluate({"x": span}) is True
