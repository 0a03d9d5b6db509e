"""Boxes and lines of a drawing, in points from its upper left corner, and the usual sizes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bpmn.typography import LINE_HEIGHT, text_width, wrapped

__all__ = [
    "EVENT",
    "FONT_SIZE",
    "GATEWAY",
    "HEADER",
    "TASK",
    "Box",
    "Line",
    "Sketch",
    "label_size",
    "simplified",
]

Line = list[tuple[float, float]]

EVENT = (36.0, 36.0)
GATEWAY = (50.0, 50.0)
TASK = (100.0, 80.0)
HEADER = 30.0
"""Width of the band with the name of a pool or lane."""
FONT_SIZE = 11.0
_LABEL_WIDTH = 90.0


class Box:
    """A rectangle; mutable while it is being placed."""

    __slots__ = ("height", "width", "x", "y")

    def __init__(self, x: float, y: float, width: float, height: float) -> None:
        self.x = x
        self.y = y
        self.width = width
        self.height = height

    def __repr__(self) -> str:
        return f"Box({self.x:g}, {self.y:g}, {self.width:g}, {self.height:g})"

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def middle(self) -> float:
        """The x of the centre."""
        return self.x + self.width / 2

    @property
    def level(self) -> float:
        """The y of the centre."""
        return self.y + self.height / 2

    def moved(self, dx: float, dy: float) -> Box:
        return Box(self.x + dx, self.y + dy, self.width, self.height)

    def overlaps(self, other: Box) -> bool:
        """Whether they have more in common than an edge."""
        return (
            self.x < other.right
            and other.x < self.right
            and self.y < other.bottom
            and other.y < self.bottom
        )

    def contains(self, other: Box) -> bool:
        return (
            self.x <= other.x
            and self.y <= other.y
            and other.right <= self.right
            and other.bottom <= self.bottom
        )


@dataclass(kw_only=True)
class Sketch:
    """A drawing of one container's contents, from its own upper left corner."""

    width: float = 0.0
    height: float = 0.0
    boxes: dict[str, Box] = field(default_factory=dict)
    """By element id, in drawing order."""
    lines: dict[str, Line] = field(default_factory=dict)
    """By sequence flow id."""
    labels: dict[str, Box] = field(default_factory=dict)
    """Of elements whose name stands outside."""
    lanes: dict[str, Box] = field(default_factory=dict)
    """By lane id, outer before inner; all end at the right edge of the pool."""
    inner: list[tuple[Sketch, float, float]] = field(default_factory=list)
    """Contents of expanded sub-processes, and how far each is moved."""

    def absorb(self, other: Sketch, dx: float) -> None:
        """Takes over another sketch, moved to the right."""
        self.width = max(self.width, other.width + dx)
        self.boxes.update({id: box.moved(dx, 0) for id, box in other.boxes.items()})
        self.labels.update({id: box.moved(dx, 0) for id, box in other.labels.items()})
        self.inner.extend((inner, x + dx, y) for inner, x, y in other.inner)

    def add_group(self, id: str, members: Iterable[str], padding: float) -> None:
        """Draws a frame around members, and makes room for it."""
        boxes = [self.boxes[member] for member in members if member in self.boxes]
        if not boxes:
            return
        left = min(box.x for box in boxes) - padding
        top = min(box.y for box in boxes) - padding
        right = max(box.right for box in boxes) + padding
        bottom = max(box.bottom for box in boxes) + padding
        self.boxes = {id: Box(left, top, right - left, bottom - top), **self.boxes}
        self.width = max(self.width, right)
        self.height = max(self.height, bottom)
        if not self.lanes:
            self._move(max(0.0, -left), max(0.0, -top))

    def _move(self, dx: float, dy: float) -> None:
        self.width += dx
        self.height += dy
        for boxes in (self.boxes, self.labels):
            boxes.update({id: box.moved(dx, dy) for id, box in boxes.items()})
        self.lines = {id: [(x + dx, y + dy) for x, y in line] for id, line in self.lines.items()}
        self.inner = [(inner, x + dx, y + dy) for inner, x, y in self.inner]

    @property
    def is_empty(self) -> bool:
        return not self.boxes and not self.lanes

    def flattened(self, dx: float, dy: float) -> Iterator[tuple[Sketch, float, float]]:
        """This sketch and all inner ones, outer before inner, with their way from the origin."""
        todo = [(self, dx, dy)]
        while todo:
            sketch, x, y = todo.pop()
            yield sketch, x, y
            todo.extend((inner, x + ix, y + iy) for inner, ix, iy in reversed(sketch.inner))


def label_size(text: str) -> tuple[float, float]:
    """Width and height of a name that stands outside its element; nothing for no name."""
    lines = wrapped(text, _LABEL_WIDTH, FONT_SIZE, most_lines=4)
    if not lines:
        return 0.0, 0.0
    width = max(text_width(line, FONT_SIZE) for line in lines)
    return float(round(width + 4)), float(round(len(lines) * FONT_SIZE * LINE_HEIGHT + 1))


def simplified(line: Line) -> Line:
    """The line without points that change nothing."""
    kept: Line = []
    for point in line:
        if kept and kept[-1] == point:
            continue
        if len(kept) > 1:
            (ax, ay), (bx, by) = kept[-2], kept[-1]
            is_on_way = (ax == bx == point[0] and (by - ay) * (point[1] - by) >= 0) or (
                ay == by == point[1] and (bx - ax) * (point[0] - bx) >= 0
            )
            if is_on_way:
                kept[-1] = point
                continue
        kept.append(point)
    return kept
