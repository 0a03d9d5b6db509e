"""The recorded history as people read it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from engine import HistoryEntry
from web.console import timeline

BEGIN = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
EVERYWHERE: Mapping[int, int] = {}
NAMES = {"pay": "Take the money", "ship": "Ship it"}


def told(
    *facts: tuple[int, str, str | None, int | None, Any], scopes: Mapping[int, int] = EVERYWHERE
) -> timeline.Timeline:
    """The timeline of facts `(second, kind, element, token, detail)`; `scopes` by the number of
    a fact, where it is not 1."""
    entries = [
        HistoryEntry(
            number=number,
            at=BEGIN + timedelta(seconds=second),
            step=1,
            kind=kind,
            element=element,
            token=token,
            scope=scopes.get(number, 1),
            subscription=None,
            detail=detail,
        )
        for number, (second, kind, element, token, detail) in enumerate(facts, 1)
    ]
    return timeline.read(entries, NAMES)


def test_a_visit_is_one_line_from_entering_to_leaving() -> None:
    (line,) = told(
        (0, "entered", "pay", 2, "flow-1"),
        (3, "variables", "pay", None, {"paid": True}),
        (4, "left", "pay", 2, None),
    ).lines
    assert (line.text, line.status, line.took) == (
        "Take the money",
        "completed",
        timedelta(seconds=4),
    )
    assert line.notes == ["set paid = true"]


def test_each_visit_of_a_loop_has_its_line() -> None:
    lines = told(
        (0, "entered", "pay", 2, None),
        (1, "left", "pay", 2, None),
        (2, "entered", "pay", 3, None),
    ).lines
    assert [(line.token, line.status) for line in lines] == [(2, "completed"), (3, "running")]


def test_attempts_stand_at_their_visit() -> None:
    story = told(
        (0, "entered", "pay", 2, None),
        (
            1,
            "attempt",
            "pay",
            2,
            {"number": 1, "error": {"type": "Timeout", "message": "no answer"}},
        ),
        (2, "attempt", "pay", 2, {"number": 2, "worker": "w", "output": {"ok": 1}}),
        (3, "left", "pay", 2, None),
    )
    assert [(one.number, one.error, one.got) for _, one in story.attempts_at("pay")] == [
        (1, "Timeout: no answer", None),
        (2, None, {"ok": 1}),
    ]
    assert story.attempts_at("ship") == []


def test_a_pause_says_where_the_instance_waited() -> None:
    lines = told(
        (0, "entered", "ship", 2, None),
        (0, "waiting", "ship", 2, {"kind": "message"}),
        (7200, "caught", "ship", 2, None),
        (7200, "left", "ship", 2, None),
    ).lines
    assert [line.kind for line in lines] == ["step", "idle"]
    assert lines[1].text == "2 h waiting at Ship it"


def test_a_step_that_waits_or_stands_still_says_so() -> None:
    waits, stands = told(
        (0, "entered", "ship", 2, None),
        (0, "waiting", "ship", 2, {"kind": "user_task"}),
        (0, "entered", "pay", 3, None),
        (0, "waiting", "pay", 3, {"kind": "incident"}),
    ).lines
    assert (waits.status, stands.status) == ("waiting", "incident")


def test_what_goes_on_inside_a_step_stands_under_it() -> None:
    entries = told(
        (0, "entered", "ship", 2, None),
        (0, "opened", "ship", 2, "sub_process"),
        (0, "entered", "pay", 3, None),
    )
    (outer,) = entries.lines
    assert [line.text for line in outer.children] == ["Take the money"]


def test_hands_and_incidents_are_marks_between_the_steps() -> None:
    lines = told(
        (0, "intervention", None, None, {"verb": "start", "by": "ana"}),
        (0, "started", None, None, None),
        (1, "incident", "pay", None, {"message": "no answer"}),
        (2, "intervention", "pay", None, {"verb": "retry", "by": "ana", "reason": "it is back"}),
        (3, "compensating", "pay", None, None),
        (4, "ended", None, None, "card expired"),
    ).lines
    assert [line.text for line in lines] == [
        "Started by ana",
        "Incident at Take the money: no answer",
        "ana: retry at Take the money – it is back",
        "Undoing Take the money",
        "Ended, completed: card expired",
    ]
    assert {line.kind for line in lines} == {"mark"}


def test_iterations_of_a_loop_stand_under_it_and_are_counted_by_status() -> None:
    story = told(
        (0, "entered", "pay", 2, None),
        (0, "opened", "pay", 2, "loop"),
        *((0, "entered", "pay", token, None) for token in (10, 11, 12)),
        (1, "left", "pay", 10, None),
        (2, "incident", "pay", 12, {"message": "no answer"}),
        scopes=dict.fromkeys(range(2, 8), 5),
    )
    (loop,) = story.lines
    steps = [line for line in loop.children if line.kind == "step"]
    assert [(line.iteration, line.status) for line in steps] == [
        (1, "completed"),
        (2, "running"),
        (3, "incident"),
    ]
    assert loop.tally == {"incident": 1, "running": 1, "completed": 1}
    assert [line.iteration for line in loop.first(2)] == [3, 2]
    assert [line.token for line in story.passes("pay")] == [10, 11, 12]
    assert story.attempts_at("pay", 11) == []


def test_what_is_nested_very_deeply_stays_readable() -> None:
    facts: list[tuple[int, str, str | None, int | None, Any]] = []
    scopes: dict[int, int] = {}
    for level in range(40):
        facts.append((0, "entered", "ship", 100 + level, None))
        scopes[len(facts)] = level
        facts.append((0, "opened", "ship", 100 + level, "sub_process"))
        scopes[len(facts)] = level + 1
    story = told(*facts, scopes=scopes)
    depth, line = 0, story.lines[0]
    while line.children:
        depth, line = depth + 1, line.children[0]
    assert depth <= timeline.DEEPEST
    assert len(story.steps) == 40


def test_failures_with_one_error_are_one_line_however_often_it_was_tried() -> None:
    def failed(number: int, message: str) -> tuple[int, str, str, int, Any]:
        return (number, "attempt", "pay", 2, {"number": number, "error": {"message": message}})

    (line,) = told(
        (0, "entered", "pay", 2, None), failed(1, "down"), failed(2, "down"), failed(3, "gone")
    ).lines
    assert line.failures() == [(1, 2, "down"), (3, 3, "gone")]


def test_a_loop_is_no_visit_beside_its_iterations() -> None:
    story = told(
        (0, "entered", "ship", 2, None),
        (0, "opened", "ship", 2, "loop"),
        (1, "entered", "ship", 3, None),
        (1, "entered", "ship", 4, None),
        scopes={2: 7, 3: 7, 4: 7},
    )
    assert story.around_loops(at=4) == {"ship": 1}
    assert story.around_loops(at=2) == {}


def test_an_error_in_one_sentence_is_words_and_no_document() -> None:
    (entry,) = [
        HistoryEntry(
            number=1,
            at=BEGIN,
            step=1,
            kind="attempt",
            element="pay",
            token=2,
            scope=1,
            subscription=None,
            detail={"number": 2, "error": {"type": "Timeout", "message": "no answer"}},
        )
    ]
    said = timeline.said(entry, NAMES)
    assert said == "Take the money, attempt 2 failed: Timeout: no answer"
