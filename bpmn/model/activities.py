"""Activities (BPMN 2.0.2 §10.3)."""

from __future__ import annotations

from typing import ClassVar, Literal

from bpmn.model.artifacts import Artifact
from bpmn.model.base import BaseElement, Ref, Role
from bpmn.model.data import (
    DataInput,
    DataInputAssociation,
    DataOutput,
    DataOutputAssociation,
    InputOutputSpecification,
    Property,
)
from bpmn.model.events import ImplicitThrowEvent
from bpmn.model.expressions import Expression, FormalExpression
from bpmn.model.flows import FlowElement, FlowNode
from bpmn.model.lanes import LaneSet
from bpmn.model.resources import Rendering, ResourceRole

__all__ = [
    "Activity",
    "AdHocSubProcess",
    "BusinessRuleTask",
    "CallActivity",
    "ComplexBehaviorDefinition",
    "LoopCharacteristics",
    "ManualTask",
    "MultiInstanceLoopCharacteristics",
    "ReceiveTask",
    "ScriptTask",
    "SendTask",
    "ServiceTask",
    "StandardLoopCharacteristics",
    "SubProcess",
    "Task",
    "Transaction",
    "UserTask",
]


class LoopCharacteristics(BaseElement, frozen=True, kw_only=True):
    """§10.3.8."""

    ABSTRACT: ClassVar[bool] = True


class StandardLoopCharacteristics(LoopCharacteristics, frozen=True, kw_only=True):
    """§10.3.8."""

    test_before: bool = False
    loop_maximum: int | None = None
    loop_condition: Role[Expression | None] = None


class ComplexBehaviorDefinition(BaseElement, frozen=True, kw_only=True):
    """An event thrown when an instance completes and the condition holds (§10.3.8)."""

    condition: Role[FormalExpression | None] = None
    event: Role[ImplicitThrowEvent | None] = None


class MultiInstanceLoopCharacteristics(LoopCharacteristics, frozen=True, kw_only=True):
    """§10.3.8."""

    is_sequential: bool = False
    behavior: Literal["None", "One", "All", "Complex"] = "All"
    one_behavior_event_ref: Ref | None = None
    none_behavior_event_ref: Ref | None = None
    loop_cardinality: Role[Expression | None] = None
    loop_data_input_ref: Role[Ref | None] = None
    loop_data_output_ref: Role[Ref | None] = None
    input_data_item: Role[DataInput | None] = None
    output_data_item: Role[DataOutput | None] = None
    complex_behavior_definitions: tuple[ComplexBehaviorDefinition, ...] = ()
    completion_condition: Role[Expression | None] = None


class Activity(FlowNode, frozen=True, kw_only=True):
    """§10.3."""

    ABSTRACT: ClassVar[bool] = True

    is_for_compensation: bool = False
    start_quantity: int = 1
    completion_quantity: int = 1
    default: Ref | None = None
    io_specification: InputOutputSpecification | None = None
    properties: tuple[Property, ...] = ()
    data_input_associations: tuple[DataInputAssociation, ...] = ()
    data_output_associations: tuple[DataOutputAssociation, ...] = ()
    resources: tuple[ResourceRole, ...] = ()
    loop_characteristics: LoopCharacteristics | None = None


class Task(Activity, frozen=True, kw_only=True):
    """§10.3.3."""


class ServiceTask(Task, frozen=True, kw_only=True):
    """§10.3.3."""

    implementation: str = "##WebService"
    operation_ref: Ref | None = None


class SendTask(Task, frozen=True, kw_only=True):
    """§10.3.3."""

    implementation: str = "##WebService"
    message_ref: Ref | None = None
    operation_ref: Ref | None = None


class ReceiveTask(Task, frozen=True, kw_only=True):
    """§10.3.3."""

    implementation: str = "##WebService"
    instantiate: bool = False
    message_ref: Ref | None = None
    operation_ref: Ref | None = None


class UserTask(Task, frozen=True, kw_only=True):
    """§10.3.4."""

    implementation: str = "##unspecified"
    renderings: tuple[Rendering, ...] = ()


class ManualTask(Task, frozen=True, kw_only=True):
    """§10.3.4."""


class BusinessRuleTask(Task, frozen=True, kw_only=True):
    """§10.3.3."""

    implementation: str = "##unspecified"


class ScriptTask(Task, frozen=True, kw_only=True):
    """§10.3.3."""

    script_format: str = ""
    script: Role[str] = ""
    """To the letter, white space included."""


class CallActivity(Activity, frozen=True, kw_only=True):
    """§10.3.6."""

    called_element: Ref | None = None
    """Id of a process or global task; dialects put expressions here."""


class SubProcess(Activity, frozen=True, kw_only=True):
    """Embedded or event sub-process (§10.3.5)."""

    triggered_by_event: bool = False
    lane_sets: tuple[LaneSet, ...] = ()
    flow_elements: tuple[FlowElement, ...] = ()
    artifacts: tuple[Artifact, ...] = ()


class Transaction(SubProcess, frozen=True, kw_only=True):
    """§10.3.5."""

    method: str = "##Compensate"


class AdHocSubProcess(SubProcess, frozen=True, kw_only=True):
    """§10.3.5."""

    cancel_remaining_instances: bool = True
    ordering: Literal["Parallel", "Sequential"] = "Parallel"
    completion_condition: Role[Expression | None] = None
