"""Starting processes by what somebody knows: both APIs' condition evaluation."""

from __future__ import annotations

from tests.kit import document
from tests.web.api.kit import Served


def model(process: str, limit: int) -> bytes:
    return document(
        f"""<startEvent id="s"><conditionalEventDefinition>
        <condition>=stock &lt; {limit}</condition></conditionalEventDefinition></startEvent>
        <userTask id="t"/> <endEvent id="e"/>
        s -> t -> e"""
    ).replace(b"id='p'", f"id='{process}'".encode())


def two(api: Served) -> None:
    api.engine.deploy({"low.bpmn": model("low", 5), "lower.bpmn": model("lower", 2)})


def test_each_process_whose_condition_holds_is_started(api: Served) -> None:
    two(api)
    path = "/v2/conditionals/evaluation"
    (started,) = api.post(path, {"variables": {"stock": 3}})["processInstances"]
    found = api.call("GET", f"/v2/process-instances/{started['processInstanceKey']}")
    assert found["processDefinitionId"] == "low"
    assert found["processDefinitionKey"] == started["processDefinitionKey"]
    assert len(api.post(path, {"variables": {"stock": 1}})["processInstances"]) == 2
    assert api.post(path, {"variables": {"stock": 9}})["processInstances"] == []
    only = {"variables": {"stock": 1}, "processDefinitionKey": started["processDefinitionKey"]}
    assert len(api.post(path, only)["processInstances"]) == 1
    api.post(path, {"variables": {}, "processDefinitionKey": "99"}, expect=404)
    api.post(path, {}, expect=400)


def test_camunda_7_clients_get_the_instances_that_were_started(api: Served) -> None:
    two(api)
    body = {"variables": {"stock": {"value": 3}}, "businessKey": "S-1"}
    (started,) = api.post("/engine-rest/condition", body)
    assert (started["definitionKey"], started["businessKey"]) == ("low", "S-1")
    lower = str(api.engine.latest("lower").key)
    assert api.post("/engine-rest/condition", {**body, "processDefinitionId": lower}) == []
