"""Link events (BPMN 2.0.2 §10.5.5): a sequence flow cut in two, inside one process level."""

from __future__ import annotations

import bpmn.model as m
from bpmn.checks.context import Context
from bpmn.checks.register import Finding, Findings, rule
from bpmn.checks.words import called


@rule("link-name-empty", "10.5.5", m.LinkEventDefinition, drawn="warning")
def link_name_empty(definition: m.LinkEventDefinition, context: Context) -> Findings:
    """A link has a name: it pairs the two ends."""
    if definition.name.strip() or definition.line in context.misread:
        return None
    event = context.event_of(definition)
    words = called(event) if event is not None else called(definition)
    return Finding(definition, f"the link of {words} has no name", "name both ends alike")


@rule("link-throw-alone", "10.5.5", m.Process, m.SubProcess)
def link_throw_alone(container: m.Process | m.SubProcess, context: Context) -> Findings:
    """A link that is thrown is caught at the same process level."""
    links = context.links(container)
    return [
        Finding(
            event,
            f"{called(event)} throws link '{name}', which nothing in {called(container)} catches",
            f"add an intermediate catch event with link '{name}'",
        )
        for name, events in links.throws.items()
        if name and name not in links.catches
        for event in events
    ]


@rule("link-catch-alone", "10.5.5", m.Process, m.SubProcess)
def link_catch_alone(container: m.Process | m.SubProcess, context: Context) -> Findings:
    """A link that is caught is thrown at the same process level."""
    links = context.links(container)
    return [
        Finding(
            event,
            f"{called(event)} catches link '{name}', which nothing in {called(container)} throws",
            f"add an intermediate throw event with link '{name}'",
        )
        for name, events in links.catches.items()
        if name and name not in links.throws
        for event in events
    ]


@rule("link-catch-twice", "10.5.5", m.Process, m.SubProcess)
def link_catch_twice(container: m.Process | m.SubProcess, context: Context) -> Findings:
    """A link is caught at one place."""
    return [
        Finding(
            event,
            f"{called(event)} catches link '{name}', as '{events[0].id}' does",
            "give one of the links another name",
        )
        for name, events in context.links(container).catches.items()
        if name
        for event in events[1:]
    ]


@rule("link-catch-incoming", "10.5.5", m.IntermediateCatchEvent)
def link_catch_incoming(event: m.IntermediateCatchEvent, context: Context) -> Findings:
    """No sequence flow leads to a link that is caught."""
    if not context.has_trigger(event, m.LinkEventDefinition):
        return None
    return [
        Finding(flow, f"{called(flow)} leads to link {called(event)}", "lead it to a link throw")
        for flow in context.incoming.get(event.id, ())
    ]


@rule("link-throw-outgoing", "10.5.5", m.IntermediateThrowEvent)
def link_throw_outgoing(event: m.IntermediateThrowEvent, context: Context) -> Findings:
    """No sequence flow comes out of a link that is thrown."""
    if not context.has_trigger(event, m.LinkEventDefinition):
        return None
    return [
        Finding(
            flow,
            f"{called(flow)} comes out of link {called(event)}",
            "let it come out of the link catch",
        )
        for flow in context.outgoing.get(event.id, ())
    ]
