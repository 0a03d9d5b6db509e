"""Who changed which variable, when, and from what: out of the recorded history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from engine import HistoryEntry


class Change(Struct, frozen=True, kw_only=True):
    """One variable that was set."""

    number: int
    """Of the fact."""
    at: datetime
    name: str
    scope: int | None
    holder: int | None
    """The visit whose own variable it is; None: the process's."""
    element: str | None
    """What caused it, where no person did."""
    old: Any
    new: Any
    is_new: bool
    who: str | None = None
    reason: str | None = None

    @property
    def is_same(self) -> bool:
        """Whether it was set to what it was."""
        return not self.is_new and bool(self.old == self.new)


def of(entries: Iterable[HistoryEntry]) -> list[Change]:
    """Every change, oldest first; the entries are all from the first on."""
    values: dict[int | None, dict[str, Any]] = {}
    holders: dict[int | None, int | None] = {}
    hands: dict[int, Mapping[str, Any]] = {}
    changes: list[Change] = []
    for entry in entries:
        if entry.kind == "opened":
            holders[entry.scope] = entry.token
        if not isinstance(entry.detail, Mapping):
            continue
        if entry.kind == "intervention":
            hands[entry.step] = entry.detail
        if entry.kind != "variables":
            continue
        known = values.setdefault(entry.scope, {})
        hand = hands.get(entry.step, {})
        is_hand = hand.get("verb") == "set_variables" or (
            hand.get("verb") in ("retry", "start") and not known
        )
        for name, value in entry.detail.items():
            changes.append(
                Change(
                    number=entry.number,
                    at=entry.at,
                    name=name,
                    scope=entry.scope,
                    holder=holders.get(entry.scope),
                    element=entry.element,
                    old=known.get(name),
                    new=value,
                    is_new=name not in known,
                    who=str(hand.get("by")) if is_hand else None,
                    reason=hand.get("reason") if is_hand else None,
                )
            )
            known[name] = value
    return changes


def last(changes: Iterable[Change]) -> list[Change]:
    """The last change of each variable of each scope."""
    return list({(one.scope, one.name): one for one in changes}.values())


def since(changes: Iterable[Change], number: int, names: Iterable[str]) -> list[Change]:
    """Changes of some variables after a fact: what somebody else did meanwhile."""
    wanted = set(names)
    return [one for one in changes if one.number > number and one.name in wanted]
