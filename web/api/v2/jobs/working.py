"""What workers do with jobs: activation with a true long hold, completion, failure, error."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from engine import Job
from web.api.claims import claim
from web.api.routing import actor, engine, idempotency_key, operation
from web.api.shapes import (
    MOST_MILLISECONDS,
    TENANT,
    Count,
    Key,
    Shape,
    Text,
    Variables,
    key_of,
    milliseconds,
)

DEFAULT_HOLD = timedelta(seconds=10)
LONGEST_LOCK = timedelta(days=1)
MOST_JOBS = 1_000


class Activation(Shape):
    type: Annotated[Text, Field(min_length=1)]
    timeout: Annotated[int, Field(ge=1, le=MOST_MILLISECONDS)]
    """Milliseconds for which the jobs are the worker's; a day at most."""
    max_jobs_to_activate: Annotated[int, Field(ge=1, le=2**31 - 1)]
    """At most 1,000 are given at once."""
    worker: Text | None = None
    fetch_variable: list[str] | None = None
    request_timeout: Annotated[int, Field(ge=-MOST_MILLISECONDS, le=MOST_MILLISECONDS)] | None = (
        None
    )
    """Milliseconds to hold the request while there is no job; 0: ten seconds; below: not at all."""
    tenant_ids: list[str] | None = None


class Completion(Shape):
    variables: Variables | None = None
    result: dict[str, Any] | None = None


class Failure(Shape):
    retries: Count | None = None
    """Left; without a word, one less than before."""
    error_message: str | None = None
    retry_back_off: Annotated[int, Field(ge=0, le=MOST_MILLISECONDS)] | None = None
    """Milliseconds until it is tried again; without a word, what the model says."""
    variables: Variables | None = None


class BusinessError(Shape):
    error_code: Annotated[Text, Field(min_length=1)]
    error_message: str | None = None
    variables: Variables | None = None


class Changeset(Shape):
    retries: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    timeout: Annotated[int, Field(ge=1, le=MOST_MILLISECONDS)] | None = None


class JobUpdate(Shape):
    changeset: Changeset


class ActivatedJob(TypedDict):
    type: str
    processDefinitionId: str
    processDefinitionVersion: int
    elementId: str
    customHeaders: dict[str, Any]
    worker: str
    retries: int
    deadline: int
    """Milliseconds since 1970, when the claim ends."""
    variables: dict[str, Any]
    tenantId: str
    physicalTenantId: str
    jobKey: Key
    processInstanceKey: Key
    processDefinitionKey: Key
    elementInstanceKey: Key
    kind: Literal["BPMN_ELEMENT"]
    listenerEventType: Literal["UNSPECIFIED"]
    userTask: None
    tags: list[str]
    rootProcessInstanceKey: Key | None
    businessId: str | None
    priority: int
    jobLeaseToken: str | None
    correlationId: str
    idempotencyKey: str
    """The same for every attempt: for the services that the worker calls."""
    traceparent: str
    """W3C trace context of this attempt."""


class Activated(TypedDict):
    jobs: list[ActivatedJob]


@operation(
    "POST",
    "/jobs/activation",
    "work",
    body=Activation,
    answer=Activated,
    example={
        "type": "charge-card",
        "worker": "payments-1",
        "timeout": 60_000,
        "maxJobsToActivate": 32,
        "requestTimeout": 20_000,
    },
)
def activate_jobs(body: Activation) -> Activated:
    """Claim jobs of a type

    The request is held until there is a job, or until its time is over; then the list is empty.
    A claimed job is the worker's for `timeout`; its key is the same at every attempt.
    """
    asked = body.request_timeout or 0
    hold = DEFAULT_HOLD if asked == 0 else milliseconds(max(0, asked))
    jobs = claim(
        engine(),
        [body.type],
        worker=body.worker or "anonymous",
        limit=min(body.max_jobs_to_activate, MOST_JOBS),
        lock=min(milliseconds(body.timeout), LONGEST_LOCK),
        fetch=body.fetch_variable or None,
        hold=hold,
        idempotency_key=idempotency_key(),
    )
    return Activated(jobs=[_activated(job) for job in jobs])


def _activated(job: Job) -> ActivatedJob:
    return ActivatedJob(
        type=job.type,
        processDefinitionId=job.process_id,
        processDefinitionVersion=job.version,
        elementId=job.element,
        customHeaders=dict(job.headers),
        worker=job.worker,
        retries=job.retries,
        deadline=int(job.deadline.timestamp() * 1000),
        variables=dict(job.variables),
        tenantId=TENANT,
        physicalTenantId="default",
        jobKey=str(job.id),
        processInstanceKey=str(job.instance),
        processDefinitionKey=str(job.definition),
        elementInstanceKey=str(job.token),
        kind="BPMN_ELEMENT",
        listenerEventType="UNSPECIFIED",
        userTask=None,
        tags=[],
        rootProcessInstanceKey=str(job.root),
        businessId=job.business_key,
        priority=job.priority,
        jobLeaseToken=None,
        correlationId=job.correlation_id,
        idempotencyKey=job.key,
        traceparent=job.traceparent,
    )


@operation(
    "POST",
    "/jobs/{key}/completion",
    "work",
    body=Completion,
    example={"variables": {"receipt": "R-17"}},
)
def complete_job(key: str, body: Completion) -> None:
    """Report a job as done, with what it yields"""
    engine().complete_job(key_of(key, "job"), body.variables, idempotency_key=idempotency_key())


@operation(
    "POST",
    "/jobs/{key}/failure",
    "work",
    body=Failure,
    example={"errorMessage": "the bank does not answer", "retryBackOff": 30_000},
)
def fail_job(key: str, body: Failure) -> None:
    """Report a technical failure: it is tried again, or becomes an incident"""
    pause = body.retry_back_off
    engine().fail_job(
        key_of(key, "job"),
        body.error_message or "",
        retries=body.retries,
        backoff=None if pause is None else min(milliseconds(pause), timedelta(days=3650)),
        variables=body.variables,
        idempotency_key=idempotency_key(),
    )


@operation(
    "POST",
    "/jobs/{key}/error",
    "work",
    body=BusinessError,
    example={"errorCode": "CARD_DECLINED", "errorMessage": "the card has expired"},
)
def throw_job_error(key: str, body: BusinessError) -> None:
    """Report a business error, for an error event to catch"""
    engine().throw_job_error(
        key_of(key, "job"),
        body.error_code,
        body.error_message or "",
        body.variables,
        idempotency_key=idempotency_key(),
    )


@operation(
    "PATCH",
    "/jobs/{key}",
    "work",
    body=JobUpdate,
    example={"changeset": {"retries": 3, "timeout": 120_000}},
)
def update_job(key: str, body: JobUpdate) -> None:
    """Give a job more retries, or its worker more time"""
    id, change, once = key_of(key, "job"), body.changeset, idempotency_key()
    if change.retries is not None:
        engine().update_job(
            id, retries=change.retries, reason="by API", by=actor(), idempotency_key=once
        )
    if change.timeout is not None:
        lock = min(milliseconds(change.timeout), LONGEST_LOCK)
        # Two commands of one request: each has a key of its own.
        engine().extend_job(id, lock, idempotency_key=once and f"{once[:240]} timeout")
