"""Flows and associations: lines with rounded corners and what stands at their ends (§7.4)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from bpmn.drawing.svg import BACKGROUND, FILL, LINE, circle, number, path, polygon
from bpmn.model import (
    Activity,
    Association,
    BaseElement,
    ConversationLink,
    DataAssociation,
    MessageFlow,
    SequenceFlow,
)

__all__ = ["Point", "middle_of", "paint_edge"]

Point = tuple[float, float]
_CORNER = 6.0
_DOTS = "1.5 4"


def paint_edge(
    element: BaseElement | None, points: Sequence[Point], source: BaseElement | None
) -> list[str]:
    """The drawing of an edge; a plain line for what is not known."""
    match element:
        case SequenceFlow():
            return [_line(points), *_start_of(element, points, source), _arrow(points)]
        case MessageFlow():
            start = circle(*points[0], 3.5, fill=FILL, stroke_width=1.2)
            return [_line(points, dashes="7 4"), start, _open_arrow(points)]
        case Association():
            drawn = [_line(points, dashes=_DOTS)]
            if element.association_direction != "None":
                drawn.append(_hook(points))
            if element.association_direction == "Both":
                drawn.append(_hook(points[::-1]))
            return drawn
        case DataAssociation():
            return [_line(points, dashes=_DOTS), _hook(points)]
        case ConversationLink():
            wide = path(_rounded(points), fill="none", stroke_width=4, class_="body")
            return [wide, path(_rounded(points), fill="none", stroke=BACKGROUND, stroke_width=1.6)]
        case _:
            return [_line(points)]


def middle_of(points: Sequence[Point]) -> Point:
    """The point half way along."""
    lengths = [math.dist(a, b) for a, b in itertools.pairwise(points)]
    left = sum(lengths) / 2
    for (ax, ay), (bx, by), length in zip(points, points[1:], lengths, strict=False):
        if left <= length and length:
            part = left / length
            return ax + (bx - ax) * part, ay + (by - ay) * part
        left -= length
    return points[-1]


def _line(points: Sequence[Point], dashes: str | None = None) -> str:
    linecap = "round" if dashes == _DOTS else None
    return path(
        _rounded(points),
        fill="none",
        class_="body",
        stroke_dasharray=dashes,
        stroke_linecap=linecap,
        stroke_linejoin="round",
    )


def _rounded(points: Sequence[Point]) -> str:
    """Path data with small arcs at the corners."""
    data = [f"M{_pair(points[0])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        reach = min(_CORNER, math.dist(before, corner) / 2, math.dist(corner, after) / 2)
        start, end = _towards(corner, before, reach), _towards(corner, after, reach)
        data.append(f"L{_pair(start)} Q{_pair(corner)} {_pair(end)}")
    data.append(f"L{_pair(points[-1])}")
    return " ".join(data)


def _pair(point: Point) -> str:
    return f"{number(point[0])},{number(point[1])}"


def _towards(start: Point, end: Point, distance: float) -> Point:
    length = math.dist(start, end)
    if not length:
        return start
    part = distance / length
    return start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part


def _last_piece(points: Sequence[Point]) -> tuple[Point, Point, Point]:
    """The end of the line, and the unit vectors along and across it there."""
    end = points[-1]
    before = next((p for p in reversed(points[:-1]) if p != end), (end[0] - 1, end[1]))
    length = math.dist(before, end)
    along = ((end[0] - before[0]) / length, (end[1] - before[1]) / length)
    return end, along, (-along[1], along[0])


def _tip(points: Sequence[Point], length: float, half: float) -> list[Point]:
    end, (ax, ay), (nx, ny) = _last_piece(points)
    bx, by = end[0] - ax * length, end[1] - ay * length
    return [(bx + nx * half, by + ny * half), end, (bx - nx * half, by - ny * half)]


def _arrow(points: Sequence[Point]) -> str:
    return polygon(_tip(points, 10, 4.5), fill=LINE, class_="tip", stroke_width=1)


def _open_arrow(points: Sequence[Point]) -> str:
    return polygon(_tip(points, 10, 4.5), fill=FILL, class_="tip", stroke_width=1.2)


def _hook(points: Sequence[Point]) -> str:
    a, end, b = _tip(points, 8, 4.5)
    return path(f"M{_pair(a)} L{_pair(end)} L{_pair(b)}", fill="none", class_="tip")


def _start_of(flow: SequenceFlow, points: Sequence[Point], source: BaseElement | None) -> list[str]:
    """A slash on a default flow, a diamond on a conditional one of an activity (§8.4.13)."""
    start, (ax, ay), (nx, ny) = _last_piece(points[::-1])
    if getattr(source, "default", None) == flow.id:
        x, y = start[0] - ax * 12, start[1] - ay * 12
        dx, dy = (nx - ax) * 5, (ny - ay) * 5
        return [path(f"M{_pair((x - dx, y - dy))} L{_pair((x + dx, y + dy))}")]
    if flow.condition_expression is not None and isinstance(source, Activity):
        corners = [
            start,
            (start[0] - ax * 7 + nx * 4.5, start[1] - ay * 7 + ny * 4.5),
            (start[0] - ax * 14, start[1] - ay * 14),
            (start[0] - ax * 7 - nx * 4.5, start[1] - ay * 7 - ny * 4.5),
        ]
        return [polygon(corners, fill=FILL, stroke_width=1.2)]
    return []
