"""Data (BPMN 2.0.2 §10.4)."""

from __future__ import annotations

from typing import Annotated, ClassVar

from bpmn.model.base import BaseElement, Child, Ref, Role, RootElement
from bpmn.model.expressions import Expression, FormalExpression
from bpmn.model.flows import FlowElement

__all__ = [
    "Assignment",
    "DataAssociation",
    "DataInput",
    "DataInputAssociation",
    "DataObject",
    "DataObjectReference",
    "DataOutput",
    "DataOutputAssociation",
    "DataState",
    "DataStore",
    "DataStoreReference",
    "InputOutputBinding",
    "InputOutputSpecification",
    "InputSet",
    "ItemAwareElement",
    "OutputSet",
    "Property",
]


class DataState(BaseElement, frozen=True, kw_only=True):
    """For example *paid* (§10.4.1)."""

    name: str = ""


class DataObject(FlowElement, frozen=True, kw_only=True):
    """§10.4.1."""

    item_subject_ref: Ref | None = None
    is_collection: bool = False
    data_state: DataState | None = None


class DataObjectReference(FlowElement, frozen=True, kw_only=True):
    """§10.4.1."""

    item_subject_ref: Ref | None = None
    data_object_ref: Ref | None = None
    data_state: DataState | None = None


class DataStore(RootElement, frozen=True, kw_only=True):
    """§10.4.1."""

    name: str = ""
    capacity: int | None = None
    is_unlimited: bool = True
    item_subject_ref: Ref | None = None
    data_state: DataState | None = None


class DataStoreReference(FlowElement, frozen=True, kw_only=True):
    """§10.4.1."""

    item_subject_ref: Ref | None = None
    data_store_ref: Ref | None = None
    data_state: DataState | None = None


class Property(BaseElement, frozen=True, kw_only=True):
    """A variable that no diagram shows (§10.4.1)."""

    name: str = ""
    item_subject_ref: Ref | None = None
    data_state: DataState | None = None


class DataInput(BaseElement, frozen=True, kw_only=True):
    """§10.4.1."""

    name: str = ""
    item_subject_ref: Ref | None = None
    is_collection: bool = False
    data_state: DataState | None = None


class DataOutput(BaseElement, frozen=True, kw_only=True):
    """§10.4.1."""

    name: str = ""
    item_subject_ref: Ref | None = None
    is_collection: bool = False
    data_state: DataState | None = None


ItemAwareElement = (
    DataObject
    | DataObjectReference
    | DataStore
    | DataStoreReference
    | Property
    | DataInput
    | DataOutput
)
"""What can hold data (§10.4.1)."""


class Assignment(BaseElement, frozen=True, kw_only=True):
    """§10.4.2."""

    from_: Annotated[Expression | None, Child("from")] = None
    to: Role[Expression | None] = None


class DataAssociation(BaseElement, frozen=True, kw_only=True):
    """§10.4.2."""

    source_refs: Annotated[tuple[Ref, ...], Child("sourceRef")] = ()
    target_ref: Role[Ref | None] = None
    transformation: Role[FormalExpression | None] = None
    assignments: tuple[Assignment, ...] = ()


class DataInputAssociation(DataAssociation, frozen=True, kw_only=True):
    """§10.4.2."""


class DataOutputAssociation(DataAssociation, frozen=True, kw_only=True):
    """§10.4.2."""


class InputSet(BaseElement, frozen=True, kw_only=True):
    """§10.4.1."""

    name: str = ""
    data_input_refs: Role[tuple[Ref, ...]] = ()
    optional_input_refs: Role[tuple[Ref, ...]] = ()
    while_executing_input_refs: Role[tuple[Ref, ...]] = ()
    output_set_refs: Role[tuple[Ref, ...]] = ()


class OutputSet(BaseElement, frozen=True, kw_only=True):
    """§10.4.1."""

    name: str = ""
    data_output_refs: Role[tuple[Ref, ...]] = ()
    optional_output_refs: Role[tuple[Ref, ...]] = ()
    while_executing_output_refs: Role[tuple[Ref, ...]] = ()
    input_set_refs: Role[tuple[Ref, ...]] = ()


class InputOutputSpecification(BaseElement, frozen=True, kw_only=True):
    """§10.4.1."""

    TAG: ClassVar[str] = "ioSpecification"
    data_inputs: tuple[DataInput, ...] = ()
    data_outputs: tuple[DataOutput, ...] = ()
    input_sets: tuple[InputSet, ...] = ()
    output_sets: tuple[OutputSet, ...] = ()


class InputOutputBinding(BaseElement, frozen=True, kw_only=True):
    """§10.4.1."""

    TAG: ClassVar[str] = "ioBinding"
    operation_ref: Ref
    input_data_ref: Ref
    output_data_ref: Ref
