"""Who did what, when and why: one list over all acts of operators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from engine.history import Record
from engine.services.instances import plain
from engine.services.leaving import append, forget_rows
from engine.services.paging import FIRST, Order, contains, fetch_page
from engine.storage import operator_tables as o
from engine.storage.ids import partition_of
from engine.storage.rows import micros, moment
from engine.values import decode, encode
from engine.views import Actor, AuditEntry, AuditQuery, Page, Paging
from engine.views.common import Source

if TYPE_CHECKING:
    from engine.services.cache import Loaded
    from engine.services.shell import Shell
    from engine.services.unit import Unit

_a = o.audit.c
_IN_COLUMNS = frozenset({"verb", "by", "source", "reason"})


def audit(
    unit: Unit,
    verb: str,
    by: Actor,
    reason: str | None,
    *,
    kind: str = "instance",
    target: int | str | None = None,
    of: Loaded | None = None,
    detail: Mapping[str, Any] | None = None,
) -> int:
    """Write an act down, with what it changes; `of`: the instance that it concerns. Its id."""
    store = unit.transaction.store
    if target is None:
        assert of is not None
        target = of.id
    partition = partition_of(of.id) if of else unit.home(f"{kind} {target}")
    row = (
        partition,
        id := store.ids.row(partition),
        unit.now_micros,
        by.name,
        by.source,
        verb,
        plain(reason) if reason else None,
        kind,
        str(target),
        of.id if of else None,
        of.head.root_id if of else None,
        of.head.process_id if of else None,
        encode(dict(detail or {})),
    )
    unit.writes.rare.append((store.statements.insert_audit, row))
    return id


def audit_hand(
    unit: Unit,
    hand: Record,
    by: Actor,
    of: Loaded,
    *,
    kind: str = "instance",
    target: int | None = None,
    **more: Any,
) -> int:
    """Write an intervention down as the history has it, and `more`; the id of the act."""
    told: Mapping[str, Any] = hand.detail
    detail = {name: value for name, value in told.items() if name not in _IN_COLUMNS}
    reason = told.get("reason")
    return audit(
        unit, told["verb"], by, reason, kind=kind, target=target, of=of, detail={**detail, **more}
    )


class AuditLists:
    """The part of `Engine` that tells who did what."""

    _shell: Shell

    def audit(
        self,
        query: AuditQuery = AuditQuery(),  # noqa: B008 - frozen
        page: Paging = FIRST,
    ) -> Page[AuditEntry]:
        """Acts of operators for which all of a query holds, the latest first."""
        select = sa.select(*o.audit.columns).where(*_conditions(query))
        order = Order(_a.at, _a.id, descending=True)
        with self._shell.store.reading() as connection:
            return fetch_page(
                connection, select, order, page, lambda rows: [_entry(row) for row in rows]
            )

    def forget_audit(self, before: datetime, *, to: Path | None = None) -> int:
        """Remove acts of before that moment, appended to a file of gzipped JSON lines first; how
        many. Whoever has to answer for them keeps them for as long as the law says."""

        def keep(rows: Sequence[sa.Row[Any]]) -> None:
            if to is not None:
                append(to, map(_line, rows))

        return forget_rows(self._shell, o.audit, _a.at < micros(before), keep=keep)


def _conditions(query: AuditQuery) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [
        column == value
        for column, value in (
            (_a.by, query.by),
            (_a.source, query.source),
            (_a.kind, query.kind),
            (_a.target, query.target),
        )
        if value is not None
    ]
    if query.instance is not None:
        found += [_a.partition_id == partition_of(query.instance)]
        found += [_a.instance_id == query.instance]
    if query.verbs:
        found.append(_a.verb.in_(query.verbs))
    if query.process_ids:
        found.append(_a.process_id.in_(query.process_ids))
    if query.after is not None:
        found.append(_a.at >= micros(query.after))
    if query.before is not None:
        found.append(_a.at < micros(query.before))
    if query.text:
        found.append(contains(_a.reason, query.text) | contains(_a.target, query.text))
    return found


def _entry(row: sa.Row[Any]) -> AuditEntry:
    source: Source = row.source
    return AuditEntry(
        id=row.id,
        at=moment(row.at),
        by=Actor(row.by, source),
        verb=row.verb,
        reason=row.reason,
        kind=row.kind,
        target=row.target,
        instance=row.instance_id,
        process_id=row.process_id,
        detail=decode(row.detail),
    )


def _line(row: sa.Row[Any]) -> dict[str, Any]:
    """An act as a file keeps it."""
    kept = {name: value for name, value in row._mapping.items() if name != "partition_id"}
    return {**kept, "at": moment(row.at), "detail": decode(row.detail)}
