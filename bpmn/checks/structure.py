"""The shape of the flow (BPMN 2.0.2 §10.5.2, §10.5.3, §13.2): starts, ends, ways between."""

from __future__ import annotations

from typing import TypeAlias, TypeGuard

import bpmn.model as m
from bpmn.checks.context import Context
from bpmn.checks.register import Finding, Findings, rule
from bpmn.checks.words import called

_Level: TypeAlias = m.Process | m.SubProcess


@rule("process-empty", "10.2", m.Process, severity="warning", drawn="info")
def process_empty(process: m.Process, context: Context) -> Findings:
    """A process has flow nodes."""
    if context.nodes(process):
        return None
    return Finding(process, f"{called(process)} has no flow nodes", "add a start event")


@rule("process-not-executable", "10.2", m.Process, severity="info")
def process_not_executable(process: m.Process, _: Context) -> Findings:
    """A process that is not executable is said to be only shown."""
    if process.is_executable:
        return None
    return Finding(
        process,
        f"{called(process)} is not executable: it is shown, and cannot be started",
        "set 'isExecutable' to true to run it",
    )


@rule("public-process-executable", "10.2", m.Process)
def public_process_executable(process: m.Process, _: Context) -> Findings:
    """A public process is not executable."""
    if process.process_type != "Public" or not process.is_executable:
        return None
    return Finding(
        process,
        f"{called(process)} is public and executable",
        "make its 'processType' 'Private', or 'isExecutable' false",
    )


@rule("process-without-start", "13.2", m.Process, m.SubProcess, drawn="warning")
def process_without_start(container: _Level, context: Context) -> Findings:
    """Something in a process can start: a start event, or a node without incoming flow."""
    nodes = context.nodes(container)
    if not nodes or any(_begins(node, context) for node in nodes):
        return None
    return Finding(
        container,
        f"nothing in {called(container)} can start: each node waits for another one",
        "add a start event",
    )


# Start and end events come together, and beside them every node has flows (§10.5.2, §10.5.3). A
# node without outgoing flow ends its token all the same (§10.3, §13.2), and models that leave out
# end events are everywhere: a warning. What would start beside a start event, or what an event
# leads nowhere, is refused, but in models that were made for an engine, whose engines run it.


@rule("start-without-end", "10.5.3", m.Process, m.SubProcess, severity="warning")
def start_without_end(container: _Level, context: Context) -> Findings:
    """Where there is a start event, there is an end event."""
    if _is_ad_hoc(container) or not context.holds(container, m.StartEvent):
        return None
    if context.holds(container, m.EndEvent):
        return None
    return Finding(
        container, f"{called(container)} has a start event and no end event", "add an end event"
    )


@rule("end-without-start", "10.5.2", m.Process, m.SubProcess, vendor="warning")
def end_without_start(container: _Level, context: Context) -> Findings:
    """Where there is an end event, there is a start event, or a node that instantiates."""
    if _is_ad_hoc(container) or not context.holds(container, m.EndEvent):
        return None
    if context.holds(container, m.StartEvent):
        return None
    if any(_instantiates(node) for node in context.nodes(container)):
        return None
    return Finding(
        container, f"{called(container)} has an end event and no start event", "add a start event"
    )


@rule("node-without-incoming", "10.5.2", m.FlowNode, vendor="warning")
def node_without_incoming(node: m.FlowNode, context: Context) -> Findings:
    """Where there is a start event, a sequence flow leads to every other node."""
    if context.incoming.get(node.id) or isinstance(node, m.Event):
        return None
    if _instantiates(node) or context.is_handler(node):
        return None
    container = context.parent(node)
    if not _is_level(container) or not context.holds(container, m.StartEvent):
        return None
    return Finding(
        node,
        f"no sequence flow leads to {called(node)}: it starts beside the start event",
        "lead one to it, or take the node out",
    )


@rule("node-without-outgoing", "10.5.3", m.FlowNode, severity="warning")
def node_without_outgoing(node: m.FlowNode, context: Context) -> Findings:
    """Where there is an end event, a sequence flow comes out of every other node."""
    if context.outgoing.get(node.id) or isinstance(node, m.Event):
        return None
    if context.is_handler(node):
        return None
    container = context.parent(node)
    if not _is_level(container) or not context.holds(container, m.EndEvent):
        return None
    return Finding(
        node,
        f"no sequence flow comes out of {called(node)}: it ends beside the end event",
        "lead one to an end event",
    )


@rule("start-event-without-outgoing", "10.5.2", m.StartEvent, vendor="warning")
def start_event_without_outgoing(event: m.StartEvent, context: Context) -> Findings:
    """A sequence flow comes out of a start event."""
    if context.outgoing.get(event.id):
        return None
    return Finding(
        event,
        f"no sequence flow comes out of {called(event)}: it starts nothing",
        "lead one to the first node",
    )


@rule("end-event-without-incoming", "10.5.3", m.EndEvent, vendor="warning")
def end_event_without_incoming(event: m.EndEvent, context: Context) -> Findings:
    """A sequence flow leads to an end event."""
    if context.incoming.get(event.id) or _is_ad_hoc(context.parent(event)):
        return None
    return Finding(
        event,
        f"no sequence flow leads to {called(event)}: nothing ends there",
        "lead one to it, or take it out",
    )


@rule(
    "intermediate-event-without-incoming",
    "10.5.4",
    m.IntermediateCatchEvent,
    m.IntermediateThrowEvent,
    vendor="warning",
)
def intermediate_event_without_incoming(
    event: m.IntermediateCatchEvent | m.IntermediateThrowEvent, context: Context
) -> Findings:
    """A sequence flow leads to an intermediate event, except to a link that is caught."""
    if context.incoming.get(event.id) or _is_ad_hoc(context.parent(event)):
        return None
    if isinstance(event, m.CatchEvent) and context.has_trigger(event, m.LinkEventDefinition):
        return None
    return Finding(
        event,
        f"no sequence flow leads to {called(event)}",
        "lead one to it, or take it out",
    )


@rule(
    "intermediate-event-without-outgoing",
    "10.5.4",
    m.IntermediateCatchEvent,
    m.IntermediateThrowEvent,
    m.BoundaryEvent,
    vendor="warning",
)
def intermediate_event_without_outgoing(
    event: m.IntermediateCatchEvent | m.IntermediateThrowEvent | m.BoundaryEvent, context: Context
) -> Findings:
    """A sequence flow comes out of an intermediate event, except of a link or a compensation."""
    if context.outgoing.get(event.id) or _leads_elsewhere(event, context):
        return None
    if _is_ad_hoc(context.parent(event)):
        return None
    return Finding(
        event,
        f"no sequence flow comes out of {called(event)}",
        "lead one to what happens then, for example to an end event",
    )


@rule("sub-process-start-event-twice", "13.3.4", m.SubProcess, vendor="warning")
def sub_process_start_event_twice(sub_process: m.SubProcess, context: Context) -> Findings:
    """A sub-process that stands in the flow has one start event."""
    if sub_process.triggered_by_event:
        return None
    return [
        Finding(
            event,
            f"{called(event)} is the second start event of {called(sub_process)}",
            "split behind one of them",
        )
        for event in context.start_events(sub_process)[1:]
    ]


@rule("node-unreachable", "13.2", m.Process, m.SubProcess, severity="warning")
def node_unreachable(container: _Level, context: Context) -> Findings:
    """There is a way to every node from where its process starts."""
    nodes = context.nodes(container)
    starting = [node.id for node in nodes if _begins(node, context)]
    if not starting:
        return None
    reached = _reached(starting, container, context)
    return [
        Finding(
            node,
            f"no way leads to {called(node)}: only nodes behind it lead to it",
            "lead a sequence flow to it, or take it out",
        )
        for node in nodes
        if node.id not in reached
    ]


@rule("parallel-join-deadlock", "13.4.1", m.ParallelGateway, severity="warning")
def parallel_join_deadlock(gateway: m.ParallelGateway, context: Context) -> Findings:
    """The ways that a parallel gateway joins are not alternatives of each other."""
    incoming = context.incoming.get(gateway.id, ())
    if len(incoming) < 2:
        return None
    by_choice: dict[str, str] = {}
    for flow in incoming:
        choice = _choice_before(flow, context)
        if choice is None:
            continue
        source, taken = choice
        if by_choice.setdefault(source, taken) != taken:
            return Finding(
                gateway,
                f"{called(gateway)} waits for every flow, but '{source}' takes only one of the"
                f" ways that lead to it",
                "join them by an exclusive gateway",
            )
    return None


@rule("several-none-starts", "10.5.2", m.Process, severity="warning", drawn="info")
def several_none_starts(process: m.Process, context: Context) -> Findings:
    """A process has one start event without a trigger, so that it is clear where it starts."""
    starts = [e for e in context.start_events(process) if not context.triggers(e)]
    if len(starts) < 2:
        return None
    return [
        Finding(
            event,
            f"{called(event)} has no trigger, as '{starts[0].id}' has none: they start together",
            "give all but one a trigger, or split behind one of them",
        )
        for event in starts[1:]
    ]


def _begins(node: m.FlowNode, context: Context) -> bool:
    """Whether a token can come to be at the node without coming from another one."""
    if context.incoming.get(node.id):
        return isinstance(node, m.StartEvent) or _instantiates(node) or context.is_handler(node)
    return not isinstance(node, m.BoundaryEvent)


def _instantiates(node: m.FlowNode) -> bool:
    """Whether the node itself starts the process."""
    return isinstance(node, m.ReceiveTask | m.EventBasedGateway) and node.instantiate


def _leads_elsewhere(node: m.FlowNode, context: Context) -> bool:
    """Whether something else than a flow comes out of an event: a link, or an association."""
    if isinstance(node, m.ThrowEvent):
        return context.has_trigger(node, m.LinkEventDefinition)
    return isinstance(node, m.BoundaryEvent) and context.has_trigger(
        node, m.CompensateEventDefinition
    )


def _is_level(container: m.ModelElement | None) -> TypeGuard[_Level]:
    """Whether nodes in it follow each other: not in an ad-hoc sub-process, or a choreography."""
    return isinstance(container, m.Process | m.SubProcess) and not _is_ad_hoc(container)


def _is_ad_hoc(container: m.ModelElement | None) -> bool:
    return isinstance(container, m.AdHocSubProcess)


def _reached(starting: list[str], container: _Level, context: Context) -> set[str]:
    """Ids of the nodes that tokens at `starting` can come to, inside of one container."""
    outgoing, boundary = context.outgoing, context.boundary_events
    links = context.links(container)
    ways = {
        event.id: links.catches[name]
        for name, events in links.throws.items()
        for event in events
        if name in links.catches
    }
    seen, todo = set(starting), list(starting)
    while todo:
        id = todo.pop()
        after: list[str] = [flow.target_ref for flow in outgoing.get(id, ())]
        if id in boundary:
            after += [event.id for event in boundary[id]]
        if id in ways:
            after += [event.id for event in ways[id]]
        for next_id in after:
            if next_id not in seen:
                seen.add(next_id)
                todo.append(next_id)
    return seen


def _choice_before(flow: m.SequenceFlow, context: Context) -> tuple[str, str] | None:
    """The exclusive choice that a flow surely lies behind, and the way out of it; None if unsure.

    Walks back while there is only one way back and one way on, so that all walks are short.
    """
    seen: set[str] = set()
    while flow.source_ref not in seen:
        seen.add(flow.source_ref)
        source = context.by_id.get(flow.source_ref)
        if isinstance(source, m.ExclusiveGateway | m.EventBasedGateway):
            return source.id, flow.id
        before = context.incoming.get(flow.source_ref, ())
        if len(before) != 1 or len(context.outgoing[flow.source_ref]) != 1:
            return None
        flow = before[0]
    return None
