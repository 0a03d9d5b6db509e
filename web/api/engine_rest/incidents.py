"""Open incidents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import IncidentQuery, IncidentView
from web.api.engine_rest.routing import asked, key, paging, route, text
from web.api.engine_rest.values import time_of
from web.api.routing import engine
from web.api.shapes import key_of, keys_of


@route("GET", "/incident", "view")
def incidents() -> Any:
    """Open incidents, newest first."""
    given = asked()
    found = engine().incidents(_incident_query(given), paging(given))
    return [_incident(one) for one in found.items]


@route("GET", "/incident/count", "view")
def count_incidents() -> Any:
    """How many incidents are open."""
    return {"count": engine().incidents(_incident_query(asked())).total}


@route("GET", "/incident/{id}", "view")
def incident(id: str) -> Any:
    """One open incident."""
    return _incident(engine().incident(key_of(id, "incident")))


def _incident_query(given: Mapping[str, Any]) -> IncidentQuery:
    one, process = text(given, "incidentId"), text(given, "processDefinitionKeyIn")
    return IncidentQuery(
        ids=keys_of((one,), "incident") if one else (),
        instance=key(given, "processInstanceId"),
        definition=key(given, "processDefinitionId"),
        process_ids=tuple(process.split(",")) if process else (),
        element=text(given, "activityId"),
    )


def _incident(found: IncidentView) -> dict[str, Any]:
    return {
        "id": str(found.id),
        "processDefinitionId": str(found.definition),
        "processInstanceId": str(found.instance),
        "executionId": str(found.instance),
        "incidentTimestamp": time_of(found.since),
        "incidentType": "failedExternalTask" if found.kind == "job" else "failedJob",
        "activityId": found.element,
        "failedActivityId": found.element,
        "causeIncidentId": str(found.id),
        "rootCauseIncidentId": str(found.id),
        "configuration": str(found.id),
        "tenantId": None,
        "incidentMessage": found.message,
        "jobDefinitionId": None,
        "annotation": None,
    }
