"""Whose model it is: by the tool that says so, or else by the extensions it uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bpmn.dialects.camunda7 import CAMUNDA7
from bpmn.dialects.camunda8 import CAMUNDA8
from bpmn.dialects.dialect import Dialect, Name
from bpmn.dialects.flowable import FLOWABLE
from bpmn.dialects.plain import PLAIN
from bpmn.model import BaseElement, Definitions, ModelElement, Process

__all__ = ["DIALECTS", "detect", "elements_of"]

DIALECTS: dict[Name, Dialect] = {
    dialect.name: dialect for dialect in (PLAIN, CAMUNDA8, CAMUNDA7, FLOWABLE)
}

MODELER = "http://camunda.org/schema/modeler/1.0"
_PLATFORMS = {
    "camunda cloud": CAMUNDA8,
    "camunda 8": CAMUNDA8,
    "camunda platform": CAMUNDA7,
    "camunda 7": CAMUNDA7,
    "operaton": CAMUNDA7,
}
_BY_NAMESPACE = {
    namespace: dialect for dialect in DIALECTS.values() for namespace in dialect.namespaces
}


def detect(definitions: Definitions, process: Process | None = None) -> Dialect:
    """The dialect of a process: what the modeller names, else the vendor used most, else plain.

    A declared namespace that nothing uses does not count.
    """
    platform = definitions.foreign(MODELER, "executionPlatform").strip().lower()
    if platform in _PLATFORMS:
        return _PLATFORMS[platform]
    if definitions.namespaces and _BY_NAMESPACE.keys().isdisjoint(definitions.namespaces.values()):
        return PLAIN
    uses: Counter[Name] = Counter()
    uses.update(_vendors(definitions))
    for root in definitions.root_elements:
        if process is None or root is process or not isinstance(root, Process):
            for element in elements_of(root):
                uses.update(_vendors(element))
    return DIALECTS[uses.most_common(1)[0][0]] if uses else PLAIN


def elements_of(root: ModelElement) -> Iterator[BaseElement]:
    """The element and all that are inside it, parents first, in document order."""
    todo: list[ModelElement] = [root]
    while todo:
        element = todo.pop()
        if isinstance(element, BaseElement):
            yield element
        inner: list[ModelElement] = []
        for field in element.__struct_fields__:
            value = getattr(element, field)
            if isinstance(value, ModelElement):
                inner.append(value)
            elif type(value) is tuple:
                inner.extend(item for item in value if isinstance(item, ModelElement))
        todo.extend(reversed(inner))


def _vendors(element: BaseElement) -> Iterator[Name]:
    for key in element.foreign_attributes:
        dialect = _BY_NAMESPACE.get(key[1:].rpartition("}")[0])
        if dialect is not None:
            yield dialect.name
    for node in element.extension_elements:
        dialect = _BY_NAMESPACE.get(node.namespace)
        if dialect is not None:
            yield dialect.name
