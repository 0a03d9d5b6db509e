"""User tasks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from engine import Comment, Invalid, NotFound, Paging, TaskQuery, TaskView
from web.api.engine_rest.routing import asked, body, key, paging, route, text, texts, truth
from web.api.engine_rest.values import plain_all, time_of, time_or_none, typed, typed_all
from web.api.routing import actor, engine, idempotency_key
from web.api.search import LONGEST_PAGE
from web.api.shapes import key_of, keys_of


@route("GET", "/task", "work")
@route("POST", "/task", "work")
def tasks() -> Any:
    """Open tasks, oldest first."""
    given = asked()
    return [_task(one) for one in engine().tasks(_query(given), paging(given)).items]


@route("GET", "/task/count", "work")
@route("POST", "/task/count", "work")
def count_tasks() -> Any:
    """How many tasks are open."""
    return {"count": engine().tasks(_query(asked())).total}


def _query(given: Mapping[str, Any]) -> TaskQuery:
    one, group = text(given, "taskId"), text(given, "candidateGroup")
    process = text(given, "processDefinitionKey")
    return TaskQuery(
        ids=keys_of((one,), "task") if one else (),
        assignee=text(given, "assignee"),
        unassigned=truth(given, "unassigned"),
        candidate_user=text(given, "candidateUser"),
        candidate_groups=(group,) if group else texts(given, "candidateGroups"),
        instance=key(given, "processInstanceId"),
        process_ids=(process,) if process else texts(given, "processDefinitionKeyIn"),
        element=text(given, "taskDefinitionKey"),
    )


def _task(task: TaskView) -> dict[str, Any]:
    return {
        "id": str(task.id),
        "name": task.name,
        "assignee": task.assignee,
        "created": time_of(task.created),
        "lastUpdated": None,
        "due": time_or_none(task.due),
        "followUp": time_or_none(task.follow_up),
        "delegationState": None,
        "description": None,
        "executionId": str(task.instance),
        "owner": None,
        "parentTaskId": None,
        "priority": task.priority,
        "processDefinitionId": str(task.definition),
        "processInstanceId": str(task.instance),
        "caseExecutionId": None,
        "caseDefinitionId": None,
        "caseInstanceId": None,
        "taskDefinitionKey": task.element,
        "suspended": task.suspended,
        "formKey": None,
        "camundaFormRef": None,
        "tenantId": None,
        "taskState": "Created",
    }


@route("GET", "/task/{id}", "work")
def task(id: str) -> Any:
    """One open task."""
    return _task(engine().task(_id(id)))


@route("POST", "/task/{id}/claim", "work")
def claim(id: str) -> None:
    """Take a task; refused when it is somebody else's."""
    engine().claim(_id(id), _user(), by=actor(), idempotency_key=idempotency_key())


@route("POST", "/task/{id}/assignee", "work")
def assign(id: str) -> None:
    """Give a task to somebody."""
    given = body()
    user = text(given, "userId")
    if user is None:
        engine().unclaim(_id(id), by=actor(), idempotency_key=idempotency_key())
    else:
        engine().claim(_id(id), user, by=actor(), force=True, idempotency_key=idempotency_key())


@route("POST", "/task/{id}/unclaim", "work")
def unclaim(id: str) -> None:
    """Give a task back."""
    engine().unclaim(_id(id), by=actor(), idempotency_key=idempotency_key())


def _user() -> str:
    user = text(body(), "userId")
    if user is None:
        raise Invalid("userId: found none; say who takes the task")
    return user


@route("POST", "/task/{id}/complete", "work")
@route("POST", "/task/{id}/submit-form", "work")
def complete(id: str) -> Any:
    """A task is done, with what was entered."""
    given = body()
    found = engine().task(_id(id)) if given.get("withVariablesInReturn") is True else None
    variables = plain_all(given.get("variables"))
    checks = request.path.endswith("/submit-form")
    engine().complete_task(
        _id(id), variables, by=actor(), checks_form=checks, idempotency_key=idempotency_key()
    )
    return None if found is None else typed_all({**found.variables, **variables})


@route("GET", "/task/{id}/variables", "work")
@route("GET", "/task/{id}/form-variables", "work")
def variables(id: str) -> Any:
    """The variables that a task sees; of `variableNames`, if some are named."""
    found, names = engine().task(_id(id)).variables, texts(asked(), "variableNames")
    return typed_all({n: v for n, v in found.items() if not names or n in names})


@route("GET", "/task/{id}/variables/{name}", "work")
def variable(id: str, name: str) -> Any:
    """One variable that a task sees."""
    return typed(engine().task(_id(id)).variables.get(name))


@route("GET", "/task/{id}/form", "work")
def form(id: str) -> Any:
    """Which form a task has."""
    found = engine().task(_id(id)).form or {}
    return {"key": found.get("id") or found.get("key"), "contextPath": None}


@route("GET", "/task/{id}/identity-links", "work")
def identity_links(id: str) -> Any:
    """Who may do a task."""
    found = engine().task(_id(id))
    links = [
        {"userId": user, "groupId": None, "type": "candidate"} for user in found.candidate_users
    ]
    links += [
        {"userId": None, "groupId": group, "type": "candidate"} for group in found.candidate_groups
    ]
    if found.assignee is not None:
        links.append({"userId": found.assignee, "groupId": None, "type": "assignee"})
    return links


@route("GET", "/task/{id}/comment", "work")
def comments(id: str) -> Any:
    """What was said of a task, oldest first."""
    return [_comment(one) for one in _comments(id)]


@route("GET", "/task/{id}/comment/{comment}", "work")
def comment(id: str, comment: str) -> Any:
    """One comment."""
    found = next((one for one in _comments(id) if str(one.id) == comment), None)
    if found is None:
        raise NotFound(f"comment {comment}: task {id} has none of that id")
    return _comment(found)


@route("POST", "/task/{id}/comment/create", "work")
def create_comment(id: str) -> Any:
    """Say something of a task."""
    said = text(body(), "message")
    if said is None:
        raise Invalid("message: found none; say something")
    return _comment(
        engine().comment(said, task=_id(id), by=actor(), idempotency_key=idempotency_key())
    )


@route("GET", "/process-instance/{id}/comment", "work")
def instance_comments(id: str) -> Any:
    """What was said of an instance and its tasks, oldest first."""
    page = Paging(limit=LONGEST_PAGE)
    found = engine().comments(instance=key_of(id, "process instance"), page=page).items
    return [_comment(one) for one in found]


def _comments(id: str) -> list[Comment]:
    return engine().comments(task=_id(id), page=Paging(limit=LONGEST_PAGE)).items


def _comment(one: Comment) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "userId": one.by.name,
        "taskId": None if one.task is None else str(one.task),
        "processInstanceId": str(one.instance),
        "time": time_of(one.at),
        "message": one.text,
        "removalTime": None,
        "rootProcessInstanceId": None,
    }


def _id(id: str) -> int:
    return key_of(id, "task")
