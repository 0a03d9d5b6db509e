"""What every element of a decision model has (DMN 1.5 §6.3.1)."""

from __future__ import annotations

from typing import ClassVar

from bpmn.model.base import Foreign, ModelElement, Role

__all__ = [
    "DMN",
    "DMNDI",
    "DmnElement",
    "ElementReference",
    "Import",
    "InformationItem",
    "NamedElement",
    "UnaryTests",
]

DMN = "https://www.omg.org/spec/DMN/20230324/MODEL/"
"""DMN 1.5; older and newer versions are read as this one."""
DMNDI = "https://www.omg.org/spec/DMN/20230324/DMNDI/"


class DmnElement(ModelElement, frozen=True, kw_only=True):
    """§6.3.1: DMNElement."""

    NAMESPACE: ClassVar[str] = DMN
    ABSTRACT: ClassVar[bool] = True

    id: str = ""
    label: str = ""
    description: Role[str] = ""
    extension_elements: Role[tuple[Foreign, ...]] = ()


class NamedElement(DmnElement, frozen=True, kw_only=True):
    """§6.3.1: NamedElement."""

    ABSTRACT: ClassVar[bool] = True

    name: str = ""


class ElementReference(ModelElement, frozen=True, kw_only=True):
    """§6.3.1: a link to an element of this document (`#id`) or an imported one (`namespace#id`)."""

    NAMESPACE: ClassVar[str] = DMN
    TAG: ClassVar[str] = "elementReference"

    href: str = ""


class Import(NamedElement, frozen=True, kw_only=True):
    """§6.3.3: another document whose elements are known here as `name.element`."""

    namespace: str = ""
    location_u_r_i: str = ""
    """Written so that the attribute becomes `locationURI`."""
    import_type: str = ""


class InformationItem(NamedElement, frozen=True, kw_only=True):
    """§7.3.4: a variable, parameter or column."""

    type_ref: str = ""


class UnaryTests(DmnElement, frozen=True, kw_only=True):
    """§7.3.10: tests of a cell, or the values that are allowed."""

    expression_language: str = ""
    text: Role[str] = ""
