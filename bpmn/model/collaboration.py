"""Collaborations (BPMN 2.0.2 §9)."""

from __future__ import annotations

from typing import Annotated

from bpmn.model.artifacts import Artifact
from bpmn.model.base import BaseElement, Child, Ref, RootElement
from bpmn.model.conversation import ConversationAssociation, ConversationLink, ConversationNode
from bpmn.model.correlation import CorrelationKey
from bpmn.model.participants import ParticipantAssociation

__all__ = [
    "Collaboration",
    "GlobalConversation",
    "MessageFlow",
    "MessageFlowAssociation",
    "Participant",
    "ParticipantMultiplicity",
    "PartnerEntity",
    "PartnerRole",
]


class ParticipantMultiplicity(BaseElement, frozen=True, kw_only=True):
    """§9.3.1."""

    minimum: int = 0
    maximum: int = 1


class Participant(BaseElement, frozen=True, kw_only=True):
    """A pool (§9.3)."""

    name: str = ""
    process_ref: Ref | None = None
    interface_refs: Annotated[tuple[Ref, ...], Child("interfaceRef")] = ()
    end_point_refs: Annotated[tuple[Ref, ...], Child("endPointRef")] = ()
    participant_multiplicity: ParticipantMultiplicity | None = None


class PartnerEntity(RootElement, frozen=True, kw_only=True):
    """§9.3.1."""

    name: str = ""
    participant_refs: Annotated[tuple[Ref, ...], Child("participantRef")] = ()


class PartnerRole(RootElement, frozen=True, kw_only=True):
    """§9.3.1."""

    name: str = ""
    participant_refs: Annotated[tuple[Ref, ...], Child("participantRef")] = ()


class MessageFlow(BaseElement, frozen=True, kw_only=True):
    """§9.4."""

    name: str = ""
    source_ref: Ref
    target_ref: Ref
    message_ref: Ref | None = None


class MessageFlowAssociation(BaseElement, frozen=True, kw_only=True):
    """§9.4.2."""

    inner_message_flow_ref: Ref
    outer_message_flow_ref: Ref


class Collaboration(RootElement, frozen=True, kw_only=True):
    """§9.2."""

    name: str = ""
    is_closed: bool = False
    participants: tuple[Participant, ...] = ()
    message_flows: tuple[MessageFlow, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    conversation_nodes: tuple[ConversationNode, ...] = ()
    conversation_associations: tuple[ConversationAssociation, ...] = ()
    participant_associations: tuple[ParticipantAssociation, ...] = ()
    message_flow_associations: tuple[MessageFlowAssociation, ...] = ()
    correlation_keys: tuple[CorrelationKey, ...] = ()
    choreography_refs: Annotated[tuple[Ref, ...], Child("choreographyRef")] = ()
    conversation_links: tuple[ConversationLink, ...] = ()


class GlobalConversation(Collaboration, frozen=True, kw_only=True):
    """§9.5."""
