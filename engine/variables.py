"""Which variables a scope sees, and where an assignment lands (BPMN 2.0.2 §10.4.7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.state import Instance, Scope, Variables


class Visible(Mapping[str, Any]):
    """The variables seen from a scope: its own, then those of the scopes around it."""

    __slots__ = ("_layers",)

    def __init__(self, layers: list[Variables]) -> None:
        self._layers = layers
        """Nearest first."""

    def __getitem__(self, name: str) -> Any:
        for layer in self._layers:
            if name in layer:
                return layer[name]
        raise KeyError(name)

    def get(self, name: str, default: Any = None) -> Any:
        for layer in self._layers:
            if name in layer:
                return layer[name]
        return default

    def __contains__(self, name: object) -> bool:
        return any(name in layer for layer in self._layers)

    def __iter__(self) -> Iterator[str]:
        seen: dict[str, None] = {}
        for layer in self._layers:
            seen.update(dict.fromkeys(layer))
        return iter(seen)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def visible(instance: Instance, scope: int, top: Variables | None = None) -> Variables:
    """What an expression in `scope` sees; `top` lies over all of it."""
    row = instance.scopes[scope]
    if row.parent is None and not top:
        return row.variables
    layers: list[Variables] = [top] if top else []
    at: Scope | None = row
    while at is not None:
        if at.kind == "loop":
            layers.append(_loop_counts(instance, at))
        if at.variables:
            layers.append(at.variables)
        at = instance.scopes.get(at.parent) if at.parent is not None else None
    return layers[0] if len(layers) == 1 else Visible(layers)


def _loop_counts(instance: Instance, loop: Scope) -> dict[str, int]:
    """The attributes of a multi-instance activity that expressions may read (Table 10.31)."""
    total = loop.variables.get("numberOfInstances")
    if total is None:
        return {}
    active = len(instance.tokens_in.get(loop.id, ()))
    started = total if loop.items is None else loop.index + 1
    return {
        "numberOfActiveInstances": active,
        "numberOfCompletedInstances": started - active,
        "numberOfTerminatedInstances": 0,
    }


def landing(instance: Instance, scope: int, name: str) -> list[int]:
    """The scopes an assignment of `name` in `scope` writes to: where it is declared, nearest
    first, otherwise the outermost; and the snapshots on the way there that show it."""
    shown: list[int] = []
    at = instance.scopes[scope]
    while True:
        if at.kind == "snapshot":
            if name in at.variables:
                shown.append(at.id)
        elif name in at.variables or at.parent is None:
            return [*shown, at.id]
        assert at.parent is not None
        at = instance.scopes[at.parent]
