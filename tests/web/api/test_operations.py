"""Operations over HTTP: modification, migration, restart, batches and the audit of all of them."""

from __future__ import annotations

from typing import Any

from tests.web.api.kit import Served

MODEL = "<startEvent id='s'/><userTask id='a'/><userTask id='b'/>\ns -> a -> b"
RENAMED = "<startEvent id='s'/><userTask id='x'/><userTask id='b'/>\ns -> x -> b"
MOVE = {"moveInstructions": [{"sourceElementId": "a", "targetElementId": "b"}], "reason": "skip"}


def start(api: Served, **body: Any) -> str:
    asked = {"processDefinitionId": "p", **body}
    return str(api.post("/v2/process-instances", asked)["processInstanceKey"])


def where(api: Served, key: str) -> list[str]:
    return api.engine.instance(int(key)).head.elements


def test_a_modification_is_checked_then_made_and_audited(api: Served) -> None:
    api.deploy(MODEL)
    key = start(api)
    path = f"/v2/process-instances/{key}/modification"
    effect = api.post(f"{path}/check", MOVE)
    assert [place["elementId"] for place in effect["after"]] == ["b"]
    assert (effect["dryRun"], where(api, key)) == (True, ["a"])
    api.post(path, MOVE, expect=204)
    assert where(api, key) == ["b"]
    told = api.post(path, MOVE, expect=400)
    assert told["problems"][0]["message"] == "no token is in 'a'"
    found = api.post("/v2/audit/search", {"filter": {"processInstanceKey": key}})
    (entry,) = found["items"]
    assert (entry["operationType"], entry["reason"], entry["source"]) == ("modify", "skip", "api")
    assert entry["detail"]["before"] == {"a": 1}


def test_a_token_is_added_in_the_scope_that_is_named(api: Served) -> None:
    api.deploy(MODEL)
    key = start(api)
    scope = api.engine.instance(int(key)).tokens[0].scope
    body = {
        "activateInstructions": [
            {"elementId": "b", "ancestorElementInstanceKey": str(scope)},
            {"elementId": "s", "behind": True},
        ],
        "variables": {"n": 1},
    }
    api.post(f"/v2/process-instances/{key}/modification", body, expect=204)
    assert where(api, key) == ["a", "b"]
    assert len(api.engine.instance(int(key)).tokens) == 3


def test_an_instance_is_migrated_by_a_checked_plan(api: Served) -> None:
    api.deploy(MODEL)
    key = start(api)
    api.deploy(RENAMED)
    new, old = api.engine.versions("p")
    plan = {"sourceProcessDefinitionKey": str(old.key), "targetProcessDefinitionKey": str(new.key)}
    checked = api.post("/v2/process-definitions/migration/check", plan)
    assert [p["elementId"] for p in checked["problems"]] == ["a"]
    assert checked["instances"] == 1
    body = {"targetProcessDefinitionKey": str(new.key)}
    path = f"/v2/process-instances/{key}/migration"
    assert api.post(path, body, expect=400)["problems"][0]["element"] == "a"
    body["mappingInstructions"] = [{"sourceElementId": "a", "targetElementId": "x"}]  # type: ignore[assignment]
    assert api.post(f"{path}/check", body)["after"][0]["elementId"] == "x"
    api.post(path, body, expect=204)
    assert where(api, key) == ["x"]


def test_a_batch_is_made_watched_and_listed(api: Served) -> None:
    api.deploy(MODEL)
    keys = [start(api, businessId=f"K{n}") for n in range(3)]
    body = {
        "batchOperationType": "SET_VARIABLES",
        "filter": {"processDefinitionId": "p", "state": "ACTIVE"},
        "variables": {"rate": 19},
        "reason": "tax",
    }
    preview = api.post("/v2/batch-operations/check", body)
    assert (preview["total"], preview["can"]) == (3, 3)
    key = api.post("/v2/batch-operations", body)["batchOperationKey"]
    api.engine.run_due()
    found = api.call("GET", f"/v2/batch-operations/{key}")
    assert (found["state"], found["operationsCompletedCount"]) == ("COMPLETED", 3)
    listed = api.post("/v2/batch-operations/search", {"filter": {"state": "COMPLETED"}})
    assert listed["items"] == [found]
    items = api.post("/v2/batch-operation-items/search", {"filter": {"batchOperationKey": key}})
    assert sorted(item["processInstanceKey"] for item in items["items"]) == sorted(keys)
    assert {item["state"] for item in items["items"]} == {"COMPLETED"}


def test_the_batches_of_camundas_api(api: Served) -> None:
    api.deploy(MODEL)
    keys = [start(api) for _ in range(2)]
    made = api.post("/v2/process-instances/modification", {"processInstanceKeys": keys[:1], **MOVE})
    assert made["batchOperationType"] == "MODIFY_PROCESS_INSTANCE"
    api.engine.run_due()
    assert [where(api, key) for key in keys] == [["b"], ["a"]]
    made = api.post("/v2/process-instances/cancellation", {"filter": {"elementId": "a"}})
    api.engine.run_due()
    assert [api.engine.instance(int(key)).head.state for key in keys] == ["active", "cancelled"]
    gone = {"filter": {"processInstanceKey": keys[1]}}
    api.post("/v2/process-instances/deletion", gone)
    api.engine.run_due()
    api.call("GET", f"/v2/process-instances/{keys[1]}", expect=404)


def test_a_filter_that_cannot_be_frozen_is_refused(api: Served) -> None:
    api.deploy(MODEL)
    start(api)
    path = "/v2/process-instances/cancellation"
    assert "which instances" in api.post(path, {}, expect=400)["detail"]
    odd = {"filter": {"startDate": {"$gt": "2020-01-01T00:00:00Z"}}}
    assert "cannot be frozen" in api.post(path, odd, expect=400)["detail"]
    api.post(path, {"filter": {"ghost": 1}}, expect=400)
    api.post(path, {"filter": 5}, expect=400)


def test_a_finished_instance_is_run_again(api: Served) -> None:
    api.deploy(MODEL)
    key = start(api, variables={"n": 1})
    api.post(f"/v2/process-instances/{key}/restart", {}, expect=409)
    api.post(f"/v2/process-instances/{key}/cancellation", expect=204)
    body = {"elements": ["b"], "variables": {"m": 2}, "reason": "again"}
    tried = api.post(f"/v2/process-instances/{key}/restart", {**body, "dryRun": True})
    assert tried["after"][0]["elementId"] == "b"
    made = api.post(f"/v2/process-instances/{key}/restart", body)
    assert where(api, made["createdProcessInstanceKey"]) == ["b"]
    api.post(f"/v2/process-instances/{key}/deletion", expect=204)


def test_what_is_held_is_listed_and_let_go(api: Served) -> None:
    api.deploy(MODEL)
    key = start(api)
    body = {"processDefinitionId": "p", "reason": "recall", "includeProcessInstances": True}
    assert api.post("/v2/process-definitions/suspension", body)["batchOperationKey"]
    api.engine.run_due()
    assert api.engine.instance(int(key)).head.suspended
    told = api.post("/v2/process-instances", {"processDefinitionId": "p"}, expect=409)
    assert "recall" in told["detail"]
    api.post("/v2/job-types/suspension", {"jobType": "work"}, expect=204)
    held = [(one["kind"], one["name"]) for one in api.call("GET", "/v2/holds")["items"]]
    assert held == [("process", "p"), ("job_type", "work")]
    api.post("/v2/process-definitions/resumption", {"processDefinitionId": "p"})
    start(api)


def test_a_policy_is_overridden_seen_and_taken_back(api: Served) -> None:
    api.deploy("<startEvent id='s'/><serviceTask id='j' k:jobType='work'/>\ns -> j")
    key = api.engine.latest("p").key
    values = {"retries": 7, "sla": "PT1H"}
    body = {"kind": "element", "name": "p/j", "values": values, "reason": "slow"}
    api.post("/v2/policies", body, expect=204)
    found = api.call("GET", f"/v2/process-definitions/{key}/policy?elementId=j")
    assert (found["retries"]["value"], found["retries"]["origin"]) == (7, "operator")
    assert (found["timeout"]["value"], found["timeout"]["origin"]) == ("PT300S", "default")
    (said,) = api.call("GET", "/v2/policies")["items"]
    assert (said["name"], said["values"], said["reason"]) == ("p/j", values, "slow")
    assert api.post("/v2/overdue/search", {})["items"] == []
    api.post("/v2/policies/removal", {"kind": "element", "name": "p/j"}, expect=204)
    api.post("/v2/policies/removal", {"kind": "element", "name": "p/j"}, expect=404)
    wrong = {**body, "values": {"rate": "soon"}}
    assert "is no rate" in api.post("/v2/policies", wrong, expect=400)["detail"]


def test_an_instance_begins_at_the_elements_that_are_named(api: Served) -> None:
    api.deploy(MODEL)
    key = start(api, startInstructions=[{"elementId": "b"}], variables={"n": 1})
    assert where(api, key) == ["b"]
    body = {"processDefinitionId": "p", "startInstructions": [{"elementId": "ghost"}]}
    assert "'ghost'" in api.post("/v2/process-instances", body, expect=409)["detail"]
