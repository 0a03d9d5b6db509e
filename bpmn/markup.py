"""Foreign nodes and text as the characters of an XML file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from bpmn.model import Foreign

__all__ = ["Prefixer", "escape_attribute", "escape_text", "inner_markup", "markup"]

Prefixer = Callable[[str], str]
"""From a name in Clark notation to one with a prefix that is declared."""

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


def markup(node: Foreign, prefixed: Prefixer) -> str:
    """The node with its children and its tail, without added white space."""
    name = prefixed(node.tag)
    attributes = "".join(
        f' {prefixed(key)}="{escape_attribute(value)}"' for key, value in node.attributes.items()
    )
    inner = inner_markup(node.text, node.children, prefixed)
    body = f"<{name}{attributes}>{inner}</{name}>" if inner else f"<{name}{attributes}/>"
    return body + escape_text(node.tail)


def inner_markup(text: str, children: Iterable[Foreign], prefixed: Prefixer) -> str:
    """What stands between the start tag and the end tag."""
    return escape_text(text) + "".join(markup(child, prefixed) for child in children)
