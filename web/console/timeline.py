"""The recorded history as people read it: one line a visit, with its attempts, and marks between.

Nothing is guessed: every line is made of recorded facts, in the order of their numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from msgspec import Struct, field

from engine import HistoryEntry
from web.console.codes import called
from web.console.language import _
from web.console.words import brief, span

IDLE = timedelta(minutes=1)
"""A longer pause in which nothing was recorded gets a line of its own."""

DEEPEST = 6
"""So many levels are shown inside each other."""
STATUSES = ("incident", "running", "waiting", "completed", "cancelled")
URGENCY = {status: place for place, status in enumerate(STATUSES)}

LOOPS_OWN = {"loopCounter", "numberOfInstances"}
"""Variables that a loop keeps for itself."""
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
    iteration: int | None = None
    """Which one of a loop, from 1."""
    children: list[Line] = field(default_factory=list)
    """What went on inside: of a sub-process, or the iterations of a loop."""
    until: datetime | None = None
    attempts: list[Attempt] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def took(self) -> timedelta | None:
        return self.until - self.at if self.until else None

    @property
    def tally(self) -> dict[str, int]:
        """How many of its iterations are in which status."""
        counts = Counter(child.status for child in self.children if child.kind == "step")
        return {status: counts[status] for status in STATUSES if counts[status]}

    def failures(self) -> list[tuple[int, int, str]]:
        """Attempts that failed, those with one error after another as one: first, last, error."""
        runs: list[tuple[int, int, str]] = []
        for one in self.attempts:
            if one.error is None:
                continue
            if runs and runs[-1][1:] == (one.number - 1, one.error):
                runs[-1] = (runs[-1][0], one.number, one.error)
            else:
                runs.append((one.number, one.number, one.error))
        return runs

    def first(self, most: int) -> list[Line]:
        """Its children; of very many, the most urgent ones first."""
        if len(self.children) <= most:
            return self.children
        steps = [child for child in self.children if child.kind == "step"]
        return sorted(steps, key=lambda child: (URGENCY.get(child.status, 9), child.number))[:most]


class Timeline(Struct):
    """All lines of a stretch of history, oldest first."""

    state: str
    """As what the instance ended, if it did."""
    lines: list[Line] = field(default_factory=list)
    steps: dict[int, Line] = field(default_factory=dict)
    """By token."""
    holders: dict[int, int] = field(default_factory=dict)
    """The visit that holds a scope, by scope."""
    loops: dict[int, int] = field(default_factory=dict)
    """How many iterations each loop scope has begun."""
    levels: dict[int, int] = field(default_factory=dict)
    """How deep each visit stands inside others."""
    latest: dict[str, Line] = field(default_factory=dict)
    """The last visit of each element."""

    def around_loops(self, at: int) -> Counter[str]:
        """By element how often a loop was entered, up to fact `at`, whose iterations are visits."""
        return Counter(
            line.element
            for line in self.steps.values()
            if line.element
            and any(one.iteration is not None and one.number <= at for one in line.children)
        )

    def passes(self, element: str) -> list[Line]:
        """The visits of an element, oldest first; of a loop its iterations, not the loop."""
        found = [line for line in self.steps.values() if line.element == element]
        inner = [line for line in found if line.iteration is not None]
        return inner or found

    def attempts_at(self, element: str, token: int | None = None) -> list[tuple[int, Attempt]]:
        """Every try of an element's jobs, over all its visits or in one of them, each with which
        visit it belongs to, from 1."""
        return [
            (line.iteration or place, attempt)
            for place, line in enumerate(self.passes(element), 1)
            if token in (None, line.token)
            for attempt in line.attempts
        ]

    def around(self, scope: int | None) -> list[Line]:
        """The lines among which what happens in a scope belongs."""
        line = self.steps.get(self.holders.get(scope or 0, 0))
        return self.lines if line is None else line.children


def read(
    entries: Iterable[HistoryEntry], names: Mapping[str, str], state: str = "completed"
) -> Timeline:
    """The timeline of these facts; `names` by element id, `state` as what the instance ended."""
    timeline = Timeline(state=state)
    before: datetime | None = None
    for entry in entries:
        if before is not None and entry.at - before >= IDLE:
            text = _meanwhile(timeline, span(entry.at - before))
            line = Line(kind="idle", at=before, number=entry.number, text=text)
            timeline.around(entry.scope).append(line)
        before = entry.at
        _take(timeline, entry, names)
    return timeline


def _meanwhile(timeline: Timeline, length: str) -> str:
    """What the instance did in a pause: where its tokens waited."""
    places = dict.fromkeys(step.text for step in timeline.steps.values() if not step.until)
    if not places:
        return _("%(span)s without anything to record", span=length)
    return _("%(span)s waiting at %(places)s", span=length, places=", ".join(list(places)[-3:]))


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
                step.notes.append(_(_("went on in another token at the join")))
        case "opened":
            _open(timeline, entry)
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
            step.notes.append(
                _("could not go on: %(message)s", message=brief(detail.get("message"), 300))
            )
        case "ended":
            ended = _("Ended, %(state)s", state=called(timeline.state, "instance"))
            reason = f": {entry.detail}" if entry.detail else ""
            _mark(timeline, entry, timeline.state, f"{ended}{reason}")
        case _:
            if step and entry.kind in ("incident", "resolved"):
                step.status = "incident" if entry.kind == "incident" else "running"
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
    )
    if entry.scope in timeline.loops:
        timeline.loops[entry.scope] += 1
        line.iteration = timeline.loops[entry.scope]
    timeline.around(entry.scope).append(line)
    if entry.token is not None:
        holder = timeline.holders.get(entry.scope or 0)
        timeline.levels[entry.token] = timeline.levels.get(holder, 0) + 1 if holder else 0
        timeline.steps[entry.token] = line
    if entry.element is not None:
        timeline.latest[entry.element] = line


def _open(timeline: Timeline, entry: HistoryEntry) -> None:
    """A scope that a visit holds; what is nested too deeply to be read stays one level up."""
    if entry.scope is None or entry.token is None:
        return
    step = timeline.steps.get(entry.token)
    level = timeline.levels.get(entry.token, 0)
    if step is None or level >= DEEPEST:
        return
    timeline.holders[entry.scope] = entry.token
    if entry.detail == "loop":
        timeline.loops[entry.scope] = 0


def _attempt(entry: HistoryEntry, detail: Mapping[str, Any]) -> Attempt:
    error = detail.get("error")
    return Attempt(
        number=int(detail.get("number") or 1),
        at=entry.at,
        worker=detail.get("worker"),
        error=None if error is None else brief(_error(error), 400),
        given=detail.get("input"),
        got=detail.get("output"),
        took=timedelta(seconds=float(detail["seconds"])) if "seconds" in detail else None,
    )


def _error(error: Any) -> str:
    """An attempt's error as it is read: its kind and its message."""
    if not isinstance(error, Mapping):
        return str(error)
    return ": ".join(str(error[part]) for part in ("type", "message") if error.get(part))


def _set(timeline: Timeline, entry: HistoryEntry, detail: Mapping[str, Any]) -> None:
    """What was set stands at the last visit of the element that caused it."""
    if not detail:
        return
    text = ", ".join(f"{name} = {brief(value, 60)}" for name, value in detail.items())
    step = timeline.latest.get(entry.element or "")
    if set(detail) <= LOOPS_OWN:
        return
    holder = timeline.steps.get(timeline.holders.get(entry.scope or 0, 0))
    if holder is not None and holder.element == entry.element:
        step = holder  # its own, which other visits have, too
    if step is not None:
        step.notes.append(_("set %(values)s", values=text))
    else:
        _mark(timeline, entry, "", _("Set %(values)s", values=text))


def _mark(timeline: Timeline, entry: HistoryEntry, status: str, text: str) -> None:
    timeline.around(entry.scope).append(
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
    message = brief(detail.get("message") or detail.get("error") or "", 300)
    match entry.kind:
        case "thrown":
            what = _thrown(detail, "error")
            return "failed", _("%(step)s threw: %(what)s", step=name, what=what)
        case "uncaught":
            return "incident", _("Nobody caught: %(what)s", what=_thrown(detail, "error"))
        case "published":
            what = _thrown(detail, "message")
            return "running", _("%(step)s sent: %(what)s", step=name, what=what)
        case "compensating":
            return "compensated", _("Undoing %(step)s", step=name)
        case "parked" | "incident" if name:
            return "incident", _("Incident at %(step)s: %(message)s", step=name, message=message)
        case "parked" | "incident":
            return "incident", _("Incident: %(message)s", message=message)
        case "resolved" if name:
            return "completed", _("Incident resolved at %(step)s", step=name)
        case "resolved":
            return "completed", _("Incident resolved")
        case "intervention":
            return _intervention(detail, name)
        case _:
            return "", ""


def _thrown(detail: Mapping[str, Any], usual: str) -> str:
    """What was thrown or sent, with its name."""
    what, told = called(str(detail.get("kind", usual)), "thrown"), detail.get("name")
    told = told or detail.get("code")
    return _("%(what)s “%(name)s”", what=what, name=told) if told else what


def said(entry: HistoryEntry, names: Mapping[str, str]) -> str:
    """One recorded fact in words."""
    detail = entry.detail if isinstance(entry.detail, Mapping) else {}
    name = names.get(entry.element or "", entry.element or "")
    match entry.kind:
        case "entered":
            return _("came to %(step)s", step=name)
        case "left":
            return _("%(step)s was completed", step=name)
        case "merged":
            return _("went up in another token at %(step)s", step=name)
        case "cancelled":
            return _("%(step)s was cancelled", step=name)
        case "opened":
            return _("opened %(step)s", step=name)
        case "closed":
            return _("closed %(step)s", step=name)
        case "variables":
            values = ", ".join(f"{one} = {brief(value, 60)}" for one, value in detail.items())
            return _("%(step)s set %(values)s", step=name, values=values)
        case "waiting":
            return _("%(step)s waits for %(what)s", step=name, what=_awaited(detail))
        case "caught":
            return _("%(step)s went on: what it waited for has happened", step=name)
        case "attempt" if error := detail.get("error"):
            return _(
                "%(step)s, attempt %(number)s failed: %(error)s",
                step=name,
                number=detail.get("number", 1),
                error=brief(_error(error), 200),
            )
        case "attempt":
            return _("%(step)s, attempt %(number)s", step=name, number=detail.get("number", 1))
        case "ended" if entry.detail:
            return _("ended: %(reason)s", reason=brief(entry.detail))
        case "ended":
            return _("the instance ended")
        case "evaluated":
            output = brief(detail.get("output"), 120)
            return _("%(step)s was evaluated: %(output)s", step=name, output=output)
    text = _words(entry, name, detail)[1]
    return text or f"{name} {called(entry.kind, 'fact')}".strip()


def _awaited(detail: Mapping[str, Any]) -> str:
    """Kind, name and key of what is waited for."""
    kind = called(str(detail["kind"]), "wait") if detail.get("kind") else ""
    return " ".join(str(one) for one in (kind, detail.get("name"), detail.get("key")) if one)


def _intervention(detail: Mapping[str, Any], name: str) -> tuple[str, str]:
    verb = str(detail.get("verb") or "intervention")
    who, reason = detail.get("by") or _("somebody"), detail.get("reason")
    told = {"step": name, "name": detail.get("name"), "who": who}
    match verb:
        case "message":
            return "running", _("%(step)s received message “%(name)s”, by %(who)s", **told)
        case "signal":
            return "running", _("%(step)s received signal “%(name)s”, by %(who)s", **told)
        case "start":
            return "running", _("Started by %(who)s", who=who)
        case "comment" if name:
            said = brief(detail.get("text"), 300)
            return "", _("%(who)s at %(step)s: “%(text)s”", who=who, step=name, text=said)
        case "comment":
            return "", _("%(who)s: “%(text)s”", who=who, text=brief(detail.get("text"), 300))
    deed = called(verb, "deed")
    if name:
        text = _("%(who)s: %(deed)s at %(step)s", who=who, deed=deed, step=name)
    else:
        text = _("%(who)s: %(deed)s", who=who, deed=deed)
    return "suspended", text + (f" – {reason}" if reason else "")
