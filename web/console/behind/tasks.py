"""The calls behind the commands of user tasks, of one and of many."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import request

from web.api.shapes import time_of
from web.console import entry
from web.console.behind import said, stands_for
from web.console.calls import Call
from web.console.pages import revert, tasks, tasks_bulk
from web.console.rendering import actor, engine

MEMBERS = {"due_date": "dueDate", "follow_up_date": "followUpDate", "priority": "priority"}


@stands_for("complete")
def complete(id: int) -> Call:
    given = entry.read(entry.of_task(engine().task(id)), request.form)
    path = f"/user-tasks/{id}/completion"
    return Call(method="POST", path=path, body={"variables": given.values})


@stands_for("draft")
def draft(id: int) -> Call:
    path = f"/user-tasks/{id}/draft"
    if request.form.get("drop"):
        return Call(method="DELETE", path=path)
    given = entry.read(entry.of_task(engine().task(id)), request.form)
    return Call(method="PUT", path=path, body={"values": given.values})


@stands_for("claim")
def claim(id: int) -> Call:
    if request.form.get("release"):
        return Call(method="DELETE", path=f"/user-tasks/{id}/assignee")
    name = said("assignee")
    body: dict[str, Any] = {"assignee": name or actor().name}
    if not name and not request.form.get("force"):
        body["allowOverride"] = False
    return Call(method="POST", path=f"/user-tasks/{id}/assignment", body=body)


@stands_for("revert_assignment")
def revert_assignment(id: int) -> Call | None:
    given = revert.given_last(id)
    if given is None:
        return None
    if given.before is None:
        return Call(method="DELETE", path=f"/user-tasks/{id}/assignee")
    body = {"assignee": given.before}
    return Call(method="POST", path=f"/user-tasks/{id}/assignment", body=body)


@stands_for("dates")
def dates(id: int) -> Call:
    changes = changeset(tasks.changed_dates(request.form))
    return Call(method="PATCH", path=f"/user-tasks/{id}", body={"changeset": changes})


@stands_for("comment")
def comment(id: int) -> Call:
    body = {"text": said("text")}
    return Call(method="POST", path=f"/user-tasks/{id}/comments", body=body)


@stands_for("tasks_bulk")
def many() -> Call | None:
    chosen = tasks_bulk.chosen_tasks()
    kind = request.form.get("kind", "claim")
    if not chosen or kind not in tasks_bulk.KINDS:
        return None
    given = None
    if kind == "complete":
        given = entry.read(entry.of_form(engine().task(chosen[0].id).form, {}), request.form)
    order = tasks_bulk.order_of(kind, given)
    if order is None:
        return None
    body: dict[str, Any] = {"userTaskKeys": [str(task.id) for task in chosen]}
    if order.kind == "complete_tasks":
        body |= {"batchOperationType": "COMPLETE_USER_TASK", "variables": order.variables}
    elif order.kind == "update_tasks":
        body |= {"batchOperationType": "UPDATE_USER_TASK", "changeset": changeset(order.changes)}
    else:
        body |= {"batchOperationType": "ASSIGN_USER_TASK", "takesOver": order.takes_over}
        if order.assignee:
            body["assignee"] = order.assignee
    path = "/batch-operations" if request.form.get("run") else "/batch-operations/check"
    return Call(method="POST", path=path, body=body)


def changeset(changes: Any) -> dict[str, Any]:
    """What is changed of a task; an empty text takes a date away."""
    return {
        MEMBERS[name]: time_of(value) if isinstance(value, datetime) else _none(name, value)
        for name, value in changes.items()
    }


def _none(name: str, value: Any) -> Any:
    return "" if value is None and name.endswith("_date") else value
