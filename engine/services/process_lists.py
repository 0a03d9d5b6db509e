"""Processes at a glance, and what their elements have seen."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bpmn.model import Definitions
from bpmn.reader import read
from engine.services.instance_views import tally
from engine.services.paging import FIRST, Order, contains, fetch_page
from engine.storage import schema as t
from engine.storage.rows import moment
from engine.views import ElementStatistics, Page, Paging, ProcessSummary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.services.shell import Shell

_d, _i, _n, _h, _k = t.definition.c, t.instance.c, t.incident.c, t.history.c, t.token.c
OVERLAP = 60_000_000
"""Microseconds that a second look at the history goes back: transactions do not commit in the
order of their moments."""
CHUNK = 2_000


class ProcessLists:
    """The part of `Engine` that shows processes."""

    _shell: Shell

    def processes(self, text: str | None = None, page: Paging = FIRST) -> Page[ProcessSummary]:
        """The deployed processes by their latest versions, in the order of their ids."""
        query = sa.select(_d.ref, _d.name, _d.id, _d.version, _d.at).where(
            _d.kind == "process", _d.is_latest == 1
        )
        if text:
            query = query.where(contains(_d.ref, text) | contains(_d.name, text))
        with self._shell.store.reading() as connection:
            return fetch_page(
                connection, query, Order(_d.ref), page, lambda rows: _summaries(connection, rows)
            )

    def statistics(self, key: int) -> list[ElementStatistics]:
        """What each flow node of a version sees now, and has seen. Raises NotFound."""
        with self._shell.store.reading() as connection:
            program = self._shell.programs.program(connection, key)
            tokens: dict[str, int] = dict(
                connection.execute(
                    sa.select(_k.node, sa.func.count())
                    .join(
                        t.instance,
                        sa.and_(_i.partition_id == _k.partition_id, _i.id == _k.instance_id),
                    )
                    .where(_i.definition_id == key, _i.state == "active")
                    .group_by(_k.node)
                ).all()
            )
            incidents: dict[str, int] = dict(
                connection.execute(
                    sa.select(_n.element, sa.func.count())
                    .where(_n.definition_id == key)
                    .group_by(_n.element)
                ).all()
            )
            seen = self._shell.tallies.of(connection, key)
        return [
            ElementStatistics(
                element=id,
                tokens=tokens.get(id, 0),
                incidents=incidents.get(id, 0),
                entered=seen["entered"][id],
                completed=seen["left"][id],
                cancelled=seen["cancelled"][id],
            )
            for id in program.nodes
        ]

    def diagram(self, key: int) -> bytes:
        """The file of a version with a diagram: its own, or one laid out here. Raises NotFound."""
        source = self.source(key)  # type: ignore[attr-defined]
        definitions = read(source)
        if definitions.diagrams:
            return bytes(source)
        return _laid_out(definitions)


def _laid_out(definitions: Definitions) -> bytes:
    from bpmn.layout import lay_out
    from bpmn.writer import write

    return write(lay_out(definitions))


def _summaries(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> list[ProcessSummary]:
    refs = [row.ref for row in rows]
    keys = dict(
        connection.execute(
            sa.select(_d.id, _d.ref).where(_d.kind == "process", _d.ref.in_(refs))
        ).all()
    )
    versions = Counter(keys.values())
    counts: dict[str, Counter[str]] = {ref: Counter() for ref in refs}
    states = sa.select(_i.definition_id, _i.state, sa.func.count()).where(
        _i.definition_id.in_(list(keys))
    )
    for key, state, count in connection.execute(states.group_by(_i.definition_id, _i.state)):
        counts[keys[key]][state] += count
    incidents = sa.select(_n.definition_id, sa.func.count()).where(_n.definition_id.in_(list(keys)))
    for key, count in connection.execute(incidents.group_by(_n.definition_id)):
        counts[keys[key]]["incidents"] += count
    return [
        ProcessSummary(
            process_id=row.ref,
            name=row.name,
            key=row.id,
            version=row.version,
            versions=versions[row.ref],
            deployed=moment(row.at),
            active=counts[row.ref]["active"],
            incidents=counts[row.ref]["incidents"],
            completed=counts[row.ref]["completed"],
            failed=counts[row.ref]["failed"],
            cancelled=counts[row.ref]["cancelled"],
        )
        for row in rows
    ]


class Tallies:
    """Counts of recorded facts by definition, kept in memory and brought up to date by reading
    only what was recorded since."""

    def __init__(self) -> None:
        self._known: dict[int, _Tally] = {}

    def of(self, connection: sa.Connection, definition: int) -> dict[str, Counter[str]]:
        known = self._known.setdefault(definition, _Tally())
        return known.refreshed(connection, definition)


class _Tally:
    def __init__(self) -> None:
        self.counts: dict[str, Counter[str]] = tally([])
        self._counted: dict[int, int] = {}
        """Number of the last fact that was counted, by instance that may still move."""
        self._looked_at = 0

    def refreshed(self, connection: sa.Connection, definition: int) -> dict[str, Counter[str]]:
        since = self._looked_at - OVERLAP
        moved = connection.execute(
            sa.select(_i.partition_id, _i.id, _i.last_seq, _i.updated_at).where(
                _i.definition_id == definition, _i.updated_at >= since
            )
        ).all()
        behind = [row for row in moved if self._counted.get(row.id, 0) < row.last_seq]
        for start in range(0, len(behind), CHUNK):
            self._count(connection, behind[start : start + CHUNK])
        if moved:
            self._looked_at = max(self._looked_at, *(row.updated_at for row in moved))
        return self.counts

    def _count(self, connection: sa.Connection, rows: Sequence[Any]) -> None:
        ids = [row.id for row in rows]
        partitions = {row.partition_id for row in rows}
        steps = connection.execute(
            sa.select(_h.instance_id, _h.first_number, _h.count, _h.records).where(
                _h.partition_id.in_(partitions), _h.instance_id.in_(ids)
            )
        )
        fresh = []
        last = dict(self._counted)
        for instance, first, count, records in steps:
            if first > last.get(instance, 0):
                fresh.append(records)
                known = self._counted.get(instance, 0)
                self._counted[instance] = max(known, first + count - 1)
        for kind, counter in tally(fresh).items():
            self.counts[kind].update(counter)
