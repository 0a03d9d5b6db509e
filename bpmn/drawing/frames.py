"""Pools, lanes, data, artifacts, choreographies and conversations as SVG."""

from __future__ import annotations

from bpmn.drawing import symbols
from bpmn.drawing.place import Painted, Place, is_open, marker_row, name_inside, outline, placed
from bpmn.drawing.svg import (
    BACKGROUND,
    LINE,
    lines_of_text,
    path,
    polygon,
    rectangle,
    text_block,
    words,
)
from bpmn.model import (
    BaseElement,
    Bounds,
    BPMNShape,
    CallChoreography,
    CallConversation,
    ChoreographyActivity,
    ConversationNode,
    DataInput,
    DataObjectReference,
    DataOutput,
    DataStoreReference,
    Group,
    Lane,
    Participant,
    SubChoreography,
    SubConversation,
    TextAnnotation,
)
from bpmn.typography import wrapped

__all__ = [
    "paint_choreography",
    "paint_conversation",
    "paint_data",
    "paint_frame",
    "paint_lane",
    "paint_note",
    "paint_pool",
    "paint_store",
]

_BAND = 30.0

# Pools and lanes (§9.3, §10.8)


def paint_pool(pool: Participant, at: Place) -> Painted:
    box = at.box
    drawn = [outline(box, 0, fill=None if at.shape.choreography_activity_shape else BACKGROUND)]
    if at.shape.choreography_activity_shape:
        is_initiating = "non" not in (at.shape.participant_band_kind or "non")
        if not is_initiating:
            drawn.append(_shade(box))
        return Painted(body=[*drawn, *name_inside(pool.name, box, 1, 1)])
    if pool.participant_multiplicity is not None and pool.participant_multiplicity.maximum > 1:
        drawn.append(
            placed(symbols.MARKERS["parallel"], box.x + box.width / 2, box.y + box.height - 10)
        )
    if pool.id in at.context.black_boxes:
        return Painted(body=[*drawn, *name_inside(pool.name, box)])
    if at.shape.is_horizontal is False:
        drawn.append(path(f"M{box.x:g},{box.y + _BAND:g} h{box.width:g}"))
    else:
        drawn.append(path(f"M{box.x + _BAND:g},{box.y:g} v{box.height:g}"))
    return Painted(body=[*drawn, *_banner(pool.name, at.shape, box)])


def paint_lane(lane: Lane, at: Place) -> Painted:
    box = at.box
    return Painted(body=[outline(box, 0, fill="none"), *_banner(lane.name, at.shape, box)])


def _banner(name: str, shape: BPMNShape, box: Bounds) -> list[str]:
    """A name in the band at the left, upwards, or at the top."""
    if shape.is_horizontal is False:
        return name_inside(name, Bounds(x=box.x, y=box.y, width=box.width, height=_BAND), 2, 2)
    lines = text_block(name, -box.height / 2 + 4, -_BAND / 2 + 1, box.height - 8, _BAND - 2)
    x, y = box.x + _BAND / 2, box.y + box.height / 2
    turned = f"translate({x:g},{y:g}) rotate(-90)"
    return [words(lines, class_="name", transform=turned)] if lines else []


def _shade(box: Bounds) -> str:
    return rectangle(
        box.x, box.y, box.width, box.height, fill=LINE, fill_opacity=0.12, stroke="none"
    )


# Data and artifacts (§10.4, §8.4.1)


def paint_data(element: BaseElement, at: Place) -> Painted:
    box = at.box
    x, y, right, bottom = box.x, box.y, box.x + box.width, box.y + box.height
    fold = min(10.0, box.width / 3)
    outline = f"M{x:g},{y:g} H{right - fold:g} L{right:g},{y + fold:g} V{bottom:g} H{x:g} Z"
    ear = f"M{right - fold:g},{y:g} V{y + fold:g} H{right:g}"
    drawn = [path(outline, class_="body", stroke_linejoin="round"), path(ear, fill="none")]
    if isinstance(element, DataInput | DataOutput):
        arrow = "M-6,-2.5 H1 V-6 L7,0 L1,6 V2.5 H-6 Z"
        fill = LINE if isinstance(element, DataOutput) else "none"
        drawn.append(placed([path(arrow, fill=fill)], x + 11, y + 10))
    target = element
    if isinstance(element, DataObjectReference):
        target = at.context.data_objects.get(element.data_object_ref or "", element)
    if getattr(target, "is_collection", False):
        drawn.append(placed(symbols.MARKERS["parallel"], x + box.width / 2, bottom - 9, 0.8))
    return Painted(body=drawn, has_own_text=False)


def paint_store(_: DataStoreReference, at: Place) -> Painted:
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


def paint_note(note: TextAnnotation, at: Place) -> Painted:
    box = at.box
    bracket = f"M{box.x + 10:g},{box.y:g} H{box.x:g} V{box.y + box.height:g} h10"
    most = max(1, int(box.height // 13.2))
    lines = wrapped(note.text, box.width - 10, 11, most_lines=most)
    drawn = lines_of_text(lines, box.x + 6, box.y + box.height / 2, 11, anchor="start")
    area = rectangle(box.x, box.y, box.width, box.height, fill="none", stroke="none", class_="body")
    return Painted(
        body=[area, path(bracket, fill="none"), words(drawn, class_="name", font_size=11)]
    )


def paint_frame(element: Group, at: Place) -> Painted:
    box = at.box
    value = at.context.elements.get(element.category_value_ref or "")
    name = getattr(value, "value", "")
    dashed = outline(box, 10, fill="none", stroke_dasharray="8 4 1.5 4")
    top = Bounds(x=box.x, y=box.y + 3, width=box.width, height=16)
    return Painted(body=[dashed, *name_inside(name, top, 0, 0)])


# Choreographies and conversations (§11.5, §9.5)


def paint_choreography(activity: ChoreographyActivity, at: Place) -> Painted:
    box = at.box
    band = at.context.bands.get(at.shape.id, 0.0)
    width = 4 if isinstance(activity, CallChoreography) else None
    drawn = [outline(box, 10, stroke_width=width)]
    markers = {
        "Standard": ["loop"],
        "MultiInstanceSequential": ["sequential"],
        "MultiInstanceParallel": ["parallel"],
    }.get(activity.loop_type, [])
    is_expanded = is_open(activity, at.shape)
    if isinstance(activity, SubChoreography) and not is_expanded:
        markers = [*markers, "collapsed"]
    inner = Bounds(x=box.x, y=box.y, width=box.width, height=box.height - band)
    drawn += marker_row(markers, inner)
    if is_expanded:
        top = Bounds(x=box.x, y=box.y + band + 4, width=box.width, height=30)
        return Painted(body=[*drawn, *name_inside(activity.name, top, 0, 0)])
    return Painted(body=[*drawn, *name_inside(activity.name, box, band + 2, band + 2)])


def paint_conversation(node: ConversationNode, at: Place) -> Painted:
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
        drawn += marker_row(["collapsed"], box)
    return Painted(body=drawn, has_own_text=False)
