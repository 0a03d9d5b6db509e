"""What Prometheus scrapes is what happened; and each alert rule asks for what is there."""

from __future__ import annotations

import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.web.api.kit import SERVICE, Served, served
from web.api import ApiSettings
from web.api.guard import Accounts

ALERTS = Path(__file__).parents[3] / "web" / "observability" / "alerts.yml"


def scraped(api: Served) -> dict[tuple[str, ...], float]:
    """Samples by name and label values, in the order of the labels' names."""
    text = api.http.get("/metrics").text
    return {
        (
            sample.name.removeprefix("kapellmeister_"),
            *(sample.labels[name] for name in sorted(sample.labels)),
        ): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_run_is_counted(api: Served) -> None:
    api.deploy(SERVICE)
    for _ in range(2):
        api.start()
    found = scraped(api)
    assert found["instances_started_total", "p"] == 2
    assert found["instances_in_flight",] == 2
    [job, other] = api.activate()
    failure = {"retries": 1, "errorMessage": "no"}
    api.call("POST", f"/v2/jobs/{job['jobKey']}/failure", json=failure, expect=204)
    assert api.one_job()["jobKey"] == job["jobKey"]
    for each in (job, other):
        api.call("POST", f"/v2/jobs/{each['jobKey']}/completion", json={}, expect=204)
    found = scraped(api)
    assert found["instances_in_flight",] == 0
    assert found["instance_seconds_count", "p", "completed"] == 2
    assert found["job_seconds_count", "failed", "work"] == 1
    assert found["job_seconds_count", "completed", "work"] == 2
    assert found["job_retries_total", "work"] == 1
    assert found["commit_seconds_count",] > 0
    assert found["claim_seconds_count",] >= 2


def test_incidents_and_queues_are_gauges_of_the_database(api: Served) -> None:
    api.deploy(SERVICE)
    for _ in range(2):
        api.start()
    waiting = scraped(api)
    assert waiting["jobs", "waiting", "work"] == 2
    assert waiting["job_workers", "work"] == 0
    assert waiting["job_oldest_seconds", "work"] >= 0
    job, _ = api.activate()
    failure = {"retries": 0, "errorMessage": "no"}
    api.call("POST", f"/v2/jobs/{job['jobKey']}/failure", json=failure, expect=204)
    found = scraped(api)
    assert found["incidents_open", "p"] == found["incidents_total", "incident", "p"] == 1
    assert found["jobs", "claimed", "work"] == found["jobs", "exhausted", "work"] == 1
    assert found["job_workers", "work"] == 1


def test_only_who_may_view_reads_them(tmp_path: Path) -> None:
    with served(tmp_path, ApiSettings(authority=Accounts({}))) as api:
        answer = api.http.get("/metrics")
        assert answer.status_code == 401
        assert "WWW-Authenticate" in answer.headers


def test_alert_rules_ask_for_metrics_that_exist(api: Served) -> None:
    text = api.http.get("/metrics").text
    known = {sample.name for f in text_string_to_metric_families(text) for sample in f.samples}
    known |= {f.name for f in text_string_to_metric_families(text)}
    asked = set(re.findall(r"\bkapellmeister_[a-z_]+", ALERTS.read_text()))
    unknown = {re.sub(r"_(total|bucket|count|sum)$", "", name) for name in asked - known}
    assert not unknown - known
    assert len(asked) > 8
