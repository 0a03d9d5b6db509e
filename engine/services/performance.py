"""How long processes take, and how often they succeed, retry and compensate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from engine.storage import schema as t
from engine.views import ProcessPerformance, Usual

if TYPE_CHECKING:
    from engine.services.shell import Shell

_d, _i = t.definition.c, t.instance.c
WINDOW = timedelta(days=7)
SAMPLED = 20_000
"""So many of the instances that ended last are looked at."""
ENOUGH = 5
"""From so many on, it can be said what is usual."""


class PerformanceMethods:
    """The part of `Engine` that measures processes by what was recorded."""

    _shell: Shell

    def usual_durations(self) -> Mapping[str, Usual]:
        """How long instances took that completed within the last seven days, by process id; of
        processes of which there are enough to tell."""
        with self._shell.store.reading() as connection:
            return usual_at(connection, self._shell.store.now_in(connection))

    def performance(self) -> list[ProcessPerformance]:
        """Every process of which anything ended or was recorded; the last seven days, retries
        and compensations of all that is kept."""
        shell = self._shell
        with shell.store.reading() as connection:
            ended = _ended(connection, shell.store.now_in(connection))
            refs: dict[int, str] = dict(
                connection.execute(sa.select(_d.id, _d.ref).where(_d.kind == "process")).all()
            )
            seen = shell.tallies.all(connection)
        durations = _durations(ended)
        states: dict[str, Counter[str]] = {}
        for process, state, *_ in ended:
            states.setdefault(process, Counter())[state] += 1
        retries: Counter[str] = Counter()
        compensations: Counter[str] = Counter()
        for definition, counts in seen.items():
            if definition in refs:
                retries[refs[definition]] += sum(counts["retry"].values())
                compensations[refs[definition]] += sum(counts["compensating"].values())
        return [
            ProcessPerformance(
                process_id=process,
                completed=states.get(process, Counter())["completed"],
                failed=states.get(process, Counter())["failed"],
                cancelled=states.get(process, Counter())["cancelled"],
                usual=usual_of(durations[process]) if process in durations else None,
                retries=retries[process],
                compensations=compensations[process],
            )
            for process in sorted({*states, *refs.values()})
        ]


def usual_at(connection: sa.Connection, now: int) -> dict[str, Usual]:
    """What is usual at a moment, by process id."""
    return {
        process: usual_of(durations)
        for process, durations in _durations(_ended(connection, now)).items()
        if len(durations) >= ENOUGH
    }


def _ended(connection: sa.Connection, now: int) -> Sequence[Any]:
    since = now - WINDOW // timedelta(microseconds=1)
    ended = sa.select(_i.process_id, _i.state, _i.started_at, _i.ended_at).where(
        _i.state.in_(["completed", "failed", "cancelled"]), _i.updated_at >= since
    )
    return connection.execute(ended.order_by(_i.updated_at.desc()).limit(SAMPLED)).all()


def _durations(ended: Sequence[Any]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for process, state, started, stopped in ended:
        if state == "completed":
            found.setdefault(process, []).append(stopped - started)
    return found


def usual_of(durations: list[int]) -> Usual:
    """How long something usually takes, from at least one duration in microseconds."""
    ordered = sorted(durations)
    return Usual(half=_at(ordered, 0.5), most=_at(ordered, 0.95), count=len(ordered))


def _at(ordered: Sequence[int], share: float) -> timedelta:
    """The value that this share of all does not exceed (nearest rank)."""
    place = max(0, -(-len(ordered) * int(share * 100) // 100) - 1)
    return timedelta(microseconds=ordered[place])
