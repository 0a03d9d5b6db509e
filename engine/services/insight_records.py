"""What the records of a process's instances say of its steps and of the ways taken."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from engine.history import Record
from engine.services.performance import usual_of
from engine.storage.records import decode_records
from engine.storage.rows import moment
from engine.views.insights import Effort, StepInsight, Way

COUNTED = {
    "left": "completed",
    "cancelled": "cancelled",
    "compensating": "compensated",
    "incident": "incidents",
    "parked": "incidents",
}
"""What a step's record counts as, by its kind."""
EFFORTS = frozenset({"retries", "incidents", "compensated"})
LISTED = 10
"""Ways."""


class Recorded:
    """Records, counted."""

    def __init__(self) -> None:
        self._counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._durations: defaultdict[str, list[int]] = defaultdict(list)
        self._entered: dict[tuple[int, int | None, str], int] = {}
        self._passed: defaultdict[int, dict[str, None]] = defaultdict(dict)
        self._efforts: list[tuple[int, str]] = []

    @classmethod
    def of(cls, rows: Iterable[Any]) -> Recorded:
        """Those in rows of (instance, moment, records), an instance's in their order."""
        found = cls()
        for instance, at, records in rows:
            for record in decode_records(records):
                if record.element is not None:
                    found._count(instance, at, record, record.element)
        return found

    def _count(self, instance: int, at: int, record: Record, element: str) -> None:
        visit = (instance, record.token, element)
        if record.kind == "entered":
            self._counts[element]["entered"] += 1
            self._entered[visit] = at
            self._passed[instance][element] = None
            return
        if record.kind == "attempt":
            is_again = isinstance(record.detail, dict) and record.detail.get("number", 1) > 1
            if not is_again:
                return
            counted = "retries"
        elif record.kind in COUNTED:
            counted = COUNTED[record.kind]
            begun = self._entered.pop(visit, None)
            if record.kind == "left" and begun is not None:
                self._durations[element].append(at - begun)
        else:
            return
        self._counts[element][counted] += 1
        if counted in EFFORTS:
            self._efforts.append((at, counted))

    def steps(self) -> list[StepInsight]:
        """Every flow node that was entered."""
        return [
            StepInsight(
                element=element,
                usual=usual_of(self._durations[element]) if self._durations[element] else None,
                **count,
            )
            for element, count in self._counts.items()
            if count["entered"]
        ]

    def efforts(self, since: int, now: int, length: int) -> list[Effort]:
        """By spans of a length, oldest first, without gaps."""
        counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
        for at, counted in self._efforts:
            counts[at // length][counted] += 1
        return [
            Effort(since=moment(place * length), **counts[place])
            for place in range(since // length, now // length + 1)
        ]

    def ways(self, instances: Sequence[Any]) -> tuple[list[Way], int]:
        """The most frequent ways of those that ended, given as they moved, the last first; and how
        many of them went others."""
        together: defaultdict[frozenset[str], list[Any]] = defaultdict(list)
        for row in instances:
            if row.state != "active" and row.id in self._passed:
                together[frozenset(self._passed[row.id])].append(row)
        ranked = sorted(together.values(), key=len, reverse=True)
        others = sum(len(rows) for rows in ranked[LISTED:])
        return [self._way(rows) for rows in ranked[:LISTED]], others

    def _way(self, rows: Sequence[Any]) -> Way:
        took = [row.ended_at - row.started_at for row in rows if row.state == "completed"]
        return Way(
            steps=list(self._passed[rows[0].id]),
            usual=usual_of(took) if took else None,
            latest=rows[0].id,
            **Counter(row.state for row in rows),
        )
