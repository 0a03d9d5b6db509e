"""A list of definitions is whole, and costs the same statements however many there are."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bench.console import counted
from tests.kit import document
from tests.web.api.kit import Served

FEW, MANY = 3, 230
INSIDE = """<startEvent id='s'/><userTask id='u'/><endEvent id='e'/>
s -> u -> e"""
REQUESTS: tuple[tuple[str, str, Any], ...] = (
    ("POST", "/v2/process-definitions/search", {"page": {"limit": 1000}}),
    ("POST", "/v2/process-definitions/search", {"filter": {"isLatestVersion": True}}),
    ("POST", "/v2/process-definitions/statistics/process-instances", {}),
    ("POST", "/v2/process-definitions/statistics/message-subscriptions", {}),
    ("POST", "/v2/incidents/statistics/process-instances-by-error", {}),
    ("GET", "/engine-rest/process-definition", None),
    ("GET", "/engine-rest/process-definition/statistics", None),
)


def deploy(api: Served, first: int, last: int) -> None:
    files = {
        f"p{n}.bpmn": document(INSIDE).replace(b"<process id='p'", f"<process id='p{n}'".encode())
        for n in range(first, last)
    }
    api.engine.deploy(files)


@pytest.mark.parametrize(("method", "path", "body"), REQUESTS)
def test_a_list_costs_the_same_however_long_it_is(
    api: Served, method: str, path: str, body: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for known in ("access", "masks"):  # who may come in, and what is secret, is read now and then
        monkeypatch.setattr(f"engine.services.{known}.FRESH", 3_600.0)
    api.call(method, path, json=body)
    costs = []
    for first, last in ((0, FEW), (FEW, MANY)):
        deploy(api, first, last)
        api.engine.start(f"p{last - 1}")
        with counted(api.engine) as statements:
            api.call(method, path, json=body)
        costs.append(len(statements))
    assert costs[0] == costs[1]


def test_no_definition_is_left_out(api: Served) -> None:
    deploy(api, 0, MANY)
    found = api.post("/v2/process-definitions/search", {"page": {"limit": 1}})
    assert found["page"]["totalItems"] == MANY
    figures = api.post("/v2/process-definitions/statistics/process-instances")
    assert figures["page"]["totalItems"] == MANY
    assert api.call("GET", "/engine-rest/process-definition/count") == {"count": MANY}
    assert len(api.call("GET", "/engine-rest/process-definition/statistics")) == MANY
