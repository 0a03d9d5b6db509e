"""Data (BPMN 2.0.2 §10.4): specifications and their sets, data associations, collections."""

from __future__ import annotations

from collections.abc import Iterable

import bpmn.model as m
from bpmn.checks.context import Context
from bpmn.checks.naming import ITEM_AWARE
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


@rule("data-input-unused", "10.4.1", m.InputOutputSpecification, severity="warning")
def data_input_unused(io: m.InputOutputSpecification, _: Context) -> Findings:
    """Each data input is in an input set."""
    named: set[str] = {ref for held in io.input_sets for ref in held.data_input_refs}
    if not io.input_sets:
        return None
    return _unused(io.data_inputs, named, "inputSet")


@rule("data-output-unused", "10.4.1", m.InputOutputSpecification, severity="warning")
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


# Data associations


@rule("data-association-target-missing", "10.4.2", m.DataAssociation, drawn="warning")
def data_association_target_missing(association: m.DataAssociation, context: Context) -> Findings:
    """A data association has a target."""
    if association.target_ref:
        return None
    return Finding(
        association,
        f"{_described(association, context)} has no target",
        "add a 'targetRef'",
    )


@rule("data-association-source-missing", "10.4.2", m.DataAssociation, severity="info")
def data_association_source_missing(association: m.DataAssociation, context: Context) -> Findings:
    """A data association has a source, unless it computes what it moves."""
    if association.source_refs or association.transformation or association.assignments:
        return None
    return Finding(
        association,
        f"{_described(association, context)} has no source",
        "add a 'sourceRef', or an 'assignment'",
    )


@rule("data-association-sources", "13.4", m.DataAssociation, drawn="warning")
def data_association_sources(association: m.DataAssociation, context: Context) -> Findings:
    """A data association with several sources says how to make one thing of them."""
    if len(association.source_refs) < 2 or association.transformation or association.assignments:
        return None
    return Finding(
        association,
        f"{_described(association, context)} has {len(association.source_refs)} sources and no"
        " transformation",
        "add a 'transformation' or assignments, or keep one source",
    )


@rule("data-input-association-target", "10.4.2", m.DataInputAssociation, drawn="warning")
def data_input_association_target(
    association: m.DataInputAssociation, context: Context
) -> Findings:
    """A data input association leads to a data input, or a property, of its own element."""
    owner = context.parent(association)
    target = context.by_id.get(association.target_ref or "")
    if owner is None or not isinstance(target, ITEM_AWARE) or _is_held_by(owner, target, context):
        return None
    return Finding(
        association,
        f"{_described(association, context)} leads to {called(target)}, which is not its own",
        "name a 'dataInput' of the same element",
    )


@rule("data-output-association-source", "10.4.2", m.DataOutputAssociation, drawn="warning")
def data_output_association_source(
    association: m.DataOutputAssociation, context: Context
) -> Findings:
    """A data output association comes from a data output, or a property, of its own element."""
    owner = context.parent(association)
    if owner is None:
        return None
    return [
        Finding(
            association,
            f"{_described(association, context)} comes from {called(source)}, which is not its own",
            "name a 'dataOutput' of the same element",
        )
        for source in (context.by_id.get(ref) for ref in association.source_refs)
        if isinstance(source, ITEM_AWARE) and not _is_held_by(owner, source, context)
    ]


@rule("data-association-items", "10.4.2", m.DataAssociation, severity="warning")
def data_association_items(association: m.DataAssociation, context: Context) -> Findings:
    """Both ends of a data association are of one item definition, unless it transforms."""
    if association.transformation or association.assignments or len(association.source_refs) != 1:
        return None
    source = _item(association.source_refs[0], context)
    target = _item(association.target_ref or "", context)
    if not source or not target or source == target:
        return None
    return Finding(
        association,
        f"{_described(association, context)} moves '{source}' to '{target}'",
        "use one item definition, or add a 'transformation'",
    )


@rule("data-association-scope", "10.4.1", m.DataAssociation, drawn="warning")
def data_association_scope(association: m.DataAssociation, context: Context) -> Findings:
    """A data association moves data of its own process or of one around it."""
    owner = context.parent(association)
    if owner is None:
        return None
    around = {id(element) for element in (owner, *context.parents(owner))}
    ends = (
        *association.source_refs,
        *((association.target_ref,) if association.target_ref else ()),
    )
    return [
        Finding(
            association,
            f"{_described(association, context)} moves {called(data)}, which cannot be seen there",
            "use data of the same process or sub-process, or of one around it",
        )
        for data in (context.by_id.get(ref) for ref in ends)
        if isinstance(data, m.DataObject | m.DataObjectReference | m.Property)
        if id(context.parent(data)) not in around
    ]


@rule("assignment-incomplete", "10.4.2", m.Assignment)
def assignment_incomplete(assignment: m.Assignment, _: Context) -> Findings:
    """An assignment says from what and to what."""
    missing = [
        word for word, part in (("from", assignment.from_), ("to", assignment.to)) if part is None
    ]
    if not missing:
        return None
    return Finding(assignment, f"an assignment has no '{missing[0]}'", f"add '{missing[0]}'")


@rule("process-data-association", "10.4.1", m.DataAssociation, drawn="warning")
def process_data_association(association: m.DataAssociation, context: Context) -> Findings:
    """Nothing inside a process writes its data inputs or reads its data outputs."""
    target = context.by_id.get(association.target_ref or "")
    if isinstance(target, m.DataInput) and _is_of_process(target, context):
        return Finding(
            association,
            f"{_described(association, context)} writes {called(target)} of the process",
            "write a data output or a data object",
        )
    for ref in association.source_refs:
        source = context.by_id.get(ref)
        if isinstance(source, m.DataOutput) and _is_of_process(source, context):
            return Finding(
                association,
                f"{_described(association, context)} reads {called(source)} of the process",
                "read a data input or a data object",
            )
    return None


# Items


@rule("data-object-reference-empty", "10.4.1", m.DataObjectReference, severity="warning")
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


def _item(ref: str, context: Context) -> str:
    data = context.by_id.get(ref)
    if isinstance(data, m.DataObjectReference) and not data.item_subject_ref:
        data = context.by_id.get(data.data_object_ref or "")
    return getattr(data, "item_subject_ref", None) or ""


def _is_held_by(owner: m.ModelElement, data: m.ModelElement, context: Context) -> bool:
    """Whether data stands in an element, or in its specification, or in its loop."""
    around = context.parent(data)
    if isinstance(around, m.InputOutputSpecification | m.MultiInstanceLoopCharacteristics):
        around = context.parent(around)
    return around is owner


def _is_of_process(data: m.ModelElement, context: Context) -> bool:
    io = context.parent(data)
    return isinstance(io, m.InputOutputSpecification) and isinstance(context.parent(io), m.Process)


def _owner(io: m.InputOutputSpecification, context: Context) -> str:
    owner = context.parent(io)
    return f"'{tag(type(io))}' of {called(owner)}" if owner is not None else called(io)


def _described(association: m.DataAssociation, context: Context) -> str:
    owner = context.parent(association)
    return f"{called(association)} of {called(owner)}" if owner else called(association)
