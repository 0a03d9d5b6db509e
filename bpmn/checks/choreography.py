"""Choreographies (BPMN 2.0.2 §11): accepted and shown, held to their basic rules, not executed."""

from __future__ import annotations

import bpmn.model as m
from bpmn.checks.context import Context
from bpmn.checks.register import Finding, Findings, rule
from bpmn.checks.words import a, called, kind

_NOT_THROWN = (
    m.MessageEventDefinition,
    m.SignalEventDefinition,
    m.EscalationEventDefinition,
    m.CompensateEventDefinition,
)
_NOT_STARTING = (
    m.MessageEventDefinition,
    m.ErrorEventDefinition,
    m.EscalationEventDefinition,
    m.CompensateEventDefinition,
    m.CancelEventDefinition,
)
_NOT_ENDING = (*_NOT_STARTING, m.SignalEventDefinition)


@rule("choreography-not-executable", "11.1", m.Choreography, severity="info")
def choreography_not_executable(choreography: m.Choreography, _: Context) -> Findings:
    """A choreography is said to be shown only."""
    return Finding(
        choreography,
        f"{called(choreography)} is not executable: it is shown",
        "execute the processes of its participants",
    )


@rule("choreography-task-participants", "11.5.1", m.ChoreographyTask)
def choreography_task_participants(task: m.ChoreographyTask, _: Context) -> Findings:
    """A choreography task has two participants."""
    if len(set(task.participant_refs)) == 2:
        return None
    return Finding(
        task,
        f"{called(task)} has {len(set(task.participant_refs)) or 'no'} participants",
        "name the two that take part with 'participantRef'",
    )


@rule("choreography-activity-participants", "11.5", m.SubChoreography, m.CallChoreography)
def choreography_activity_participants(
    activity: m.SubChoreography | m.CallChoreography, _: Context
) -> Findings:
    """A sub-choreography, or a call of one, has two participants or more."""
    if len(set(activity.participant_refs)) >= 2:
        return None
    return Finding(
        activity,
        f"{called(activity)} has {len(set(activity.participant_refs)) or 'no'} participant"
        f"{'' if activity.participant_refs else 's'}",
        "name those that take part with 'participantRef'",
    )


@rule("choreography-initiator", "11.5", m.ChoreographyActivity)
def choreography_initiator(activity: m.ChoreographyActivity, _: Context) -> Findings:
    """Who initiates a choreography activity takes part in it."""
    initiator = activity.initiating_participant_ref
    if not initiator or initiator in activity.participant_refs:
        return None
    return Finding(
        activity,
        f"'{initiator}' initiates {called(activity)} and does not take part in it",
        "name it with a 'participantRef', too",
    )


@rule("choreography-task-messages", "11.5.1", m.ChoreographyTask)
def choreography_task_messages(task: m.ChoreographyTask, _: Context) -> Findings:
    """A choreography task exchanges one message, or one and its answer."""
    if 1 <= len(task.message_flow_refs) <= 2:
        return None
    return Finding(
        task,
        f"{called(task)} has {len(task.message_flow_refs) or 'no'} message flows",
        "name one, or one each way, with 'messageFlowRef'",
    )


@rule("choreography-task-message-ends", "11.5.1", m.ChoreographyTask)
def choreography_task_message_ends(task: m.ChoreographyTask, context: Context) -> Findings:
    """The messages of a choreography task flow between its participants."""
    flows = (context.by_id.get(ref) for ref in task.message_flow_refs)
    return [
        Finding(
            task,
            f"{called(flow)} of {called(task)} is between '{flow.source_ref}' and"
            f" '{flow.target_ref}'",
            "name a message flow between its participants",
        )
        for flow in flows
        if isinstance(flow, m.MessageFlow)
        if {flow.source_ref, flow.target_ref} - {*task.participant_refs}
    ]


@rule("choreography-task-initiating-message", "11.5.1", m.ChoreographyTask)
def choreography_task_initiating_message(task: m.ChoreographyTask, context: Context) -> Findings:
    """Of the messages of a choreography task one is the initiator's, another one the answer."""
    flows = [context.by_id.get(ref) for ref in task.message_flow_refs]
    sources = [flow.source_ref for flow in flows if isinstance(flow, m.MessageFlow)]
    if not sources or len(sources) != len(flows) or len(sources) > 2:
        return None
    if task.initiating_participant_ref not in task.participant_refs:
        return None
    if sources.count(task.initiating_participant_ref) == 1:
        return None
    return Finding(
        task,
        f"{len(sources) if sources.count(task.initiating_participant_ref) else 'none'} of the"
        f" messages of {called(task)} come from its initiator '{task.initiating_participant_ref}'",
        "let the initiator send one, and the other participant the answer",
    )


@rule("choreography-initiator-absent", "11.5", m.ChoreographyActivity)
def choreography_initiator_absent(activity: m.ChoreographyActivity, context: Context) -> Findings:
    """Who initiates a choreography activity took part in the one right before: it knows when."""
    initiator = activity.initiating_participant_ref
    before = (context.by_id.get(f.source_ref) for f in context.incoming.get(activity.id, ()))
    return [
        Finding(
            activity,
            f"'{initiator}' initiates {called(activity)} and takes no part in '{earlier.id}' before"
            " it",
            "let somebody initiate it who has seen the one before",
        )
        for earlier in before
        if isinstance(earlier, m.ChoreographyActivity)
        if earlier.participant_refs and initiator not in earlier.participant_refs
    ]


@rule("choreography-element", "11.4", m.Choreography, m.SubChoreography)
def choreography_element(container: m.Choreography | m.SubChoreography, _: Context) -> Findings:
    """A choreography has no activities and no data of one participant's."""
    return [
        Finding(
            element,
            f"{called(element)} stands in {called(container)}",
            "use a choreography task",
        )
        for element in container.flow_elements
        if isinstance(element, m.Activity | m.DataObject | m.DataStoreReference)
    ]


@rule("choreography-start-event", "11.6", m.StartEvent)
def choreography_start_event(event: m.StartEvent, context: Context) -> Findings:
    """A choreography starts by nothing, a timer, a condition, or a signal."""
    return _illegal(
        event, context, _NOT_STARTING, "no trigger, a timer, a condition, or a signal would do"
    )


@rule("choreography-end-event", "11.6", m.EndEvent)
def choreography_end_event(event: m.EndEvent, context: Context) -> Findings:
    """A choreography ends by nothing or a terminate: nobody is there to throw."""
    return _illegal(event, context, _NOT_ENDING, "no trigger, or a terminate, would do")


@rule("choreography-intermediate-event", "11.6", m.IntermediateThrowEvent, m.IntermediateCatchEvent)
def choreography_intermediate_event(
    event: m.IntermediateThrowEvent | m.IntermediateCatchEvent, context: Context
) -> Findings:
    """In the flow of a choreography nobody sends or receives: messages are its tasks'."""
    illegal: tuple[type[m.EventDefinition], ...] = (m.MessageEventDefinition,)
    if isinstance(event, m.ThrowEvent):
        illegal = _NOT_THROWN
    remedy = "a timer, a condition, a signal that is caught, or a link would do"
    return _illegal(event, context, illegal, remedy)


def _illegal(
    event: m.CatchEvent | m.ThrowEvent,
    context: Context,
    illegal: tuple[type[m.EventDefinition], ...],
    remedy: str,
) -> Findings:
    if not isinstance(context.parent(event), m.Choreography | m.SubChoreography):
        return None
    return [
        Finding(
            event,
            f"{called(event)} of a choreography has {a(kind(type(definition)))}",
            remedy,
        )
        for definition in context.triggers(event)
        if isinstance(definition, illegal)
    ]
