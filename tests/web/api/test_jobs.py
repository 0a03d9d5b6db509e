"""Workers over HTTP: jobs are given out once, held for, and answered."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from tests.web.api.kit import SERVICE, Served


def test_a_worker_completes_an_instance(api: Served) -> None:
    api.deploy(SERVICE)
    key = api.start(amount=120.5)
    job = api.one_job()
    assert job["processInstanceKey"] == key
    assert job["variables"] == {"amount": 120.5}
    api.post(f"/v2/jobs/{job['jobKey']}/completion", {"variables": {"paid": True}}, expect=204)
    assert api.state(key) == "COMPLETED"


def test_a_claimed_job_is_given_to_nobody_else(api: Served) -> None:
    api.deploy(SERVICE)
    api.start()
    assert len(api.activate()) == 1
    assert api.activate(requestTimeout=-1) == []


def test_a_held_request_is_answered_when_a_job_appears(api: Served) -> None:
    api.deploy(SERVICE)
    began = threading.Event()

    def wait() -> tuple[int, float]:
        began.set()
        found = api.activate(requestTimeout=20_000)
        return len(found), time.monotonic()

    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(wait)
        assert began.wait(10)
        api.start()
        started = time.monotonic()
        count, ended = waiting.result(20)
    assert count == 1
    assert ended - started < 10, "the request was held although there was a job"


def test_a_held_request_ends_empty_when_its_time_is_over(api: Served) -> None:
    assert api.activate(requestTimeout=50) == []


def test_variables_are_fetched_by_name(api: Served) -> None:
    api.deploy(SERVICE)
    api.start(a=1, b=2)
    assert api.one_job(fetchVariable=["b"])["variables"] == {"b": 2}


def test_a_failed_job_is_tried_again_and_then_becomes_an_incident(api: Served) -> None:
    api.deploy(SERVICE)
    key = api.start()
    job = api.one_job()
    failed = {"retries": 1, "errorMessage": "busy", "retryBackOff": 0}
    api.post(f"/v2/jobs/{job['jobKey']}/failure", failed, expect=204)
    again = api.one_job()
    assert (again["jobKey"], again["retries"]) == (job["jobKey"], 1)
    failed = {"retries": 0, "errorMessage": "broken"}
    api.post(f"/v2/jobs/{job['jobKey']}/failure", failed, expect=204)
    found = api.post("/v2/incidents/search", {"filter": {"processInstanceKey": key}})
    (incident,) = found["items"]
    assert (incident["errorType"], incident["errorMessage"]) == ("JOB_NO_RETRIES", "broken")
    assert api.call("GET", f"/v2/process-instances/{key}")["hasIncident"] is True
    api.post(f"/v2/incidents/{incident['incidentKey']}/resolution", expect=204)
    assert api.one_job()["jobKey"] == job["jobKey"]


def test_a_business_error_is_caught_by_its_boundary_event(api: Served) -> None:
    api.deploy(
        """<startEvent id='s'/>
        <serviceTask id='t'><extensionElements><zeebe:taskDefinition type='work'/>
        </extensionElements></serviceTask>
        <boundaryEvent id='b' attachedToRef='t'><errorEventDefinition errorRef='err'/>
        </boundaryEvent><endEvent id='e'/><userTask id='u'/><endEvent id='e2'/>
        s -> t -> e
        b -> u -> e2""",
        roots="<error id='err' errorCode='DECLINED'/>",
    )
    api.start()
    job = api.one_job()
    api.post(f"/v2/jobs/{job['jobKey']}/error", {"errorCode": "DECLINED"}, expect=204)
    (task,) = api.post("/v2/user-tasks/search")["items"]
    assert task["elementId"] == "u"


def test_a_job_is_updated(api: Served) -> None:
    api.deploy(SERVICE)
    api.start()
    job = api.one_job()
    change = {"changeset": {"retries": 7, "timeout": 90_000}}
    api.call("PATCH", f"/v2/jobs/{job['jobKey']}", json=change, expect=204)
    (found,) = api.post("/v2/jobs/search", {"filter": {"type": "work"}})["items"]
    assert found["retries"] == 7
    assert found["worker"] == "w"


def test_an_unknown_or_finished_job_is_not_found(api: Served) -> None:
    api.deploy(SERVICE)
    api.start()
    key = api.one_job()["jobKey"]
    api.post(f"/v2/jobs/{key}/completion", expect=204)
    told = api.post(f"/v2/jobs/{key}/completion", expect=404)
    assert told["title"] == "NOT_FOUND"
    assert told["instance"] == f"/v2/jobs/{key}/completion"
