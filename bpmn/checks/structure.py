"""The shape of the flow (BPMN 2.0.2 §10.5.2, §10.5.3, §13.2): starts, ends, ways between."""

from __future__ import annotations

import bpmn.model as m
from bpmn.checks.context import Context
from bpmn.checks.register import Finding, Findings, rule
from bpmn.checks.words import called


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
def process_without_start(container: m.Process, context: Context) -> Findings:
    """Something in a process can start: a start event, or a node without incoming flow."""
    nodes = context.nodes(container)
    if not nodes or any(_begins(node, context) for node in nodes):
        return None
    return Finding(
        container,
        f"nothing in {called(container)} can start: each node waits for another one",
        "add a start event",
    )


@rule("start-without-end", "10.5.3", m.Process, m.SubProcess, vendor="warning")
def start_without_end(container: m.Process, context: Context) -> Findings:
    """Where there is a start event, there is an end event."""
    if _is_ad_hoc(container) or not context.holds(container, m.StartEvent):
        return None
    if context.holds(container, m.EndEvent):
        return None
    return Finding(
        container, f"{called(container)} has a start event and no end event", "add an end event"
    )


@rule("end-without-start", "10.5.2", m.Process, m.SubProcess, vendor="warning")
def end_without_start(container: m.Process, context: Context) -> Findings:
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
    if context.incoming.get(node.id) or _is_entered_otherwise(node, context):
        return None
    container = context.parent(node)
    if not isinstance(container, m.Process | m.SubProcess) or _is_ad_hoc(container):
        return None
    if isinstance(node, m.EndEvent | m.IntermediateThrowEvent | m.IntermediateCatchEvent):
        need = "needs one"
    elif context.holds(container, m.StartEvent):
        need = "would start beside the start event"
    else:
        return None
    return Finding(
        node,
        f"no sequence flow leads to {called(node)}, which {need}",
        "lead one to it, or take the node out",
    )


@rule("node-without-outgoing", "10.5.3", m.FlowNode, vendor="warning")
def node_without_outgoing(node: m.FlowNode, context: Context) -> Findings:
    """Where there is an end event, a sequence flow comes out of every other node."""
    if context.outgoing.get(node.id) or _is_left_otherwise(node, context):
        return None
    container = context.parent(node)
    if not isinstance(container, m.Process | m.SubProcess) or _is_ad_hoc(container):
        return None
    if isinstance(node, m.Event):
        need = "needs one"
    elif context.holds(container, m.EndEvent):
        need = "would end beside the end event"
    else:
        return None
    return Finding(
        node,
        f"no sequence flow comes out of {called(node)}, which {need}",
        "lead one to an end event",
    )


@rule("node-unreachable", "13.2", m.Process, m.SubProcess, severity="warning")
def node_unreachable(container: m.Process, context: Context) -> Findings:
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


def _is_entered_otherwise(node: m.FlowNode, context: Context) -> bool:
    return (
        isinstance(node, m.StartEvent | m.BoundaryEvent)
        or _instantiates(node)
        or context.is_handler(node)
        or (isinstance(node, m.CatchEvent) and context.has_trigger(node, m.LinkEventDefinition))
    )


def _is_left_otherwise(node: m.FlowNode, context: Context) -> bool:
    if isinstance(node, m.EndEvent) or context.is_handler(node):
        return True
    if isinstance(node, m.ThrowEvent):
        return context.has_trigger(node, m.LinkEventDefinition)
    return isinstance(node, m.BoundaryEvent) and context.has_trigger(
        node, m.CompensateEventDefinition
    )


def _is_ad_hoc(container: m.ModelElement) -> bool:
    return isinstance(container, m.AdHocSubProcess)


def _reached(starting: list[str], container: m.Process, context: Context) -> set[str]:
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
