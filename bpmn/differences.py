"""What differs between two versions of a file, element by element, for people to look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from msgspec import Struct

import bpmn.model as m
from bpmn.dialects.detection import elements_of
from bpmn.model.base import Foreign, ModelElement

__all__ = ["Changed", "Difference", "differences"]

_OWN = (m.FlowElement, m.Artifact, m.RootElement, m.Participant, m.MessageFlow, m.Lane)
"""What counts as an element of its own; everything else is a property of the one it stands in."""
_UNSAID = {"id", "line", "incoming", "outgoing", "namespaces", "problems", "tail"}
_NAMING = ("target", "key", "name", "id", "event", "eventType")
"""Attributes that tell apart several children of one tag, best first."""


class Changed(Struct, frozen=True, kw_only=True):
    """A property with another value; empty where there was, or is, none."""

    property: str
    old: str
    new: str


class Difference(Struct, frozen=True, kw_only=True):
    """An element that one of two versions lacks, or that is not the same in both."""

    element: str
    kind: str
    """Its metaclass: `ServiceTask`, `SequenceFlow`, ..."""
    name: str
    how: Literal["added", "removed", "changed"]
    properties: tuple[Changed, ...] = ()
    """What is not the same; of changed elements only."""


def differences(old: m.Definitions, new: m.Definitions) -> list[Difference]:
    """What was added and changed, in the order of the new version, then what was removed.

    Elements are the same by their ids. Layout does not count.
    """
    before, after = _own(old), _own(new)
    found = []
    for id, element in after.items():
        if id not in before:
            found.append(_told(element, "added"))
            continue
        changed = _changed(before[id], element)
        if changed:
            found.append(_told(element, "changed", changed))
    return found + [_told(element, "removed") for id, element in before.items() if id not in after]


def _own(definitions: m.Definitions) -> dict[str, Any]:
    roots = [root for root in definitions.root_elements if not isinstance(root, m.EventDefinition)]
    return {
        element.id: element
        for root in roots
        for element in elements_of(root)
        if element.id and isinstance(element, _OWN) and not isinstance(element, m.EventDefinition)
    }


def _told(
    element: Any, how: Literal["added", "removed", "changed"], changed: tuple[Changed, ...] = ()
) -> Difference:
    return Difference(
        element=element.id,
        kind=type(element).__name__,
        name=" ".join(str(getattr(element, "name", "") or "").split()),
        how=how,
        properties=changed,
    )


def _changed(old: Any, new: Any) -> tuple[Changed, ...]:
    before, after = dict(_properties(old)), dict(_properties(new))
    if type(old) is not type(new):
        before["kind"], after["kind"] = type(old).__name__, type(new).__name__
    names = [*after, *(name for name in before if name not in after)]
    return tuple(
        Changed(property=name, old=before.get(name, ""), new=after.get(name, ""))
        for name in names
        if before.get(name, "") != after.get(name, "")
    )


def _properties(element: Any) -> Iterator[tuple[str, str]]:
    """All values in an element and in what it consists of, by path; elements of their own apart."""
    todo: list[tuple[str, Any]] = [("", element)]
    while todo:
        path, value = todo.pop()
        if isinstance(value, Foreign):
            yield from _attributes(path, value.attributes)
            if value.text.strip():
                yield path, value.text.strip()
            todo += _numbered(path, value.children)
        elif isinstance(value, ModelElement):
            if value is not element and isinstance(value, _OWN) and not _is_part(value):
                continue
            todo += [
                (_joined(path, field), getattr(value, field))
                for field in reversed(value.__struct_fields__)
                if field not in _UNSAID
            ]
        elif isinstance(value, tuple):
            todo += _numbered(path, value)
        elif isinstance(value, Mapping):
            yield from _attributes(path, value)
        elif value is not None and value != "":
            yield path, str(value).strip()


def _is_part(value: ModelElement) -> bool:
    """An event definition inside an event is its part, although one can stand by itself."""
    return isinstance(value, m.EventDefinition)


def _attributes(path: str, attributes: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in attributes.items():
        yield _joined(path, name.rpartition("}")[2]), str(value)


def _numbered(path: str, items: tuple[Any, ...]) -> list[tuple[str, Any]]:
    """Each item with a path that tells it apart from the others."""
    found: list[tuple[str, Any]] = []
    taken: set[str] = set()
    for item in items:
        place = _place(path, item)
        number, free = 2, place
        while free in taken:
            number, free = number + 1, f"{place} {number}"
        taken.add(free)
        found.append((free, item))
    return found[::-1]


def _place(path: str, item: Any) -> str:
    if isinstance(item, Foreign):
        called = next((item.attributes[name] for name in _NAMING if name in item.attributes), "")
        alone = path.removesuffix("extension_elements").rstrip(".")
        return _joined(alone, f"{item.name} {called}".strip())
    if isinstance(item, ModelElement):
        return _joined(path.rpartition(".")[0], type(item).__name__)
    return path


def _joined(path: str, name: str) -> str:
    if name in ("foreign_attributes", "text"):
        return path
    return f"{path}.{name}" if path else name
