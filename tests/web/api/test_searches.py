"""What can be found: without naming an instance, what is done, figures, decisions, files."""

from __future__ import annotations

from typing import Any

from tests.engine.decisions import kit as dmn
from tests.web.api.kit import SERVICE, Served

APPROVAL = """
<startEvent id='s'/>
<serviceTask id='t'><extensionElements><zeebe:taskDefinition type='work' retries='1'/>
</extensionElements></serviceTask>
<userTask id='u' name='Look at it'/> <endEvent id='e'/>
s -> t -> u -> e
"""
GRADE = dmn.document(dmn.decision("grade", dmn.text('if points > 5 then "A" else "B"'))).encode()


def items(api: Served, what: str, filter: Any = None, **more: Any) -> list[Any]:
    body = {"filter": filter or {}, **more}
    return list(api.post(f"/v2/{what}/search", body)["items"])


def test_variables_are_found_in_all_instances(api: Served) -> None:
    api.deploy(SERVICE)
    first, second = api.start(amount=1, name="a"), api.start(amount=2)
    found = items(api, "variables", {"name": "amount"})
    assert {(v["processInstanceKey"], v["value"]) for v in found} == {(first, "1"), (second, "2")}
    assert all(v["rootProcessInstanceKey"] == v["processInstanceKey"] for v in found)
    (one,) = items(api, "variables", {"name": "amount", "value": "2"})
    assert one["scopeKey"] == second
    (text,) = items(api, "variables", {"name": "name", "value": '"a"'})
    assert api.call("GET", f"/v2/variables/{text['variableKey']}")["value"] == '"a"'
    assert len(items(api, "variables")) == 3
    assert items(api, "variables", {"name": "missing"}) == []
    assert len(items(api, "variables", {"value": {"$like": "*"}}, page={"limit": 2})) == 2


def test_elements_are_found_in_all_instances(api: Served) -> None:
    api.deploy(SERVICE)
    keys = {api.start(), api.start()}
    active = items(api, "element-instances", {"elementId": "t", "state": "ACTIVE"})
    assert {one["processInstanceKey"] for one in active} == keys
    assert {one["elementId"] for one in active} == {"t"}
    assert len(items(api, "element-instances", {"processDefinitionId": "p"})) == 6
    assert items(api, "element-instances", {"processDefinitionId": "another"}) == []


def test_jobs_and_tasks_that_are_done_are_found(api: Served) -> None:
    api.deploy(APPROVAL)
    key = api.start()
    job = api.one_job()["jobKey"]
    assert items(api, "jobs", {"state": "COMPLETED"}) == []
    api.post(f"/v2/jobs/{job}/completion", expect=204)
    (done,) = items(api, "jobs", {"state": "COMPLETED", "processInstanceKey": key})
    assert (done["jobKey"], done["worker"], done["type"]) == (job, "w", "work")
    assert done["endTime"] is not None
    (task,) = items(api, "user-tasks", {"processInstanceKey": key})
    assert task["state"] == "CREATED"
    number = task["userTaskKey"]
    api.post(f"/v2/user-tasks/{number}/assignment", {"assignee": "ada"}, expect=204)
    api.post(f"/v2/user-tasks/{number}/completion", expect=204)
    (ended,) = items(api, "user-tasks", {"state": "COMPLETED"})
    assert (ended["userTaskKey"], ended["assignee"], ended["name"]) == (number, "ada", "Look at it")
    assert api.call("GET", f"/v2/user-tasks/{number}") == ended
    both = items(api, "user-tasks", {"state": {"$in": ["CREATED", "COMPLETED"]}})
    assert both == [ended]
    api.call("GET", f"/v2/user-tasks/{int(number) + 1}", expect=404)


def test_what_was_stopped_is_canceled(api: Served) -> None:
    api.deploy(APPROVAL)
    key = api.start()
    api.post(f"/v2/process-instances/{key}/cancellation", {"reason": "twice"}, expect=204)
    (job,) = items(api, "jobs", {"state": "CANCELED", "processInstanceKey": key})
    assert job["elementId"] == "t"
    assert items(api, "jobs", {"processInstanceKey": key}) == []


def test_a_job_that_ended_in_a_business_error_says_so(api: Served) -> None:
    boundary = "<boundaryEvent id='b' attachedToRef='t'><errorEventDefinition/></boundaryEvent>"
    api.deploy(f"{boundary} <endEvent id='f'/> {APPROVAL}\nb -> f")
    key = api.start()
    job = api.one_job()["jobKey"]
    body = {"errorCode": "DECLINED", "errorMessage": "no"}
    api.post(f"/v2/jobs/{job}/error", body, expect=204)
    (found,) = items(api, "jobs", {"state": "ERROR_THROWN", "processInstanceKey": key})
    assert found["errorCode"] == "DECLINED"


def failing(api: Served) -> str:
    key = api.start()
    job = api.one_job()["jobKey"]
    body = {"retries": 0, "errorMessage": "the bank is away"}
    api.post(f"/v2/jobs/{job}/failure", body, expect=204)
    return key


def test_figures_tell_active_instances_by_process_version_and_error(api: Served) -> None:
    first = api.deploy(APPROVAL)
    failing(api)
    failing(api)
    second = api.deploy(SERVICE)
    api.start()
    path = "/v2/process-definitions/statistics"
    (whole,) = api.post(f"{path}/process-instances")["items"]
    assert whole["hasMultipleVersions"] is True
    assert whole["activeInstancesWithIncidentCount"] == 2
    assert whole["activeInstancesWithoutIncidentCount"] == 1
    asked: Any = {"filter": {"processDefinitionId": "p"}}
    by_version = api.post(f"{path}/process-instances-by-version", asked)["items"]
    told = {
        v["processDefinitionKey"]: (
            v["activeInstancesWithIncidentCount"],
            v["activeInstancesWithoutIncidentCount"],
        )
        for v in by_version
    }
    assert told == {first: (2, 0), second: (0, 1)}
    api.post(f"{path}/process-instances-by-version", {}, expect=400)
    errors = "/v2/incidents/statistics/process-instances-by"
    (error,) = api.post(f"{errors}-error")["items"]
    assert error["activeInstancesWithErrorCount"] == 2
    assert "the bank is away" in error["errorMessage"]
    asked = {"filter": {"errorHashCode": error["errorHashCode"]}}
    (version,) = api.post(f"{errors}-definition", asked)["items"]
    assert (version["processDefinitionKey"], version["activeInstancesWithErrorCount"]) == (first, 2)
    asked = {"filter": {"errorHashCode": 1}}
    assert api.post(f"{errors}-definition", asked)["items"] == []


def test_subscriptions_are_counted_by_version(api: Served) -> None:
    inside = """<startEvent id='s'/><receiveTask id='r' messageRef='m'/><endEvent id='e'/>
        s -> r -> e"""
    key = api.deploy(inside, roots="<message id='m' name='Paid'/>")
    api.start()
    api.start()
    (found,) = api.post("/v2/process-definitions/statistics/message-subscriptions")["items"]
    assert found["processDefinitionKey"] == key
    assert found["activeSubscriptions"] == found["processInstancesWithActiveSubscriptions"] == 2


def test_incidents_of_one_element_are_found(api: Served) -> None:
    api.deploy(APPROVAL)
    key = failing(api)
    (incident,) = items(api, f"process-instances/{key}/incidents")
    visit = incident["elementInstanceKey"]
    assert items(api, f"element-instances/{visit}/incidents") == [incident]
    assert items(api, f"element-instances/{key}/incidents") == [incident]
    assert items(api, f"element-instances/{int(visit) + 1}/incidents") == []


def test_evaluations_and_the_files_of_decisions_are_found(api: Served) -> None:
    api.engine.deploy({"grade.dmn": GRADE})
    body = {"decisionDefinitionId": "grade", "variables": {"points": 9}}
    done = api.post("/v2/decision-definitions/evaluation", body)
    assert done["output"] == '"A"'
    (found,) = items(api, "decision-instances", {"decisionDefinitionId": "grade"})
    assert found["decisionEvaluationKey"] == done["decisionEvaluationKey"]
    whole = api.call("GET", f"/v2/decision-instances/{found['decisionEvaluationKey']}")
    assert whole["result"] == '"A"'
    assert [one["inputName"] for one in whole["evaluatedInputs"]] == ["points"]
    (needs,) = items(api, "decision-requirements", {"decisionRequirementsId": "grade"})
    key = needs["decisionRequirementsKey"]
    assert api.call("GET", f"/v2/decision-requirements/{key}") == needs
    for path in (f"decision-requirements/{key}/xml", f"decision-definitions/{key}/xml"):
        assert api.http.get(f"/v2/{path}").content == GRADE
    assert api.call("GET", f"/v2/resources/{key}")["resourceName"] == "grade.dmn"


def test_a_deployed_file_is_given_back(api: Served) -> None:
    key = api.deploy(SERVICE)
    told = api.call("GET", f"/v2/resources/{key}")
    assert (told["resourceId"], told["resourceName"], told["version"]) == ("p", "p.bpmn", 1)
    assert b"<serviceTask" in api.http.get(f"/v2/resources/{key}/content").content
    api.call("GET", "/v2/resources/999999", expect=404)
