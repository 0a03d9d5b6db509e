"""What a deployment would change, told beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from engine import Engine, NotFound
from tests.kit import document

MODEL = document(
    "<startEvent id='s'/><serviceTask id='t' name='Pay'><extensionElements>"
    "<zeebe:taskDefinition type='charge-card'/></extensionElements></serviceTask>"
    "<endEvent id='e'/>\ns -> t -> e"
)
DRAWN = b"""<bpmndi:BPMNDiagram xmlns:bpmndi='http://www.omg.org/spec/BPMN/20100524/DI' id='g'>
<bpmndi:BPMNPlane id='pl' bpmnElement='p'/></bpmndi:BPMNDiagram></definitions>"""


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine("sqlite://") as made:
        yield made


def test_a_process_nobody_knows_becomes_the_first_version(engine: Engine) -> None:
    review = engine.review({"p.bpmn": MODEL})
    (process,) = review.processes
    assert (process.outcome, process.version, process.latest) == ("first", 1, None)
    assert [one.type for one in review.unserved] == ["charge-card"]
    assert engine.processes().items == []


def test_what_is_unchanged_or_only_drawn_anew_makes_no_version(engine: Engine) -> None:
    engine.deploy({"p.bpmn": MODEL})
    indented = MODEL.replace(b"><", b">\n  <")
    drawn = MODEL.replace(b"</definitions>", DRAWN)
    assert [
        engine.review({"p.bpmn": content}).processes[0].outcome
        for content in (MODEL, indented, drawn)
    ] == ["unchanged", "unchanged", "layout"]


def test_a_change_names_its_elements_and_who_stays_behind(engine: Engine) -> None:
    engine.deploy({"p.bpmn": MODEL})
    engine.start("p", {})
    (process,) = engine.review({"p.bpmn": MODEL.replace(b"Pay", b"Charge")}).processes
    assert (process.outcome, process.version) == ("new", 2)
    assert [(one.element, one.how) for one in process.differences] == [("t", "changed")]
    assert process.running == {1: 1}


def test_a_type_that_is_nearly_served_is_pointed_at(engine: Engine) -> None:
    near = MODEL.replace(b"charge-card", b"charge_card").replace(b"id='p'", b"id='q'")
    engine.deploy({"q.bpmn": near})
    engine.start("q", {})
    assert engine.activate_jobs(["charge_card"], worker="w", limit=1, wait=timedelta(0))
    (missing,) = engine.review({"p.bpmn": MODEL}).unserved
    assert (missing.type, missing.elements, missing.nearly) == ("charge-card", ["t"], "charge_card")


def test_what_this_node_handles_is_served(engine: Engine) -> None:
    engine.handlers.add("charge-card", lambda _job: None)
    assert engine.review({"p.bpmn": MODEL}).unserved == []


def test_two_versions_differ_by_their_keys(engine: Engine) -> None:
    first = engine.deploy({"p.bpmn": MODEL}).processes[0].key
    second = engine.deploy({"p.bpmn": MODEL.replace(b"Pay", b"Charge")}).processes[0].key
    assert [one.element for one in engine.differences(first, second)] == ["t"]
    with pytest.raises(NotFound):
        engine.differences(first, second + 7)
