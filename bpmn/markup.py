"""Foreign nodes and text as the characters of an XML file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from bpmn.model import Foreign

__all__ = ["Prefixer", "escape_attribute", "escape_text", "inner_markup", "put_markup"]

Prefixer = Callable[[str], str]
"""From a name in Clark notation to the one that stands in the file."""

_TEXT = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_ATTRIBUTE = {**_TEXT, '"': "&quot;", "\n": "&#10;", "\t": "&#9;"}
_IN_TEXT = re.compile("[&<>\r]")
_IN_ATTRIBUTE = re.compile('[&<>"\r\n\t]')


def escape_text(text: str) -> str:
    """Text between tags."""
    return _IN_TEXT.sub(lambda match: _TEXT[match[0]], text)


def escape_attribute(text: str) -> str:
    """Text between double quotes; line ends survive."""
    return _IN_ATTRIBUTE.sub(lambda match: _ATTRIBUTE[match[0]], text)


def inner_markup(text: str, children: Iterable[Foreign], named: Prefixer) -> str:
    """Text and children as they stand between two tags."""
    pieces = [escape_text(text)]
    for child in children:
        put_markup(pieces, child, named, named, "")
    return "".join(pieces)


def put_markup(
    pieces: list[str], node: Foreign, named: Prefixer, attribute_named: Prefixer, indent: str
) -> None:
    """Append the node with its children and its tail.

    `indent` is the line end and the white space before the node's children; empty: add none.
    """
    name = named(node.tag)
    pieces.append(f"<{name}")
    for key, value in node.attributes.items():
        pieces.append(f' {attribute_named(key)}="{escape_attribute(value)}"')
    tail = escape_text(node.tail)
    if not node.children:
        text = escape_text(node.text)
        pieces.append(f">{text}</{name}>{tail}" if text else f"/>{tail}")
        return
    is_mixed = bool(node.text) or any(child.tail for child in node.children)
    between = "" if is_mixed else indent
    pieces.append(f">{escape_text(node.text)}")
    for child in node.children:
        pieces.append(between)
        put_markup(pieces, child, named, attribute_named, between and between + "  ")
    pieces.append(f"{between[:-2]}</{name}>{tail}" if between else f"</{name}>{tail}")
