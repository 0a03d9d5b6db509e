"""The contents of a process or sub-process as one drawing: flows, lanes, what stands alone."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import networkx as nx

from bpmn.layout.blocks import Block, block_of
from bpmn.layout.contents import Container, Contents
from bpmn.layout.flow import Flowing, draw_block
from bpmn.layout.geometry import HEADER, Box, Line, Sketch, label_size
from bpmn.layout.layers import Link
from bpmn.model import Lane, LaneSet, SequenceFlow, SubProcess

__all__ = ["beside_line", "drawn"]

_LANE_PADDING = 20.0
_GAP = 50.0
_LEAST_SHELF = 600.0
_LEAST_LANE = 100.0
_GROUP_PADDING = 15.0


def drawn(
    container: Container, contents: Contents, sketches: Mapping[str, Sketch]
) -> tuple[Sketch, list[SequenceFlow]]:
    """The sketch of a container, and the flows that are to be drawn over it afterwards."""
    blocks = contents.blocks(sketches)
    links, loose = contents.links(blocks)
    lane_sets = getattr(container, "lane_sets", ())
    lanes = _Lanes(lane_sets[0]) if lane_sets and lane_sets[0].lanes else None
    sketch = Sketch()
    alone = _alone(blocks, links)
    free = [block_of(a, {}, {}, {}, {}) for a in contents.free_artifacts()]
    if lanes is None:
        y = _draw_parts(sketch, list(blocks.values()), links, alone)
        for shelf in (_events_last(alone), free):
            if shelf:
                y = _draw_shelf(sketch, shelf, 0.0, y + (_GAP if y else 0.0), sketch.width)
        sketch.height = y
    else:
        _draw_lanes(sketch, lanes, blocks, links, alone, free)
    _add_flow_labels(sketch, contents.flows)
    for group, members in contents.groups.items():
        sketch.add_group(group, members, _GROUP_PADDING)
    return sketch, loose


def _alone(blocks: Mapping[str, Block], links: Iterable[Link]) -> list[Block]:
    """The blocks that no flow touches."""
    touched = {end for link in links for end in (link.source, link.target)}
    return [block for index, block in enumerate(blocks.values()) if index not in touched]


def _events_last(blocks: Iterable[Block]) -> list[Block]:
    """Event sub-processes behind everything else."""
    return sorted(
        blocks,
        key=lambda b: isinstance(b.element, SubProcess) and b.element.triggered_by_event,
    )


def _draw_parts(
    sketch: Sketch, blocks: list[Block], links: list[Link], alone: Sequence[Block]
) -> float:
    """Each connected part below the one before; the height of all."""
    graph: nx.Graph[int] = nx.Graph()
    lonely = set(alone)
    graph.add_nodes_from(n for n, block in enumerate(blocks) if block not in lonely)
    graph.add_edges_from((link.source, link.target) for link in links)
    part_of: dict[int, int] = {}
    parts = [sorted(part) for part in nx.connected_components(graph)]
    for index, part in enumerate(parts):
        part_of.update(dict.fromkeys(part, index))
    links_of: list[list[Link]] = [[] for _ in parts]
    for link in links:
        links_of[part_of[link.source]].append(link)
    y = 0.0
    for part, inner in zip(parts, links_of, strict=True):
        number = {node: index for index, node in enumerate(part)}
        for link in inner:
            link.source, link.target = number[link.source], number[link.target]
        flow = Flowing([blocks[n] for n in part], inner, [0] * len(part))
        top = y + _GAP if y else 0.0
        sketch.width = max(sketch.width, flow.draw(sketch, 0.0, [top]))
        y = top + flow.heights[0]
    return y


def _draw_shelf(
    sketch: Sketch, blocks: Sequence[Block], left: float, top: float, width: float
) -> float:
    """Rows of blocks that nothing connects; the lower edge."""
    area = sum((b.left + b.right + _GAP) * (b.above + b.below + _GAP) for b in blocks)
    width = max(width, _LEAST_SHELF, math.sqrt(area) * 1.4)
    x = left
    row: list[Block] = []

    def end_row() -> float:
        above = max((block.above for block in row), default=0.0)
        at = left
        lowest = top
        for block in row:
            draw_block(sketch, block, at + block.left, top + above)
            at += block.left + block.right + _GAP
            lowest = max(lowest, top + above + block.below)
        sketch.width = max(sketch.width, at - _GAP)
        return lowest

    for block in blocks:
        reach = block.left + block.right
        if row and x + reach > left + width:
            top = end_row() + _GAP * 0.8
            x = left
            row.clear()
        row.append(block)
        x += reach + _GAP
    return end_row()


# Lanes


@dataclass(frozen=True, slots=True)
class _Placed:
    lane: Lane
    depth: int
    first: int
    """Number of its first band."""
    last: int


class _Lanes:
    """A lane set as bands: one a lane without lanes inside."""

    def __init__(self, lane_set: LaneSet) -> None:
        self.lanes: list[_Placed] = []
        """Outer before inner."""
        self.bands: list[Lane] = []
        self.depth = 0
        self._add(lane_set, 1)
        self.lanes.sort(key=lambda placed: placed.depth)

    def _add(self, lane_set: LaneSet, depth: int) -> None:
        self.depth = max(self.depth, depth)
        for lane in lane_set.lanes:
            first = len(self.bands)
            if lane.child_lane_set is not None and lane.child_lane_set.lanes:
                self._add(lane.child_lane_set, depth + 1)
            else:
                self.bands.append(lane)
            self.lanes.append(_Placed(lane, depth, first, len(self.bands) - 1))

    def band_by_node(self) -> dict[str, int]:
        """The band of each node that a lane names, the innermost naming wins."""
        found: dict[str, int] = {}
        for placed in reversed(self.lanes):
            for node in placed.lane.flow_node_refs:
                found.setdefault(node, placed.first)
        return found


def _bands(lanes: _Lanes, blocks: Mapping[str, Block], links: Sequence[Link]) -> list[int]:
    """The band of each block: by its lane, else that of a neighbour, else the first."""
    by_node = lanes.band_by_node()
    band: list[int | None] = [None] * len(blocks)
    for index, id in enumerate(blocks):
        band[index] = by_node.get(id)
    near: list[list[int]] = [[] for _ in blocks]
    for link in links:
        near[link.target].append(link.source)
        near[link.source].append(link.target)
    todo = [index for index, value in enumerate(band) if value is not None]
    for index in todo:
        for other in near[index]:
            if band[other] is None:
                band[other] = band[index]
                todo.append(other)
    return [value or 0 for value in band]


def _draw_lanes(
    sketch: Sketch,
    lanes: _Lanes,
    blocks: Mapping[str, Block],
    links: list[Link],
    alone: Sequence[Block],
    free: Sequence[Block],
) -> None:
    left = HEADER * lanes.depth + _LANE_PADDING
    band_of = _bands(lanes, blocks, links)
    lonely = set(alone)
    shelves: list[list[Block]] = [[] for _ in lanes.bands]
    kept = [n for n, block in enumerate(blocks.values()) if block not in lonely]
    for index, block in enumerate(blocks.values()):
        if block in lonely:
            shelves[band_of[index]].append(block)
    shelves[-1].extend(free)
    number = {node: index for index, node in enumerate(kept)}
    for link in links:
        link.source, link.target = number[link.source], number[link.target]
    every = list(blocks.values())
    flow = Flowing([every[n] for n in kept], links, [band_of[n] for n in kept])
    # Flows cross every lane but the last, so what stands alone goes to their right there.
    tops, edges, y = [], [0.0], 0.0
    aside: list[Sketch] = []
    for band, shelf in enumerate(shelves):
        height = flow.heights[band] if band < len(flow.heights) else 0.0
        y += _LANE_PADDING
        tops.append(y)
        if shelf and band < len(shelves) - 1:
            beside = Sketch()
            bottom = _draw_shelf(beside, _events_last(shelf), 0.0, y, 0.0)
            aside.append(beside)
            y = max(y + height, bottom)
        elif shelf:
            top = y + height + (_GAP / 2 if height else 0.0)
            y = _draw_shelf(sketch, _events_last(shelf), left, top, flow.least_width)
        else:
            y += height
        y = max(y + _LANE_PADDING, edges[-1] + _LEAST_LANE)
        edges.append(y)
    right = left + flow.draw(sketch, left, tops[: len(flow.heights)])
    sketch.width = max(sketch.width, right)
    for beside in aside:
        sketch.absorb(beside, right + _GAP if kept else left)
    sketch.width += _LANE_PADDING
    sketch.height = y
    for placed in lanes.lanes:
        if placed.lane.id and placed.first <= placed.last:
            x = HEADER * (placed.depth - 1)
            top, bottom = edges[placed.first], edges[placed.last + 1]
            sketch.lanes[placed.lane.id] = Box(x, top, sketch.width - x, bottom - top)


# Names of flows


def _add_flow_labels(sketch: Sketch, flows: Iterable[SequenceFlow]) -> None:
    flows = list(flows)
    shared = Counter(line[0] for flow in flows if (line := sketch.lines.get(flow.id)))
    for flow in flows:
        width, height = label_size(flow.name)
        line = sketch.lines.get(flow.id)
        if width and line:
            is_shared = shared[line[0]] > 1 and len(line) > 2 and line[0][1] == line[1][1]
            sketch.labels[flow.id] = beside_line(line[is_shared:], width, height)


def beside_line(line: Line, width: float, height: float) -> Box:
    """A place for a name: above the first level piece that is long enough, else at the start."""
    pieces = list(itertools.pairwise(line))
    level = [(a, b) for a, b in pieces if a[1] == b[1]]
    for (ax, y), (bx, _) in level[:2]:
        if abs(bx - ax) >= width + 8:
            x = ax + 6 if bx > ax else ax - 6 - width
            return Box(x, y - height - 3, width, height)
    (ax, ay), (bx, by) = pieces[0] if pieces else ((0.0, 0.0), (0.0, 0.0))
    if ax == bx:
        y = by - 5 - height if by > ay else by + 5
        return Box(ax + 4, y, width, height)
    return Box((ax + bx - width) / 2, ay - height - 3, width, height)
