"""Lists and maps of expressions: how Camunda 7's input and output parameters make documents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bpmn.dialects.neutral import Code

__all__ = ["Composite", "compile_composite"]


class Composite:
    """A list or a map whose items are evaluated, each in its own language."""

    __slots__ = ("_shape", "asks_execution", "names", "text")

    def __init__(self, text: str, shape: Any, parts: list[Any]) -> None:
        self.text = text
        self._shape = shape
        self.names = frozenset[str]().union(*(part.names for part in parts))
        self.asks_execution = any(getattr(part, "asks_execution", False) for part in parts)

    def evaluate(self, variables: Mapping[str, Any], *, now: datetime | None = None) -> Any:
        return _made(self._shape, variables, now)


def _made(shape: Any, variables: Mapping[str, Any], now: datetime | None) -> Any:
    if isinstance(shape, list):
        return [_made(item, variables, now) for item in shape]
    if isinstance(shape, dict):
        return {name: _made(item, variables, now) for name, item in shape.items()}
    return shape.evaluate(variables, now=now)


def compile_composite(text: str) -> Composite:
    """The compiled list or map, from the JSON that `bpmn.dialects.neutral.Code` says. Raises
    ExpressionError for an item that cannot be compiled."""
    parts: list[Any] = []
    return Composite(text, _shape(json.loads(text), parts), parts)


def _shape(item: list[Any], parts: list[Any]) -> Any:
    from engine.expressions import compile_code

    kind, *rest = item
    if kind == "list":
        return [_shape(inner, parts) for inner in rest]
    if kind == "map":
        return {name: _shape(inner, parts) for name, inner in rest}
    found = compile_code(Code(kind, rest[0]))
    parts.append(found)
    return found
