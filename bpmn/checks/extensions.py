"""What vendors' extensions ask for and does not execute (BPMN 2.0.2 §8.3.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

import bpmn.model as m
from bpmn.checks.context import Context
from bpmn.checks.register import Finding, Findings, rule
from bpmn.checks.words import called
from bpmn.dialects import DIALECTS, Entry, Treatment, kapellmeister
from bpmn.dialects.extensions import words


@rule("extension-refused", "8.3.3", m.BaseElement, drawn="warning")
def extension_refused(element: m.BaseElement, context: Context) -> Findings:
    """An extension without which the process would not mean the same is one that executes."""
    if not element.foreign_attributes and not element.extension_elements:
        return None
    return _treated(element, context, "refused")


@rule("extension-ignored", "8.3.3", m.BaseElement, severity="info")
def extension_ignored(element: m.BaseElement, context: Context) -> Findings:
    """An extension of a vendor's is one that executes, or is said to be ignored."""
    if not element.foreign_attributes and not element.extension_elements:
        return None
    return _treated(element, context, "ignored")


def _treated(element: m.BaseElement, context: Context, treatment: Treatment) -> Iterator[Finding]:
    known, prefixes = _vocabulary(context.dialect.name)
    for line, namespace, name in words(element):
        entry = known.get((namespace, name))
        if entry is None or entry.treatment != treatment:
            continue
        word = f"{prefixes[namespace]}:{name.removeprefix('@')}"
        yield Finding(
            element,
            f"'{word}' of {called(element)} does not execute here",
            entry.note or "the process means the same without it",
            line,
        )


@cache
def _vocabulary(name: str) -> tuple[Mapping[tuple[str, str], Entry], Mapping[str, str]]:
    """The register of a dialect by namespace and name, and the usual prefixes."""
    dialect = next(d for d in DIALECTS.values() if d.name == name)
    known = {(uri, entry.name): entry for uri in dialect.namespaces for entry in dialect.register}
    return known, {**dialect.namespaces, kapellmeister.KAPELLMEISTER: "kapellmeister"}
