"""From ordered columns to heights: what belongs together stands on one line.

Neighbours along a flow are tied into straight runs, the longest way through the process first.
Runs are then stacked as close as their contents allow, and drawn towards what they connect.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect, insort
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from bpmn.layout.layers import Columns, Link

__all__ = ["Extent", "stacked"]

_PASSES = 4


@dataclass(frozen=True, slots=True)
class Extent:
    """How far a node reaches from its line."""

    above: float
    below: float


def stacked(
    columns: Columns, extents: Sequence[Extent], gap: float
) -> tuple[list[float], list[float]]:
    """The y of each number's line within its band, and the height of each band."""
    runs = _Runs(columns, extents)
    for column in columns.order:
        for upper, lower in itertools.pairwise(column):
            if columns.band[upper] == columns.band[lower]:
                is_thin = min(upper, lower) >= columns.count
                between = gap / 2 if is_thin else gap
                distance = extents[upper].below + between + extents[lower].above
                runs.keep_apart(runs.of[upper], runs.of[lower], distance)
    level = runs.placed(columns)
    y = [level[run] for run in runs.of]
    bands = max(columns.band, default=0) + 1
    top = [math.inf] * bands
    bottom = [-math.inf] * bands
    for node, band in enumerate(columns.band):
        top[band] = min(top[band], y[node] - extents[node].above)
        bottom[band] = max(bottom[band], y[node] + extents[node].below)
    y = [value - top[band] for value, band in zip(y, columns.band, strict=True)]
    return y, [max(0.0, low - high) for high, low in zip(top, bottom, strict=True)]


@dataclass(kw_only=True)
class _Around:
    """What a run must keep its distance from."""

    above: list[tuple[int, float]] = field(default_factory=list)
    below: list[tuple[int, float]] = field(default_factory=list)


class _Runs:
    """Numbers tied together; a run has one y."""

    def __init__(self, columns: Columns, extents: Sequence[Extent]) -> None:
        self._extents = extents
        after = _ties(columns)
        is_tied = [False] * len(columns.layer)
        for node in after:
            if node is not None:
                is_tied[node] = True
        self.of = [-1] * len(columns.layer)
        count = 0
        for column in columns.order:
            for first in column:
                if is_tied[first]:
                    continue
                member: int | None = first
                while member is not None:
                    self.of[member] = count
                    member = after[member]
                count += 1
        self.around = [_Around() for _ in range(count)]

    def keep_apart(self, upper: int, lower: int, distance: float) -> None:
        self.around[upper].below.append((lower, distance))
        self.around[lower].above.append((upper, distance))

    def _top_down(self) -> list[int]:
        waiting = [len(around.above) for around in self.around]
        ready = deque(run for run, count in enumerate(waiting) if not count)
        ordered = []
        while ready:
            run = ready.popleft()
            ordered.append(run)
            for below, _ in self.around[run].below:
                waiting[below] -= 1
                if not waiting[below]:
                    ready.append(below)
        return ordered

    def placed(self, columns: Columns) -> list[float]:
        """The y of each run: as high as can be, then towards its neighbours."""
        y = [0.0] * len(self.around)
        ordered = self._top_down()
        for run in ordered:
            for upper, distance in self.around[run].above:
                y[run] = max(y[run], y[upper] + distance)
        near = self._neighbours(columns)
        for _ in range(_PASSES):
            for sweep in (reversed(ordered), ordered):
                for run in sweep:
                    if near[run]:
                        self._draw(run, near[run], y)
        return y

    def _draw(self, run: int, near: list[tuple[int, float]], y: list[float]) -> None:
        wish = median(y[other] + offset for other, offset in near)
        around = self.around[run]
        highest = max((y[upper] + d for upper, d in around.above), default=-math.inf)
        lowest = min((y[lower] - d for lower, d in around.below), default=math.inf)
        y[run] = max(min(wish, lowest), highest)

    def _neighbours(self, columns: Columns) -> list[list[tuple[int, float]]]:
        """What each run is drawn to, and how far from there it wishes to be: flows of boundary
        events go on below their activity."""
        near: list[list[tuple[int, float]]] = [[] for _ in self.around]
        pairs = [(one, other, 0.0) for one, other in columns.beside]
        for hops in columns.hops:
            for left, right, link in hops:
                is_below = link.port and left < columns.count
                pairs.append((left, right, self._extents[left].below + 8 if is_below else 0.0))
        for one, other, offset in pairs:
            a, b = self.of[one], self.of[other]
            if a != b:
                near[a].append((b, -offset))
                near[b].append((a, offset))
        return near


def _ties(columns: Columns) -> list[int | None]:
    """The number that continues the run of each, if any; ties never cross."""
    after: list[int | None] = [None] * len(columns.layer)
    is_taken = [False] * len(columns.layer)
    rank = _ranks(columns)
    place = [0] * len(columns.layer)
    for column in columns.order:
        for index, node in enumerate(column):
            place[node] = index
    for hops in columns.hops:
        wanted: list[tuple[int, bool, int, int, int, int]] = []
        for left, right, link in hops:
            leaves_straight = not link.port or left >= columns.count
            if columns.band[left] == columns.band[right] and leaves_straight:
                is_inner = left >= columns.count and right >= columns.count
                importance, length = rank[link]
                wanted.append((importance, not is_inner, length, len(wanted), left, right))
        tied: list[tuple[int, int]] = []
        for *_, left, right in sorted(wanted):
            if after[left] is not None or is_taken[right]:
                continue
            pair = (place[left], place[right])
            index = bisect(tied, pair)
            if index and tied[index - 1][1] > pair[1]:
                continue
            if index < len(tied) and tied[index][1] < pair[1]:
                continue
            insort(tied, pair)
            after[left] = right
            is_taken[right] = True
    return after


def _ranks(columns: Columns) -> dict[Link, tuple[int, int]]:
    """What is kept straight first: the longest ways from the starts, then other long ways."""
    outgoing: list[list[Link]] = [[] for _ in range(columns.count)]
    is_root = [True] * columns.count
    for link in columns.links:
        if not link.is_back:
            outgoing[link.source].append(link)
            is_root[link.target] = False
    by_layer = sorted(range(columns.count), key=columns.layer.__getitem__)
    rest = [0] * columns.count
    for node in reversed(by_layer):
        rest[node] = max((1 + rest[link.target] for link in outgoing[node]), default=0)
    ranks = {}
    for link in columns.links:
        length = 0 if link.is_back else columns.layer[link.source] + rest[link.target]
        ranks[link] = (1, -length)
    is_seen = [False] * columns.count
    for root in sorted(filter(is_root.__getitem__, by_layer), key=lambda node: -rest[node]):
        node = root
        while not is_seen[node]:
            is_seen[node] = True
            straight = [link for link in outgoing[node] if not link.port]
            if straight:
                best = max(straight, key=lambda link: rest[link.target])
                ranks[best] = (0, ranks[best][1])
                node = best.target
    return ranks
