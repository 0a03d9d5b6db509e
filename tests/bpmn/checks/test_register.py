"""The register of rules, and that each of them has a wrong document and its right twin."""

from __future__ import annotations

import re

import pytest

from bpmn.checks import MOST, Rule, rules
from bpmn.checks.register import questions, rule
from bpmn.checks.words import called, listed
from bpmn.model import Activity, BoundaryEvent, BPMNShape, ServiceTask, Task, UserTask
from tests.bpmn.checks import (
    test_activities,
    test_collaboration,
    test_conditions,
    test_data,
    test_document,
    test_events,
    test_flows,
    test_gateways,
    test_references,
    test_resources,
    test_structure,
    test_subprocesses,
    test_timers,
    test_triggers,
)
from tests.bpmn.checks.kit import problems

MODULES = (
    test_activities,
    test_collaboration,
    test_conditions,
    test_data,
    test_document,
    test_events,
    test_flows,
    test_gateways,
    test_references,
    test_resources,
    test_structure,
    test_subprocesses,
    test_timers,
    test_triggers,
)
GRAVITY = {"info": 0, "warning": 1, "error": 2}


def test_every_rule_has_a_wrong_document_and_its_right_twin() -> None:
    paired = {case.rule for module in MODULES for case in module.CASES}
    paired |= {name.removeprefix("test_").replace("_", "-") for name in vars(test_document)}
    assert {rule.id for rule in rules()} - paired == set()


def test_no_pair_is_without_a_rule() -> None:
    paired = {case.rule for module in MODULES for case in module.CASES}
    assert paired - {rule.id for rule in rules()} == set()


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_register_tells_what_a_page_needs(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.id)
    assert re.fullmatch(r"\d+(\.\d+){0,3}", rule.clause)
    assert rule.summary.endswith(".")
    assert rule.classes
    assert GRAVITY[rule.drawn] <= GRAVITY[rule.severity]
    assert GRAVITY[rule.vendor] <= GRAVITY[rule.severity]


def test_register_is_in_the_order_of_the_clauses() -> None:
    clauses = [[int(part) for part in rule.clause.split(".")] for rule in rules()]
    assert clauses == sorted(clauses)


def test_id_is_given_once() -> None:
    with pytest.raises(AssertionError, match="two rules are called 'id-form'"):
        rule("id-form", "1", Task)(lambda *_: None)


def test_rule_is_asked_about_subclasses() -> None:
    ids = {rule.id for rule in (*questions(UserTask).always, *questions(UserTask).given)}
    assert {"start-quantity", "activity-default", "node-without-incoming"} <= ids
    assert "service-task-data" not in ids


def test_field_that_a_rule_is_given_exists() -> None:
    for each in rules():
        if each.given:
            assert all(each.given in cls.__struct_fields__ for cls in each.classes), each.id


def test_one_rule_is_not_reported_without_end() -> None:
    tasks = "\n".join(f'<task id="t{n}" startQuantity="0"/>' for n in range(MOST + 10))
    found = [p for p in problems(tasks) if p.rule == "start-quantity"]
    assert len(found) == MOST


def test_words_for_elements() -> None:
    assert called(BoundaryEvent(id="late", attached_to_ref="a")) == "boundary event 'late'"
    assert called(ServiceTask(name="Pay")) == "service task 'Pay'"
    assert called(UserTask()) == "a user task"
    assert called(BPMNShape()) == "a BPMN shape"
    assert issubclass(UserTask, Activity)
    assert listed(["a", "b", "c"]) == "a, b or c"
    assert listed(["a"]) == "a"
