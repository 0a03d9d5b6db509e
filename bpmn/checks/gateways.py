"""Gateways (BPMN 2.0.2 §10.6): direction and degree, and what an event-based one may lead to."""

from __future__ import annotations

import bpmn.model as m
from bpmn.checks.context import Context
from bpmn.checks.register import Finding, Findings, rule
from bpmn.checks.words import a, called, kind

_AWAITED = (
    m.MessageEventDefinition,
    m.SignalEventDefinition,
    m.TimerEventDefinition,
    m.ConditionalEventDefinition,
)


@rule("gateway-converging", "10.6.1", m.Gateway, vendor="warning")
def gateway_converging(gateway: m.Gateway, context: Context) -> Findings:
    """A converging gateway has several incoming flows, and no more than one outgoing."""
    if gateway.gateway_direction != "Converging":
        return None
    incoming, outgoing = _degree(gateway, context)
    if incoming > 1 and outgoing < 2:
        return None
    return _direction(gateway, incoming, outgoing)


@rule("gateway-diverging", "10.6.1", m.Gateway, vendor="warning")
def gateway_diverging(gateway: m.Gateway, context: Context) -> Findings:
    """A diverging gateway has several outgoing flows, and no more than one incoming."""
    if gateway.gateway_direction != "Diverging":
        return None
    incoming, outgoing = _degree(gateway, context)
    if outgoing > 1 and incoming < 2:
        return None
    return _direction(gateway, incoming, outgoing)


@rule("gateway-mixed", "10.6.1", m.Gateway, vendor="warning")
def gateway_mixed(gateway: m.Gateway, context: Context) -> Findings:
    """A mixed gateway has several incoming and several outgoing flows."""
    if gateway.gateway_direction != "Mixed":
        return None
    incoming, outgoing = _degree(gateway, context)
    if incoming > 1 and outgoing > 1:
        return None
    return _direction(gateway, incoming, outgoing)


@rule("gateway-idle", "10.6.1", m.Gateway, vendor="warning")
def gateway_idle(gateway: m.Gateway, context: Context) -> Findings:
    """A gateway has several incoming flows or several outgoing ones: it merges or splits."""
    if isinstance(gateway, m.EventBasedGateway) or gateway.gateway_direction != "Unspecified":
        return None
    incoming, outgoing = _degree(gateway, context)
    if incoming > 1 or outgoing > 1:
        return None
    return Finding(
        gateway,
        f"{called(gateway)} has {_flows(incoming, 'incoming')} and {_flows(outgoing, 'outgoing')}:"
        " it neither merges nor splits",
        "take it out, or add the missing flows",
    )


def _degree(gateway: m.Gateway, context: Context) -> tuple[int, int]:
    return len(context.incoming.get(gateway.id, ())), len(context.outgoing.get(gateway.id, ()))


def _direction(gateway: m.Gateway, incoming: int, outgoing: int) -> Finding:
    return Finding(
        gateway,
        f"{called(gateway)} is '{gateway.gateway_direction}' with"
        f" {_flows(incoming, 'incoming')} and {_flows(outgoing, 'outgoing')}",
        "correct the flows, or leave 'gatewayDirection' out",
    )


def _flows(count: int, word: str) -> str:
    return f"{count or 'no'} {word} flow{'' if count == 1 else 's'}"


@rule("complex-gateway-activation", "10.6.5", m.ComplexGateway, severity="warning", drawn="info")
def complex_gateway_activation(gateway: m.ComplexGateway, context: Context) -> Findings:
    """A complex gateway that merges says when it is activated."""
    if gateway.activation_condition is not None or len(context.incoming.get(gateway.id, ())) < 2:
        return None
    return Finding(
        gateway,
        f"{called(gateway)} merges {len(context.incoming[gateway.id])} flows and has no"
        " 'activationCondition'",
        "say when it is activated, for example 'activationCount >= 2'",
    )


@rule("event-based-gateway-outgoing", "10.6.6", m.EventBasedGateway, vendor="warning")
def event_based_gateway_outgoing(gateway: m.EventBasedGateway, context: Context) -> Findings:
    """An event-based gateway has two or more outgoing flows."""
    outgoing = len(context.outgoing.get(gateway.id, ()))
    if outgoing > 1:
        return None
    return Finding(
        gateway,
        f"{called(gateway)} has {_flows(outgoing, 'outgoing')}",
        "lead it to two events or more, or use an intermediate event alone",
    )


@rule("event-based-gateway-target", "10.6.6", m.EventBasedGateway)
def event_based_gateway_target(gateway: m.EventBasedGateway, context: Context) -> Findings:
    """An event-based gateway leads to intermediate catch events and receive tasks only."""
    if _is_in_choreography(gateway, context):
        return None
    return [
        Finding(
            flow,
            f"{called(gateway)} leads to {called(target)}",
            "an intermediate catch event or a receive task would do",
        )
        for flow, target in _targets(gateway, context)
        if not isinstance(target, m.IntermediateCatchEvent | m.ReceiveTask)
    ]


@rule("event-based-gateway-trigger", "10.6.6", m.EventBasedGateway)
def event_based_gateway_trigger(gateway: m.EventBasedGateway, context: Context) -> Findings:
    """The events behind an event-based gateway wait for messages, signals, timers or conditions."""
    return [
        Finding(
            target,
            f"{called(target)} behind {called(gateway)} has {a(kind(type(definition)))}",
            "a message, a signal, a timer or a condition would do",
        )
        for _, target in _targets(gateway, context)
        if isinstance(target, m.IntermediateCatchEvent)
        for definition in context.triggers(target)
        if not isinstance(definition, _AWAITED)
    ]


@rule("event-based-gateway-receivers", "10.6.6", m.EventBasedGateway, vendor="warning")
def event_based_gateway_receivers(gateway: m.EventBasedGateway, context: Context) -> Findings:
    """Behind an event-based gateway are message events or receive tasks, not both."""
    targets = [target for _, target in _targets(gateway, context)]
    tasks = [t for t in targets if isinstance(t, m.ReceiveTask)]
    events = [
        t
        for t in targets
        if isinstance(t, m.IntermediateCatchEvent)
        and context.has_trigger(t, m.MessageEventDefinition)
    ]
    if not tasks or not events:
        return None
    return Finding(
        gateway,
        f"{called(gateway)} leads to message event '{events[0].id}' and receive task"
        f" '{tasks[0].id}'",
        "use message events only, or receive tasks only",
    )


@rule("event-based-gateway-task-boundary", "10.6.6", m.EventBasedGateway, vendor="warning")
def event_based_gateway_task_boundary(gateway: m.EventBasedGateway, context: Context) -> Findings:
    """A receive task behind an event-based gateway has no boundary events."""
    return [
        Finding(
            event,
            f"{called(event)} is attached to receive task '{target.id}', which is behind"
            f" {called(gateway)}",
            "let the gateway lead to the event as well",
        )
        for _, target in _targets(gateway, context)
        if isinstance(target, m.ReceiveTask)
        for event in context.boundary_events.get(target.id, ())
    ]


@rule("event-based-gateway-shared-target", "10.6.6", m.EventBasedGateway, vendor="warning")
def event_based_gateway_shared_target(gateway: m.EventBasedGateway, context: Context) -> Findings:
    """No other flow leads to what is behind an event-based gateway."""
    return [
        Finding(
            target,
            f"{called(target)} is behind {called(gateway)}, and other flows lead to it, too",
            "give each its own event",
        )
        for _, target in _targets(gateway, context)
        if len(context.incoming[target.id]) > 1
    ]


@rule("event-based-gateway-parallel", "10.6.6", m.EventBasedGateway)
def event_based_gateway_parallel(gateway: m.EventBasedGateway, _: Context) -> Findings:
    """Only an event-based gateway that instantiates can be parallel."""
    if gateway.event_gateway_type != "Parallel" or gateway.instantiate:
        return None
    return Finding(
        gateway,
        f"{called(gateway)} is 'Parallel' and does not instantiate",
        "use a parallel gateway, or set 'instantiate' to true",
    )


@rule("instantiating-incoming", "10.6.6", m.EventBasedGateway, m.ReceiveTask, vendor="warning")
def instantiating_incoming(node: m.EventBasedGateway | m.ReceiveTask, context: Context) -> Findings:
    """No sequence flow leads to what instantiates the process."""
    if not node.instantiate:
        return None
    return [
        Finding(
            flow,
            f"{called(flow)} leads to {called(node)}, which starts the process",
            "take the flow out, or set 'instantiate' to false",
        )
        for flow in context.incoming.get(node.id, ())
    ]


@rule("instantiating-nested", "10.6.6", m.EventBasedGateway, m.ReceiveTask)
def instantiating_nested(node: m.EventBasedGateway | m.ReceiveTask, context: Context) -> Findings:
    """What instantiates a process stands directly in it, not in a sub-process."""
    container = context.parent(node)
    if not node.instantiate or not isinstance(container, m.SubProcess):
        return None
    return Finding(
        node,
        f"{called(node)} instantiates and stands in {called(container)}",
        "move it to the process, or set 'instantiate' to false",
    )


def _targets(
    gateway: m.EventBasedGateway, context: Context
) -> list[tuple[m.SequenceFlow, m.FlowNode]]:
    found = (
        (flow, context.by_id.get(flow.target_ref)) for flow in context.outgoing.get(gateway.id, ())
    )
    return [(flow, node) for flow, node in found if isinstance(node, m.FlowNode)]


def _is_in_choreography(node: m.FlowNode, context: Context) -> bool:
    return isinstance(context.parent(node), m.Choreography | m.SubChoreography)
