"""The root of a decision model and its types (DMN 1.5 §6.3.2 and §7.3.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from bpmn.dmn.model.base import DMNDI, Import, InformationItem, NamedElement, UnaryTests
from bpmn.dmn.model.requirements import (
    Artifact,
    BusinessContextElement,
    DrgElement,
    ElementCollection,
)
from bpmn.model.base import Child, Foreign, Kept, ReadProblem, Role

__all__ = ["Definitions", "FunctionItem", "ItemDefinition"]


class FunctionItem(NamedElement, frozen=True, kw_only=True):
    """§7.3.3: the type of a function."""

    output_type_ref: str = ""
    parameters: Annotated[tuple[InformationItem, ...], Child("parameters")] = ()


class ItemDefinition(NamedElement, frozen=True, kw_only=True):
    """§7.3.2: a type."""

    type_language: str = ""
    is_collection: bool = False
    type_ref: Role[str] = ""
    allowed_values: Role[UnaryTests | None] = None
    type_constraint: Role[UnaryTests | None] = None
    item_components: Annotated[tuple[ItemDefinition, ...], Child("itemComponent")] = ()
    function_item: Role[FunctionItem | None] = None


class Definitions(NamedElement, frozen=True, kw_only=True):
    """§6.3.2: a decision model."""

    namespace: str = ""
    expression_language: str = ""
    type_language: str = ""
    exporter: str = ""
    exporter_version: str = ""
    imports: Annotated[tuple[Import, ...], Child("import")] = ()
    item_definitions: Annotated[tuple[ItemDefinition, ...], Child("itemDefinition")] = ()
    drg_elements: tuple[DrgElement, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    element_collections: Annotated[tuple[ElementCollection, ...], Child("elementCollection")] = ()
    business_context_elements: tuple[BusinessContextElement, ...] = ()
    diagrams: Annotated[tuple[Foreign, ...], Child("DMNDI", DMNDI)] = ()
    namespaces: Annotated[Mapping[str, str], Kept()] = {}
    """Namespace by prefix as the source declares them."""
    problems: Annotated[tuple[ReadProblem, ...], Kept()] = ()
    """In the order in which they were met."""
