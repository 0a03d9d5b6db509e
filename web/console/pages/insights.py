"""How a process has done: throughput, durations, success, retries and compensations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from engine import ProcessInsights, StepInsight
from web.console import extent
from web.console.blueprint import page
from web.console.language import _, decimal, ngettext, noop
from web.console.rendering import engine, render
from web.console.words import span

SPANS = {"1": 1, "7": 7, "30": 30, "90": 90}
"""Days, by what the address says."""
HEATS: dict[str, tuple[str, Callable[[StepInsight], float], Callable[[StepInsight], str]]] = {
    "duration": (
        noop("Duration (95 of 100)"),
        lambda one: one.usual.most.total_seconds() if one.usual else 0,
        lambda one: span(one.usual.most) if one.usual else "",
    ),
    "failures": (
        noop("Incidents and cancellations"),
        lambda one: one.incidents + one.cancelled,
        lambda one: decimal(one.incidents + one.cancelled),
    ),
    "retries": (noop("Retries"), lambda one: one.retries, lambda one: f"{decimal(one.retries)}×"),
    "compensations": (
        noop("Compensations"),
        lambda one: one.compensated,
        lambda one: f"{decimal(one.compensated)}×",
    ),
    "visits": (noop("Visits"), lambda one: one.entered, lambda one: f"{decimal(one.entered)}×"),
}
"""Word, value and text of what can be shown as heat."""
LEVELS = 5


@page("/processes/<process_id>/insights", "view")
def insights(process_id: str) -> ResponseReturnValue:
    """A process within the last days (`days`), of one version (`v`) or all, with one measure of its
    steps as heat (`heat`)."""
    days = request.args.get("days", "7")
    days = days if days in SPANS else "7"
    heat = request.args.get("heat", "duration")
    heat = heat if heat in HEATS else "duration"
    asked = request.args.get("v", "")
    version = int(asked) if asked.isdecimal() and len(asked) < 10 else None
    latest = engine().latest(process_id)
    found = engine().insights(process_id, version=version, within=timedelta(days=int(days)))
    shown = latest
    if version is not None:
        key = next(one.key for one in engine().versions(process_id) if one.version == version)
        shown = engine().definition(key)
    places = {element: place for place, element in enumerate(shown.elements)}
    return render(
        "insights.html",
        definition=shown,
        process_id=process_id,
        versions=[one.version for one in engine().versions(process_id)],
        version=version,
        days=days,
        spans={value: told(count) for value, count in SPANS.items()},
        heat=heat,
        heats={name: _(entry[0]) for name, entry in HEATS.items()},
        found=found,
        highest=max((max(one.started, _ended(one)) for one in found.intervals), default=0),
        strain=max(max(one.retries, one.incidents, one.compensated) for one in found.efforts),
        named=lambda steps: [
            shown.elements.get(one, one)
            for one in steps
            if not shown.kinds.get(one, "").endswith("Gateway")
        ],
        slowest=max(
            (one for one in found.steps if one.usual), key=HEATS["duration"][1], default=None
        ),
        steps=sorted(found.steps, key=lambda one: places.get(one.element, len(places))),
        ratio=extent.ratio(engine().diagram(shown.key)),
        facts=_facts(found, heat),
    )


def told(days: int) -> str:
    """How long a time of so many days is called."""
    return _("24 hours") if days == 1 else ngettext("%(num)s day", "%(num)s days", days)


def _ended(one: Any) -> int:
    return int(one.completed + one.failed + one.cancelled)


def _facts(found: ProcessInsights, heat: str) -> Mapping[str, Any]:
    """Each step's value in words, and its level from 1 to 5 against the highest."""
    word, value, text = HEATS[heat]
    highest = max((value(one) for one in found.steps), default=0)
    elements = {
        one.element: {
            "heat": max(1, round(LEVELS * value(one) / highest)),
            "count": text(one),
            "countTitle": f"{_(word)}: {text(one)}",
        }
        for one in found.steps
        if value(one) > 0
    }
    return {"elements": elements, "flows": {}, "selected": None}
