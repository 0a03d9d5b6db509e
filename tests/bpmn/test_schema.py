"""The tables that reader and writer work from say what the annotations say."""

from __future__ import annotations

import pytest

from bpmn.model import (
    BPMN,
    DI,
    BPMNEdge,
    Expression,
    FormalExpression,
    LoopCharacteristics,
    Process,
    ScriptTask,
    SequenceFlow,
    StandardLoopCharacteristics,
    SubProcess,
    UserTask,
)
from bpmn.reader import bpmn_metamodel
from bpmn.schema import camel, is_abstract, tag_of, type_name

MODEL = bpmn_metamodel()


@pytest.mark.parametrize(
    ("field", "name"),
    [("id", "id"), ("is_for_compensation", "isForCompensation"), ("from_", "from")],
)
def test_a_field_has_its_name_in_camel_case(field: str, name: str) -> None:
    assert camel(field) == name


def test_a_plain_annotation_is_an_attribute() -> None:
    rule = MODEL.rules(SequenceFlow).attribute_by_name["sourceRef"]
    assert (rule.field, rule.is_reference, rule.is_required) == ("source_ref", True, True)


def test_a_class_stands_for_its_subclasses_tags() -> None:
    places = MODEL.rules(Process).child_by_tag
    assert places[f"{BPMN}}}userTask"].cls is UserTask
    assert places[f"{BPMN}}}userTask"].rule.field == "flow_elements"
    assert places[f"{BPMN}}}association"].rule.field == "artifacts"
    assert f"{BPMN}}}lane" not in places


def test_a_role_stands_for_its_own_tag_only() -> None:
    places = MODEL.rules(SequenceFlow).child_by_tag
    assert places[f"{BPMN}}}conditionExpression"].cls is Expression
    assert f"{BPMN}}}expression" not in places


def test_a_role_may_be_text_or_references_or_of_another_namespace() -> None:
    assert MODEL.rules(ScriptTask).child_by_tag[f"{BPMN}}}script"].rule.kind == "text"
    incoming = MODEL.rules(UserTask).child_by_tag[f"{BPMN}}}incoming"].rule
    assert (incoming.kind, incoming.many) == ("ref", True)
    assert MODEL.rules(BPMNEdge).child_by_tag[f"{DI}}}waypoint"].rule.many


def test_a_type_can_only_narrow() -> None:
    assert MODEL.typed("tFormalExpression", (Expression,)) is FormalExpression
    assert MODEL.typed("tUserTask", (Expression,)) is None
    assert MODEL.typed("nonsense", (Expression,)) is None
    assert MODEL.narrowed(Expression, "language") is FormalExpression
    assert MODEL.narrowed(Expression, "nonsense") is None


def test_being_abstract_is_not_inherited() -> None:
    assert is_abstract(LoopCharacteristics)
    assert not is_abstract(StandardLoopCharacteristics)


def test_tags_and_types_are_the_standards() -> None:
    assert tag_of(SubProcess) == f"{{{BPMN}}}subProcess"
    assert tag_of(BPMNEdge).endswith("}BPMNEdge")
    assert (type_name(SubProcess), type_name(BPMNEdge)) == ("tSubProcess", "BPMNEdge")
