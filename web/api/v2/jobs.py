"""Jobs: activation with a true long hold, completion, failure, error, update, search."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from engine import Job, JobQuery, JobView
from web.api.routing import actor, allows, api, engine
from web.api.shapes import (
    TENANT,
    Search,
    Shape,
    Variables,
    any_of,
    equal,
    found,
    key_of,
    text_of,
    time_of,
    value_of,
)

DEFAULT_HOLD = timedelta(seconds=10)
LONGEST_HOLD = timedelta(minutes=5)


class Activation(Shape):
    type: str
    timeout: int
    """Milliseconds for which the jobs are the worker's."""
    max_jobs_to_activate: int
    worker: str | None = None
    fetch_variable: list[str] | None = None
    request_timeout: int | None = None
    """Milliseconds to hold the request while there is no job; 0: the default; below: not at all."""
    tenant_ids: list[str] | None = None


class Completion(Shape):
    variables: Variables | None = None
    result: dict[str, Any] | None = None


class Failure(Shape):
    retries: int | None = None
    error_message: str | None = None
    retry_back_off: int | None = None
    variables: Variables | None = None


class BusinessError(Shape):
    error_code: str
    error_message: str | None = None
    variables: Variables | None = None


class Changeset(Shape):
    retries: int | None = None
    timeout: int | None = None


class JobUpdate(Shape):
    changeset: Changeset


@api.post("/jobs/activation")
@api.input(Activation, location="json")
@allows("work")
def activate_jobs(json_data: Activation) -> Any:
    """Claim jobs of a type; the request is held until there is one, or its time is over."""
    asked = json_data.request_timeout or 0
    hold = DEFAULT_HOLD if asked == 0 else timedelta(milliseconds=max(0, asked))
    jobs = engine().activate_jobs(
        [json_data.type],
        worker=json_data.worker or "anonymous",
        limit=max(1, json_data.max_jobs_to_activate),
        lock=timedelta(milliseconds=max(1, json_data.timeout)),
        fetch=json_data.fetch_variable or None,
        wait=min(hold, LONGEST_HOLD),
    )
    return {"jobs": [_activated(job) for job in jobs]}


def _activated(job: Job) -> dict[str, Any]:
    return {
        "type": job.type,
        "processDefinitionId": job.process_id,
        "processDefinitionVersion": job.version,
        "elementId": job.element,
        "customHeaders": value_of(job.headers),
        "worker": job.worker,
        "retries": job.retries,
        "deadline": int(job.deadline.timestamp() * 1000),
        "variables": value_of(job.variables),
        "tenantId": TENANT,
        "jobKey": str(job.id),
        "processInstanceKey": str(job.instance),
        "processDefinitionKey": str(job.definition),
        "elementInstanceKey": str(job.id),
        "kind": "BPMN_ELEMENT",
        "listenerEventType": "UNSPECIFIED",
        "userTask": None,
        "tags": [],
        "rootProcessInstanceKey": str(job.root),
        "businessId": job.business_key,
        "priority": 0,
        "physicalTenantId": None,
        "idempotencyKey": job.key,
        "correlationId": job.correlation_id,
        "attempt": job.attempt,
        "traceparent": job.traceparent,
    }


@api.post("/jobs/<key>/completion")
@api.input(Completion, location="json")
@allows("work")
def complete_job(key: str, json_data: Completion) -> Any:
    """Report a job as done, with what it yields."""
    engine().complete_job(key_of(key, "job"), json_data.variables or {})
    return "", 204


@api.post("/jobs/<key>/failure")
@api.input(Failure, location="json")
@allows("work")
def fail_job(key: str, json_data: Failure) -> Any:
    """Report a technical failure: it is tried again, or becomes an incident."""
    back_off = json_data.retry_back_off
    engine().fail_job(
        key_of(key, "job"),
        json_data.error_message or "",
        retries=json_data.retries,
        backoff=timedelta(milliseconds=back_off) if back_off else None,
        variables=json_data.variables,
    )
    return "", 204


@api.post("/jobs/<key>/error")
@api.input(BusinessError, location="json")
@allows("work")
def throw_job_error(key: str, json_data: BusinessError) -> Any:
    """Report a business error, to be caught by an error event."""
    engine().throw_job_error(
        key_of(key, "job"),
        json_data.error_code,
        json_data.error_message or "",
        json_data.variables,
    )
    return "", 204


@api.patch("/jobs/<key>")
@api.input(JobUpdate, location="json")
@allows("operate")
def update_job(key: str, json_data: JobUpdate) -> Any:
    """Change a job's retries, or how long it is the worker's."""
    id, change = key_of(key, "job"), json_data.changeset
    if change.retries is not None:
        engine().update_job(id, retries=change.retries, reason="by API", by=actor())
    if change.timeout is not None:
        engine().extend_job(id, timedelta(milliseconds=change.timeout))
    return "", 204


@api.post("/jobs/search")
@api.input(Search, location="json")
@allows("view")
def search_jobs(json_data: Search) -> Any:
    """Find open jobs."""
    wanted = json_data.filter
    instance = equal(wanted, "processInstanceKey")
    query = JobQuery(
        types=any_of(wanted, "type"),
        instance=key_of(str(instance), "process instance") if instance else None,
        process_ids=any_of(wanted, "processDefinitionId"),
        worker=equal(wanted, "worker"),
    )
    return found(engine().jobs(query, json_data.paging()), _found)


STATES = {
    "waiting": "CREATED",
    "claimed": "CREATED",
    "backoff": "FAILED",
    "exhausted": "FAILED",
    "suspended": "CREATED",
}


def _found(job: JobView) -> dict[str, Any]:
    return {
        "customHeaders": value_of(job.headers),
        "deadline": time_of(job.deadline),
        "deniedReason": None,
        "elementId": job.element,
        "elementInstanceKey": str(job.id),
        "endTime": None,
        "errorCode": None,
        "errorMessage": job.last_error,
        "hasFailedWithRetriesLeft": job.state == "backoff",
        "isDenied": None,
        "jobKey": str(job.id),
        "kind": "BPMN_ELEMENT",
        "listenerEventType": "UNSPECIFIED",
        "processDefinitionId": job.process_id,
        "processDefinitionKey": str(job.definition),
        "processInstanceKey": text_of(job.instance),
        "rootProcessInstanceKey": None,
        "retries": job.retries,
        "state": STATES[job.state],
        "tenantId": TENANT,
        "type": job.type,
        "worker": job.worker or "",
        "creationTime": time_of(job.created),
        "lastUpdateTime": time_of(job.created),
    }
