"""Read documents into the model: bytes in, a frozen tree out, problems collected on the way."""

from __future__ import annotations

import functools
import inspect
from typing import TypeVar, cast

import msgspec

from bpmn import model
from bpmn.builder import Builder
from bpmn.model import Definitions, Document, Foreign, ModelElement
from bpmn.schema import Metamodel
from bpmn.xml import BpmnSyntaxError, DocumentRefusedError, Limits, parse_xml

__all__ = [
    "BpmnSyntaxError",
    "DocumentRefusedError",
    "Limits",
    "bpmn_metamodel",
    "read",
    "read_document",
    "read_foreign",
]

_D = TypeVar("_D", bound=Document)


def read(source: bytes, limits: Limits | None = None) -> Definitions:
    """The definitions of a BPMN 2.0 document; what was wrong with it is in their `problems`.

    Raises `BpmnSyntaxError` when there is nothing to read: not XML, not BPMN 2.0, or
    (`DocumentRefusedError`) a DOCTYPE or more than the limits allow.
    """
    return read_document(source, bpmn_metamodel(), Definitions, limits)


def read_document(
    source: bytes, metamodel: Metamodel, root: type[_D], limits: Limits | None = None
) -> _D:
    """Like `read`, for any metamodel whose root is `root`, for example that of DMN."""
    builder = Builder(metamodel, root)
    parse_xml(source, builder, limits)
    document = cast(_D, builder.result)
    return msgspec.structs.replace(
        document,
        namespaces=builder.namespaces.declared,
        problems=tuple(builder.problems.found),
    )


def read_foreign(source: bytes, limits: Limits | None = None) -> Foreign:
    """Any XML as plain nodes. Raises as `read` does."""
    builder = Builder(None, None)
    parse_xml(source, builder, limits)
    return cast(Foreign, builder.result)


@functools.cache
def bpmn_metamodel() -> Metamodel:
    """All classes of `bpmn.model`."""
    things = vars(model).values()
    return Metamodel(
        [thing for thing in things if inspect.isclass(thing) and issubclass(thing, ModelElement)]
    )
