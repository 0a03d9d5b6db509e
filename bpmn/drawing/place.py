"""What painters of shapes are given, give back, and share."""

from __future__ import annotations

from dataclasses import dataclass, field

from bpmn.drawing import symbols
from bpmn.drawing.svg import group, rectangle, text_block, words
from bpmn.model import (
    Activity,
    BaseElement,
    Bounds,
    BPMNShape,
    DataObject,
    SubChoreography,
    SubProcess,
)

__all__ = [
    "DASHES",
    "_MARKER",
    "Context",
    "Painted",
    "Place",
    "is_open",
    "marker_row",
    "name_inside",
    "outline",
    "placed",
]

_MARKER = 18.0
"""Room of a marker at the lower edge."""
DASHES = "5 3"


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


def outline(box: Bounds, radius: float, **attributes: str | float | None) -> str:
    """The rectangle that stands for an element; marks colour what is of class `body`."""
    corner = radius or None
    return rectangle(box.x, box.y, box.width, box.height, rx=corner, class_="body", **attributes)


def name_inside(text: str, box: Bounds, above: float = 4, below: float = 4) -> list[str]:
    """A name wrapped and centred in a box, with so much room left above and below."""
    lines = text_block(text, box.x + 5, box.y + above, box.width - 10, box.height - above - below)
    return [words(lines, class_="name")] if lines else []


def placed(drawn: list[str], x: float, y: float, scale: float = 1.0) -> str:
    """A symbol with its centre there."""
    place = f"translate({x:g},{y:g})" + (f" scale({scale:g})" if scale != 1 else "")
    return group(drawn, transform=place)


def marker_row(markers: list[str], box: Bounds) -> list[str]:
    """Markers side by side above the lower edge."""
    left = box.x + box.width / 2 - _MARKER * (len(markers) - 1) / 2
    y = box.y + box.height - 11
    return [
        placed(symbols.MARKERS[name], left + _MARKER * index, y)
        for index, name in enumerate(markers)
    ]


def is_open(activity: BaseElement | None, shape: BPMNShape) -> bool:
    """Whether its contents are drawn inside: what the shape says, else what its size tells."""
    box = shape.bounds
    has_contents = isinstance(activity, SubProcess | SubChoreography)
    if shape.is_expanded is not None or not has_contents or box is None:
        return bool(shape.is_expanded) and isinstance(activity, Activity | SubChoreography)
    return box.width > 120 or box.height > 100
