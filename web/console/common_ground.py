"""What failing instances have in common, and others have not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from web.console.words import plain

SHARE = 0.8
"""So many of those that fail have the value."""
LIFT = 0.3
"""And so much smaller is the share of the others."""
LONGEST = 80
MOST = 6


class Common(Struct, frozen=True, kw_only=True):
    """A value of a variable that most of those that fail have."""

    name: str
    value: Any
    failing: int
    others: int
    """Percent."""


def common(
    failing: Iterable[Mapping[str, Any]], others: Iterable[Mapping[str, Any]]
) -> list[Common]:
    """Values that tell the two apart, the most telling first; of too few, nothing can be told."""
    fail, rest = list(failing), list(others)
    if len(fail) < 2 or not rest:
        return []
    mine, theirs = _counted(fail), _counted(rest)
    found = []
    for (name, shown), count in mine.items():
        share, other = count / len(fail), theirs[name, shown] / len(rest)
        if share >= SHARE and share - other >= LIFT:
            told = Common(
                name=name, value=shown, failing=round(100 * share), others=round(100 * other)
            )
            found.append(told)
    return sorted(found, key=lambda one: (one.others - one.failing, one.name))[:MOST]


def _counted(instances: list[Mapping[str, Any]]) -> Counter[tuple[str, str]]:
    counts: Counter[tuple[str, str]] = Counter()
    for variables in instances:
        counts.update(
            (name, shown)
            for name, value in _flat(variables)
            if len(shown := plain(value)) < LONGEST
        )
    return counts


def _flat(variables: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """Scalars, of documents one level deep."""
    for name, value in variables.items():
        if isinstance(value, Mapping):
            inner = ((f"{name}.{key}", one) for key, one in value.items())
            yield from ((key, one) for key, one in inner if not isinstance(one, Mapping | list))
        elif not isinstance(value, list):
            yield name, value
