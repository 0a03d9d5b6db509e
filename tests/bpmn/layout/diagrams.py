"""What every diagram must be, and random models to draw."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

import bpmn.model as m
from bpmn.elements import elements_by_id
from bpmn.layout.geometry import Box

NEAR = 0.01


@dataclass
class Drawn:
    """A diagram, by element id."""

    boxes: dict[str, Box]
    lines: dict[str, list[tuple[float, float]]]
    elements: dict[str, m.BaseElement]
    parent: dict[str, str]
    plane: dict[str, str]
    """Id of the plane of each shape and edge."""

    @classmethod
    def of(cls, definitions: m.Definitions) -> Drawn:
        boxes, lines, plane = {}, {}, {}
        for diagram in definitions.diagrams:
            assert diagram.plane is not None
            for one in diagram.plane.plane_elements:
                id = one.bpmn_element or ""
                plane[id] = diagram.plane.id
                if isinstance(one, m.BPMNShape):
                    assert one.bounds is not None
                    assert id not in boxes
                    b = one.bounds
                    boxes[id] = Box(b.x, b.y, b.width, b.height)
                else:
                    assert id not in lines
                    lines[id] = [(p.x, p.y) for p in one.waypoints]
        parent = {}
        for container in containers(definitions):
            for element in container.flow_elements:
                parent.setdefault(element.id, container.id)
        return cls(boxes, lines, elements_by_id(definitions), parent, plane)

    def check(self, definitions: m.Definitions) -> None:
        """Raises AssertionError where the diagram is not what it must be."""
        for container in containers(definitions):
            self._check_shapes(container)
            self._check_flows(container)
        ids = [i for d in definitions.diagrams for i in _interchange_ids(d)]
        assert len(ids) == len(set(ids))
        assert not set(ids) & set(self.elements)

    def _check_shapes(self, container: Any) -> None:
        nodes = [e for e in container.flow_elements if isinstance(e, m.FlowNode) and e.id]
        siblings = []
        for node in nodes:
            assert node.id in self.boxes, f"{node.id} has no shape"
            if not isinstance(node, m.BoundaryEvent) and self.parent[node.id] == container.id:
                siblings.append((node.id, self.boxes[node.id]))
            if container.id in self.boxes and self.parent[node.id] == container.id:
                outer, inner = self.boxes[container.id], self.boxes[node.id]
                assert outer.contains(inner), f"{node.id} leaves {container.id}"
        siblings.sort(key=lambda entry: entry[1].x)
        for index, (id, box) in enumerate(siblings):
            for other, beside in siblings[index + 1 :]:
                if beside.x >= box.right:
                    break
                assert id == other or not box.overlaps(beside), f"{id} lies on {other}"

    def _check_flows(self, container: Any) -> None:
        for flow in container.flow_elements:
            if not isinstance(flow, m.SequenceFlow) or not flow.id:
                continue
            ends = (flow.source_ref, flow.target_ref)
            if not all(end in self.boxes for end in ends):
                continue
            line = self.lines[flow.id]
            assert len(line) > 1
            assert touches(self.boxes[ends[0]], line[0]), f"{flow.id} starts off {ends[0]}"
            assert touches(self.boxes[ends[1]], line[-1]), f"{flow.id} ends off {ends[1]}"
            for (ax, ay), (bx, by) in itertools.pairwise(line):
                assert ax == bx or ay == by, f"{flow.id} is slanted"

    def crossed(self) -> list[tuple[str, str]]:
        """Flows that run through a shape which is neither an end nor around one."""
        found = []
        leaves = set(self.boxes) - set(self.parent.values())
        for id, line in self.lines.items():
            flow = self.elements[id]
            if not isinstance(flow, m.SequenceFlow):
                continue
            own = {flow.source_ref, flow.target_ref}
            own |= {getattr(self.elements.get(end), "attached_to_ref", "") for end in tuple(own)}
            for (ax, ay), (bx, by) in itertools.pairwise(line):
                piece = Box(min(ax, bx), min(ay, by), abs(bx - ax) or 0.1, abs(by - ay) or 0.1)
                found += [
                    (id, other)
                    for other in leaves - own
                    if self.plane[other] == self.plane[id]
                    and piece.overlaps(self.boxes[other])
                    and isinstance(self.elements[other], m.FlowNode)
                ]
        return found


def touches(box: Box, point: tuple[float, float]) -> bool:
    x, y = point
    within = box.x - NEAR <= x <= box.right + NEAR and box.y - NEAR <= y <= box.bottom + NEAR
    on_side = min(abs(x - box.x), abs(x - box.right)) <= NEAR
    on_level = min(abs(y - box.y), abs(y - box.bottom)) <= NEAR
    return within and (on_side or on_level)


def containers(definitions: m.Definitions) -> Iterator[Any]:
    todo: list[Any] = [r for r in definitions.root_elements if isinstance(r, m.Process)]
    while todo:
        container = todo.pop()
        yield container
        todo.extend(e for e in container.flow_elements if isinstance(e, m.SubProcess))


def _interchange_ids(diagram: m.BPMNDiagram) -> list[str]:
    assert diagram.plane is not None
    return [diagram.id, diagram.plane.id, *(one.id for one in diagram.plane.plane_elements)]


# Models


def flow(source: str, target: str, id: str = "", name: str = "") -> m.SequenceFlow:
    return m.SequenceFlow(
        id=id or f"{source}-{target}",
        source_ref=m.Ref(source),
        target_ref=m.Ref(target),
        name=name,
    )


def process(*elements: m.FlowElement, id: str = "p", **more: Any) -> m.Process:
    return m.Process(id=id, flow_elements=elements, **more)


def definitions(*roots: m.RootElement) -> m.Definitions:
    return m.Definitions(id="d", root_elements=roots)


_KINDS = (
    m.Task,
    m.UserTask,
    m.StartEvent,
    m.EndEvent,
    m.IntermediateCatchEvent,
    m.ExclusiveGateway,
    m.ParallelGateway,
    m.SubProcess,
    m.DataObjectReference,
)
_NAMES = st.sampled_from(["", "Pay", "A name of several words in all", "Ünïcödé ✓ 名前"])


@st.composite
def models(draw: st.DrawFn, depth: int = 2, prefix: str = "") -> m.Process:
    """Any process, however odd: cycles, self-loops, double flows, strangers at either end."""
    elements, artifacts, lane_sets = _contents(draw, depth, prefix)
    return m.Process(
        id=f"{prefix}p", flow_elements=elements, artifacts=artifacts, lane_sets=lane_sets
    )


def _contents(draw: st.DrawFn, depth: int, prefix: str) -> tuple[Any, Any, Any]:
    count = draw(st.integers(0, 12 if depth == 2 else 4))
    elements: list[m.FlowElement] = []
    inner: list[str] = []
    for index in range(count):
        id = f"{prefix}n{index}"
        kind = draw(st.sampled_from(_KINDS))
        more: dict[str, Any] = {"name": draw(_NAMES)}
        if kind is m.SubProcess:
            more["triggered_by_event"] = draw(st.booleans())
            if depth:
                contents = _contents(draw, depth - 1, f"{id}_")
                more["flow_elements"], more["artifacts"], _ = contents
                inner += [e.id for e in contents[0]]
        if issubclass(kind, m.Activity):
            more["is_for_compensation"] = draw(st.booleans())
        elements.append(kind(id=id, **more))
    ids = [e.id for e in elements] or [f"{prefix}none"]
    elements += [
        m.BoundaryEvent(
            id=f"{prefix}b{index}",
            name=draw(_NAMES),
            attached_to_ref=m.Ref(draw(st.sampled_from([*ids, "b0", "strange"]))),
            event_definitions=(m.CompensateEventDefinition(),) if draw(st.booleans()) else (),
        )
        for index in range(draw(st.integers(0, 4)))
    ]
    ends = st.sampled_from([e.id for e in elements] * 4 + inner + ["strange"])
    elements += [
        flow(draw(ends), draw(ends), f"{prefix}f{index}", draw(_NAMES))
        for index in range(draw(st.integers(0, 3 * count)))
    ]
    artifacts: list[m.Artifact] = [
        m.TextAnnotation(id=f"{prefix}t{index}", text=draw(_NAMES))
        for index in range(draw(st.integers(0, 2)))
    ]
    everything = st.sampled_from([e.id for e in (*elements, *artifacts)] or ["strange"])
    artifacts += [
        m.Association(
            id=f"{prefix}a{index}",
            source_ref=m.Ref(draw(everything)),
            target_ref=m.Ref(draw(everything)),
        )
        for index in range(draw(st.integers(0, 5)))
    ]
    lanes = tuple(
        m.Lane(
            id=f"{prefix}lane{index}",
            flow_node_refs=tuple(
                m.Ref(i) for i in draw(st.lists(st.sampled_from(ids), max_size=6))
            ),
        )
        for index in range(draw(st.integers(0, 3)))
    )
    lane_sets = (m.LaneSet(id=f"{prefix}lanes", lanes=lanes),) if lanes and depth == 2 else ()
    return tuple(elements), tuple(artifacts), lane_sets
