"""Webhooks by API and command line: made, told by a live node, replayed, enabled, removed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine import Worker
from tests.receiver import Receiver, receiver
from tests.web.api.kit import Served, served
from web.cli import main

SHORT = "<startEvent id='s'/><endEvent id='e'/>\ns -> e"
PAST = "2020-01-01T00:00:00Z"


@pytest.fixture
def told() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, engine_settings={"webhook_private": True}) as found:
        yield found


def test_a_live_node_tells_what_the_api_did(api: Served, told: Receiver) -> None:
    body = {"url": told.url, "types": ["process-instance.completed"], "since": PAST}
    made = api.post("/v2/webhooks", body, Idempotency_Key="k")
    assert api.post("/v2/webhooks", body, Idempotency_Key="k") == made
    api.deploy(SHORT)
    key = api.start()
    with Worker(api.engine):
        for _ in range(200):
            after = api.call("GET", f"/v2/webhooks/{made['webhookKey']}")
            if after["lastDelivered"]:
                break
            told.wait(1)
    assert [call.event["subject"] for call in told.calls] == [key]
    assert told.calls[0].is_signed_by(made["secret"])
    assert "secret" not in after


def test_the_log_is_read_from_a_position(api: Served) -> None:
    api.deploy(SHORT)
    key = api.start()
    log = api.post("/v2/events/search", {"since": PAST})
    while len(log["items"]) < 3:  # a quarter of a second is left to transactions that end
        log = api.post("/v2/events/search", {"since": PAST})
    first, started, ended = log["items"]
    assert first["type"] == "deployment.created"
    assert started["subject"] == ended["subject"] == key
    rest = api.post("/v2/events/search", {"after": first["position"], "limit": 1})
    assert rest["items"] == [started]
    api.post("/v2/events/search", {"after": first["position"], "since": PAST}, expect=400)
    api.post("/v2/events/search", {"since": "yesterday"}, expect=400)


def test_webhooks_are_managed(api: Served, told: Receiver) -> None:
    made = api.post("/v2/webhooks", {"url": told.url, "name": "shop"})
    key = made["webhookKey"]
    path = f"/v2/webhooks/{key}"
    changed = api.call("PATCH", path, json={"state": "PAUSED", "types": ["incident.raised"]})
    assert (changed["state"], changed["types"]) == ("PAUSED", ["incident.raised"])
    (listed,) = api.post("/v2/webhooks/search", {"filter": {"state": "PAUSED"}})["items"]
    assert listed == changed
    assert api.post(f"{path}/replay", {"since": PAST})["position"] != made["position"]
    api.post(f"{path}/replay", {}, expect=400)
    assert api.post(f"{path}/secret")["secret"] != made["secret"]
    api.call("DELETE", path, expect=204)
    api.call("GET", path, expect=404)
    told_of = api.post("/v2/webhooks", {"url": "ftp://a"}, expect=400)
    assert "http" in told_of["detail"]


def test_the_command_line_manages_them_too(
    tmp_path: Path, told: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAPELLMEISTER_WEBHOOK_PRIVATE", "1")

    def run(*words: str, code: int = 0) -> str:
        database = ["--database", str(tmp_path / "engine.db"), "--json"]
        result = CliRunner().invoke(main, [*database, *words])
        assert result.exit_code == code, result.output
        return result.stdout

    made = json.loads(run("webhook-add", told.url, "--type", "incident.raised", "--since", PAST))
    assert made["secret"].startswith("whsec_")
    id = str(made["webhook"]["id"])
    assert json.loads(run("webhook-change", id, "--pause"))["state"] == "paused"
    assert json.loads(run("webhook-change", id, "--enable"))["state"] == "active"
    run("webhook-replay", id, code=2)
    position = json.loads(run("webhook-replay", id, "--since", "2026-11-21"))["position"]
    assert json.loads(run("webhooks"))["items"][0]["position"] == position
    assert json.loads(run("webhook-secret", id))["secret"] != made["secret"]
    run("webhook-remove", id)
    run("webhook-remove", id, code=1)
