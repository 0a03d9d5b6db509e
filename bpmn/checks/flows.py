"""Sequence flows (BPMN 2.0.2 §7.6.1, §8.4.13): what they may join, and where they may lead."""

from __future__ import annotations

from collections.abc import Sequence

import bpmn.model as m
from bpmn.checks.context import Container, Context
from bpmn.checks.register import Finding, Findings, rule
from bpmn.checks.words import called

_LEVELS = (m.Process, m.SubProcess, m.Choreography, m.SubChoreography)


@rule("sequence-flow-crosses-sub-process", "7.6.1", *_LEVELS)
def sequence_flow_crosses_sub_process(container: Container, context: Context) -> Findings:
    """A sequence flow stays within its process or sub-process."""
    return [
        Finding(
            flow,
            f"{called(flow)} leads from '{source.id}' in {called(inner)} to '{target.id}'"
            f" in {called(outer)}",
            "lead it to the sub-process itself, or use an event",
        )
        for flow, source, target in context.strays(container)
        if (inner := context.container(source)) is not None
        and (outer := context.container(target)) is not None
        and inner is not outer
        and context.process(source) is context.process(target)
    ]


@rule("sequence-flow-crosses-pool", "7.6.1", *_LEVELS)
def sequence_flow_crosses_pool(container: Container, context: Context) -> Findings:
    """A sequence flow does not leave its process: between pools, messages flow."""
    return [
        Finding(
            flow,
            f"{called(flow)} leads from {called(one)} to {called(other)}",
            "use a message flow",
        )
        for flow, source, target in context.strays(container)
        if (one := context.process(source)) is not None
        and (other := context.process(target)) is not None
        and one is not other
    ]


@rule("sequence-flow-elsewhere", "8.4.13", *_LEVELS, severity="warning")
def sequence_flow_elsewhere(container: Container, context: Context) -> Findings:
    """A sequence flow stands in the process or sub-process whose nodes it joins."""
    return [
        Finding(
            flow,
            f"{called(flow)} stands in {called(container)}, its nodes stand in {called(around)}",
            f"move it into {called(around)}",
        )
        for flow, source, target in context.strays(container)
        if (around := context.container(source)) is not None
        and around is context.container(target)
        and around is not container
    ]


@rule("start-event-incoming", "10.5.2", m.StartEvent)
def start_event_incoming(event: m.StartEvent, context: Context) -> Findings:
    """No sequence flow leads to a start event."""
    return [
        Finding(
            flow,
            f"{called(flow)} leads to {called(event)}",
            "lead it to the node behind the start event",
        )
        for flow in context.incoming.get(event.id, ())
    ]


@rule("end-event-outgoing", "10.5.3", m.EndEvent)
def end_event_outgoing(event: m.EndEvent, context: Context) -> Findings:
    """No sequence flow comes out of an end event."""
    return [
        Finding(
            flow,
            f"{called(flow)} comes out of {called(event)}",
            "take it out, or make the event an intermediate one",
        )
        for flow in context.outgoing.get(event.id, ())
    ]


@rule("boundary-event-incoming", "10.5.4", m.BoundaryEvent)
def boundary_event_incoming(event: m.BoundaryEvent, context: Context) -> Findings:
    """No sequence flow leads to a boundary event."""
    return [
        Finding(
            flow,
            f"{called(flow)} leads to {called(event)}",
            "lead it to the activity, or to the node behind the event",
        )
        for flow in context.incoming.get(event.id, ())
    ]


@rule("event-sub-process-flow", "10.3.5", m.SubProcess, given="triggered_by_event")
def event_sub_process_flow(sub_process: m.SubProcess, context: Context) -> Findings:
    """No sequence flow leads to or from an event sub-process."""
    return [
        Finding(
            flow,
            f"{called(flow)} is joined to event {called(sub_process)}, which only its start event"
            " starts",
            "take the flow out, or set 'triggeredByEvent' to false",
        )
        for flow in _around(sub_process, context)
    ]


@rule("compensation-handler-flow", "10.7", m.Activity, given="is_for_compensation")
def compensation_handler_flow(activity: m.Activity, context: Context) -> Findings:
    """No sequence flow leads to or from an activity that is for compensation."""
    return [
        Finding(
            flow,
            f"{called(flow)} is joined to {called(activity)}, which is for compensation",
            "join it to its boundary event by an association, or set 'isForCompensation' to false",
        )
        for flow in _around(activity, context)
    ]


@rule("compensation-boundary-outgoing", "10.5.4", m.BoundaryEvent)
def compensation_boundary_outgoing(event: m.BoundaryEvent, context: Context) -> Findings:
    """No sequence flow comes out of a compensation boundary event."""
    if not context.has_trigger(event, m.CompensateEventDefinition):
        return None
    return [
        Finding(
            flow,
            f"{called(flow)} comes out of compensation {called(event)}",
            "join the event to its handler by an association",
        )
        for flow in context.outgoing.get(event.id, ())
    ]


@rule("incoming-mismatch", "8.4.9", m.FlowNode, vendor="warning", given="incoming")
def incoming_mismatch(node: m.FlowNode, context: Context) -> Findings:
    """A flow that a node calls incoming leads to it."""
    flows = ((ref, context.by_id.get(ref)) for ref in node.incoming)
    return [
        Finding(
            node,
            f"{called(node)} calls '{ref}' incoming, which leads to '{flow.target_ref}'",
            "make 'incoming' and 'targetRef' agree",
        )
        for ref, flow in flows
        if isinstance(flow, m.SequenceFlow) and flow.target_ref != node.id
    ]


@rule("outgoing-mismatch", "8.4.9", m.FlowNode, vendor="warning", given="outgoing")
def outgoing_mismatch(node: m.FlowNode, context: Context) -> Findings:
    """A flow that a node calls outgoing comes out of it."""
    flows = ((ref, context.by_id.get(ref)) for ref in node.outgoing)
    return [
        Finding(
            node,
            f"{called(node)} calls '{ref}' outgoing, which comes out of '{flow.source_ref}'",
            "make 'outgoing' and 'sourceRef' agree",
        )
        for ref, flow in flows
        if isinstance(flow, m.SequenceFlow) and flow.source_ref != node.id
    ]


@rule("incoming-incomplete", "8.4.9", m.FlowNode, vendor="warning", given="incoming")
def incoming_incomplete(node: m.FlowNode, context: Context) -> Findings:
    """A node that names incoming flows names all of them."""
    return _unnamed(node, context.incoming.get(node.id, ()), node.incoming, "incoming")


@rule("outgoing-incomplete", "8.4.9", m.FlowNode, vendor="warning", given="outgoing")
def outgoing_incomplete(node: m.FlowNode, context: Context) -> Findings:
    """A node that names outgoing flows names all of them."""
    return _unnamed(node, context.outgoing.get(node.id, ()), node.outgoing, "outgoing")


def _unnamed(
    node: m.FlowNode, flows: Sequence[m.SequenceFlow], named: tuple[m.Ref, ...], word: str
) -> list[Finding]:
    known = frozenset(named)
    if not known <= {flow.id for flow in flows}:
        return []
    return [
        Finding(
            node,
            f"{called(node)} names some of its flows and not '{flow.id}' as '{word}'",
            f"add an '{word}', or leave them all out",
        )
        for flow in flows
        if flow.id and flow.id not in known
    ]


@rule("sequence-flow-not-immediate", "8.4.13", m.SequenceFlow)
def sequence_flow_not_immediate(flow: m.SequenceFlow, context: Context) -> Findings:
    """In an executable process nothing happens between the ends of a sequence flow.

    Some drawing tools write the attribute on every flow: it is not held against them.
    """
    if flow.is_immediate is not False or context.definitions.exporter:
        return None
    if not context.is_executable(flow):
        return None
    return Finding(
        flow,
        f"{called(flow)} has 'isImmediate' set to false in an executable process",
        "leave the attribute out",
    )


@rule("sequence-flow-twice", "8.4.13", m.SequenceFlow, severity="warning")
def sequence_flow_twice(flow: m.SequenceFlow, context: Context) -> Findings:
    """Two unconditional flows do not join the same two nodes: the second is walked as well."""
    beside = context.outgoing[flow.source_ref]
    if len(beside) < 2 or beside[0] is not flow:
        return None
    first: dict[str, m.SequenceFlow] = {}
    bare = [other for other in beside if other.condition_expression is None]
    return [
        Finding(
            other,
            f"{called(other)} leads from '{flow.source_ref}' to '{other.target_ref}', as"
            f" '{first[other.target_ref].id}' does",
            "take one of them out, unless the node is to be entered twice",
        )
        for other in bare
        if first.setdefault(other.target_ref, other) is not other
    ]


def _around(node: m.FlowNode, context: Context) -> list[m.SequenceFlow]:
    return [*context.incoming.get(node.id, ()), *context.outgoing.get(node.id, ())]
