"""Finding jobs, open ones and those that are done."""

from __future__ import annotations

from typing import Any, Literal

from typing_extensions import TypedDict

from engine import JobQuery, JobView, Paging
from web.api.routing import engine, operation
from web.api.search import LONGEST_PAGE, PageAnswer, Search, found, search_of
from web.api.shapes import TENANT, Key, Moment, key_of, time_of, time_or_none
from web.api.v2.ended import Ended, ended_of, meant
from web.api.v2.variables import whole

JobState = Literal["CREATED", "FAILED", "COMPLETED", "CANCELED", "ERROR_THROWN"]
DONE = frozenset({"COMPLETED", "CANCELED", "ERROR_THROWN"})


class JobItem(TypedDict):
    customHeaders: dict[str, Any]
    deadline: Moment | None
    deniedReason: str | None
    elementId: str | None
    elementInstanceKey: Key
    endTime: Moment | None
    errorCode: str | None
    errorMessage: str | None
    hasFailedWithRetriesLeft: bool
    isDenied: bool | None
    jobKey: Key
    kind: Literal["BPMN_ELEMENT"]
    listenerEventType: Literal["UNSPECIFIED"]
    processDefinitionId: str | None
    processDefinitionKey: Key | None
    processInstanceKey: Key
    rootProcessInstanceKey: Key | None
    businessId: str | None
    retries: int
    state: JobState
    tenantId: str
    type: str
    worker: str
    creationTime: Moment | None
    lastUpdateTime: Moment | None
    priority: int


class Jobs(TypedDict):
    items: list[JobItem]
    page: PageAnswer


JobSearch = search_of(JobItem)


@operation(
    "POST",
    "/jobs/search",
    "view",
    body=JobSearch,
    answer=Jobs,
    example={"filter": {"type": "charge-card", "state": "FAILED"}},
)
def search_jobs(body: Search) -> Any:
    """Find jobs, oldest first

    Open ones, and those that are done where `state` asks for COMPLETED, CANCELED or ERROR_THROWN:
    of the instance that `processInstanceKey` names, or of at most a hundred of a process.
    """
    states = body.conditions().any("state")
    if states is not None and DONE.intersection(states):
        return _ended(body, with_open=not DONE.issuperset(states))
    wanted = body.conditions()
    instance = wanted.one("processInstanceKey")
    query = JobQuery(
        types=wanted.any("type") or (),
        instance=None if instance is None else key_of(instance, "process instance"),
        process_ids=wanted.any("processDefinitionId") or (),
        worker=wanted.one("worker"),
    )
    return found(
        body,
        wanted,
        lambda paging: engine().jobs(query, paging),
        _item,
        sorted_by=("creationTime",),
    )


def _ended(body: Search, *, with_open: bool) -> Any:
    """Jobs that are done, and with them, if wanted, the open ones of the same instances."""
    wanted = body.conditions()
    ids = meant(wanted, wanted.any("processInstanceKey") or wanted.any("jobKey"))
    items = [_ended_item(one) for id in ids for one in ended_of(id, "job")]
    if with_open:
        for id in ids:
            page = engine().jobs(JobQuery(instance=id), Paging(limit=LONGEST_PAGE))
            items += [_item(job) for job in page.items]
    items.sort(key=lambda item: item["creationTime"] or "")
    return whole(items, body)


def _ended_item(one: Ended) -> JobItem:
    head = one.head
    return JobItem(
        customHeaders={},
        deadline=None,
        deniedReason=None,
        elementId=one.element,
        elementInstanceKey=str(one.token),
        endTime=time_or_none(one.at),
        errorCode=one.error_code,
        errorMessage=one.error,
        hasFailedWithRetriesLeft=False,
        isDenied=None,
        jobKey=str(one.id),
        kind="BPMN_ELEMENT",
        listenerEventType="UNSPECIFIED",
        processDefinitionId=head.process_id,
        processDefinitionKey=str(head.definition),
        processInstanceKey=str(head.id),
        rootProcessInstanceKey=str(head.root),
        businessId=head.business_key,
        retries=one.retries,
        state=one.how or "COMPLETED",
        tenantId=TENANT,
        type=one.name or "",
        worker=one.worker or "",
        creationTime=time_of(one.created),
        lastUpdateTime=time_or_none(one.at),
        priority=0,
    )


STATES: dict[str, JobState] = {
    "waiting": "CREATED",
    "claimed": "CREATED",
    "backoff": "FAILED",
    "exhausted": "FAILED",
    "suspended": "CREATED",
}


def _item(job: JobView) -> JobItem:
    return JobItem(
        customHeaders=dict(job.headers),
        deadline=time_or_none(job.deadline),
        deniedReason=None,
        elementId=job.element,
        elementInstanceKey=str(job.token),
        endTime=None,
        errorCode=None,
        errorMessage=job.last_error,
        hasFailedWithRetriesLeft=job.state == "backoff",
        isDenied=None,
        jobKey=str(job.id),
        kind="BPMN_ELEMENT",
        listenerEventType="UNSPECIFIED",
        processDefinitionId=job.process_id,
        processDefinitionKey=str(job.definition),
        processInstanceKey=str(job.instance),
        rootProcessInstanceKey=str(job.root),
        businessId=job.business_key,
        retries=job.retries,
        state=STATES[job.state],
        tenantId=TENANT,
        type=job.type,
        worker=job.worker or "",
        creationTime=time_of(job.created),
        lastUpdateTime=time_of(job.created),
        priority=job.priority,
    )
