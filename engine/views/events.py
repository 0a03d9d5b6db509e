"""What has happened, in the order in which it can be followed; and who is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias, get_args

from msgspec import Struct

EventType: TypeAlias = Literal[
    "deployment.created",
    "process-instance.started",
    "user-task.created",
    "incident.raised",
    "process-instance.completed",
    "process-instance.failed",
    "process-instance.cancelled",
    "alert.fired",
    "alert.resolved",
]
EVENT_TYPES: tuple[EventType, ...] = get_args(EventType)
"""What can be followed. An open task or incident is an event for as long as it is open."""


class Event(Struct, frozen=True, kw_only=True):
    """Something that has happened."""

    id: str
    """The same however often, and to whomever, it is told."""
    type: str
    """One of `EVENT_TYPES`."""
    position: str
    """Ask on from here."""
    at: datetime
    subject: str
    """Id of what it happened to."""
    correlation_id: str | None = None
    data: Mapping[str, Any] = {}


class EventPage(Struct, frozen=True, kw_only=True):
    items: list[Event]
    position: str
    """Ask on from here: all before it has been looked at."""


class WebhookView(Struct, frozen=True, kw_only=True):
    """Somebody who is told of events by HTTP."""

    id: int
    name: str
    url: str
    types: list[str]
    """Empty: all."""
    process_ids: list[str]
    """Empty: all."""
    state: Literal["active", "paused", "disabled"]
    """Disabled: it failed too often, and waits for somebody to enable it."""
    position: str
    failures: int
    """In a row, up to now."""
    most_failures: int
    """So many in a row disable it."""
    next_attempt: datetime | None
    """After a failure."""
    last_error: str | None
    last_delivered: datetime | None
    created: datetime
    created_by: str


class WebhookSecret(Struct, frozen=True, kw_only=True):
    """A webhook with the secret that signs what it is told; it is shown this once."""

    webhook: WebhookView
    secret: str
    """`whsec_` and base64, as Standard Webhooks writes it."""
