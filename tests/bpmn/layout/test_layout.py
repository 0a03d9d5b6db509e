"""Diagrams for files that carry none (`bpmn.layout`)."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bpmn.model as m
from bpmn.layout import lay_out
from bpmn.reader import read
from bpmn.writer import write
from tests.bpmn.kit import REAL, STORIES
from tests.bpmn.layout.diagrams import Drawn, definitions, flow, models, process


def drawn(*roots: m.RootElement) -> Drawn:
    laid_out = lay_out(definitions(*roots))
    found = Drawn.of(laid_out)
    found.check(laid_out)
    return found


def test_flow_goes_from_left_to_right_on_one_line() -> None:
    found = drawn(
        process(
            m.StartEvent(id="start"),
            m.Task(id="work"),
            m.EndEvent(id="end"),
            flow("start", "work"),
            flow("work", "end"),
        )
    )
    start, work, end = (found.boxes[id] for id in ("start", "work", "end"))
    assert start.right < work.x < work.right < end.x
    assert start.level == work.level == end.level
    assert (start.width, work.width, work.height, end.height) == (36, 100, 80, 36)
    assert found.lines["start-work"] == [(start.right, start.level), (work.x, work.level)]


def test_branches_have_rows_of_their_own_and_leave_the_gateway_by_its_corners() -> None:
    found = drawn(
        process(
            m.ExclusiveGateway(id="split"),
            m.Task(id="a"),
            m.Task(id="b"),
            m.ExclusiveGateway(id="join"),
            *[
                flow(*ends)
                for ends in (("split", "a"), ("split", "b"), ("a", "join"), ("b", "join"))
            ],
        )
    )
    split, join, a, b = (found.boxes[id] for id in ("split", "join", "a", "b"))
    assert split.level == join.level == a.level
    assert b.y > a.bottom
    assert b.x == a.x
    assert found.lines["split-b"] == [
        (split.middle, split.bottom),
        (split.middle, b.level),
        (b.x, b.level),
    ]
    assert found.lines["b-join"][-1] == (join.middle, join.bottom)


def test_flow_past_other_nodes_gets_a_row_of_its_own() -> None:
    found = drawn(
        process(
            *[m.Task(id=id) for id in "abcd"],
            *[flow(*ends) for ends in ("ab", "bc", "cd", "ad")],
        )
    )
    assert [found.boxes[id].level for id in "abcd"] == [found.boxes["a"].level] * 4
    assert found.crossed() == []
    assert max(y for _, y in found.lines["a-d"]) > found.boxes["a"].bottom


def test_loop_leads_back_around_what_it_repeats() -> None:
    found = drawn(
        process(
            m.StartEvent(id="start"),
            m.Task(id="work"),
            m.ExclusiveGateway(id="again"),
            m.EndEvent(id="end"),
            *[flow(*e) for e in (("start", "work"), ("work", "again"), ("again", "end"))],
            flow("again", "work", "back"),
        )
    )
    assert found.boxes["work"].x < found.boxes["again"].x
    line = found.lines["back"]
    assert line[0] == (found.boxes["again"].middle, found.boxes["again"].bottom)
    assert line[-1] == (found.boxes["work"].middle, found.boxes["work"].bottom)
    assert found.crossed() == []


def test_self_loop_goes_around_its_node() -> None:
    found = drawn(process(m.Task(id="a"), flow("a", "a")))
    assert found.crossed() == []
    assert len(found.lines["a-a"]) > 3


def test_boundary_events_stand_on_the_lower_edge_and_their_flows_go_below() -> None:
    found = drawn(
        process(
            m.Task(id="work"),
            m.BoundaryEvent(id="late", name="Late", attached_to_ref=m.Ref("work")),
            m.BoundaryEvent(id="wrong", attached_to_ref=m.Ref("work")),
            *[m.Task(id=id) for id in ("next", "remind", "repair")],
            flow("work", "next"),
            flow("late", "remind"),
            flow("wrong", "repair"),
        )
    )
    work, late, wrong = (found.boxes[id] for id in ("work", "late", "wrong"))
    for event in (late, wrong):
        assert event.level == work.bottom
        assert work.x <= event.x
        assert event.right <= work.right
    assert not late.overlaps(wrong)
    assert found.boxes["next"].level == work.level
    assert found.boxes["remind"].level > work.bottom
    assert found.lines["late-remind"][0] == (late.middle, late.bottom)
    assert found.crossed() == []


def test_activity_widens_for_many_boundary_events() -> None:
    events = [m.BoundaryEvent(id=f"e{i}", attached_to_ref=m.Ref("work")) for i in range(5)]
    found = drawn(process(m.Task(id="work"), *events))
    boxes = [found.boxes[event.id] for event in events]
    assert found.boxes["work"].width == 250
    assert not any(a.overlaps(b) for a in boxes for b in boxes if a is not b)


def test_compensation_handler_stands_below_its_activity() -> None:
    found = drawn(
        process(
            m.Task(id="book"),
            m.BoundaryEvent(
                id="undo",
                attached_to_ref=m.Ref("book"),
                event_definitions=(m.CompensateEventDefinition(),),
            ),
            m.Task(id="cancel", is_for_compensation=True),
            m.Task(id="next"),
            flow("book", "next"),
            artifacts=(
                m.Association(id="tie", source_ref=m.Ref("undo"), target_ref=m.Ref("cancel")),
            ),
        )
    )
    undo, cancel = found.boxes["undo"], found.boxes["cancel"]
    assert cancel.y > undo.bottom
    assert cancel.x < undo.middle < cancel.right
    assert found.lines["tie"] == [(undo.middle, undo.bottom), (undo.middle, cancel.y)]


def test_sub_process_fits_its_contents_and_is_drawn_expanded() -> None:
    inner = tuple(m.Task(id=f"t{i}") for i in range(3))
    outer = m.SubProcess(id="sub", flow_elements=(*inner, flow("t0", "t1"), flow("t1", "t2")))
    laid_out = lay_out(definitions(process(outer, m.SubProcess(id="empty"))))
    found = Drawn.of(laid_out)
    assert found.boxes["sub"].contains(found.boxes["t2"])
    assert found.boxes["sub"].width > 400
    assert found.boxes["empty"].width == 100
    plane = laid_out.diagrams[0].plane
    assert plane is not None
    expanded = {
        one.bpmn_element: one.is_expanded
        for one in plane.plane_elements
        if isinstance(one, m.BPMNShape)
    }
    assert expanded == {"sub": True, "empty": False, "t0": None, "t1": None, "t2": None}


def test_event_sub_process_stands_below_the_main_flow() -> None:
    late = m.SubProcess(
        id="late", triggered_by_event=True, flow_elements=(m.StartEvent(id="timer"),)
    )
    found = drawn(process(late, m.Task(id="a"), m.Task(id="b"), flow("a", "b")))
    assert found.boxes["late"].y > found.boxes["b"].bottom


def test_unconnected_parts_stand_one_below_the_other() -> None:
    found = drawn(process(*[m.Task(id=id) for id in "abcd"], flow("a", "b"), flow("c", "d")))
    assert found.boxes["c"].y > found.boxes["a"].bottom


def test_what_no_flow_touches_stands_in_rows() -> None:
    found = drawn(process(*[m.Task(id=f"t{i}") for i in range(12)]))
    rows = {box.y for box in found.boxes.values()}
    assert 1 < len(rows) < 6


def test_lanes_are_bands_that_hold_their_nodes() -> None:
    lanes = (
        m.Lane(id="upper", flow_node_refs=(m.Ref("a"), m.Ref("c"))),
        m.Lane(
            id="lower",
            child_lane_set=m.LaneSet(
                lanes=(
                    m.Lane(id="left", flow_node_refs=(m.Ref("b"),)),
                    m.Lane(id="right", flow_node_refs=(m.Ref("d"),)),
                )
            ),
        ),
    )
    found = drawn(
        process(
            *[m.Task(id=id) for id in "abcd"],
            flow("a", "b"),
            flow("b", "c"),
            lane_sets=(m.LaneSet(id="lanes", lanes=lanes),),
        )
    )
    for lane, nodes in (("upper", "ac"), ("left", "b"), ("right", "d"), ("lower", "bd")):
        assert all(found.boxes[lane].contains(found.boxes[node]) for node in nodes)
    assert found.boxes["upper"].bottom == found.boxes["lower"].y
    assert found.boxes["left"].bottom == found.boxes["right"].y
    assert found.boxes["lower"].right == found.boxes["right"].right


def test_collaboration_has_pools_and_message_flows_between_them() -> None:
    pools = (
        m.Participant(id="buyer", name="Buyer", process_ref=m.Ref("buying")),
        m.Participant(id="seller", name="Seller", process_ref=m.Ref("selling")),
        m.Participant(id="bank", name="Bank"),
    )
    flows = (
        m.MessageFlow(id="order", source_ref=m.Ref("send"), target_ref=m.Ref("receive")),
        m.MessageFlow(id="payment", source_ref=m.Ref("receive"), target_ref=m.Ref("bank")),
    )
    laid_out = lay_out(
        definitions(
            m.Collaboration(id="trade", participants=pools, message_flows=flows),
            process(m.SendTask(id="send"), id="buying"),
            process(m.ReceiveTask(id="receive"), id="selling"),
        )
    )
    assert len(laid_out.diagrams) == 1
    found = Drawn.of(laid_out)
    found.check(laid_out)
    buyer, seller, bank = (found.boxes[id] for id in ("buyer", "seller", "bank"))
    assert buyer.contains(found.boxes["send"])
    assert seller.contains(found.boxes["receive"])
    assert buyer.bottom < seller.y < seller.bottom < bank.y
    assert buyer.width == seller.width == bank.width
    send, receive = found.boxes["send"], found.boxes["receive"]
    assert found.lines["order"][0][1] == send.bottom
    assert found.lines["order"][-1][1] == receive.y
    assert found.lines["payment"][-1][1] == bank.y


def test_data_and_notes_stand_at_their_node_with_a_line() -> None:
    task = m.Task(
        id="work",
        data_input_associations=(
            m.DataInputAssociation(id="in", source_refs=(m.Ref("paper"),), target_ref=m.Ref("x")),
        ),
        data_output_associations=(m.DataOutputAssociation(id="out", target_ref=m.Ref("store")),),
    )
    found = drawn(
        process(
            task,
            m.DataObject(id="object"),
            m.DataObjectReference(id="paper", data_object_ref=m.Ref("object")),
            m.DataStoreReference(id="store", name="Archive"),
            artifacts=(
                m.TextAnnotation(id="note", text="Mind the gap"),
                m.Association(id="tie", source_ref=m.Ref("work"), target_ref=m.Ref("note")),
            ),
        )
    )
    assert set(found.lines) == {"in", "out", "tie"}
    work = found.boxes["work"]
    for id in ("paper", "store", "note"):
        assert found.boxes[id].bottom < work.y
    assert "object" not in found.boxes


def test_group_is_drawn_around_its_members() -> None:
    member = {"category_value_refs": (m.Ref("risky"),)}
    found = drawn(
        m.Category(category_values=(m.CategoryValue(id="risky", value="Risky"),)),
        process(
            m.Task(id="a", **member),
            m.Task(id="b", **member),
            m.Task(id="c"),
            flow("a", "b"),
            flow("b", "c"),
            artifacts=(m.Group(id="group", category_value_ref=m.Ref("risky")),),
        ),
    )
    group = found.boxes["group"]
    assert group.contains(found.boxes["a"])
    assert group.contains(found.boxes["b"])
    assert not group.overlaps(found.boxes["c"])


def test_names_outside_their_element_get_a_place() -> None:
    laid_out = lay_out(
        definitions(
            process(
                m.StartEvent(id="start", name="Order received"),
                m.ExclusiveGateway(id="ok", name="In order?"),
                m.Task(id="work", name="Work"),
                flow("start", "ok"),
                flow("ok", "work", "yes", name="yes"),
            )
        )
    )
    plane = laid_out.diagrams[0].plane
    assert plane is not None
    labelled = {one.bpmn_element for one in plane.plane_elements if one.label is not None}
    assert labelled == {"start", "ok", "yes"}


def test_ids_of_the_diagram_are_new() -> None:
    found = drawn(process(m.Task(id="a"), m.Task(id="a_di"), flow("a", "a_di", "p_plane")))
    assert set(found.boxes) == {"a", "a_di"}


def test_file_without_anything_to_draw_stays_readable() -> None:
    assert lay_out(definitions()).diagrams == ()
    empty = lay_out(definitions(process()))
    assert len(empty.diagrams) == 1


def test_elements_without_id_are_left_out() -> None:
    found = drawn(process(m.Task(), m.Task(id="a"), flow("", "a", "f")))
    assert set(found.boxes) == {"a"}
    assert not found.lines


def test_same_file_gives_the_same_diagram() -> None:
    for path in STORIES:
        bare = msgspec.structs.replace(read(path.read_bytes()), diagrams=())
        assert lay_out(bare) == lay_out(bare)


def test_written_diagram_is_read_as_it_was() -> None:
    bare = msgspec.structs.replace(read(STORIES[0].read_bytes()), diagrams=())
    again = read(write(lay_out(bare)))
    assert not again.problems
    assert Drawn.of(again).boxes.keys() == Drawn.of(lay_out(bare)).boxes.keys()


@pytest.mark.parametrize(
    "path", [*STORIES, *REAL], ids=lambda path: f"{path.parent.name}/{path.stem}"
)
def test_real_models_can_be_laid_out(path) -> None:
    laid_out = lay_out(msgspec.structs.replace(read(path.read_bytes()), diagrams=()))
    found = Drawn.of(laid_out)
    found.check(laid_out)
    assert found.crossed() == []


@given(models())
def test_any_model_gets_a_whole_diagram(model: m.Process) -> None:
    laid_out = lay_out(definitions(model))
    found = Drawn.of(laid_out)
    found.check(laid_out)
    assert [pair for pair in found.crossed() if not _is_astray(found, pair[0])] == []


def _is_astray(found: Drawn, id: str) -> bool:
    """Whether a flow joins what BPMN does not let it join; it is drawn over everything."""
    edge = found.elements[id]
    ends = [found.elements[edge.source_ref], found.elements[edge.target_ref]]
    return (
        not all(isinstance(end, m.FlowNode) for end in ends)
        or any(getattr(end, "is_for_compensation", False) for end in ends)
        or isinstance(ends[1], m.BoundaryEvent)
        or len({found.parent[one] for one in (id, edge.source_ref, edge.target_ref)}) > 1
    )


@given(models(prefix="a"), models(prefix="b"), st.data())
def test_any_collaboration_gets_a_whole_diagram(
    one: m.Process, other: m.Process, data: st.DataObject
) -> None:
    ends = st.sampled_from(
        [e.id for e in (*one.flow_elements, *other.flow_elements)] + ["A", "B", "C", "strange"]
    )
    flows = tuple(
        m.MessageFlow(
            id=f"m{i}", source_ref=m.Ref(data.draw(ends)), target_ref=m.Ref(data.draw(ends))
        )
        for i in range(data.draw(st.integers(0, 5)))
    )
    pools = (
        m.Participant(id="A", process_ref=m.Ref("ap")),
        m.Participant(id="B", process_ref=m.Ref("bp")),
        m.Participant(id="C", name="Black box"),
    )
    laid_out = lay_out(
        definitions(m.Collaboration(id="c", participants=pools, message_flows=flows), one, other)
    )
    found = Drawn.of(laid_out)
    found.check(laid_out)
    for pool, inside in (("A", one), ("B", other)):
        for node in inside.flow_elements:
            if node.id in found.boxes:
                assert found.boxes[pool].contains(found.boxes[node.id])
    for message in flows:
        if message.source_ref in found.boxes and message.target_ref in found.boxes:
            assert len(found.lines[message.id]) > 1


@pytest.mark.parametrize("shape", ["star", "nest", "far", "dense"])
def test_extreme_models_can_be_laid_out(shape: str) -> None:
    if shape == "star":
        model = process(
            m.ParallelGateway(id="g"),
            *[m.Task(id=f"t{i}") for i in range(300)],
            *[flow("g", f"t{i}") for i in range(300)],
        )
    elif shape == "nest":
        inner: m.FlowElement = m.Task(id="t")
        for index in range(150):
            inner = m.SubProcess(id=f"s{index}", flow_elements=(inner,))
        model = process(inner)
    elif shape == "far":
        chance = random.Random(3)
        links = [flow(f"t{i}", f"t{i + 1}") for i in range(399)]
        links += [
            flow(f"t{chance.randrange(400)}", f"t{chance.randrange(400)}", f"x{i}")
            for i in range(200)
        ]
        model = process(*[m.Task(id=f"t{i}") for i in range(400)], *links)
    else:
        ids = [f"t{i}" for i in range(20)]
        model = process(*[m.Task(id=i) for i in ids], *[flow(a, b) for a in ids for b in ids])
    assert drawn(model).boxes
