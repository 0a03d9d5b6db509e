"""Policies: how work is tried, with where each value comes from; what is overdue by them."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from engine import Invalid, Overdue, Paging, PolicyValue
from web.api.routing import actor, engine, idempotency_key, operation
from web.api.search import LONGEST_PAGE, PageAnswer, PageRequest
from web.api.shapes import Key, Moment, Shape, Text, key_of, time_of
from web.api.v2.process_instances.shapes import Reasoned, why

Name = Annotated[str, Field(min_length=1, max_length=511, pattern="^[^\\x00]*$")]
Kind = Literal["job_type", "definition", "element"]


class PolicyValues(Shape):
    retries: Annotated[int, Field(ge=1, le=9_999)] | None = None
    backoff: Text | None = None
    """`PT10S`, `PT1S*2^n PT1M`, `PT1M,PT5M`."""
    timeout: Text | None = None
    sla: Text | None = None
    rate: Text | None = None
    """`10/PT1S`."""


class PolicyRequest(Reasoned):
    kind: Kind
    name: Name
    """A job type, a process id, or `process/element`."""
    values: PolicyValues


class PolicyRemoval(Reasoned):
    kind: Kind
    name: Name


class PolicyQuery(Shape):
    element_id: Text | None = None


class InForce(TypedDict):
    value: str | int | None
    origin: str
    place: str | None
    actorId: str | None
    reason: str | None


class PolicyInForce(TypedDict):
    processDefinitionId: str
    elementId: str | None
    jobType: str | None
    retries: InForce
    backoff: InForce
    timeout: InForce
    sla: InForce
    rate: InForce


class Override(TypedDict):
    kind: Kind
    name: str
    values: dict[str, Any]
    since: Moment
    actorId: str
    reason: str


class Overrides(TypedDict):
    items: list[Override]


class OverdueItem(TypedDict):
    kind: Literal["instance", "job", "task"]
    key: Key
    processInstanceKey: Key
    processDefinitionId: str
    processDefinitionVersion: int
    businessId: str | None
    elementId: str | None
    since: Moment
    due: Moment


class OverdueItems(TypedDict):
    items: list[OverdueItem]
    page: PageAnswer


class OverdueSearch(Shape):
    page: PageRequest | None = None


@operation(
    "GET",
    "/process-definitions/{key}/policy",
    "view",
    query=PolicyQuery,
    answer=PolicyInForce,
)
def get_process_definition_policy(key: str, query: PolicyQuery) -> PolicyInForce:
    """How an element's work is tried now, and where each value comes from"""
    found = engine().policy(key_of(key, "process definition"), query.element_id)
    return PolicyInForce(
        processDefinitionId=found.process_id,
        elementId=found.element,
        jobType=found.job_type,
        retries=_value(found.retries),
        backoff=_value(found.backoff),
        timeout=_value(found.timeout),
        sla=_value(found.sla),
        rate=_value(found.rate),
    )


def _value(found: PolicyValue) -> InForce:
    value = found.value
    if isinstance(value, timedelta):
        value = f"PT{value.total_seconds():g}S"
    return InForce(
        value=value,
        origin=found.origin,
        place=found.place,
        actorId=found.by,
        reason=found.reason,
    )


@operation("GET", "/policies", "view", answer=Overrides)
def get_policies() -> Overrides:
    """What operators have said of how work is tried"""
    return Overrides(
        items=[
            Override(
                kind=one.kind,
                name=one.name,
                values=dict(one.values),
                since=time_of(one.since),
                actorId=one.by,
                reason=one.reason,
            )
            for one in engine().policies()
        ]
    )


@operation(
    "POST",
    "/policies",
    "operate",
    body=PolicyRequest,
    example={
        "kind": "job_type",
        "name": "charge-card",
        "values": {"retries": 10, "backoff": "PT1M", "rate": "10/PT1S"},
        "reason": "the bank is slow today",
    },
)
def set_policy(body: PolicyRequest) -> None:
    """Override how the work of a job type, a process or an element is tried"""
    values = body.values.model_dump(exclude_none=True)
    if not values:
        raise Invalid("values: found none; retries, backoff, timeout, sla or rate would do")
    engine().set_policy(
        body.kind,
        body.name,
        values,
        reason=why(body),
        by=actor(),
        idempotency_key=idempotency_key(),
    )


@operation(
    "POST",
    "/policies/removal",
    "operate",
    body=PolicyRemoval,
    example={"kind": "job_type", "name": "charge-card", "reason": "the bank is fast again"},
)
def clear_policy(body: PolicyRemoval) -> None:
    """Take an override back"""
    engine().clear_policy(
        body.kind, body.name, reason=why(body), by=actor(), idempotency_key=idempotency_key()
    )


@operation(
    "POST",
    "/overdue/search",
    "view",
    body=OverdueSearch,
    answer=OverdueItems,
    example={"page": {"limit": 50}},
)
def search_overdue(body: OverdueSearch) -> Any:
    """Instances, jobs and tasks that are open for longer than promised, the oldest first"""
    page = body.page or PageRequest()
    cursor = page.after[1:] if page.after and page.after.startswith("c") else None
    paging = Paging(limit=min(page.limit, LONGEST_PAGE), cursor=cursor, offset=page.from_)
    found = engine().overdue(paging)
    return {
        "items": [_overdue(one) for one in found.items],
        "page": {
            "totalItems": min(found.total, 10_000),
            "hasMoreTotalItems": found.total > 10_000,
            "startCursor": None,
            "endCursor": f"c{found.next_cursor}" if found.next_cursor else None,
        },
    }


def _overdue(one: Overdue) -> OverdueItem:
    return OverdueItem(
        kind=one.kind,
        key=str(one.id),
        processInstanceKey=str(one.instance),
        processDefinitionId=one.process_id,
        processDefinitionVersion=one.version,
        businessId=one.business_key,
        elementId=one.element,
        since=time_of(one.since),
        due=time_of(one.due),
    )
