"""The first page: is anything wrong, and what first?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import url_for
from msgspec import Struct

from engine import InstanceQuery, Overview, Paging, ProcessPerformance, TaskQuery
from web.console.blueprint import page
from web.console.names import Names
from web.console.near import nearest
from web.console.rendering import engine, render
from web.console.words import named, plural, span
from web.query import quoted

ENOUGH = 5
"""Of so many it can be said what is usual."""


class Alarm(Struct, frozen=True, kw_only=True):
    """One thing that needs somebody, with the one place to go."""

    status: str
    title: str
    text: str
    link: str
    verb: str


@page("/", "view")
def home() -> Any:
    """Four numbers, what needs attention, the processes."""
    overview = engine().overview()
    performance = {one.process_id: one for one in engine().performance()}
    return render(
        "home.html",
        overview=overview,
        busy=[
            work for work in overview.job_types if work.waiting or work.claimed or work.exhausted
        ],
        alarms=_alarms(overview, performance),
        performance=performance,
        tasks=engine().tasks(TaskQuery(), Paging(limit=6)),
        batches=engine().batches(("running", "paused", "stopped"), Paging(limit=5)).items,
        is_empty=not overview.processes,
    )


def _alarms(overview: Overview, performance: Mapping[str, ProcessPerformance]) -> list[Alarm]:
    """What concerns most, first: causes of incidents, work that nobody does, instances that take
    longer than is usual, failures by reason."""
    names = {process.process_id: process.name for process in overview.processes}
    ranked = [*_causes(names), *_unserved(overview), *_late(overview, performance, names)]
    ranked += [
        (
            reason.count,
            Alarm(
                status="failed",
                title=f"{plural(reason.count, 'instance')} failed: {reason.reason}",
                text=f"{names.get(reason.process_id) or reason.process_id}, within 24 hours",
                link=url_for(
                    "console.instances",
                    q=f"status:failed {quoted(f'process:{reason.process_id}')} "
                    + quoted(f"reason:{reason.reason}"),
                ),
                verb="See them",
            ),
        )
        for reason in overview.reasons
    ]
    return [alarm for _, alarm in sorted(ranked, key=lambda one: -one[0])]


def _causes(names: Mapping[str, str | None]) -> Iterator[tuple[int, Alarm]]:
    elements = Names(engine())
    for group in engine().incident_groups().items[:20]:
        place = elements.of(group.definition, group.element) or "the instance"
        rising = f", {group.last_hour} within the last hour" if group.last_hour else ""
        yield (
            10 * group.count,
            Alarm(
                status="incident",
                title=f"{plural(group.count, 'incident')}: {group.error}",
                text=f"{names.get(group.process_id) or group.process_id}, at {place}{rising} – "
                + group.message,
                link=url_for("console.incident_group", signature=group.signature),
                verb="Repair",
            ),
        )


def _unserved(overview: Overview) -> Iterator[tuple[int, Alarm]]:
    served = [one.type for one in overview.job_types if one.is_served]
    for work in overview.job_types:
        if not work.waiting or work.is_served:
            continue
        told = "nobody ever asked for this work" if work.last_seen is None else "nobody asks now"
        close = [f"; a worker asks for “{one.text}”" for one in nearest(work.type, served, 1)]
        yield (
            20 * work.waiting,
            Alarm(
                status="incident",
                title=f"No worker for “{work.type}”",
                text=f"{plural(work.waiting, 'job waits', 'jobs wait')}; {told}{''.join(close)}",
                link=url_for("console.work", type=work.type),
                verb="See the work",
            ),
        )


def _late(
    overview: Overview,
    performance: Mapping[str, ProcessPerformance],
    names: Mapping[str, str | None],
) -> Iterator[tuple[int, Alarm]]:
    """Instances that run for longer than 95 of 100 did, of all processes at once."""
    late = tuple(
        InstanceQuery(
            process_ids=(one.process_id,),
            states=("active",),
            started_before=overview.at - one.usual.most,
        )
        for one in performance.values()
        if one.usual and one.usual.count >= ENOUGH
    )
    if not late:
        return
    query = InstanceQuery(any_of=late, order="started")
    found = engine().instances(query, Paging(limit=1))
    for oldest in found.items:
        usual = performance[oldest.process_id].usual
        most = span(usual.most) if usual else ""
        yield (
            found.total,
            Alarm(
                status="waiting",
                title=f"{plural(found.total, 'instance')} older than usual",
                text=f"the oldest: {named(oldest)} of {names.get(oldest.process_id)}, for "
                f"{span(overview.at - oldest.started)}; 95 of 100 take at most {most}",
                link=url_for("console.instances", q="older:p95", sort="started"),
                verb="See them",
            ),
        )
