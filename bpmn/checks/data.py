"""Data (BPMN 2.0.2 §10.4.1): specifications and their sets, references, collections."""

from __future__ import annotations

from collections.abc import Iterable

import bpmn.model as m
from bpmn.checks.context import Context
from bpmn.checks.register import Finding, Findings, rule
from bpmn.checks.words import called, tag


@rule("io-specification-input-set", "10.4.1", m.InputOutputSpecification, vendor="warning")
def io_specification_input_set(io: m.InputOutputSpecification, context: Context) -> Findings:
    """An input/output specification has an input set."""
    if io.input_sets:
        return None
    return Finding(io, f"{_owner(io, context)} has no 'inputSet'", "add one, it may be empty")


@rule("io-specification-output-set", "10.4.1", m.InputOutputSpecification, vendor="warning")
def io_specification_output_set(io: m.InputOutputSpecification, context: Context) -> Findings:
    """An input/output specification has an output set."""
    if io.output_sets:
        return None
    return Finding(io, f"{_owner(io, context)} has no 'outputSet'", "add one, it may be empty")


@rule("data-input-unused", "10.4.1", m.InputOutputSpecification, vendor="warning")
def data_input_unused(io: m.InputOutputSpecification, _: Context) -> Findings:
    """Each data input is in an input set."""
    named: set[str] = {ref for held in io.input_sets for ref in held.data_input_refs}
    if not io.input_sets:
        return None
    return _unused(io.data_inputs, named, "inputSet")


@rule("data-output-unused", "10.4.1", m.InputOutputSpecification, vendor="warning")
def data_output_unused(io: m.InputOutputSpecification, _: Context) -> Findings:
    """Each data output is in an output set."""
    named: set[str] = {ref for held in io.output_sets for ref in held.data_output_refs}
    if not io.output_sets:
        return None
    return _unused(io.data_outputs, named, "outputSet")


def _unused(
    data: Iterable[m.DataInput | m.DataOutput], named: set[str], word: str
) -> list[Finding]:
    return [
        Finding(item, f"{called(item)} is in no '{word}'", f"name it in one '{word}'")
        for item in data
        if item.id not in named
    ]


@rule("input-set-foreign", "10.4.1", m.InputOutputSpecification)
def input_set_foreign(io: m.InputOutputSpecification, context: Context) -> Findings:
    """An input set holds data inputs of its own specification."""
    own = {data.id for data in io.data_inputs}
    return [
        _foreign(held, ref, io, context)
        for held in io.input_sets
        for ref in held.data_input_refs
        if ref not in own and isinstance(context.by_id.get(ref), m.DataInput)
    ]


@rule("output-set-foreign", "10.4.1", m.InputOutputSpecification)
def output_set_foreign(io: m.InputOutputSpecification, context: Context) -> Findings:
    """An output set holds data outputs of its own specification."""
    own = {data.id for data in io.data_outputs}
    return [
        _foreign(held, ref, io, context)
        for held in io.output_sets
        for ref in held.data_output_refs
        if ref not in own and isinstance(context.by_id.get(ref), m.DataOutput)
    ]


def _foreign(
    held: m.InputSet | m.OutputSet, ref: str, io: m.InputOutputSpecification, context: Context
) -> Finding:
    return Finding(
        held,
        f"{called(held)} of {_owner(io, context)} holds '{ref}', which belongs to another",
        "name its own data",
    )


@rule("input-set-subset", "10.4.1", m.InputSet)
def input_set_subset(held: m.InputSet, _: Context) -> Findings:
    """Optional inputs, and inputs while executing, are inputs of the same set."""
    return _subset(
        held,
        held.data_input_refs,
        ("optionalInputRefs", held.optional_input_refs),
        ("whileExecutingInputRefs", held.while_executing_input_refs),
    )


@rule("output-set-subset", "10.4.1", m.OutputSet)
def output_set_subset(held: m.OutputSet, _: Context) -> Findings:
    """Optional outputs, and outputs while executing, are outputs of the same set."""
    return _subset(
        held,
        held.data_output_refs,
        ("optionalOutputRefs", held.optional_output_refs),
        ("whileExecutingOutputRefs", held.while_executing_output_refs),
    )


def _subset(
    held: m.InputSet | m.OutputSet, refs: tuple[m.Ref, ...], *parts: tuple[str, tuple[m.Ref, ...]]
) -> list[Finding]:
    own = frozenset(refs)
    return [
        Finding(
            held,
            f"{called(held)} has '{ref}' among its '{name}' only",
            "name it among all its data, too",
        )
        for name, part in parts
        for ref in part
        if ref not in own
    ]


@rule("input-output-set-pairs", "10.4.1", m.InputOutputSpecification, severity="warning")
def input_output_set_pairs(io: m.InputOutputSpecification, _: Context) -> Findings:
    """Input and output sets that belong together name each other."""
    from_inputs = {held.id: frozenset(held.output_set_refs) for held in io.input_sets if held.id}
    from_outputs = {held.id: frozenset(held.input_set_refs) for held in io.output_sets if held.id}
    one_sided: list[tuple[m.InputSet | m.OutputSet, str]] = [
        (held, ref)
        for held in io.input_sets
        for ref in held.output_set_refs
        if ref in from_outputs and held.id not in from_outputs[ref]
    ]
    one_sided += [
        (held, ref)
        for held in io.output_sets
        for ref in held.input_set_refs
        if ref in from_inputs and held.id not in from_inputs[ref]
    ]
    return [
        Finding(held, f"{called(held)} names '{ref}', which does not name it", "name both ways")
        for held, ref in one_sided
    ]


# Items


@rule(
    "data-object-reference-empty",
    "10.4.1",
    m.DataObjectReference,
    drawn="warning",
    vendor="warning",
)
def data_object_reference_empty(reference: m.DataObjectReference, _: Context) -> Findings:
    """A data object reference says which data object it shows."""
    if reference.data_object_ref:
        return None
    return Finding(
        reference,
        f"{called(reference)} shows no data object",
        "add a 'dataObject', and its id as 'dataObjectRef'",
    )


@rule(
    "data-object-reference-scope",
    "10.4.1",
    m.DataObjectReference,
    drawn="warning",
    vendor="warning",
)
def data_object_reference_scope(reference: m.DataObjectReference, context: Context) -> Findings:
    """A data object reference shows a data object of its own level or of one around it."""
    data = context.by_id.get(reference.data_object_ref or "")
    if not isinstance(data, m.DataObject):
        return None
    home = context.parent(data)
    if any(around is home for around in context.parents(reference)):
        return None
    return Finding(
        reference,
        f"{called(reference)} shows {called(data)}, which cannot be seen there",
        "move the data object to the process or sub-process of the reference, or around it",
    )


@rule(
    "data-collection",
    "10.4.1",
    m.DataObject,
    m.DataInput,
    m.DataOutput,
    drawn="warning",
    vendor="warning",
)
def data_collection(data: m.DataObject | m.DataInput | m.DataOutput, context: Context) -> Findings:
    """Data is a collection where its item definition is one, and only there."""
    item = context.by_id.get(data.item_subject_ref or "")
    if not isinstance(item, m.ItemDefinition) or item.is_collection == data.is_collection:
        return None
    return Finding(
        data,
        f"'isCollection' of {called(data)} is {_lower(data.is_collection)}, that of its item"
        f" definition '{item.id}' is {_lower(item.is_collection)}",
        "make them agree",
    )


def _lower(value: bool) -> str:
    return str(value).lower()


def _owner(io: m.InputOutputSpecification, context: Context) -> str:
    owner = context.parent(io)
    return f"'{tag(type(io))}' of {called(owner)}" if owner is not None else called(io)
