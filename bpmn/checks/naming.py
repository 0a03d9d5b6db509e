"""Rules for attributes that name another element: what they name exists, and is of that kind.

A name with the prefix of another namespace is in another document and is believed.
"""

from __future__ import annotations

import re
from functools import partial

import bpmn.model as m
from bpmn.checks.context import Context
from bpmn.checks.problem import Severity
from bpmn.checks.register import Finding, Findings, add
from bpmn.checks.words import a, called, kind, tag
from bpmn.reader import bpmn_metamodel

__all__ = ["ITEM_AWARE", "add_reference"]

ITEM_AWARE: tuple[type[m.ModelElement], ...] = (
    m.DataObject,
    m.DataObjectReference,
    m.DataStore,
    m.DataStoreReference,
    m.Property,
    m.DataInput,
    m.DataOutput,
)

_GROUPS: dict[str, tuple[type[m.ModelElement], ...]] = {
    "element": (m.ModelElement,),
    "interaction node": (m.Participant, m.FlowNode, m.ConversationNode),
    "item-aware element": ITEM_AWARE,
}
"""Groups of classes that a reference can name, by the standard's word for them."""

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def add_reference(
    clause: str,
    owner: type[m.ModelElement],
    field: str,
    target: type[m.ModelElement] | str,
    *,
    severity: Severity = "error",
    drawn: Severity | None = None,
    vendor: Severity | None = None,
) -> None:
    """Register the rule for one attribute of `owner`; its id is `owner-attribute`."""
    rules = bpmn_metamodel().rules(owner)
    attributes = {r.field: (r.name, False) for r in rules.attributes}
    children = {r.field: (r.name, r.many) for r in rules.children}
    name, many = (attributes | children)[field]
    classes = _GROUPS[target] if isinstance(target, str) else (target,)
    words = target if isinstance(target, str) else kind(target)
    add(
        f"{_dashed(tag(owner))}-{_dashed(name)}",
        clause,
        (owner,),
        f"`{name}` of {a(kind(owner))} names {a(words)}.",
        partial(_each if many else _one, field, name, classes, words),
        severity=severity,
        drawn=drawn,
        vendor=vendor,
        given=field,
    )


def _one(
    field: str,
    name: str,
    classes: tuple[type[m.ModelElement], ...],
    words: str,
    element: m.ModelElement,
    context: Context,
) -> Findings:
    ref = getattr(element, field)
    if isinstance(context.by_id.get(ref), classes) or context.is_external(ref):
        return None
    return _wrong(element, name, ref, words, context)


def _each(
    field: str,
    name: str,
    classes: tuple[type[m.ModelElement], ...],
    words: str,
    element: m.ModelElement,
    context: Context,
) -> Findings:
    find = context.by_id.get
    return [
        _wrong(element, name, ref, words, context)
        for ref in getattr(element, field)
        if not isinstance(find(ref), classes) and not context.is_external(ref)
    ]


def _wrong(element: m.ModelElement, name: str, ref: str, words: str, context: Context) -> Finding:
    found = context.by_id.get(ref)
    what = "is not in the document" if found is None else f"is {a(kind(type(found)))}"
    return Finding(
        element,
        f"{called(element)} names '{ref}' as its '{name}', which {what}",
        f"the id of {a(words)} would do",
    )


def _dashed(camel: str) -> str:
    return "-".join(_HUMP.sub(" ", camel).lower().split())
