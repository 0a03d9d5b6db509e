"""Events and what their definitions name (BPMN 2.0.2 §10.5.4, §10.5.5)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping

import bpmn.model as m
from bpmn.checks.context import Context
from bpmn.checks.register import Finding, Findings, rule
from bpmn.checks.words import called
from bpmn.dialects.extensions import names_a_file


@rule("boundary-event-elsewhere", "10.5.4", m.BoundaryEvent)
def boundary_event_elsewhere(event: m.BoundaryEvent, context: Context) -> Findings:
    """A boundary event stands in the process or sub-process in which its activity stands."""
    host = context.by_id.get(event.attached_to_ref)
    if not isinstance(host, m.Activity):
        return None
    own, around = context.parent(event), context.parent(host)
    if own is around or own is None or around is None:
        return None
    return Finding(
        event,
        f"{called(event)} stands in {called(own)}, its activity '{host.id}' in {called(around)}",
        f"move it into {called(around)}",
    )


@rule("boundary-event-host", "10.5.4", m.BoundaryEvent, severity="warning")
def boundary_event_host(event: m.BoundaryEvent, context: Context) -> Findings:
    """A boundary event is attached to an activity that stands in the flow."""
    host = context.by_id.get(event.attached_to_ref)
    if not isinstance(host, m.SubProcess) or not host.triggered_by_event:
        return None
    return Finding(
        event,
        f"{called(event)} is attached to event {called(host)}",
        "catch it inside, or in an event sub-process beside it",
    )


_ITEMS: Mapping[type[m.EventDefinition], tuple[str, str]] = {
    m.MessageEventDefinition: ("message_ref", "item_ref"),
    m.SignalEventDefinition: ("signal_ref", "structure_ref"),
    m.ErrorEventDefinition: ("error_ref", "structure_ref"),
    m.EscalationEventDefinition: ("escalation_ref", "structure_ref"),
}
"""What an event definition names, and where that says its item definition."""


@rule("event-data-item", "10.4.1", m.CatchEvent, m.ThrowEvent, drawn="warning", vendor="warning")
def event_data_item(event: m.CatchEvent | m.ThrowEvent, context: Context) -> Findings:
    """The data of an event is of the item definition of what it catches or throws."""
    data = event.data_outputs if isinstance(event, m.CatchEvent) else event.data_inputs
    definitions = context.triggers(event)
    if len(data) != 1 or len(definitions) != 1 or not data[0].item_subject_ref:
        return None
    named, item = _ITEMS.get(type(definitions[0]), ("", ""))
    payload = context.by_id.get(getattr(definitions[0], named, None) or "")
    carried = getattr(payload, item, None)
    if payload is None or not carried or carried == data[0].item_subject_ref:
        return None
    return Finding(
        data[0],
        f"{called(data[0])} of {called(event)} is '{data[0].item_subject_ref}', {called(payload)}"
        f" carries '{carried}'",
        "use one item definition for both",
    )


@rule("cancel-end-event-place", "10.5.3", m.EndEvent)
def cancel_end_event_place(event: m.EndEvent, context: Context) -> Findings:
    """A cancel end event stands in a transaction, or in an event sub-process of one."""
    if not context.has_trigger(event, m.CancelEventDefinition):
        return None
    around: m.ModelElement | None = context.container(event)
    while isinstance(around, m.SubProcess) and around.triggered_by_event:
        around = context.parent(around)
    if isinstance(around, m.Transaction):
        return None
    return Finding(
        event,
        f"{called(event)} cancels, but does not stand in a transaction",
        "make the sub-process a 'transaction', or end by an error",
    )


@rule("cancel-boundary-event-host", "10.5.4", m.BoundaryEvent)
def cancel_boundary_event_host(event: m.BoundaryEvent, context: Context) -> Findings:
    """A cancel boundary event is attached to a transaction."""
    if not context.has_trigger(event, m.CancelEventDefinition):
        return None
    host = context.by_id.get(event.attached_to_ref)
    if not isinstance(host, m.Activity) or isinstance(host, m.Transaction):
        return None
    return Finding(
        event,
        f"cancel {called(event)} is attached to {called(host)}, which is no transaction",
        "make the sub-process a 'transaction', or catch an error",
    )


# What the definitions name


@rule("message-catch-without-message", "10.5.5", m.MessageEventDefinition, drawn="info")
def message_catch_without_message(
    definition: m.MessageEventDefinition, context: Context
) -> Findings:
    """In an executable process, an event that waits for a message names it."""
    event = context.event_of(definition)
    if definition.message_ref or not isinstance(event, m.CatchEvent):
        return None
    return Finding(
        definition,
        f"{called(event)} waits for a message and does not name it",
        "add a 'message' to the definitions, and its id as 'messageRef'",
    )


@rule("message-throw-without-message", "10.5.5", m.MessageEventDefinition, drawn="info")
def message_throw_without_message(
    definition: m.MessageEventDefinition, context: Context
) -> Findings:
    """In an executable process, an event that sends a message names it, or who sends it."""
    event = context.event_of(definition)
    if definition.message_ref or definition.operation_ref or not isinstance(event, m.ThrowEvent):
        return None
    for said in (context.settings(definition), context.settings(event)):
        if said.job_type or said.delegate or said.connector or said.publication:
            return None
    return Finding(
        definition,
        f"{called(event)} sends a message and does not name it",
        "add a 'message' to the definitions, and its id as 'messageRef'",
    )


@rule("signal-missing", "10.5.5", m.SignalEventDefinition, drawn="info")
def signal_missing(definition: m.SignalEventDefinition, context: Context) -> Findings:
    """In an executable process, a signal event names its signal."""
    if definition.signal_ref:
        return None
    return Finding(
        definition,
        f"{_owner(definition, context)} does not name its signal",
        "add a 'signal' to the definitions, and its id as 'signalRef'",
    )


@rule("error-throw-without-error", "10.5.5", m.ErrorEventDefinition, drawn="info")
def error_throw_without_error(definition: m.ErrorEventDefinition, context: Context) -> Findings:
    """In an executable process, an event that throws an error names it."""
    event = context.event_of(definition)
    if definition.error_ref or not isinstance(event, m.ThrowEvent):
        return None
    return Finding(
        definition,
        f"{called(event)} throws an error and does not name it",
        "add an 'error' with a code to the definitions, and its id as 'errorRef'",
    )


@rule("error-code-missing", "8.4.3", m.ErrorEventDefinition, drawn="info")
def error_code_missing(definition: m.ErrorEventDefinition, context: Context) -> Findings:
    """In an executable process, an error that is thrown has a code."""
    error = context.by_id.get(definition.error_ref or "")
    if not isinstance(error, m.Error) or error.error_code.strip():
        return None
    event = context.event_of(definition)
    if not isinstance(event, m.ThrowEvent):
        return None
    return Finding(
        definition,
        f"{called(event)} throws {called(error)}, which has no code",
        "add an 'errorCode' to the error",
    )


@rule("escalation-throw-without-escalation", "10.5.5", m.EscalationEventDefinition, drawn="info")
def escalation_throw_without_escalation(
    definition: m.EscalationEventDefinition, context: Context
) -> Findings:
    """In an executable process, an event that throws an escalation names it."""
    event = context.event_of(definition)
    if definition.escalation_ref or not isinstance(event, m.ThrowEvent):
        return None
    return Finding(
        definition,
        f"{called(event)} throws an escalation and does not name it",
        "add an 'escalation' with a code to the definitions, and its id as 'escalationRef'",
    )


@rule("escalation-code-missing", "8.4.4", m.EscalationEventDefinition, drawn="info")
def escalation_code_missing(definition: m.EscalationEventDefinition, context: Context) -> Findings:
    """In an executable process, an escalation that is thrown has a code."""
    escalation = context.by_id.get(definition.escalation_ref or "")
    if not isinstance(escalation, m.Escalation) or escalation.escalation_code.strip():
        return None
    event = context.event_of(definition)
    if not isinstance(event, m.ThrowEvent):
        return None
    return Finding(
        definition,
        f"{called(event)} throws {called(escalation)}, which has no code",
        "add an 'escalationCode' to the escalation",
    )


@rule("condition-missing", "10.5.5", m.ConditionalEventDefinition, drawn="warning")
def condition_missing(definition: m.ConditionalEventDefinition, context: Context) -> Findings:
    """A conditional event has a condition that says something."""
    condition = definition.condition
    if condition is not None and (condition.text.strip() or condition.content):
        return None
    if condition is not None and names_a_file(condition):
        return None
    return Finding(
        definition,
        f"{_owner(definition, context)} has no condition",
        "add a 'condition'",
    )


# Two that catch the same


@rule("boundary-event-twice", "10.5.4", m.BoundaryEvent, severity="warning")
def boundary_event_twice(event: m.BoundaryEvent, context: Context) -> Findings:
    """No two boundary events of an activity catch the same error or escalation."""
    events = context.boundary_events[event.attached_to_ref]
    if len(events) < 2 or events[0] is not event:
        return None
    return _twice(events, context, "take one out, or catch another code")


@rule("event-sub-process-twice", "10.3.5", m.Process, m.SubProcess, vendor="warning")
def event_sub_process_twice(container: m.Process | m.SubProcess, context: Context) -> Findings:
    """A scope has one interrupting event sub-process for one error, escalation, message, ..."""
    starts = [
        event
        for node in context.nodes(container)
        if isinstance(node, m.SubProcess) and node.triggered_by_event
        for event in context.start_events(node)
        if event.is_interrupting
    ]
    if len(starts) < 2:
        return None
    return _twice(starts, context, "take one out, or let it wait for something else")


def _twice(events: Iterable[m.CatchEvent], context: Context, remedy: str) -> list[Finding]:
    first: dict[Hashable, m.CatchEvent] = {}
    found: list[Finding] = []
    for event in events:
        definitions = context.triggers(event)
        caught = _caught(definitions[0], context) if len(definitions) == 1 else None
        if caught is None:
            continue
        other = first.setdefault(caught, event)
        if other is not event:
            found.append(
                Finding(event, f"{called(event)} catches what '{other.id}' catches", remedy)
            )
    return found


def _caught(definition: m.EventDefinition, context: Context) -> Hashable:
    """What tells two catchers of one thing apart; None where several may wait."""
    if isinstance(definition, m.ErrorEventDefinition):
        error = context.by_id.get(definition.error_ref or "")
        return "error", getattr(error, "error_code", "") or definition.error_ref or ""
    if isinstance(definition, m.EscalationEventDefinition):
        escalation = context.by_id.get(definition.escalation_ref or "")
        code = getattr(escalation, "escalation_code", "")
        return "escalation", code or definition.escalation_ref or ""
    if isinstance(definition, m.MessageEventDefinition) and definition.message_ref:
        return "message", definition.message_ref
    if isinstance(definition, m.SignalEventDefinition) and definition.signal_ref:
        return "signal", definition.signal_ref
    return None


def _owner(definition: m.EventDefinition, context: Context) -> str:
    event = context.event_of(definition)
    return called(event) if event is not None else called(definition)
