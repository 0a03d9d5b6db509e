"""What became of something that was tried again: out of what was recorded since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

from engine import HistoryEntry

Verdict = Literal["pending", "healed", "failed", "stopped"]
"""pending: not known yet; stopped: it was cancelled, or moved elsewhere."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What a retry came to."""

    verdict: Verdict
    at: datetime | None = None
    message: str = ""
    """The new error's."""
    attempts: int = 0
    """Tries since."""


def outcome(entries: Iterable[HistoryEntry], incident: int) -> Outcome:
    """What became of an incident that was tried again; the entries are all since before that."""
    token: int | None = None
    is_tried, attempts, message = False, 0, ""
    for entry in entries:
        detail = entry.detail if isinstance(entry.detail, Mapping) else {}
        if not is_tried:
            is_tried = entry.kind == "intervention" and entry.subscription == incident
            is_tried = is_tried and detail.get("verb") == "retry"
            token = entry.token if is_tried else None
            continue
        if entry.subscription != incident and (token is None or entry.token != token):
            continue
        match entry.kind:
            case "attempt":
                attempts += 1
                message = str(detail.get("error") or "")
            case "incident" | "parked":
                said = str(detail.get("message") or message)
                return Outcome(verdict="failed", at=entry.at, message=said, attempts=attempts)
            case "caught" | "left" | "merged":
                return Outcome(verdict="healed", at=entry.at, attempts=attempts)
            case "cancelled":
                return Outcome(verdict="stopped", at=entry.at, attempts=attempts)
    return Outcome(verdict="pending", message=message, attempts=attempts)
