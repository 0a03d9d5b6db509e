"""Timers: they happen when they are due, or by hand."""

from __future__ import annotations

from typing_extensions import TypedDict

from web.api.routing import actor, engine, idempotency_key, operation
from web.api.shapes import Key, key_of
from web.api.v2.process_instances.shapes import Reasoned, why


class Fired(TypedDict):
    timerKey: Key
    isDone: bool
    """Whether what follows could be done; else it is an incident."""


@operation(
    "POST",
    "/timers/{key}/firing",
    "operate",
    body=Reasoned,
    answer=Fired,
    example={"reason": "the parcel is here already"},
)
def fire_timer(key: str, body: Reasoned) -> Fired:
    """Let a timer happen now instead of when it is due"""
    done = engine().fire_timer(
        key_of(key, "timer"), reason=why(body), by=actor(), idempotency_key=idempotency_key()
    )
    return Fired(timerKey=key, isDone=done)
