"""Alert rules, what they have told, and what they would have told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, TypeAlias, get_args

from msgspec import Struct

AlertKind: TypeAlias = Literal[
    "count", "age", "failure_rate", "absence", "no_worker", "node_lost", "queue_lag"
]
ALERT_KINDS: tuple[AlertKind, ...] = get_args(AlertKind)
AlertEvent: TypeAlias = Literal["started", "completed", "failed", "cancelled"]
ALERT_EVENTS: tuple[AlertEvent, ...] = get_args(AlertEvent)
AlertState: TypeAlias = Literal["ok", "firing", "acknowledged"]


class AlertCondition(Struct, frozen=True, kw_only=True):
    """What a rule watches.

    count         more than `threshold` instances fit `query`
    age           an active instance that fits `query` is older than `within`
    failure_rate  of the instances that fit `query` and ended `within`, more than `threshold` per
                  cent failed, of at least `at_least`
    absence       no instance that fits `query` had its `event` `within`
    no_worker     jobs (of `job_type`, or any) have waited for `within`, and nobody asks for them
    node_lost     a node has been silent for `within` and no other of its host has come since; or,
                  with a `threshold`, fewer nodes than that are alive
    queue_lag     a job (of `job_type`), or without one whatever is due, has waited for `within`
    """

    kind: AlertKind
    query: str = ""
    """In the query language; empty: all instances."""
    event: AlertEvent = "completed"
    within: timedelta | None = None
    threshold: float | None = None
    at_least: int = 1
    job_type: str | None = None


class AlertRule(Struct, frozen=True, kw_only=True):
    """A condition that is watched."""

    id: int
    name: str
    condition: AlertCondition
    every: timedelta
    """Between two evaluations."""
    runbook: str | None
    """What to do, in words or as an address."""
    is_enabled: bool
    state: AlertState
    silenced_until: datetime | None
    """Until then it is evaluated and tells nobody."""
    since: datetime
    """Of its state."""
    evaluated: datetime | None
    next_evaluation: datetime
    value: float | None
    """As it was last found: a number, per cent, or seconds."""
    problem: str | None
    """Why it could not be evaluated last."""
    firing: int | None
    """The open firing."""
    created: datetime
    created_by: str


class AlertFiring(Struct, frozen=True, kw_only=True):
    """One time that a rule's condition held."""

    id: int
    rule: int
    name: str
    condition: AlertCondition
    runbook: str | None
    is_test: bool
    fired: datetime
    told: datetime | None
    """Since when webhooks and the bell tell of it; None: it was silenced."""
    value: float | None
    """When it fired."""
    worst: float | None
    subjects: list[str]
    """Some of what it is about: job types, nodes, ids of instances."""
    acknowledged: datetime | None
    acknowledged_by: str | None
    resolved: datetime | None


class AlertSpan(Struct, frozen=True, kw_only=True):
    """From when to when a rule would have fired; `until` None: it would fire still."""

    since: datetime
    until: datetime | None
    worst: float | None


class AlertTrial(Struct, frozen=True, kw_only=True):
    """What a rule would have told, by what was recorded."""

    since: datetime
    until: datetime
    firings: list[AlertSpan]
    evaluations: int
    """So many it was tried at."""
    instances: int
    """So many were looked at."""
    is_cut: bool = False
    """There were more; those of the latest moves were taken."""
    unknown: str | None = None
    """Why nothing can be said of the past; then there are no firings."""


class AlertCheck(Struct, frozen=True, kw_only=True):
    """What a condition comes to now."""

    holds: bool
    value: float | None
    subjects: list[str] = []
