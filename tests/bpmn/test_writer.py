"""What was read survives being written; what is written is BPMN for others, too."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
import SpiffWorkflow  # type: ignore[import-untyped]
from hypothesis import given as examples
from hypothesis import strategies as st
from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnParser  # type: ignore[import-untyped]

from bpmn.model import (
    BPMN,
    Bounds,
    BPMNDiagram,
    BPMNPlane,
    BPMNShape,
    Definitions,
    Documentation,
    Expression,
    Foreign,
    FormalExpression,
    LinkEventDefinition,
    Point,
    Process,
    Ref,
    ScriptTask,
    SequenceFlow,
    Task,
    UserTask,
)
from bpmn.reader import read
from bpmn.writer import BpmnWriteError, write
from tests.bpmn.kit import REAL, STORIES, document, full, without_lines

SCHEMA = Path(SpiffWorkflow.__file__).parent / "bpmn" / "parser" / "schema" / "BPMN20.xsd"


def again(definitions: Definitions) -> Definitions:
    return read(write(definitions))


def around(*elements: Any, **attributes: Any) -> Definitions:
    process = Process(id="p", flow_elements=elements)
    return Definitions(id="d", target_namespace="urn:x", root_elements=(process,), **attributes)


@pytest.mark.parametrize("path", [*REAL, *STORIES], ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_a_real_file_is_the_same_after_reading_writing_and_reading(path: Path) -> None:
    definitions = read(path.read_bytes())
    written = write(definitions)
    assert without_lines(read(written)) == without_lines(definitions)
    assert write(read(written)) == written
    assert read(written).namespaces.items() >= definitions.namespaces.items()


@pytest.mark.skipif(not REAL, reason="the tools' exports are not beside this checkout")
@pytest.mark.parametrize("path", REAL, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_a_real_file_has_every_element_of_its_source_for_a_foreign_parser(path: Path) -> None:
    def tags(source: bytes) -> Counter[str]:
        empty = f"{{{BPMN}}}extensionElements"
        nodes = [node for node in etree.fromstring(source).iter() if isinstance(node.tag, str)]
        return Counter(str(node.tag) for node in nodes if node.tag != empty or len(node))

    source = path.read_bytes()
    assert tags(write(read(source))) == tags(source)


@pytest.mark.skipif(not REAL, reason="the tools' exports are not beside this checkout")
@pytest.mark.parametrize("path", REAL, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_a_written_file_keeps_to_the_standards_schema(path: Path) -> None:
    schema = etree.XMLSchema(etree.parse(SCHEMA))
    written = etree.fromstring(write(read(path.read_bytes())))
    assert schema.validate(written), str(schema.error_log)


@pytest.mark.parametrize("path", STORIES, ids=lambda p: p.stem)
def test_another_engine_opens_what_is_written(path: Path) -> None:
    definitions = read(path.read_bytes())
    parser = BpmnParser()
    parser.add_bpmn_xml(etree.fromstring(write(definitions)))
    expected = {root.id for root in definitions.root_elements if isinstance(root, Process)}
    assert set(parser.get_process_ids()) >= expected


def test_a_document_with_every_element_of_the_standard_comes_back() -> None:
    definitions = full(Definitions, depth=4)
    assert isinstance(definitions, Definitions)
    assert without_lines(again(definitions)) == without_lines(definitions)


def test_a_model_built_in_code_is_written_with_the_usual_prefixes() -> None:
    shape = BPMNShape(id="s", bpmn_element=Ref("t"), bounds=Bounds(x=1, y=2.5, width=3, height=4))
    diagram = BPMNDiagram(id="g", plane=BPMNPlane(bpmn_element=Ref("p"), plane_elements=(shape,)))
    text = write(around(Task(id="t"), diagrams=(diagram,))).decode()
    assert f'<bpmn:definitions xmlns:bpmn="{BPMN}"' in text
    assert '<bpmn:task id="t"/>' in text
    assert '<bpmndi:BPMNShape id="s" bpmnElement="t">' in text
    assert '<dc:Bounds x="1" y="2.5" width="3" height="4"/>' in text
    schema = etree.XMLSchema(etree.parse(SCHEMA))
    assert schema.validate(etree.fromstring(text.encode())), str(schema.error_log)


def test_the_prefixes_of_the_source_are_kept() -> None:
    source = document("<task id='t' camunda:assignee='x'/>").replace(b"xmlns=", b"xmlns:m=")
    source = source.replace(b"<", b"<m:").replace(b"<m:/", b"</m:")
    assert b'<m:task id="t" camunda:assignee="x"/>' in write(read(source))


def test_a_type_is_stated_only_where_the_schema_declares_another() -> None:
    flow = SequenceFlow(
        id="f",
        source_ref=Ref("a"),
        target_ref=Ref("b"),
        condition_expression=FormalExpression(text="x > 1", language="feel"),
    )
    text = write(around(flow)).decode()
    assert 'xsi:type="bpmn:tFormalExpression" language="feel">x &gt; 1<' in text
    plain = msgspec.structs.replace(flow, condition_expression=Expression(text="x"))
    assert "<bpmn:conditionExpression>x<" in write(around(plain)).decode()


def test_defaults_are_not_written() -> None:
    assert b'<bpmn:userTask id="t"/>' in write(around(UserTask(id="t", start_quantity=1)))


def test_a_required_name_is_written_even_when_empty() -> None:
    assert b'linkEventDefinition name=""' in write(
        Definitions(target_namespace="", root_elements=(LinkEventDefinition(name=""),))
    )


def test_an_unreadable_value_is_written_back_as_it_was() -> None:
    source = document("<task id='t' startQuantity='two'/><usertask id='u'/>")
    written = write(read(source))
    assert b'<task id="t" startQuantity="two"/>' in written
    assert b'<usertask id="u"/>' in written
    assert [p.message for p in read(written).problems] == [p.message for p in read(source).problems]


def test_an_element_without_namespace_forbids_a_default_one() -> None:
    source = document(
        "<task id='t'><extensionElements><x xmlns=''><y/></x></extensionElements></task>"
    )
    definitions = read(source)
    written = write(definitions)
    assert b"<x>" in written
    assert b'<bpmn:task id="t">' in written
    assert without_lines(read(written)) == without_lines(definitions)


def test_a_namespace_without_usual_prefix_gets_one() -> None:
    node = Foreign(tag="{urn:a}x", attributes={"{urn:b}y": "1"})
    definitions = around(Task(id="t", extension_elements=(node,)))
    assert b'<ns:x ns1:y="1"/>' in write(definitions)
    assert without_lines(again(definitions)) == without_lines(definitions)


@pytest.mark.parametrize("text", ["\x00", "a\x0bb", "\ud800", "\ufffe"])
def test_what_xml_cannot_say_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(BpmnWriteError, match=r"line 4: character U\+[0-9A-F]{4} after '<bpmn:task"):
        write(around(Task(id="t", name=text)))


texts = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"))
    | st.sampled_from("\n\t\r<&>\"']"),
    max_size=12,
)


@examples(name=texts, script=texts, note=texts)
def test_any_text_comes_back_to_the_letter(name: str, script: str, note: str) -> None:
    for forbidden in ("\ufffe", "\uffff"):
        name, script, note = (t.replace(forbidden, "") for t in (name, script, note))
    task = ScriptTask(id="s", name=name, script=script, documentation=(Documentation(text=note),))
    found = again(around(task))
    assert without_lines(found) == without_lines(around(task))


names = st.sampled_from(["a", "{urn:x}b", "{urn:y}c", f"{{{BPMN}}}d"])
nodes = st.recursive(
    st.builds(Foreign, tag=names, attributes=st.dictionaries(names, texts, max_size=2), text=texts),
    lambda inner: st.builds(
        Foreign,
        tag=names,
        text=st.sampled_from(["", "words "]),
        children=st.lists(inner, min_size=1, max_size=3).map(tuple),
    ),
    max_leaves=6,
)


@examples(node=nodes)
def test_any_foreign_tree_comes_back(node: Foreign) -> None:
    definitions = around(Task(id="t", extension_elements=(node,)))
    assert without_lines(again(definitions)) == without_lines(definitions)


@examples(x=st.floats(allow_nan=False, allow_infinity=False))
def test_any_coordinate_comes_back(x: float) -> None:
    plane = BPMNPlane(
        bpmn_element=Ref("p"),
        plane_elements=(BPMNShape(bounds=Bounds(x=x, y=-x, width=0, height=x)),),
    )
    definitions = around(diagrams=(BPMNDiagram(plane=plane),))
    assert without_lines(again(definitions)) == without_lines(definitions)
    assert Point(x=x, y=x) == Point(x=x, y=x)


def test_a_number_that_is_none_is_a_problem() -> None:
    source = write(
        around(diagrams=(BPMNDiagram(plane=BPMNPlane(plane_elements=(BPMNShape(id="s"),))),))
    ).replace(
        b'<bpmndi:BPMNShape id="s"/>',
        b'<bpmndi:BPMNShape id="s"><dc:Bounds xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"'
        b' x="NaN" y="1" width="1e999" height="1"/></bpmndi:BPMNShape>',
    )
    assert [p.message for p in read(source).problems] == [
        "'x' of 'Bounds' is 'NaN'",
        "'width' of 'Bounds' is '1e999'",
    ]
