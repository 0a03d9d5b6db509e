"""Lines between shapes that already stand: associations, message flows, whatever leads astray.

Each line is the best of a handful of right-angled proposals: through few shapes, with few bends,
short.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bpmn.layout.geometry import Box, Line, simplified

__all__ = ["End", "Obstacles", "connected", "exchanged"]

_CELL = 160.0
_AWAY = 20.0
_ASIDE = 25.0
"""Half the space between two columns."""
_MOST_CELLS = 400
_HIT = 1_000.0
_HIT_NAME = 60.0
_BEND = 40.0


class Obstacles:
    """Shapes and names that lines should not cross, found by place."""

    def __init__(
        self, boxes: Iterable[tuple[str, Box]], names: Iterable[tuple[str, Box]] = ()
    ) -> None:
        self._cells: dict[tuple[int, int], list[tuple[str, Box, float]]] = {}
        self._all: list[tuple[str, Box, float]] = []
        for id, box in boxes:
            self._add(id, box, _HIT)
        for id, box in names:
            self._add(id, box, _HIT_NAME)

    def _add(self, id: str, box: Box, cost: float) -> None:
        entry = (id, box, cost)
        self._all.append(entry)
        columns, rows = _cells(box)
        if len(columns) * len(rows) <= _MOST_CELLS:
            for column in columns:
                for row in rows:
                    self._cells.setdefault((column, row), []).append(entry)

    def cost(self, line: Line, own: frozenset[str]) -> float:
        """For what the line runs through, besides its own."""
        found: dict[tuple[str, float], float] = {}
        for (ax, ay), (bx, by) in itertools.pairwise(line):
            piece = Box(min(ax, bx), min(ay, by), abs(bx - ax), abs(by - ay))
            for id, box, cost in self._near(piece):
                if (id not in own or cost == _HIT_NAME) and _meets(piece, box):
                    found[id, cost] = cost
        return sum(found.values())

    def is_free(self, box: Box) -> bool:
        """Whether nothing stands there."""
        return not any(
            box.overlaps(other) and not other.contains(box) for _, other, _ in self._near(box)
        )

    def _near(self, piece: Box) -> Iterator[tuple[str, Box, float]]:
        columns, rows = _cells(piece)
        if len(columns) * len(rows) > _MOST_CELLS:
            yield from self._all
            return
        for column in columns:
            for row in rows:
                yield from self._cells.get((column, row), ())


def _cells(box: Box) -> tuple[range, range]:
    columns = range(int(box.x // _CELL), int(box.right // _CELL) + 1)
    return columns, range(int(box.y // _CELL), int(box.bottom // _CELL) + 1)


def _meets(piece: Box, box: Box) -> bool:
    return (
        piece.x < box.right
        and box.x < piece.right + 0.01
        and piece.y < box.bottom
        and box.y < piece.bottom + 0.01
    )


@dataclass(frozen=True, slots=True)
class End:
    """A shape at one end of a line."""

    box: Box
    is_pointed: bool = False
    """Met at the middle of a side only: events and gateways."""
    shift: float = 0.0
    """How far from the middle of its upper and lower side lines stand."""

    @property
    def x(self) -> float:
        return self.box.middle if self.is_pointed else self.box.middle + self.shift

    @property
    def reach(self) -> tuple[float, float]:
        """Where its upper and lower side can be met."""
        if self.is_pointed:
            return self.box.middle, self.box.middle
        return self.box.x, self.box.right

    @property
    def height(self) -> tuple[float, float]:
        """Where its left and right side can be met."""
        if self.is_pointed:
            return self.box.level, self.box.level
        return self.box.y, self.box.bottom


def connected(source: End, target: End, obstacles: Obstacles, own: frozenset[str]) -> Line:
    """A line from edge to edge; `own`: ids of what it may cross."""
    return _best(_proposals(source, target), obstacles, own)


def exchanged(
    source: End, target: End, obstacles: Obstacles, own: frozenset[str], levels: Sequence[float]
) -> Line:
    """Like `connected`, upright at both ends; `levels`: the heights between pools."""
    lines = itertools.chain(_upright(source, target), _over_levels(source, target, levels))
    return _best(lines, obstacles, own) or connected(source, target, obstacles, own)


def _best(lines: Iterable[Line], obstacles: Obstacles, own: frozenset[str]) -> Line:
    best: Line = []
    least = float("inf")
    for line in lines:
        cost = _BEND * len(line) + _length(line)
        if cost < least:
            cost += obstacles.cost(line, own)
        if cost < least:
            best, least = line, cost
    return best


def _length(line: Line) -> float:
    return sum(abs(bx - ax) + abs(by - ay) for (ax, ay), (bx, by) in itertools.pairwise(line))


def _ends(source: End, target: End) -> tuple[float, float]:
    """The x of both ends; a pool is met straight above or below the other end."""
    sx, tx = source.x, target.x
    if target.box.width > 2 * source.box.width and target.box.x + 10 < sx < target.box.right - 10:
        return sx, sx
    if source.box.width > 2 * target.box.width and source.box.x + 10 < tx < source.box.right - 10:
        return tx, tx
    return sx, tx


def _upright(source: End, target: End) -> Iterator[Line]:
    """The straight line up or down, where there is one."""
    low = max(source.reach[0], target.reach[0])
    high = min(source.reach[1], target.reach[1])
    if low > high:
        return
    narrow = source if source.box.width <= target.box.width else target
    x = max(low, min(narrow.x, high))
    if target.box.bottom <= source.box.y:
        yield [(x, source.box.y), (x, target.box.bottom)]
    elif source.box.bottom <= target.box.y:
        yield [(x, source.box.bottom), (x, target.box.y)]


def _level(source: End, target: End) -> Iterator[Line]:
    """The straight line to the left or right, where there is one."""
    low = max(source.height[0], target.height[0])
    high = min(source.height[1], target.height[1])
    if low > high:
        return
    y = max(low, min(source.box.level, high))
    if target.box.right <= source.box.x:
        yield [(source.box.x, y), (target.box.right, y)]
    elif source.box.right <= target.box.x:
        yield [(source.box.right, y), (target.box.x, y)]


def _proposals(source: End, target: End) -> Iterator[Line]:
    yield from _upright(source, target)
    yield from _level(source, target)
    start, end = source.box, target.box
    sx, tx = _ends(source, target)
    sy, ty = start.level, end.level
    is_up, is_left = end.bottom <= start.y, end.right <= start.x
    start_y, end_y = (start.y, end.bottom) if is_up else (start.bottom, end.y)
    start_x, end_x = (start.x, end.right) if is_left else (start.right, end.x)
    yield _line((sx, start_y), (sx, ty), (end_x, ty))
    yield _line((start_x, sy), (tx, sy), (tx, end_y))
    down, right = (-_AWAY if is_up else _AWAY), (-_AWAY if is_left else _AWAY)
    for y in dict.fromkeys([(start_y + end_y) / 2, start_y + down, end_y - down]):
        yield _over_level(start, end, sx, tx, y)
    for x in dict.fromkeys([(start_x + end_x) / 2, start_x + right, end_x - right]):
        first = start.x if x < start.x else start.right
        last = end.x if x < end.x else end.right
        yield _line((first, sy), (x, sy), (x, ty), (last, ty))
    for x in (start.x - _AWAY, start.right + _AWAY, end.x - _AWAY, end.right + _AWAY):
        y1, y2 = start_y + down, end_y - down
        yield _line((sx, start_y), (sx, y1), (x, y1), (x, y2), (tx, y2), (tx, end_y))
        if not start.x < x < start.right:
            first = start.x if x < start.x else start.right
            yield _line((first, sy), (x, sy), (x, y2), (tx, y2), (tx, end_y))


def _over_level(start: Box, end: Box, sx: float, tx: float, y: float) -> Line:
    first = start.y if y < start.level else start.bottom
    last = end.y if y < end.level else end.bottom
    return _line((sx, first), (sx, y), (tx, y), (tx, last))


def _over_levels(source: End, target: End, levels: Sequence[float]) -> Iterator[Line]:
    """By a height between pools, upright between columns where something is in the way."""
    start, end = source.box, target.box
    sx, tx = _ends(source, target)
    middle = (start.level + end.level) / 2
    for y in sorted(levels, key=lambda level: abs(level - middle))[:3]:
        if start.y <= y <= start.bottom or end.y <= y <= end.bottom:
            continue
        for first in _ways(start, sx, y):
            for last in _ways(end, tx, y):
                yield _line(*first, *reversed(last))


def _ways(box: Box, x: float, y: float) -> list[Line]:
    """From a shape to a height: straight, or beside its column."""
    is_above = y < box.level
    edge = box.y if is_above else box.bottom
    near = edge - _AWAY if is_above else edge + _AWAY
    ways: list[Line] = [[(x, edge), (x, y)]]
    if abs(y - edge) > 2 * _AWAY and box.width < 10 * _ASIDE:
        sides = (box.x - _ASIDE, box.right + _ASIDE)
        ways.extend([(x, edge), (x, near), (aside, near), (aside, y)] for aside in sides)
    return ways


def _line(*points: tuple[float, float]) -> Line:
    line = simplified(list(points))
    return line if len(line) > 1 else [points[0], points[-1]]
