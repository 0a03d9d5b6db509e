"""What a file's diagrams leave out, added to them; what they show stays as it is.

A container of which nothing is drawn gets a diagram of its own. Single nodes go below what their
container shows, where room is made for them; flows are drawn between the shapes they join.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec

from bpmn.layout.connections import End, Obstacles, connected
from bpmn.layout.contents import Container
from bpmn.layout.geometry import EVENT, Box, Line
from bpmn.layout.interchange import Ids, diagram_of, edge_of, shape_of
from bpmn.layout.planes import Drawing, Plane, drawn_alone
from bpmn.model import (
    Activity,
    BaseElement,
    BoundaryEvent,
    Bounds,
    BPMNDiagram,
    BPMNEdge,
    BPMNLabel,
    BPMNShape,
    Collaboration,
    Definitions,
    Event,
    FlowElement,
    FlowNode,
    Gateway,
    Lane,
    MessageFlow,
    Participant,
    Point,
    Process,
    SequenceFlow,
    SubProcess,
)

__all__ = ["completed"]

_GAP = 50.0
_PADDING = 30.0


def completed(
    definitions: Definitions, elements: Mapping[str, BaseElement], ids: Ids
) -> tuple[BPMNDiagram, ...]:
    """The diagrams of the definitions, with all that they lacked."""
    return _Completion(definitions, elements, ids).diagrams()


class _Sheet:
    """A diagram to which something is added."""

    def __init__(self, diagram: BPMNDiagram) -> None:
        self.diagram = diagram
        self.entries: list[BPMNShape | BPMNEdge] = (
            list(diagram.plane.plane_elements) if diagram.plane is not None else []
        )

    def boxes(self) -> dict[str, Box]:
        return {
            shape.bpmn_element: Box(b.x, b.y, b.width, b.height)
            for shape in self.entries
            if isinstance(shape, BPMNShape) and shape.bpmn_element and (b := shape.bounds)
        }

    def make_room(self, y: float, height: float, frames: Collection[str]) -> None:
        """Moves down what is below a height, and stretches the frames that reach across it."""
        self.entries = [
            _moved_shape(entry, y, height, (entry.bpmn_element or "") in frames)
            if isinstance(entry, BPMNShape)
            else _moved_edge(entry, y, height)
            for entry in self.entries
        ]

    def finished(self) -> BPMNDiagram:
        plane = self.diagram.plane
        if plane is None or len(plane.plane_elements) == len(self.entries):
            return self.diagram
        plane = msgspec.structs.replace(plane, plane_elements=tuple(self.entries))
        return msgspec.structs.replace(self.diagram, plane=plane)


def _moved_bounds(bounds: Bounds, y: float, height: float, is_frame: bool) -> Bounds:
    if bounds.y >= y or (not is_frame and bounds.y + bounds.height / 2 >= y):
        return msgspec.structs.replace(bounds, y=bounds.y + height)
    if is_frame and bounds.y + bounds.height >= y:
        return msgspec.structs.replace(bounds, height=bounds.height + height)
    return bounds


def _moved_label(label: BPMNLabel | None, y: float, height: float) -> BPMNLabel | None:
    if label is None or label.bounds is None or label.bounds.y < y:
        return label
    bounds = msgspec.structs.replace(label.bounds, y=label.bounds.y + height)
    return msgspec.structs.replace(label, bounds=bounds)


def _moved_shape(shape: BPMNShape, y: float, height: float, is_frame: bool) -> BPMNShape:
    if shape.bounds is None:
        return shape
    return msgspec.structs.replace(
        shape,
        bounds=_moved_bounds(shape.bounds, y, height, is_frame),
        label=_moved_label(shape.label, y, height),
    )


def _moved_edge(edge: BPMNEdge, y: float, height: float) -> BPMNEdge:
    points = tuple(
        Point(x=point.x, y=point.y + (height if point.y >= y else 0.0)) for point in edge.waypoints
    )
    label = _moved_label(edge.label, y, height)
    return msgspec.structs.replace(edge, waypoints=points, label=label)


class _Completion:
    def __init__(
        self, definitions: Definitions, elements: Mapping[str, BaseElement], ids: Ids
    ) -> None:
        self._definitions = definitions
        self._elements = elements
        self._ids = ids
        filled = [d for d in definitions.diagrams if d.plane and d.plane.plane_elements]
        self._sheets = [_Sheet(diagram) for diagram in filled]
        self._sheet_of: dict[str, _Sheet] = {}
        for sheet in self._sheets:
            for entry in sheet.entries:
                self._sheet_of.setdefault(entry.bpmn_element or "", sheet)
        self._new: list[BPMNDiagram] = []
        self._parent: dict[str, str] = {}

    def diagrams(self) -> tuple[BPMNDiagram, ...]:
        processes = [r for r in self._definitions.root_elements if isinstance(r, Process) and r.id]
        todo: list[Container] = list(processes)
        for container in todo:
            todo.extend(self._complete(container))
        self._add_flows(todo)
        return (*(sheet.finished() for sheet in self._sheets), *self._new)

    def _complete(self, container: Container) -> list[SubProcess]:
        """Adds the nodes that are missing; gives back the sub-processes to look into."""
        nodes = [e for e in container.flow_elements if isinstance(e, FlowNode) and e.id]
        for node in nodes:
            self._parent.setdefault(node.id, container.id)
        shown = [node for node in nodes if node.id in self._sheet_of]
        if nodes and not shown:
            plane = drawn_alone(self._without_lanes(container), set(self._sheet_of))
            if plane is not None:
                self._new.append(diagram_of(plane, self._elements, self._ids))
            return []
        missing = [node for node in nodes if node.id not in self._sheet_of]
        if missing:
            sheet = self._sheet_of[shown[0].id]
            rest = [node for node in missing if not self._attached(node, sheet)]
            if rest:
                self._add_nodes(container, rest, sheet)
        return [n for n in nodes if isinstance(n, SubProcess) and n.id in self._sheet_of]

    def _without_lanes(self, container: Container) -> Container:
        """The container, without lanes if they are drawn elsewhere."""
        lanes = [lane for set in getattr(container, "lane_sets", ()) for lane in set.lanes]
        if not any(lane.id in self._sheet_of for lane in lanes):
            return container
        return msgspec.structs.replace(container, lane_sets=())

    def _attached(self, node: FlowNode, sheet: _Sheet) -> bool:
        """Whether it is a boundary event, now drawn on the activity that is drawn."""
        host = self._elements.get(getattr(node, "attached_to_ref", ""))
        boxes = sheet.boxes()
        if not isinstance(node, BoundaryEvent) or not isinstance(host, Activity):
            return False
        box = boxes.get(host.id)
        if box is None:
            return False
        width, height = EVENT
        others = [b for id, b in boxes.items() if isinstance(self._elements.get(id), BoundaryEvent)]
        place = Box(box.right - width - 7, box.bottom - height / 2, width, height)
        while any(place.overlaps(other) for other in others) and place.x > box.x:
            place = place.moved(-width - 7, 0)
        self._add_shape(sheet, node.id, place)
        return True

    def _add_shape(self, sheet: _Sheet, id: str, box: Box, *, is_expanded: bool = False) -> None:
        element = self._elements.get(id)
        sheet.entries.append(shape_of(id, box, element, self._ids, is_expanded=is_expanded))
        self._sheet_of[id] = sheet

    def _add_nodes(self, container: Container, nodes: Iterable[FlowNode], sheet: _Sheet) -> None:
        ids = {node.id for node in nodes}
        kept: list[FlowElement] = [
            element
            for element in container.flow_elements
            if element.id in ids
            or (
                isinstance(element, SequenceFlow)
                and element.source_ref in ids
                and element.target_ref in ids
                and element.id not in self._sheet_of
            )
        ]
        part = Process(id=container.id, flow_elements=tuple(kept))
        drawing = Drawing(part, set(self._sheet_of) - ids)
        x, y = self._place(container, drawing, sheet)
        plane = Plane(element=container.id)
        plane.put(drawing, x, y)
        for id, box in plane.boxes.items():
            self._add_shape(sheet, id, box, is_expanded=id in plane.expanded)
        for id, line in plane.lines.items():
            sheet.entries.append(edge_of(id, line, self._ids, plane.labels.get(id)))
            self._sheet_of[id] = sheet

    def _place(self, container: Container, drawing: Drawing, sheet: _Sheet) -> tuple[float, float]:
        """Where the drawing goes: below all, or into room made in the container's shape."""
        boxes = sheet.boxes()
        around = boxes.get(container.id) or boxes.get(self._pool(container.id))
        if around is None:
            left = min(box.x for box in boxes.values())
            return left, max(box.bottom for box in boxes.values()) + _GAP
        frames = {id for id in boxes if self._is_frame(id)}
        sheet.make_room(around.bottom, drawing.sketch.height + _PADDING, frames)
        missing = drawing.sketch.width + 2 * _PADDING - around.width
        if missing > 0:
            self._widen(around, missing, sheet)
        return around.x + _PADDING, around.bottom

    def _widen(self, box: Box, missing: float, sheet: _Sheet) -> None:
        """Stretches a container, and those around it, to the right."""
        reached = box.right
        for index, entry in enumerate(sheet.entries):
            if not isinstance(entry, BPMNShape) or (bounds := entry.bounds) is None:
                continue
            is_around = bounds.x <= box.x and bounds.y <= box.y
            is_frame = self._is_frame(entry.bpmn_element or "")
            if is_around and bounds.x + bounds.width >= reached and is_frame:
                wider = msgspec.structs.replace(bounds, width=bounds.width + missing)
                sheet.entries[index] = msgspec.structs.replace(entry, bounds=wider)

    def _is_frame(self, id: str) -> bool:
        return isinstance(self._elements.get(id), SubProcess | Participant | Lane)

    def _pool(self, process: str) -> str:
        for root in self._definitions.root_elements:
            if isinstance(root, Collaboration):
                for participant in root.participants:
                    if participant.process_ref == process:
                        return participant.id
        return ""

    # Flows

    def _add_flows(self, containers: Iterable[Container]) -> None:
        flows: list[SequenceFlow | MessageFlow] = [
            element
            for container in containers
            for element in container.flow_elements
            if isinstance(element, SequenceFlow)
        ]
        for root in self._definitions.root_elements:
            if isinstance(root, Collaboration):
                flows.extend(root.message_flows)
        for sheet in self._sheets:
            boxes = sheet.boxes()
            obstacles = Obstacles(
                (id, box)
                for id, box in boxes.items()
                if not isinstance(self._elements.get(id), Participant | Lane)
            )
            for flow in flows:
                is_here = self._sheet_of.get(flow.source_ref) is sheet
                if not is_here or not flow.id or flow.id in self._sheet_of:
                    continue
                line = self._line(flow, boxes, obstacles)
                if line is not None:
                    sheet.entries.append(edge_of(flow.id, line, self._ids))
                    self._sheet_of[flow.id] = sheet

    def _line(
        self, flow: SequenceFlow | MessageFlow, boxes: Mapping[str, Box], obstacles: Obstacles
    ) -> Line | None:
        source, target = boxes.get(flow.source_ref), boxes.get(flow.target_ref)
        if source is None or target is None:
            return None
        return connected(
            End(source, self._is_pointed(flow.source_ref)),
            End(target, self._is_pointed(flow.target_ref)),
            obstacles,
            frozenset([*self._around(flow.source_ref), *self._around(flow.target_ref)]),
        )

    def _is_pointed(self, id: str) -> bool:
        return isinstance(self._elements.get(id), Event | Gateway)

    def _around(self, id: str) -> list[str]:
        found = [id]
        while found[-1] in self._parent:
            found.append(self._parent[found[-1]])
        return found
