"""External tasks: what workers fetch, lock and answer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Response

from engine import Invalid, Job, JobFilter, JobQuery, JobView
from web.api.claims import claim
from web.api.engine_rest.routing import (
    MOST,
    asked,
    body,
    key,
    paging,
    route,
    text,
    texts,
    whole,
)
from web.api.engine_rest.values import plain_all, time_of, time_or_none, typed_all
from web.api.routing import actor, engine, idempotency_key
from web.api.shapes import key_of, milliseconds

LONGEST_LOCK = 86_400_000
LONGEST_HOLD = 1_800_000
TURN = timedelta(milliseconds=250)
"""How long each group of topics is waited for, where there are several."""


@route("POST", "/external-task/fetchAndLock", "work")
def fetch_and_lock() -> Any:
    """Tasks of some topics, each locked for as long as its topic says."""
    given = body()
    topics = {_topic_name(one): one for one in given.get("topics") or []}
    worker, most = text(given, "workerId"), whole(given, "maxTasks", 1, MOST)
    if worker is None:
        raise Invalid("workerId: found none; say who the tasks are for")
    if not topics or not most:
        return []
    locks = {name: _lock(one, "lockDuration") for name, one in topics.items()}
    hold = milliseconds(whole(given, "asyncResponseTimeout", 0, LONGEST_HOLD))
    jobs = _claimed(topics, worker, most, max(locks.values()), hold)
    return [_fetched(job, topics[job.type], locks[job.type], max(locks.values())) for job in jobs]


def _claimed(
    topics: Mapping[str, Any], worker: str, most: int, lock: timedelta, hold: timedelta
) -> list[Job]:
    """Jobs of these topics; those that are narrowed down alike are asked for together."""
    groups: dict[JobFilter | None, list[str]] = {}
    for name, one in topics.items():
        groups.setdefault(_narrowed(name, one), []).append(name)
    key, until = idempotency_key(), time.monotonic() + hold.total_seconds()
    jobs: list[Job] = []
    while True:
        for number, (only, names) in enumerate(groups.items()):
            left = timedelta(seconds=max(0.0, until - time.monotonic()))
            jobs += claim(
                engine(),
                names,
                worker=worker,
                limit=most - len(jobs),
                lock=lock,
                fetch=None,
                hold=left if len(groups) == 1 else timedelta(0) if jobs else min(left, TURN),
                only=only,
                idempotency_key=key and f"{key[:250]} {number}",
            )
            if len(jobs) >= most:
                return jobs
        if jobs or len(groups) == 1 or time.monotonic() >= until:
            return jobs


def _narrowed(topic: str, given: Mapping[str, Any]) -> JobFilter | None:
    """What a topic asks of the instances of its tasks; None: nothing. Raises Invalid."""
    if given.get("processVariables"):
        raise Invalid(
            f"topics: '{topic}' is narrowed by processVariables, which are not looked at here; "
            "give such tasks a topic of their own"
        )
    business_key = text(given, "businessKey")
    ids = [*texts(given, "processDefinitionIdIn"), *texts(given, "processDefinitionId")]
    found = JobFilter(
        process_ids=(
            *texts(given, "processDefinitionKeyIn"),
            *texts(given, "processDefinitionKey"),
        ),
        definitions=tuple(key_of(id.rpartition(":")[2], "process definition") for id in ids),
        business_keys=(business_key,) if business_key else (),
    )
    return found if found != JobFilter() else None


def _topic_name(one: Any) -> str:
    name = text(one, "topicName") if isinstance(one, Mapping) else None
    if name is None:
        raise Invalid(f"topics: found {one!r:.60}; a document with topicName would do")
    return name


def _lock(given: Mapping[str, Any], name: str) -> timedelta:
    found = whole(given, name, 0, LONGEST_LOCK)
    if not found:
        raise Invalid(f"{name}: found none; milliseconds from 1 would do")
    return milliseconds(found)


def _fetched(job: Job, topic: Mapping[str, Any], lock: timedelta, given: timedelta) -> Any:
    until = job.deadline
    if lock != given:
        until = engine().extend_job(job.id, lock, worker=job.worker, epoch=job.epoch)
    variables: Mapping[str, Any] = job.variables
    if topic.get("variables") is not None:
        wanted = texts(topic, "variables")
        variables = {name: variables[name] for name in wanted if name in variables}
    return {
        "activityId": job.element,
        "activityInstanceId": str(job.token),
        "errorMessage": None,
        "errorDetails": None,
        "executionId": str(job.instance),
        "id": str(job.id),
        "lockExpirationTime": time_of(until),
        "createTime": None,
        "processDefinitionId": str(job.definition),
        "processDefinitionKey": job.process_id,
        "processDefinitionVersionTag": None,
        "processInstanceId": str(job.instance),
        "tenantId": None,
        "retries": job.retries,
        "suspended": False,
        "workerId": job.worker,
        "topicName": job.type,
        "priority": job.priority,
        "variables": typed_all(variables),
        "businessKey": job.business_key,
        "extensionProperties": {name: str(value) for name, value in job.headers.items()},
    }


@route("POST", "/external-task/{id}/complete", "work")
def complete(id: str) -> None:
    """A task is done."""
    given = body()
    variables = plain_all(given.get("variables"))
    variables |= plain_all(given.get("localVariables"), "localVariables")
    engine().complete_job(
        _id(id), variables, worker=text(given, "workerId"), idempotency_key=idempotency_key()
    )


@route("POST", "/external-task/{id}/failure", "work")
def failure(id: str) -> None:
    """An attempt failed."""
    given = body()
    details = text(given, "errorDetails")
    message = text(given, "errorMessage") or "failed"
    engine().fail_job(
        _id(id),
        f"{message}\n{details}" if details and details != message else message,
        retries=whole(given, "retries", 0, 2**31 - 1),
        backoff=milliseconds(whole(given, "retryTimeout", 0, LONGEST_LOCK * 365)),
        variables=plain_all(given.get("variables")) or None,
        worker=text(given, "workerId"),
        idempotency_key=idempotency_key(),
    )


@route("POST", "/external-task/{id}/bpmnError", "work")
def bpmn_error(id: str) -> None:
    """A business error, for an error event to catch."""
    given = body()
    code = text(given, "errorCode")
    if code is None:
        raise Invalid("errorCode: found none; say which error it is")
    engine().throw_job_error(
        _id(id),
        code,
        text(given, "errorMessage") or "",
        plain_all(given.get("variables")),
        worker=text(given, "workerId"),
        idempotency_key=idempotency_key(),
    )


@route("POST", "/external-task/{id}/lock", "work")
def lock(id: str) -> None:
    """Keep a task."""
    given = body()
    _extend(id, given, "lockDuration")


@route("POST", "/external-task/{id}/extendLock", "work")
def extend_lock(id: str) -> None:
    """Keep a task for longer, from now."""
    given = body()
    _extend(id, given, "newDuration")


def _extend(id: str, given: Mapping[str, Any], name: str) -> None:
    engine().extend_job(
        _id(id),
        _lock(given, name),
        worker=text(given, "workerId"),
        idempotency_key=idempotency_key(),
    )


@route("POST", "/external-task/{id}/unlock", "work")
def unlock(id: str) -> None:
    """Give a task back, for whoever asks next."""
    job = engine().job(_id(id))
    engine().fail_job(
        job.id,
        "unlocked",
        retries=job.retries,
        backoff=timedelta(0),
        idempotency_key=idempotency_key(),
    )


@route("PUT", "/external-task/{id}/retries", "operate")
def set_retries(id: str) -> None:
    """Let a task be tried again so often."""
    set_job_retries(id)


@route("PUT", "/job/{id}/retries", "operate")
def set_job_retries(id: str) -> None:
    """Let a job be tried again so often."""
    retries = whole(body(), "retries", 0, 2**31 - 1)
    engine().update_job(
        _id(id), retries=retries, reason="by API", by=actor(), idempotency_key=idempotency_key()
    )


@route("GET", "/external-task", "view")
@route("POST", "/external-task", "view")
def external_tasks() -> Any:
    """Open tasks, oldest first."""
    given = asked()
    return [_task(job) for job in engine().jobs(_query(given), paging(given)).items]


@route("GET", "/external-task/count", "view")
def count_external_tasks() -> Any:
    """How many tasks are open."""
    return {"count": engine().jobs(_query(asked())).total}


@route("GET", "/external-task/{id}", "view")
def external_task(id: str) -> Any:
    """One open task."""
    return _task(engine().job(_id(id)))


@route("GET", "/external-task/{id}/errorDetails", "view")
def error_details(id: str) -> Response:
    """What the last failure said."""
    return Response(engine().job(_id(id)).last_error or "", mimetype="text/plain")


@route("GET", "/job", "view")
def jobs() -> Any:
    """Open jobs, with what their last failure said."""
    given = asked()
    found = engine().jobs(_query(given), paging(given)).items
    return [
        {
            "id": str(job.id),
            "jobDefinitionId": None,
            "dueDate": time_or_none(job.due),
            "processInstanceId": str(job.instance),
            "processDefinitionId": str(job.definition),
            "processDefinitionKey": job.process_id,
            "executionId": str(job.instance),
            "failedActivityId": job.element if job.last_error else None,
            "retries": job.retries,
            "exceptionMessage": job.last_error,
            "suspended": job.state == "suspended",
            "priority": job.priority,
            "tenantId": None,
            "createTime": time_of(job.created),
            "batchId": None,
        }
        for job in found
    ]


def _query(given: Mapping[str, Any]) -> JobQuery:
    topic = text(given, "topicName")
    process = text(given, "processDefinitionKey")
    return JobQuery(
        types=(topic,) if topic else (),
        instance=key(given, "processInstanceId"),
        process_ids=(process,) if process else (),
        worker=text(given, "workerId"),
        state="exhausted" if given.get("noRetriesLeft") else "any",
    )


def _task(job: JobView) -> Any:
    return {
        "activityId": job.element,
        "activityInstanceId": str(job.token),
        "errorMessage": job.last_error,
        "executionId": str(job.instance),
        "id": str(job.id),
        "lockExpirationTime": time_or_none(job.deadline),
        "createTime": time_of(job.created),
        "processDefinitionId": str(job.definition),
        "processDefinitionKey": job.process_id,
        "processDefinitionVersionTag": None,
        "processInstanceId": str(job.instance),
        "retries": job.retries,
        "suspended": job.state == "suspended",
        "workerId": job.worker,
        "topicName": job.type,
        "tenantId": None,
        "priority": job.priority,
        "businessKey": job.business_key,
    }


def _id(id: str) -> int:
    return key_of(id, "external task")
