"""What all rules ask about a document, indexed once."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

from bpmn.checks.register import getter
from bpmn.dialects import DIALECTS, Dialect, Settings, detect, language_named, settings_of
from bpmn.model import (
    Activity,
    Association,
    BaseElement,
    BoundaryEvent,
    CallActivity,
    CatchEvent,
    Choreography,
    Definitions,
    EventDefinition,
    FlowNode,
    GlobalTask,
    LinkEventDefinition,
    ModelElement,
    Process,
    Resource,
    ResourceParameter,
    SequenceFlow,
    StartEvent,
    SubChoreography,
    SubProcess,
    ThrowEvent,
)
from bpmn.reader import bpmn_metamodel

__all__ = ["Container", "Context"]

Container: TypeAlias = Process | SubProcess | Choreography | SubChoreography

_VENDORS = frozenset(uri for dialect in DIALECTS.values() for uri in dialect.namespaces)
_PLATFORM = "http://camunda.org/schema/modeler/1.0"


class Stray(NamedTuple):
    """A sequence flow and its two ends."""

    flow: SequenceFlow
    source: FlowNode
    target: FlowNode


class Links:
    """The link events of one process or sub-process, by name; any white space is one space."""

    def __init__(self) -> None:
        self.throws: dict[str, list[FlowNode]] = defaultdict(list)
        self.catches: dict[str, list[FlowNode]] = defaultdict(list)


class Context:
    """A document with its elements by id, by place and by the flows between them."""

    def __init__(self, definitions: Definitions) -> None:
        self.definitions = definitions
        self.elements: list[ModelElement] = []
        """All of them, parents first, in document order."""
        self.by_id: dict[str, ModelElement] = {}
        """The first with each id."""
        self.incoming: dict[str, list[SequenceFlow]] = defaultdict(list)
        """Sequence flows by the node they lead to."""
        self.outgoing: dict[str, list[SequenceFlow]] = defaultdict(list)
        self.boundary_events: dict[str, list[BoundaryEvent]] = defaultdict(list)
        """By the activity they are attached to."""
        self.associated: dict[str, list[tuple[str, Association]]] = defaultdict(list)
        """By either end: the other end, and the association."""
        self._parents: dict[int, ModelElement] = {}
        self._nodes: dict[int, list[FlowNode]] = {}
        self._held: dict[tuple[int, type[FlowNode]], bool] = {}
        self._links: dict[int, Links] = {}
        self._strays: dict[int, list[Stray]] = {}
        self._walk()

    def _walk(self) -> None:
        elements, parents, by_id = self.elements, self._parents, self.by_id
        todo: list[ModelElement] = [self.definitions]
        while todo:
            element = todo.pop()
            elements.append(element)
            has_id, indexed, children = _shape(type(element))
            if has_id and (id := element.id):  # type: ignore[attr-defined]
                by_id.setdefault(id, element)
            if indexed is not None:
                indexed(self, element)
            inner: list[ModelElement] = []
            for value in children(element):
                if type(value) is tuple:
                    inner += value
                elif value is not None:
                    inner.append(value)
            if inner:
                for child in inner:
                    parents[_identity(child)] = element
                inner.reverse()
                todo += inner

    # Places

    def parent(self, element: ModelElement) -> ModelElement | None:
        """What the element stands in; None for the definitions."""
        return self._parents.get(_identity(element))

    def parents(self, element: ModelElement) -> Iterator[ModelElement]:
        """What the element stands in, innermost first."""
        found = self.parent(element)
        while found is not None:
            yield found
            found = self.parent(found)

    def container(self, element: ModelElement) -> Container | None:
        """The process or sub-process whose flow element this is, or is a part of."""
        for around in self.parents(element):
            if isinstance(around, Container):
                return around
        return None

    def containers(self, element: ModelElement) -> Iterator[Container]:
        """All processes and sub-processes around an element, innermost first."""
        return (around for around in self.parents(element) if isinstance(around, Container))

    def process(self, element: ModelElement) -> Process | None:
        """The process that the element is, or stands in."""
        if isinstance(element, Process):
            return element
        return next((p for p in self.parents(element) if isinstance(p, Process)), None)

    def is_executable(self, element: ModelElement) -> bool:
        """Whether the element is part of something that is meant to be executed.

        What stands outside of all processes counts as such when any process is executable.
        """
        process = self.process(element)
        if process is not None:
            return process.is_executable
        if isinstance(element, GlobalTask):
            return True
        return self.has_executable

    @cached_property
    def has_executable(self) -> bool:
        """Whether any process is meant to be executed."""
        return any(process.is_executable for process in self.processes)

    @cached_property
    def processes(self) -> tuple[Process, ...]:
        return tuple(e for e in self.definitions.root_elements if isinstance(e, Process))

    # Contents

    @cached_property
    def has_calls(self) -> bool:
        """Whether there is any call activity."""
        return any(isinstance(element, CallActivity) for element in self.elements)

    def nodes(self, container: Container) -> list[FlowNode]:
        """The flow nodes directly inside."""
        found = self._nodes.get(_identity(container))
        if found is None:
            found = [e for e in container.flow_elements if isinstance(e, FlowNode)]
            self._nodes[_identity(container)] = found
        return found

    def holds(self, container: Container, kind: type[FlowNode]) -> bool:
        """Whether a node of that kind is directly inside."""
        key = _identity(container), kind
        found = self._held.get(key)
        if found is None:
            found = self._held[key] = any(isinstance(n, kind) for n in self.nodes(container))
        return found

    def start_events(self, container: Container) -> list[StartEvent]:
        """The start events directly inside."""
        return [node for node in self.nodes(container) if isinstance(node, StartEvent)]

    def strays(self, container: Container) -> list[Stray]:
        """The sequence flows in it that do not join two nodes of it, but nodes from elsewhere."""
        found = self._strays.get(_identity(container))
        if found is None:
            own = {node.id for node in self.nodes(container)}
            found = self._strays[_identity(container)] = []
            for flow in container.flow_elements:
                if not isinstance(flow, SequenceFlow):
                    continue
                if flow.source_ref in own and flow.target_ref in own:
                    continue
                source, target = self.by_id.get(flow.source_ref), self.by_id.get(flow.target_ref)
                if isinstance(source, FlowNode) and isinstance(target, FlowNode):
                    found.append(Stray(flow, source, target))
        return found

    def links(self, container: Container) -> Links:
        """The link events directly inside, by name."""
        found = self._links.get(_identity(container))
        if found is None:
            found = self._links[_identity(container)] = Links()
            for node in self.nodes(container):
                for definition in self.triggers(node):
                    if isinstance(definition, LinkEventDefinition):
                        side = found.catches if isinstance(node, CatchEvent) else found.throws
                        side[" ".join(definition.name.split())].append(node)
        return found

    # What vendors say

    @cached_property
    def dialect(self) -> Dialect:
        """Whose model it is. Cheap for a document that declares no vendor's namespace."""
        if self._declares_vendor or not self.definitions.namespaces:
            return detect(self.definitions)
        return DIALECTS["plain"]

    @cached_property
    def is_vendors(self) -> bool:
        """Whether the document was made for some engine: its conventions are no mistakes."""
        return self._declares_vendor or self.dialect.name != "plain"

    @cached_property
    def _declares_vendor(self) -> bool:
        declared = self.definitions.namespaces.values()
        return any(uri in _VENDORS or uri == _PLATFORM for uri in declared)

    def language(self, name: str) -> str:
        """The short name of a language that is given as a name, a MIME type or a URI."""
        return language_named(name)

    def settings(self, element: BaseElement) -> Settings:
        """What the extensions of an element say."""
        return settings_of(element, self.dialect)

    # Events

    def triggers(self, event: FlowNode) -> list[EventDefinition]:
        """The event definitions of an event, those by reference included."""
        if not isinstance(event, CatchEvent | ThrowEvent):
            return []
        found = list(event.event_definitions)
        for ref in event.event_definition_refs:
            definition = self.by_id.get(ref)
            if isinstance(definition, EventDefinition):
                found.append(definition)
        return found

    def event_of(self, definition: ModelElement) -> CatchEvent | ThrowEvent | None:
        """The event that an event definition stands in."""
        parent = self.parent(definition)
        return parent if isinstance(parent, CatchEvent | ThrowEvent) else None

    def has_trigger(self, event: FlowNode, kind: type[EventDefinition]) -> bool:
        """Whether one of the event's definitions is of that kind."""
        return any(isinstance(d, kind) for d in self.triggers(event))

    def is_handler(self, node: FlowNode) -> bool:
        """Whether a node has no place in the flow because it waits to be called upon."""
        if not isinstance(node, Activity):
            return False
        return node.is_for_compensation or (
            isinstance(node, SubProcess) and node.triggered_by_event
        )

    @cached_property
    def parameters(self) -> dict[str, frozenset[str]]:
        """Ids of the parameters of each resource."""
        return {r.id: frozenset(p.id for p in r.resource_parameters) for r in self._resources}

    @cached_property
    def required_parameters(self) -> dict[str, tuple[ResourceParameter, ...]]:
        """The parameters of each resource that have to be bound."""
        return {
            r.id: tuple(p for p in r.resource_parameters if p.is_required) for r in self._resources
        }

    @property
    def _resources(self) -> Iterator[Resource]:
        return (e for e in self.definitions.root_elements if isinstance(e, Resource))

    # Reading

    @cached_property
    def misread(self) -> frozenset[int]:
        """Lines at which the reader has found an error already."""
        return frozenset(p.line for p in self.definitions.problems if p.severity == "error")

    def is_external(self, ref: str) -> bool:
        """Whether a reference is to another document: it has a prefix that is declared."""
        prefix, colon, _ = ref.partition(":")
        return bool(colon) and prefix in self.definitions.namespaces


_identity = id


def _index_flow(context: Context, flow: SequenceFlow) -> None:
    context.outgoing[flow.source_ref].append(flow)
    context.incoming[flow.target_ref].append(flow)


def _index_boundary_event(context: Context, event: BoundaryEvent) -> None:
    context.boundary_events[event.attached_to_ref].append(event)


def _index_association(context: Context, association: Association) -> None:
    source, target = association.source_ref, association.target_ref
    context.associated[source].append((target, association))
    context.associated[target].append((source, association))


_INDEXED: dict[type[ModelElement], Callable[[Context, Any], None]] = {
    SequenceFlow: _index_flow,
    BoundaryEvent: _index_boundary_event,
    Association: _index_association,
}


class _Shape(NamedTuple):
    """What the walk has to know of a class."""

    has_id: bool
    indexed: Callable[[Context, Any], None] | None
    children: Callable[[Any], tuple[Any, ...]]
    """Gets all that can hold children, in the schema's order."""


@functools.cache
def _shape(cls: type[ModelElement]) -> _Shape:
    rules = bpmn_metamodel().rules(cls)
    fields = [rule.field for rule in rules.children if rule.kind == "element"]
    return _Shape("id" in cls.__struct_fields__, _INDEXED.get(cls), getter(fields))
