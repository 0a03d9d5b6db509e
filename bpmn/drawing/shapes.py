"""One function a family of shapes: what stands in its bounds, as SVG."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bpmn.drawing import symbols
from bpmn.drawing.svg import (
    LINE,
    circle,
    group,
    lines_of_text,
    path,
    polygon,
    rectangle,
    text_block,
    words,
)
from bpmn.model import (
    Activity,
    AdHocSubProcess,
    BaseElement,
    BoundaryEvent,
    Bounds,
    BPMNShape,
    CallActivity,
    CallChoreography,
    CallConversation,
    CatchEvent,
    ChoreographyActivity,
    ConversationNode,
    DataInput,
    DataObject,
    DataObjectReference,
    DataOutput,
    DataStoreReference,
    EndEvent,
    Event,
    ExclusiveGateway,
    Gateway,
    Group,
    ItemAwareElement,
    Lane,
    MultiInstanceLoopCharacteristics,
    Participant,
    StandardLoopCharacteristics,
    StartEvent,
    SubChoreography,
    SubConversation,
    SubProcess,
    TextAnnotation,
    ThrowEvent,
    Transaction,
)
from bpmn.typography import wrapped

__all__ = ["Context", "Painted", "Place", "is_open", "paint"]

_BAND = 30.0
_MARKER = 18.0
_DASHES = "5 3"


@dataclass(frozen=True, kw_only=True)
class Context:
    """What shapes must know of the rest of the file."""

    elements: dict[str, BaseElement] = field(default_factory=dict)
    """By id."""
    data_objects: dict[str, DataObject] = field(default_factory=dict)
    black_boxes: frozenset[str] = frozenset()
    """Pools in which nothing is drawn."""
    bands: dict[str, float] = field(default_factory=dict)
    """Height taken by participants at the upper edge of choreography activities, by shape id."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a shape is drawn, and in what file."""

    shape: BPMNShape
    box: Bounds
    context: Context


@dataclass(frozen=True, kw_only=True)
class Painted:
    """A drawn shape."""

    body: list[str]
    has_own_text: bool = True
    """Whether its name is in it; otherwise it stands beside."""


def paint(element: BaseElement | None, at: Place) -> Painted:
    """The drawing of one shape; a plain box for what is not known."""
    for kind, painter in _PAINTERS:
        if isinstance(element, kind):
            return painter(element, at)
    unknown = _body(at.box, 0, stroke_dasharray=_DASHES)
    return Painted(body=[unknown, *_inside(getattr(element, "name", ""), at.box)])


def _body(box: Bounds, radius: float, **attributes: str | float | None) -> str:
    corner = radius or None
    return rectangle(box.x, box.y, box.width, box.height, rx=corner, class_="body", **attributes)


def _inside(text: str, box: Bounds, above: float = 4, below: float = 4) -> list[str]:
    return _texts(
        text_block(text, box.x + 5, box.y + above, box.width - 10, box.height - above - below)
    )


def _texts(lines: list[str]) -> list[str]:
    return [words(lines, class_="name")] if lines else []


def _at(drawn: list[str], x: float, y: float, scale: float = 1.0) -> str:
    place = f"translate({x:g},{y:g})" + (f" scale({scale:g})" if scale != 1 else "")
    return group(drawn, transform=place)


# Events (§10.5)


def _event(event: Event, at: Place) -> Painted:
    box = at.box
    x, y = box.x + box.width / 2, box.y + box.height / 2
    radius = min(box.width, box.height) / 2
    is_dashed = (isinstance(event, BoundaryEvent) and not event.cancel_activity) or (
        isinstance(event, StartEvent) and not event.is_interrupting
    )
    dashes = _DASHES if is_dashed else None
    width = 3.2 if isinstance(event, EndEvent) else 1.6
    drawn = [circle(x, y, radius, class_="body", stroke_width=width, stroke_dasharray=dashes)]
    if not isinstance(event, StartEvent | EndEvent):
        inner = circle(x, y, radius * 0.83, fill="none", stroke_width=1.3, stroke_dasharray=dashes)
        drawn.append(inner)
    symbol = _event_symbol(event, at.context)
    if symbol:
        drawn.append(_at(symbol, x, y, round(radius / 18, 3)))
    return Painted(body=drawn, has_own_text=False)


def _event_symbol(event: Event, context: Context) -> list[str]:
    is_throwing = isinstance(event, ThrowEvent)
    if not isinstance(event, CatchEvent | ThrowEvent):
        return []
    shared = [context.elements.get(ref) for ref in event.event_definition_refs]
    kinds = [type(one) for one in (*event.event_definitions, *shared) if one is not None]
    if len(kinds) == 1:
        return symbols.event_symbol(kinds[0], is_throwing)
    if kinds:
        is_parallel = isinstance(event, CatchEvent) and event.parallel_multiple
        return symbols.multiple_symbol(is_throwing, is_parallel)
    return []


# Gateways (§10.6)


def _gateway(gateway: Gateway, at: Place) -> Painted:
    box = at.box
    x, y = box.x + box.width / 2, box.y + box.height / 2
    corners = [(x, box.y), (box.x + box.width, y), (x, box.y + box.height), (box.x, y)]
    drawn = [polygon(corners, class_="body", stroke_linejoin="round")]
    is_hidden = isinstance(gateway, ExclusiveGateway) and at.shape.is_marker_visible is False
    if not is_hidden:
        scale = round(min(box.width, box.height) / 50, 3)
        drawn.append(_at(symbols.gateway_symbol(gateway), x, y, scale))
    return Painted(body=drawn, has_own_text=False)


# Activities (§10.3)


def _activity(activity: Activity, at: Place) -> Painted:
    box = at.box
    is_expanded = is_open(activity, at.shape)
    is_event = isinstance(activity, SubProcess) and activity.triggered_by_event
    drawn = [
        _body(
            box,
            10,
            stroke_width=4 if isinstance(activity, CallActivity) else None,
            stroke_dasharray="1.5 4" if is_event else None,
            stroke_linecap="round" if is_event else None,
        )
    ]
    if isinstance(activity, Transaction):
        drawn.append(
            rectangle(
                box.x + 3,
                box.y + 3,
                box.width - 6,
                box.height - 6,
                rx=7,
                fill="none",
                stroke_width=1.2,
            )
        )
    symbol = symbols.task_symbol(activity)
    if symbol:
        drawn.append(_at(symbol, box.x + 14, box.y + 13, 0.9))
    markers = _markers(activity, isinstance(activity, SubProcess) and not is_expanded)
    drawn += _marker_row(markers, box)
    if is_expanded:
        top = Bounds(x=box.x, y=box.y + 5, width=box.width, height=30)
        return Painted(body=[*drawn, *_inside(activity.name, top, 0, 0)])
    above, below = (20.0 if symbol else 4.0), (20.0 if markers else 4.0)
    if box.height >= 70:
        below = max(below, above - 8)
        above = max(above, below)
    return Painted(body=[*drawn, *_inside(activity.name, box, above, below)])


def is_open(activity: BaseElement | None, shape: BPMNShape) -> bool:
    """Whether its contents are drawn inside: what the shape says, else what its size tells."""
    box = shape.bounds
    has_contents = isinstance(activity, SubProcess | SubChoreography)
    if shape.is_expanded is not None or not has_contents or box is None:
        return bool(shape.is_expanded) and isinstance(activity, Activity | SubChoreography)
    return box.width > 120 or box.height > 100


def _markers(activity: Activity, is_collapsed: bool) -> list[str]:
    markers = []
    match activity.loop_characteristics:
        case StandardLoopCharacteristics():
            markers.append("loop")
        case MultiInstanceLoopCharacteristics() as loop:
            markers.append("sequential" if loop.is_sequential else "parallel")
    if activity.is_for_compensation:
        markers.append("compensation")
    if is_collapsed:
        markers.append("collapsed")
    if isinstance(activity, AdHocSubProcess):
        markers.append("ad hoc")
    return markers


def _marker_row(markers: list[str], box: Bounds) -> list[str]:
    left = box.x + box.width / 2 - _MARKER * (len(markers) - 1) / 2
    y = box.y + box.height - 11
    return [
        _at(symbols.MARKERS[name], left + _MARKER * index, y) for index, name in enumerate(markers)
    ]


# Pools and lanes (§9.3, §10.8)


def _pool(pool: Participant, at: Place) -> Painted:
    box = at.box
    drawn = [_body(box, 0)]
    if at.shape.choreography_activity_shape:
        is_initiating = "non" not in (at.shape.participant_band_kind or "non")
        if not is_initiating:
            drawn.append(_shade(box))
        return Painted(body=[*drawn, *_inside(pool.name, box, 1, 1)])
    if pool.participant_multiplicity is not None and pool.participant_multiplicity.maximum > 1:
        drawn.append(
            _at(symbols.MARKERS["parallel"], box.x + box.width / 2, box.y + box.height - 10)
        )
    if pool.id in at.context.black_boxes:
        return Painted(body=[*drawn, *_inside(pool.name, box)])
    if at.shape.is_horizontal is False:
        drawn.append(path(f"M{box.x:g},{box.y + _BAND:g} h{box.width:g}"))
    else:
        drawn.append(path(f"M{box.x + _BAND:g},{box.y:g} v{box.height:g}"))
    return Painted(body=[*drawn, *_banner(pool.name, at.shape, box)])


def _lane(lane: Lane, at: Place) -> Painted:
    box = at.box
    return Painted(body=[_body(box, 0, fill="none"), *_banner(lane.name, at.shape, box)])


def _banner(name: str, shape: BPMNShape, box: Bounds) -> list[str]:
    """A name in the band at the left, upwards, or at the top."""
    if shape.is_horizontal is False:
        return _inside(name, Bounds(x=box.x, y=box.y, width=box.width, height=_BAND), 2, 2)
    lines = text_block(name, -box.height / 2 + 4, -_BAND / 2 + 1, box.height - 8, _BAND - 2)
    x, y = box.x + _BAND / 2, box.y + box.height / 2
    turned = f"translate({x:g},{y:g}) rotate(-90)"
    return [words(lines, class_="name", transform=turned)] if lines else []


def _shade(box: Bounds) -> str:
    return rectangle(
        box.x, box.y, box.width, box.height, fill=LINE, fill_opacity=0.12, stroke="none"
    )


# Data and artifacts (§10.4, §8.4.1)


def _data(element: BaseElement, at: Place) -> Painted:
    box = at.box
    x, y, right, bottom = box.x, box.y, box.x + box.width, box.y + box.height
    fold = min(10.0, box.width / 3)
    outline = f"M{x:g},{y:g} H{right - fold:g} L{right:g},{y + fold:g} V{bottom:g} H{x:g} Z"
    ear = f"M{right - fold:g},{y:g} V{y + fold:g} H{right:g}"
    drawn = [path(outline, class_="body", stroke_linejoin="round"), path(ear, fill="none")]
    if isinstance(element, DataInput | DataOutput):
        arrow = "M-6,-2.5 H1 V-6 L7,0 L1,6 V2.5 H-6 Z"
        fill = LINE if isinstance(element, DataOutput) else "none"
        drawn.append(_at([path(arrow, fill=fill)], x + 11, y + 10))
    target = element
    if isinstance(element, DataObjectReference):
        target = at.context.data_objects.get(element.data_object_ref or "", element)
    if getattr(target, "is_collection", False):
        drawn.append(_at(symbols.MARKERS["parallel"], x + box.width / 2, bottom - 9, 0.8))
    return Painted(body=drawn, has_own_text=False)


def _store(_: DataStoreReference, at: Place) -> Painted:
    box = at.box
    x, y, w = box.x, box.y, box.width
    ry = min(7.0, box.height / 5)
    arc = f"a{w / 2:g},{ry:g} 0 0 0 {w:g},0"
    outline = (
        f"M{x:g},{y + ry:g} a{w / 2:g},{ry:g} 0 0 1 {w:g},0 v{box.height - 2 * ry:g}"
        f" a{w / 2:g},{ry:g} 0 0 1 {-w:g},0 Z"
    )
    rings = " ".join(f"M{x:g},{y + ry * (1 + 0.7 * k):g} {arc}" for k in range(3))
    return Painted(
        body=[path(outline, class_="body"), path(rings, fill="none")], has_own_text=False
    )


def _note(note: TextAnnotation, at: Place) -> Painted:
    box = at.box
    bracket = f"M{box.x + 10:g},{box.y:g} H{box.x:g} V{box.y + box.height:g} h10"
    most = max(1, int(box.height // 13.2))
    lines = wrapped(note.text, box.width - 10, 11, most_lines=most)
    drawn = lines_of_text(lines, box.x + 6, box.y + box.height / 2, 11, anchor="start")
    area = rectangle(box.x, box.y, box.width, box.height, fill="none", stroke="none", class_="body")
    return Painted(
        body=[area, path(bracket, fill="none"), words(drawn, class_="name", font_size=11)]
    )


def _frame(element: Group, at: Place) -> Painted:
    box = at.box
    value = at.context.elements.get(element.category_value_ref or "")
    name = getattr(value, "value", "")
    dashed = _body(box, 10, fill="none", stroke_dasharray="8 4 1.5 4")
    top = Bounds(x=box.x, y=box.y + 3, width=box.width, height=16)
    return Painted(body=[dashed, *_inside(name, top, 0, 0)])


# Choreographies and conversations (§11.5, §9.5)


def _choreography(activity: ChoreographyActivity, at: Place) -> Painted:
    box = at.box
    band = at.context.bands.get(at.shape.id, 0.0)
    width = 4 if isinstance(activity, CallChoreography) else None
    drawn = [_body(box, 10, stroke_width=width)]
    markers = {
        "Standard": ["loop"],
        "MultiInstanceSequential": ["sequential"],
        "MultiInstanceParallel": ["parallel"],
    }.get(activity.loop_type, [])
    is_expanded = is_open(activity, at.shape)
    if isinstance(activity, SubChoreography) and not is_expanded:
        markers = [*markers, "collapsed"]
    inner = Bounds(x=box.x, y=box.y, width=box.width, height=box.height - band)
    drawn += _marker_row(markers, inner)
    if is_expanded:
        top = Bounds(x=box.x, y=box.y + band + 4, width=box.width, height=30)
        return Painted(body=[*drawn, *_inside(activity.name, top, 0, 0)])
    return Painted(body=[*drawn, *_inside(activity.name, box, band + 2, band + 2)])


def _conversation(node: ConversationNode, at: Place) -> Painted:
    box = at.box
    x, y, w, h = box.x, box.y, box.width, box.height
    corners = [
        (x + w / 4, y),
        (x + w * 3 / 4, y),
        (x + w, y + h / 2),
        (x + w * 3 / 4, y + h),
        (x + w / 4, y + h),
        (x, y + h / 2),
    ]
    width = 4 if isinstance(node, CallConversation) else None
    drawn = [polygon(corners, class_="body", stroke_width=width)]
    if isinstance(node, SubConversation):
        drawn += _marker_row(["collapsed"], box)
    return Painted(body=drawn, has_own_text=False)


_PAINTERS: tuple[tuple[Any, Callable[..., Painted]], ...] = (
    (Event, _event),
    (Gateway, _gateway),
    (Activity, _activity),
    (Participant, _pool),
    (Lane, _lane),
    (DataStoreReference, _store),
    (ItemAwareElement, _data),
    (TextAnnotation, _note),
    (Group, _frame),
    (ChoreographyActivity, _choreography),
    (ConversationNode, _conversation),
)
