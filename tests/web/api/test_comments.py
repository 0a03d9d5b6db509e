"""Comments and drafts by both APIs; tasks found by the query language, and changed many at once."""

from __future__ import annotations

from typing import Any

from tests.web.api.kit import Served

TASK = """<startEvent id="s"/> <userTask id="t" name="Decide"/> <endEvent id="e"/>
s -> t -> e"""


def begun(api: Served, **variables: Any) -> tuple[str, str]:
    """Instance and task."""
    key = api.start(**variables)
    (task,) = api.post("/v2/user-tasks/search", {"filter": {"processInstanceKey": key}})["items"]
    return key, task["userTaskKey"]


def test_what_is_said_by_one_api_is_read_by_the_other(api: Served) -> None:
    api.deploy(TASK)
    instance, task = begun(api)
    said = api.post(f"/v2/user-tasks/{task}/comments", {"text": "Called. No answer."})
    assert (said["userTaskKey"], said["elementId"]) == (task, "t")
    api.post(f"/engine-rest/task/{task}/comment/create", {"message": "Called again."})
    api.post(f"/v2/process-instances/{instance}/comments", {"text": "On strike."})
    old = api.call("GET", f"/engine-rest/task/{task}/comment")
    assert [one["message"] for one in old] == ["Called. No answer.", "Called again."]
    assert api.call("GET", f"/engine-rest/task/{task}/comment/{said['commentKey']}") == old[0]
    assert [one["text"] for one in api.call("GET", f"/v2/user-tasks/{task}/comments")["items"]] == [
        "Called. No answer.",
        "Called again.",
    ]
    whole = api.call("GET", f"/v2/process-instances/{instance}/comments")["items"]
    assert [(one["text"], one["userTaskKey"]) for one in whole][-1] == ("On strike.", None)
    assert len(api.call("GET", f"/engine-rest/process-instance/{instance}/comment")) == 3
    api.post(f"/v2/user-tasks/{task}/comments", {"text": " "}, expect=400)
    api.post(f"/engine-rest/task/{task}/comment/create", {}, expect=400)


def test_a_draft_is_kept_read_and_forgotten(api: Served) -> None:
    api.deploy(TASK)
    _, task = begun(api)
    path = f"{api.url}/v2/user-tasks/{task}/draft"
    assert api.http.get(path).status_code == 404
    assert api.http.put(path, json={"values": {"amount": 12.5}}).status_code == 204
    assert api.http.get(path).json()["values"] == '{"amount":12.5}'
    assert api.http.delete(path).status_code == 204
    assert api.http.get(path).status_code == 404


def test_tasks_are_found_by_the_query_language_in_any_order(api: Served) -> None:
    api.deploy(TASK)
    _, low = begun(api, n=1)
    _, high = begun(api, n=2)
    path = f"{api.url}/v2/user-tasks/{high}"
    changed = {"priority": 80, "dueDate": "2031-01-01T00:00:00Z"}
    assert api.http.patch(path, json={"changeset": changed}).status_code == 204

    def keys(**asked: Any) -> list[str]:
        return [one["userTaskKey"] for one in api.post("/v2/user-tasks/search", asked)["items"]]

    assert keys(filter={"query": "priority:>50"}) == [high]
    assert keys(filter={"query": "var.n=1 is:unassigned"}) == [low]
    assert keys(filter={"query": "due:none"}) == [low]
    assert keys(sort=[{"field": "priority", "order": "DESC"}]) == [high, low]
    assert keys(sort=[{"field": "dueDate", "order": "ASC"}]) == [high, low]
    assert keys(sort=[{"field": "creationDate", "order": "DESC"}]) == [high, low]
    told = api.post("/v2/user-tasks/search", {"filter": {"query": "due:soon"}}, expect=400)
    assert "a span or a day" in told["detail"]


def test_many_tasks_are_one_batch_operation(api: Served) -> None:
    api.deploy(TASK)
    tasks = [begun(api)[1] for _ in range(3)]
    order = {
        "batchOperationType": "ASSIGN_USER_TASK",
        "userTaskKeys": tasks,
        "assignee": "ada",
        "reason": "on duty",
    }
    assert api.post("/v2/batch-operations/check", order)["can"] == 3
    made = api.post("/v2/batch-operations", order)
    assert made["batchOperationType"] == "ASSIGN_USER_TASK"
    api.engine.run_due()
    found = api.post("/v2/user-tasks/search", {"filter": {"assignee": "ada"}})["items"]
    assert len(found) == 3
    wrong = {**order, "userTaskKeys": None}
    assert "userTaskKeys" in api.post("/v2/batch-operations", wrong, expect=400)["detail"]
    wrong = {**order, "batchOperationType": "CANCEL_PROCESS_INSTANCE"}
    assert "ASSIGN_USER_TASK" in api.post("/v2/batch-operations", wrong, expect=400)["detail"]


def test_a_start_form_is_submitted_by_the_id_of_its_version(api: Served) -> None:
    api.deploy(TASK)
    (definition,) = api.call("GET", "/engine-rest/process-definition?key=p")
    path = f"/engine-rest/process-definition/{definition['id']}/submit-form"
    started = api.post(path, {"businessKey": "A-1", "variables": {"n": {"value": 1}}})
    assert (started["definitionId"], started["businessKey"]) == (definition["id"], "A-1")
