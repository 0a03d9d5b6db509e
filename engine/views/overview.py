"""Messages, subscriptions, and the whole at a glance."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from msgspec import Struct


class Published(Struct, frozen=True, kw_only=True):
    """What became of a message."""

    id: int
    """The message's, as kept."""
    name: str
    key: str | None
    instance: int | None = None
    """Who received it, or was started by it."""
    started: bool = False
    buffered: bool = False
    """Nobody waits for it now; it is kept until its time to live is over."""
    duplicate: bool = False
    """The same message id came before: nothing happened now."""


class BroadcastResult(Struct, frozen=True, kw_only=True):
    name: str
    instances: list[int]
    """Who received the signal."""
    started: list[int]


class SubscriptionQuery(Struct, frozen=True, kw_only=True):
    kinds: tuple[str, ...] = ("message", "signal", "timer")
    name: str | None = None
    key: str | None = None
    instance: int | None = None
    order: Literal["created", "due"] = "created"
    """due: those that are due at all, the next one first."""


class SubscriptionView(Struct, frozen=True, kw_only=True):
    """Who waits for what; `instance` is None for a definition's start event."""

    id: int
    kind: str
    name: str | None
    key: str | None
    due: datetime | None
    element: str
    instance: int | None
    process_id: str
    version: int
    definition: int
    business_key: str | None
    created: datetime


class MessageQuery(Struct, frozen=True, kw_only=True):
    text: str | None = None
    """A part of the name or key."""
    name: str | None = None
    key: str | None = None


class MessageView(Struct, frozen=True, kw_only=True):
    """A published message that nobody has received yet."""

    id: int
    name: str
    key: str | None
    variables: Mapping[str, Any]
    published: datetime
    expires: datetime
    source: int | None
    """The instance that threw it; None: it came from outside."""


class ProcessFigures(Struct, frozen=True, kw_only=True):
    process_id: str
    name: str | None
    active: int
    stalled: int
    failed: int
    incidents: int
    started_day: int
    completed_day: int
    failed_day: int
    cancelled_day: int
    """Within the last 24 hours."""


class Reason(Struct, frozen=True, kw_only=True):
    """Failed instances that share their reason."""

    process_id: str
    reason: str
    count: int
    last: datetime


class JobTypeView(Struct, frozen=True, kw_only=True):
    """A kind of work, and whether somebody does it."""

    type: str
    waiting: int
    claimed: int
    exhausted: int
    oldest: datetime | None
    """Since when the first one waits."""
    workers: list[str]
    last_seen: datetime | None
    """When a worker last asked for it; None: never."""
    is_served: bool


class WorkerView(Struct, frozen=True, kw_only=True):
    name: str
    types: list[str]
    last_seen: datetime
    claimed: int


class NodeView(Struct, frozen=True, kw_only=True):
    """One running engine."""

    id: str
    version: str
    host: str
    started: datetime
    last_seen: datetime
    is_alive: bool


class Overview(Struct, frozen=True, kw_only=True):
    at: datetime
    in_flight: int
    stalled: int
    """Active without progress, without an incident and with nobody's task or timer to wait for."""
    with_incidents: int
    failed_day: int
    waiting_on_people: int
    """Open user tasks."""
    processes: list[ProcessFigures]
    reasons: list[Reason]
    job_types: list[JobTypeView]
    workers: list[WorkerView]
    nodes: list[NodeView]
    due: int
    """Timers and continuations that are due now: the queue."""


class Change(Struct, frozen=True, kw_only=True):
    """Something moved."""

    position: int
    """Ask on from here."""
    instance: int | None
    """None: a deployment."""
    process_id: str | None
    root: int | None = None


class Leaving(Struct, frozen=True, kw_only=True):
    """What retention would remove of one process."""

    process_id: str
    instances: int
    """Root instances; what they called leaves with them."""


class Archived(Struct, frozen=True, kw_only=True):
    """A finished root instance, whole."""

    id: int
    instances: list[dict[str, Any]]
    """The root, then all that it called: heads with `result` and `history`, as plain data."""


class RouteView(Struct, frozen=True, kw_only=True):
    """Names of messages and signals that leave by a broker."""

    pattern: str
    at: datetime
    by: str


class Outgoing(Struct, frozen=True, kw_only=True):
    """A thrown message or signal on its way to a broker."""

    id: int
    event_id: str
    """What it is called outside: by it a receiver tells a repetition."""
    kind: str
    """message | signal"""
    name: str
    key: str | None
    variables: Mapping[str, Any]
    at: datetime
    process_id: str | None
    instance: int | None
    correlation_id: str


class Usual(Struct, frozen=True, kw_only=True):
    """How long something usually takes."""

    half: timedelta
    """Half of all took no longer (p50)."""
    most: timedelta
    """95 of 100 took no longer (p95)."""
    count: int
    """Of how many it is told."""


class ProcessPerformance(Struct, frozen=True, kw_only=True):
    """How a process has done within the last seven days."""

    process_id: str
    completed: int
    failed: int
    cancelled: int
    usual: Usual | None
    """From start to completion; None where nothing completed."""
    retries: int
    """Second and further attempts, in all that is recorded."""
    compensations: int
    """Activities that were undone, in all that is recorded."""
