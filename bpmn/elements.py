"""Every element of a file, found by its id."""

from __future__ import annotations

from bpmn.model import BaseElement, Definitions

__all__ = ["elements_by_id"]

_PLAIN = frozenset({"line", "documentation", "extension_elements", "diagrams", "problems"})


def elements_by_id(definitions: Definitions) -> dict[str, BaseElement]:
    """Elements by id in document order, diagrams left out; of two with one id, the first."""
    found: dict[str, BaseElement] = {}
    todo: list[BaseElement] = [definitions]
    while todo:
        element = todo.pop()
        if element.id:
            found.setdefault(element.id, element)
        inner: list[BaseElement] = []
        for name in element.__struct_fields__:
            if name in _PLAIN:
                continue
            value = getattr(element, name)
            if isinstance(value, BaseElement):
                inner.append(value)
            elif type(value) is tuple and value and isinstance(value[0], BaseElement):
                inner.extend(value)
        todo.extend(reversed(inner))
    return found
