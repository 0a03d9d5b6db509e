"""Data associations (BPMN 2.0.2 §10.4.2): what they join, and how they make it fit."""

from __future__ import annotations

import bpmn.model as m
from bpmn.checks.context import Context
from bpmn.checks.naming import ITEM_AWARE
from bpmn.checks.register import Finding, Findings, rule
from bpmn.checks.words import called


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
    if owner is None or not isinstance(target, ITEM_AWARE):
        return None
    if _is_held_by(owner, target, context) and not isinstance(target, m.DataOutput):
        return None
    return Finding(
        association,
        f"{_described(association, context)} leads to {called(target)}, which is no input of its"
        " own",
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
            f"{_described(association, context)} comes from {called(source)}, which is no output"
            " of its own",
            "name a 'dataOutput' of the same element",
        )
        for source in (context.by_id.get(ref) for ref in association.source_refs)
        if isinstance(source, ITEM_AWARE)
        if isinstance(source, m.DataInput) or not _is_held_by(owner, source, context)
    ]


@rule("data-association-items", "10.4.2", m.DataAssociation, drawn="warning", vendor="warning")
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


@rule("transformation-empty", "10.4.2", m.DataAssociation, drawn="info", given="transformation")
def transformation_empty(association: m.DataAssociation, context: Context) -> Findings:
    """A transformation has a text."""
    transformation = association.transformation
    if transformation is None or transformation.text.strip() or transformation.content:
        return None
    return Finding(
        association,
        f"the transformation of {_described(association, context)} is empty",
        "write it, or take the element out",
        transformation.line,
    )


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


def _described(association: m.DataAssociation, context: Context) -> str:
    owner = context.parent(association)
    return f"{called(association)} of {called(owner)}" if owner else called(association)
