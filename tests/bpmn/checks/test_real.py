"""Exports of modelling tools, and our own stories: no error that a modeller would deny."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bpmn.checks import check
from bpmn.reader import read
from tests.bpmn.kit import REAL, STORIES

NOT_READY = {
    "call-activity-without-element",
    "condition-empty",
    "condition-missing",
    "exclusive-gateway-conditions",
    "loop-endless",
    "message-catch-without-message",
    "message-throw-without-message",
    "multi-instance-count-missing",
    "signal-missing",
    "timer-missing",
}
"""Processes that tools mark as executable, and that do not say what an engine has to know."""

WRONG = {
    "bpmn-io-camunda-modeler-18-6-1/B.2.0-export.bpmn": {"link-name-empty"},
    "bpmn-io-camunda-modeler-18-6-1/C.2.0-export.bpmn": {"message-flow-target"},
    "sap-signavio-process-manager-19-9-0/B.1.0-export.bpmn": {
        "node-without-incoming",
        "sequence-flow-source-ref",
        "sequence-flow-target-ref",
    },
    "sap-signavio-process-manager-19-9-0/B.2.0-export.bpmn": {
        "sequence-flow-source-ref",
        "sequence-flow-target-ref",
    },
}
"""Each looked at: flows to nodes that the export lost, a link without a name, a message to a start
event that waits for none."""


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@pytest.mark.skipif(not REAL, reason="the interchange files stand beside the checkout")
@pytest.mark.parametrize("path", REAL, ids=_name)
def test_export_has_no_error_that_a_modeller_would_not_agree_with(path: Path) -> None:
    errors = {p.rule for p in check(read(path.read_bytes())) if p.severity == "error"}
    assert errors <= NOT_READY | WRONG.get(_name(path), set())


@pytest.mark.skipif(not REAL, reason="the interchange files stand beside the checkout")
def test_nearly_all_drawings_are_accepted() -> None:
    refused: Counter[bool] = Counter()
    for path in REAL:
        definitions = read(path.read_bytes())
        executable = any(getattr(e, "is_executable", False) for e in definitions.root_elements)
        if not executable:
            refused[any(p.severity == "error" for p in check(definitions))] += 1
    assert refused[True] <= 2 < refused[False]


@pytest.mark.parametrize("path", STORIES, ids=_name)
def test_story_is_clean(path: Path) -> None:
    found = [p for p in check(read(path.read_bytes())) if p.severity != "info"]
    assert found == [], [str(p) for p in found]
