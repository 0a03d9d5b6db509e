"""What an alert rule may watch, and whether it holds now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from msgspec.structs import replace

from engine.errors import Invalid
from engine.querying import Usually, parse
from engine.services.duties import DUE
from engine.services.instance_lists import selected
from engine.services.overview import job_types_at, nodes_at
from engine.services.performance import usual_at
from engine.storage import schema as t
from engine.storage.rows import micros, moment
from engine.views import (
    ALERT_EVENTS,
    ALERT_KINDS,
    AlertCheck,
    AlertCondition,
    InstanceQuery,
    JobTypeView,
)

if TYPE_CHECKING:
    from engine.services.shell import Shell

_i, _w = t.instance.c, t.subscription.c
SAMPLE = 5
"""So many of what it is about are named."""
MOST_COUNTED = 10_000
LONGEST = timedelta(days=366)
ENDS = ("completed", "failed", "cancelled")
ON_INSTANCES = frozenset({"count", "age", "failure_rate", "absence"})
"""The kinds that look at instances, by a query."""
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "count": ("threshold",),
    "age": ("within",),
    "failure_rate": ("within", "threshold"),
    "absence": ("within",),
    "no_worker": (),
    "node_lost": (),
    "queue_lag": ("within",),
}
SILENT = timedelta(minutes=1)
"""Without a `within`, a node that says nothing for this long is lost."""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A look at the database."""

    shell: Shell
    connection: sa.Connection
    now: int

    def since(self, within: timedelta | None) -> int:
        return self.now - (within or timedelta(0)) // timedelta(microseconds=1)

    def query(self, text: str) -> InstanceQuery:
        stalled_after = self.shell.settings.stalled_after
        return query_of(text, usually_at(self.connection, self.now, stalled_after))


def checked_condition(condition: AlertCondition) -> AlertCondition:
    """The condition, if it can be watched. Raises Invalid."""
    if condition.kind not in ALERT_KINDS:
        raise Invalid(
            f"alert: kind '{condition.kind:.40}' is unknown; {', '.join(ALERT_KINDS)} are known"
        )
    for name in _NEEDS[condition.kind]:
        if getattr(condition, name) is None:
            raise Invalid(f"alert: '{condition.kind}' needs {_SAID[name]}")
    if condition.within is not None and not timedelta(0) < condition.within <= LONGEST:
        raise Invalid(f"alert: found a span of {condition.within}; up to 366 days would do")
    most = 100 if condition.kind == "failure_rate" else MOST_COUNTED - 1
    if condition.threshold is not None and not 0 <= condition.threshold <= most:
        raise Invalid(f"alert: found a threshold of {condition.threshold:g}; 0 to {most:,} do")
    if not 1 <= condition.at_least <= MOST_COUNTED:
        raise Invalid(f"alert: found at least {condition.at_least}; 1 to {MOST_COUNTED:,} do")
    if condition.event not in ALERT_EVENTS:
        raise Invalid(
            f"alert: event '{condition.event:.40}' is unknown; {', '.join(ALERT_EVENTS)} are known"
        )
    if condition.query.strip() and condition.kind not in ON_INSTANCES:
        raise Invalid(f"alert: '{condition.kind}' looks at no instances; leave the query out")
    query_of(condition.query, Usually(now=moment(0)))
    return replace(condition, query=condition.query.strip())


_SAID = {
    "within": "a span, such as 30m (PT30M)",
    "threshold": "a threshold, a number",
}


def query_of(text: str, usually: Usually) -> InstanceQuery:
    """What a text asks for. Raises Invalid where any of it is not understood."""
    asked = parse(text, "started", usually)
    if asked.wrong:
        raise Invalid(f"query: {'; '.join(asked.wrong)}")
    return asked.query


def usually_at(connection: sa.Connection, now: int, stalled_after: timedelta) -> Usually:
    """What `older:p95` compares with."""

    def most() -> dict[str, timedelta]:
        return {process: usual.most for process, usual in usual_at(connection, now).items()}

    return Usually(now=moment(now), stalled_after=stalled_after, most=most)


def evaluate(shell: Shell, condition: AlertCondition) -> AlertCheck:
    """Whether a condition holds now. Raises Invalid where its query is not understood."""
    with shell.store.reading() as connection:
        now = shell.store.now_in(connection)
        return _WAYS[condition.kind](condition, Moment(shell=shell, connection=connection, now=now))


def _count(condition: AlertCondition, at: Moment) -> AlertCheck:
    query = _select(at, sa.select(_i.id), at.query(condition.query))
    counted = sa.select(sa.func.count()).select_from(query.limit(MOST_COUNTED).subquery())
    count = int(at.connection.execute(counted).scalar_one())
    assert condition.threshold is not None
    holds = count > condition.threshold
    return AlertCheck(holds=holds, value=count, subjects=_oldest(at, query) if holds else [])


def _age(condition: AlertCondition, at: Moment) -> AlertCheck:
    query = _select(at, sa.select(_i.id), at.query(condition.query)).where(_i.state == "active")
    first = at.connection.execute(query.with_only_columns(sa.func.min(_i.started_at))).scalar()
    before = at.since(condition.within)
    if first is None:
        return AlertCheck(holds=False, value=None)
    holds = first < before
    late = query.where(_i.started_at < before)
    return AlertCheck(
        holds=holds,
        value=(at.now - first) / 1_000_000,
        subjects=_oldest(at, late) if holds else [],
    )


def _failure_rate(condition: AlertCondition, at: Moment) -> AlertCheck:
    since = at.since(condition.within)
    query = _select(at, sa.select(_i.id), at.query(condition.query)).where(
        _i.state.in_(("completed", "failed")), _i.updated_at >= since, _i.ended_at >= since
    )
    counts: dict[str, int] = dict(
        at.connection.execute(
            query.with_only_columns(_i.state, sa.func.count()).group_by(_i.state)
        ).all()
    )
    total, failed = sum(counts.values()), counts.get("failed", 0)
    if total < condition.at_least:
        return AlertCheck(holds=False, value=None)
    rate = round(100 * failed / total, 1)
    assert condition.threshold is not None
    holds = rate > condition.threshold
    latest = query.where(_i.state == "failed").order_by(_i.updated_at.desc())
    return AlertCheck(holds=holds, value=rate, subjects=_ids(at, latest) if holds else [])


def _absence(condition: AlertCondition, at: Moment) -> AlertCheck:
    query, column = events_of(condition, _select(at, sa.select(_i.id), at.query(condition.query)))
    order = _i.started_at if condition.event == "started" else _i.updated_at
    last = at.connection.execute(
        query.with_only_columns(column).order_by(order.desc()).limit(1)
    ).scalar()
    holds = last is None or last < at.since(condition.within)
    value = None if last is None else (at.now - last) / 1_000_000
    return AlertCheck(holds=holds, value=value)


def events_of(
    condition: AlertCondition, query: sa.Select[Any]
) -> tuple[sa.Select[Any], sa.ColumnElement[int]]:
    """Of a selection of instances those that had the event, and the column that says when."""
    if condition.event == "started":
        return query, _i.started_at
    return query.where(_i.state == condition.event), _i.ended_at


def _no_worker(condition: AlertCondition, at: Moment) -> AlertCheck:
    before = at.since(condition.within)
    idle = [
        one
        for one in _types(condition, at)
        if one.waiting and not one.is_served and one.oldest and micros(one.oldest) <= before
    ]
    return AlertCheck(
        holds=bool(idle),
        value=sum(one.waiting for one in idle),
        subjects=[one.type for one in idle[:SAMPLE]],
    )


def _queue_lag(condition: AlertCondition, at: Moment) -> AlertCheck:
    late = [(micros(one.oldest), one.type) for one in _types(condition, at) if one.oldest]
    if condition.job_type is None:
        due = sa.select(sa.func.min(_w.available_at)).where(
            _w.queue == DUE, _w.available_at <= at.now
        )
        if (first := at.connection.execute(due).scalar()) is not None:
            late.append((first, "timer"))
    late = sorted(late)
    before = at.since(condition.within)
    return AlertCheck(
        holds=bool(late) and late[0][0] < before,
        value=(at.now - late[0][0]) / 1_000_000 if late else None,
        subjects=[name for first, name in late if first < before][:SAMPLE],
    )


def _types(condition: AlertCondition, at: Moment) -> list[JobTypeView]:
    found = job_types_at(at.connection, at.now, at.shell.settings.served_within)
    return [one for one in found if condition.job_type in (None, one.type)]


def _node_lost(condition: AlertCondition, at: Moment) -> AlertCheck:
    before = moment(at.since(condition.within or SILENT))
    nodes = nodes_at(at.connection, at.now)
    alive = [one for one in nodes if one.last_seen >= before]
    lost = [
        one
        for one in nodes
        if one.last_seen < before
        and not any(two.host == one.host and two.started > one.last_seen for two in alive)
    ]
    names = [f"{one.host} ({one.id})" for one in lost[:SAMPLE]]
    if condition.threshold is not None:
        is_few = len(alive) < condition.threshold
        return AlertCheck(holds=is_few, value=len(alive), subjects=names if is_few else [])
    return AlertCheck(holds=bool(lost), value=len(lost), subjects=names)


_WAYS: Mapping[str, Callable[[AlertCondition, Moment], AlertCheck]] = {
    "count": _count,
    "age": _age,
    "failure_rate": _failure_rate,
    "absence": _absence,
    "no_worker": _no_worker,
    "node_lost": _node_lost,
    "queue_lag": _queue_lag,
}


def _select(at: Moment, query: sa.Select[Any], asked: InstanceQuery) -> sa.Select[Any]:
    return selected(query, asked, at.shell.store.profile)


def _oldest(at: Moment, query: sa.Select[Any]) -> list[str]:
    return _ids(at, query.order_by(_i.started_at))


def _ids(at: Moment, query: sa.Select[Any]) -> list[str]:
    return [str(id) for id in at.connection.execute(query.limit(SAMPLE)).scalars()]
