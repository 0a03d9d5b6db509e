"""One function a family of shapes: what stands in its bounds, as SVG."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bpmn.drawing import frames, symbols
from bpmn.drawing.place import (
    DASHES,
    Context,
    Painted,
    Place,
    is_open,
    marker_row,
    name_inside,
    outline,
    placed,
)
from bpmn.drawing.svg import BACKGROUND, circle, polygon, rectangle
from bpmn.model import (
    Activity,
    AdHocSubProcess,
    BaseElement,
    BoundaryEvent,
    Bounds,
    CallActivity,
    CatchEvent,
    ChoreographyActivity,
    ConversationNode,
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
    SubProcess,
    TextAnnotation,
    ThrowEvent,
    Transaction,
)

__all__ = ["paint"]


def paint(element: BaseElement | None, at: Place) -> Painted:
    """The drawing of one shape; a plain box for what is not known."""
    for kind, painter in _PAINTERS:
        if isinstance(element, kind):
            return painter(element, at)
    unknown = outline(at.box, 0, stroke_dasharray=DASHES)
    return Painted(body=[unknown, *name_inside(getattr(element, "name", ""), at.box)])


# Events (§10.5)


def _event(event: Event, at: Place) -> Painted:
    box = at.box
    x, y = box.x + box.width / 2, box.y + box.height / 2
    radius = min(box.width, box.height) / 2
    is_dashed = (isinstance(event, BoundaryEvent) and not event.cancel_activity) or (
        isinstance(event, StartEvent) and not event.is_interrupting
    )
    dashes = DASHES if is_dashed else None
    width = 3.2 if isinstance(event, EndEvent) else 1.6
    drawn = [circle(x, y, radius, class_="body", stroke_width=width, stroke_dasharray=dashes)]
    if not isinstance(event, StartEvent | EndEvent):
        inner = circle(x, y, radius * 0.83, fill="none", stroke_width=1.3, stroke_dasharray=dashes)
        drawn.append(inner)
    symbol = _event_symbol(event, at.context)
    if symbol:
        drawn.append(placed(symbol, x, y, round(radius / 18, 3)))
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
        drawn.append(placed(symbols.gateway_symbol(gateway), x, y, scale))
    return Painted(body=drawn, has_own_text=False)


# Activities (§10.3)


def _activity(activity: Activity, at: Place) -> Painted:
    box = at.box
    is_expanded = is_open(activity, at.shape)
    is_event = isinstance(activity, SubProcess) and activity.triggered_by_event
    drawn = [
        outline(
            box,
            10,
            stroke_width=4 if isinstance(activity, CallActivity) else None,
            stroke_dasharray="1.5 4" if is_event else None,
            stroke_linecap="round" if is_event else None,
            fill=BACKGROUND if is_expanded else None,
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
        drawn.append(placed(symbol, box.x + 14, box.y + 13, 0.9))
    markers = _markers(activity, isinstance(activity, SubProcess) and not is_expanded)
    drawn += marker_row(markers, box)
    if is_expanded:
        top = Bounds(x=box.x, y=box.y + 5, width=box.width, height=30)
        return Painted(body=[*drawn, *name_inside(activity.name, top, 0, 0)])
    above, below = (20.0 if symbol else 4.0), (20.0 if markers else 4.0)
    if box.height >= 70:
        below = max(below, above - 8)
        above = max(above, below)
    return Painted(body=[*drawn, *name_inside(activity.name, box, above, below)])


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


_PAINTERS: tuple[tuple[Any, Callable[..., Painted]], ...] = (
    (Event, _event),
    (Gateway, _gateway),
    (Activity, _activity),
    (Participant, frames.paint_pool),
    (Lane, frames.paint_lane),
    (DataStoreReference, frames.paint_store),
    (ItemAwareElement, frames.paint_data),
    (TextAnnotation, frames.paint_note),
    (Group, frames.paint_frame),
    (ChoreographyActivity, frames.paint_choreography),
    (ConversationNode, frames.paint_conversation),
)
