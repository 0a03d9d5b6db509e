"""A re-save is no change, a moved box is a change of layout, the rest is a change of meaning."""

from __future__ import annotations

import msgspec
import pytest

from bpmn.canonical import change, is_same, layout_hash, semantic_hash
from bpmn.model import Definitions
from bpmn.reader import read
from bpmn.writer import write
from tests.bpmn.kit import STORIES, document

ORIGINAL = (
    "<task id='t' name='Pay' camunda:assignee='a' zeebe:x='1'><incoming>f</incoming></task>"
    "<sequenceFlow id='f' sourceRef='s' targetRef='t'/>"
)


def changed(*replaced: tuple[str, str]) -> str:
    source = document(ORIGINAL)
    for old, new in replaced:
        source = source.replace(old.encode(), new.encode())
    return change(read(document(ORIGINAL)), read(source))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<incoming>", "\n\n    <incoming>"),
        ("<incoming>f<", "<!-- here --><incoming> f <"),
        ("id='t' name='Pay'", "name='Pay'   id='t'"),
        ("camunda:assignee='a' zeebe:x='1'", "zeebe:x='1' camunda:assignee='a'"),
        ("name='Pay'", "name='Pay' startQuantity='1' isForCompensation='false'"),
        ("name='Pay'", "name='&#80;ay'"),
        ("<incoming>f", "<incoming>tns:f"),
    ],
)
def test_how_it_is_written_down_does_not_count(old: str, new: str) -> None:
    assert changed((old, new)) == "none"


def test_the_name_of_a_prefix_does_not_count() -> None:
    assert changed(("xmlns:camunda", "xmlns:other"), (" camunda:", " other:")) == "none"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name='Pay'", "name='pay'"),
        ("camunda:assignee='a'", "camunda:assignee='b'"),
        ("<incoming>f</incoming>", ""),
        ("sourceRef='s'", "sourceRef='x'"),
    ],
)
def test_what_it_says_counts(old: str, new: str) -> None:
    assert changed((old, new)) == "meaning"


def test_the_kind_of_a_task_counts() -> None:
    assert changed(("<task ", "<userTask "), ("</task>", "</userTask>")) == "meaning"


def test_the_order_of_flow_elements_counts() -> None:
    one = read(document("<task id='a'/><task id='b'/>"))
    other = read(document("<task id='b'/><task id='a'/>"))
    assert change(one, other) == "meaning"


def test_the_tool_that_saved_it_does_not_count() -> None:
    one = read(document(ORIGINAL, attributes="exporter='A' exporterVersion='1'"))
    assert change(one, read(document(ORIGINAL, attributes="exporter='B'"))) == "none"


def test_a_prefix_stands_for_its_namespace() -> None:
    call = "<callActivity id='c' calledElement='{}:q' xmlns:{}='urn:{}'/>"
    one = read(document(call.format("a", "a", "x")))
    assert change(one, read(document(call.format("b", "b", "x")))) == "none"
    assert change(one, read(document(call.format("a", "a", "y")))) == "meaning"


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_a_moved_box_is_a_change_of_layout(path: object) -> None:
    source: bytes = path.read_bytes()  # type: ignore[attr-defined]
    definitions = read(source)
    moved = read(source.replace(b' x="', b' x="1', 1))
    assert change(definitions, moved) == "layout"
    assert change(definitions, read(write(definitions))) == "none"
    assert is_same(definitions, read(write(definitions)))
    assert not is_same(definitions, moved)


def test_a_hash_does_not_depend_on_the_run() -> None:
    definitions = Definitions(id="d", target_namespace="urn:x")
    assert semantic_hash(definitions) == (
        "3f8064508261a9f3c04c8e62b6ae3570b912b3089888f89dd205d194d5f67b40"
    )
    renamed = msgspec.structs.replace(definitions, name="n")
    assert layout_hash(renamed) == layout_hash(definitions)


def test_the_order_of_shapes_and_edges_does_not_count() -> None:
    (path,) = [file for file in STORIES if file.name == "order_fulfilment.bpmn"]
    drawn = read(path.read_bytes())
    (diagram,) = drawn.diagrams
    assert diagram.plane is not None
    backwards = tuple(reversed(diagram.plane.plane_elements))
    plane = msgspec.structs.replace(diagram.plane, plane_elements=backwards)
    turned = msgspec.structs.replace(diagram, plane=plane)
    assert change(drawn, msgspec.structs.replace(drawn, diagrams=(turned,))) == "none"
