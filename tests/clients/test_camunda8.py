"""Camunda 8's own clients complete a whole process each, against a live server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.kit import run_javascript, run_python
from tests.clients.models import ROUGH, WHOLE
from tests.web.api.kit import Served

VARIABLES = {"amount": "120.5", "paid": "true"}
YOUNGER = {"/: businessId", "/: suspendedDate"}
"""Members of 8.10 that the Python client of that level insists on, and the JavaScript client of
8.9 does not know."""


@pytest.mark.parametrize("validation", ["strict", "fanatical"])
def test_javascript_cluster_api(api: Served, validation: str) -> None:
    told = run_javascript(
        "cluster_api.mjs",
        CAMUNDA_REST_ADDRESS=api.url,
        CAMUNDA_AUTH_STRATEGY="NONE",
        CAMUNDA_SDK_VALIDATION=validation,
        MODEL=WHOLE.decode(),
    )
    assert told["state"] == "COMPLETED"
    assert told["job"] == {"amount": 120.5}
    assert told["variables"] == VARIABLES
    assert told["elements"] == ["p", "s", "t", "u"]
    assert told["awaited"] == {"a": 1}
    assert set(told["newer"]) == (YOUNGER if validation == "fanatical" else set())


def test_javascript_sdk(api: Served) -> None:
    told = run_javascript(
        "sdk.mjs",
        ZEEBE_REST_ADDRESS=api.url,
        CAMUNDA_AUTH_STRATEGY="NONE",
        MODEL=WHOLE.decode(),
    )
    assert told["state"] == "COMPLETED"
    assert told["job"] == {"amount": 120.5}
    assert told["assignee"] == "ada"
    assert told["variables"] == VARIABLES
    assert told["awaited"] == {"a": 1}


@pytest.mark.parametrize("lock", ["orchestration-sdk-9", "orchestration-sdk-10"])
def test_python_orchestration_sdk(api: Served, tmp_path: Path, lock: str) -> None:
    model = tmp_path / "p.bpmn"
    model.write_bytes(WHOLE)
    told = run_python(lock, "orchestration_sdk.py", api.url, str(model))
    assert told["state"] == "COMPLETED"
    assert told["job"] == {"amount": 120.5}
    assert told["assignee"] == "ada"
    assert told["variables"] == VARIABLES
    assert told["elements"] == ["p", "s", "t", "u"]
    assert told["awaited"] == {"a": 1}


ROUGHLY = {
    "incident": "the bank is away",
    "left": 0,
    "same": True,
    "correlated": True,
    "first": "COMPLETED",
    "second": ["COMPLETED", "declined"],
    "thrown": "DECLINED",
    "third": "TERMINATED",
    "stale": 404,
    "ids": ['"A-1"', '"A-2"', '"A-3"'],
}
"""What every client sees of failures, business errors, messages, signals and cancellation."""


def test_javascript_cluster_api_when_things_go_wrong(api: Served) -> None:
    api.engine.deploy({"rough.bpmn": ROUGH})
    told = run_javascript(
        "rough.mjs",
        CAMUNDA_REST_ADDRESS=api.url,
        CAMUNDA_AUTH_STRATEGY="NONE",
        CAMUNDA_SDK_VALIDATION="strict",
    )
    assert told == ROUGHLY


@pytest.mark.parametrize("lock", ["orchestration-sdk-9", "orchestration-sdk-10"])
def test_python_orchestration_sdk_when_things_go_wrong(api: Served, lock: str) -> None:
    api.engine.deploy({"rough.bpmn": ROUGH})
    assert run_python(lock, "rough_sdk.py", api.url) == ROUGHLY
