"""A node with all that is drawn around it: boundary events, handlers, data, notes, its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bpmn.layout.geometry import EVENT, GATEWAY, TASK, Box, Sketch, label_size
from bpmn.layout.rows import Extent
from bpmn.model import (
    Activity,
    BaseElement,
    BoundaryEvent,
    CompensateEventDefinition,
    DataObject,
    DataObjectReference,
    DataStoreReference,
    Event,
    Gateway,
    Group,
    ItemAwareElement,
    TextAnnotation,
)
from bpmn.typography import wrapped

__all__ = ["Block", "block_of", "size_of"]

_SLOT = 50.0
"""Room of a boundary event on the edge of its activity."""
_NOTE = (100.0, 30.0)
_PADDING = (30.0, 45.0)
"""Around the contents of a sub-process: at the sides and below; above, where its name stands."""


@dataclass(kw_only=True, eq=False)
class Block:
    """Places are relative to the centre of the node."""

    element: BaseElement
    width: float
    height: float
    left: float
    right: float
    above: float
    below: float
    parts: list[tuple[str, Box]] = field(default_factory=list)
    """What is drawn besides the node, by element id."""
    labels: list[tuple[str, Box]] = field(default_factory=list)
    attached: list[BoundaryEvent] = field(default_factory=list)
    """Boundary events, from left to right."""
    ports: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Lower end of each of them, by id."""
    inner: list[tuple[Sketch, float, float]] = field(default_factory=list)
    is_top_free: bool = True
    detour: float = 0.0
    """How far below the centre flows of boundary events may turn aside."""

    @property
    def id(self) -> str:
        return self.element.id

    @property
    def is_gateway(self) -> bool:
        return isinstance(self.element, Gateway)

    def extent(self, flows: int) -> Extent:
        """Above and below the centre, with room for flows of so many boundary events."""
        return Extent(self.above, self.below + (8.0 * flows + 6 if flows else 0))

    def grow(self, box: Box) -> None:
        """Makes room for something that is drawn around the node."""
        self.left = max(self.left, -box.x)
        self.right = max(self.right, box.right)
        self.above = max(self.above, -box.y)
        self.below = max(self.below, box.bottom)

    def sort_ports(self, wanted: Sequence[str]) -> None:
        """Puts these boundary events into the places they have, in this order from the left."""
        places = sorted(id for id, event in enumerate(self.attached) if event.id in wanted)
        by_id = {event.id: event for event in self.attached}
        for place, id in zip(places, wanted, strict=True):
            self.attached[place] = by_id[id]
        self.place_events()

    def place_events(self) -> None:
        """Boundary events on the lower edge, from the right; their names beside them."""
        attached = {event.id for event in self.attached}
        self.parts = [part for part in self.parts if part[0] not in attached]
        self.labels = [label for label in self.labels if label[0] not in attached]
        size, count = EVENT[0], len(self.attached)
        slot = _SLOT if self.width <= 3 * _SLOT else min(2.2 * _SLOT, self.width / count)
        y = self.height / 2
        for index, event in enumerate(self.attached):
            x = self.width / 2 - slot * (count - index - 0.5)
            part = Box(x - size / 2, y - size / 2, size, size)
            self.parts.append((event.id, part))
            self.ports[event.id] = (x, part.bottom)
            self.grow(part)
            width, height = label_size(event.name)
            if width:
                is_left = index < count - 1 and width > slot - 10
                label = Box(x - 5 - width if is_left else x + 5, part.bottom + 2, width, height)
                self.labels.append((event.id, label))
                self.grow(label)


def size_of(element: BaseElement) -> tuple[float, float]:
    """The usual width and height, for what has no contents to fit."""
    if isinstance(element, Event):
        return EVENT
    if isinstance(element, Gateway):
        return GATEWAY
    if isinstance(element, DataObject | DataObjectReference):
        return 36.0, 50.0
    if isinstance(element, DataStoreReference):
        return 50.0, 50.0
    if isinstance(element, TextAnnotation):
        lines = wrapped(element.text, _NOTE[0] - 12)
        return _NOTE[0], max(_NOTE[1], float(round(14.4 * len(lines) + 8)))
    if isinstance(element, Group):
        return 140.0, 80.0
    return TASK


def block_of(
    element: BaseElement,
    sketches: Mapping[str, Sketch],
    events: Mapping[str, Sequence[BoundaryEvent]],
    handlers: Mapping[str, Sequence[Activity]],
    artifacts: Mapping[str, Sequence[BaseElement]],
) -> Block:
    """The node's block.

    `sketches`: contents of sub-processes by id; `events`: by activity; `handlers` for compensation:
    by boundary event; `artifacts`: data and notes by the node beside which they stand.
    """
    width, height = size_of(element)
    sketch = sketches.get(element.id)
    attached = list(events.get(element.id, ()))
    if sketch is not None:
        side, top = _PADDING
        width = max(width, sketch.width + 2 * side)
        height = max(height, sketch.height + top + side)
    width = max(width, _SLOT * len(attached))
    half_width, half_height = width / 2, height / 2
    block = Block(
        element=element,
        width=width,
        height=height,
        left=half_width,
        right=half_width,
        above=half_height,
        below=half_height,
    )
    if sketch is not None:
        side, top = _PADDING
        spare = width - 2 * side - sketch.width
        block.inner.append((sketch, side + spare / 2 - half_width, top - half_height))
    _add_label(block)
    _attach(block, attached)
    _add_handlers(block, attached, sketches, events, handlers)
    _add_artifacts(block, artifacts.get(element.id, ()))
    return block


def _name(element: BaseElement) -> str:
    name = getattr(element, "name", "")
    return name if isinstance(name, str) else ""


def _add_label(block: Block) -> None:
    if not isinstance(block.element, Event | Gateway | ItemAwareElement):
        return
    width, height = label_size(_name(block.element))
    if width:
        is_above = isinstance(block.element, Gateway)
        y = -block.height / 2 - 4 - height if is_above else block.height / 2 + 4
        label = Box(-width / 2, y, width, height)
        block.labels.append((block.id, label))
        block.grow(label)


def _attach(block: Block, events: Sequence[BoundaryEvent]) -> None:
    """Boundary events, those for compensation at the left."""
    if events:
        block.attached = sorted(events, key=lambda event: not _compensates(event))
        block.place_events()
        deepest = max(label_size(event.name)[1] for event in events)
        block.detour = (block.height + EVENT[1]) / 2 + deepest + 8


def _compensates(event: BoundaryEvent) -> bool:
    return any(isinstance(d, CompensateEventDefinition) for d in event.event_definitions)


def _add_handlers(
    block: Block,
    events: Sequence[BoundaryEvent],
    sketches: Mapping[str, Sketch],
    around: Mapping[str, Sequence[BoundaryEvent]],
    handlers: Mapping[str, Sequence[Activity]],
) -> None:
    """Compensation handlers below the activity, each as a block of its own."""
    right: float | None = None
    for event in events:
        for handler in handlers.get(event.id, ()):
            inner = block_of(handler, sketches, around, {}, {})
            x, y = block.ports[event.id]
            edge = x + 30 if right is None else min(x + 30, right - 20)
            dx = edge - inner.right
            dy = y + (block.detour - y) + 22 + inner.above
            right = dx - inner.left
            main = Box(dx - inner.width / 2, dy - inner.height / 2, inner.width, inner.height)
            block.parts.append((handler.id, main))
            block.parts.extend((id, box.moved(dx, dy)) for id, box in inner.parts)
            block.labels.extend((id, box.moved(dx, dy)) for id, box in inner.labels)
            block.inner.extend((sketch, dx + ix, dy + iy) for sketch, ix, iy in inner.inner)
            block.grow(Box(right, main.y, inner.left + inner.right, inner.below + main.height / 2))


def _add_artifacts(block: Block, artifacts: Sequence[BaseElement]) -> None:
    """Data and notes in a row above the node."""
    if not artifacts:
        return
    block.is_top_free = False
    sizes = []
    for artifact in artifacts:
        width, height = size_of(artifact)
        label = (0.0, 0.0) if isinstance(artifact, TextAnnotation) else label_size(_name(artifact))
        sizes.append((width, height, label))
    total = sum(max(width, label[0]) + 20 for width, _, label in sizes) - 20
    x, bottom = -total / 2, -block.above - 30
    for artifact, (width, height, (label_width, label_height)) in zip(
        artifacts, sizes, strict=True
    ):
        room = max(width, label_width)
        part = Box(x + (room - width) / 2, bottom - height, width, height)
        block.parts.append((artifact.id, part))
        block.grow(part)
        if label_width:
            at = x + (room - label_width) / 2
            label_box = Box(at, part.y - 4 - label_height, label_width, label_height)
            block.labels.append((artifact.id, label_box))
            block.grow(label_box)
        x += room + 20
