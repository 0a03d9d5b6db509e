"""The table of events (BPMN 2.0.2 §10.5, Table 10.93): which trigger can stand where."""

from __future__ import annotations

from collections.abc import Mapping

import bpmn.model as m
from bpmn.checks.context import Context
from bpmn.checks.register import Finding, Findings, rule
from bpmn.checks.words import a, called, kind, listed

__all__ = ["POSITIONS"]

_MESSAGE, _TIMER = m.MessageEventDefinition, m.TimerEventDefinition
_ERROR, _ESCALATION = m.ErrorEventDefinition, m.EscalationEventDefinition
_CANCEL, _COMPENSATE = m.CancelEventDefinition, m.CompensateEventDefinition
_CONDITIONAL, _LINK = m.ConditionalEventDefinition, m.LinkEventDefinition
_SIGNAL, _TERMINATE = m.SignalEventDefinition, m.TerminateEventDefinition

_Triggers = tuple[type[m.EventDefinition], ...]

POSITIONS: Mapping[str, _Triggers] = {
    "start event": (_MESSAGE, _TIMER, _CONDITIONAL, _SIGNAL),
    "start event of a sub-process": (),
    "start event of an event sub-process": (
        _MESSAGE,
        _TIMER,
        _ESCALATION,
        _ERROR,
        _COMPENSATE,
        _CONDITIONAL,
        _SIGNAL,
    ),
    "non-interrupting start event": (_MESSAGE, _TIMER, _ESCALATION, _CONDITIONAL, _SIGNAL),
    "intermediate catch event": (_MESSAGE, _TIMER, _CONDITIONAL, _LINK, _SIGNAL),
    "boundary event": (
        _MESSAGE,
        _TIMER,
        _ESCALATION,
        _ERROR,
        _CANCEL,
        _COMPENSATE,
        _CONDITIONAL,
        _SIGNAL,
    ),
    "non-interrupting boundary event": (_MESSAGE, _TIMER, _ESCALATION, _CONDITIONAL, _SIGNAL),
    "intermediate throw event": (_MESSAGE, _ESCALATION, _COMPENSATE, _LINK, _SIGNAL),
    "implicit throw event": (_MESSAGE, _ESCALATION, _COMPENSATE, _SIGNAL, _ERROR),
    "end event": (_MESSAGE, _ESCALATION, _ERROR, _CANCEL, _COMPENSATE, _SIGNAL, _TERMINATE),
}
"""What can trigger, or be thrown by, an event at each position, beside nothing at all."""


@rule("start-event-trigger", "10.5.2", m.StartEvent)
def start_event_trigger(event: m.StartEvent, context: Context) -> Findings:
    """A process starts by nothing, a message, a timer, a condition, or a signal."""
    if isinstance(context.parent(event), m.Process):
        return _illegal(event, context, "start event")
    return None


@rule("sub-process-start-event-trigger", "10.5.2", m.StartEvent)
def sub_process_start_event_trigger(event: m.StartEvent, context: Context) -> Findings:
    """The start event of a sub-process that stands in the flow has no trigger."""
    container = context.parent(event)
    if not isinstance(container, m.SubProcess) or container.triggered_by_event:
        return None
    definitions = context.triggers(event)
    if not definitions:
        return None
    return Finding(
        event,
        f"{called(event)} of {called(container)} has {a(kind(type(definitions[0])))}: the flow"
        " starts a sub-process, nothing else",
        "take it out, or set 'triggeredByEvent' of the sub-process to true",
    )


@rule("event-sub-process-start-event-trigger", "10.5.2", m.StartEvent)
def event_sub_process_start_event_trigger(event: m.StartEvent, context: Context) -> Findings:
    """An event sub-process starts by anything that can be caught, but not by a link or cancel."""
    if not _is_of_event_sub_process(event, context):
        return None
    return _illegal(event, context, "start event of an event sub-process")


@rule("event-sub-process-start-event-none", "10.5.2", m.StartEvent)
def event_sub_process_start_event_none(event: m.StartEvent, context: Context) -> Findings:
    """The start event of an event sub-process has a trigger."""
    if not _is_of_event_sub_process(event, context):
        return None
    if event.event_definitions or event.event_definition_refs:
        return None
    return Finding(
        event,
        f"{called(event)} of an event sub-process has no trigger",
        "add one, for example a message or an error",
    )


@rule("event-sub-process-start-event-interrupting", "10.5.2", m.StartEvent, vendor="warning")
def event_sub_process_start_event_interrupting(event: m.StartEvent, context: Context) -> Findings:
    """An event sub-process that starts by an error or compensation interrupts."""
    if event.is_interrupting or not _is_of_event_sub_process(event, context):
        return None
    return _always_interrupting(event, context, "isInterrupting")


@rule("start-event-interrupting", "10.5.2", m.StartEvent, severity="warning")
def start_event_interrupting(event: m.StartEvent, context: Context) -> Findings:
    """Only the start event of an event sub-process can be non-interrupting."""
    if event.is_interrupting or _is_of_event_sub_process(event, context):
        return None
    return Finding(
        event,
        f"{called(event)} is non-interrupting, but there is nothing that it could interrupt",
        "leave 'isInterrupting' out",
    )


@rule("intermediate-catch-event-trigger", "10.5.4", m.IntermediateCatchEvent)
def intermediate_catch_event_trigger(event: m.IntermediateCatchEvent, context: Context) -> Findings:
    """An intermediate event catches a message, a timer, a condition, a link, or a signal."""
    return _illegal(event, context, "intermediate catch event")


@rule("intermediate-catch-event-none", "10.5.4", m.IntermediateCatchEvent)
def intermediate_catch_event_none(event: m.IntermediateCatchEvent, _: Context) -> Findings:
    """An intermediate catch event has something to wait for."""
    if event.event_definitions or event.event_definition_refs:
        return None
    return Finding(
        event,
        f"{called(event)} has no event definition: it would wait for nothing",
        "add one, or make it an intermediate throw event",
    )


@rule("boundary-event-trigger", "10.5.4", m.BoundaryEvent)
def boundary_event_trigger(event: m.BoundaryEvent, context: Context) -> Findings:
    """A boundary event catches anything but a link or a terminate."""
    return _illegal(event, context, "boundary event")


@rule("boundary-event-none", "10.5.4", m.BoundaryEvent)
def boundary_event_none(event: m.BoundaryEvent, _: Context) -> Findings:
    """A boundary event has something to wait for."""
    if event.event_definitions or event.event_definition_refs:
        return None
    return Finding(
        event,
        f"{called(event)} has no event definition: it would never fire",
        "add one, for example a timer or an error",
    )


@rule("boundary-event-interrupting", "10.5.4", m.BoundaryEvent, vendor="warning")
def boundary_event_interrupting(event: m.BoundaryEvent, context: Context) -> Findings:
    """An error or cancel boundary event interrupts its activity."""
    if event.cancel_activity:
        return None
    return _always_interrupting(event, context, "cancelActivity")


@rule("intermediate-throw-event-trigger", "10.5.4", m.IntermediateThrowEvent)
def intermediate_throw_event_trigger(event: m.IntermediateThrowEvent, context: Context) -> Findings:
    """An intermediate event throws a message, an escalation, a compensation, a link or a signal."""
    return _illegal(event, context, "intermediate throw event")


@rule("implicit-throw-event-trigger", "10.3.8", m.ImplicitThrowEvent)
def implicit_throw_event_trigger(event: m.ImplicitThrowEvent, context: Context) -> Findings:
    """What a multi-instance activity throws is a message, a signal, an escalation, an error..."""
    return _illegal(event, context, "implicit throw event")


@rule("implicit-throw-event-place", "10.3.8", m.ImplicitThrowEvent)
def implicit_throw_event_place(event: m.ImplicitThrowEvent, context: Context) -> Findings:
    """What a multi-instance activity throws is not in the flow."""
    if isinstance(context.parent(event), m.ComplexBehaviorDefinition):
        return None
    return Finding(
        event,
        f"{called(event)} stands outside of a 'complexBehaviorDefinition'",
        "make it an intermediate throw event",
    )


@rule("end-event-trigger", "10.5.3", m.EndEvent)
def end_event_trigger(event: m.EndEvent, context: Context) -> Findings:
    """An end event throws anything but a timer, a condition, or a link."""
    return _illegal(event, context, "end event")


@rule("event-definition-alone", "10.5.5", m.CatchEvent, m.ThrowEvent)
def event_definition_alone(event: m.CatchEvent | m.ThrowEvent, context: Context) -> Findings:
    """A link, a cancel, and a compensation that is caught stand alone at an event."""
    if len(event.event_definitions) + len(event.event_definition_refs) < 2:
        return None
    lone: _Triggers = (_LINK, _CANCEL)
    if isinstance(event, m.CatchEvent):
        lone = (*lone, _COMPENSATE)
    for definition in context.triggers(event):
        if isinstance(definition, lone):
            return Finding(
                event,
                f"{called(event)} has {a(kind(type(definition)))} and others",
                "use an event for each",
            )
    return None


@rule("parallel-multiple-single", "10.5.1", m.CatchEvent, severity="warning")
def parallel_multiple_single(event: m.CatchEvent, _: Context) -> Findings:
    """An event that waits for all its triggers has more than one."""
    if not event.parallel_multiple:
        return None
    if len(event.event_definitions) + len(event.event_definition_refs) > 1:
        return None
    return Finding(
        event,
        f"{called(event)} is 'parallelMultiple' and has no two triggers",
        "add the others, or leave 'parallelMultiple' out",
    )


def _illegal(event: m.CatchEvent | m.ThrowEvent, context: Context, position: str) -> Findings:
    definitions = event.event_definitions
    if not definitions and not event.event_definition_refs:
        return None
    allowed = POSITIONS[position]
    return [
        Finding(
            event,
            f"{called(event)} has {a(kind(type(definition)))}, which {a(position)} cannot have",
            f"{listed(_short(cls) for cls in allowed)} would do",
        )
        for definition in context.triggers(event)
        if not isinstance(definition, allowed)
    ]


def _always_interrupting(
    event: m.BoundaryEvent | m.StartEvent, context: Context, attribute: str
) -> Findings:
    for definition in context.triggers(event):
        if isinstance(definition, _ERROR | _CANCEL | _COMPENSATE):
            return Finding(
                event,
                f"{called(event)} is non-interrupting, but {a(_short(type(definition)))} always"
                " interrupts",
                f"leave '{attribute}' out",
            )
    return None


def _is_of_event_sub_process(event: m.StartEvent, context: Context) -> bool:
    container = context.parent(event)
    return isinstance(container, m.SubProcess) and container.triggered_by_event


def _short(cls: type[m.EventDefinition]) -> str:
    """`TimerEventDefinition` -> `timer`."""
    return kind(cls).removesuffix(" event definition").replace("compensate", "compensation")
