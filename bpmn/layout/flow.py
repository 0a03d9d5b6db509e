"""Nodes joined by sequence flows: columns from left to right, right-angled flows between them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Literal, TypeAlias

from bpmn.layout.blocks import Block
from bpmn.layout.channels import Channel, Turn
from bpmn.layout.geometry import Box, Sketch, simplified
from bpmn.layout.layers import Link, arranged
from bpmn.layout.rows import Extent, stacked
from bpmn.model import Gateway

__all__ = ["Flowing", "draw_block"]

_ROW_GAP = 40.0
_PLACE_HOLDER = Extent(6, 6)
_STEP = 12.0
"""Between flows that run below everything."""
_CLEAR = 8.0
_COLUMN_GAP = 50.0
_DETOUR_STEP = 8.0

Side: TypeAlias = Literal["top", "bottom"]
_Stop: TypeAlias = tuple["Turn | tuple[int, float]", float]
"""A point whose x is that of a turn, or a distance from the centre of a numbered block."""


class Flowing:
    """Blocks in columns, their flows routed. First `heights` is known, then `draw` places all."""

    def __init__(self, blocks: Sequence[Block], links: list[Link], bands: Sequence[int]) -> None:
        """`links` leave a block (port 0) or the boundary event that they name; `bands` tells the
        lane of each block."""
        self._blocks = blocks
        self._columns = columns = arranged(len(blocks), links, list(bands))
        self._links = links
        flows_of_events = [0] * len(blocks)
        for link in links:
            flows_of_events[link.source] += bool(link.port)
        extents = [b.extent(n) for b, n in zip(blocks, flows_of_events, strict=True)]
        self._extents = extents + [_PLACE_HOLDER] * (len(columns.layer) - len(blocks))
        self._y, self.heights = stacked(columns, self._extents, _ROW_GAP)
        express = sum(link.is_express for link in links)
        if express:
            self.heights[-1] += _CLEAR + _STEP * express
        self._place = [0] * len(columns.layer)
        for column in columns.order:
            for index, node in enumerate(column):
                self._place[node] = index
        self._splits = [0] * len(blocks)
        for link in links:
            self._splits[link.source] += not (link.port or link.is_back or link.is_express)
        self._used: dict[tuple[int, Side], str] = {}
        self._detours = [0] * len(blocks)
        self._channels = [
            Channel(_COLUMN_GAP if 0 < index < len(columns.order) else 0.0)
            for index in range(len(columns.order) + 1)
        ]
        for link in links:
            channel = self._channels[columns.layer[link.source] + 1]
            channel.least = max(channel.least, link.room)

    @property
    def least_width(self) -> float:
        """Of the columns, before the space between them is known."""
        widths = (sum(self._reach(index)) for index in range(len(self._columns.order)))
        return sum(widths) + sum(channel.least for channel in self._channels)

    def _reach(self, column: int) -> tuple[float, float]:
        real = [n for n in self._columns.order[column] if n < len(self._blocks)]
        left = max((self._blocks[n].left for n in real), default=0.0)
        return left, max((self._blocks[n].right for n in real), default=0.0)

    def draw(self, sketch: Sketch, left: float, tops: Sequence[float]) -> float:
        """Adds all to the sketch, the bands at these heights; the width that was needed."""
        for node, band in enumerate(self._columns.band):
            self._y[node] += tops[band]
        lowest = tops[-1] + self.heights[-1] if tops else 0.0
        express = [link for link in self._links if link.is_express]
        corridor = {
            link: lowest - _STEP * (len(express) - index) for index, link in enumerate(express)
        }
        self._sort_ports()
        lines = {}
        for index, link in enumerate(self._links):
            if link.is_express:
                lines[link.id] = self._below_all(link, corridor[link])
            elif link.is_back:
                lines[link.id] = self._backward(link, index)
            else:
                lines[link.id] = self._forward(link, index)
        x, right = self._columns_placed(left)
        for id, stops in lines.items():
            sketch.lines[id] = simplified([_resolved(stop, x) for stop in stops])
        self._add_blocks(sketch, x)
        return right - left

    def _columns_placed(self, left: float) -> tuple[list[float], float]:
        centre = [0.0] * len(self._blocks)
        at = left
        for index, channel in enumerate(self._channels):
            channel.assign()
            channel.place(at)
            at += channel.width
            if index < len(self._columns.order):
                reach = self._reach(index)
                for node in self._columns.order[index]:
                    if node < len(self._blocks):
                        centre[node] = at + reach[0]
                at += sum(reach)
        return centre, at

    def _add_blocks(self, sketch: Sketch, x: Sequence[float]) -> None:
        for node, block in enumerate(self._blocks):
            self._move_gateway_label(node, block)
            draw_block(sketch, block, x[node], self._y[node])

    def _move_gateway_label(self, node: int, block: Block) -> None:
        """A name above a gateway gives way to flows that leave there."""
        if not block.labels or not isinstance(block.element, Gateway):
            return
        if (node, "top") not in self._used:
            return
        id, label = block.labels[0]
        below = Box(label.x, block.height / 2 + 4, label.width, label.height)
        if (
            self._is_clear(node, self._y[node] + below.bottom)
            and (node, "bottom") not in self._used
        ):
            block.labels[0] = (id, below)
        else:
            beside = Box(-label.width - 7, 7 - block.height / 2 - label.height, 0, 0)
            block.labels[0] = (id, Box(beside.x, beside.y, label.width, label.height))

    def _sort_ports(self) -> None:
        """Boundary events of one activity, the one with the highest target rightmost."""
        targets: dict[int, dict[str, float]] = {}
        for link in self._links:
            if link.port:
                y = self._y[link.path[0] if link.path else link.target]
                by_event = targets.setdefault(link.source, {})
                by_event[link.event] = min(y, by_event.get(link.event, y))
        for node, by_event in targets.items():
            if len(by_event) > 1:
                wanted = sorted(by_event, key=lambda event: -by_event[event])
                self._blocks[node].sort_ports(wanted)

    # One link

    def _forward(self, link: Link, index: int) -> list[_Stop]:
        source, target = link.source, link.target
        hops = [source, *link.path, target]
        first_y = self._y[hops[1]]
        stops = self._start(link, first_y, first_y)
        y = stops[-1][1]
        for left, right in itertools.pairwise(hops):
            next_y = self._y[right]
            if y == next_y:
                continue
            if right == target and isinstance(self._blocks[target].element, Gateway):
                side = self._by(target, y, "in")
                if side:
                    return [*stops, ((target, 0.0), y), ((target, 0.0), self._edge(target, side))]
            channel = self._channels[self._columns.layer[left] + 1]
            key = self._key(link, left, right, index)
            turn = channel.turn(key, [y], [next_y])
            stops += [(turn, y), (turn, next_y)]
            y = next_y
        return [*stops, self._left_side(target)]

    def _backward(self, link: Link, index: int) -> list[_Stop]:
        first, last = link.path[0], link.path[-1]
        y = self._y[last]
        stops = self._start(link, y, None)
        if stops[-1][1] != y:
            channel = self._channels[self._columns.layer[link.source] + 1]
            key = ("back", index) if link.port else ("back from", link.source)
            turn = channel.turn(key, [stops[-1][1], y], [])
            stops += [(turn, stops[-1][1]), (turn, y)]
        path = link.path[::-1]
        for _right, left in itertools.pairwise(path):
            next_y = self._y[left]
            if y != next_y:
                channel = self._channels[self._columns.layer[left] + 1]
                turn = channel.turn(("along", index), [next_y], [y])
                stops += [(turn, y), (turn, next_y)]
                y = next_y
        side = self._by(link.target, self._y[first], "in", first)
        if side:
            edge = self._edge(link.target, side)
            return [*stops, ((link.target, 0.0), y), ((link.target, 0.0), edge)]
        return [*stops, *self._around_left(link.target, [], [y], y)]

    def _below_all(self, link: Link, corridor: float) -> list[_Stop]:
        stops = self._start(link, None, None)
        y = stops[-1][1]
        channel = self._channels[self._columns.layer[link.source] + 1]
        turn = channel.turn(("express", id(link)), [y, corridor], [])
        stops += [(turn, y), (turn, corridor)]
        left, right = ([], [corridor]) if link.is_back else ([corridor], [])
        return [*stops, *self._around_left(link.target, left, right, corridor)]

    def _around_left(
        self, target: int, left: list[float], right: list[float], y: float
    ) -> list[_Stop]:
        """From a height in the channel before the target to its left side."""
        channel = self._channels[self._columns.layer[target]]
        turn = channel.turn(("in", target), left, [*right, self._y[target]])
        return [(turn, y), (turn, self._y[target]), self._left_side(target)]

    def _start(self, link: Link, corner_y: float | None, straight_y: float | None) -> list[_Stop]:
        """The first points: out of the right side, or straight up or down to `corner_y`.

        A gateway is left by a corner only where `straight_y` is another height than its own, or
        where the flow leads back."""
        node = link.source
        block = self._blocks[node]
        if link.port:
            return self._start_at_event(link, corner_y)
        may_turn = straight_y is None or (
            isinstance(block.element, Gateway) and straight_y != self._y[node]
        )
        if corner_y is not None and may_turn:
            side = self._by(node, corner_y, "out", _last_holder(link))
            if side:
                return [((node, 0.0), self._edge(node, side)), ((node, 0.0), corner_y)]
        return [((node, block.width / 2), self._y[node])]

    def _start_at_event(self, link: Link, corner_y: float | None) -> list[_Stop]:
        node = link.source
        block = self._blocks[node]
        x, bottom = block.ports[link.event]
        base = self._y[node]
        start = ((node, x), base + bottom)
        if corner_y is not None and self._falls_free(
            node, link.event, corner_y, _last_holder(link)
        ):
            return [start, ((node, x), corner_y)]
        y = base + block.detour + _DETOUR_STEP * self._detours[node]
        self._detours[node] += 1
        return [start, ((node, x), y)]

    def _falls_free(self, node: int, event: str, y: float, holder: int) -> bool:
        """Whether nothing stands between a boundary event and a height below its activity."""
        block = self._blocks[node]
        x, bottom = block.ports[event]
        if y < self._y[node] + bottom + _CLEAR or not self._is_clear(node, y, holder):
            return False
        reach = y - self._y[node]
        around = [*block.parts, *block.labels]
        return not any(
            bottom < box.bottom
            and (
                (box.x - 2 < x < box.right + 2 and box.y < reach)
                or box.y - _CLEAR < reach < box.bottom + _CLEAR
            )
            for _, box in around
        )

    def _key(self, link: Link, left: int, right: int, index: int) -> tuple[str, int]:
        """Flows that part share a turn, and flows that meet."""
        if left >= len(self._blocks):
            return ("in", right) if right < len(self._blocks) else ("along", index)
        if link.port:
            return ("event", index)
        if self._splits[left] > 1 or right >= len(self._blocks):
            return ("out", left)
        return ("in", right)

    # Space

    def _left_side(self, node: int) -> _Stop:
        return ((node, -self._blocks[node].width / 2), self._y[node])

    def _edge(self, node: int, side: Side) -> float:
        half = self._blocks[node].height / 2
        return self._y[node] + (half if side == "bottom" else -half)

    def _by(self, node: int, y: float, way: str, holder: int = -1) -> Side | None:
        """The side by which a node can be left or entered straight towards a height."""
        block = self._blocks[node]
        side: Side = "bottom" if y > self._y[node] else "top"
        if abs(y - self._y[node]) < block.height / 2 + _CLEAR:
            return None
        if not self._is_clear(node, y, holder):
            return None
        if side == "top" and not block.is_top_free:
            return None
        is_busy = bool(block.ports or block.labels) and not isinstance(block.element, Gateway)
        if side == "bottom" and is_busy:
            return None
        if self._used.setdefault((node, side), way) != way:
            return None
        return side

    def _is_clear(self, node: int, y: float, holder: int = -1) -> bool:
        """Whether no other node of the column stands between a node and a height; a place-holder
        is only in the way at that height itself, unless it is `holder`."""
        column = self._columns.order[self._columns.layer[node]]
        step = 1 if y > self._y[node] else -1
        index = self._place[node] + step
        while 0 <= index < len(column):
            other = column[index]
            if other == holder:
                return True
            extent = self._extents[other]
            high, low = self._y[other] - extent.above, self._y[other] + extent.below
            if high - _CLEAR > y if step > 0 else low + _CLEAR < y:
                return True
            if other < len(self._blocks) or abs(self._y[other] - y) < _CLEAR:
                return False
            index += step
        return True


def _last_holder(link: Link) -> int:
    """The place-holder beside the source of a flow that leads back."""
    return link.path[-1] if link.is_back else -1


def draw_block(sketch: Sketch, block: Block, x: float, y: float) -> None:
    """Adds a block whose centre stands there."""
    left, top = x - block.width / 2, y - block.height / 2
    sketch.boxes[block.id] = Box(left, top, block.width, block.height)
    for id, box in block.parts:
        sketch.boxes[id] = box.moved(x, y)
    for id, box in block.labels:
        sketch.labels[id] = box.moved(x, y)
    sketch.inner.extend((inner, x + dx, y + dy) for inner, dx, dy in block.inner)


def _resolved(stop: _Stop, x: Sequence[float]) -> tuple[float, float]:
    at, y = stop
    return (at.x if isinstance(at, Turn) else x[at[0]] + at[1], y)
