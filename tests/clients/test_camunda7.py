"""Camunda 7's own clients complete work each, against a live server."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from tests.clients.kit import run_javascript, run_python
from tests.clients.models import ROUGH_TOPIC, TOPIC
from tests.web.api.kit import Served

REST = "/engine-rest"


def test_javascript_worker(api: Served) -> None:
    api.engine.deploy({"p.bpmn": TOPIC})
    given = {"order": {"items": ["book"]}, "amount": 120.5, "empty": None}
    started = api.engine.start("p", given, business_key="A-1")
    told = run_javascript("external_task.mjs", URL=api.url)
    assert told["all"] == given
    assert told["businessKey"] == "A-1"
    found = api.call("GET", f"{REST}/process-instance/{started.id}/variables")
    assert found["paid"]["value"] is True
    assert found["note"] == {"type": "Json", "value": '{"lines":[1,2]}', "valueInfo": {}}
    assert found["when"]["value"] == "1970-01-01T00:00:00.000+0000"
    (task,) = api.call("GET", f"{REST}/task")
    assert task["taskDefinitionKey"] == "u"


def test_python_clients(api: Served, tmp_path: Path) -> None:
    model = tmp_path / "p.bpmn"
    model.write_bytes(TOPIC)
    told = run_python("camunda7", "camunda7.py", api.url, str(model))
    assert told["version"] == "7.24.0"
    assert told["worker"] == {"amount": 120.5, "list": "[1]"}
    assert told["key"] == "A-1"
    assert base64.b64decode(told["paid"]) == b"true", "the client reads values as files"
    assert told["instances"] == 1
    assert told["assignee"] == "ada"
    assert told["generic"] == 1
    assert told["state"] == "COMPLETED"
    assert api.state(told["ended"]) == "COMPLETED"


def test_python_clients_when_things_go_wrong(api: Served) -> None:
    api.engine.deploy({"rough.bpmn": ROUGH_TOPIC})
    told = run_python("camunda7", "rough7.py", api.url)
    seen = {"incident": "the bank is away", "left": 0, "same": True}
    assert told["pycamunda"] == {**seen, "running": 0, "declined": 0, "deleted": 0}
    assert told["generic"] == {
        **seen,
        "correlated": True,
        "first": "COMPLETED",
        "second": ["COMPLETED", "declined"],
        "third": "EXTERNALLY_TERMINATED",
    }


MODELER = {"Origin": "file://", "User-Agent": "Camunda Modeler/5.50.1"}


def deploy_as_modeler(api: Served, content: bytes, expect: int = 200) -> Any:
    """The parts that the desktop Modeler sends, in its order."""
    fields = {
        "deployment-name": (None, "p"),
        "deployment-source": (None, "Camunda Modeler"),
        "enable-duplicate-filtering": (None, "true"),
        "p.bpmn": ("p.bpmn", content, "application/octet-stream"),
    }
    return api.call(
        "POST", f"{REST}/deployment/create", files=fields, headers=MODELER, expect=expect
    )


def test_the_modeler_deploys_and_starts(api: Served) -> None:
    listed = api.http.get(f"{REST}/deployment?maxResults=0", headers=MODELER)
    assert listed.json() == []
    assert listed.headers["Access-Control-Allow-Origin"] == "file://"
    assert api.call("GET", f"{REST}/version", headers=MODELER)["version"].startswith("7.")
    first = deploy_as_modeler(api, TOPIC)
    (definition,) = first["deployedProcessDefinitions"].values()
    assert definition["key"] == "p"
    again = deploy_as_modeler(api, TOPIC)["deployedProcessDefinitions"]
    assert list(again) == [definition["id"]], "what has not changed keeps its version"
    path = f"{REST}/process-definition/{definition['id']}/start"
    started = api.call("POST", path, json={"businessKey": "A-1"}, headers=MODELER)
    assert started["definitionId"] == definition["id"]


def test_a_broken_diagram_is_told_as_the_modeler_reads_it(api: Served) -> None:
    told = deploy_as_modeler(api, TOPIC.replace(b"targetRef='t'", b"targetRef='gone'"), expect=400)
    assert told["message"].startswith("ENGINE-09005 Could not parse BPMN process.")
    assert "gone" in told["message"]


def test_a_preflight_of_the_modeler_needs_no_credentials(api: Served) -> None:
    asked = {"Origin": "file://", "Access-Control-Request-Method": "POST"}
    answer = api.http.options(f"{REST}/deployment/create", headers=asked)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "file://"
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]


def test_pages_of_other_sites_may_not_call(api: Served) -> None:
    answer = api.http.get(f"{REST}/deployment", headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_the_modeler_deploys_to_v2(api: Served) -> None:
    from tests.clients.models import WHOLE

    assert api.call("GET", "/v2/topology")["gatewayVersion"] == "8.9.0"
    parts = [("resources", ("p.bpmn", WHOLE, "application/octet-stream"))]
    done = api.call("POST", "/v2/deployments", files=parts, data={"tenantId": "<default>"})
    (deployed,) = done["deployments"]
    assert deployed["processDefinition"]["processDefinitionId"] == "p"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/external-task/1/complete", 404),
        ("GET", "/process-instance/1", 404),
        ("GET", "/process-instance/nothing", 400),
        ("POST", "/message", 400),
        ("PUT", "/version", 405),
        ("GET", "/nowhere", 404),
    ],
)
def test_errors_have_type_message_and_code(
    api: Served, method: str, path: str, status: int
) -> None:
    told = api.call(method, f"{REST}{path}", expect=status, json={})
    assert set(told) == {"type", "message", "code"}
    assert told["message"]
