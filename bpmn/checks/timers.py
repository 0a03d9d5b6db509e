"""Timers (BPMN 2.0.2 §10.5.5): one of date, duration and cycle, written as ISO 8601 says."""

from __future__ import annotations

import re
from datetime import datetime

import bpmn.model as m
from bpmn.checks.context import Context
from bpmn.checks.register import Finding, Findings, rule
from bpmn.checks.words import called
from bpmn.dialects import gives_a_time

_DURATION = re.compile(
    r"P(?!$)(\d+([.,]\d+)?Y)?(\d+([.,]\d+)?M)?(\d+([.,]\d+)?W)?(\d+([.,]\d+)?D)?"
    r"(T(?=\d)(\d+([.,]\d+)?H)?(\d+([.,]\d+)?M)?(\d+([.,]\d+)?S)?)?"
)
_FRACTION_BEFORE_MORE = re.compile(r"[.,]\d+[A-Z]T?\d")
_REPEATS = re.compile(r"R(-1|\d*)")
_DATE = re.compile(r"\d{4}-?(\d\d-?\d\d|W\d\d-?\d|\d{3})(T.+)?")
_ZONE = re.compile(r"\[[A-Za-z_]+(/[A-Za-z0-9_+-]+)*\]$")
_CRON_FIELD = re.compile(
    r"(?:[\d*?/,\-LW#]|MON|TUE|WED|THU|FRI|SAT|SUN|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)+",
    re.IGNORECASE,
)
_CRON_NAMES = frozenset(
    {"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"}
)


@rule("timer-missing", "10.5.5", m.TimerEventDefinition, drawn="info")
def timer_missing(definition: m.TimerEventDefinition, context: Context) -> Findings:
    """In an executable process, a timer has a date, a duration, or a cycle that says something."""
    forms = (definition.time_date, definition.time_duration, definition.time_cycle)
    if any(form is not None and (form.text.strip() or form.content) for form in forms):
        return None
    return Finding(
        definition,
        f"the timer of {_owner(definition, context)} says no time",
        "add a 'timeDate', 'timeDuration' or 'timeCycle'",
    )


@rule("timer-twice", "10.5.5", m.TimerEventDefinition)
def timer_twice(definition: m.TimerEventDefinition, context: Context) -> Findings:
    """A timer has one of date, duration and cycle."""
    forms = {
        "timeDate": definition.time_date,
        "timeDuration": definition.time_duration,
        "timeCycle": definition.time_cycle,
    }
    said = [name for name, form in forms.items() if form is not None]
    if len(said) < 2:
        return None
    return Finding(
        definition,
        f"the timer of {_owner(definition, context)} has '{said[0]}' and '{said[1]}'",
        "keep one of them",
    )


@rule("timer-date", "10.5.5", m.TimerEventDefinition, drawn="info")
def timer_date(definition: m.TimerEventDefinition, context: Context) -> Findings:
    """A date that is written out is an ISO 8601 date."""
    text = _literal(definition.time_date, context)
    if not text or _is_date(text):
        return None
    return _wrong(definition, definition.time_date, text, "2030-01-31T12:00:00Z", "date", context)


@rule("timer-duration", "10.5.5", m.TimerEventDefinition, drawn="info")
def timer_duration(definition: m.TimerEventDefinition, context: Context) -> Findings:
    """A duration that is written out is an ISO 8601 duration."""
    text = _literal(definition.time_duration, context)
    if not text or _is_duration(text):
        return None
    return _wrong(definition, definition.time_duration, text, "PT15M", "duration", context)


@rule("timer-cycle", "10.5.5", m.TimerEventDefinition, drawn="info")
def timer_cycle(definition: m.TimerEventDefinition, context: Context) -> Findings:
    """A cycle that is written out is an ISO 8601 repeating interval, or a cron text."""
    text = _literal(definition.time_cycle, context)
    if not text or _is_cycle(text) or _is_cron(text):
        return None
    return _wrong(definition, definition.time_cycle, text, "R3/PT10M", "cycle", context)


def _is_date(text: str) -> bool:
    text = _ZONE.sub("", text)
    if not _DATE.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_cycle(text: str) -> bool:
    repeats, *interval = text.split("/")
    if not _REPEATS.fullmatch(repeats) or repeats == "R0" or not 1 <= len(interval) <= 2:
        return False
    if len(interval) == 1:
        return _is_period(interval[0])
    first, second = interval
    if _is_date(first):
        return _is_period(second) or _is_date(second)
    return _is_period(first) and _is_date(second)


def _is_period(text: str) -> bool:
    return _is_duration(text) and any(digit in text for digit in "123456789")


def _is_duration(text: str) -> bool:
    """Only the last part can have a fraction (ISO 8601 §4.4.3.2)."""
    return bool(_DURATION.fullmatch(text)) and not _FRACTION_BEFORE_MORE.search(text)


def _is_cron(text: str) -> bool:
    if text.startswith("@"):
        return text.lower() in _CRON_NAMES
    fields = text.split()
    return 5 <= len(fields) <= 7 and all(_CRON_FIELD.fullmatch(field) for field in fields)


def _literal(expression: m.Expression | None, context: Context) -> str:
    """The text when it stands for itself; empty for an expression that gives the time later."""
    if expression is None or expression.content:
        return ""
    return (
        ""
        if gives_a_time(expression, context.dialect, context.definitions)
        else expression.text.strip()
    )


def _wrong(
    definition: m.TimerEventDefinition,
    expression: m.Expression | None,
    text: str,
    example: str,
    word: str,
    context: Context,
) -> Finding:
    return Finding(
        definition,
        f"the {word} of {_owner(definition, context)} is '{text}', which is not ISO 8601",
        f"for example '{example}', or an expression such as '=when', would do",
        expression.line if expression is not None else None,
    )


def _owner(definition: m.TimerEventDefinition, context: Context) -> str:
    event = context.event_of(definition)
    return called(event) if event is not None else called(definition)
