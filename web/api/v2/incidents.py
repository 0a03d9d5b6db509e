"""Incidents: what stands still because it could not be done."""

from __future__ import annotations

from typing import Any, Literal

from typing_extensions import TypedDict

from engine import IncidentQuery, IncidentView, Paging, instance_of
from web.api.routing import actor, engine, idempotency_key, operation
from web.api.search import LONGEST_PAGE, PageAnswer, Search, found, search_of
from web.api.shapes import (
    TENANT,
    Key,
    Moment,
    Shape,
    Variables,
    key_of,
    keys_of,
    text_of,
    time_of,
)
from web.api.v2.variables import whole

ErrorType = Literal["JOB_NO_RETRIES", "UNKNOWN", "IO_MAPPING_ERROR"]
ERROR_TYPES: dict[str, ErrorType] = {
    "job": "JOB_NO_RETRIES",
    "parked": "UNKNOWN",
    "input": "IO_MAPPING_ERROR",
}


class Resolution(Shape):
    reason: str | None = None
    variables: Variables | None = None
    """Set in the incident's scope before the next try."""


class Incident(TypedDict):
    processDefinitionId: str
    errorType: ErrorType
    errorMessage: str
    elementId: str
    creationTime: Moment
    state: Literal["ACTIVE"]
    tenantId: str
    incidentKey: Key
    processDefinitionKey: Key
    processInstanceKey: Key
    rootProcessInstanceKey: Key | None
    elementInstanceKey: Key
    jobKey: Key | None


class Incidents(TypedDict):
    items: list[Incident]
    page: PageAnswer


IncidentSearch = search_of(Incident)


@operation(
    "POST",
    "/incidents/search",
    "view",
    body=IncidentSearch,
    answer=Incidents,
    example={"filter": {"processDefinitionId": "order"}},
)
def search_incidents(body: Search) -> Any:
    """Find open incidents, newest first"""
    return _found(body)


@operation(
    "POST",
    "/process-instances/{key}/incidents/search",
    "view",
    body=IncidentSearch,
    answer=Incidents,
)
def search_process_instance_incidents(key: str, body: Search) -> Any:
    """Find the open incidents of an instance"""
    return _found(body, engine().instance(key_of(key, "process instance")).head.id)


@operation(
    "POST",
    "/element-instances/{key}/incidents/search",
    "view",
    body=IncidentSearch,
    answer=Incidents,
)
def search_element_instance_incidents(key: str, body: Search) -> Any:
    """Find the open incidents of one visit of a flow node, or of an instance as a whole"""
    id = key_of(key, "element instance")
    instance = engine().instance(instance_of(id)).head.id
    page = engine().incidents(IncidentQuery(instance=instance), Paging(limit=LONGEST_PAGE))
    return whole([_item(one) for one in page.items if id in (instance, one.token)], body)


def _found(body: Search, instance: int | None = None) -> Any:
    wanted = body.conditions()
    if instance is None:
        asked = wanted.one("processInstanceKey")
        instance = None if asked is None else key_of(asked, "process instance")
    definition = wanted.one("processDefinitionKey")
    query = IncidentQuery(
        ids=keys_of(wanted.any("incidentKey") or (), "incident"),
        instance=instance,
        process_ids=wanted.any("processDefinitionId") or (),
        definition=None if definition is None else key_of(definition, "process definition"),
        element=wanted.one("elementId"),
    )
    return found(
        body,
        wanted,
        lambda paging: engine().incidents(query, paging),
        _item,
        sorted_by=("-creationTime",),
    )


def _item(incident: IncidentView) -> Incident:
    return Incident(
        processDefinitionId=incident.process_id,
        errorType=ERROR_TYPES[incident.kind],
        errorMessage=incident.message,
        elementId=incident.element or incident.process_id,
        creationTime=time_of(incident.since),
        state="ACTIVE",
        tenantId=TENANT,
        incidentKey=str(incident.id),
        processDefinitionKey=str(incident.definition),
        processInstanceKey=str(incident.instance),
        rootProcessInstanceKey=str(incident.root),
        elementInstanceKey=str(incident.token or incident.instance),
        jobKey=text_of(incident.job),
    )


@operation("GET", "/incidents/{key}", "view", answer=Incident)
def get_incident(key: str) -> Incident:
    """One open incident"""
    return _item(engine().incident(key_of(key, "incident")))


@operation(
    "POST",
    "/incidents/{key}/resolution",
    "operate",
    body=Resolution,
    example={"reason": "the bank is back", "variables": {"account": "DE02"}},
)
def resolve_incident(key: str, body: Resolution) -> None:
    """Try again what the incident stopped, with other variables if some are given"""
    engine().retry(
        key_of(key, "incident"),
        reason=(body.reason or "").strip() or "by API",
        by=actor(),
        variables=body.variables,
        idempotency_key=idempotency_key(),
    )
