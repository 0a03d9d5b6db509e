"""Each attribute that names another element: nothing by that name, and something of another kind."""

# ruff: noqa: E501  (documents are written as they are read)

from __future__ import annotations

import pytest

from tests.bpmn.checks import references_of_processes, references_of_roots
from tests.bpmn.checks.kit import Case, assert_pair, problems, rule_ids

REFERENCES = references_of_roots.REFERENCES | references_of_processes.REFERENCES

_ALSO = {
    "activity-default": ("default-not-outgoing",),
    "boundary-event-attached-to-ref": ("boundary-event-elsewhere",),
    "choreography-activity-initiating-participant-ref": ("choreography-initiator",),
    "exclusive-gateway-default": ("exclusive-gateway-conditions",),
    "choreography-task-message-flow-ref": ("choreography-task-messages",),
    "conversation-link-source-ref": ("conversation-link-ends",),
    "conversation-link-target-ref": ("conversation-link-ends",),
    "input-set-optional-input-refs": ("input-set-subset",),
    "input-set-while-executing-input-refs": ("input-set-subset",),
    "output-set-optional-output-refs": ("output-set-subset",),
    "output-set-while-executing-output-refs": ("output-set-subset",),
}


def _case(rule: str, wrong_id: str) -> Case:
    text, right_id, at = REFERENCES[rule]
    twin = text.replace("?", right_id)
    return Case(rule, text.replace("?", wrong_id), {}, at, _ALSO.get(rule, ()), twin=twin)


CASES = [_case(rule, "nowhere") for rule in REFERENCES]
_NAMES_ANYTHING = {
    "association-source-ref",
    "association-target-ref",
    "lane-partition-element-ref",
}
OF_ANOTHER_KIND = [_case(rule, "cat") for rule in REFERENCES if rule not in _NAMES_ANYTHING]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_name_of_nothing_is_found(case: Case) -> None:
    assert_pair(case)


@pytest.mark.parametrize("case", OF_ANOTHER_KIND, ids=lambda case: case.rule)
def test_name_of_another_kind_is_found(case: Case) -> None:
    assert_pair(case)


def test_name_with_the_prefix_of_another_namespace_is_believed() -> None:
    right = 'start -> a -> end\n<dataObject id="o" itemSubjectRef="xsd:string"/>'
    assert rule_ids(right, "error") == set()
    assert rule_ids(right.replace("xsd:", "undeclared:"), "error") == {
        "data-object-item-subject-ref"
    }


def test_message_says_what_was_found() -> None:
    wrong = 'start -> a -> end\n<boundaryEvent id="late" attachedToRef="end"><errorEventDefinition/></boundaryEvent>\nlate -> end2'
    [problem] = [p for p in problems(wrong) if p.severity == "error"]
    assert str(problem) == (
        "line 3: boundary event 'late' names 'end' as its 'attachedToRef', which is an end event;"
        " the id of an activity would do (BPMN 2.0.2 §10.5.4)"
    )
