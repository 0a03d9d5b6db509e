"""The first page: is anything wrong, and what first? And the reader's own preferences."""

from __future__ import annotations

from typing import Any

from flask import make_response, redirect, request, url_for
from msgspec import Struct

from engine import IncidentQuery, Overview, Paging, TaskQuery
from web.console.blueprint import page
from web.console.names import Names
from web.console.rendering import engine, render
from web.console.words import plural

YEAR = 365 * 86400


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
    incidents = engine().incidents(IncidentQuery(), Paging(limit=200))
    return render(
        "home.html",
        overview=overview,
        busy=[
            work for work in overview.job_types if work.waiting or work.claimed or work.exhausted
        ],
        alarms=_alarms(overview, incidents.items),
        tasks=engine().tasks(TaskQuery(), Paging(limit=6)),
        is_empty=not overview.processes,
    )


def _alarms(overview: Overview, incidents: list[Any]) -> list[Alarm]:
    """Worst first: groups of incidents, work that nobody does, failures by reason."""
    groups: dict[tuple[str, str, str | None], list[Any]] = {}
    for incident in incidents:
        groups.setdefault((incident.process_id, incident.error, incident.element), []).append(
            incident
        )
    elements = Names(engine())
    names = {process.process_id: process.name for process in overview.processes}
    alarms = [
        Alarm(
            status="incident",
            title=f"{plural(len(group), 'incident')}: {error}",
            text=f"{names.get(process) or process}, at "
            f"{elements.of(group[0].definition, element) or 'the instance'} – {group[0].message}",
            link=url_for("console.incidents", q=error, process=process),
            verb="Look",
        )
        for (process, error, element), group in sorted(
            groups.items(), key=lambda item: -len(item[1])
        )
    ]
    alarms += [
        Alarm(
            status="waiting",
            title=f"No worker for “{work.type}”",
            text=f"{plural(work.waiting, 'job waits', 'jobs wait')}; "
            + ("nobody ever asked for this work" if work.last_seen is None else "nobody asks now"),
            link=url_for("console.instances", q="status:running"),
            verb="See instances",
        )
        for work in overview.job_types
        if work.waiting and not work.is_served
    ]
    alarms += [
        Alarm(
            status="failed",
            title=f"{plural(reason.count, 'instance')} failed: {reason.reason}",
            text=str(names.get(reason.process_id) or reason.process_id),
            link=url_for(
                "console.instances",
                q=f'status:failed process:{reason.process_id} "reason:{reason.reason}"',
            ),
            verb="See instances",
        )
        for reason in sorted(overview.reasons, key=lambda reason: -reason.count)
    ]
    return alarms


@page("/preferences", "anyone", "POST")
def preferences() -> Any:
    """Remembers how a reader wants to see the console, and goes back to where they were."""
    theme = request.form.get("theme", "system")
    answer = make_response(redirect(_back(), 303))
    if theme in ("light", "dark", "system"):
        answer.set_cookie("theme", theme, max_age=YEAR, samesite="Lax")
    return answer


def _back() -> str:
    """The page a form was sent from, if it is one of ours."""
    referrer = request.referrer or ""
    return referrer if referrer.startswith(request.host_url) else url_for("console.home")
