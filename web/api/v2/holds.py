"""Suspending definitions, processes and job types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from engine import BatchView, Hold
from web.api.routing import actor, engine, idempotency_key, operation
from web.api.shapes import Key, Moment, key_of, text_of, time_of
from web.api.v2.process_instances.shapes import Reasoned, why

Name = Annotated[str, Field(min_length=1, max_length=255, pattern="^[^\\x00]*$")]


class DefinitionHold(Reasoned):
    include_process_instances: bool = False
    """Those that run, too: by a batch, whose key is answered."""


class ProcessHold(DefinitionHold):
    process_definition_id: Name


class JobTypeHold(Reasoned):
    job_type: Name


class HoldBatch(TypedDict):
    batchOperationKey: Key | None


class HoldItem(TypedDict):
    kind: Literal["definition", "process", "job_type"]
    name: str
    since: Moment
    actorId: str
    reason: str


class HoldItems(TypedDict):
    items: list[HoldItem]


@operation("GET", "/holds", "view", answer=HoldItems)
def get_holds() -> HoldItems:
    """What is suspended besides instances"""
    return HoldItems(items=[_item(one) for one in engine().holds()])


def _item(hold: Hold) -> HoldItem:
    return HoldItem(
        kind=hold.kind,
        name=hold.name,
        since=time_of(hold.since),
        actorId=hold.by,
        reason=hold.reason,
    )


@operation(
    "POST",
    "/process-definitions/{key}/suspension",
    "operate",
    body=DefinitionHold,
    answer=HoldBatch,
    example={"reason": "a wrong price", "includeProcessInstances": True},
)
def suspend_process_definition(key: str, body: DefinitionHold) -> HoldBatch:
    """Start no instance of one version"""
    return _held(engine().suspend_definition, key_of(key, "process definition"), body)


@operation(
    "POST",
    "/process-definitions/{key}/resumption",
    "operate",
    body=DefinitionHold,
    answer=HoldBatch,
    example={"reason": "the price is right"},
)
def resume_process_definition(key: str, body: DefinitionHold) -> HoldBatch:
    """Let one version be started again"""
    return _held(engine().resume_definition, key_of(key, "process definition"), body)


@operation(
    "POST",
    "/process-definitions/suspension",
    "operate",
    body=ProcessHold,
    answer=HoldBatch,
    example={"processDefinitionId": "order", "reason": "recalled"},
)
def suspend_process(body: ProcessHold) -> HoldBatch:
    """Start no instance of a process, whatever the version"""
    return _held(engine().suspend_process, body.process_definition_id, body)


@operation(
    "POST",
    "/process-definitions/resumption",
    "operate",
    body=ProcessHold,
    answer=HoldBatch,
    example={"processDefinitionId": "order", "reason": "cleared"},
)
def resume_process(body: ProcessHold) -> HoldBatch:
    """Let a process be started again; times that its timers missed are skipped"""
    return _held(engine().resume_process, body.process_definition_id, body)


@operation(
    "POST",
    "/job-types/suspension",
    "operate",
    body=JobTypeHold,
    example={"jobType": "charge-card", "reason": "the bank is down"},
)
def suspend_job_type(body: JobTypeHold) -> None:
    """Give out no more jobs of a type"""
    engine().suspend_job_type(body.job_type, **_said(body))


@operation(
    "POST",
    "/job-types/resumption",
    "operate",
    body=JobTypeHold,
    example={"jobType": "charge-card", "reason": "the bank is back"},
)
def resume_job_type(body: JobTypeHold) -> None:
    """Give out the jobs of a type again"""
    engine().resume_job_type(body.job_type, **_said(body))


def _held(act: Callable[..., BatchView | None], what: int | str, body: DefinitionHold) -> HoldBatch:
    """Holds a definition or process, or lets it go on, with its instances where that is asked."""
    made = act(what, instances=body.include_process_instances, **_said(body))
    return HoldBatch(batchOperationKey=text_of(made.id if made else None))


def _said(body: Reasoned) -> dict[str, Any]:
    return {"reason": why(body), "by": actor(), "idempotency_key": idempotency_key()}
