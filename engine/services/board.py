"""What every node knows of what operators have said: what is held, and policies. Read again when
it is a second old; what this node changes it knows at once."""

from __future__ import annotations

import time
from typing import Any

import sqlalchemy as sa

from engine.storage import operator_tables as o
from engine.values import decode

FRESH = 1.0
"""Seconds after which another node's changes are known here."""
HoldKey = tuple[str, str]


class Board:
    """What is held, and what operators have said of policies, as it was a moment ago."""

    def __init__(self) -> None:
        self._read_at: float | None = None
        self._holds: dict[HoldKey, str] = {}
        self._policies: dict[HoldKey, dict[str, Any]] = {}

    def forget(self) -> None:
        """Read it again when it is next asked for."""
        self._read_at = None

    def holds(self, connection: sa.Connection) -> dict[HoldKey, str]:
        """Reasons by kind and name of what is held."""
        self._refresh(connection)
        return self._holds

    def policies(self, connection: sa.Connection) -> dict[HoldKey, dict[str, Any]]:
        """What operators have said, by kind and name; with `by` and `reason`."""
        self._refresh(connection)
        return self._policies

    def _refresh(self, connection: sa.Connection) -> None:
        now = time.monotonic()
        if self._read_at is not None and now - self._read_at < FRESH:
            return
        h, p = o.hold.c, o.policy.c
        self._holds = {
            (row.kind, row.name): row.reason
            for row in connection.execute(sa.select(h.kind, h.name, h.reason))
        }
        self._policies = {
            (row.kind, row.name): {**decode(row.values), "by": row.by, "reason": row.reason}
            for row in connection.execute(sa.select(p.kind, p.name, p["values"], p.by, p.reason))
        }
        self._read_at = now

    def held_start(self, connection: sa.Connection, process_id: str, definition: int) -> str | None:
        """Why a process may not be started now; None: it may."""
        holds = self.holds(connection)
        if not holds:
            return None
        for key in (("process", process_id), ("definition", str(definition))):
            if key in holds:
                return f"process '{process_id}' is suspended: {holds[key]}"
        return None

    def is_held(self, connection: sa.Connection, job_type: str) -> bool:
        """Whether no job of a type is given out."""
        holds = self.holds(connection)
        return bool(holds) and ("job_type", job_type) in holds
