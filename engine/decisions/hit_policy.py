"""Hit policies and aggregations (DMN 1.5 §8.2.8 to §8.2.11)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.expressions.feel.builtins.register import NoResult
from engine.expressions.feel.builtins.statistics import maximum, minimum, total
from engine.expressions.feel.values import same

Rows = list[Any]
"""The outputs of the matching rules, in the order of the rules."""


def unique(run: Any, rows: Rows, where: str) -> Any:
    if len(rows) > 1:
        run.warn(f"{where}: {len(rows)} rules match, the hit policy UNIQUE allows one")
        return None
    return rows[0]


def any_policy(run: Any, rows: Rows, where: str) -> Any:
    if not all(same(row, rows[0]) for row in rows[1:]):
        run.warn(f"{where}: rules with different outputs match, the hit policy ANY forbids that")
        return None
    return rows[0]


def first(_: Any, rows: Rows, __: str) -> Any:
    return rows[0]


SINGLE: dict[str, Callable[[Any, Rows, str], Any]] = {
    "UNIQUE": unique,
    "ANY": any_policy,
    "FIRST": first,
    "PRIORITY": first,
}
"""Policies with one result; rows come sorted for PRIORITY."""
SORTED = frozenset({"PRIORITY", "OUTPUT ORDER"})


def aggregate(run: Any, rows: Rows, aggregation: str, where: str) -> Any:
    """One number for all rows of a COLLECT table."""
    if aggregation == "COUNT":
        return len(rows)
    try:
        match aggregation:
            case "SUM":
                return total(rows)
            case "MIN":
                return minimum(rows)
            case _:
                return maximum(rows)
    except NoResult as reason:
        run.warn(f"{where}: {aggregation}: {reason}")
        return None
