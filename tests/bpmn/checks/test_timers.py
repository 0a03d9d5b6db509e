"""Timers: which texts are ISO 8601, and which are left to be evaluated."""

from __future__ import annotations

import pytest

from tests.bpmn.checks.kit import Case, assert_pair, problems, rule_ids


def _timer(body: str) -> str:
    return (
        '<intermediateCatchEvent id="e">\n! <timerEventDefinition>'
        f"{body}</timerEventDefinition>\n</intermediateCatchEvent>\nstart -> e -> end"
    )


CASES = [
    Case(
        "timer-missing", _timer(""), {"></timer": "><timeDuration>PT1H</timeDuration></timer"}, "e"
    ),
    Case(
        "timer-twice",
        _timer("<timeDate>2030-01-01T00:00:00Z</timeDate><timeDuration>PT1H</timeDuration>"),
        {"<timeDate>2030-01-01T00:00:00Z</timeDate>": ""},
        "e",
    ),
    Case("timer-date", _timer("<timeDate>tomorrow</timeDate>"), {"tomorrow": "2030-01-31"}, "e"),
    Case("timer-duration", _timer("<timeDuration>1h</timeDuration>"), {"1h": "PT1H"}, "e"),
    Case("timer-cycle", _timer("<timeCycle>every hour</timeCycle>"), {"every hour": "R/PT1H"}, "e"),
]

DATES = [
    ("2030-01-31T12:00:00Z", True),
    ("2030-01-31T12:00:00+01:00", True),
    ("2030-01-31T12:00:00.123456789Z", True),
    ("2030-01-31T12:00", True),
    ("2030-01-31", True),
    ("20300131T120000Z", True),
    ("2030-W05-4", True),
    ("2030-01-31T12:00:00+01:00[Europe/Berlin]", True),
    ("2030-02-30T12:00:00Z", False),
    ("2030-13-01T12:00:00Z", False),
    ("2030-01-31T25:00:00Z", False),
    ("31.01.2030", False),
    ("01/31/2030", False),
    ("now", False),
    ("1893456000", False),
    ("PT1H", False),
]
DURATIONS = [
    ("PT1H", True),
    ("P1D", True),
    ("P1Y2M3DT4H5M6S", True),
    ("P2W", True),
    ("PT0.5S", True),
    ("PT0,5S", True),
    ("P1M", True),
    ("PT0S", True),
    ("P", False),
    ("PT", False),
    ("P1DT", False),
    ("1H", False),
    ("PT1D", False),
    ("P1H", False),
    ("PT1H30", False),
    ("pt1h", False),
    ("PT1M1H", False),
    ("PT-5M", False),
    ("-PT5M", False),
    ("10 minutes", False),
    ("R3/PT1H", False),
    ("2030-01-31T12:00:00Z", False),
]
CYCLES = [
    ("R3/PT10M", True),
    ("R/PT10M", True),
    ("R-1/PT10M", True),
    ("R5/2030-01-01T00:00:00Z/P1D", True),
    ("R5/P1D/2030-01-01T00:00:00Z", True),
    ("R/2030-01-01T00:00:00Z/2030-01-02T00:00:00Z", True),
    ("0 0 9 * * MON-FRI", True),
    ("0 0/5 * * * ?", True),
    ("*/5 * * * *", True),
    ("0 0 12 L * ?", True),
    ("@daily", True),
    ("PT10M", False),
    ("R3", False),
    ("R3/", False),
    ("R0/PT10M", False),
    ("R3/PT0S", False),
    ("Rx/PT10M", False),
    ("R3/10M", False),
    ("R3/PT10M/PT5M", False),
    ("R3/PT10M/2030-01-01T00:00:00Z/x", False),
    ("every day", False),
    ("every day at noon or so", False),
    ("* * * *", False),
    ("@often", False),
]
LITERALS = [
    *(("timeDate", text, is_right) for text, is_right in DATES),
    *(("timeDuration", text, is_right) for text, is_right in DURATIONS),
    *(("timeCycle", text, is_right) for text, is_right in CYCLES),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_wrong_is_found_and_right_is_clean(case: Case) -> None:
    assert_pair(case)


@pytest.mark.parametrize(("form", "text", "is_right"), LITERALS)
def test_text_that_stands_for_itself(form: str, text: str, is_right: bool) -> None:
    found = rule_ids(_timer(f"<{form}>{text}</{form}>"), "error")
    assert (found == set()) == is_right, found


@pytest.mark.parametrize("form", ["timeDate", "timeDuration", "timeCycle"])
@pytest.mark.parametrize("text", ["=when", "${when}", "#{when}", "PT${n}M", " PT1H "])
def test_text_that_is_evaluated_is_left_alone(form: str, text: str) -> None:
    if text == " PT1H " and form != "timeDuration":
        return
    assert rule_ids(_timer(f"<{form}>{text}</{form}>")) == set()


def test_text_in_a_language_is_left_alone() -> None:
    right = _timer('<timeDuration xsi:type="tFormalExpression" language="feel">wait</timeDuration>')
    assert rule_ids(right) == set()


def _formal(text: str, form: str = "timeDuration") -> str:
    return _timer(f'<{form} xsi:type="tFormalExpression">{text}</{form}>')


@pytest.mark.parametrize("text", ["delay", "waitTime", "order.deadline", "t_1"])
def test_the_name_of_a_variable_is_an_expression(text: str) -> None:
    assert rule_ids(_formal(text)) == set()


@pytest.mark.parametrize("text", ["tomorrow", "1h", "pt1h", "R3", "PT1H30", "P1DT", "ten minutes"])
def test_what_is_no_name_of_a_variable_stands_for_itself(text: str) -> None:
    assert rule_ids(_formal(text), "error") == {"timer-duration"}


def test_drawing_may_say_when_in_words() -> None:
    text = _timer("<timeDuration>two days</timeDuration>")
    assert rule_ids(text, "error", executable=False) == set()
    assert "timer-duration" in rule_ids(text, "info", executable=False)


def test_message_gives_an_example() -> None:
    [found] = problems(_timer("<timeDuration>two days</timeDuration>"))
    assert found.message == (
        "the duration of intermediate catch event 'e' is 'two days', which is not ISO 8601"
    )
    assert "'PT15M'" in found.remedy
