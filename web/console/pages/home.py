"""The first page: is anything wrong, and what first?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import url_for
from msgspec import Struct

from engine import InstanceQuery, Overview, Paging, ProcessPerformance, TaskQuery
from web.console.blueprint import page
from web.console.language import _, ngettext, pgettext
from web.console.names import Names
from web.console.near import nearest
from web.console.rendering import engine, render
from web.console.words import VAGUE, cause, named, span
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
        processes=sorted(
            overview.processes,
            key=lambda one: (-one.incidents, -one.stalled, -one.active, one.name or one.process_id),
        ),
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
                title=ngettext(
                    "%(num)s instance failed: %(reason)s",
                    "%(num)s instances failed: %(reason)s",
                    reason.count,
                    reason=reason.reason,
                ),
                text=_(
                    "%(process)s, within 24 hours",
                    process=names.get(reason.process_id) or reason.process_id,
                ),
                link=url_for(
                    "console.instances",
                    q=f"status:failed {quoted(f'process:{reason.process_id}')} "
                    + quoted(f"reason:{reason.reason}"),
                ),
                verb=_("See them"),
            ),
        )
        for reason in overview.reasons
    ]
    return [alarm for rank, alarm in sorted(ranked, key=lambda one: -one[0])]


def _causes(names: Mapping[str, str | None]) -> Iterator[tuple[int, Alarm]]:
    elements = Names(engine())
    for group in engine().incident_groups().items[:20]:
        where = _(
            "%(process)s, at %(place)s",
            process=names.get(group.process_id) or group.process_id,
            place=elements.of(group.definition, group.element) or pgettext("at", "the instance"),
        )
        rising = _("%(count)s within the last hour", count=group.last_hour)
        told = f"{where}, {rising}" if group.last_hour else where
        yield (
            10 * group.count,
            Alarm(
                status="incident",
                title=ngettext(
                    "%(num)s incident: %(error)s",
                    "%(num)s incidents: %(error)s",
                    group.count,
                    error=cause(group.error, group.shape),
                ),
                text=told if group.error in VAGUE else f"{told} – {group.message}",
                link=url_for("console.incident_group", signature=group.signature),
                verb=_("Repair"),
            ),
        )


def _unserved(overview: Overview) -> Iterator[tuple[int, Alarm]]:
    served = [one.type for one in overview.job_types if one.is_served]
    for work in overview.job_types:
        if not work.waiting or work.is_served:
            continue
        ever = work.last_seen is not None
        told = [
            ngettext("%(num)s job waits", "%(num)s jobs wait", work.waiting),
            _("nobody asks now") if ever else _("nobody ever asked for this work"),
            *(
                _("a worker asks for “%(type)s”", type=one.text)
                for one in nearest(work.type, served, 1)
            ),
        ]
        yield (
            20 * work.waiting,
            Alarm(
                status="incident",
                title=_("No worker for “%(type)s”", type=work.type),
                text="; ".join(told),
                link=url_for("console.work", type=work.type),
                verb=_("See the work"),
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
                title=ngettext(
                    "%(num)s instance older than usual",
                    "%(num)s instances older than usual",
                    found.total,
                ),
                text=_(
                    "the oldest: %(instance)s of %(process)s, for %(age)s; "
                    "95 of 100 take at most %(most)s",
                    instance=named(oldest),
                    process=names.get(oldest.process_id) or oldest.process_id,
                    age=span(overview.at - oldest.started),
                    most=most,
                ),
                link=url_for("console.instances", q="older:p95", sort="started"),
                verb=_("See them"),
            ),
        )
