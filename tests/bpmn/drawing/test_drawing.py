"""Diagrams as SVG (`bpmn.drawing`)."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

import bpmn.model as m
from bpmn.drawing import Mark, draw_svg
from bpmn.layout import lay_out
from bpmn.reader import read
from tests.bpmn.kit import REAL, STORIES, elements
from tests.bpmn.layout.diagrams import definitions, flow, models, process

SVG = "{http://www.w3.org/2000/svg}"


def parsed(text: str) -> etree._Element:
    return etree.fromstring(text.encode())


def drawn(*roots: m.RootElement, **more: object) -> etree._Element:
    return parsed(draw_svg(definitions(*roots), **more))  # type: ignore[arg-type]


def of(picture: etree._Element, id: str) -> etree._Element:
    (found,) = [g for g in picture.iter(f"{SVG}g") if g.get("data-element") == id]
    return found


def body(picture: etree._Element, id: str) -> etree._Element:
    (found,) = [e for e in of(picture, id).iter() if "body" in e.get("class", "").split()]
    return found


def words(node: etree._Element) -> str:
    return " ".join("".join(text.itertext()) for text in node.iter(f"{SVG}text"))


def symbols(node: etree._Element) -> list[str]:
    """The shapes inside an element, besides its body, as they are written."""
    inner = [e for e in node.iter() if e.tag != f"{SVG}text" and e.tag != f"{SVG}title"]
    return [etree.tostring(e).decode() for e in inner if "body" not in e.get("class", "")]


# Kinds of elements


def test_each_kind_of_task_has_a_symbol_of_its_own() -> None:
    kinds = [c for c in elements() if issubclass(c, m.Task)]
    picture = drawn(process(*[c(id=c.__name__) for c in kinds]))  # type: ignore[call-arg]
    seen = {kind.__name__: "".join(symbols(of(picture, kind.__name__))[1:]) for kind in kinds}
    assert len(set(seen.values())) == len(kinds)
    assert seen["Task"] == ""


def test_each_event_definition_has_a_symbol_of_its_own() -> None:
    kinds = [c for c in elements() if issubclass(c, m.EventDefinition)]
    events = [
        m.IntermediateCatchEvent(
            id=kind.__name__,
            event_definitions=(kind(name="x") if kind is m.LinkEventDefinition else kind(),),  # type: ignore[call-arg]
        )
        for kind in kinds
    ]
    picture = drawn(process(*events, m.IntermediateCatchEvent(id="none")))
    seen = {"".join(symbols(of(picture, e.id))[2:]) for e in events}
    assert len(seen) == len(kinds)
    assert "" not in seen
    assert not symbols(of(picture, "none"))[2:]


def test_shared_event_definition_is_shown_like_one_inside() -> None:
    timer = m.TimerEventDefinition(id="shared")
    picture = drawn(
        timer,
        process(
            m.StartEvent(id="own", event_definitions=(m.TimerEventDefinition(),)),
            m.StartEvent(id="shares", event_definition_refs=(m.Ref("shared"),)),
        ),
    )
    own, shares = (len(symbols(of(picture, id))) for id in ("own", "shares"))
    assert own == shares > 1


def test_thrown_symbol_is_filled_and_caught_is_not() -> None:
    message = (m.MessageEventDefinition(),)
    picture = drawn(
        process(
            m.IntermediateThrowEvent(id="throw", event_definitions=message),
            m.IntermediateCatchEvent(id="catch", event_definitions=message),
        )
    )
    fills = {
        id: next(e for e in of(picture, id).iter(f"{SVG}rect")).get("fill")
        for id in ("throw", "catch")
    }
    assert fills["catch"] == "none" != fills["throw"]


def test_border_tells_the_place_of_an_event_and_whether_it_interrupts() -> None:
    picture = drawn(
        process(
            m.StartEvent(id="start"),
            m.EndEvent(id="end"),
            m.Task(id="task"),
            m.BoundaryEvent(id="stops", attached_to_ref=m.Ref("task")),
            m.BoundaryEvent(id="tells", attached_to_ref=m.Ref("task"), cancel_activity=False),
        )
    )
    assert len(list(of(picture, "start").iter(f"{SVG}circle"))) == 1
    assert len(list(of(picture, "stops").iter(f"{SVG}circle"))) == 2
    thick, thin = (float(body(picture, id).get("stroke-width")) for id in ("end", "start"))
    assert thick > thin
    assert body(picture, "tells").get("stroke-dasharray")
    assert not body(picture, "stops").get("stroke-dasharray")


def test_each_kind_of_gateway_has_a_marker_of_its_own() -> None:
    gateways = [
        m.ExclusiveGateway(id="exclusive"),
        m.ParallelGateway(id="parallel"),
        m.InclusiveGateway(id="inclusive"),
        m.ComplexGateway(id="complex"),
        m.EventBasedGateway(id="events"),
        m.EventBasedGateway(id="starts", instantiate=True),
        m.EventBasedGateway(id="all", instantiate=True, event_gateway_type="Parallel"),
    ]
    picture = drawn(process(*gateways))
    assert len({"".join(symbols(of(picture, g.id))[1:]) for g in gateways}) == len(gateways)


def test_markers_of_activities_are_shown() -> None:
    plain = m.Task(id="plain")
    marked = [
        m.Task(id="loop", loop_characteristics=m.StandardLoopCharacteristics()),
        m.Task(id="each", loop_characteristics=m.MultiInstanceLoopCharacteristics()),
        m.Task(
            id="queue", loop_characteristics=m.MultiInstanceLoopCharacteristics(is_sequential=True)
        ),
        m.Task(id="undo", is_for_compensation=True),
        m.SubProcess(id="closed"),
        m.AdHocSubProcess(id="free"),
    ]
    picture = drawn(process(plain, *marked))
    seen = {"".join(symbols(of(picture, a.id))[1:]) for a in (plain, *marked)}
    assert len(seen) == len(marked) + 1


def test_border_tells_the_kind_of_an_activity() -> None:
    inner = (m.Task(id="inner"),)
    picture = drawn(
        process(
            m.CallActivity(id="call"),
            m.Task(id="task"),
            m.Transaction(id="deal", flow_elements=inner),
            m.SubProcess(id="handler", triggered_by_event=True),
        )
    )
    assert float(body(picture, "call").get("stroke-width")) == 4
    assert body(picture, "task").get("stroke-width") is None
    assert len(list(of(picture, "deal").iter(f"{SVG}rect"))) == 2
    assert body(picture, "handler").get("stroke-dasharray")


def test_flows_are_told_apart() -> None:
    condition = m.FormalExpression(text="=true")
    picture = drawn(
        process(
            m.Task(id="a", default=m.Ref("default")),
            *[m.Task(id=id) for id in "bcd"],
            flow("a", "b", "default"),
            m.SequenceFlow(
                id="condition",
                source_ref=m.Ref("a"),
                target_ref=m.Ref("c"),
                condition_expression=condition,
            ),
            flow("a", "d", "plain"),
        )
    )
    counts = {id: len(list(of(picture, id))) for id in ("default", "condition", "plain")}
    assert counts["default"] == counts["condition"] == counts["plain"] + 1
    assert len(list(of(picture, "condition").iter(f"{SVG}polygon"))) == 2


def test_pool_without_process_has_its_name_in_the_middle() -> None:
    pools = (
        m.Participant(id="full", name="Full", process_ref=m.Ref("p")),
        m.Participant(id="black", name="Black"),
    )
    picture = drawn(m.Collaboration(id="c", participants=pools), process(m.Task(id="a")))
    turned = [g for g in of(picture, "full").iter(f"{SVG}g") if "rotate" in g.get("transform", "")]
    assert words(of(picture, "full")) == "Full"
    assert turned
    assert "rotate" not in etree.tostring(of(picture, "black")).decode()


def test_colours_of_choreography_bands_tell_who_begins() -> None:
    task = m.ChoreographyTask(
        id="t",
        name="Order",
        initiating_participant_ref=m.Ref("a"),
        participant_refs=(m.Ref("a"), m.Ref("b")),
    )
    shapes = [("t", 0, 100, None, None), ("a", 0, 20, "s_t", "top_initiating")]
    shapes.append(("b", 80, 20, "s_t", "bottom_non_initiating"))
    plane = m.BPMNPlane(
        bpmn_element=m.Ref("c"),
        plane_elements=tuple(
            m.BPMNShape(
                id=f"s_{id}",
                bpmn_element=m.Ref(id),
                bounds=m.Bounds(x=0, y=y, width=100, height=height),
                choreography_activity_shape=m.Ref(owner) if owner else None,
                participant_band_kind=band,  # type: ignore[arg-type]
            )
            for id, y, height, owner, band in shapes
        ),
    )
    participants = (m.Participant(id="a", name="Buyer"), m.Participant(id="b", name="Seller"))
    choreography = m.Choreography(id="c", participants=participants, flow_elements=(task,))
    model = msgspec.structs.replace(
        definitions(choreography), diagrams=(m.BPMNDiagram(id="d", plane=plane),)
    )
    picture = parsed(draw_svg(model))
    assert [words(of(picture, id)) for id in ("t", "a", "b")] == ["Order", "Buyer", "Seller"]
    shaded = [len(list(of(picture, id).iter(f"{SVG}rect"))) for id in ("a", "b")]
    assert shaded == [1, 2]


# Texts


def test_everything_is_escaped() -> None:
    evil = "<script>alert('1')</script> & \"quotes\" \x00\x1b\ud800"
    picture = drawn(
        process(m.Task(id='a"><b', name=evil), name=evil),
        marks={'a"><b': Mark('x" onload="y', evil)},
        title=evil,
    )
    assert not list(picture.iter(f"{SVG}script"))
    assert not [e for e in picture.iter() if e.get("onload")]
    assert "<script>" in (picture.findtext(f"{SVG}title") or "")


def test_names_are_wrapped_into_their_shape() -> None:
    name = "Check whether the customer has already been told about the delay"
    picture = drawn(process(m.Task(id="a", name=name)))
    lines = list(of(picture, "a").iter(f"{SVG}text"))
    assert len(lines) > 2
    assert words(of(picture, "a")) == name
    heights = [float(line.get("y")) for line in lines]
    box = body(picture, "a")
    top = float(box.get("y"))
    assert top < min(heights) <= max(heights) < top + float(box.get("height"))


def test_name_that_does_not_fit_ends_in_an_ellipsis() -> None:
    picture = drawn(process(m.Task(id="a", name="word " * 100)))
    assert words(of(picture, "a")).endswith("…")
    assert of(picture, "a").findtext(f"{SVG}title") == "Task: " + "word " * 100


def test_each_element_says_what_it_is_to_those_who_listen() -> None:
    picture = drawn(process(m.UserTask(id="a", name="Approve"), m.EndEvent(id="b"), name="Loan"))
    assert picture.get("role") == "img"
    assert picture.findtext(f"{SVG}title") == "Loan"
    assert of(picture, "a").findtext(f"{SVG}title") == "User task: Approve"
    assert of(picture, "b").findtext(f"{SVG}title") == "End event"


# Marks, planes, pages


def test_marks_are_classes_and_badges() -> None:
    picture = drawn(
        process(m.Task(id="a"), m.Task(id="b"), flow("a", "b", "f")),
        marks={"a": Mark("has-token", "3"), "f": Mark("taken")},
    )
    shape, badge = [g for g in picture.iter(f"{SVG}g") if g.get("data-element") == "a"]
    assert shape.get("class") == "bpmn-task has-token"
    assert badge.get("class") == "badge has-token"
    assert words(badge) == "3"
    assert "taken" in of(picture, "f").get("class", "").split()


def test_plane_is_found_by_its_own_id_and_by_what_it_shows() -> None:
    model = lay_out(definitions(process(m.Task(id="a")), process(m.Task(id="b"), id="q")))
    for plane in ("q", "q_diagram", "q_plane", "b"):
        picture = parsed(draw_svg(model, plane=plane))
        assert {g.get("data-element") for g in picture.iter(f"{SVG}g")} == {None, "b"}
    with pytest.raises(KeyError, match="nothing"):
        draw_svg(model, plane="nothing")


def test_process_of_a_pool_is_found_in_its_collaboration() -> None:
    pool = m.Participant(id="pool", process_ref=m.Ref("p"))
    model = definitions(m.Collaboration(id="c", participants=(pool,)), process(m.Task(id="a")))
    assert of(parsed(draw_svg(model, plane="p")), "pool") is not None


def test_part_of_a_page_brings_no_style_and_no_ids() -> None:
    text = draw_svg(definitions(process(m.Task(id="a"))), is_standalone=False)
    assert "<style" not in text
    assert " id=" not in text
    assert "var(--" in text


def test_file_that_stands_alone_knows_the_dark() -> None:
    text = draw_svg(definitions(process(m.Task(id="a"))))
    assert "prefers-color-scheme:dark" in text


def test_nothing_to_draw_is_an_empty_picture() -> None:
    assert parsed(draw_svg(definitions())).get("viewBox") == "-16 -16 32 32"


def test_view_holds_everything() -> None:
    picture = drawn(process(m.EndEvent(id="a", name="A name that stands below the event")))
    x, y, width, height = map(float, (picture.get("viewBox") or "").split())
    for text in picture.iter(f"{SVG}text"):
        assert x < float(text.get("x")) < x + width
        assert y < float(text.get("y")) < y + height
    assert float(picture.get("width") or 0) == width


@pytest.mark.parametrize(
    "path", [*STORIES, *REAL], ids=lambda path: f"{path.parent.name}/{path.stem}"
)
def test_every_shape_of_real_files_is_drawn(path) -> None:
    model = read(path.read_bytes())
    for diagram in model.diagrams:
        if diagram.plane is None or not diagram.plane.plane_elements:
            continue
        picture = parsed(draw_svg(model, plane=diagram.id or None))
        shown = {g.get("data-element") for g in picture.iter(f"{SVG}g")}
        for one in diagram.plane.plane_elements:
            assert not one.bpmn_element or one.bpmn_element in shown
        assert not re.search(r"\bnan\b|\binf\b", etree.tostring(picture).decode())


@given(models(), st.text(), st.booleans())
def test_any_model_can_be_drawn(model: m.Process, text: str, is_standalone: bool) -> None:
    marks = {element.id: Mark(text, text) for element in model.flow_elements[:3]}
    picture = draw_svg(definitions(model), marks=marks, title=text, is_standalone=is_standalone)
    assert parsed(picture).tag == f"{SVG}svg"
