"""What a form asks for is asked of the API too."""

from __future__ import annotations

from typing import Any

from tests.engine.test_listeners import CAMUNDA7
from tests.web.api.kit import Served

FORM = """<extensionElements><camunda:formData><camunda:formField id="age" label="Age" type="long">
    <camunda:validation><camunda:constraint name="min" config="18"/>
    <camunda:constraint name="required"/></camunda:validation>
    </camunda:formField></camunda:formData></extensionElements>"""


def deploy(api: Served, start: str = "", task: str = "") -> None:
    xml = f"""<startEvent id="s">{start}</startEvent> <userTask id="t">{task}</userTask>
        <endEvent id="e"/>
        s -> t -> e"""
    api.deploy(xml, attributes=CAMUNDA7)


def completion(api: Served, variables: Any, expect: int = 204) -> Any:
    (task,) = api.post("/v2/user-tasks/search", {})["items"]
    path = f"/v2/user-tasks/{task['userTaskKey']}/completion"
    return api.post(path, {"variables": variables}, expect=expect)


def test_a_task_is_not_completed_with_what_its_form_does_not_take(api: Served) -> None:
    deploy(api, task=FORM)
    api.start()
    told = completion(api, {"age": 7}, 400)
    assert told["fields"] == [
        {"key": "age", "label": "Age", "message": "is 7; 18 or more would do"}
    ]
    assert "'Age' is 7" in told["detail"]
    assert completion(api, {}, 400)["fields"][0]["message"] == "is required"
    completion(api, {"age": 18, "more": True})


def test_a_task_without_a_form_takes_anything(api: Served) -> None:
    deploy(api)
    api.start()
    completion(api, {"age": 7})


def test_a_start_is_held_against_its_form(api: Served) -> None:
    deploy(api, start=FORM)
    body = {"processDefinitionId": "p", "variables": {"age": 7}}
    told = api.post("/v2/process-instances", body, expect=400)
    assert [field["key"] for field in told["fields"]] == ["age"]
    api.post("/v2/process-instances", {**body, "variables": {"age": 40}})
    placed = {**body, "startInstructions": [{"elementId": "t"}]}
    api.post("/v2/process-instances", placed)  # it does not begin at the form's start event


def test_a_submitted_start_form_is_held_against_it_and_a_plain_start_is_not(api: Served) -> None:
    deploy(api, start=FORM)
    body = {"variables": {"age": {"value": 7}}}
    path = "/engine-rest/process-definition/key/p"
    told = api.post(f"{path}/submit-form", body, expect=400)
    assert "'Age' is 7" in told["message"]
    assert api.post(f"{path}/start", body)["definitionKey"] == "p"
