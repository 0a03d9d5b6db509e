"""Compensation (BPMN 2.0.2 §10.5.5, §10.7): boundary event, association, handler, throw."""

from __future__ import annotations

import bpmn.model as m
from bpmn.checks.context import Context
from bpmn.checks.register import Finding, Findings, rule
from bpmn.checks.words import called


@rule("compensation-boundary-handler", "10.7", m.BoundaryEvent, drawn="warning")
def compensation_boundary_handler(event: m.BoundaryEvent, context: Context) -> Findings:
    """A compensation boundary event is joined to its handler by an association."""
    if not context.has_trigger(event, m.CompensateEventDefinition):
        return None
    if _joined_activities(event, context):
        return None
    return Finding(
        event,
        f"compensation {called(event)} is joined to no handler",
        "draw an association from it to an activity with 'isForCompensation'",
    )


@rule("compensation-boundary-handlers", "10.7", m.BoundaryEvent)
def compensation_boundary_handlers(event: m.BoundaryEvent, context: Context) -> Findings:
    """A compensation boundary event has one handler."""
    if not context.has_trigger(event, m.CompensateEventDefinition):
        return None
    handlers = _joined_activities(event, context)
    if len(handlers) < 2:
        return None
    return Finding(
        event,
        f"compensation {called(event)} is joined to '{handlers[0].id}' and '{handlers[1].id}'",
        "put them into one sub-process with 'isForCompensation'",
    )


@rule("compensation-handler-mark", "10.7", m.BoundaryEvent, drawn="warning")
def compensation_handler_mark(event: m.BoundaryEvent, context: Context) -> Findings:
    """The handler of a compensation boundary event is an activity marked as for compensation."""
    if not context.has_trigger(event, m.CompensateEventDefinition):
        return None
    return [
        Finding(
            activity,
            f"{called(activity)} is joined to compensation {called(event)} and not marked as for"
            " compensation",
            "set its 'isForCompensation' to true",
        )
        for activity in _joined_activities(event, context)
        if not activity.is_for_compensation
    ]


@rule("compensation-handler-place", "10.7", m.BoundaryEvent)
def compensation_handler_place(event: m.BoundaryEvent, context: Context) -> Findings:
    """A compensation handler stands in the process or sub-process of its boundary event."""
    if not context.has_trigger(event, m.CompensateEventDefinition):
        return None
    return [
        Finding(
            activity,
            f"handler '{activity.id}' of compensation {called(event)} stands in another process or"
            " sub-process",
            "move it beside the event",
        )
        for activity in _joined_activities(event, context)
        if context.parent(activity) is not context.parent(event)
    ]


@rule(
    "compensation-handler-unused",
    "10.7",
    m.Activity,
    severity="warning",
    given="is_for_compensation",
)
def compensation_handler_unused(activity: m.Activity, context: Context) -> Findings:
    """An activity that is for compensation is somebody's handler."""
    if isinstance(activity, m.SubProcess) and activity.triggered_by_event:
        return None
    for other, _ in context.associated.get(activity.id, ()):
        event = context.by_id.get(other)
        if isinstance(event, m.BoundaryEvent) and context.has_trigger(
            event, m.CompensateEventDefinition
        ):
            return None
    return Finding(
        activity,
        f"{called(activity)} is for compensation and no boundary event leads to it",
        "draw an association from a compensation boundary event",
    )


@rule("compensation-boundary-twice", "10.7", m.BoundaryEvent)
def compensation_boundary_twice(event: m.BoundaryEvent, context: Context) -> Findings:
    """An activity has one compensation boundary event."""
    beside = context.boundary_events[event.attached_to_ref]
    if len(beside) < 2 or beside[0] is not event:
        return None
    events = [e for e in beside if context.has_trigger(e, m.CompensateEventDefinition)]
    return [
        Finding(
            second,
            f"{called(second)} on '{event.attached_to_ref}' compensates, as '{events[0].id}' does",
            "keep one of them",
        )
        for second in events[1:]
    ]


@rule("compensation-activity-visible", "10.5.5", m.CompensateEventDefinition, drawn="warning")
def compensation_activity_visible(
    definition: m.CompensateEventDefinition, context: Context
) -> Findings:
    """What a throw compensates stands beside it, or beside the event sub-process it is in."""
    activity = context.by_id.get(definition.activity_ref or "")
    event = context.event_of(definition)
    if not isinstance(activity, m.Activity) or not isinstance(event, m.ThrowEvent):
        return None
    around = context.parent(event)
    while isinstance(around, m.SubProcess) and around.triggered_by_event:
        if context.parent(activity) is around:
            return None
        around = context.parent(around)
    if context.parent(activity) is around:
        return None
    return Finding(
        definition,
        f"{called(event)} compensates '{activity.id}', which it cannot see from where it is",
        "name an activity of the same process or sub-process",
    )


@rule("compensation-activity-handler", "10.5.5", m.CompensateEventDefinition, severity="warning")
def compensation_activity_handler(
    definition: m.CompensateEventDefinition, context: Context
) -> Findings:
    """What a throw compensates has a handler, or something inside that has."""
    activity = context.by_id.get(definition.activity_ref or "")
    event = context.event_of(definition)
    if not isinstance(activity, m.Activity) or not isinstance(event, m.ThrowEvent):
        return None
    if isinstance(activity, m.SubProcess | m.CallActivity):
        return None
    if any(
        context.has_trigger(boundary, m.CompensateEventDefinition)
        for boundary in context.boundary_events.get(activity.id, ())
    ):
        return None
    return Finding(
        definition,
        f"{called(event)} compensates '{activity.id}', which has no compensation handler",
        "attach a compensation boundary event to it",
    )


def _joined_activities(event: m.BoundaryEvent, context: Context) -> list[m.Activity]:
    """The activities that associations join the event to, its own host excepted."""
    found = (context.by_id.get(other) for other, _ in context.associated.get(event.id, ()))
    return [
        node for node in found if isinstance(node, m.Activity) and node.id != event.attached_to_ref
    ]
