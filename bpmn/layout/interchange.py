"""From placed boxes and lines to diagram interchange (BPMN 2.0.2 §12)."""

from __future__ import annotations

from collections.abc import Container, Mapping

from bpmn.layout.geometry import Box, Line
from bpmn.layout.planes import Plane
from bpmn.model import (
    BaseElement,
    Bounds,
    BPMNDiagram,
    BPMNEdge,
    BPMNLabel,
    BPMNPlane,
    BPMNShape,
    ExclusiveGateway,
    Point,
    Ref,
    SubChoreography,
    SubProcess,
)

__all__ = ["Ids", "diagram_of", "edge_of", "shape_of"]


class Ids:
    """Gives ids that nothing in the file has."""

    def __init__(self, taken: Container[str]) -> None:
        self._taken = taken
        self._given: set[str] = set()

    def fresh(self, wish: str) -> str:
        """The wish, with a number behind it where it is taken."""
        id, number = wish, 1
        while id in self._taken or id in self._given:
            number += 1
            id = f"{wish}_{number}"
        self._given.add(id)
        return id


def diagram_of(plane: Plane, elements: Mapping[str, BaseElement], ids: Ids) -> BPMNDiagram:
    """The diagram of a plane; `elements`: what is drawn there, by id."""
    shapes = [
        shape_of(
            id,
            box,
            elements.get(id),
            ids,
            label=plane.labels.get(id),
            is_frame=id in plane.frames,
            is_expanded=id in plane.expanded,
        )
        for id, box in plane.boxes.items()
    ]
    edges = [edge_of(id, line, ids, plane.labels.get(id)) for id, line in plane.lines.items()]
    return BPMNDiagram(
        id=ids.fresh(f"{plane.element}_diagram"),
        plane=BPMNPlane(
            id=ids.fresh(f"{plane.element}_plane"),
            bpmn_element=Ref(plane.element),
            plane_elements=(*shapes, *edges),
        ),
    )


def shape_of(
    id: str,
    box: Box,
    element: BaseElement | None,
    ids: Ids,
    *,
    label: Box | None = None,
    is_frame: bool = False,
    is_expanded: bool = False,
) -> BPMNShape:
    """The shape of an element."""
    has_contents = isinstance(element, SubProcess | SubChoreography)
    return BPMNShape(
        id=ids.fresh(f"{id}_di"),
        bpmn_element=Ref(id),
        is_horizontal=True if is_frame else None,
        is_expanded=is_expanded if has_contents else None,
        is_marker_visible=True if isinstance(element, ExclusiveGateway) else None,
        bounds=_bounds(box),
        label=_label(label),
    )


def edge_of(id: str, line: Line, ids: Ids, label: Box | None = None) -> BPMNEdge:
    """The edge of a flow or association."""
    return BPMNEdge(
        id=ids.fresh(f"{id}_di"),
        bpmn_element=Ref(id),
        waypoints=tuple(Point(x=x, y=y) for x, y in line),
        label=_label(label),
    )


def _bounds(box: Box) -> Bounds:
    return Bounds(x=box.x, y=box.y, width=box.width, height=box.height)


def _label(box: Box | None) -> BPMNLabel | None:
    return BPMNLabel(bounds=_bounds(box)) if box is not None else None
