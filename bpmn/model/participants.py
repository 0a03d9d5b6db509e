"""How participants of a called interaction map to those of the caller (BPMN 2.0.2 §9.3.2)."""

from __future__ import annotations

from bpmn.model.base import BaseElement, Ref, Role

__all__ = ["ParticipantAssociation"]


class ParticipantAssociation(BaseElement, frozen=True, kw_only=True):
    """§9.3.2."""

    inner_participant_ref: Role[Ref | None] = None
    outer_participant_ref: Role[Ref | None] = None
