"""What can be asked for many at a time, to be kept in one commit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from msgspec import Struct


class NewInstance(Struct, frozen=True, kw_only=True):
    """One of many instances to start."""

    variables: Mapping[str, Any] = {}
    business_key: str | None = None
    correlation_id: str | None = None


class Answer(Struct, frozen=True, kw_only=True):
    """What one of many jobs or user tasks has yielded."""

    id: int
    """Of the job or the task."""
    variables: Mapping[str, Any] = {}
    worker: str | None = None
    """Of a job: who has done it."""
    epoch: int | None = None
    """Of a job: its claim's."""


class NewMessage(Struct, frozen=True, kw_only=True):
    """One of many messages to publish."""

    name: str
    key: str | None = None
    variables: Mapping[str, Any] = {}
    ttl: timedelta | None = None
    """For how long it is kept for its receiver; None: an hour."""
    message_id: str | None = None
