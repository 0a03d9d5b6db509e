"""Conversations (BPMN 2.0.2 §9.5)."""

from __future__ import annotations

from typing import Annotated, ClassVar

from bpmn.model.base import BaseElement, Child, Ref
from bpmn.model.correlation import CorrelationKey
from bpmn.model.participants import ParticipantAssociation

__all__ = [
    "CallConversation",
    "Conversation",
    "ConversationAssociation",
    "ConversationLink",
    "ConversationNode",
    "SubConversation",
]


class ConversationNode(BaseElement, frozen=True, kw_only=True):
    """§9.5.1."""

    ABSTRACT: ClassVar[bool] = True

    name: str = ""
    participant_refs: Annotated[tuple[Ref, ...], Child("participantRef")] = ()
    message_flow_refs: Annotated[tuple[Ref, ...], Child("messageFlowRef")] = ()
    correlation_keys: tuple[CorrelationKey, ...] = ()


class Conversation(ConversationNode, frozen=True, kw_only=True):
    """§9.5.2."""


class SubConversation(ConversationNode, frozen=True, kw_only=True):
    """§9.5.3."""

    conversation_nodes: tuple[ConversationNode, ...] = ()


class CallConversation(ConversationNode, frozen=True, kw_only=True):
    """§9.5.4."""

    called_collaboration_ref: Ref | None = None
    participant_associations: tuple[ParticipantAssociation, ...] = ()


class ConversationLink(BaseElement, frozen=True, kw_only=True):
    """§9.5.6."""

    name: str = ""
    source_ref: Ref
    target_ref: Ref


class ConversationAssociation(BaseElement, frozen=True, kw_only=True):
    """§9.5.7."""

    inner_conversation_node_ref: Ref
    outer_conversation_node_ref: Ref
