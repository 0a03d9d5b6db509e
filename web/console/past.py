"""An instance as it was: recorded facts, read up to one of them, give its state at that moment.

The core works by rows and never reads its facts again; here the rows are made of the facts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct, field

from engine import Engine, HistoryEntry

PART = 5000
"""So many facts are asked for at once."""
ENDS = frozenset({"left", "merged", "cancelled"})
STOPS = frozenset(
    {
        "started",
        "ended",
        "entered",
        "left",
        "variables",
        "caught",
        "thrown",
        "published",
        "evaluated",
        "compensating",
        "parked",
        "attempt",
        "intervention",
        "incident",
        "resolved",
    }
)
"""Kinds of facts that are worth a stop when going through them one by one."""


class PastToken(Struct, frozen=True):
    """A visit that had begun and not ended."""

    id: int
    element: str
    scope: int | None
    since: datetime


class PastWait(Struct, frozen=True, kw_only=True):
    """What was waited for."""

    subscription: int
    element: str
    token: int | None
    scope: int | None
    kind: str
    name: str | None
    key: str | None
    due: str | None
    since: datetime


class PastScope(Struct, kw_only=True):
    """A scope that was open, with its own variables."""

    id: int
    element: str
    kind: str
    holder: int | None
    index: int = -1
    variables: dict[str, Any] = field(default_factory=dict)


class Moment(Struct, kw_only=True):
    """The state after one recorded fact."""

    last: HistoryEntry | None = None
    """The fact; None: before the first."""
    tokens: dict[int, PastToken] = field(default_factory=dict)
    waits: dict[int, PastWait] = field(default_factory=dict)
    scopes: dict[int, PastScope] = field(default_factory=dict)
    incidents: dict[int, str] = field(default_factory=dict)
    """Element by token."""
    entered: Counter[str] = field(default_factory=Counter)
    completed: Counter[str] = field(default_factory=Counter)
    cancelled: Counter[str] = field(default_factory=Counter)
    compensated: Counter[str] = field(default_factory=Counter)
    flows: Counter[str] = field(default_factory=Counter)
    is_over: bool = False
    held: dict[int, list[int]] = field(default_factory=dict)
    """Subscriptions by the token, or else the scope, that holds them."""
    places: dict[int, int] = field(default_factory=dict)
    """Which iteration of its loop a token is, from 0."""
    begun: Counter[int] = field(default_factory=Counter)
    """Iterations by the loop's scope."""

    def open_scopes(self) -> list[PastScope]:
        """Those whose holder was still there, the process's first."""
        return [
            scope
            for scope in self.scopes.values()
            if scope.holder is None or scope.holder in self.tokens
        ]


def facts(
    engine: Engine, id: int, until: int | None = None, *, after: int = 0
) -> Iterator[HistoryEntry]:
    """Every recorded fact after one, in order, or those up to another one."""
    found = engine.history(id, after=after, limit=PART)
    while True:
        yield from found.items
        if not found.items:
            return
        after = found.items[-1].number
        if after >= (found.last if until is None else min(until, found.last)):
            return
        found = engine.history(id, after=after, limit=PART)


def moment(entries: Iterable[HistoryEntry], number: int) -> Moment:
    """The state after fact `number`, of all facts from the first on."""
    state = Moment()
    for entry in entries:
        if entry.number > number:
            break
        _take(state, entry)
        state.last = entry
    return state


def neighbours(entries: Iterable[HistoryEntry], number: int) -> tuple[int | None, int | None]:
    """The stops before and after fact `number`."""
    before = after = None
    for entry in entries:
        if entry.kind not in STOPS:
            continue
        if entry.number < number:
            before = entry.number
        elif entry.number > number:
            after = entry.number
            break
    return before, after


def _take(state: Moment, entry: HistoryEntry) -> None:
    detail = entry.detail if isinstance(entry.detail, Mapping) else {}
    element, token, scope = entry.element or "", entry.token, entry.scope
    match entry.kind:
        case "entered" if token is not None:
            state.tokens[token] = PastToken(token, element, scope, entry.at)
            state.entered[element] += 1
            if isinstance(entry.detail, str):
                state.flows[entry.detail] += 1
            if (loop := state.scopes.get(scope or 0)) and loop.kind == "loop":
                state.places[token] = state.begun[loop.id]
                state.begun[loop.id] += 1
        case kind if kind in ENDS:
            _end(state, token)
            if kind == "left":
                state.completed[element] += 1
            elif kind == "cancelled":
                state.cancelled[element] += 1
        case "opened" if scope is not None:
            state.scopes[scope] = PastScope(
                id=scope,
                element=element,
                kind=str(entry.detail),
                holder=token,
                index=-1 if entry.detail == "loop" else state.places.get(token or 0, -1),
            )
        case "closed" if scope is not None:
            _close(state, scope)
        case "variables" if scope in state.scopes:
            state.scopes[scope].variables.update(detail)
        case "waiting" if entry.subscription is not None:
            _wait(state, entry, detail)
        case "caught":
            state.waits.pop(entry.subscription or 0, None)
        case "parked" | "incident" if token is not None:
            state.incidents[token] = element
        case "resolved" if token is not None:
            state.incidents.pop(token, None)
        case "compensating":
            state.compensated[element] += 1
        case "ended":
            state.is_over = True


def _end(state: Moment, token: int | None) -> None:
    state.tokens.pop(token or 0, None)
    state.incidents.pop(token or 0, None)
    _withdraw(state, token)


def _close(state: Moment, scope: int) -> None:
    found = state.scopes.get(scope)
    if found is None or found.kind == "process":
        return  # how the process's own variables were at the end is worth seeing
    del state.scopes[scope]
    _withdraw(state, scope)


def _withdraw(state: Moment, holder: int | None) -> None:
    for subscription in state.held.pop(holder or 0, ()):
        state.waits.pop(subscription, None)


def _wait(state: Moment, entry: HistoryEntry, detail: Mapping[str, Any]) -> None:
    assert entry.subscription is not None
    state.held.setdefault(entry.token or entry.scope or 0, []).append(entry.subscription)
    state.waits[entry.subscription] = PastWait(
        subscription=entry.subscription,
        element=entry.element or "",
        token=entry.token,
        scope=entry.scope,
        kind=str(detail.get("kind")),
        name=detail.get("name"),
        key=detail.get("key"),
        due=detail.get("due"),
        since=entry.at,
    )
