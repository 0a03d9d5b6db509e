"""Whose variables the work behind a subscription sees."""

from __future__ import annotations

from engine.state import Instance, Subscription


def local_scope(instance: Instance, row: Subscription) -> int:
    """The scope whose variables the work behind a subscription is given: the one that its token's
    activity has of its own, or else the one that the token is in."""
    if row.token is not None:
        for scope in instance.holds.get(row.token, {}).values():
            if scope.kind in ("activity", "snapshot"):
                return scope.id
    return row.scope
