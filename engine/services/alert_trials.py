"""What an alert rule would have told: tried over the facts that the database keeps anyway.

Instances that fit a query *now* are taken, with when they started and ended and, where the query
asks for incidents, when those were recorded and resolved. So it is said of each evaluation in the
past what it would have found. Variables count as they are now.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa
from msgspec import Struct

from engine import wording
from engine.querying import SPAN, Usually, span_of, understood
from engine.services.alert_conditions import ENDS, ON_INSTANCES, Moment, events_of
from engine.services.instance_lists import selected
from engine.storage import schema as t
from engine.storage.ids import partition_of
from engine.storage.records import decode_records
from engine.storage.rows import moment
from engine.views import AlertCondition, AlertSpan, AlertTrial, InstanceQuery
from engine.wording import Part, Word

if TYPE_CHECKING:
    from engine.services.shell import Shell

_i, _h, _d = t.instance.c, t.history.c, t.deployment.c
MOST = 20_000
"""So many instances, those that moved last, are looked at."""
READ = 1_000
"""The records of so many of them are read, where incidents are asked for."""
SLOTS = 20_000
"""Evaluations that are tried at most; further apart than the rule's where there would be more."""
FOREVER = 1 << 62
NOT_KEPT = {
    "no_worker": "who asked for work in the past is not kept",
    "node_lost": "signs of life of the past are not kept",
    "queue_lag": "how long work waited in the past is not kept",
}
_EITHER = (
    Usually(now=datetime(2001, 1, 1, tzinfo=UTC)),
    Usually(now=datetime(2002, 1, 1, tzinfo=UTC)),
)


class Words(Struct, frozen=True, kw_only=True):
    """A query taken apart: what holds of an instance for good, and what only for a while."""

    lasting: tuple[Part, ...]
    states: frozenset[str] = frozenset()
    older: timedelta | None = None
    has_incidents: bool = False
    spans: tuple[tuple[str, str, timedelta], ...] = ()
    """`started` or `ended`, `<` or `>`, and the span."""


class _Known(NamedTuple):
    id: int
    state: str
    started: int
    ended: int


class _NotKnown(Exception):
    """Nothing can be said of the past; with why."""


def try_out(
    shell: Shell, condition: AlertCondition, every: timedelta, within: timedelta
) -> AlertTrial:
    """What a rule would have told within a span up to now."""
    with shell.store.reading() as connection:
        now = shell.store.now_in(connection)
        at = Moment(shell=shell, connection=connection, now=now)
        first = connection.execute(sa.select(sa.func.min(_d.at))).scalar() or now
        since = max(at.since(within), first)
        step = max(every // timedelta(microseconds=1), (now - since) // SLOTS + 1)
        slots = range(now, since - 1, -step)[::-1]
        try:
            if condition.kind not in ON_INSTANCES:
                raise _NotKnown(NOT_KEPT[condition.kind])
            values, count = _values(at, condition, slots, since)
        except _NotKnown as why:
            return AlertTrial(
                since=moment(since),
                until=moment(now),
                firings=[],
                evaluations=0,
                instances=0,
                unknown=str(why),
            )
        return AlertTrial(
            since=moment(since),
            until=moment(now),
            firings=_spans(slots, values),
            evaluations=len(slots),
            instances=count,
            is_cut=count >= (READ if _taken_apart(condition).has_incidents else MOST),
        )


def _values(
    at: Moment, condition: AlertCondition, slots: range, since: int
) -> tuple[Sequence[float | None], int]:
    """What each evaluation would have found, None where the condition did not hold; and of how
    many instances."""
    words = _taken_apart(condition)
    query = _lasting(words.lasting, condition.query)
    if condition.kind == "absence":
        return _gaps(at, condition, query, words, slots, since)
    if condition.kind == "failure_rate":
        return _rates(at, condition, query, words, slots, since)
    return _counts(at, condition, query, words, slots, since)


def _gaps(
    at: Moment,
    condition: AlertCondition,
    query: InstanceQuery,
    words: Words,
    slots: range,
    since: int,
) -> tuple[Sequence[float | None], int]:
    within = _micros(condition.within)
    if words.states - {condition.event} or words.spans or words.older or words.has_incidents:
        raise _NotKnown("only words that hold for good can be tried with an absence")
    chosen, column = events_of(condition, _select(at, query, since - within))
    moments = sorted(at.connection.execute(chosen.with_only_columns(column)).scalars())
    found: list[float | None] = []
    for slot in slots:
        place = bisect_right(moments, slot)
        last = moments[place - 1] if place else None
        if last is not None and last >= slot - within:
            found.append(None)
        else:
            found.append((slot - (last or since)) / 1_000_000)
    return found, len(moments)


def _rates(
    at: Moment,
    condition: AlertCondition,
    query: InstanceQuery,
    words: Words,
    slots: range,
    since: int,
) -> tuple[Sequence[float | None], int]:
    within = _micros(condition.within)
    if words.states or words.spans or words.older or words.has_incidents:
        raise _NotKnown("only words that hold for good can be tried with a rate")
    chosen = _select(at, query, since - within).where(_i.state.in_(("completed", "failed")))
    found_rows = at.connection.execute(chosen.with_only_columns(_i.ended_at, _i.state))
    rows = sorted((row[0], row[1]) for row in found_rows)
    moments = [row[0] for row in rows]
    failed = [0]
    for _, state in rows:
        failed.append(failed[-1] + (state == "failed"))
    threshold = condition.threshold or 0
    found: list[float | None] = []
    for slot in slots:
        first, last = bisect_left(moments, slot - within), bisect_right(moments, slot)
        rate = 100 * (failed[last] - failed[first]) / max(last - first, 1)
        is_high = last - first >= condition.at_least and rate > threshold
        found.append(round(rate, 1) if is_high else None)
    return found, len(rows)


def _counts(
    at: Moment,
    condition: AlertCondition,
    query: InstanceQuery,
    words: Words,
    slots: range,
    since: int,
) -> tuple[Sequence[float | None], int]:
    columns = (_i.id, _i.state, _i.started_at, _i.ended_at)
    chosen = _select(at, query, since)
    if words.has_incidents:
        chosen = chosen.limit(READ)
    known = [
        _Known(id, state, started, FOREVER if ended is None else ended)
        for id, state, started, ended in at.connection.execute(chosen.with_only_columns(*columns))
    ]
    failing = _with_incidents(at, known) if words.has_incidents else {}
    changes = [0] * (len(slots) + 1)
    for one in known:
        parts = failing.get(one.id, []) if words.has_incidents else [(one.started, FOREVER)]
        begin, end = _while(one, words)
        for first, last in parts:
            low, high = _slot(slots, max(begin, first)), _slot(slots, min(end, last))
            if low < high:
                changes[low] += 1
                changes[high] -= 1
    threshold = condition.threshold or 0
    found: list[float | None] = []
    count = 0
    for change in changes[: len(slots)]:
        count += change
        found.append(float(count) if count > threshold else None)
    return found, len(known)


def _while(one: _Known, words: Words) -> tuple[int, int]:
    """From when to when an instance fits the words that hold for a while."""
    begin, end = one.started, FOREVER
    if words.states:
        is_running, has_end = "active" in words.states, one.state in words.states & set(ENDS)
        if is_running and not has_end:
            end = one.ended
        elif has_end and not is_running:
            begin = one.ended
        elif not is_running:
            return FOREVER, FOREVER
    if words.older is not None:
        begin, end = max(begin, one.started + _micros(words.older)), min(end, one.ended)
    for name, sign, span in words.spans:
        turn = (one.started if name == "started" else one.ended) + _micros(span)
        if sign == "<":
            begin = max(begin, turn - _micros(span))
            end = min(end, turn)
        else:
            begin = max(begin, turn)
    return begin, end


def _with_incidents(at: Moment, known: Sequence[_Known]) -> dict[int, list[tuple[int, int]]]:
    """From when to when each instance had incidents, as it was recorded."""
    ends = {one.id: one.ended for one in known}
    rows = at.connection.execute(
        sa.select(_h.instance_id, _h.at, _h.records)
        .where(
            _h.partition_id.in_({partition_of(id) for id in ends}), _h.instance_id.in_(list(ends))
        )
        .order_by(_h.instance_id, _h.first_number)
    )
    open_now: dict[int, int] = {}
    since: dict[int, int] = {}
    found: dict[int, list[tuple[int, int]]] = {}
    for instance, moment_, records in rows:
        for record in decode_records(records):
            if record.kind in ("incident", "parked"):
                since.setdefault(instance, moment_)
                open_now[instance] = open_now.get(instance, 0) + 1
            elif record.kind == "resolved" and open_now.get(instance):
                open_now[instance] -= 1
                if not open_now[instance]:
                    found.setdefault(instance, []).append((since.pop(instance), moment_))
    for instance, begun in since.items():
        found.setdefault(instance, []).append((begun, ends[instance]))
    return found


def _select(at: Moment, query: InstanceQuery, since: int) -> sa.Select[Any]:
    """The instances that fit, of those that run or have moved since; the latest ones."""
    select = selected(sa.select(_i.id), query, at.shell.store.profile)
    return (
        select.where((_i.state == "active") | (_i.updated_at >= since))
        .order_by(_i.updated_at.desc(), _i.id)
        .limit(MOST)
    )


def _taken_apart(condition: AlertCondition) -> Words:
    """The words that hold for a while, and the text without them: only those that stand alone,
    outside of brackets, and are neither excluded nor joined by OR."""
    kept: list[Part] = []
    states: set[str] = set()
    older = condition.within if condition.kind == "age" else None
    if condition.kind == "age":
        states.add("active")
    spans: list[tuple[str, str, timedelta]] = []
    has_incidents = False
    for part in wording.read(condition.query).parts:
        word = part.text if isinstance(part, Word) and not part.is_out else ""
        name, _, value = word.partition(":")
        if word in ("status:incident", "is:incident"):
            states.add("active")
            has_incidents = True
        elif name == "status" and value in ("running", "active", *ENDS):
            states.add("active" if value == "running" else value)
        elif name == "older" and SPAN.fullmatch(value):
            states.add("active")
            older = max(older or timedelta(0), span_of(value))
        elif name in ("started", "ended") and (ago := SPAN.fullmatch(value)) and ago[1]:
            spans.append((name, ago[1], span_of(value[1:])))
        else:
            kept.append(part)
    return Words(
        lasting=tuple(kept),
        states=frozenset(states),
        older=older,
        has_incidents=has_incidents,
        spans=tuple(spans),
    )


def _lasting(parts: tuple[Part, ...], text: str) -> InstanceQuery:
    """What they ask for. Raises _NotKnown where it does not hold for good."""
    asked = [understood(parts, usually).query for usually in _EITHER]
    if asked[0] != asked[1] or any(map(_is_passing, _all_of(asked[0]))):
        raise _NotKnown(
            f"'{text}' asks for what instances are now; what they were is known of words for "
            "status, age and incidents that stand alone"
        )
    return asked[0]


def _is_passing(query: InstanceQuery) -> bool:
    return bool(
        query.states
        or query.element
        or query.incident
        or query.stalled_since
        or query.has_incidents is not None
        or query.suspended is not None
        or query.ids == (0,)
    )


def _all_of(query: InstanceQuery) -> Iterable[InstanceQuery]:
    yield query
    for one in (*query.any_of, *query.none_of):
        yield from _all_of(one)


def _spans(slots: range, values: Sequence[float | None]) -> list[AlertSpan]:
    """Evaluations side by side at which it held are one firing."""
    found: list[AlertSpan] = []
    begun: int | None = None
    worst = 0.0
    for slot, value in zip(slots, values, strict=True):
        if value is not None:
            begun, worst = (slot, value) if begun is None else (begun, max(worst, value))
        elif begun is not None:
            found.append(AlertSpan(since=moment(begun), until=moment(slot), worst=worst))
            begun = None
    if begun is not None:
        found.append(AlertSpan(since=moment(begun), until=None, worst=worst))
    return found


def _slot(slots: range, at: int) -> int:
    """The first evaluation at a moment or after it."""
    return min(max(-(-(at - slots.start) // slots.step), 0), len(slots))


def _micros(span: timedelta | None) -> int:
    return (span or timedelta(0)) // timedelta(microseconds=1)
