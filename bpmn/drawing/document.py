"""Server-side SVG from diagram interchange (BPMN 2.0.2 §12): for thumbnails, reports and pages
without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from bpmn.drawing.edges import Point, middle_of, paint_edge
from bpmn.drawing.place import Context, Place, is_open
from bpmn.drawing.shapes import paint
from bpmn.drawing.svg import (
    BACKGROUND,
    FILL,
    LINE,
    group,
    lines_of_text,
    number,
    rectangle,
    tag,
    title,
    words,
)
from bpmn.elements import elements_by_id
from bpmn.layout import lay_out
from bpmn.model import (
    BaseElement,
    BoundaryEvent,
    Bounds,
    BPMNDiagram,
    BPMNEdge,
    BPMNPlane,
    BPMNShape,
    DataObject,
    Definitions,
    Group,
    Lane,
    Participant,
    Process,
)
from bpmn.typography import text_width, wrapped

__all__ = ["STYLE", "Mark", "draw_svg"]

_MARGIN = 16.0
_FONT = "var(--bpmn-font, var(--sans, system-ui, 'Liberation Sans', Arial, sans-serif))"
_LABEL_SIZE = 11.0
_LABEL_WIDTH = 90.0

STYLE = """
.bpmn{color-scheme:light dark}
@media (prefers-color-scheme:dark){.bpmn{--bpmn-background:#0f1216;--bpmn-fill:#1c222b;\
--bpmn-line:#c9d1db;--bpmn-text:#e6e9ee;--bpmn-running:#79b0ff;--bpmn-waiting:#e6b455;\
--bpmn-incident:#ff8f85;--bpmn-completed:#5fd08f}}
.bpmn .visited>.body{stroke:var(--bpmn-completed,#177245)}
.bpmn .taken>.body{stroke:var(--bpmn-completed,#177245);stroke-width:3}
.bpmn .has-token>.body{stroke:var(--bpmn-running,#1d5fbf);stroke-width:3}
.bpmn .has-wait>.body{stroke:var(--bpmn-waiting,#8a5a00);stroke-width:3}
.bpmn .has-incident>.body{stroke:var(--bpmn-incident,#b42318);stroke-width:3}
"""
"""Goes into a file that stands alone; a page brings its own."""


class Mark(NamedTuple):
    """What the engine has to say on an element."""

    css_class: str = ""
    badge: str = ""
    """A short text at the element's upper right corner, for instance how many tokens are here."""


def draw_svg(
    definitions: Definitions,
    *,
    plane: str | None = None,
    marks: Mapping[str, Mark] | None = None,
    title: str | None = None,
    is_standalone: bool = True,
) -> str:
    """One diagram of the definitions as an SVG document.

    `plane`: id of a diagram, of its plane, or of an element drawn there; without it, the first
    diagram. A file without diagram interchange is laid out first. `marks` by element id.
    `is_standalone`: with style and dark colours of its own; otherwise it takes those of the page
    into which it is put.

    Raises KeyError when nothing of that id is drawn.
    """
    diagram = _find(definitions, plane)
    return _Picture(definitions, diagram, marks or {}).written(title, is_standalone)


def _find(definitions: Definitions, plane: str | None) -> BPMNPlane:
    planes = [d for d in definitions.diagrams if d.plane is not None and d.plane.plane_elements]
    if not planes:
        definitions = lay_out(definitions)
        planes = [d for d in definitions.diagrams if d.plane is not None]
    if plane is None:
        return planes[0].plane or BPMNPlane() if planes else BPMNPlane()
    for diagram in planes:
        if plane in _names(diagram) and diagram.plane is not None:
            return diagram.plane
    inside = _contents(definitions).get(plane, frozenset())
    for diagram in planes:
        drawn = diagram.plane.plane_elements if diagram.plane is not None else ()
        if any(one.bpmn_element == plane or one.bpmn_element in inside for one in drawn):
            return diagram.plane or BPMNPlane()
    raise KeyError(f"no diagram shows '{plane}'")


def _names(diagram: BPMNDiagram) -> tuple[str | None, ...]:
    plane = diagram.plane
    return (diagram.id, plane.id, plane.bpmn_element) if plane is not None else (diagram.id,)


def _contents(definitions: Definitions) -> dict[str, frozenset[str]]:
    """The flow elements of each process, by its id."""
    return {
        root.id: frozenset(element.id for element in root.flow_elements if element.id)
        for root in definitions.root_elements
        if isinstance(root, Process)
    }


def _layer(shape: BPMNShape, element: BaseElement | None) -> str:
    """What contains others is drawn below their flows, what stands on others above all."""
    if shape.choreography_activity_shape or isinstance(element, BoundaryEvent):
        return "upper"
    is_frame = isinstance(element, Participant | Lane | Group) or is_open(element, shape)
    return "frame" if is_frame else "node"


class _Picture:
    """One plane, drawn."""

    def __init__(
        self, definitions: Definitions, plane: BPMNPlane, marks: Mapping[str, Mark]
    ) -> None:
        self._plane = plane
        self._marks = marks
        self._elements = elements_by_id(definitions)
        self._shapes = [
            (shape, shape.bounds)
            for shape in plane.plane_elements
            if isinstance(shape, BPMNShape) and shape.bounds is not None
        ]
        self._edges = [
            (edge, [(point.x, point.y) for point in edge.waypoints])
            for edge in plane.plane_elements
            if isinstance(edge, BPMNEdge) and len(edge.waypoints) > 1
        ]
        self._context = self._make_context(definitions)
        self._left = self._top = float("inf")
        self._right = self._bottom = float("-inf")

    def _make_context(self, definitions: Definitions) -> Context:
        drawn = {edge.bpmn_element for edge, _ in self._edges}
        drawn |= {shape.bpmn_element for shape, _ in self._shapes}
        inside = _contents(definitions)
        black_boxes = frozenset(
            shape.bpmn_element
            for shape, _ in self._shapes
            if isinstance(pool := self._elements.get(shape.bpmn_element or ""), Participant)
            and not inside.get(pool.process_ref or "", frozenset()) & drawn
            and shape.bpmn_element
        )
        bands: dict[str, float] = {}
        for shape, box in self._shapes:
            owner = shape.choreography_activity_shape
            if owner and (shape.participant_band_kind or "").startswith("top"):
                bands[owner] = bands.get(owner, 0.0) + box.height
        data_objects = {
            id: element for id, element in self._elements.items() if isinstance(element, DataObject)
        }
        return Context(
            elements=self._elements,
            data_objects=data_objects,
            black_boxes=black_boxes,
            bands=bands,
        )

    def written(self, name: str | None, is_standalone: bool) -> str:
        layers: dict[str, list[tuple[float, str]]] = {"frame": [], "node": [], "upper": []}
        edges, names, badges = [], [], []
        for shape, box in self._shapes:
            element = self._elements.get(shape.bpmn_element or "")
            self._reach(box.x, box.y, box.x + box.width, box.y + box.height)
            painted = paint(element, Place(shape=shape, box=box, context=self._context))
            drawn = self._grouped(shape.bpmn_element or "", element, painted.body)
            layers[_layer(shape, element)].append((-box.width * box.height, drawn))
            if not painted.has_own_text:
                names += self._label_of_shape(shape, element, box)
            badges += self._badge(shape.bpmn_element or "", box.x + box.width, box.y)
        for edge, points in self._edges:
            element = self._elements.get(edge.bpmn_element or "")
            for x, y in points:
                self._reach(x, y, x, y)
            source = self._elements.get(getattr(element, "source_ref", ""))
            body = paint_edge(element, points, source)
            edges.append(self._grouped(edge.bpmn_element or "", element, body))
            names += self._label_of_edge(edge, element, points)
            badges += self._badge(edge.bpmn_element or "", *middle_of(points))
        frames = [drawn for _, drawn in sorted(layers["frame"], key=lambda entry: entry[0])]
        nodes = [drawn for _, drawn in (*layers["node"], *layers["upper"])]
        content = [*frames, *edges, *nodes, *names, *badges]
        return self._document(name, content, is_standalone)

    def _grouped(self, id: str, element: BaseElement | None, body: list[str]) -> str:
        kind = type(element).__name__ if element is not None else "unknown"
        mark = self._marks.get(id)
        classes = f"bpmn-{kind[0].lower()}{kind[1:]}"
        if mark is not None and mark.css_class:
            classes += f" {mark.css_class}"
        label = ": ".join(part for part in (_words(kind), _name(element)) if part)
        return group([title(label), *body], class_=classes, data_element=id or None)

    def _reach(self, left: float, top: float, right: float, bottom: float) -> None:
        self._left, self._top = min(self._left, left), min(self._top, top)
        self._right, self._bottom = max(self._right, right), max(self._bottom, bottom)

    # Names beside elements

    def _label_of_shape(
        self, shape: BPMNShape, element: BaseElement | None, box: Bounds
    ) -> list[str]:
        name = _name(element)
        if not name:
            return []
        bounds = shape.label.bounds if shape.label is not None else None
        if bounds is not None and bounds.width > 0:
            return self._label(name, bounds.x + bounds.width / 2, bounds.y, bounds.width)
        return self._label(name, box.x + box.width / 2, box.y + box.height + 4, _LABEL_WIDTH)

    def _label_of_edge(
        self, edge: BPMNEdge, element: BaseElement | None, points: list[Point]
    ) -> list[str]:
        name = _name(element)
        if not name:
            return []
        bounds = edge.label.bounds if edge.label is not None else None
        if bounds is not None and bounds.width > 0:
            return self._label(name, bounds.x + bounds.width / 2, bounds.y, bounds.width)
        x, y = middle_of(points)
        return self._label(name, x, y - _LABEL_SIZE * 1.6, _LABEL_WIDTH)

    def _label(self, name: str, middle: float, top: float, width: float) -> list[str]:
        lines = wrapped(name, max(width + 6, 40), _LABEL_SIZE, most_lines=6)
        height = len(lines) * _LABEL_SIZE * 1.2
        half = max(text_width(line, _LABEL_SIZE) for line in lines) / 2
        self._reach(middle - half, top, middle + half, top + height)
        drawn = lines_of_text(lines, middle, top + height / 2, _LABEL_SIZE)
        return [
            words(
                drawn,
                class_="label",
                font_size=_LABEL_SIZE,
                paint_order="stroke",
                stroke=BACKGROUND,
                stroke_width=3,
            )
        ]

    def _badge(self, id: str, x: float, y: float) -> list[str]:
        mark = self._marks.get(id)
        if mark is None or not mark.badge:
            return []
        width = max(20.0, text_width(mark.badge, 11) + 12)
        self._reach(x - width / 2, y - 10, x + width / 2, y + 10)
        plate = rectangle(
            x - width / 2,
            y - 10,
            width,
            20,
            rx=10,
            fill="var(--bpmn-badge, var(--accent, #1d5fbf))",
            stroke=BACKGROUND,
        )
        text = lines_of_text([mark.badge], x, y, 11)
        colour = "var(--bpmn-badge-text, var(--on-accent, #ffffff))"
        count = words(text, font_size=11, font_weight="bold", class_="count", fill=colour)
        classes = f"badge {mark.css_class}".strip()
        return [group([plate, count], class_=classes, data_element=id)]

    # The document

    def _document(self, name: str | None, content: list[str], is_standalone: bool) -> str:
        if self._left > self._right:
            self._left = self._top = self._right = self._bottom = 0.0
        left, top = self._left - _MARGIN, self._top - _MARGIN
        width, height = self._right + _MARGIN - left, self._bottom + _MARGIN - top
        if name is None:
            name = _name(self._elements.get(self._plane.bpmn_element or "")) or "Diagram"
        head = [title(name)]
        if is_standalone:
            head.append(f"<style>{STYLE}</style>")
            head.append(rectangle(left, top, width, height, fill=BACKGROUND, class_="paper"))
        inner = group(
            content, fill=FILL, stroke=LINE, stroke_width=1.6, font_family=_FONT, font_size=12
        )
        return tag(
            "svg",
            "".join([*head, inner]),
            xmlns="http://www.w3.org/2000/svg",
            viewBox=" ".join(map(number, (left, top, width, height))),
            width=width,
            height=height,
            class_="bpmn",
            role="img",
        )


def _name(element: BaseElement | None) -> str:
    name = getattr(element, "name", "")
    return name if isinstance(name, str) else ""


def _words(kind: str) -> str:
    """A class name as readers say it: `Service task`."""
    return "".join(f" {c.lower()}" if c.isupper() and i else c for i, c in enumerate(kind))
