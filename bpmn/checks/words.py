"""How messages speak of elements."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from bpmn.model import ModelElement

__all__ = ["a", "called", "kind", "listed", "tag"]

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@functools.cache
def kind(cls: type[ModelElement]) -> str:
    """`BoundaryEvent` -> `boundary event`, `BPMNShape` -> `BPMN shape`."""
    words = _HUMP.sub(" ", cls.__name__).split()
    return " ".join(word if word.isupper() else word.lower() for word in words)


def called(element: ModelElement) -> str:
    """`boundary event 'late'`; by its name, or its kind alone, when it has no id."""
    words = kind(type(element))
    said = getattr(element, "id", "") or getattr(element, "name", "")
    return f"{words} '{said}'" if said else a(words)


def a(words: str) -> str:
    """With the indefinite article."""
    article = "an" if words[:1].lower() in "aeiou" and not words.startswith("user") else "a"
    return f"{article} {words}"


@functools.cache
def tag(cls: type[ModelElement]) -> str:
    """The element's tag without its namespace: `boundaryEvent`."""
    return str(vars(cls).get("TAG") or cls.__name__[0].lower() + cls.__name__[1:])


def listed(words: Iterable[str], last: str = "or") -> str:
    """`a, b or c`."""
    *most, final = words
    return f"{', '.join(most)} {last} {final}" if most else final
