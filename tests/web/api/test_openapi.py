"""The document and the page to try it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from tests.web.api.kit import Served
from web.api.routing import operations


@pytest.fixture
def document(api: Served) -> Any:
    return api.call("GET", "/v2/openapi.json")


def test_every_operation_is_described_with_an_example(document: Any) -> None:
    described = {
        one["operationId"]: one for path in document["paths"].values() for one in path.values()
    }
    assert set(described) == set(operations)
    for name, one in described.items():
        assert one["summary"], name
        assert "401" in one["responses"], name
        for content in one.get("requestBody", {}).get("content", {}).values():
            is_form = "examples" not in content
            assert is_form == (operations[name].form is not None), f"{name} has no example"


def test_every_example_is_as_its_schema_says(document: Any) -> None:
    checked = 0
    for path in document["paths"].values():
        for one in path.values():
            bodies = [one.get("requestBody", {}), *one["responses"].values()]
            for content in (c for body in bodies for c in body.get("content", {}).values()):
                for example in content.get("examples", {}).values():
                    schema = {**content["schema"], "components": document["components"]}
                    Draft202012Validator(schema).validate(example["value"])
                    checked += 1
    assert checked > 60


def test_the_page_shows_the_document_and_loads_nothing_from_elsewhere(api: Served) -> None:
    answer = api.http.get("/api")
    assert 'data-document="/v2/openapi.json"' in answer.text
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', answer.text)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    for address in re.findall(r'(?:src|href)="(/[^"]*)"', answer.text):
        assert api.http.get(address).status_code == 200, address


def test_no_parameter_may_be_null(document: Any) -> None:
    for path in document["paths"].values():
        for one in path.values():
            for parameter in one["parameters"]:
                schema = {**parameter["schema"], "components": document["components"]}
                assert not Draft202012Validator(schema).is_valid(None), parameter["name"]
