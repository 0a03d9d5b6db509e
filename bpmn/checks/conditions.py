"""Conditional and default sequence flows (BPMN 2.0.2 §8.4.13, §10.3, §10.6)."""

from __future__ import annotations

from typing import TypeAlias

import bpmn.model as m
from bpmn.checks.context import Context
from bpmn.checks.register import Finding, Findings, rule
from bpmn.checks.words import called
from bpmn.dialects.extensions import names_a_file

_Deciding: TypeAlias = m.Activity | m.ExclusiveGateway | m.InclusiveGateway | m.ComplexGateway
_CHOOSING = (m.ExclusiveGateway, m.InclusiveGateway, m.ComplexGateway)


@rule(
    "start-event-condition",
    "10.5.2",
    m.SequenceFlow,
    vendor="warning",
    given="condition_expression",
)
def start_event_condition(flow: m.SequenceFlow, context: Context) -> Findings:
    """A sequence flow out of a start event has no condition."""
    return _conditional_from(flow, context, m.StartEvent, "put a gateway behind the start event")


@rule(
    "parallel-gateway-condition",
    "10.6.4",
    m.SequenceFlow,
    vendor="warning",
    given="condition_expression",
)
def parallel_gateway_condition(flow: m.SequenceFlow, context: Context) -> Findings:
    """A sequence flow out of a parallel gateway has no condition: all of them are taken."""
    return _conditional_from(
        flow, context, m.ParallelGateway, "take it out, or make the gateway an inclusive one"
    )


@rule(
    "event-based-gateway-condition",
    "10.6.6",
    m.SequenceFlow,
    vendor="warning",
    given="condition_expression",
)
def event_based_gateway_condition(flow: m.SequenceFlow, context: Context) -> Findings:
    """A sequence flow out of an event-based gateway has no condition: the event decides."""
    return _conditional_from(
        flow, context, m.EventBasedGateway, "take it out, or use a conditional event"
    )


def _conditional_from(
    flow: m.SequenceFlow, context: Context, kind: type[m.FlowNode], remedy: str
) -> Findings:
    source = context.by_id.get(flow.source_ref)
    if not isinstance(source, kind):
        return None
    return Finding(flow, f"{called(flow)} out of {called(source)} has a condition", remedy)


@rule("condition-empty", "8.4.13", m.SequenceFlow, drawn="info", given="condition_expression")
def condition_empty(flow: m.SequenceFlow, context: Context) -> Findings:
    """A condition expression has a text."""
    condition = flow.condition_expression
    if condition is None or condition.text.strip() or condition.content:
        return None
    if context.settings(condition).script or names_a_file(condition):
        return None
    return Finding(
        flow,
        f"the condition of {called(flow)} is empty",
        "write the condition, or take 'conditionExpression' out",
        condition.line,
    )


@rule("default-not-outgoing", "10.3", m.Activity, *_CHOOSING, given="default")
def default_not_outgoing(node: _Deciding, context: Context) -> Findings:
    """The default flow of a node is one that comes out of it."""
    flow = context.by_id.get(node.default or "")
    if not isinstance(flow, m.SequenceFlow) or flow.source_ref == node.id:
        return None
    return Finding(
        node,
        f"the default flow '{flow.id}' of {called(node)} comes out of '{flow.source_ref}'",
        "name one of its own outgoing flows",
    )


@rule("default-condition", "10.6.2", m.Activity, *_CHOOSING, severity="warning", given="default")
def default_condition(node: _Deciding, context: Context) -> Findings:
    """A default flow has no condition: it would be ignored."""
    flow = context.by_id.get(node.default or "")
    if not isinstance(flow, m.SequenceFlow) or flow.condition_expression is None:
        return None
    return Finding(
        flow,
        f"{called(flow)} is the default flow of {called(node)}, so its condition is ignored",
        "take the condition out",
    )


@rule(
    "default-without-conditions",
    "10.3",
    m.Activity,
    *_CHOOSING,
    severity="warning",
    drawn="info",
    given="default",
)
def default_without_conditions(node: _Deciding, context: Context) -> Findings:
    """A node with a default flow has a conditional one beside it."""
    outgoing = context.outgoing.get(node.id, ())
    if any(f.condition_expression is not None for f in outgoing if f.id != node.default):
        return None
    return Finding(
        node,
        f"{called(node)} has '{node.default}' as its default flow and no conditional flow",
        "give the other flows conditions, or take 'default' out",
    )


@rule("exclusive-gateway-conditions", "10.6.2", m.ExclusiveGateway, drawn="info", vendor="warning")
def exclusive_gateway_conditions(gateway: m.ExclusiveGateway, context: Context) -> Findings:
    """Of the flows out of an exclusive gateway at most one, the default, has no condition."""
    outgoing = context.outgoing.get(gateway.id, ())
    if len(outgoing) < 2:
        return None
    bare = [f for f in outgoing if f.condition_expression is None and f.id != gateway.default]
    if not bare or (len(bare) == 1 and not gateway.default):
        return None
    return [
        Finding(
            flow,
            f"{called(flow)} out of {called(gateway)} has no condition and is not its default",
            "give it a condition, or name it in 'default'",
        )
        for flow in bare
    ]


@rule("exclusive-gateway-one-bare", "10.6.2", m.ExclusiveGateway, severity="warning", drawn="info")
def exclusive_gateway_one_bare(gateway: m.ExclusiveGateway, context: Context) -> Findings:
    """The one flow out of an exclusive gateway that has no condition is said to be the default."""
    outgoing = context.outgoing.get(gateway.id, ())
    if len(outgoing) < 2 or gateway.default:
        return None
    bare = [flow for flow in outgoing if flow.condition_expression is None]
    if len(bare) != 1:
        return None
    return Finding(
        bare[0],
        f"{called(bare[0])} out of {called(gateway)} has no condition and counts as true where it"
        " stands",
        "name it in 'default'",
    )


@rule("condition-alone", "8.4.13", m.SequenceFlow, vendor="warning", given="condition_expression")
def condition_alone(flow: m.SequenceFlow, context: Context) -> Findings:
    """A conditional flow out of an activity has another flow beside it."""
    if len(context.outgoing[flow.source_ref]) > 1:
        return None
    source = context.by_id.get(flow.source_ref)
    if not isinstance(source, m.Activity):
        return None
    return Finding(
        flow,
        f"{called(flow)} is conditional and the only one out of {called(source)}: where it does"
        " not hold, nothing goes on",
        "add a default flow, or take the condition out",
    )
