"""The whole at a glance, and what moves."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from engine.services.duties import DUE
from engine.services.instance_lists import stalled
from engine.storage import schema as t
from engine.storage.rows import moment
from engine.views import (
    Change,
    JobTypeView,
    NodeView,
    Overview,
    ProcessFigures,
    Reason,
    WorkerView,
)

if TYPE_CHECKING:
    from engine.services.shell import Shell

_i, _w, _n, _d, _p = (
    t.instance.c,
    t.subscription.c,
    t.incident.c,
    t.definition.c,
    t.poll.c,
)
DAY = 86_400_000_000
ALIVE = 15_000_000
"""Microseconds without a sign of life after which a node counts as gone."""
LOOK_AGAIN = 1.0
"""Seconds after which a listener looks for what other nodes moved."""
OVERLAP = 2_000_000
"""Microseconds that it looks back: transactions do not commit in the order of their moments."""


class OverviewMethods:
    """The part of `Engine` that shows the whole."""

    _shell: Shell

    @property
    def stalled_after(self) -> timedelta:
        """Without progress for so long an instance counts as stalled."""
        return self._shell.settings.stalled_after

    def overview(self) -> Overview:
        """Everything in numbers; a constant number of statements."""
        shell = self._shell
        with shell.store.reading() as connection:
            now = shell.store.now_in(connection)
            before = now - shell.settings.stalled_after // timedelta(microseconds=1)
            active = _count(connection, t.instance, _i.state == "active")
            failing = sa.select(sa.func.count(sa.distinct(_n.instance_id)))
            failed = (_i.state == "failed") & (_i.updated_at >= now - DAY)
            job_types = job_types_at(connection, now, shell.settings.served_within)
            return Overview(
                at=moment(now),
                in_flight=active,
                stalled=_count(connection, t.instance, *stalled(before)),
                with_incidents=connection.execute(failing).scalar_one(),
                failed_day=_count(connection, t.instance, failed),
                waiting_on_people=_count(connection, t.subscription, _w.kind == "user_task"),
                processes=_processes(connection, now, before),
                reasons=_reasons(connection, now),
                job_types=job_types,
                workers=_workers(connection, now, job_types),
                nodes=nodes_at(connection, now),
                due=_count(connection, t.subscription, _w.queue == DUE, _w.available_at <= now),
            )

    def measures(self) -> bytes:
        """Counters of this process and gauges of the whole, in Prometheus' text format 0.0.4."""
        return self._shell.measures.text(self.overview)

    def job_types(self) -> list[JobTypeView]:
        """Every kind of work that is open or asked for, and whether somebody does it."""
        shell = self._shell
        with shell.store.reading() as connection:
            now = shell.store.now_in(connection)
            return job_types_at(connection, now, shell.settings.served_within)

    def changes(
        self, after: int | None = None, *, wait: timedelta = timedelta(seconds=15)
    ) -> Iterator[Change]:
        """What moved after a position, oldest first; None: from now on. Ends after `wait` without
        anything. What this process does comes at once, the work of others within a second."""
        shell = self._shell
        position = shell.store.now() if after is None else after
        seen: dict[int, int] = {}
        quiet = time.monotonic() + wait.total_seconds()
        while True:
            news = shell.hub.count
            for change, revision in _moved(shell, position):
                instance = change.instance or 0
                if seen.get(instance) != revision:
                    seen[instance] = revision
                    quiet = time.monotonic() + wait.total_seconds()
                    yield change
                position = max(position, change.position)
            left = quiet - time.monotonic()
            if left <= 0:
                return
            shell.hub.wait(news, min(left, LOOK_AGAIN))


def _moved(shell: Shell, after: int) -> list[tuple[Change, int]]:
    since = after - OVERLAP
    query = (
        sa.select(_i.id, _i.root_id, _i.process_id, _i.updated_at, _i.revision)
        .where(_i.state.in_(["active", "completed", "failed", "cancelled"]))
        .where(_i.updated_at > since)
        .order_by(_i.updated_at, _i.id)
        .limit(10_000)
    )
    with shell.store.reading() as connection:
        rows = connection.execute(query).all()
        deployed = connection.execute(
            sa.select(t.deployment.c.at, t.deployment.c.id).where(t.deployment.c.at > since)
        ).all()
    found = [
        (
            Change(
                position=row.updated_at,
                instance=row.id,
                process_id=row.process_id,
                root=row.root_id,
            ),
            row.revision,
        )
        for row in rows
    ]
    found += [(Change(position=row.at, instance=None, process_id=None), row.id) for row in deployed]
    return sorted(found, key=lambda pair: pair[0].position)


def _count(connection: sa.Connection, table: sa.Table, *which: sa.ColumnElement[bool]) -> int:
    query = sa.select(sa.func.count()).select_from(table).where(*which)
    return int(connection.execute(query).scalar_one())


def _processes(connection: sa.Connection, now: int, before: int) -> list[ProcessFigures]:
    keys: dict[int, str] = {}
    names: dict[str, str | None] = {}
    rows = sa.select(_d.id, _d.ref, _d.name).where(_d.kind == "process").order_by(_d.version)
    for key, ref, name in connection.execute(rows):
        keys[key], names[ref] = ref, name
    figures: dict[str, Counter[str]] = {ref: Counter() for ref in names}
    day = now - DAY
    recent = (_i.state != "active") & (_i.updated_at >= day)
    for label, which in (
        ("active", _i.state == "active"),
        ("stalled", sa.and_(*stalled(before))),
        ("failed", _i.state == "failed"),
        ("started_day", _i.started_at >= day),
    ):
        query = sa.select(_i.definition_id, sa.func.count()).where(which)
        for key, count in connection.execute(query.group_by(_i.definition_id)):
            figures[keys[key]][label] += count
    query = sa.select(_i.definition_id, _i.state, sa.func.count()).where(recent)
    for key, state, count in connection.execute(query.group_by(_i.definition_id, _i.state)):
        figures[keys[key]][f"{state}_day"] += count
    incidents = sa.select(_n.definition_id, sa.func.count()).group_by(_n.definition_id)
    for key, count in connection.execute(incidents):
        figures[keys[key]]["incidents"] += count
    return [
        ProcessFigures(
            process_id=ref,
            name=names[ref],
            **{name: found[name] for name in ProcessFigures.__struct_fields__[2:]},
        )
        for ref, found in sorted(figures.items())
    ]


def _reasons(connection: sa.Connection, now: int) -> list[Reason]:
    count = sa.func.count()
    query = (
        sa.select(_i.process_id, _i.reason, count, sa.func.max(_i.updated_at))
        .where(_i.state == "failed", _i.updated_at >= now - 7 * DAY)
        .group_by(_i.process_id, _i.reason)
        .order_by(count.desc())
        .limit(50)
    )
    return [
        Reason(process_id=ref, reason=reason or "no reason given", count=n, last=moment(last))
        for ref, reason, n, last in connection.execute(query)
    ]


def job_types_at(
    connection: sa.Connection, now: int, served_within: timedelta
) -> list[JobTypeView]:
    """Every kind of work that is open or asked for."""
    is_claimed = sa.and_(_w.claimed_at.is_not(None), _w.available_at > now)
    group = sa.case((_w.retries == 0, "exhausted"), (is_claimed, "claimed"), else_="waiting")
    query = (
        sa.select(_w.name, group.label("state"), sa.func.count(), sa.func.min(_w.created_at))
        .where(_w.kind == "job")
        .group_by(_w.name, "state")
    )
    counts: dict[str, Counter[str]] = {}
    oldest: dict[str, int] = {}
    for name, state, count, first in connection.execute(query):
        counts.setdefault(name, Counter())[state] += count
        if state == "waiting":
            oldest[name] = first
    polls: dict[str, list[tuple[int, str]]] = {}
    for worker, kind, seen in connection.execute(sa.select(_p.worker, _p.type, _p.seen_at)):
        polls.setdefault(kind, []).append((seen, worker))
    window = served_within // timedelta(microseconds=1)
    views = []
    for name in sorted({*counts, *polls}):
        found, seen_by = counts.get(name, Counter()), sorted(polls.get(name, []), reverse=True)
        recent = [worker for seen, worker in seen_by if seen >= now - window]
        if not found and not recent:
            continue
        views.append(
            JobTypeView(
                type=name,
                waiting=found["waiting"],
                claimed=found["claimed"],
                exhausted=found["exhausted"],
                oldest=moment(oldest[name]) if name in oldest else None,
                workers=recent,
                last_seen=moment(seen_by[0][0]) if seen_by else None,
                is_served=bool(recent),
            )
        )
    return views


def _workers(connection: sa.Connection, now: int, job_types: list[JobTypeView]) -> list[WorkerView]:
    claimed: dict[Any, int] = dict(
        connection.execute(
            sa.select(_w.worker, sa.func.count())
            .where(_w.kind == "job", _w.claimed_at.is_not(None), _w.available_at > now)
            .group_by(_w.worker)
        ).all()
    )
    kinds: dict[str, list[str]] = {}
    for view in job_types:
        for worker in view.workers:
            kinds.setdefault(worker, []).append(view.type)
    last = dict(
        connection.execute(sa.select(_p.worker, sa.func.max(_p.seen_at)).group_by(_p.worker)).all()
    )
    return [
        WorkerView(
            name=name, types=types, last_seen=moment(last[name]), claimed=claimed.get(name, 0)
        )
        for name, types in sorted(kinds.items())
    ]


def nodes_at(connection: sa.Connection, now: int) -> list[NodeView]:
    """The nodes that were heard of within a day and have not signed off."""
    c = t.node.c
    query = sa.select(t.node).where(c.seen_at >= now - DAY).order_by(c.started_at)
    return [
        NodeView(
            id=row.id,
            version=row.version,
            host=row.host,
            started=moment(row.started_at),
            last_seen=moment(row.seen_at),
            is_alive=row.seen_at >= now - ALIVE,
        )
        for row in connection.execute(query)
    ]
