"""Stopping, pausing and mending an instance."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from web.api.routing import actor, engine, idempotency_key, operation
from web.api.shapes import Shape
from web.api.v2.process_instances.shapes import Reasoned, head_of, id_of, why


class Abandonment(Shape):
    reason: Annotated[str, Field(min_length=1, pattern="[^\\s]")]
    compensate: bool = True
    """Run the compensation of what has completed, last first."""


class Healed(TypedDict):
    resolved: int


@operation(
    "POST",
    "/process-instances/{key}/cancellation",
    "operate",
    body=Reasoned,
    example={"reason": "ordered twice"},
)
def cancel_process_instance(key: str, body: Reasoned) -> None:
    """Stop an instance and all it called"""
    engine().cancel(id_of(key), reason=why(body), by=actor(), idempotency_key=idempotency_key())


@operation(
    "POST",
    "/process-instances/{key}/abandonment",
    "operate",
    body=Abandonment,
    example={"reason": "the customer has withdrawn", "compensate": True},
)
def abandon_process_instance(key: str, body: Abandonment) -> None:
    """Stop an instance and undo what has completed, last first"""
    engine().abandon(
        id_of(key),
        reason=body.reason,
        compensate=body.compensate,
        by=actor(),
        idempotency_key=idempotency_key(),
    )


@operation(
    "POST",
    "/process-instances/{key}/suspension",
    "operate",
    body=Reasoned,
    example={"reason": "the warehouse is moving"},
)
def suspend_process_instance(key: str, body: Reasoned) -> None:
    """Hold an instance: its timers stand still, its jobs and tasks are not given out"""
    engine().suspend(id_of(key), reason=why(body), by=actor(), idempotency_key=idempotency_key())


@operation(
    "POST",
    "/process-instances/{key}/resumption",
    "operate",
    body=Reasoned,
    example={"reason": "the warehouse has moved"},
)
def resume_process_instance(key: str, body: Reasoned) -> None:
    """Let a suspended instance go on"""
    engine().resume(id_of(key), reason=why(body), by=actor(), idempotency_key=idempotency_key())


@operation(
    "POST",
    "/process-instances/{key}/incident-resolution",
    "operate",
    body=Reasoned,
    answer=Healed,
    example={"reason": "the bank is back"},
)
def resolve_process_instance_incidents(key: str, body: Reasoned) -> Healed:
    """Try again all that failed in an instance and in those it called"""
    head = head_of(key)
    resolved = engine().retry_all(
        head.id, reason=why(body), by=actor(), idempotency_key=idempotency_key()
    )
    return Healed(resolved=resolved)
