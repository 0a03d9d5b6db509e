"""Small readers of foreign nodes that the dialects share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bpmn.model import BaseElement, Foreign

__all__ = [
    "all_named",
    "first_named",
    "names_a_file",
    "pairs",
    "set_text",
    "stated",
    "texts",
    "words",
]


def words(element: BaseElement) -> Iterator[tuple[int, str, str]]:
    """Line, namespace and name in the register of each extension of an element, of what stands
    inside them, and of attributes with their values."""
    for key in element.foreign_attributes:
        namespace, _, name = key[1:].rpartition("}")
        yield element.line, namespace, f"@{name}"
    for node in element.extension_elements:
        yield node.line, node.namespace, node.name
        yield from _inside(node)


def _inside(node: Foreign) -> Iterator[tuple[int, str, str]]:
    for key, value in node.attributes.items():
        name = key.rpartition("}")[2]
        yield node.line, node.namespace, f"{node.name}/@{name}"
        yield node.line, node.namespace, f"{node.name}/@{name}={value}"
    for child in node.children:
        yield child.line, node.namespace, f"{node.name}/{child.name}"
        yield from _inside(child)


def names_a_file(element: BaseElement) -> bool:
    """Whether a vendor's `resource` says that a script stands in a file of its own."""
    return any(key.endswith("}resource") for key in element.foreign_attributes)


def all_named(node: Foreign, name: str) -> Iterable[Foreign]:
    """The children of that name, of the node's own namespace."""
    tag = f"{{{node.namespace}}}{name}"
    return (child for child in node.children if child.tag == tag)


def first_named(node: Foreign, name: str) -> Foreign | None:
    """The first such child."""
    return next(iter(all_named(node, name)), None)


def pairs(node: Foreign, child: str, key: str, value: str) -> dict[str, str]:
    """A mapping written as children with two attributes; a later one wins."""
    return {
        item.attributes.get(key, ""): item.attributes.get(value, "")
        for item in all_named(node, child)
    }


def stated(attributes: Mapping[str, str], name: str, *, default: bool) -> bool:
    """A boolean attribute."""
    text = attributes.get(name, "").strip().lower()
    return text in ("true", "1") if text else default


def texts(text: str | None) -> tuple[str, ...]:
    """Names with commas between."""
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def set_text(fields: dict[str, Any], field: str, text: str | None) -> None:
    """Set a field to a text that is there and not empty."""
    if text and text.strip():
        fields[field] = text.strip()
