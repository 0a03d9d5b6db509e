"""User tasks and incidents."""

from __future__ import annotations

from typing import Any

from engine import IncidentQuery, IncidentView, Invalid, TaskQuery, TaskView
from web.api.routing import actor, allows, api, engine, idempotency_key
from web.api.shapes import (
    TENANT,
    Search,
    Shape,
    Variables,
    any_of,
    equal,
    found,
    key_of,
    keys,
    time_of,
    value_of,
)


class TaskCompletion(Shape):
    variables: Variables | None = None
    action: str | None = None


class Assignment(Shape):
    assignee: str | None = None
    allow_override: bool | None = None
    action: str | None = None


class Resolution(Shape):
    reason: str | None = None
    variables: Variables | None = None
    operation_reference: int | None = None


@api.post("/user-tasks/search")
@api.input(Search, location="json")
@allows("work")
def search_user_tasks(json_data: Search) -> Any:
    """Find open user tasks."""
    wanted = json_data.filter
    instance = equal(wanted, "processInstanceKey")
    query = TaskQuery(
        ids=keys(any_of(wanted, "userTaskKey")),
        assignee=equal(wanted, "assignee"),
        candidate_user=equal(wanted, "candidateUser"),
        candidate_groups=any_of(wanted, "candidateGroup"),
        instance=key_of(str(instance), "process instance") if instance else None,
        process_ids=any_of(wanted, "processDefinitionId"),
        element=equal(wanted, "elementId"),
    )
    return found(engine().tasks(query, json_data.paging()), _task)


def _task(task: TaskView) -> dict[str, Any]:
    return {
        "name": task.name,
        "state": "CREATED",
        "assignee": task.assignee,
        "elementId": task.element,
        "candidateGroups": task.candidate_groups,
        "candidateUsers": task.candidate_users,
        "processDefinitionId": task.process_id,
        "processName": task.process_name,
        "creationDate": time_of(task.created),
        "completionDate": None,
        "followUpDate": time_of(task.follow_up),
        "dueDate": time_of(task.due),
        "tenantId": TENANT,
        "externalFormReference": None,
        "processDefinitionVersion": task.version,
        "customHeaders": {},
        "priority": task.priority,
        "userTaskKey": str(task.id),
        "elementInstanceKey": str(task.id),
        "processDefinitionKey": str(task.definition),
        "processInstanceKey": str(task.instance),
        "rootProcessInstanceKey": None,
        "formKey": None,
        "tags": [],
        "businessId": task.business_key,
    }


@api.get("/user-tasks/<key>")
@allows("work")
def get_user_task(key: str) -> Any:
    """One open user task."""
    return _task(engine().task(key_of(key, "user task")))


@api.get("/user-tasks/<key>/form")
@allows("work")
def get_user_task_form(key: str) -> Any:
    """The form of a task, with the variables it shows; 204 when it has none."""
    task = engine().task(key_of(key, "user task"))
    if task.form is None:
        return "", 204
    return {"schema": value_of(task.form), "variables": value_of(task.variables)}


@api.post("/user-tasks/<key>/completion")
@api.input(TaskCompletion, location="json")
@allows("work")
def complete_user_task(key: str, json_data: TaskCompletion) -> Any:
    """Complete a task with what was entered."""
    engine().complete_task(
        key_of(key, "user task"),
        json_data.variables or {},
        by=actor(),
        idempotency_key=idempotency_key(),
    )
    return "", 204


@api.post("/user-tasks/<key>/assignment")
@api.input(Assignment, location="json")
@allows("work")
def assign_user_task(key: str, json_data: Assignment) -> Any:
    """Give a task to somebody."""
    if not json_data.assignee:
        raise Invalid("assignee: a name must say who gets the task")
    engine().claim(
        key_of(key, "user task"),
        json_data.assignee,
        by=actor(),
        force=json_data.allow_override is not False,
    )
    return "", 204


@api.delete("/user-tasks/<key>/assignee")
@allows("work")
def unassign_user_task(key: str) -> Any:
    """Take a task from whoever has it."""
    engine().unclaim(key_of(key, "user task"), by=actor())
    return "", 204


@api.post("/incidents/search")
@api.input(Search, location="json")
@allows("view")
def search_incidents(json_data: Search) -> Any:
    """Find what stands still because it could not be done."""
    wanted = json_data.filter
    instance = equal(wanted, "processInstanceKey")
    query = IncidentQuery(
        ids=keys(any_of(wanted, "incidentKey")),
        instance=key_of(str(instance), "process instance") if instance else None,
        process_ids=any_of(wanted, "processDefinitionId"),
        element=equal(wanted, "elementId"),
    )
    return found(engine().incidents(query, json_data.paging()), _incident)


ERROR_TYPES = {"job": "JOB_NO_RETRIES", "parked": "UNKNOWN", "input": "IO_MAPPING_ERROR"}


def _incident(incident: IncidentView) -> dict[str, Any]:
    return {
        "processDefinitionId": incident.process_id,
        "errorType": ERROR_TYPES[incident.kind],
        "errorMessage": incident.message,
        "elementId": incident.element,
        "creationTime": time_of(incident.since),
        "state": "ACTIVE",
        "tenantId": TENANT,
        "incidentKey": str(incident.id),
        "processDefinitionKey": str(incident.definition),
        "processInstanceKey": str(incident.instance),
        "rootProcessInstanceKey": None,
        "elementInstanceKey": str(incident.id),
        "jobKey": str(incident.id) if incident.kind == "job" else None,
    }


@api.get("/incidents/<key>")
@allows("view")
def get_incident(key: str) -> Any:
    """One open incident."""
    return _incident(engine().incident(key_of(key, "incident")))


@api.post("/incidents/<key>/resolution")
@api.input(Resolution, location="json")
@allows("operate")
def resolve_incident(key: str, json_data: Resolution) -> Any:
    """Try again what the incident stopped, with other variables if some are given."""
    engine().retry(
        key_of(key, "incident"),
        reason=json_data.reason or "by API",
        by=actor(),
        variables=json_data.variables,
        idempotency_key=idempotency_key(),
    )
    return "", 204
