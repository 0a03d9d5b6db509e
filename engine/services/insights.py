"""How a process has done: read from its instances and from what was recorded of them."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from engine.errors import Invalid, NotFound
from engine.services.insight_records import Recorded
from engine.services.performance import usual_of
from engine.storage import schema as t
from engine.storage.rows import moment
from engine.views.insights import Band, Interval, ProcessInsights, VersionInsight

if TYPE_CHECKING:
    from engine.services.shell import Shell

_d, _i, _h = t.definition.c, t.instance.c, t.history.c
SECOND, MINUTE, HOUR, DAY = 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000
LIMITS = (
    *(SECOND // 10, SECOND, 5 * SECOND, 15 * SECOND),
    *(MINUTE, 5 * MINUTE, 15 * MINUTE),
    *(HOUR, 4 * HOUR, 12 * HOUR),
    *(DAY, 3 * DAY, 7 * DAY, 30 * DAY, 90 * DAY),
)
"""The bands of durations and ages end there, in microseconds."""
MOST = 20_000
"""So many of the instances that moved last are counted."""
SAMPLED = 1_000
"""The records of so many of them are read."""


class InsightMethods:
    """The part of `Engine` that looks at how one process has done."""

    _shell: Shell

    def insights(
        self,
        process_id: str,
        *,
        version: int | None = None,
        within: timedelta = timedelta(days=7),
    ) -> ProcessInsights:
        """A process, or one version of it, within a span up to now, by hour up to two days and by
        day beyond; four statements. Raises NotFound, and Invalid for a span of over 366 days."""
        if not timedelta(0) < within <= timedelta(days=366):
            raise Invalid(f"within {within}: a span of up to 366 days would do")
        with self._shell.store.reading() as connection:
            now = self._shell.store.now_in(connection)
            length = HOUR if within <= timedelta(days=2) else DAY
            since = (now - within // timedelta(microseconds=1)) // length * length + length
            versions = _versions(connection, process_id)
            if version is not None:
                versions = {key: one for key, one in versions.items() if one == version}
            if not versions:
                named = "" if version is None else f", version {version}"
                raise NotFound(f"process '{process_id}'{named}: there is none")
            moved = connection.execute(
                sa.select(
                    _i.partition_id, _i.id, _i.definition_id, _i.state, _i.started_at, _i.ended_at
                )
                .where(
                    _i.state.in_(["active", "completed", "failed", "cancelled"]),
                    _i.definition_id.in_(list(versions)),
                    _i.updated_at >= since,
                )
                .order_by(_i.updated_at.desc(), _i.id)
                .limit(MOST)
            ).all()
            sample = moved[:SAMPLED]
            steps = connection.execute(
                sa.select(_h.instance_id, _h.at, _h.records)
                .where(
                    _h.partition_id.in_({row.partition_id for row in sample}),
                    _h.instance_id.in_([row.id for row in sample]),
                )
                .order_by(_h.instance_id, _h.first_number)
            )
            seen = Recorded.of(steps)
            ways, other_ways = seen.ways(sample)
            return ProcessInsights(
                since=moment(since),
                intervals=_intervals(moved, since, now, length),
                versions=_by_version(moved, versions),
                steps=seen.steps(),
                durations=_durations(moved),
                ages=_ages(connection, versions, now),
                efforts=seen.efforts(since, now, length),
                ways=ways,
                other_ways=other_ways,
                sampled=len(sample),
                total=len(moved),
            )


def _versions(connection: sa.Connection, process_id: str) -> dict[int, int]:
    query = sa.select(_d.id, _d.version).where(_d.kind == "process", _d.ref == process_id)
    found = connection.execute(query.order_by(_d.version.desc())).all()
    return {row.id: row.version for row in found}


def _intervals(moved: Sequence[Any], since: int, now: int, length: int) -> list[Interval]:
    counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for row in moved:
        counts[row.started_at // length]["started"] += 1
        if row.state != "active" and row.ended_at is not None:
            counts[row.ended_at // length][row.state] += 1
    return [
        Interval(since=moment(place * length), **counts[place])
        for place in range(since // length, now // length + 1)
    ]


def _by_version(moved: Sequence[Any], versions: dict[int, int]) -> list[VersionInsight]:
    counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
    durations: defaultdict[int, list[int]] = defaultdict(list)
    for row in moved:
        counts[row.definition_id]["running" if row.state == "active" else row.state] += 1
        if row.state == "completed":
            durations[row.definition_id].append(row.ended_at - row.started_at)
    return [
        VersionInsight(
            version=version,
            key=key,
            usual=usual_of(durations[key]) if durations[key] else None,
            **counts[key],
        )
        for key, version in versions.items()
        if counts[key]
    ]


def _bands(counts: Mapping[int, int]) -> list[Band]:
    """The bands from the first to the last in which anything is, by their places."""
    if not counts:
        return []
    return [
        Band(
            until=timedelta(microseconds=LIMITS[place]) if place < len(LIMITS) else None,
            count=counts.get(place, 0),
        )
        for place in range(min(counts), max(counts) + 1)
    ]


def _durations(moved: Sequence[Any]) -> list[Band]:
    return _bands(
        Counter(
            bisect_left(LIMITS, row.ended_at - row.started_at)
            for row in moved
            if row.state == "completed"
        )
    )


def _ages(connection: sa.Connection, definitions: Collection[int], now: int) -> list[Band]:
    place = sa.case(
        *((_i.started_at >= now - limit, place) for place, limit in enumerate(LIMITS)),
        else_=len(LIMITS),
    ).label("place")
    query = sa.select(place, sa.func.count()).where(
        _i.state == "active", _i.definition_id.in_(definitions)
    )
    return _bands(dict(connection.execute(query.group_by(place)).all()))
