"""Timer event: until a date, for a duration, again and again (BPMN 2.0.2 §10.5.5)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import isodate
import pytest

from engine.program import NotExecutable
from engine.step import Happened
from tests.kit import NOON, Drive

CATCH = """
<startEvent id="s"/> <intermediateCatchEvent id="t"><timerEventDefinition>
  <{form}>{text}</{form}></timerEventDefinition></intermediateCatchEvent> <userTask id="after"/>
s -> t -> after
"""


def timer(form: str, text: str, **variables: Any) -> Drive:
    return Drive(CATCH.format(form=form, text=text), **variables)


def due(drive: Drive) -> datetime:
    (row,) = drive.subscriptions("timer")
    found: datetime = row.trigger.due
    return found


@pytest.mark.parametrize(
    ("text", "length"),
    [("PT1H", timedelta(hours=1)), ("P1DT2H", timedelta(days=1, hours=2)), ("P1W", timedelta(7))],
)
def test_a_duration_counts_from_arming(text: str, length: timedelta) -> None:
    drive = timer("timeDuration", text)
    assert due(drive) == NOON + length
    drive.wait(days=8)
    assert drive.at == ["after"]


def test_a_date_is_due_then() -> None:
    assert due(timer("timeDate", "2030-06-01T08:00:00Z")) == datetime(2030, 6, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2030-06-01T08:00:00+02:00", 6),
        ("2030-06-01T08:00:00[Europe/Berlin]", 6),
        ("2030-01-15T08:00:00[Europe/Berlin]", 7),
        ("2030-06-01T08:00:00", 8),
    ],
)
def test_a_date_may_name_its_offset_or_zone_and_is_utc_otherwise(text: str, hour: int) -> None:
    assert due(timer("timeDate", text)).astimezone(UTC).hour == hour


def test_a_date_in_the_past_is_due_at_once() -> None:
    drive = timer("timeDate", "2020-01-01T00:00:00Z")
    assert due(drive) < drive.now
    drive.wait()
    assert drive.at == ["after"]


@pytest.mark.parametrize("kind", ["timeDuration", "timeCycle"])
def test_an_intermediate_catch_fires_once(kind: str) -> None:
    drive = timer(kind, "PT1H")
    drive.wait(hours=5)
    assert drive.at == ["after"]
    assert not drive.subscriptions("timer")


@pytest.mark.parametrize(
    ("form", "value", "expected"),
    [
        ("timeDuration", "PT5M", NOON + timedelta(minutes=5)),
        ("timeDuration", timedelta(minutes=5), NOON + timedelta(minutes=5)),
        ("timeDuration", isodate.parse_duration("P1M"), datetime(2030, 2, 1, 12, tzinfo=UTC)),
        ("timeDate", "2030-02-01T00:00:00Z", datetime(2030, 2, 1, tzinfo=UTC)),
        ("timeDate", datetime(2030, 2, 1, tzinfo=UTC), datetime(2030, 2, 1, tzinfo=UTC)),
        ("timeDate", date(2030, 2, 1), datetime(2030, 2, 1, tzinfo=UTC)),
        ("timeCycle", "R3/PT10M", NOON + timedelta(minutes=10)),
        ("timeCycle", timedelta(minutes=10), NOON + timedelta(minutes=10)),
    ],
)
def test_an_expression_gives_a_text_or_a_value(form: str, value: Any, expected: datetime) -> None:
    assert due(timer(form, "=when", when=value)) == expected


def test_a_zone_survives_in_a_computed_moment() -> None:
    when = datetime(2030, 6, 1, 8, tzinfo=ZoneInfo("Europe/Berlin"))
    assert due(timer("timeDate", "=when", when=when)) == datetime(2030, 6, 1, 6, tzinfo=UTC)


@pytest.mark.parametrize("value", [None, "soon", 5, "P", "PT", "2030-13-01T00:00:00Z"])
@pytest.mark.parametrize("form", ["timeDuration", "timeDate", "timeCycle"])
def test_a_value_that_says_nothing_is_an_incident_and_retry_asks_again(
    form: str, value: Any
) -> None:
    drive = timer(form, "=when", when=value)
    assert drive.at == ["t"]
    assert "timer 'when'" in drive.incidents[0]
    drive.assign(when={"timeDate": "2030-02-01T00:00:00Z"}.get(form, "PT5M"))
    drive.retry()
    assert drive.subscriptions("timer")


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("timeDuration", "soon"),
        ("timeDuration", "5 minutes"),
        ("timeDate", "tomorrow"),
        ("timeDate", "2030-02-30T00:00:00Z"),
        ("timeCycle", "R3"),
        ("timeCycle", "R3/soon"),
        ("timeCycle", "R3/PT0S"),
        ("timeCycle", "61 * * * *"),
    ],
)
def test_a_text_that_says_nothing_is_refused_with_its_culprit(form: str, text: str) -> None:
    with pytest.raises(NotExecutable, match="'t'") as refused:
        timer(form, text)
    assert text.split("/")[-1] in str(refused.value)


def test_a_timer_without_any_form_is_refused() -> None:
    with pytest.raises(NotExecutable, match="neither date, duration nor cycle"):
        Drive("""
        <startEvent id="s"/> <intermediateCatchEvent id="t"><timerEventDefinition/>
        </intermediateCatchEvent>
        s -> t
        """)


# Cycles

BOUNDARY = """
<startEvent id="s"/> <userTask id="a"/> <task id="b"/>
<boundaryEvent id="t" attachedToRef="a" cancelActivity="false"><timerEventDefinition>
  <timeCycle>{text}</timeCycle></timerEventDefinition></boundaryEvent>
s -> a
t -> b
"""


def test_a_cycle_repeats_as_often_as_it_says() -> None:
    drive = Drive(BOUNDARY.format(text="R3/PT10M"))
    drive.wait(hours=2)
    assert len(drive.entered("b")) == 3
    assert not drive.subscriptions("timer")


@pytest.mark.parametrize("text", ["R/PT10M", "PT10M", "R-1/PT10M"])
def test_a_cycle_without_a_number_repeats_until_the_activity_leaves(text: str) -> None:
    drive = Drive(BOUNDARY.format(text=text))
    drive.wait(hours=2)
    assert len(drive.entered("b")) == 12
    drive.complete("a")
    assert drive.ended


def test_a_cycle_keeps_to_its_nominal_times_however_late_one_fired() -> None:
    drive = Drive(BOUNDARY.format(text="R/PT10M"))
    (row,) = drive.subscriptions("timer")
    drive.now = NOON + timedelta(minutes=27)
    drive.give(Happened(subscription=row.id))
    assert due(drive) == NOON + timedelta(minutes=20)


def test_a_cycle_with_a_start_begins_there() -> None:
    drive = Drive(BOUNDARY.format(text="R2/2030-01-02T00:00:00Z/P1D"))
    assert due(drive) == datetime(2030, 1, 2, tzinfo=UTC)
    drive.wait(days=10)
    assert len(drive.entered("b")) == 2


def test_a_cycle_with_an_end_stops_there() -> None:
    drive = Drive(BOUNDARY.format(text="R/PT1H/2030-01-01T14:30:00Z"))
    drive.wait(days=1)
    assert len(drive.entered("b")) == 2


def test_a_daily_cycle_keeps_its_hour_where_clocks_change() -> None:
    """Also after a reload: the zone is kept with the timer."""
    zone = ZoneInfo("Europe/Berlin")
    text = "R/2030-03-30T08:00:00[Europe/Berlin]/P1D"
    drive = Drive(BOUNDARY.format(text=text))
    hours = []
    for _ in range(3):
        hours.append(due(drive).astimezone(zone).hour)
        drive.now = due(drive)
        drive.give(Happened(subscription=drive.subscriptions("timer")[0].id))
    assert hours == [8, 8, 8]


def test_a_cycle_in_hours_counts_them_where_clocks_change() -> None:
    text = "R/2030-03-30T08:00:00[Europe/Berlin]/PT24H"
    drive = Drive(BOUNDARY.format(text=text))
    first = due(drive)
    drive.give(Happened(subscription=drive.subscriptions("timer")[0].id))
    assert due(drive) - first == timedelta(hours=24)


def test_cron_fires_at_its_times() -> None:
    drive = Drive(BOUNDARY.format(text="0 0 9 * * MON-FRI"))
    drive.wait(days=7)
    assert len(drive.entered("b")) == 5


def test_an_interrupting_cycle_fires_once() -> None:
    drive = Drive(BOUNDARY.format(text="R3/PT10M").replace('cancelActivity="false"', ""))
    drive.wait(hours=2)
    assert drive.ended
    assert len(drive.entered("b")) == 1


def test_a_cycle_of_an_event_sub_process_repeats() -> None:
    drive = Drive("""
    <subProcess id="sub" triggeredByEvent="true">
      <startEvent id="t" isInterrupting="false"><timerEventDefinition>
        <timeCycle>R3/PT10M</timeCycle></timerEventDefinition></startEvent> <task id="b"/>
      t -> b
    </subProcess>
    <startEvent id="s"/> <userTask id="a"/>
    s -> a
    """)
    drive.wait(hours=2)
    assert len(drive.entered("b")) == 3
    drive.complete("a")
    assert drive.ended


def test_quartz_counts_sunday_as_the_first_day() -> None:
    xml = BOUNDARY.format(text="0 0 9 ? * 2")
    drive = Drive(xml, attributes="modeler:executionPlatform='Camunda Platform'")
    assert due(drive).isoweekday() == 1
    assert due(Drive(xml)).isoweekday() == 2


FORMAL = """
<startEvent id="s"/> <intermediateCatchEvent id="c"><timerEventDefinition>
<timeDuration xsi:type="tFormalExpression">{text}</timeDuration></timerEventDefinition>
</intermediateCatchEvent> <userTask id="a"/>
s -> c -> a
"""


@pytest.mark.parametrize("text", ["delay", "order.delay", "PT${n}S", "${delay}", "=delay"])
def test_a_formal_expression_may_name_a_variable(text: str) -> None:
    drive = Drive(FORMAL.format(text=text), delay="PT5S", n=5, order={"delay": "PT5S"})
    assert drive.subscriptions("timer")[0].trigger.due == NOON + timedelta(seconds=5)


def test_the_language_of_all_expressions_is_the_timers_too() -> None:
    drive = Drive(
        FORMAL.format(text='if fast then "PT5S" else "PT1H"'),
        attributes="expressionLanguage='feel'",
        fast=True,
    )
    assert drive.subscriptions("timer")[0].trigger.due == NOON + timedelta(seconds=5)
