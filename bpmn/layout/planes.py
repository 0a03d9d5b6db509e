"""Whole diagrams: a process on its own, or the pools of a collaboration with what they exchange."""

from __future__ import annotations

import itertools
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from bpmn.layout.blocks import size_of
from bpmn.layout.connections import End, Obstacles, connected, exchanged
from bpmn.layout.containers import beside_line, drawn
from bpmn.layout.contents import Container, Contents, data_links
from bpmn.layout.geometry import HEADER, Box, Line, Sketch, label_size
from bpmn.model import (
    Association,
    Choreography,
    Collaboration,
    Definitions,
    Event,
    FlowNode,
    Gateway,
    Group,
    MessageFlow,
    Participant,
    Process,
    SequenceFlow,
    SubChoreography,
    SubProcess,
    TextAnnotation,
)

__all__ = ["Drawing", "Plane", "drawn_alone", "planes_of"]

_POOL_GAP = 80.0
_BLACK_BOX = (600.0, 60.0)
_PADDING = 25.0
_NOTE_GAP = 40.0
_SLOT = 16.0


class Drawing:
    """One process as a sketch, with all that its diagram needs to know of it."""

    def __init__(self, root: Container, taken: set[str]) -> None:
        """Leaves out what is in `taken`, and adds to it what is drawn."""
        self.root = root
        self.containers: list[Container] = []
        """Outer before inner."""
        self.parent: dict[str, str] = {}
        """Container of each flow node."""
        self.pointed: set[str] = set()
        """Its events and gateways."""
        self.loose: list[SequenceFlow] = []
        """Flows whose ends are not both in one container."""
        ordered: list[Contents] = []
        todo: deque[Container] = deque([root])
        while todo:
            container = todo.popleft()
            contents = Contents.of(container, taken)
            self.containers.append(container)
            ordered.append(contents)
            for node in contents.nodes.values():
                self.parent[node.id] = container.id
                if isinstance(node, Event | Gateway):
                    self.pointed.add(node.id)
                if isinstance(node, SubProcess | SubChoreography):
                    todo.append(node)
        sketches: dict[str, Sketch] = {}
        self.sketch = Sketch()
        pairs = zip(reversed(self.containers), reversed(ordered), strict=True)
        for container, contents in pairs:
            self.sketch, loose = drawn(container, contents, sketches)
            self.loose.extend(loose)
            if not self.sketch.is_empty:
                sketches[container.id] = self.sketch
        self.expanded = frozenset(sketches)
        """Ids of the containers that have contents."""


@dataclass(kw_only=True)
class Plane:
    """A diagram in absolute coordinates."""

    element: str
    """Id of the process or collaboration."""
    boxes: dict[str, Box] = field(default_factory=dict)
    """By element id, outer before inner."""
    lines: dict[str, Line] = field(default_factory=dict)
    labels: dict[str, Box] = field(default_factory=dict)
    frames: set[str] = field(default_factory=set)
    """Pools and lanes."""
    expanded: set[str] = field(default_factory=set)
    """Sub-processes whose contents are drawn inside."""
    drawings: list[Drawing] = field(default_factory=list)
    elsewhere: frozenset[str] = frozenset()
    """Ids of what other diagrams show."""

    def put(self, drawing: Drawing, x: float, y: float) -> None:
        """Draws a process with its upper left corner there."""
        self.drawings.append(drawing)
        self.expanded.update(drawing.expanded)
        for id, box in drawing.sketch.lanes.items():
            self.boxes[id] = box.moved(x, y)
            self.frames.add(id)
        for part, dx, dy in drawing.sketch.flattened(x, y):
            for id, box in part.boxes.items():
                self.boxes[id] = box.moved(dx, dy)
            for id, line in part.lines.items():
                self.lines[id] = [(px + dx, py + dy) for px, py in line]
            for id, box in part.labels.items():
                self.labels[id] = box.moved(dx, dy)


def planes_of(definitions: Definitions) -> list[Plane]:
    """A diagram of each collaboration, and of each process that is in none."""
    roots = definitions.root_elements
    taken: set[str] = set()
    processes = {root.id: root for root in reversed(roots) if isinstance(root, Process)}
    planes = []
    for root in roots:
        is_pools = isinstance(root, Collaboration) and not isinstance(root, Choreography)
        if isinstance(root, Collaboration) and is_pools and root.participants and root.id:
            planes.append(_pools(root, processes, taken))
    for root in roots:
        if isinstance(root, Process | Choreography) and root.id:
            if isinstance(root, Process) and processes.get(root.id) is not root:
                continue
            plane = drawn_alone(root, taken)
            if plane is not None:
                planes.append(plane)
    if not planes:
        planes = [Plane(element=root.id) for root in roots if isinstance(root, Process)][:1]
    return planes


def drawn_alone(root: Container, taken: set[str]) -> Plane | None:
    """The plane of one process or sub-process; None when there is nothing in it."""
    elsewhere = frozenset(taken)
    drawing = Drawing(root, taken)
    if drawing.sketch.is_empty:
        return None
    plane = Plane(element=root.id, elsewhere=elsewhere)
    plane.put(drawing, 0.0, 0.0)
    _add_lines(plane, ())
    return plane


def _pools(collaboration: Collaboration, processes: dict[str, Process], taken: set[str]) -> Plane:
    """The plane of a collaboration; takes the processes it draws out of `processes`."""
    plane = Plane(element=collaboration.id)
    pools: list[tuple[Participant, Drawing | None]] = []
    for participant in collaboration.participants:
        if not participant.id or participant.id in taken:
            continue
        taken.add(participant.id)
        process = processes.pop(participant.process_ref or "", None)
        drawing = Drawing(process, taken) if process is not None else None
        pools.append((participant, drawing if drawing and not drawing.sketch.is_empty else None))
    width = max([_BLACK_BOX[0], *(_inner_width(drawing) for _, drawing in pools)])
    y = 0.0
    levels = []
    for participant, drawing in pools:
        height = _BLACK_BOX[1]
        if drawing is not None:
            padding = 0.0 if drawing.sketch.lanes else _PADDING
            height = drawing.sketch.height + 2 * padding
            for lane in drawing.sketch.lanes.values():
                lane.width = width - lane.x
        plane.boxes[participant.id] = Box(0.0, y, HEADER + width, height)
        plane.frames.add(participant.id)
        if drawing is not None:
            plane.put(drawing, HEADER + padding, y + padding)
        levels.append(y - _POOL_GAP / 2)
        y += height + _POOL_GAP
    levels.append(y - _POOL_GAP / 2)
    _add_notes(plane, collaboration, y, taken)
    _add_message_flows(plane, collaboration.message_flows, levels)
    _add_lines(plane, [a for a in collaboration.artifacts if isinstance(a, Association)])
    return plane


def _inner_width(drawing: Drawing | None) -> float:
    if drawing is None:
        return 0.0
    return drawing.sketch.width + (0.0 if drawing.sketch.lanes else 2 * _PADDING)


def _add_notes(plane: Plane, collaboration: Collaboration, y: float, taken: set[str]) -> None:
    """The collaboration's own notes and groups, below the pools."""
    x = 0.0
    for artifact in collaboration.artifacts:
        if (
            isinstance(artifact, TextAnnotation | Group)
            and artifact.id
            and artifact.id not in taken
        ):
            taken.add(artifact.id)
            width, height = size_of(artifact)
            plane.boxes[artifact.id] = Box(x, y, width, height)
            x += width + _NOTE_GAP


# Lines over everything


def _add_message_flows(plane: Plane, flows: Sequence[MessageFlow], levels: Sequence[float]) -> None:
    drawable = [
        flow
        for flow in flows
        if flow.id and flow.source_ref in plane.boxes and flow.target_ref in plane.boxes
    ]
    uses: Counter[str] = Counter(flow.source_ref for flow in drawable)
    uses.update(flow.target_ref for flow in drawable)
    seen: Counter[str] = Counter()
    lines = _Lines(plane)

    def shift(end: str) -> float:
        seen[end] += 1
        step = min(_SLOT, plane.boxes[end].width * 0.7 / uses[end])
        return (seen[end] - (uses[end] + 1) / 2) * step

    for index, flow in enumerate(drawable):
        shifts = (shift(flow.source_ref), shift(flow.target_ref))
        near = [level + 8.0 * (index % 5 - 2) for level in levels]
        lines.exchange(flow, near, shifts)
        width, height = label_size(flow.name)
        line = plane.lines.get(flow.id)
        if width and line:
            plane.labels[flow.id] = _between(line, near, width, height)
    for flow in drawable:
        for end in (flow.source_ref, flow.target_ref):
            lines.clear_label(end, plane.lines[flow.id])


def _between(line: Line, levels: Sequence[float], width: float, height: float) -> Box:
    """A place for the name of a message flow: where it passes between two pools."""
    for (ax, ay), (bx, by) in itertools.pairwise(line):
        for y in levels:
            if ax == bx and min(ay, by) < y < max(ay, by):
                return Box(ax + 5, y - height / 2, width, height)
    return beside_line(line, width, height)


def _add_lines(plane: Plane, associations: Iterable[Association]) -> None:
    """Associations, data associations and the flows that no container could draw."""
    lines = _Lines(plane)
    for drawing in plane.drawings:
        for flow in drawing.loose:
            lines.add(flow.id, flow.source_ref, flow.target_ref)
    for id, source, target in [*_associations(plane), *_ends_of(associations)]:
        lines.add(id, source, target)


def _associations(plane: Plane) -> Iterator[tuple[str, str, str]]:
    for drawing in plane.drawings:
        for container in drawing.containers:
            yield from _ends_of(a for a in container.artifacts if isinstance(a, Association))
            for element in container.flow_elements:
                if isinstance(element, FlowNode):
                    yield from data_links(element)


def _ends_of(associations: Iterable[Association]) -> Iterator[tuple[str, str, str]]:
    for association in associations:
        yield association.id, association.source_ref, association.target_ref


class _Lines:
    """Draws lines between what already stands in a plane."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._parent: dict[str, str] = {}
        self._pointed: set[str] = set()
        for drawing in plane.drawings:
            self._parent.update(drawing.parent)
            self._pointed |= drawing.pointed
        self._obstacles = Obstacles(
            ((id, box) for id, box in plane.boxes.items() if id not in plane.frames),
            plane.labels.items(),
        )

    def add(self, id: str, source: str, target: str) -> None:
        """Draws one line, if both its ends stand; an end may be a line."""
        start, end = self._end(source), self._end(target)
        is_drawn = id in self._plane.lines or id in self._plane.elsewhere
        if id and not is_drawn and start is not None and end is not None:
            own = self._own(source, target)
            self._plane.lines[id] = connected(start, end, self._obstacles, own)

    def exchange(
        self, flow: MessageFlow, levels: Sequence[float], shifts: tuple[float, float]
    ) -> None:
        """Draws a message flow, whose ends stand."""
        start, end = self._end(flow.source_ref, shifts[0]), self._end(flow.target_ref, shifts[1])
        if flow.id not in self._plane.lines and start is not None and end is not None:
            own = self._own(flow.source_ref, flow.target_ref)
            line = exchanged(start, end, self._obstacles, own, levels)
            self._plane.lines[flow.id] = line

    def clear_label(self, id: str, line: Line) -> None:
        """Moves a name from below its element to above, where a line meets the lower side."""
        box, label = self._plane.boxes[id], self._plane.labels.get(id)
        if label is None or label.y < box.bottom or label.x >= box.right:
            return
        above = Box(label.x, box.y - 4 - label.height, label.width, label.height)
        is_met = any(abs(y - box.bottom) < 1 for _, y in (line[0], line[-1]))
        if is_met and self._obstacles.is_free(above):
            self._plane.labels[id] = above

    def _own(self, source: str, target: str) -> frozenset[str]:
        return frozenset([source, target, *self._around(source), *self._around(target)])

    def _end(self, id: str, shift: float = 0.0) -> End | None:
        box = self._place(id)
        return End(box, id in self._pointed, shift) if box is not None else None

    def _place(self, id: str) -> Box | None:
        box = self._plane.boxes.get(id)
        if box is None and (line := self._plane.lines.get(id)):
            middle = (len(line) - 1) // 2
            (ax, ay), (bx, by) = line[middle], line[min(middle + 1, len(line) - 1)]
            box = Box((ax + bx) / 2, (ay + by) / 2, 0.0, 0.0)
        return box

    def _around(self, id: str) -> Iterator[str]:
        while id in self._parent:
            id = self._parent[id]
            yield id
