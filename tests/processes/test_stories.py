"""The stories' files fit together: models, forms, decisions, handlers and examples."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from processes import STORIES, Story

NAMESPACES = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dmn": "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "zeebe": "http://camunda.org/schema/zeebe/1.0",
    "kapellmeister": "http://kapellmeister.dev/schema/1.0",
}
FIELDS = {"textfield", "number", "select", "checkbox"}

story = pytest.mark.parametrize("story", STORIES, ids=lambda s: s.id)


def found(story: Story, path: str, suffix: str = ".bpmn") -> list[Any]:
    trees = [etree.parse(f) for n, f in story.files.items() if Path(n).suffix == suffix]
    return [hit for tree in trees for hit in tree.xpath(path, namespaces=NAMESPACES)]


def forms(story: Story) -> dict[str, dict[str, Any]]:
    read = [json.loads(f.read_text("utf-8")) for n, f in story.files.items() if n.endswith(".form")]
    return {form["id"]: form for form in read}


def test_all_stories_are_found_in_their_order() -> None:
    assert [s.id for s in STORIES] == [
        "order_fulfilment",
        "travel_booking",
        "loan_underwriting",
        "pay_out",
        "patient_intake",
        "claims_processing",
        "invoice_chaser",
        "purchase",
    ]


@story
def test_the_story_starts_a_process_of_its_own(story: Story) -> None:
    processes = found(story, "//bpmn:process[@isExecutable='true']/@id")
    assert story.process_id in processes
    assert (
        found(story, f"//bpmn:process[@id='{story.process_id}']//zeebe:formDefinition/@formId")[0]
        == story.start_form
    )


@story
def test_every_form_that_a_model_names_is_there_and_none_is_left_over(story: Story) -> None:
    assert set(found(story, "//zeebe:formDefinition/@formId")) == set(forms(story))


@story
def test_forms_hold_only_fields_that_the_console_draws(story: Story) -> None:
    for form in forms(story).values():
        for field in form["components"]:
            assert field["type"] in FIELDS
            assert field["key"].isidentifier()
            assert field["label"]
            if field["type"] == "select" and "defaultValue" in field:
                assert field["defaultValue"] in {v["value"] for v in field["values"]}


@story
def test_examples_use_variables_of_the_start_form(story: Story) -> None:
    fields = {f["key"]: f for f in forms(story)[str(story.start_form)]["components"]}
    for example in story.examples:
        assert story.business_key in example.variables
        assert set(example.variables) <= set(fields)
        for name, value in example.variables.items():
            if fields[name]["type"] == "select":
                assert value in {v["value"] for v in fields[name]["values"]}


@story
def test_every_decision_that_a_model_calls_is_there(story: Story) -> None:
    called = found(story, "//zeebe:calledDecision/@decisionId")
    assert set(called) <= set(found(story, "//dmn:decision/@id", ".dmn"))


def test_every_called_process_is_one_of_the_stories() -> None:
    processes = {p for s in STORIES for p in found(s, "//bpmn:process/@id")}
    assert {c for s in STORIES for c in found(s, "//zeebe:calledElement/@processId")} <= processes


@story
def test_every_step_and_event_has_a_name(story: Story) -> None:
    nameless = found(
        story,
        "//bpmn:*[self::bpmn:startEvent or self::bpmn:endEvent or self::bpmn:boundaryEvent or"
        " contains(local-name(), 'Task') or self::bpmn:subProcess or self::bpmn:process or"
        " contains(local-name(), 'Throw') or contains(local-name(), 'Catch')][not(@name)]/@id",
    )
    assert nameless == []


@story
def test_everything_is_drawn_once(story: Story) -> None:
    drawn = found(story, "//bpmndi:*/@bpmnElement")
    elements = found(story, "//bpmn:process//*[@id][not(contains(local-name(), 'Definition'))]/@id")
    assert len(drawn) == len(set(drawn))
    assert set(elements) <= set(drawn)


@story
def test_a_reason_is_a_code_or_an_expression(story: Story) -> None:
    for end in found(story, "//bpmn:*[@kapellmeister:outcome]"):
        reason = end.get(f"{{{NAMESPACES['kapellmeister']}}}reason")
        assert end.get(f"{{{NAMESPACES['kapellmeister']}}}outcome") == "failed"
        assert re.fullmatch(r"=.+|[A-Z]+(_[A-Z]+)*", reason)
