"""Choreographies (BPMN 2.0.2 §11)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from bpmn.model.artifacts import Artifact
from bpmn.model.base import Child, Ref
from bpmn.model.collaboration import Collaboration
from bpmn.model.correlation import CorrelationKey
from bpmn.model.flows import FlowElement, FlowNode
from bpmn.model.participants import ParticipantAssociation

__all__ = [
    "CallChoreography",
    "Choreography",
    "ChoreographyActivity",
    "ChoreographyTask",
    "GlobalChoreographyTask",
    "SubChoreography",
]


class ChoreographyActivity(FlowNode, frozen=True, kw_only=True):
    """§11.5."""

    ABSTRACT: ClassVar[bool] = True

    initiating_participant_ref: Ref
    loop_type: Literal["None", "Standard", "MultiInstanceSequential", "MultiInstanceParallel"] = (
        "None"
    )
    participant_refs: Annotated[tuple[Ref, ...], Child("participantRef")] = ()
    correlation_keys: tuple[CorrelationKey, ...] = ()


class ChoreographyTask(ChoreographyActivity, frozen=True, kw_only=True):
    """§11.5.1."""

    message_flow_refs: Annotated[tuple[Ref, ...], Child("messageFlowRef")] = ()


class SubChoreography(ChoreographyActivity, frozen=True, kw_only=True):
    """§11.5.2."""

    flow_elements: tuple[FlowElement, ...] = ()
    artifacts: tuple[Artifact, ...] = ()


class CallChoreography(ChoreographyActivity, frozen=True, kw_only=True):
    """§11.5.3."""

    called_choreography_ref: Ref | None = None
    participant_associations: tuple[ParticipantAssociation, ...] = ()


class Choreography(Collaboration, frozen=True, kw_only=True):
    """§11.1."""

    flow_elements: tuple[FlowElement, ...] = ()


class GlobalChoreographyTask(Choreography, frozen=True, kw_only=True):
    """§11.5.4."""

    initiating_participant_ref: Ref | None = None
