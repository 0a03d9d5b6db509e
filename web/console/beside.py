"""Two instances beside each other: which steps each went through, how long, with which values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from engine import InstanceView
from web.console.timeline import Timeline

NONE = timedelta()


class StepPair(Struct, frozen=True, kw_only=True):
    """One step in both instances: how often, and how long altogether."""

    element: str
    name: str
    visits: tuple[int, int]
    took: tuple[timedelta, timedelta]

    @property
    def differs(self) -> bool:
        return self.visits[0] != self.visits[1]

    @property
    def slower(self) -> timedelta:
        """How much longer the second one took."""
        return self.took[1] - self.took[0]


class ValuePair(Struct, frozen=True, kw_only=True):
    """One process variable in both instances."""

    name: str
    values: tuple[Any, Any]
    has: tuple[bool, bool]

    @property
    def differs(self) -> bool:
        return self.has[0] != self.has[1] or self.values[0] != self.values[1]


def steps(
    told: tuple[Timeline, Timeline], names: Mapping[str, str], now: datetime
) -> list[StepPair]:
    """Every step that either went through, in the order of the first that did."""
    sums: list[dict[str, tuple[int, timedelta]]] = []
    for one in told:
        found: dict[str, tuple[int, timedelta]] = {}
        for line in sorted(one.steps.values(), key=lambda line: line.number):
            if line.element is None:
                continue
            count, took = found.get(line.element, (0, NONE))
            found[line.element] = (count + 1, took + ((line.until or now) - line.at))
        sums.append(found)
    elements = dict.fromkeys([*sums[0], *sums[1]])
    pairs = [tuple(found.get(element, (0, NONE)) for found in sums) for element in elements]
    return [
        StepPair(
            element=element,
            name=names.get(element) or element,
            visits=(one[0], other[0]),
            took=(one[1], other[1]),
        )
        for element, (one, other) in zip(elements, pairs, strict=True)
    ]


def values(views: tuple[InstanceView, InstanceView]) -> list[ValuePair]:
    """The process variables of both, those that differ first."""
    held = [dict(view.variables[0].variables) if view.variables else {} for view in views]
    pairs = [
        ValuePair(
            name=name,
            values=(held[0].get(name), held[1].get(name)),
            has=(name in held[0], name in held[1]),
        )
        for name in sorted({*held[0], *held[1]})
    ]
    return sorted(pairs, key=lambda pair: not pair.differs)
