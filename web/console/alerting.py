"""Alert rules in words and as forms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from msgspec import Struct

from engine import (
    ALERT_EVENTS,
    ALERT_KINDS,
    AlertCondition,
    AlertRule,
    AlertTrial,
    Invalid,
)
from web.console.language import _, ngettext, noop
from web.console.words import span
from web.query import span_of

KINDS: Mapping[str, tuple[str, str]] = {
    "absence": (noop("Nothing happens"), noop("no order completed for 30 minutes")),
    "count": (noop("Too many instances"), noop("more than 10 with incidents")),
    "age": (noop("An instance gets too old"), noop("an order runs for more than 2 days")),
    "failure_rate": (noop("Too many fail"), noop("more than 5 %% failed within an hour")),
    "no_worker": (noop("Nobody does the work"), noop("jobs wait and no worker asks for them")),
    "queue_lag": (noop("Work waits too long"), noop("the oldest job waits for 10 minutes")),
    "node_lost": (noop("A node is lost"), noop("a node is silent for a minute")),
}
"""Each kind in words, with an example, in the order in which they are offered."""
EVENTS = {
    "completed": noop("No instance completes"),
    "started": noop("No instance starts"),
    "failed": noop("No instance fails"),
    "cancelled": noop("No instance is cancelled"),
}
BEGUN: Mapping[str, Mapping[str, str]] = {
    "absence": {"within": "30m", "event": "completed"},
    "count": {"threshold": "10", "query": "status:incident"},
    "age": {"within": "2d"},
    "failure_rate": {"within": "1h", "threshold": "5", "at_least": "20"},
    "no_worker": {"within": "1m"},
    "queue_lag": {"within": "10m"},
    "node_lost": {"within": "1m"},
}
"""What a form of each kind begins with."""
ASKED: Mapping[str, tuple[str, ...]] = {
    "absence": ("query", "event", "within"),
    "count": ("query", "threshold"),
    "age": ("query", "within"),
    "failure_rate": ("query", "within", "threshold", "at_least"),
    "no_worker": ("job_type", "within"),
    "queue_lag": ("job_type", "within"),
    "node_lost": ("within", "threshold"),
}
"""The fields of each kind."""
SILENCES = {
    "1h": noop("1 hour"),
    "4h": noop("4 hours"),
    "1d": noop("1 day"),
    "7d": noop("a week"),
}


class Draft(Struct, kw_only=True):
    """A rule as a form has it: texts, and what is wrong with them."""

    kind: str
    name: str = ""
    query: str = ""
    event: str = "completed"
    within: str = ""
    threshold: str = ""
    at_least: str = "1"
    job_type: str = ""
    every: str = "1m"
    runbook: str = ""
    wrong: dict[str, str] = {}

    def condition(self) -> AlertCondition | None:
        """The condition that it says; None, and `wrong`, where it says none."""
        asked = ASKED[self.kind]
        within = self._span("within") if "within" in asked and self.within else None
        threshold = self._number("threshold") if "threshold" in asked and self.threshold else None
        least = self._number("at_least") if "at_least" in asked else 1
        self._span("every")
        if self.wrong:
            return None
        kind: Any = self.kind
        event: Any = self.event if self.event in ALERT_EVENTS else "completed"
        return AlertCondition(
            kind=kind,
            query=self.query.strip() if "query" in asked else "",
            event=event,
            within=within,
            threshold=threshold,
            at_least=int(least or 1),
            job_type=self.job_type.strip() or None if "job_type" in asked else None,
        )

    def _span(self, name: str) -> timedelta | None:
        try:
            return span_of(getattr(self, name))
        except Invalid:
            self.wrong[name] = _("a span, such as 30m, 2h or 7d")
            return None

    def _number(self, name: str) -> float | None:
        try:
            return float(getattr(self, name).replace(",", "."))
        except ValueError:
            self.wrong[name] = _("a number")
            return None


def draft_of(given: Mapping[str, str]) -> Draft | None:
    """What a form or an address says; None where it names no kind."""
    kind = given.get("kind", "")
    if kind not in ALERT_KINDS:
        return None
    names = set(Draft.__struct_fields__) - {"kind", "wrong"}
    begun = {} if "every" in given else BEGUN[kind]
    values = {name: given.get(name, begun.get(name)) for name in names}
    return Draft(kind=kind, **{k: v.strip() for k, v in values.items() if v is not None}, wrong={})


def draft_of_rule(rule: AlertRule) -> Draft:
    """A rule as its form."""
    condition = rule.condition
    return Draft(
        kind=condition.kind,
        name=rule.name,
        query=condition.query,
        event=condition.event,
        within=short_span(condition.within) if condition.within else "",
        threshold=f"{condition.threshold:g}" if condition.threshold is not None else "",
        at_least=str(condition.at_least),
        job_type=condition.job_type or "",
        every=short_span(rule.every),
        runbook=rule.runbook or "",
        wrong={},
    )


def short_span(value: timedelta) -> str:
    """As the query language writes it: `30m`."""
    seconds = int(value.total_seconds())
    for length, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds and seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def sentence(condition: AlertCondition) -> str:
    """What a rule watches."""
    query = condition.query or _("all instances")
    within = span(condition.within) if condition.within else ""
    threshold = condition.threshold or 0
    match condition.kind:
        case "count":
            return _("More than %(count)s instances: %(query)s", count=threshold, query=query)
        case "age":
            return _("One is older than %(span)s: %(query)s", span=within, query=query)
        case "failure_rate":
            return _(
                "More than %(rate)s %% failed within %(span)s, of at least %(least)s: %(query)s",
                rate=threshold,
                span=within,
                least=condition.at_least,
                query=query,
            )
        case "absence":
            return _(_NONE[condition.event], span=within, query=query)
        case "no_worker":
            work = condition.job_type or _("any kind of work")
            return _("Jobs wait and no worker asks for them: %(work)s", work=work)
        case "queue_lag":
            work = condition.job_type or _("whatever is due")
            return _("Waits for more than %(span)s: %(work)s", span=within, work=work)
        case "node_lost":
            if condition.threshold is not None:
                return _("Fewer than %(count)s nodes are alive", count=threshold)
            return _("A node is silent for %(span)s", span=within or span(timedelta(minutes=1)))


_NONE = {
    "completed": noop("No instance completed within %(span)s: %(query)s"),
    "started": noop("No instance started within %(span)s: %(query)s"),
    "failed": noop("No instance failed within %(span)s: %(query)s"),
    "cancelled": noop("No instance was cancelled within %(span)s: %(query)s"),
}


def found(condition: AlertCondition, value: float | None) -> str:
    """What a rule found, in words."""
    if value is None:
        return _("none ever") if condition.kind == "absence" else _("nothing to measure")
    match condition.kind:
        case "count":
            return ngettext("%(num)s instance", "%(num)s instances", int(value))
        case "failure_rate":
            return _("%(rate)s %% failed", rate=value)
        case "no_worker":
            return ngettext("%(num)s job waits", "%(num)s jobs wait", int(value))
        case "node_lost" if condition.threshold is not None:
            return ngettext("%(num)s node is alive", "%(num)s nodes are alive", int(value))
        case "node_lost":
            return ngettext("%(num)s node is lost", "%(num)s nodes are lost", int(value))
        case "absence":
            return _("the last one %(span)s ago", span=span(timedelta(seconds=value)))
    return _("the oldest since %(span)s", span=span(timedelta(seconds=value)))


def name_of(condition: AlertCondition) -> str:
    """A name for a rule that was given none."""
    return sentence(condition)[:200]


def bars(trial: AlertTrial) -> list[tuple[float, float, Any]]:
    """Where each firing stands in the time that was tried: left and width in per cent."""
    whole = max((trial.until - trial.since).total_seconds(), 1)
    drawn = []
    for one in trial.firings:
        left = (one.since - trial.since).total_seconds() / whole * 100
        right = ((one.until or trial.until) - trial.since).total_seconds() / whole * 100
        drawn.append((round(min(left, 99.5), 2), round(max(right - left, 0.5), 2), one))
    return drawn
