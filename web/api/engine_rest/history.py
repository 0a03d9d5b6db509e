"""What was: instances, their variables and activities, running or ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine import InstanceSummary, Invalid
from web.api.engine_rest.instances import id_of, instance_query
from web.api.engine_rest.routing import asked, key, paging, route, text
from web.api.engine_rest.values import time_of, time_or_none, typed
from web.api.engine_rest.variables import variables_of
from web.api.routing import engine
from web.api.v2.element_instances import ElementInstance, visits_of


@route("GET", "/history/process-instance", "view")
@route("POST", "/history/process-instance", "view")
def history() -> Any:
    """Running and ended instances."""
    given = asked()
    query = instance_query(given, ended=True)
    return [_historic(one) for one in engine().instances(query, paging(given)).items]


@route("GET", "/history/process-instance/count", "view")
@route("POST", "/history/process-instance/count", "view")
def count_history() -> Any:
    """How many there are."""
    return {"count": engine().instances(instance_query(asked(), ended=True)).total}


@route("GET", "/history/process-instance/{id}", "view")
def history_of(id: str) -> Any:
    """One instance, running or ended."""
    return _historic(engine().instance(id_of(id)).head)


@route("GET", "/history/variable-instance", "view")
def historic_variables() -> Any:
    """The variables of one instance, running or ended."""
    instance = key(asked(), "processInstanceId")
    if instance is None:
        raise Invalid("processInstanceId: found none; say whose variables are meant")
    return [
        {
            "id": f"{instance}:{name}",
            "name": name,
            **typed(value),
            "processInstanceId": str(instance),
            "executionId": str(instance),
            "activityInstanceId": str(instance),
            "state": "CREATED",
            "tenantId": None,
        }
        for name, value in variables_of(str(instance)).items()
    ]


STATES = {
    "active": "ACTIVE",
    "completed": "COMPLETED",
    "failed": "INTERNALLY_TERMINATED",
    "cancelled": "EXTERNALLY_TERMINATED",
}


def _historic(head: InstanceSummary) -> dict[str, Any]:
    ended = head.ended
    seconds = None if ended is None else (ended - head.started).total_seconds()
    return {
        "id": str(head.id),
        "businessKey": head.business_key,
        "processDefinitionId": str(head.definition),
        "processDefinitionKey": head.process_id,
        "processDefinitionName": head.process_name,
        "processDefinitionVersion": head.version,
        "startTime": time_of(head.started),
        "endTime": time_or_none(ended),
        "removalTime": None,
        "durationInMillis": None if seconds is None else int(seconds * 1000),
        "startUserId": head.started_by,
        "startActivityId": None,
        "deleteReason": head.reason,
        "rootProcessInstanceId": str(head.root),
        "superProcessInstanceId": None if head.parent is None else str(head.parent),
        "superCaseInstanceId": None,
        "caseInstanceId": None,
        "tenantId": None,
        "state": "SUSPENDED" if head.suspended else STATES[head.state],
        "restartedProcessInstanceId": None,
    }


@route("GET", "/history/activity-instance", "view")
def historic_activities() -> Any:
    """The visits of flow nodes of one instance, running or ended, in their order."""
    given = asked()
    instance = key(given, "processInstanceId")
    if instance is None:
        raise Invalid("processInstanceId: found none; say whose activities are meant")
    wanted = text(given, "activityId")
    return [
        _activity(item)
        for item in visits_of(instance)
        if item["type"] != "PROCESS" and wanted in (None, item["elementId"])
    ]


def _activity(item: ElementInstance) -> dict[str, Any]:
    start, end = _moment(item["startDate"]), _moment(item["endDate"])
    words = item["type"].lower().split("_")
    return {
        "id": item["elementInstanceKey"],
        "parentActivityInstanceId": item["processInstanceKey"],
        "activityId": item["elementId"],
        "activityName": item["elementName"],
        "activityType": words[0] + "".join(word.capitalize() for word in words[1:]),
        "processDefinitionKey": item["processDefinitionId"],
        "processDefinitionId": item["processDefinitionKey"],
        "processInstanceId": item["processInstanceKey"],
        "executionId": item["processInstanceKey"],
        "taskId": None,
        "assignee": None,
        "calledProcessInstanceId": None,
        "calledCaseInstanceId": None,
        "startTime": time_or_none(start),
        "endTime": time_or_none(end),
        "durationInMillis": None
        if start is None or end is None
        else int((end - start).total_seconds() * 1000),
        "canceled": item["state"] == "TERMINATED",
        "completeScope": False,
        "tenantId": None,
        "removalTime": None,
        "rootProcessInstanceId": item["rootProcessInstanceKey"],
    }


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
