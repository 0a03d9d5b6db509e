"""What a file's diagrams leave out (`bpmn.layout.missing`)."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bpmn.model as m
from bpmn.layout import lay_out
from bpmn.reader import read
from tests.bpmn.kit import STORIES
from tests.bpmn.layout.diagrams import Drawn, definitions, flow, models, process

Shapes = tuple[m.BPMNShape | m.BPMNEdge, ...]


def without(laid_out: m.Definitions, *missing: str) -> m.Definitions:
    """The definitions without the shapes and edges of these elements."""
    diagrams = []
    for diagram in laid_out.diagrams:
        assert diagram.plane is not None
        kept = tuple(e for e in diagram.plane.plane_elements if e.bpmn_element not in missing)
        plane = msgspec.structs.replace(diagram.plane, plane_elements=kept)
        diagrams.append(msgspec.structs.replace(diagram, plane=plane))
    return msgspec.structs.replace(laid_out, diagrams=tuple(diagrams))


def completed(laid_out: m.Definitions, *missing: str) -> Drawn:
    again = lay_out(without(laid_out, *missing))
    found = Drawn.of(again)
    found.check(again)
    return found


CHAIN = definitions(
    process(
        *[m.Task(id=id) for id in "abcd"],
        m.BoundaryEvent(id="late", attached_to_ref=m.Ref("b")),
        *[flow(*ends) for ends in ("ab", "bc", "cd")],
        flow("late", "d"),
    )
)


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_whole_diagram_stays_as_it_is(path) -> None:
    model = read(path.read_bytes())
    assert lay_out(model) == model


def test_missing_flow_is_drawn_between_its_ends() -> None:
    laid_out = lay_out(CHAIN)
    assert completed(laid_out, "b-c").lines["b-c"] == Drawn.of(laid_out).lines["b-c"]


def test_missing_boundary_event_goes_back_to_its_activity() -> None:
    found = completed(lay_out(CHAIN), "late", "late-d")
    assert found.boxes["late"].level == found.boxes["b"].bottom
    assert found.lines["late-d"]


def test_missing_nodes_go_below_the_rest_which_stays() -> None:
    laid_out = lay_out(CHAIN)
    before = Drawn.of(laid_out)
    found = completed(laid_out, "c", "d", "b-c", "c-d", "late-d")
    assert found.boxes["a"].y == before.boxes["a"].y
    assert found.boxes["c"].y > found.boxes["late"].bottom
    assert found.boxes["c"].right < found.boxes["d"].x
    assert {"b-c", "c-d", "late-d"} <= set(found.lines)


def test_room_is_made_in_the_sub_process_that_lacks_nodes() -> None:
    inner = m.SubProcess(
        id="sub",
        flow_elements=(*[m.Task(id=id) for id in "xyz"], flow("x", "y"), flow("y", "z")),
    )
    laid_out = lay_out(
        definitions(
            process(
                inner,
                m.BoundaryEvent(id="stop", attached_to_ref=m.Ref("sub")),
                m.Task(id="after"),
                flow("stop", "after"),
            )
        )
    )
    before = Drawn.of(laid_out)
    found = completed(laid_out, "y", "z", "x-y", "y-z")
    assert found.boxes["sub"].height > before.boxes["sub"].height
    assert found.boxes["sub"].contains(found.boxes["z"])
    assert found.boxes["stop"].level == found.boxes["sub"].bottom


def test_room_is_made_in_the_pool_and_pools_below_move() -> None:
    pools = (
        m.Participant(id="one", process_ref=m.Ref("p")),
        m.Participant(id="two"),
    )
    laid_out = lay_out(
        definitions(
            m.Collaboration(id="c", participants=pools),
            process(*[m.Task(id=id) for id in "ab"], flow("a", "b")),
        )
    )
    before = Drawn.of(laid_out)
    found = completed(laid_out, "b", "a-b")
    assert found.boxes["one"].contains(found.boxes["b"])
    moved = found.boxes["two"].y - before.boxes["two"].y
    assert moved == found.boxes["one"].height - before.boxes["one"].height > 0


def test_contents_of_a_collapsed_sub_process_get_a_diagram_of_their_own() -> None:
    inner = m.SubProcess(id="sub", flow_elements=(m.Task(id="x"),))
    laid_out = lay_out(definitions(process(inner)))
    again = lay_out(without(laid_out, "x"))
    assert [d.plane and d.plane.bpmn_element for d in again.diagrams] == ["p", "sub"]


def test_process_of_which_nothing_is_drawn_gets_a_diagram_of_its_own() -> None:
    laid_out = lay_out(definitions(process(m.Task(id="a"))))
    more = process(m.Task(id="b"), id="q")
    again = lay_out(
        msgspec.structs.replace(laid_out, root_elements=(*laid_out.root_elements, more))
    )
    assert again.diagrams[0] == laid_out.diagrams[0]
    assert [d.plane and d.plane.bpmn_element for d in again.diagrams] == ["p", "q"]


def test_empty_diagram_is_replaced() -> None:
    empty = m.BPMNDiagram(id="old", plane=m.BPMNPlane(bpmn_element=m.Ref("p")))
    model = msgspec.structs.replace(definitions(process(m.Task(id="a"))), diagrams=(empty,))
    (diagram,) = lay_out(model).diagrams
    assert diagram.plane is not None
    assert len(diagram.plane.plane_elements) == 1


@given(models(), st.data())
def test_anything_left_out_is_drawn_again(model: m.Process, data: st.DataObject) -> None:
    laid_out = lay_out(definitions(model))
    ids = sorted({*Drawn.of(laid_out).boxes, *Drawn.of(laid_out).lines})
    if not ids:
        return
    missing = data.draw(st.lists(st.sampled_from(ids), max_size=6))
    again = lay_out(without(laid_out, *missing))
    found = Drawn.of(again)
    nodes = {id for id in found.elements if isinstance(found.elements[id], m.FlowNode)}
    assert nodes <= set(found.boxes)
    for id in nodes - set(missing):
        assert id in found.boxes
