"""What happened in this process, counted for Prometheus from the facts that were committed.

Counters and durations are this node's own: their sums over all nodes are the whole. Gauges are read
from the database when somebody asks, so every node gives the same ones: take their maximum.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from engine.history import Record
    from engine.storage.rows import Head
    from engine.views import Overview

Facts = Sequence[tuple["Head", Sequence["Record"]]]
"""What commands recorded, with the instance's head as it was then."""

MOMENTS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
SPANS = (0.01, 0.05, 0.25, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0, 7200.0, 86400.0, 604800.0)
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
STEPS = {"left": "completed", "cancelled": "cancelled", "parked": "incident"}
"""Kinds of record that end a visit of a flow node, and the outcome that they are."""
DETAILED = frozenset({"ended", "attempt", "intervention"})
"""Kinds of record of which more than their number is told."""


class Measures:
    """The counters of one engine; each name begins with `kapellmeister_`."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._lock = threading.Lock()
        self._counted: dict[tuple[str, str | None, str], int] = {}
        """Records since somebody asked last, by process, element and kind."""
        self._verbs: dict[str, int] = {}
        """Interventions since then, by verb."""
        self._children: dict[tuple[Any, ...], Histogram] = {}

        def counter(name: str, about: str, *labels: str) -> Counter:
            return Counter(f"kapellmeister_{name}", about, labels, registry=self.registry)

        def span(name: str, about: str, buckets: Sequence[float], *labels: str) -> Histogram:
            return Histogram(
                f"kapellmeister_{name}", about, labels, registry=self.registry, buckets=buckets
            )

        self._started = counter("instances_started", "Process instances started", "process")
        self._ended = span(
            "instance_seconds", "Time from start to end of instances", SPANS, "process", "state"
        )
        self._visits = counter(
            "element_visits", "Visits of flow nodes that ended", "process", "element", "outcome"
        )
        self._attempts = span(
            "job_seconds", "Time from claim to answer of jobs", SPANS, "type", "outcome"
        )
        self._retries = counter("job_retries", "Attempts after the first one", "type")
        self._compensations = counter(
            "compensations", "Compensations of activities begun", "process", "element"
        )
        self._incidents = counter("incidents", "Incidents raised", "process", "kind")
        self._resolved = counter("incidents_resolved", "Incidents resolved", "process")
        self._interventions = counter("interventions", "Operators' actions", "verb")
        self._commits = span("commit_seconds", "Time of transactions that write", MOMENTS)
        self._commands = span("commit_commands", "Commands that shared a transaction", SIZES)
        self._claims = span("claim_seconds", "Time of claims of jobs", MOMENTS)
        self._conflicts = counter("conflicts", "Transactions tried again after a conflict")
        self._fenced = counter("fenced", "Answers refused because the claim was lost")
        self._deliveries = counter(
            "webhook_deliveries", "Events told to webhooks, by what came of it", "outcome"
        )

    def committed(self, facts: Facts, commands: int, seconds: float) -> None:
        """One transaction is in the database."""
        self._commits.observe(seconds)
        self._commands.observe(commands)
        with self._lock:
            counted = self._counted
            for head, records in facts:
                process = head.process_id
                for record in records:
                    kind = record.kind
                    labels = (process, record.element, kind)
                    counted[labels] = counted.get(labels, 0) + 1
                    if kind in DETAILED:
                        self._tell(head, record)

    def claimed(self, seconds: float) -> None:
        """Jobs were asked for."""
        self._claims.observe(seconds)

    def conflicted(self) -> None:
        """A transaction met another one and is tried again."""
        self._conflicts.inc()

    def fenced(self) -> None:
        """An answer came from somebody who had lost the claim."""
        self._fenced.inc()

    def delivered(self, outcome: str) -> None:
        """An event was taken by a webhook, failed, or failed so often that it is disabled."""
        self._deliveries.labels(outcome).inc()

    def text(self, overview: Callable[[], Overview]) -> bytes:
        """Everything in Prometheus' text format 0.0.4; the gauges from an overview taken now."""
        with self._lock:
            counted, self._counted = self._counted, {}
            verbs, self._verbs = self._verbs, {}
        for verb, count in verbs.items():
            self._interventions.labels(verb).inc(count)
        for (process, element, kind), count in counted.items():
            self._count(process, element or "", kind, count)
        return generate_latest(self.registry) + generate_latest(_registry(_Gauges(overview())))

    def _count(self, process: str, element: str, kind: str, count: int) -> None:
        if kind in STEPS:
            self._visits.labels(process, element, STEPS[kind]).inc(count)
        match kind:
            case "started":
                self._started.labels(process).inc(count)
            case "compensating":
                self._compensations.labels(process, element).inc(count)
            case "parked" | "incident":
                self._incidents.labels(process, kind).inc(count)
            case "resolved":
                self._resolved.labels(process).inc(count)

    def _tell(self, head: Head, record: Record) -> None:
        process, detail = head.process_id, record.detail
        match record.kind:
            case "ended":
                if record.token is None and record.element == process:
                    seconds = (head.updated_at - head.started_at) / 1_000_000
                    self._child(self._ended, process, head.state).observe(seconds)
            case "attempt":
                failed = "failed" if "error" in detail else "completed"
                outcome = "bpmn_error" if "bpmn_error" in detail else failed
                name = str(detail.get("type"))
                self._child(self._attempts, name, outcome).observe(detail.get("seconds", 0.0))
                if detail.get("number", 1) > 1:
                    self._retries.labels(name).inc()
            case "intervention":
                verb = str((detail or {}).get("verb"))
                self._verbs[verb] = self._verbs.get(verb, 0) + 1

    def _child(self, of: Histogram, *labels: str) -> Histogram:
        """The one with these labels; asking for it each time costs more than observing."""
        found = self._children.get((of, *labels))
        if found is None:
            found = self._children[of, *labels] = of.labels(*labels)
        return found


class _Gauges(Collector):
    """What the database shows at one moment."""

    def __init__(self, overview: Overview) -> None:
        self._overview = overview

    def collect(self) -> Iterator[Metric]:
        found = self._overview
        for name, about, value in (
            ("instances_in_flight", "Active process instances", found.in_flight),
            ("instances_stalled", "Active without progress, waiting for nobody", found.stalled),
            ("instances_with_incidents", "Active with an open incident", found.with_incidents),
            ("tasks_waiting", "User tasks that wait for people", found.waiting_on_people),
            ("due_backlog", "Timers and continuations due and not done", found.due),
        ):
            yield GaugeMetricFamily(f"kapellmeister_{name}", about, value=value)
        yield _family(
            "jobs",
            "Jobs by type and state",
            ("type", "state"),
            (
                ((view.type, state), count)
                for view in found.job_types
                for state, count in (
                    ("waiting", view.waiting),
                    ("claimed", view.claimed),
                    ("exhausted", view.exhausted),
                )
            ),
        )
        yield _family(
            "job_oldest_seconds",
            "Age of the oldest job that waits",
            ("type",),
            (
                ((view.type,), (found.at - view.oldest).total_seconds())
                for view in found.job_types
                if view.oldest
            ),
        )
        yield _family(
            "job_workers",
            "Workers that asked for this type of late; 0 with jobs waiting is an alarm",
            ("type",),
            (((view.type,), len(view.workers)) for view in found.job_types),
        )
        yield _family(
            "incidents_open",
            "Open incidents",
            ("process",),
            (((view.process_id,), view.incidents) for view in found.processes),
        )
        yield _family(
            "node_silent_seconds",
            "Time since a node's last sign of life",
            ("node", "host", "version"),
            (
                ((node.id, node.host, node.version), (found.at - node.last_seen).total_seconds())
                for node in found.nodes
            ),
        )


def _family(
    name: str,
    about: str,
    labels: Sequence[str],
    values: Iterator[tuple[Sequence[str], float]],
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"kapellmeister_{name}", about, labels=labels)
    for given, value in values:
        family.add_metric(given, value)
    return family


def _registry(collector: Collector) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(collector)
    return registry
