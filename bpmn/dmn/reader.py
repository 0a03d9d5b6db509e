"""Decision models as documents: bytes in, frozen definitions out, whatever version of DMN it is."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import cast

import msgspec

from bpmn.builder import Builder
from bpmn.dmn import model
from bpmn.dmn.model import DMN, DMNDI, Definitions
from bpmn.model.base import ModelElement
from bpmn.schema import Metamodel
from bpmn.xml import Limits, parse_xml

__all__ = ["dmn_metamodel", "read_dmn"]

_MODELS = (
    "http://www.omg.org/spec/DMN/20130901",
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20151101/dmn11.xsd",
    "http://www.omg.org/spec/DMN/20151130",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20240513/MODEL/",
)
_DIAGRAMS = (
    "http://www.omg.org/spec/DMN/20180521/DMNDI/",
    "https://www.omg.org/spec/DMN/20191111/DMNDI/",
    "https://www.omg.org/spec/DMN/20211108/DMNDI/",
    "https://www.omg.org/spec/DMN/20240513/DMNDI/",
)
_VERSIONS = dict.fromkeys(_MODELS, DMN) | dict.fromkeys(_DIAGRAMS, DMNDI)


def read_dmn(source: bytes, limits: Limits | None = None) -> Definitions:
    """The decision model of a document; what was wrong with it is in its `problems`.

    Raises `BpmnSyntaxError` when there is nothing to read: not XML, or not DMN.
    """
    builder = Builder(dmn_metamodel(), Definitions)
    parse_xml(source, _AnyVersion(builder), limits)
    return msgspec.structs.replace(
        cast(Definitions, builder.result),
        namespaces=builder.namespaces.declared,
        problems=tuple(builder.problems.found),
    )


@functools.cache
def dmn_metamodel() -> Metamodel:
    """All classes of `bpmn.dmn.model`."""
    things = vars(model).values()
    return Metamodel(
        [thing for thing in things if inspect.isclass(thing) and issubclass(thing, ModelElement)]
    )


class _AnyVersion:
    """Tells the builder of every version as if it were DMN 1.5."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self.begin = builder.begin
        self.namespace = builder.namespace
        self.namespace_end = builder.namespace_end
        self.text: Callable[[str], object] = builder.text

    def start(self, tag: str, attributes: list[str]) -> None:
        self._builder.start(_current(tag), attributes)

    def end(self, tag: str) -> None:
        self._builder.end(_current(tag))


@functools.lru_cache(maxsize=1024)
def _current(tag: str) -> str:
    namespace, _, name = tag.rpartition("}")
    known = _VERSIONS.get(namespace)
    return f"{known}}}{name}" if known else tag
