"""How a way is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.processes.kit import Act, Way

BACKOFF = 1
"""Seconds that handlers wait before another try."""


def way(
    story: str,
    name: str,
    variables: Mapping[str, Any],
    *acts: Act,
    ends: str,
    reason: str | None = None,
    actions: tuple[str, ...] | None = None,
    visits: Mapping[str, int] | None = None,
) -> Way:
    return Way(
        story=story,
        name=name,
        variables=variables,
        acts=acts,
        ends=frozenset(ends.split()),
        reason=reason,
        actions=actions,
        visits=visits or {},
    )
