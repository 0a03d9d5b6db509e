"""Events and event definitions (BPMN 2.0.2 §10.5)."""

from __future__ import annotations

from typing import Annotated, ClassVar

from bpmn.model.base import Child, Ref, Role, RootElement
from bpmn.model.data import (
    DataInput,
    DataInputAssociation,
    DataOutput,
    DataOutputAssociation,
    InputSet,
    OutputSet,
    Property,
)
from bpmn.model.expressions import Expression
from bpmn.model.flows import FlowNode

__all__ = [
    "BoundaryEvent",
    "CancelEventDefinition",
    "CatchEvent",
    "CompensateEventDefinition",
    "ConditionalEventDefinition",
    "EndEvent",
    "ErrorEventDefinition",
    "EscalationEventDefinition",
    "Event",
    "EventDefinition",
    "ImplicitThrowEvent",
    "IntermediateCatchEvent",
    "IntermediateThrowEvent",
    "LinkEventDefinition",
    "MessageEventDefinition",
    "SignalEventDefinition",
    "StartEvent",
    "TerminateEventDefinition",
    "ThrowEvent",
    "TimerEventDefinition",
]


class EventDefinition(RootElement, frozen=True, kw_only=True):
    """§10.5.5; inside an event, or shared as a root element and referred to."""

    ABSTRACT: ClassVar[bool] = True


class CancelEventDefinition(EventDefinition, frozen=True, kw_only=True):
    """§10.5.5."""


class CompensateEventDefinition(EventDefinition, frozen=True, kw_only=True):
    """§10.5.5."""

    wait_for_completion: bool = True
    activity_ref: Ref | None = None


class ConditionalEventDefinition(EventDefinition, frozen=True, kw_only=True):
    """§10.5.5."""

    condition: Role[Expression | None] = None


class ErrorEventDefinition(EventDefinition, frozen=True, kw_only=True):
    """§10.5.5."""

    error_ref: Ref | None = None


class EscalationEventDefinition(EventDefinition, frozen=True, kw_only=True):
    """§10.5.5."""

    escalation_ref: Ref | None = None


class LinkEventDefinition(EventDefinition, frozen=True, kw_only=True):
    """§10.5.5."""

    name: str
    sources: Annotated[tuple[Ref, ...], Child("source")] = ()
    target: Role[Ref | None] = None


class MessageEventDefinition(EventDefinition, frozen=True, kw_only=True):
    """§10.5.5."""

    message_ref: Ref | None = None
    operation_ref: Role[Ref | None] = None


class SignalEventDefinition(EventDefinition, frozen=True, kw_only=True):
    """§10.5.5."""

    signal_ref: Ref | None = None


class TerminateEventDefinition(EventDefinition, frozen=True, kw_only=True):
    """§10.5.5."""


class TimerEventDefinition(EventDefinition, frozen=True, kw_only=True):
    """§10.5.5; one of the three."""

    time_date: Role[Expression | None] = None
    time_duration: Role[Expression | None] = None
    time_cycle: Role[Expression | None] = None


class Event(FlowNode, frozen=True, kw_only=True):
    """§10.5."""

    ABSTRACT: ClassVar[bool] = True

    properties: tuple[Property, ...] = ()


class CatchEvent(Event, frozen=True, kw_only=True):
    """§10.5.1."""

    ABSTRACT: ClassVar[bool] = True

    parallel_multiple: bool = False
    data_outputs: tuple[DataOutput, ...] = ()
    data_output_associations: tuple[DataOutputAssociation, ...] = ()
    output_set: OutputSet | None = None
    event_definitions: tuple[EventDefinition, ...] = ()
    event_definition_refs: Annotated[tuple[Ref, ...], Child("eventDefinitionRef")] = ()


class ThrowEvent(Event, frozen=True, kw_only=True):
    """§10.5.1."""

    ABSTRACT: ClassVar[bool] = True

    data_inputs: tuple[DataInput, ...] = ()
    data_input_associations: tuple[DataInputAssociation, ...] = ()
    input_set: InputSet | None = None
    event_definitions: tuple[EventDefinition, ...] = ()
    event_definition_refs: Annotated[tuple[Ref, ...], Child("eventDefinitionRef")] = ()


class StartEvent(CatchEvent, frozen=True, kw_only=True):
    """§10.5.2."""

    is_interrupting: bool = True


class IntermediateCatchEvent(CatchEvent, frozen=True, kw_only=True):
    """§10.5.4."""


class BoundaryEvent(CatchEvent, frozen=True, kw_only=True):
    """§10.5.4."""

    cancel_activity: bool = True
    attached_to_ref: Ref


class IntermediateThrowEvent(ThrowEvent, frozen=True, kw_only=True):
    """§10.5.4."""


class ImplicitThrowEvent(ThrowEvent, frozen=True, kw_only=True):
    """Thrown by the behaviour of a multi-instance activity (§10.5.4)."""


class EndEvent(ThrowEvent, frozen=True, kw_only=True):
    """§10.5.3."""
