"""The recorded history as people read it: one line a visit, with its attempts, and marks between.

Nothing is guessed: every line is made of recorded facts, in the order of their numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from msgspec import Struct, field

from engine import HistoryEntry
from web.console.words import brief, span

IDLE = timedelta(minutes=1)
"""A longer pause in which nothing was recorded gets a line of its own."""

ENDS: Mapping[str, str] = {"left": "completed", "merged": "completed", "cancelled": "cancelled"}


class Attempt(Struct, frozen=True, kw_only=True):
    """One try of a job."""

    number: int
    at: datetime
    worker: str | None = None
    error: str | None = None
    given: Any = None
    got: Any = None
    took: timedelta | None = None


class Line(Struct, kw_only=True):
    """One line of the timeline."""

    kind: Literal["step", "mark", "idle"]
    at: datetime
    number: int
    text: str
    status: str = ""
    """As in the style sheet: running, waiting, completed, cancelled, incident, compensated."""
    element: str | None = None
    token: int | None = None
    depth: int = 0
    until: datetime | None = None
    attempts: list[Attempt] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def took(self) -> timedelta | None:
        return self.until - self.at if self.until else None


class Timeline(Struct):
    """All lines of a stretch of history, oldest first."""

    state: str
    """As what the instance ended, if it did."""
    lines: list[Line] = field(default_factory=list)
    steps: dict[int, Line] = field(default_factory=dict)
    """By token."""
    depths: dict[int, int] = field(default_factory=dict)
    """Nesting by scope."""

    def attempts_at(self, element: str) -> list[Attempt]:
        """Every try of an element's jobs, over all its visits."""
        return [
            attempt
            for line in self.lines
            if line.kind == "step" and line.element == element
            for attempt in line.attempts
        ]


def read(
    entries: Iterable[HistoryEntry], names: Mapping[str, str], state: str = "completed"
) -> Timeline:
    """The timeline of these facts; `names` by element id, `state` as what the instance ended."""
    timeline = Timeline(state=state)
    before: datetime | None = None
    for entry in entries:
        if before is not None and entry.at - before >= IDLE:
            text = f"{span(entry.at - before)} {_meanwhile(timeline)}"
            timeline.lines.append(Line(kind="idle", at=before, number=entry.number, text=text))
        before = entry.at
        _take(timeline, entry, names)
    return timeline


def _meanwhile(timeline: Timeline) -> str:
    """What the instance did in a pause: where its tokens waited."""
    places = dict.fromkeys(step.text for step in timeline.steps.values() if not step.until)
    return f"waiting at {', '.join(list(places)[-3:])}" if places else "without anything to record"


def _take(timeline: Timeline, entry: HistoryEntry, names: Mapping[str, str]) -> None:
    detail = entry.detail if isinstance(entry.detail, Mapping) else {}
    name = names.get(entry.element or "", entry.element or "")
    step = timeline.steps.get(entry.token) if entry.token is not None else None
    match entry.kind:
        case "entered":
            _enter(timeline, entry, name)
        case "left" | "merged" | "cancelled" if step:
            step.until, step.status = entry.at, ENDS[entry.kind]
            if entry.kind == "merged":
                step.notes.append("went on in another token at the join")
        case "opened":
            timeline.depths[entry.scope or 0] = step.depth + 1 if step else 0
        case "attempt" if step:
            step.attempts.append(_attempt(entry, detail))
        case "waiting" if step and detail.get("kind") not in (None, "compensation", "continue"):
            if not step.until:
                step.status = "incident" if detail.get("kind") == "incident" else "waiting"
        case "caught" if step and not step.until:
            step.status = "running"
        case "variables":
            _set(timeline, entry, detail)
        case "parked" if step:
            step.status = "incident"
            step.notes.append(f"could not go on: {brief(detail.get('message'), 300)}")
        case "ended":
            reason = f": {entry.detail}" if entry.detail else ""
            _mark(timeline, entry, timeline.state, f"Ended, {timeline.state}{reason}")
        case _:
            status, text = _words(entry, name, detail)
            if text:
                _mark(timeline, entry, status, text)


def _enter(timeline: Timeline, entry: HistoryEntry, name: str) -> None:
    line = Line(
        kind="step",
        at=entry.at,
        number=entry.number,
        text=name,
        status="running",
        element=entry.element,
        token=entry.token,
        depth=min(timeline.depths.get(entry.scope or 0, 0), 3),
    )
    timeline.lines.append(line)
    if entry.token is not None:
        timeline.steps[entry.token] = line


def _attempt(entry: HistoryEntry, detail: Mapping[str, Any]) -> Attempt:
    error = detail.get("error")
    if isinstance(error, Mapping):
        error = ": ".join(str(error[part]) for part in ("type", "message") if error.get(part))
    return Attempt(
        number=int(detail.get("number") or 1),
        at=entry.at,
        worker=detail.get("worker"),
        error=None if error is None else brief(error, 400),
        given=detail.get("input"),
        got=detail.get("output"),
        took=timedelta(seconds=float(detail["seconds"])) if "seconds" in detail else None,
    )


def _set(timeline: Timeline, entry: HistoryEntry, detail: Mapping[str, Any]) -> None:
    """What was set stands at the last visit of the element that caused it."""
    if not detail:
        return
    text = ", ".join(f"{name} = {brief(value, 60)}" for name, value in detail.items())
    steps = (line for line in reversed(timeline.lines) if line.kind == "step")
    step = next((line for line in steps if line.element == entry.element), None)
    if step is not None:
        step.notes.append(f"set {text}")
    else:
        _mark(timeline, entry, "", f"Set {text}")


def _mark(timeline: Timeline, entry: HistoryEntry, status: str, text: str) -> None:
    timeline.lines.append(
        Line(
            kind="mark",
            at=entry.at,
            number=entry.number,
            text=text,
            status=status,
            element=entry.element,
        )
    )


def _words(entry: HistoryEntry, name: str, detail: Mapping[str, Any]) -> tuple[str, str]:
    """Status and sentence of a fact that is not part of a visit; no sentence where it is plain."""
    said = f"“{told}”" if (told := detail.get("name") or detail.get("code")) else ""
    message = brief(detail.get("message") or detail.get("error") or "", 300)
    match entry.kind:
        case "thrown":
            return "failed", f"{name} threw {detail.get('kind', 'an error')} {said}".rstrip()
        case "uncaught":
            return "incident", f"Nobody caught {detail.get('kind', 'the error')} {said}".rstrip()
        case "published":
            return "running", f"{name} sent {detail.get('kind', 'message')} {said}".rstrip()
        case "compensating":
            return "compensated", f"Undoing {name}"
        case "parked" | "incident":
            return "incident", f"Incident at {name}: {message}" if name else f"Incident: {message}"
        case "resolved":
            return "completed", f"Incident resolved at {name}" if name else "Incident resolved"
        case "intervention":
            return _intervention(detail, name)
        case _:
            return "", ""


def _intervention(detail: Mapping[str, Any], name: str) -> tuple[str, str]:
    verb = str(detail.get("verb") or "intervention").replace("_", " ")
    who, reason = detail.get("by") or "somebody", detail.get("reason")
    if verb in ("message", "signal"):
        told = detail.get("name")
        return "running", f"{name} received {verb} “{told}”, by {who}"
    if verb == "start":
        return "running", f"Started by {who}"
    at = f" at {name}" if name else ""
    return "suspended", f"{who}: {verb}{at}" + (f" – {reason}" if reason else "")
