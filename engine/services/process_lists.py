"""Processes at a glance, and what their elements have seen."""

from __future__ import annotations

from collections import Counter
from threading import Lock
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bpmn.model import Definitions
from bpmn.reader import read
from engine.services.instance_lists import mine
from engine.services.instance_views import tally
from engine.services.paging import FIRST, Order, contains, fetch_page
from engine.storage import schema as t
from engine.storage.rows import moment
from engine.values import decode
from engine.views import ElementStatistics, Page, Paging, ProcessSummary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
        query = sa.select(_d.ref, _d.name, _d.id, _d.version, _d.at, _d.facts).where(
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
            nodes = self.definition(key).elements  # type: ignore[attr-defined]
            tokens: dict[str, int] = dict(
                connection.execute(
                    sa.select(_k.node, sa.func.count())
                    .join(t.instance, mine(_k))
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
            for id in nodes
        ]

    def diagram(self, key: int) -> bytes:
        """The file of a version with a diagram: its own, or one laid out here. Raises NotFound."""
        source = self.source(key)  # type: ignore[attr-defined]
        definitions = read(source)
        if definitions.diagrams:
            return bytes(source)
        return _laid_out(definitions)

    def picture(self, key: int, marks: Mapping[str, tuple[str, str]] | None = None) -> str:
        """The diagram of a version as SVG in the colours of the page that takes it in; `marks`: by
        element id a class of the style sheet and a short text. Raises NotFound."""
        from bpmn.drawing import Mark, draw_svg

        definitions = read(self.source(key))  # type: ignore[attr-defined]
        marked = {id: Mark(*mark) for id, mark in (marks or {}).items()}
        return draw_svg(definitions, marks=marked, is_standalone=False)


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
            is_executable=decode(row.facts).get("is_executable", True),
        )
        for row in rows
    ]


class Tallies:
    """Counts of recorded facts by definition, kept in memory and brought up to date by reading
    only what was recorded since. Any number of threads may ask."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: dict[int, dict[str, Counter[str]]] = {}
        self._counted: dict[int, int] = {}
        """Number of the last fact that was counted, by instance that may still move."""
        self._ended: dict[int, int] = {}
        """When instances ended that are still among those."""
        self._looked_at: dict[int | None, int] = {}
        """By definition; None: at all of them."""

    def of(self, connection: sa.Connection, definition: int) -> dict[str, Counter[str]]:
        """Facts of one definition, by kind and element; see `tally`."""
        with self._lock:
            self._refresh(connection, definition, _i.definition_id == definition)
            return _copied(self._counts.get(definition) or tally([]))

    def all(self, connection: sa.Connection) -> dict[int, dict[str, Counter[str]]]:
        """The same by definition."""
        with self._lock:
            states = ["active", "completed", "failed", "cancelled"]  # as the index has them
            self._refresh(connection, None, _i.state.in_(states))
            return {key: _copied(counts) for key, counts in self._counts.items()}

    def _refresh(
        self, connection: sa.Connection, definition: int | None, which: sa.ColumnElement[bool]
    ) -> None:
        looked_at = max(self._looked_at.get(definition, 0), self._looked_at.get(None, 0))
        moved = connection.execute(
            sa.select(
                _i.partition_id, _i.id, _i.definition_id, _i.state, _i.last_seq, _i.updated_at
            ).where(which, _i.updated_at >= looked_at - OVERLAP)
        ).all()
        behind = [row for row in moved if self._counted.get(row.id, 0) < row.last_seq]
        for start in range(0, len(behind), CHUNK):
            self._count(connection, behind[start : start + CHUNK])
        latest = max([looked_at, *(row.updated_at for row in moved)])
        self._looked_at[definition] = latest
        self._ended.update({row.id: row.updated_at for row in moved if row.state != "active"})
        if definition is None:
            for id in [id for id, at in self._ended.items() if at < latest - OVERLAP]:
                del self._ended[id]
                self._counted.pop(id, None)

    def _count(self, connection: sa.Connection, rows: Sequence[Any]) -> None:
        definitions = {row.id: row.definition_id for row in rows}
        partitions = {row.partition_id for row in rows}
        steps = connection.execute(
            sa.select(_h.instance_id, _h.first_number, _h.count, _h.records).where(
                _h.partition_id.in_(partitions), _h.instance_id.in_(list(definitions))
            )
        )
        fresh: dict[int, list[bytes]] = {}
        before = {id: self._counted.get(id, 0) for id in definitions}
        for instance, first, count, records in steps:
            if first > before[instance]:
                fresh.setdefault(definitions[instance], []).append(records)
                last = self._counted.get(instance, 0)
                self._counted[instance] = max(last, first + count - 1)
        for definition, blobs in fresh.items():
            counts = self._counts.setdefault(definition, tally([]))
            for kind, counter in tally(blobs).items():
                counts[kind].update(counter)


def _copied(counts: dict[str, Counter[str]]) -> dict[str, Counter[str]]:
    return {kind: Counter(counter) for kind, counter in counts.items()}
