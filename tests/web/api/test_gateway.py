"""Behind a gateway: prefixes, forwarded headers, tracing, health, limits, idempotency."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.web.api.kit import SERVICE, Served, served

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_the_correlation_id_goes_through_to_the_job(api: Served) -> None:
    api.deploy(SERVICE)
    body = {"processDefinitionId": "p"}
    asked = {"X-Correlation-Id": "order-17"}
    answer = api.http.post("/v2/process-instances", json=body, headers=asked)
    assert answer.headers["X-Correlation-Id"] == "order-17"
    assert api.one_job()["correlationId"] == "order-17"


def test_the_trace_goes_on(api: Served) -> None:
    answer = api.http.get("/v2/topology", headers={"traceparent": TRACE})
    version, trace, span, flags = answer.headers["traceparent"].split("-")
    assert (version, trace, flags) == ("00", TRACE.split("-")[1], "01")
    assert span != TRACE.split("-")[2]
    assert answer.headers["X-Correlation-Id"] == trace
    broken = api.http.get("/v2/topology", headers={"traceparent": "00-0-0-1"})
    assert len(broken.headers["traceparent"]) == len(TRACE)


def test_health_needs_nothing(api: Served) -> None:
    assert api.call("GET", "/health/live") == {"status": "live"}
    assert api.call("GET", "/health/ready") == {"status": "ready"}


def test_a_path_prefix_is_followed(tmp_path: Path) -> None:
    asked = {
        "X-Forwarded-Prefix": "/engine",
        "X-Forwarded-Host": "localhost",
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Proto": "https",
    }
    with served(tmp_path, trusted_proxies=1) as api:
        document = api.call("GET", "/v2/openapi.json", headers=asked)
        assert document["servers"] == [{"url": "/engine/v2"}]
        told = api.call("GET", "/v2/jobs/1", headers=asked, expect=405)
        assert told["instance"] == "/engine/v2/jobs/1"


def test_forwarded_headers_of_strangers_are_not_believed(api: Served) -> None:
    document = api.call("GET", "/v2/openapi.json", headers={"X-Forwarded-Prefix": "/evil"})
    assert document["servers"] == [{"url": "/v2"}]


def test_ten_equal_starts_have_one_effect_and_one_answer(api: Served) -> None:
    api.deploy(SERVICE)
    body = {"processDefinitionId": "p", "businessId": "A-1"}

    def start(_: int) -> str:
        asked = {"Idempotency-Key": "order-A-1"}
        return api.http.post("/v2/process-instances", json=body, headers=asked).text

    with ThreadPoolExecutor(10) as pool:
        answers = set(pool.map(start, range(10)))
    assert len(answers) == 1
    assert api.post("/v2/process-instances/search")["page"]["totalItems"] == 1


def test_an_idempotency_key_of_another_request_is_refused(api: Served) -> None:
    api.deploy(SERVICE)
    body = {"processDefinitionId": "p"}
    key = api.post("/v2/process-instances", body, Idempotency_Key="k")["processInstanceKey"]
    path = f"/v2/process-instances/{key}/cancellation"
    told = api.post(path, {}, expect=409, Idempotency_Key="k")
    assert "was used for" in told["detail"]
    api.post(path, {}, expect=400, Idempotency_Key="two words")


def test_what_is_no_json_is_refused_with_its_place(api: Served) -> None:
    for content in (b"{", b"[" * 100_000, b"\xff", b'{"a": NaN}'):
        told = api.call("POST", "/v2/process-instances", content=content, expect=400)
        assert told["title"] == "INVALID_ARGUMENT"
    body = {"type": 7, "timeout": "long", "maxJobsToActivate": 1}
    told = api.post("/v2/jobs/activation", body, expect=400)
    assert "type: " in told["detail"]
    assert "timeout: " in told["detail"]


def test_unknown_paths_and_methods_are_problems_too(api: Served) -> None:
    assert api.call("GET", "/v2/nowhere", expect=404)["status"] == 404
    assert api.call("PUT", "/v2/topology", expect=405)["title"] == "METHOD_NOT_ALLOWED"


def test_refused_files_name_every_reason(api: Served) -> None:
    files = [("resources", ("p.bpmn", b"<no"))]
    told = api.call("POST", "/v2/deployments", files=files, expect=400)
    assert told["problems"][0]["file"] == "p.bpmn"
    checked = api.call("POST", "/v2/deployments/check", files=files)
    assert checked["isDeployable"] is False
    assert api.post("/v2/process-definitions/search")["items"] == []


def test_ten_equal_completions_have_one_effect_and_one_answer(api: Served) -> None:
    api.deploy(SERVICE)
    key = api.start()
    path = f"/v2/jobs/{api.one_job()['jobKey']}/completion"

    def complete(_: int) -> int:
        asked = {"Idempotency-Key": "completion-1"}
        return api.http.post(path, json={"variables": {"a": 1}}, headers=asked).status_code

    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(complete, range(10))) == [204] * 10
    assert api.state(key) == "COMPLETED"
