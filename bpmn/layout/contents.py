"""What a container holds, sorted by how it is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from bpmn.layout.blocks import Block, block_of
from bpmn.layout.geometry import Sketch, label_size
from bpmn.layout.layers import Link
from bpmn.model import (
    Activity,
    Association,
    BaseElement,
    BoundaryEvent,
    CatchEvent,
    Choreography,
    CompensateEventDefinition,
    DataObject,
    DataObjectReference,
    DataStoreReference,
    FlowNode,
    Group,
    Process,
    SequenceFlow,
    SubChoreography,
    SubProcess,
    TextAnnotation,
    ThrowEvent,
)

__all__ = ["Container", "Contents", "data_links"]

Container: TypeAlias = Process | SubProcess | Choreography | SubChoreography
_MOST_ROOM = 114.0


@dataclass(kw_only=True)
class Contents:
    """The elements directly in one container, and how they hang together."""

    nodes: dict[str, FlowNode] = field(default_factory=dict)
    """In document order."""
    flows: list[SequenceFlow] = field(default_factory=list)
    events: dict[str, list[BoundaryEvent]] = field(default_factory=dict)
    """By activity."""
    handlers: dict[str, list[Activity]] = field(default_factory=dict)
    """By the boundary event that asks for them."""
    artifacts: dict[str, BaseElement] = field(default_factory=dict)
    """Data, notes and groups."""
    groups: dict[str, list[str]] = field(default_factory=dict)
    """Members of each group that has any here."""
    beside: dict[str, list[BaseElement]] = field(default_factory=dict)
    """Those of them that stand at a node."""
    home: dict[str, str] = field(default_factory=dict)
    """The node at which something is drawn: of a boundary event its activity, of a handler the
    activity that it undoes, of itself each other node."""

    @classmethod
    def of(cls, container: Container, taken: set[str]) -> Contents:
        """The contents; adds to `taken` the ids that are drawn, and leaves out those in it."""
        contents = cls()
        referenced = {
            element.data_object_ref
            for element in container.flow_elements
            if isinstance(element, DataObjectReference)
        }
        artifacts: list[BaseElement] = []
        for element in container.flow_elements:
            if isinstance(element, FlowNode):
                if element.id and element.id not in taken:
                    taken.add(element.id)
                    contents.nodes[element.id] = element
            elif isinstance(element, SequenceFlow):
                if element.id not in taken:
                    contents.flows.append(element)
            elif isinstance(element, DataObject):
                if element.id not in referenced:
                    artifacts.append(element)
            else:
                artifacts.append(element)
        contents._attach_events()
        contents._find_groups(container, taken)
        contents._find_handlers(container)
        contents._sort_artifacts([*artifacts, *container.artifacts], taken)
        return contents

    def _attach_events(self) -> None:
        for node in self.nodes.values():
            self.home[node.id] = node.id
            if isinstance(node, BoundaryEvent):
                host = self.nodes.get(node.attached_to_ref)
                if isinstance(host, Activity):
                    self.events.setdefault(host.id, []).append(node)
                    self.home[node.id] = host.id

    def _find_handlers(self, container: Container) -> None:
        with_flows = {end for f in self.flows for end in (f.source_ref, f.target_ref)}
        hosts: set[str] = set()
        for artifact in container.artifacts:
            if not isinstance(artifact, Association):
                continue
            for one, other in (
                (artifact.source_ref, artifact.target_ref),
                (artifact.target_ref, artifact.source_ref),
            ):
                event, handler = self.nodes.get(one), self.nodes.get(other)
                if not isinstance(event, BoundaryEvent) or not isinstance(handler, Activity):
                    continue
                host = self.home[event.id]
                if (
                    handler.is_for_compensation
                    and _compensates(event)
                    and host != event.id
                    and host != handler.id
                    and self.home[handler.id] == handler.id
                    and self.home[host] == host
                    and handler.id not in hosts
                    and handler.id not in with_flows
                ):
                    hosts.add(host)
                    self.handlers.setdefault(event.id, []).append(handler)
                    self.home[handler.id] = host
                    for attached in self.events.get(handler.id, ()):
                        self.home[attached.id] = host

    def _find_groups(self, container: Container, taken: set[str]) -> None:
        by_category: dict[str, list[str]] = {}
        for element in container.flow_elements:
            for category in element.category_value_refs:
                by_category.setdefault(category, []).append(element.id)
        for artifact in container.artifacts:
            if isinstance(artifact, Group) and artifact.id and artifact.id not in taken:
                members = by_category.get(artifact.category_value_ref or "", [])
                if members:
                    taken.add(artifact.id)
                    self.groups[artifact.id] = members

    def _sort_artifacts(self, artifacts: list[BaseElement], taken: set[str]) -> None:
        drawn = DataObject | DataObjectReference | DataStoreReference | TextAnnotation | Group
        near: dict[str, list[str]] = {}
        for one, other in self._ties(artifacts):
            near.setdefault(one, []).append(other)
            near.setdefault(other, []).append(one)
        flows = {flow.id: flow.source_ref for flow in self.flows if flow.id}
        for artifact in artifacts:
            if not isinstance(artifact, drawn) or not artifact.id or artifact.id in taken:
                continue
            neighbours = near.get(artifact.id, [])
            if isinstance(artifact, DataObject) and not neighbours:
                continue
            taken.add(artifact.id)
            self.artifacts[artifact.id] = artifact
            neighbours = [flows.get(other, other) for other in neighbours]
            places = [self.home[other] for other in neighbours if other in self.home]
            if places and not isinstance(artifact, Group):
                self.beside.setdefault(places[0], []).append(artifact)
                self.home[artifact.id] = places[0]

    def _ties(self, artifacts: list[BaseElement]) -> list[tuple[str, str]]:
        pairs = [(one, other) for n in self.nodes.values() for _, one, other in data_links(n)]
        pairs += [(a.source_ref, a.target_ref) for a in artifacts if isinstance(a, Association)]
        return pairs

    def blocks(self, sketches: Mapping[str, Sketch]) -> dict[str, Block]:
        """The blocks by node, in document order."""
        return {
            id: block_of(node, sketches, self.events, self.handlers, self.beside)
            for id, node in self.nodes.items()
            if self.home[id] == id
        }

    def free_artifacts(self) -> list[BaseElement]:
        """Those that stand at no node."""
        return [a for id, a in self.artifacts.items() if id not in self.home]

    def links(self, blocks: Mapping[str, Block]) -> tuple[list[Link], list[SequenceFlow]]:
        """The flows between blocks, and those whose ends are elsewhere."""
        number = {id: index for index, id in enumerate(blocks)}
        ports: dict[str, int] = {}
        for id in blocks:
            for index, event in enumerate(self.events.get(id, ())):
                ports[event.id] = index + 1
        links, loose, seen = [], [], set()
        for flow in self.flows:
            if not flow.id or flow.id in seen:
                continue
            seen.add(flow.id)
            source = self.home.get(flow.source_ref)
            port = ports.get(flow.source_ref, 0)
            starts = source in number and (source == flow.source_ref or bool(port))
            if source is None or not starts or flow.target_ref not in number:
                loose.append(flow)
                continue
            width = label_size(flow.name)[0]
            links.append(
                Link(
                    id=flow.id,
                    source=number[source],
                    target=number[flow.target_ref],
                    port=port,
                    event=flow.source_ref if port else "",
                    room=min(width + 24, _MOST_ROOM) if width else 0.0,
                )
            )
        return links, loose


def _compensates(event: BoundaryEvent) -> bool:
    return any(isinstance(d, CompensateEventDefinition) for d in event.event_definitions)


def data_links(node: FlowNode) -> list[tuple[str, str, str]]:
    """Id, source and target of each data association of a node; the node itself is one end."""
    links: list[tuple[str, str, str]] = []
    if isinstance(node, Activity | ThrowEvent):
        for taken in node.data_input_associations:
            links += [(taken.id, source, node.id) for source in taken.source_refs[:1]]
    if isinstance(node, Activity | CatchEvent):
        for given in node.data_output_associations:
            if given.target_ref:
                links.append((given.id, node.id, given.target_ref))
    return links
