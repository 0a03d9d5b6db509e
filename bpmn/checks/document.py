"""The document as a whole: ids, imports, extensions (BPMN 2.0.2 §8.2, §8.3)."""

from __future__ import annotations

import re

import bpmn.model as m
from bpmn.checks.context import Context
from bpmn.checks.register import Finding, Findings, rule
from bpmn.checks.words import called, kind, tag
from bpmn.dialects import DIALECTS, kapellmeister

_NAME = re.compile(r"[^\W\d][\w.\-·]*")
"""An NCName (Namespaces in XML 1.0 §3), near enough: no colon, no space, no digit first."""

_MIME_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(\s*;.*)?")

_UNDERSTOOD = frozenset(
    {kapellmeister.KAPELLMEISTER, *(uri for d in DIALECTS.values() for uri in d.namespaces)}
)


@rule("id-missing", "8.3.1", m.FlowNode, m.Process, drawn="warning")
def id_missing(element: m.FlowNode | m.Process, _: Context) -> Findings:
    """A process, and each flow node of it, has an id."""
    if element.id or isinstance(element, m.ImplicitThrowEvent):
        return None
    words = kind(type(element))
    return Finding(element, f"the {words} '{element.name}' has no id", "give it an id")


@rule("sequence-flow-id-missing", "8.3.1", m.SequenceFlow, severity="info")
def sequence_flow_id_missing(flow: m.SequenceFlow, _: Context) -> Findings:
    """A sequence flow has an id; otherwise the engine names it by its ends."""
    if flow.id:
        return None
    return Finding(
        flow,
        f"the sequence flow from '{flow.source_ref}' to '{flow.target_ref}' has no id",
        "give it an id",
    )


@rule("id-form", "8.3.1", m.BaseElement, drawn="warning", vendor="warning")
def id_form(element: m.BaseElement, _: Context) -> Findings:
    """An id is an XML name: it starts with a letter or `_` and has no space and no colon."""
    id = element.id
    if id.isidentifier() or not id or _NAME.fullmatch(id):
        return None
    return Finding(
        element,
        f"id '{id}' of the {kind(type(element))} is not an XML name",
        "start it with a letter or '_'; letters, digits, '.', '-' and '_' may follow",
    )


@rule("target-namespace-missing", "8.2.1", m.Definitions, severity="warning")
def target_namespace_missing(definitions: m.Definitions, _: Context) -> Findings:
    """Definitions have a target namespace."""
    if definitions.target_namespace:
        return None
    return Finding(
        definitions,
        "'definitions' has no 'targetNamespace'; other tools may refuse the document",
        "add one, any URI of yours would do",
    )


@rule("import-not-followed", "8.2.2", m.Import, severity="info")
def import_not_followed(element: m.Import, _: Context) -> Findings:
    """An import is noted, and the file it names is not read."""
    return Finding(
        element,
        f"the import of '{element.location}' is not followed",
        "deploy the files that belong together in one deployment",
    )


@rule("relationship-ends", "8.3.1", m.Relationship)
def relationship_ends(relationship: m.Relationship, _: Context) -> Findings:
    """A relationship has a source and a target."""
    ends = (("source", relationship.sources), ("target", relationship.targets))
    missing = [word for word, refs in ends if not refs]
    if not missing:
        return None
    return Finding(relationship, f"{called(relationship)} has no '{missing[0]}'", "add it")


@rule("extension-not-understood", "8.3.3", m.Extension)
def extension_not_understood(extension: m.Extension, context: Context) -> Findings:
    """An extension that must be understood is one that is understood here."""
    if not extension.must_understand:
        return None
    definition = extension.definition or ""
    prefix, colon, _ = definition.partition(":")
    uri = context.definitions.namespaces.get(prefix, "") if colon else ""
    if uri in _UNDERSTOOD:
        return None
    return Finding(
        extension,
        f"extension '{definition}' must be understood, and is not",
        "set 'mustUnderstand' to false if the model means the same without it",
    )


@rule("extension-namespace", "8.3.3", m.BaseElement, severity="warning", given="extension_elements")
def extension_namespace(element: m.BaseElement, _: Context) -> Findings:
    """What stands in extension elements is of another vocabulary than BPMN."""
    return [
        Finding(
            element,
            f"'{node.name}' in the extension elements of {called(element)} is of BPMN itself,"
            " and is not read there",
            "put it where the schema has it",
        )
        for node in element.extension_elements
        if node.namespace == m.BPMN
    ]


@rule("text-format", "8.3.1", m.Documentation, m.TextAnnotation, vendor="warning")
def text_format(element: m.Documentation | m.TextAnnotation, _: Context) -> Findings:
    """A text format is a MIME type."""
    if _MIME_TYPE.fullmatch(element.text_format.strip()):
        return None
    return Finding(
        element,
        f"'textFormat' of the {tag(type(element))} is '{element.text_format}'",
        "a MIME type such as 'text/plain' would do",
    )
