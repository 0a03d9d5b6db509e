"""Finished instances: run again, or deleted."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from web.api.routing import actor, engine, idempotency_key, operation
from web.api.shapes import Text, Variables
from web.api.v2.process_instances.effects import EffectAnswer, shown
from web.api.v2.process_instances.shapes import Reasoned, id_of, why


class Restart(Reasoned):
    latest: bool = True
    """The latest version, rather than the one it ran."""
    variables: Variables | None = None
    """Set over those that it takes."""
    variables_from: Literal["START", "END"] = "START"
    elements: list[Text] = Field(default_factory=list)
    """Begin at these, rather than at the start event."""
    dry_run: bool = False


@operation(
    "POST",
    "/process-instances/{key}/restart",
    "operate",
    body=Restart,
    answer=EffectAnswer,
    example={"reason": "the price list was wrong", "variables": {"amount": 90}},
)
def restart_process_instance(key: str, body: Restart) -> EffectAnswer:
    """Run a finished instance again, as a new one that is linked to it"""
    return shown(
        engine().restart(
            id_of(key),
            reason=why(body),
            latest=body.latest,
            variables=body.variables,
            variables_from="end" if body.variables_from == "END" else "start",
            at=body.elements,
            by=actor(),
            dry_run=body.dry_run,
            idempotency_key=idempotency_key(),
        )
    )


@operation(
    "POST",
    "/process-instances/{key}/deletion",
    "operate",
    body=Reasoned,
    example={"reason": "asked for by the customer"},
)
def delete_process_instance(key: str, body: Reasoned) -> None:
    """Remove a finished instance, with its history and all it called; the audit stays"""
    engine().delete_instance(
        id_of(key), reason=why(body), by=actor(), idempotency_key=idempotency_key()
    )
