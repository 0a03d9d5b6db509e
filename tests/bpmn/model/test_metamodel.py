"""The model against the standard's own schema, which SpiffWorkflow's package carries."""

from __future__ import annotations

from pathlib import Path

import pytest
import SpiffWorkflow  # type: ignore[import-untyped]
from lxml import etree

from bpmn.model import BPMN, BPMNDI, DC, DI, ModelElement
from bpmn.reader import bpmn_metamodel
from bpmn.schema import is_abstract, tag_of, type_name
from tests.bpmn.kit import elements, fixed, full

SCHEMAS = Path(SpiffWorkflow.__file__).parent / "bpmn" / "parser" / "schema"
X = "{http://www.w3.org/2001/XMLSchema}"
FILES = {"Semantic.xsd": BPMN, "BPMN20.xsd": BPMN, "BPMNDI.xsd": BPMNDI, "DC.xsd": DC, "DI.xsd": DI}
WIDER = {
    ("definitions", "id"),
    ("definitions", "targetNamespace"),
    ("adHocSubProcess", "ordering"),
    ("compensateEventDefinition", "waitForCompletion"),
    ("process", "isExecutable"),
    ("BPMNDiagram", "documentation"),
}
"""Where our default is the standard's text (§10.3.5, §10.5.5) rather than the schema's silence."""


def schema_types() -> dict[str, etree._Element]:
    """The complex types by name."""
    return {
        str(node.get("name")): node
        for file in FILES
        for node in etree.parse(SCHEMAS / file).getroot().findall(f"{X}complexType")
    }


TYPES = schema_types()


def chain(name: str) -> list[etree._Element]:
    """The type and what it extends, the most general first."""
    node = TYPES[name]
    extension = node.find(f".//{X}extension")
    inner = [] if extension is None else chain(str(extension.get("base")).rpartition(":")[2])
    return [*inner, node]


@pytest.mark.parametrize("cls", elements(), ids=lambda cls: cls.__name__)
def test_an_element_has_the_attributes_of_the_schema(cls: type[ModelElement]) -> None:
    rules = bpmn_metamodel().rules(cls)
    ours = set(rules.attribute_by_name)
    theirs = {
        str(attribute.get("name"))
        for node in chain(type_name(cls))
        for attribute in node.iter(f"{X}attribute")
    }
    assert theirs <= ours
    assert ours - theirs <= {"id"}


@pytest.mark.parametrize("cls", elements(), ids=lambda cls: cls.__name__)
def test_a_default_is_the_schemas(cls: type[ModelElement]) -> None:
    rules = bpmn_metamodel().rules(cls)
    for node in chain(type_name(cls)):
        for attribute in node.iter(f"{X}attribute"):
            name = str(attribute.get("name"))
            rule = rules.attribute_by_name[name]
            if (rules.tag.rpartition("}")[2], name) in WIDER:
                continue
            stated = attribute.get("default")
            if attribute.get("use") == "required":
                assert rule.is_required, name
            elif stated is None:
                assert rule.default in (None, ""), name
            else:
                assert rule.default == (rule.convert(stated) if rule.convert else stated), name


@pytest.mark.parametrize("cls", elements(), ids=lambda cls: cls.__name__)
def test_children_come_in_the_order_of_the_schema(cls: type[ModelElement]) -> None:
    theirs: list[str] = []
    for node in chain(type_name(cls)):
        for child in node.iter(f"{X}element"):
            inside = child.getparent()
            assert inside is not None
            if any(parent.tag == f"{X}element" for parent in child.iterancestors()):
                continue
            theirs.append(str(child.get("name") or str(child.get("ref")).rpartition(":")[2]))
    ours = [rule.name for rule in bpmn_metamodel().rules(cls).children]
    known = [name for name in ours if name in theirs]
    assert known == sorted(known, key=theirs.index)
    assert set(theirs) - set(ours) <= {"DiagramElement"}
    assert set(ours) - set(theirs) <= {"documentation", "extensionElements", "BPMNShape"}


def test_every_element_of_the_schema_has_a_class() -> None:
    tags = {tag_of(cls) for cls in bpmn_metamodel().classes}
    plain = {"baseElementWithMixedContent", "extensionElements", "script", "text"}
    abstract_diagram = {"Diagram", "Edge", "Label", "LabeledEdge", "LabeledShape", "Node"}
    for file, namespace in FILES.items():
        for node in etree.parse(SCHEMAS / file).getroot().findall(f"{X}element"):
            name = str(node.get("name"))
            if name in plain or name in abstract_diagram | {"Plane", "Shape", "Style"}:
                continue
            assert f"{{{namespace}}}{name}" in tags


def test_an_abstract_type_of_the_schema_is_abstract_here() -> None:
    by_type = {type_name(cls): cls for cls in bpmn_metamodel().classes}
    for name, node in TYPES.items():
        if node.get("abstract") == "true" and name in by_type:
            assert is_abstract(by_type[name]), name


@pytest.mark.parametrize("cls", elements(), ids=lambda cls: cls.__name__)
def test_an_element_is_frozen_and_equal_to_its_twin(cls: type[ModelElement]) -> None:
    element = full(cls)
    assert element == full(cls)
    assert fixed(element) == fixed(full(cls))
    with pytest.raises(AttributeError):
        element.line = 3  # type: ignore[misc]
