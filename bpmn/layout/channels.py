"""The space between two columns: vertical pieces of flows, each on a track of its own."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Channel", "Turn"]

_MARGIN = 18.0
_TRACK = 12.0
_NARROW = 50.0
_MANY = 60


@dataclass(kw_only=True, eq=False)
class Turn:
    """A vertical piece that one or more flows share; `x` is known once the columns stand."""

    left: list[float] = field(default_factory=list)
    """Heights at which it is reached from the column before."""
    right: list[float] = field(default_factory=list)
    """Heights at which it is reached from the column behind."""
    track: int = 0
    x: float = 0.0

    @property
    def top(self) -> float:
        return min(*self.left, *self.right)

    @property
    def bottom(self) -> float:
        return max(*self.left, *self.right)


class Channel:
    """All turns between two columns."""

    def __init__(self, least: float = _NARROW) -> None:
        self.least = least
        """Least width, where something stands on both sides."""
        self.tracks = 0
        self._turns: dict[tuple[str, int], Turn] = {}

    def turn(self, key: tuple[str, int], left: list[float], right: list[float]) -> Turn:
        """The turn for flows with this key: those with one source, or with one target."""
        turn = self._turns.setdefault(key, Turn())
        turn.left.extend(left)
        turn.right.extend(right)
        return turn

    @property
    def width(self) -> float:
        needed = 2 * _MARGIN + _TRACK * max(0, self.tracks - 1) if self.tracks else 0.0
        return max(self.least, needed)

    def place(self, x: float) -> None:
        """Gives every turn its x, when the channel begins at `x`."""
        if self.tracks == 1:
            step, first = 0.0, self.width / 2
        else:
            step = min(_TRACK * 1.5, (self.width - 2 * _MARGIN) / max(1, self.tracks - 1))
            first = (self.width - step * (self.tracks - 1)) / 2
        for turn in self._turns.values():
            turn.x = round(x + first + step * turn.track)

    def assign(self) -> None:
        """Gives every turn its track: no two lie on each other, few cross."""
        turns = sorted(self._turns.values(), key=_preference)
        before = _must_be_left(turns)
        placed: list[Turn] = []
        for turn in _in_order(turns, before):
            turn.track = max((other.track + 1 for other in before.get(turn, ())), default=0)
            if len(turns) <= _MANY:
                near = [o.track + 1 for o in placed if _overlap(o, turn)]
            else:
                near = [placed[-1].track + 1] if placed else []
            turn.track = max(turn.track, *near, 0)
            placed.append(turn)
        self.tracks = max((turn.track + 1 for turn in turns), default=0)


def _preference(turn: Turn) -> tuple[int, float]:
    """Left to right: downward ones from below to above, then upward ones from above to below."""
    if not turn.left or not turn.right:
        return (1, turn.bottom - turn.top)
    start, end = min(turn.left), max(turn.right)
    return (0, -start) if end >= max(turn.left) else (2, start)


def _overlap(one: Turn, other: Turn) -> bool:
    return one.top <= other.bottom + 6 and other.top <= one.bottom + 6


def _must_be_left(turns: list[Turn]) -> dict[Turn, list[Turn]]:
    """Turns that must lie left of a turn, lest their ways in lie on its ways out."""
    by_left: dict[float, list[Turn]] = {}
    for turn in turns:
        for y in turn.left:
            by_left.setdefault(y, []).append(turn)
    before: dict[Turn, list[Turn]] = {}
    for turn in turns:
        for y in dict.fromkeys(turn.right):
            others = [other for other in by_left.get(y, ()) if other is not turn]
            if others:
                before.setdefault(turn, []).extend(others)
    return before


def _in_order(turns: list[Turn], before: dict[Turn, list[Turn]]) -> list[Turn]:
    """The turns, each behind those that must lie left of it; circles are cut somewhere."""
    ordered: list[Turn] = []
    seen: set[Turn] = set()
    for first in turns:
        todo = [(first, False)]
        while todo:
            turn, is_done = todo.pop()
            if is_done:
                ordered.append(turn)
            elif turn not in seen:
                seen.add(turn)
                todo.append((turn, True))
                todo.extend((o, False) for o in reversed(before.get(turn, [])) if o not in seen)
    return ordered
