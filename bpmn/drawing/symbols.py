"""What is drawn inside shapes: kinds of tasks, events and gateways, and markers (§7.4).

Each symbol is centred on 0, 0; those of events fill a circle of radius 11, those of tasks and
markers a square of 14. They are drawn in the colour of lines; `is_solid` ones are filled with it.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from bpmn.drawing.svg import FILL, LINE, circle, path, polygon, rectangle
from bpmn.model import (
    BusinessRuleTask,
    CancelEventDefinition,
    CompensateEventDefinition,
    ComplexGateway,
    ConditionalEventDefinition,
    ErrorEventDefinition,
    EscalationEventDefinition,
    EventBasedGateway,
    ExclusiveGateway,
    Gateway,
    InclusiveGateway,
    LinkEventDefinition,
    ManualTask,
    MessageEventDefinition,
    ModelElement,
    ParallelGateway,
    ReceiveTask,
    ScriptTask,
    SendTask,
    ServiceTask,
    SignalEventDefinition,
    TerminateEventDefinition,
    TimerEventDefinition,
    UserTask,
)

__all__ = ["MARKERS", "event_symbol", "gateway_symbol", "multiple_symbol", "task_symbol"]

_Symbol = Callable[[bool], list[str]]


def _shape(data: str, is_solid: bool) -> list[str]:
    return [path(data, fill=LINE if is_solid else "none", stroke_linejoin="round")]


def _regular(corners: int, radius: float) -> list[tuple[float, float]]:
    steps = (2 * math.pi * index / corners for index in range(corners))
    return [(radius * math.sin(angle), -radius * math.cos(angle)) for angle in steps]


def _envelope(is_solid: bool) -> list[str]:
    body = rectangle(-9, -6, 18, 12, fill=LINE if is_solid else "none")
    return [body, path("M-9,-6 L0,1.5 L9,-6", fill="none", stroke=FILL if is_solid else LINE)]


def _clock(_: bool) -> list[str]:
    ticks = " ".join(
        f"M{8.2 * x:.2f},{8.2 * y:.2f} L{10.5 * x:.2f},{10.5 * y:.2f}" for x, y in _regular(12, 1)
    )
    return [
        circle(0, 0, 10.5, fill="none"),
        path(ticks, stroke_width=0.8),
        path("M2,-7.5 L0,0 L5.5,1", fill="none"),
    ]


def _page(_: bool) -> list[str]:
    rows = " ".join(f"M-4.5,{y} H4.5" for y in (-6, -2, 2, 6))
    return [rectangle(-7, -9, 14, 18, fill="none"), path(rows)]


def _pentagon(is_solid: bool) -> list[str]:
    return [polygon(_regular(5, 10), fill=LINE if is_solid else "none")]


def _cross(width: float, reach: float) -> str:
    w, r = width / 2, reach
    return f"M{-w},{-r} H{w} V{-w} H{r} V{w} H{w} V{r} H{-w} V{w} H{-r} V{-w} H{-w} Z"


def _turned(data: str, is_solid: bool) -> list[str]:
    return [path(data, transform="rotate(45)", fill=LINE if is_solid else "none")]


_EVENTS: dict[type[ModelElement], _Symbol] = {
    MessageEventDefinition: _envelope,
    TimerEventDefinition: _clock,
    ConditionalEventDefinition: _page,
    ErrorEventDefinition: lambda solid: _shape(
        "M-9,8 L-4.5,-6 L2,2.5 L9,-8.5 L4.5,7 L-2,-1.5 Z", solid
    ),
    EscalationEventDefinition: lambda solid: _shape("M0,-10 L7,8 L0,1.5 L-7,8 Z", solid),
    SignalEventDefinition: lambda solid: _shape("M0,-9.5 L9,6 H-9 Z", solid),
    CompensateEventDefinition: lambda solid: _shape(
        "M-10,0 L-1.5,-6.5 V6.5 Z M-1.5,0 L7,-6.5 V6.5 Z", solid
    ),
    LinkEventDefinition: lambda solid: _shape("M-9,-3.5 H2 V-8 L9.5,0 L2,8 V3.5 H-9 Z", solid),
    CancelEventDefinition: lambda solid: _turned(_cross(4.5, 9.5), solid),
    TerminateEventDefinition: lambda _: [circle(0, 0, 10, fill=LINE)],
}


def event_symbol(definition: type[ModelElement], is_throwing: bool) -> list[str]:
    """The symbol of an event definition; filled where it is thrown (§10.5.1)."""
    symbol = _EVENTS.get(definition)
    return symbol(is_throwing) if symbol else []


def multiple_symbol(is_throwing: bool, is_parallel: bool) -> list[str]:
    """Of an event with several definitions."""
    return _shape(_cross(6, 10), False) if is_parallel else _pentagon(is_throwing)


def gateway_symbol(gateway: Gateway) -> list[str]:
    """The marker of a gateway, for one 50 wide."""
    match gateway:
        case ExclusiveGateway():
            return _turned(_cross(3.4, 12.5), True)
        case ParallelGateway():
            return _shape(_cross(4, 13), True)
        case InclusiveGateway():
            return [circle(0, 0, 11.5, fill="none", stroke_width=2.5)]
        case ComplexGateway():
            bars = _cross(3.4, 13)
            return [*_shape(bars, True), *_turned(bars, True)]
        case EventBasedGateway():
            return _event_based(gateway)
        case _:
            return []


def _event_based(gateway: EventBasedGateway) -> list[str]:
    drawn = [circle(0, 0, 14, fill="none", stroke_width=1)]
    if not gateway.instantiate:
        drawn.append(circle(0, 0, 11.5, fill="none", stroke_width=1))
    if gateway.event_gateway_type == "Parallel":
        return [*drawn, *_shape(_cross(5, 9), False)]
    return [*drawn, polygon(_regular(5, 8), fill="none")]


# Kinds of tasks


def _gear() -> list[str]:
    teeth = 8
    data: list[str] = []
    for index in range(teeth):
        for radius, offset in ((7.4, -0.17), (7.4, 0.17), (5.2, 0.27), (5.2, 0.52)):
            angle = 2 * math.pi * (index + offset) / teeth
            point = f"{radius * math.cos(angle):.2f},{radius * math.sin(angle):.2f}"
            data.append(("L" if data else "M") + point)
    return [path(" ".join(data) + " Z", fill=FILL), circle(0, 0, 2.4, fill="none")]


def _person() -> list[str]:
    return [
        path("M-7,7.5 V3.6 C-7,-0.4 -3.4,-1 0,-1 C3.4,-1 7,-0.4 7,3.6 V7.5 Z", fill=FILL),
        circle(0, -3.8, 3.6, fill=FILL),
        path("M-3.5,-4.6 C-2,-5.8 1.5,-3.4 3.5,-5 C3,-8.4 -3,-8.4 -3.5,-4.6 Z", fill=LINE),
        path("M-4,4.5 V7.5 M4,4.5 V7.5"),
    ]


def _hand() -> list[str]:
    data = (
        "M-7.5,-0.5 L-2.8,-5.4 C-1.8,-6.2 -0.4,-5 -1.2,-4 L-2.6,-2.6 H6.4"
        " C7.8,-2.6 7.8,-0.4 6.4,-0.4 H1.5 M6.4,-0.4 C7.6,-0.4 7.6,1.8 6.2,1.8 H1.5"
        " M5.8,1.8 C6.8,1.8 6.8,3.9 5.4,3.9 H1.5"
        " M4.8,3.9 C5.8,3.9 5.6,5.9 4.4,5.9 H-3.5 C-5.5,5.9 -7.5,4.4 -7.5,2.4 Z"
    )
    return [path(data, fill=FILL, stroke_linejoin="round")]


def _scroll() -> list[str]:
    outline = (
        "M-3.5,-7 H6.5 C3.2,-4 3.2,-2.4 4.6,0 C6.4,2.6 6.4,4.6 3.5,7 H-6.5"
        " C-3.6,4.6 -3.6,2.6 -5.4,0 C-6.8,-2.4 -6.6,-4.4 -3.5,-7 Z"
    )
    rows = "M-3.6,-4 H2.4 M-3.4,-1.4 H2.2 M-1.8,1.4 H4 M-1.6,4.2 H3.6"
    return [path(outline, fill=FILL, stroke_linejoin="round"), path(rows)]


def _table() -> list[str]:
    return [
        rectangle(-8, -6, 16, 12, fill=FILL),
        rectangle(-8, -6, 16, 3.6, fill=LINE),
        path("M-8,1.6 H8 M-3,-2.4 V6"),
    ]


_TASKS: dict[type[ModelElement], Callable[[], list[str]]] = {
    ServiceTask: _gear,
    UserTask: _person,
    ManualTask: _hand,
    ScriptTask: _scroll,
    BusinessRuleTask: _table,
    SendTask: lambda: _envelope(True),
    ReceiveTask: lambda: _envelope(False),
}


def task_symbol(task: ModelElement) -> list[str]:
    """What tells the kind of a task in its upper left corner."""
    symbol = _TASKS.get(type(task))
    drawn = symbol() if symbol else []
    if isinstance(task, ReceiveTask) and task.instantiate:
        drawn = [circle(0, 0, 11, fill="none"), *drawn]
    return drawn


# Markers at the lower edge of activities (§10.3.8 and others)

MARKERS: dict[str, list[str]] = {
    "loop": [
        path("M-1.5,6 A6,6 0 1 1 3,5.2", fill="none"),
        path("M-5.2,5.6 L-1.2,6 L-1.8,1.8", fill="none"),
    ],
    "parallel": [path("M-4.5,-6 V6 M0,-6 V6 M4.5,-6 V6", stroke_width=2.2)],
    "sequential": [path("M-6,-4.5 H6 M-6,0 H6 M-6,4.5 H6", stroke_width=2.2)],
    "compensation": [path("M-7,0 L-0.5,-5 V5 Z M-0.5,0 L6,-5 V5 Z", fill="none")],
    "ad hoc": [
        path(
            "M-7,2 C-5,-4.5 -2,-3.5 0,-0.5 C2,2.5 5,3 7,-2.4 C5.4,5.6 1.6,5 -0.4,2.2"
            " C-2.4,-0.6 -5,-0.6 -7,2 Z",
            fill=LINE,
        )
    ],
    "collapsed": [rectangle(-7, -7, 14, 14, fill=FILL), path("M-4,0 H4 M0,-4 V4")],
}
