"""Definitions and the root elements that several diagrams share (BPMN 2.0.2 §8.2, §8.4)."""

from __future__ import annotations

from typing import Annotated, Literal

from bpmn.model.base import (
    BaseElement,
    Child,
    Document,
    Documentation,
    ModelElement,
    Ref,
    RootElement,
)
from bpmn.model.diagram import BPMNDiagram

__all__ = [
    "Category",
    "CategoryValue",
    "Definitions",
    "Error",
    "Escalation",
    "Extension",
    "Import",
    "ItemDefinition",
    "Message",
    "Relationship",
    "Signal",
]


class Import(ModelElement, frozen=True, kw_only=True):
    """§8.2.2."""

    namespace: str
    location: str
    import_type: str


class Extension(ModelElement, frozen=True, kw_only=True):
    """Names a vocabulary of extensions (§8.3.3)."""

    definition: Ref | None = None
    must_understand: bool = False
    documentation: tuple[Documentation, ...] = ()


class Relationship(BaseElement, frozen=True, kw_only=True):
    """Between elements of models, for example a process and its requirements (§8.3.1)."""

    type: str
    direction: Literal["None", "Forward", "Backward", "Both"] | None = None
    sources: Annotated[tuple[Ref, ...], Child("source")] = ()
    targets: Annotated[tuple[Ref, ...], Child("target")] = ()


class ItemDefinition(RootElement, frozen=True, kw_only=True):
    """The type of data or of a physical thing (§8.4.10)."""

    structure_ref: Ref | None = None
    is_collection: bool = False
    item_kind: Literal["Information", "Physical"] = "Information"


class Message(RootElement, frozen=True, kw_only=True):
    """§8.4.11."""

    name: str = ""
    item_ref: Ref | None = None


class Signal(RootElement, frozen=True, kw_only=True):
    """§10.5.5."""

    name: str = ""
    structure_ref: Ref | None = None


class Error(RootElement, frozen=True, kw_only=True):
    """§8.4.3."""

    name: str = ""
    error_code: str = ""
    structure_ref: Ref | None = None


class Escalation(RootElement, frozen=True, kw_only=True):
    """§8.4.4."""

    name: str = ""
    escalation_code: str = ""
    structure_ref: Ref | None = None


class CategoryValue(BaseElement, frozen=True, kw_only=True):
    """§8.4.2."""

    value: str = ""


class Category(RootElement, frozen=True, kw_only=True):
    """§8.4.2."""

    name: str = ""
    category_values: tuple[CategoryValue, ...] = ()


class Definitions(Document, frozen=True, kw_only=True):
    """The root of a BPMN file (§8.2.1)."""

    name: str = ""
    target_namespace: str = ""
    """Required by the schema; many tools leave it out, and nothing here depends on it."""
    expression_language: str = "http://www.w3.org/1999/XPath"
    type_language: str = "http://www.w3.org/2001/XMLSchema"
    exporter: str = ""
    exporter_version: str = ""
    imports: tuple[Import, ...] = ()
    extensions: tuple[Extension, ...] = ()
    root_elements: tuple[RootElement, ...] = ()
    diagrams: tuple[BPMNDiagram, ...] = ()
    relationships: tuple[Relationship, ...] = ()
