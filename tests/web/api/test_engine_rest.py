"""What Camunda 7's clients ask for beside work: files, history, figures, deployments, addresses."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from tests.clients.models import TOPIC
from tests.web.api.kit import Served, served
from tests.web.api.provider import AUDIENCE
from web.api import ApiSettings
from web.api.guard import Accounts, Authorities
from web.api.oidc import OidcSettings, Provider

REST = "/engine-rest"
PICTURE = bytes(range(256))


def started(api: Served) -> str:
    api.engine.deploy({"p.bpmn": TOPIC})
    return str(api.engine.start("p", {"amount": 7}).id)


def fetched(api: Served) -> Any:
    topics = [{"topicName": "work", "lockDuration": 60_000}]
    body = {"workerId": "w", "maxTasks": 1, "topics": topics}
    (task,) = api.post(f"{REST}/external-task/fetchAndLock", body)
    return task


def narrowed(api: Served, *topics: dict[str, Any], hold: int = 0) -> list[str]:
    """Business keys of the tasks that such topics get."""
    asked = [{"topicName": "work", "lockDuration": 60_000, **topic} for topic in topics]
    body = {"workerId": "w", "maxTasks": 5, "topics": asked, "asyncResponseTimeout": hold}
    found = api.post(f"{REST}/external-task/fetchAndLock", body)
    return sorted(task["businessKey"] for task in found)


def test_a_topic_may_be_narrowed_down_to_some_instances(api: Served) -> None:
    api.engine.deploy({"p.bpmn": TOPIC, "q.bpmn": TOPIC.replace(b"'p'", b"'q'")})
    for process, key in (("p", "P-1"), ("p", "P-2"), ("q", "Q-1"), ("q", "Q-2")):
        api.engine.start(process, business_key=key)
    old = api.engine.latest("q")
    assert narrowed(api, {"businessKey": "none"}) == []
    assert narrowed(api, {"businessKey": "P-2"}) == ["P-2"]
    assert narrowed(api, {"businessKey": "P-2"}, hold=300) == [], "it is locked"
    assert narrowed(api, {"processDefinitionKeyIn": ["p", "r"]}) == ["P-1"]
    assert narrowed(api, {"processDefinitionId": f"q:1:{old.key}"}) == ["Q-1", "Q-2"]
    told = api.post(
        f"{REST}/external-task/fetchAndLock",
        {
            "workerId": "w",
            "maxTasks": 1,
            "topics": [{"topicName": "work", "lockDuration": 1, "processVariables": {"amount": 1}}],
        },
        expect=400,
    )
    assert "processVariables" in told["message"]


def test_topics_that_are_narrowed_otherwise_are_asked_for_together(api: Served) -> None:
    api.engine.deploy(
        {"p.bpmn": TOPIC, "q.bpmn": TOPIC.replace(b"'work'", b"'pack'").replace(b"'p'", b"'q'")}
    )
    api.engine.start("p", business_key="P-1")
    api.engine.start("q", business_key="Q-1")
    pack = {"topicName": "pack", "processDefinitionKey": "q"}
    assert narrowed(api, {"businessKey": "P-1"}, pack, hold=2_000) == ["P-1", "Q-1"]
    assert narrowed(api, {"businessKey": "P-1"}, pack, hold=100) == []


def test_a_file_goes_in_with_a_task_and_comes_out_as_it_was(api: Served) -> None:
    key = started(api)
    task = fetched(api)
    value = {
        "type": "File",
        "value": base64.b64encode(PICTURE).decode(),
        "valueInfo": {"filename": "über.png", "mimeType": "image/png"},
    }
    body = {"workerId": "w", "variables": {"picture": value}}
    api.post(f"{REST}/external-task/{task['id']}/complete", body, expect=204)
    found = api.call("GET", f"{REST}/process-instance/{key}/variables")["picture"]
    assert found["type"] == "File"
    assert found["value"] is None
    assert found["valueInfo"]["filename"] == "über.png"
    answer = api.http.get(f"{REST}/execution/{key}/localVariables/picture/data")
    assert answer.content == PICTURE
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment;")


def test_a_file_is_set_by_a_form_and_may_not_be_too_large(api: Served) -> None:
    key = started(api)
    path = f"{REST}/process-instance/{key}/variables/note/data"
    files = {"data": ("note.txt", b"hello", "text/plain"), "valueType": (None, "File")}
    api.call("POST", path, files=files, expect=204)
    assert api.http.get(path).text == "hello"
    large = {"data": ("large.bin", b"x" * 800_000)}
    told = api.call("POST", path, files=large, expect=400)
    assert "700,000" in told["message"]
    broken = {"type": "File", "value": "no base64!"}
    body = {"modifications": {"note": broken}}
    told = api.post(f"{REST}/process-instance/{key}/variables", body, expect=400)
    assert "base64" in told["message"]


def test_history_has_the_activities_in_their_order(api: Served) -> None:
    key = started(api)
    body = {"workerId": "w", "variables": {"paid": {"value": True}}}
    api.post(f"{REST}/external-task/{fetched(api)['id']}/complete", body, expect=204)
    listed = api.call("GET", f"{REST}/history/activity-instance?processInstanceId={key}")
    assert [one["activityId"] for one in listed] == ["s", "t", "u"]
    assert [one["endTime"] is None for one in listed] == [False, False, True]
    assert listed[1]["activityType"] == "serviceTask"
    assert listed[0]["durationInMillis"] is not None
    path = f"{REST}/history/activity-instance?processInstanceId={key}&activityId=u"
    assert len(api.call("GET", path)) == 1
    api.call("GET", f"{REST}/history/activity-instance", expect=400)
    assert api.call("GET", f"{REST}/history/process-instance/count") == {"count": 1}


def test_figures_tell_instances_and_incidents(api: Served) -> None:
    started(api)
    body = {"workerId": "w", "errorMessage": "no", "retries": 0, "retryTimeout": 0}
    api.post(f"{REST}/external-task/{fetched(api)['id']}/failure", body, expect=204)
    (one,) = api.call("GET", f"{REST}/process-definition/statistics")
    assert one["instances"] == 1
    assert one["incidents"] == [{"incidentType": "failedJob", "incidentCount": 1}]
    (element,) = api.call("GET", f"{REST}/process-definition/{one['id']}/statistics")
    assert (element["id"], element["instances"]) == ("t", 1)


def test_deployments_are_listed_and_found(api: Served) -> None:
    assert api.call("GET", f"{REST}/deployment") == []
    started(api)
    api.engine.deploy({"p.bpmn": TOPIC.replace(b"Look at it", b"Look")})
    listed = api.call("GET", f"{REST}/deployment")
    assert len(listed) == 2, "older ones too"
    assert api.call("GET", f"{REST}/deployment/count") == {"count": 2}
    assert api.call("GET", f"{REST}/deployment/{listed[0]['id']}") == listed[0]
    assert api.call("GET", f"{REST}/deployment?id={listed[1]['id']}") == listed[1:]
    api.call("GET", f"{REST}/deployment/999", expect=404)


def test_form_variables_are_those_that_are_named(api: Served) -> None:
    started(api)
    body = {"workerId": "w", "variables": {"paid": {"value": True}}}
    api.post(f"{REST}/external-task/{fetched(api)['id']}/complete", body, expect=204)
    (task,) = api.call("GET", f"{REST}/task")
    path = f"{REST}/task/{task['id']}/form-variables"
    assert set(api.call("GET", path)) == {"amount", "paid"}
    assert set(api.call("GET", f"{path}?variableNames=paid,other")) == {"paid"}


def test_the_modeler_is_led_to_this_console(api: Served) -> None:
    path = "/.well-known/camunda-automation-platform/webapps"
    answer = api.http.get(path, headers={"Origin": "file://"})
    assert answer.headers["Access-Control-Allow-Origin"] == "file://"
    assert answer.json()["cockpitUrl"] == f"{api.url}/processes"
    assert api.http.get(answer.json()["cockpitUrl"]).status_code == 200
    assert api.http.get(answer.json()["tasklistUrl"]).status_code == 200
    elsewhere = api.http.get(path, headers={"Origin": "https://elsewhere.example"})
    assert "Access-Control-Allow-Origin" not in elsewhere.headers


def test_clients_are_told_whose_tokens_are_taken(tmp_path: Path) -> None:
    settings = OidcSettings(issuer="https://login.example", audience=AUDIENCE)
    authority = Authorities(Accounts({}), Provider(settings))
    with served(tmp_path, ApiSettings(authority=authority)) as api:
        told = api.call("GET", "/.well-known/oauth-protected-resource")
        assert told["authorization_servers"] == ["https://login.example"]
        assert told["resource"] == api.url
