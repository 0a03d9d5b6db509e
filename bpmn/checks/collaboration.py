"""Collaborations (BPMN 2.0.2 §9): pools, message flows, conversations."""

from __future__ import annotations

import bpmn.model as m
from bpmn.checks.context import Context
from bpmn.checks.register import Finding, Findings, rule
from bpmn.checks.words import called

_CONVERSES = (m.Participant, m.Activity, m.Event)


@rule("black-box-pool", "9.3", m.Participant, severity="info")
def black_box_pool(participant: m.Participant, context: Context) -> Findings:
    """A pool without a process is said to be shown only."""
    if participant.process_ref or not isinstance(context.parent(participant), m.Collaboration):
        return None
    if isinstance(context.parent(participant), m.Choreography):
        return None
    return Finding(
        participant,
        f"pool '{participant.name or participant.id}' has no process: it is shown, and nothing"
        " of it executes",
        "add a 'processRef' to execute it",
    )


@rule("participant-multiplicity", "9.3.1", m.ParticipantMultiplicity)
def participant_multiplicity(multiplicity: m.ParticipantMultiplicity, _: Context) -> Findings:
    """A multiplicity has a minimum of 0 or more, and a maximum of 1 or more, not below it."""
    low, high = multiplicity.minimum, multiplicity.maximum
    if low >= 0 and high >= max(1, low):
        return None
    return Finding(
        multiplicity,
        f"the multiplicity of a participant is {low} to {high}",
        "a minimum of 0 or more, and a maximum not below it would do",
    )


@rule("participant-process-twice", "9.3", m.Collaboration, severity="warning")
def participant_process_twice(collaboration: m.Collaboration, _: Context) -> Findings:
    """A process is in one pool of a collaboration."""
    first: dict[str, m.Participant] = {}
    found = []
    for participant in collaboration.participants:
        ref = participant.process_ref
        if ref and (other := first.setdefault(ref, participant)) is not participant:
            found.append(
                Finding(
                    participant,
                    f"{called(participant)} has process '{ref}', as '{other.id}' has",
                    "give each pool a process of its own",
                )
            )
    return found


@rule("participant-association-incomplete", "9.3.2", m.ParticipantAssociation)
def participant_association_incomplete(
    association: m.ParticipantAssociation, _: Context
) -> Findings:
    """A participant association has an inner and an outer participant."""
    ends = (
        ("innerParticipantRef", association.inner_participant_ref),
        ("outerParticipantRef", association.outer_participant_ref),
    )
    missing = [word for word, ref in ends if not ref]
    if not missing:
        return None
    return Finding(association, f"{called(association)} has no '{missing[0]}'", "add it")


# Message flows


@rule("message-event-flows", "10.5.4", m.Collaboration)
def message_event_flows(collaboration: m.Collaboration, context: Context) -> Findings:
    """An intermediate or end event with one message has one message flow."""
    first: dict[str, m.MessageFlow] = {}
    found = []
    for flow in collaboration.message_flows:
        for ref in (flow.source_ref, flow.target_ref):
            event = context.by_id.get(ref)
            if not isinstance(event, m.Event) or isinstance(event, m.StartEvent):
                continue
            other = first.setdefault(ref, flow)
            if other is not flow and len(context.triggers(event)) == 1:
                found.append(
                    Finding(
                        flow,
                        f"{called(flow)} is joined to {called(event)}, as '{other.id}' is",
                        "use an event for each message",
                    )
                )
    return found


@rule("message-flow-same-pool", "9.4", m.MessageFlow)
def message_flow_same_pool(flow: m.MessageFlow, context: Context) -> Findings:
    """A message flow leads from one pool to another."""
    source, target = _pool(flow.source_ref, context), _pool(flow.target_ref, context)
    if source is None or source is not target:
        return None
    return Finding(
        flow,
        f"{called(flow)} joins '{flow.source_ref}' and '{flow.target_ref}' of one pool",
        "use a sequence flow, or a signal",
    )


@rule("message-flow-source", "9.4", m.MessageFlow)
def message_flow_source(flow: m.MessageFlow, context: Context) -> Findings:
    """A message flow comes from a pool, an activity, or an event that throws a message."""
    source = context.by_id.get(flow.source_ref)
    if not isinstance(source, m.FlowNode) or isinstance(source, m.Activity):
        return None
    if isinstance(source, m.ThrowEvent) and context.has_trigger(source, m.MessageEventDefinition):
        return None
    return Finding(
        flow,
        f"{called(flow)} comes from {called(source)}",
        "a pool, an activity, or a throw or end event with a message would do",
    )


@rule("message-flow-target", "9.4", m.MessageFlow)
def message_flow_target(flow: m.MessageFlow, context: Context) -> Findings:
    """A message flow leads to a pool, an activity, or an event that catches a message."""
    target = context.by_id.get(flow.target_ref)
    if not isinstance(target, m.FlowNode) or isinstance(target, m.Activity):
        return None
    if isinstance(target, m.CatchEvent) and context.has_trigger(target, m.MessageEventDefinition):
        return None
    return Finding(
        flow,
        f"{called(flow)} leads to {called(target)}",
        "a pool, an activity, or a start, catch or boundary event with a message would do",
    )


@rule("message-flow-message", "9.4", m.MessageFlow, severity="warning")
def message_flow_message(flow: m.MessageFlow, context: Context) -> Findings:
    """A message flow carries the message that its ends send and receive."""
    if not flow.message_ref:
        return None
    for ref in (flow.source_ref, flow.target_ref):
        messages = _messages(ref, context)
        if messages and flow.message_ref not in messages:
            return Finding(
                flow,
                f"{called(flow)} carries '{flow.message_ref}', and '{ref}' has '{messages[0]}'",
                "use one message for both",
            )
    return None


def _pool(ref: str, context: Context) -> m.ModelElement | None:
    """The process that a message flow's end is in; of a pool without one, the pool."""
    element = context.by_id.get(ref)
    if isinstance(element, m.Participant):
        return context.by_id.get(element.process_ref or "", element)
    return context.process(element) if element is not None else None


def _messages(ref: str, context: Context) -> list[str]:
    """Ids of the messages that a node sends or receives."""
    node = context.by_id.get(ref)
    if isinstance(node, m.SendTask | m.ReceiveTask):
        return [node.message_ref] if node.message_ref else []
    if not isinstance(node, m.Event):
        return []
    return [
        definition.message_ref
        for definition in context.triggers(node)
        if isinstance(definition, m.MessageEventDefinition) and definition.message_ref
    ]


# Conversations


@rule("conversation-not-executable", "9.5", m.ConversationNode, severity="info")
def conversation_not_executable(node: m.ConversationNode, _: Context) -> Findings:
    """A conversation is said to be shown only."""
    return Finding(
        node,
        f"{called(node)} is shown; the messages of the pools' processes execute",
        "nothing needs to be done",
    )


@rule("conversation-participants", "9.5.1", m.ConversationNode)
def conversation_participants(node: m.ConversationNode, _: Context) -> Findings:
    """A conversation has two participants or more."""
    if len(set(node.participant_refs)) >= 2:
        return None
    return Finding(
        node,
        f"{called(node)} has {len(set(node.participant_refs)) or 'no'} participant"
        f"{'s' if len(set(node.participant_refs)) != 1 else ''}",
        "name those that take part with 'participantRef'",
    )


@rule("conversation-link-ends", "9.5.6", m.ConversationLink)
def conversation_link_ends(link: m.ConversationLink, context: Context) -> Findings:
    """A conversation link joins a conversation with a pool, an activity, or an event."""
    source, target = context.by_id.get(link.source_ref), context.by_id.get(link.target_ref)
    if source is None or target is None:
        return None
    for one, other in ((source, target), (target, source)):
        if isinstance(one, m.ConversationNode) and isinstance(other, _CONVERSES):
            return None
    return Finding(
        link,
        f"{called(link)} joins {called(source)} with {called(target)}",
        "join a conversation with one who takes part",
    )


@rule("global-conversation-contents", "9.5", m.GlobalConversation)
def global_conversation_contents(conversation: m.GlobalConversation, _: Context) -> Findings:
    """A global conversation has no conversations in it."""
    return [
        Finding(
            node, f"{called(node)} stands in {called(conversation)}", "put it into a collaboration"
        )
        for node in conversation.conversation_nodes
    ]
