"""Processes, callable elements and global tasks (BPMN 2.0.2 §10.2, §10.3.7)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from bpmn.model.activities import SubProcess
from bpmn.model.artifacts import Artifact
from bpmn.model.base import Child, Ref, Role, RootElement
from bpmn.model.choreography import Choreography, SubChoreography
from bpmn.model.correlation import CorrelationSubscription
from bpmn.model.data import InputOutputBinding, InputOutputSpecification, Property
from bpmn.model.flows import Auditing, FlowElement, Monitoring
from bpmn.model.lanes import LaneSet
from bpmn.model.resources import Rendering, ResourceRole

__all__ = [
    "CallableElement",
    "FlowElementsContainer",
    "GlobalBusinessRuleTask",
    "GlobalManualTask",
    "GlobalScriptTask",
    "GlobalTask",
    "GlobalUserTask",
    "Process",
]


class CallableElement(RootElement, frozen=True, kw_only=True):
    """What a call activity can call (§10.3.6)."""

    ABSTRACT: ClassVar[bool] = True

    name: str = ""
    supported_interface_refs: Annotated[tuple[Ref, ...], Child("supportedInterfaceRef")] = ()
    io_specification: InputOutputSpecification | None = None
    io_bindings: tuple[InputOutputBinding, ...] = ()


class Process(CallableElement, frozen=True, kw_only=True):
    """§10.2."""

    process_type: Literal["None", "Public", "Private"] = "None"
    is_closed: bool = False
    is_executable: bool = False
    definitional_collaboration_ref: Ref | None = None
    auditing: Auditing | None = None
    monitoring: Monitoring | None = None
    properties: tuple[Property, ...] = ()
    lane_sets: tuple[LaneSet, ...] = ()
    flow_elements: tuple[FlowElement, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    resources: tuple[ResourceRole, ...] = ()
    correlation_subscriptions: tuple[CorrelationSubscription, ...] = ()
    supports: Role[tuple[Ref, ...]] = ()


FlowElementsContainer = Process | SubProcess | Choreography | SubChoreography
"""What has flow elements (§8.4.6)."""


class GlobalTask(CallableElement, frozen=True, kw_only=True):
    """§10.3.7."""

    resources: tuple[ResourceRole, ...] = ()


class GlobalBusinessRuleTask(GlobalTask, frozen=True, kw_only=True):
    """§10.3.7."""

    implementation: str = "##unspecified"


class GlobalManualTask(GlobalTask, frozen=True, kw_only=True):
    """§10.3.7."""


class GlobalScriptTask(GlobalTask, frozen=True, kw_only=True):
    """§10.3.7."""

    script_language: str = ""
    script: Role[str] = ""


class GlobalUserTask(GlobalTask, frozen=True, kw_only=True):
    """§10.3.7."""

    implementation: str = "##unspecified"
    renderings: tuple[Rendering, ...] = ()
