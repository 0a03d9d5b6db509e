"""What every element of a document has (BPMN 2.0.2 §8.3.1), and how annotations become XML.

The annotations of the model *are* the schema that reader and writer follow:

    str, bool, int, float, Literal, Ref     the attribute of that name (snake_case is camelCase)
    SomeElement | None, tuple[Some, ...]    children with the tag of that class or a subclass
    Role[...]                               the child named after the field, whatever its type
    Annotated[..., Child("tag")]            children with that tag: text for `Ref` and `str`
    Role[tuple[Foreign, ...]]               one child of that name; the field holds what is in it
    Annotated[str, Content()]               the text inside the element itself
    Annotated[..., Kept()]                  not in the vocabulary: kept by reader and writer
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, NewType, TypeVar

from msgspec import Struct

__all__ = [
    "BPMN",
    "BPMNDI",
    "DC",
    "DI",
    "XSI",
    "BaseElement",
    "Child",
    "Content",
    "Document",
    "Documentation",
    "Foreign",
    "Kept",
    "ModelElement",
    "ReadProblem",
    "Ref",
    "Role",
    "RootElement",
]

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
DI = "http://www.omg.org/spec/DD/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

Ref = NewType("Ref", str)
"""The id of another element.

A prefix that stands for the document's own target namespace is taken off, so `tns:pay` is the `pay`
of this document; a prefix of an imported namespace stays.
"""


class Child(Struct, frozen=True):
    """Marks a field that is a child element named by its role rather than by its class."""

    tag: str = ""
    """Local name; empty: the field's own name in camelCase."""
    namespace: str = ""
    """Empty: the namespace of the class that has the field."""


class Content(Struct, frozen=True):
    """Marks the field that holds the text inside the element."""

    is_trimmed: bool = False


class Kept(Struct, frozen=True):
    """Marks a field that reader and writer fill and use themselves."""


_T = TypeVar("_T")
Role = Annotated[_T, Child()]


class Foreign(Struct, frozen=True, kw_only=True, gc=False, repr_omit_defaults=True):
    """An XML element of somebody else's vocabulary, or one that could not be placed."""

    tag: str
    """In Clark notation: `{namespace}name`."""
    attributes: Mapping[str, str] = {}
    """By name, in Clark notation where it has a namespace."""
    text: str = ""
    """Text before the first child; white space between children is not kept."""
    children: tuple[Foreign, ...] = ()
    tail: str = ""
    """Text after the element, inside its parent."""
    line: int = 0

    @property
    def namespace(self) -> str:
        """The namespace of the tag; empty without one."""
        return self.tag[1:].partition("}")[0] if self.tag.startswith("{") else ""

    @property
    def name(self) -> str:
        """The tag without its namespace."""
        return self.tag.rpartition("}")[2]


class ReadProblem(Struct, frozen=True, kw_only=True):
    """Something in a document that is not BPMN, and that did not keep it from being read."""

    line: int
    element: str
    """Id of the element, or its tag when it has none."""
    message: str
    """What was found, with the culprit in quotes."""
    remedy: str = ""
    """What would do."""
    severity: Literal["error", "warning"] = "error"
    """A warning leaves the meaning of the model untouched."""

    def __str__(self) -> str:
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"line {self.line}: {self.message}{remedy}"


class ModelElement(Struct, frozen=True, kw_only=True, gc=False, repr_omit_defaults=True):
    """Whatever has a tag of its own in the vocabulary."""

    NAMESPACE: ClassVar[str] = BPMN
    TAG: ClassVar[str] = ""
    """Local name where it is not the class name in camelCase."""
    ABSTRACT: ClassVar[bool] = True
    """Stated by each abstract metaclass, not inherited: its tag needs an `xsi:type`."""

    line: Annotated[int, Kept()] = 0
    """Line in the source file; 0 when built in code."""
    foreign_attributes: Annotated[Mapping[str, str], Kept()] = {}
    """Attributes of other vocabularies by `{namespace}name`, and unreadable ones by plain name."""
    unknown_children: Annotated[tuple[Foreign, ...], Kept()] = ()
    """Children that cannot stand here; each of BPMN's own namespace is a `ReadProblem` too."""

    def foreign(self, namespace: str, name: str, default: str = "") -> str:
        """The value of an attribute of another vocabulary."""
        return self.foreign_attributes.get(f"{{{namespace}}}{name}", default)


class Documentation(ModelElement, frozen=True, kw_only=True):
    """Text for readers (§8.3.1)."""

    id: str = ""
    text_format: str = "text/plain"
    text: Annotated[str, Content()] = ""
    content: Annotated[tuple[Foreign, ...], Kept()] = ()
    """Markup after `text`, each piece with the text that follows it as its tail."""


class BaseElement(ModelElement, frozen=True, kw_only=True):
    """§8.3.1."""

    ABSTRACT: ClassVar[bool] = True

    id: str = ""
    documentation: tuple[Documentation, ...] = ()
    extension_elements: Role[tuple[Foreign, ...]] = ()


class RootElement(BaseElement, frozen=True, kw_only=True):
    """A direct child of the definitions (§8.3.1)."""

    ABSTRACT: ClassVar[bool] = True


class Document(BaseElement, frozen=True, kw_only=True):
    """A root of a file."""

    ABSTRACT: ClassVar[bool] = True

    namespaces: Annotated[Mapping[str, str], Kept()] = {}
    """Namespace by prefix as the source declares them; the prefix is empty for the default one."""
    problems: Annotated[tuple[ReadProblem, ...], Kept()] = ()
    """In the order in which they were met; empty when built in code."""
