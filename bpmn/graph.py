"""A process as the graph that the engine walks: nodes, flows and containers, indexed once.

Immutable and shared by every instance; all questions about structure are asked here.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import count
from typing import TypeAlias

import networkx as nx
from msgspec.structs import replace

from bpmn.model import (
    Activity,
    Association,
    BaseElement,
    BoundaryEvent,
    Definitions,
    Event,
    FlowNode,
    IntermediateCatchEvent,
    IntermediateThrowEvent,
    LinkEventDefinition,
    Process,
    SequenceFlow,
    StartEvent,
    SubProcess,
)

Container: TypeAlias = Process | SubProcess


class ProcessGraph:
    """One process of a file: its flow nodes by id, joined by its sequence flows."""

    def __init__(self, definitions: Definitions, process: Process) -> None:
        self.definitions = definitions
        self.process = process
        self.containers: dict[str, Container] = {}
        self.nodes: dict[str, FlowNode] = {}
        """Flow nodes by id, in document order, sub-processes' inner ones included."""
        self.flows: dict[str, SequenceFlow] = {}
        self.container_of: dict[str, str] = {}
        """Id of the process or sub-process around each flow element, by id."""
        self.outgoing: dict[str, list[SequenceFlow]] = defaultdict(list)
        self.incoming: dict[str, list[SequenceFlow]] = defaultdict(list)
        self.boundary_events: dict[str, list[BoundaryEvent]] = defaultdict(list)
        self.nodes_in: dict[str, list[FlowNode]] = {}
        """Flow nodes by container."""
        self._associated: dict[str, list[str]] = defaultdict(list)
        for container in _containers(process):
            self._add(container)
        for flow in self.flows.values():
            self.outgoing[flow.source_ref].append(flow)
            self.incoming[flow.target_ref].append(flow)

    def _add(self, container: Container) -> None:
        self.containers[container.id] = container
        nodes = self.nodes_in[container.id] = []
        for element in container.flow_elements:
            self.container_of[element.id] = container.id
            if isinstance(element, FlowNode):
                self.nodes[element.id] = element
                nodes.append(element)
                if isinstance(element, BoundaryEvent):
                    self.boundary_events[element.attached_to_ref].append(element)
            elif isinstance(element, SequenceFlow):
                flow = element if element.id else self._named(element)
                self.flows[flow.id] = flow
        for artifact in container.artifacts:
            if isinstance(artifact, Association):
                self._associated[artifact.source_ref].append(artifact.target_ref)
                self._associated[artifact.target_ref].append(artifact.source_ref)

    def _named(self, flow: SequenceFlow) -> SequenceFlow:
        """The same flow with an id, which a document may leave out (§8.3.1), a history not."""
        stem = f"{flow.source_ref}->{flow.target_ref}"
        id = next(name for n in count() if (name := f"{stem}#{n}" if n else stem) not in self.flows)
        return replace(flow, id=id)

    @cached_property
    def roots(self) -> Mapping[str, BaseElement]:
        """Root elements of the file by id: messages, signals, errors, other processes, ..."""
        return {e.id: e for e in self.definitions.root_elements}

    def start_nodes(self, container: str) -> tuple[FlowNode, ...]:
        """What gets a token when the container starts on its own: none start events, and what has
        no incoming flow and is nobody's handler (§13.2, §10.5.2)."""
        return tuple(node for node in self.nodes_in[container] if self._starts(node))

    def _starts(self, node: FlowNode) -> bool:
        if isinstance(node, StartEvent):
            return not node.event_definitions and not node.event_definition_refs
        if self.incoming.get(node.id) or isinstance(node, BoundaryEvent):
            return False
        if isinstance(node, IntermediateCatchEvent) and self._links(node):
            return False
        return not (
            (isinstance(node, Activity) and node.is_for_compensation)
            or (isinstance(node, SubProcess) and node.triggered_by_event)
        )

    def _links(self, event: Event) -> list[LinkEventDefinition]:
        definitions = getattr(event, "event_definitions", ())
        return [d for d in definitions if isinstance(d, LinkEventDefinition)]

    def link_target(self, event: FlowNode, name: str) -> str | None:
        """Id of the link catch event of this name in the same container (§10.5.5)."""
        for node in self.nodes_in[self.container_of[event.id]]:
            if isinstance(node, IntermediateCatchEvent):
                for definition in self._links(node):
                    if definition.name == name:
                        return node.id
        return None

    def event_sub_processes(self, container: str) -> tuple[SubProcess, ...]:
        """The event sub-processes directly inside a container (§10.3.5)."""
        return tuple(
            node
            for node in self.nodes_in[container]
            if isinstance(node, SubProcess) and node.triggered_by_event
        )

    def start_events(self, container: str) -> tuple[StartEvent, ...]:
        """The start events directly inside a container, triggered ones included."""
        return tuple(n for n in self.nodes_in[container] if isinstance(n, StartEvent))

    def compensation_handler(self, event: BoundaryEvent) -> str | None:
        """Id of the activity that an association joins to a compensation boundary event."""
        for id in self._associated.get(event.id, ()):
            node = self.nodes.get(id)
            if isinstance(node, Activity) and node.is_for_compensation:
                return id
        return None

    @cached_property
    def net(self) -> nx.MultiDiGraph[str]:
        """The ways a token can go, node to node: sequence flows (keyed by their ids), activity to
        boundary event, link throw to link catch."""
        net: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        net.add_nodes_from(self.nodes)
        for f in self.flows.values():
            net.add_edge(str(f.source_ref), str(f.target_ref), f.id)
        for host, events in self.boundary_events.items():
            net.add_edges_from((host, event.id) for event in events)
        for node in self.nodes.values():
            if isinstance(node, IntermediateThrowEvent):
                for link in self._links(node):
                    if target := self.link_target(node, link.name or ""):
                        net.add_edge(node.id, target)
        return net

    def upstream(self, flow: str, without: str) -> frozenset[str]:
        """The nodes with a way into `flow` that does not pass the node `without` (§13.4.3)."""
        source = str(self.flows[flow].source_ref)
        if source == without or source not in self.net:
            return frozenset()
        seen, todo = {source}, [source]
        while todo:
            for before in self.net.predecessors(todo.pop()):
                if before != without and before not in seen:
                    seen.add(before)
                    todo.append(before)
        return frozenset(seen)


def _containers(process: Process) -> Iterator[Container]:
    todo: deque[Container] = deque([process])
    while todo:
        container = todo.popleft()
        yield container
        todo.extend(e for e in container.flow_elements if isinstance(e, SubProcess))
