"""Finished instances leave: by policy, in chunks, each exported first where an archive is kept.

A root leaves with all that it called, and only when all of it has ended. How long it stays is said
by its definition (`historyTimeToLive`), or else by the engine's setting `keep`; without either it
stays. A chunk is one transaction of one partition, so that running work is never in its way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import isodate
import sqlalchemy as sa

from engine.errors import Invalid
from engine.services.audit import AuditLists
from engine.services.evaluations import EvaluationLists
from engine.services.leaving import append
from engine.storage import schema as t
from engine.storage.decision_tables import evaluation
from engine.storage.ids import partition_of
from engine.storage.records import decode_records
from engine.storage.rows import HEAD_COLUMNS, micros, moment
from engine.storage.task_tables import draft
from engine.values import decode
from engine.views import Archived, Leaving

if TYPE_CHECKING:
    from engine.services.shell import Shell
    from engine.services.unit import Unit

_i, _h, _d = t.instance.c, t.history.c, t.definition.c
YEAR = datetime(2000, 1, 1, tzinfo=UTC)
"""Where months and years of a time to live are counted from."""
CHUNK = 100
"""Root instances that leave in one transaction."""
MICROSECOND = timedelta(microseconds=1)
_RUNTIME = [t.metadata.tables[name] for name in sorted(t.RUNTIME - {"instance"})]
_OWN = [*_RUNTIME, evaluation, draft]
"""Tables whose rows belong to one instance."""


class RetentionMethods(EvaluationLists, AuditLists):
    """The part of `Engine` that lets finished instances go."""

    _shell: Shell

    def leaving(self, before: datetime | None = None) -> list[Leaving]:
        """What would leave now, by process: a dry run of `purge`."""
        shell = self._shell
        found: dict[str, int] = {}
        with shell.store.reading() as connection:
            now = shell.store.now_in(connection)
            for ref, which in _due(connection, now, shell.settings.keep, before):
                query = sa.select(sa.func.count()).select_from(t.instance).where(*which)
                found[ref] = found.get(ref, 0) + int(connection.execute(query).scalar_one())
        return [Leaving(process_id=ref, instances=n) for ref, n in sorted(found.items()) if n]

    def archive(
        self, before: datetime | None = None, *, limit: int = 1_000_000
    ) -> Iterator[Archived]:
        """What would leave now, whole, oldest first, each with all that it called: to be exported
        before `purge`. With `before`: what ended before that moment, whatever the policies say."""
        for ids in self._chunks(before, limit):
            with self._shell.store.reading() as connection:
                found = [_archived(connection, root) for root in ids]
            yield from found

    def export(self, file: Path, before: datetime | None = None) -> int:
        """Append what `archive` gives to a file of gzipped JSON lines; how many root instances."""
        return append(file, map(_line, self.archive(before)))

    def purge(
        self, before: datetime | None = None, *, limit: int = 1_000_000, chunk: int = CHUNK
    ) -> int:
        """Let what has stayed long enough leave for good; how many root instances.

        With `before`: what ended before that moment, whatever the policies say. Interrupted, it
        has removed whole instances, or nothing of them.
        """
        if before is not None:
            self.forget_evaluations(before)
        return sum(self.forget(ids) for ids in self._chunks(before, limit, chunk))

    def retain(self, *, limit: int = 1_000_000, chunk: int = CHUNK) -> int:
        """What a `Worker` does by itself: what the policies let go is appended to this day's file
        of the setting `archive_to`, if there is one, and then removed; how many root instances.

        Killed in between, it archives a chunk twice, never not at all.
        """
        settings, now = self._shell.settings, self._shell.now()
        folder = settings.archive_to
        if settings.keep is not None:
            self.forget_evaluations(now - settings.keep)
        if settings.keep_audit is not None:
            kept = folder / f"audit-{now:%Y-%m-%d}.jsonl.gz" if folder is not None else None
            self.forget_audit(now - settings.keep_audit, to=kept)
        gone = 0
        for ids in self._chunks(None, limit, chunk):
            if folder is not None:
                with self._shell.store.reading() as connection:
                    found = [_archived(connection, root) for root in ids]
                append(folder / f"{now:%Y-%m-%d}.jsonl.gz", map(_line, found))
            gone += self.forget(ids)
        return gone

    def forget(self, roots: Sequence[int]) -> int:
        """Remove these finished root instances with all that they called; how many there were.
        One that still runs, or is no root, is left as it is."""
        by_partition: dict[int, list[int]] = {}
        for id in roots:
            by_partition.setdefault(partition_of(id), []).append(id)
        return sum(
            self._shell.do(partial(remove, partition=where, roots=ids))
            for where, ids in sorted(by_partition.items())
        )

    def _chunks(
        self, before: datetime | None, limit: int, chunk: int = CHUNK
    ) -> Iterator[list[int]]:
        """Ids of roots that may leave; those of earlier chunks may be gone, or still there."""
        shell = self._shell
        with shell.store.reading() as connection:
            now = shell.store.now_in(connection)
            clauses = _due(connection, now, shell.settings.keep, before)
        for _, which in clauses:
            after = (0, 0)
            while limit > 0:
                query = (
                    sa.select(_i.updated_at, _i.id)
                    .where(*which, sa.tuple_(_i.updated_at, _i.id) > sa.tuple_(*after))
                    .order_by(_i.updated_at, _i.id)
                    .limit(min(chunk, limit))
                )
                with shell.store.reading() as connection:
                    rows = connection.execute(query).all()
                if not rows:
                    break
                limit -= len(rows)
                after = (rows[-1].updated_at, rows[-1].id)
                yield [row.id for row in rows]


def _line(archived: Archived) -> dict[str, Any]:
    return {"id": archived.id, "instances": archived.instances}


def time_to_live(text: str) -> timedelta:
    """`P90D`, or a number of days as Camunda 7 writes it. Raises Invalid."""
    try:
        if text.strip().isdigit():
            return timedelta(days=int(text))
        duration = isodate.parse_duration(text.strip())
        kept = duration if isinstance(duration, timedelta) else duration.totimedelta(start=YEAR)
    except (isodate.ISO8601Error, ValueError, OverflowError) as error:
        raise Invalid(
            f"time to live '{text}' says no duration ({error}); P90D or 90 (days) would do"
        ) from None
    if kept < timedelta(0):
        raise Invalid(f"time to live '{text}' is negative; P90D or 90 (days) would do")
    return kept


def _due(
    connection: sa.Connection, now: int, keep: timedelta | None, before: datetime | None
) -> list[tuple[str, tuple[sa.ColumnElement[bool], ...]]]:
    """Which roots may leave: a process id and its clauses for each definition with a limit."""
    query = sa.select(_d.id, _d.ref, _d.facts).where(_d.kind == "process").order_by(_d.id)
    clauses: list[tuple[str, tuple[sa.ColumnElement[bool], ...]]] = []
    for id, ref, facts in connection.execute(query):
        if before is not None:
            until = micros(before)
        else:
            said = decode(facts).get("history_ttl")
            kept = _said(said) if said is not None else keep
            if kept is None:
                continue
            until = now - kept // MICROSECOND
        which = (
            _i.definition_id == id,
            _i.state.in_(["completed", "failed", "cancelled"]),
            _i.parent_id.is_(None),
            _i.updated_at < until,
        )
        clauses.append((ref, which))
    return clauses


def _said(text: object) -> timedelta | None:
    """A definition's own time to live; what cannot be read keeps its instances."""
    try:
        return time_to_live(str(text))
    except Invalid:
        return None


def _tree(connection: sa.Connection, partition: int, roots: Sequence[int]) -> list[Any]:
    query = sa.select(_i.id, _i.root_id, _i.parent_id, _i.state).where(
        _i.partition_id == partition, sa.or_(_i.id.in_(roots), _i.root_id.in_(roots))
    )
    return list(connection.execute(query.order_by(_i.id)).all())


def remove(unit: Unit, partition: int, roots: Sequence[int]) -> int:
    """Remove finished roots of one partition with all they called; how many."""
    unit.direct()
    connection = unit.transaction.connection
    unit.transaction.lock(roots)
    rows = _tree(connection, partition, roots)
    kept = {row.root_id for row in rows if row.state == "active"}
    kept |= {row.id for row in rows if row.parent_id is not None}
    gone = [row.id for row in rows if row.root_id not in kept and row.root_id in roots]
    if not gone:
        return 0
    for table in _OWN:
        connection.execute(
            sa.delete(table).where(table.c.partition_id == partition, table.c.instance_id.in_(gone))
        )
    connection.execute(sa.delete(t.instance).where(_i.partition_id == partition, _i.id.in_(gone)))
    for id in gone:
        unit.shell.cache.drop(id)
    return len({row.root_id for row in rows if row.id in gone})


def _archived(connection: sa.Connection, root: int) -> Archived:
    rows = _tree(connection, partition_of(root), [root])
    return Archived(id=root, instances=[_whole(connection, row.id) for row in rows])


def _whole(connection: sa.Connection, id: int) -> dict[str, Any]:
    """One instance with its history, as plain data."""
    where = partition_of(id)
    columns = [_i[name] for name in HEAD_COLUMNS]
    query = sa.select(*columns).where(_i.partition_id == where, _i.id == id)
    head = dict(connection.execute(query).mappings().one())
    for name in ("started_at", "updated_at", "ended_at", "suspended_at"):
        head[name] = moment(head[name]) if head[name] is not None else None
    head["result"] = decode(head["result"]) if head["result"] else None
    steps = connection.execute(
        sa.select(_h.first_number, _h.at, _h.records)
        .where(_h.partition_id == where, _h.instance_id == id)
        .order_by(_h.first_number)
    )
    head["history"] = [
        {
            "number": number,
            "at": moment(at),
            "kind": record.kind,
            "element": record.element,
            "token": record.token,
            "scope": record.scope,
            "subscription": record.subscription,
            "detail": record.detail,
        }
        for first, at, records in steps
        for number, record in enumerate(decode_records(records), first)
    ]
    return head
