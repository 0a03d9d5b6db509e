"""One instance, as a person looks at it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from engine.errors import NotFound
from engine.services.instance_lists import in_instance, summaries
from engine.services.words import wait_view
from engine.services.work_lists import incident_views
from engine.storage import schema as t
from engine.storage.ids import partition_of
from engine.storage.records import decode_records
from engine.storage.rows import HEAD_COLUMNS, SHELL_COLUMNS, moment, moment_or_none
from engine.storage.rows import Shell as Columns
from engine.values import decode
from engine.views import (
    HistoryEntry,
    HistoryPage,
    InstanceView,
    PathView,
    ScopeView,
    TokenView,
    WaitView,
)

if TYPE_CHECKING:
    from engine.services.shell import Shell

_i, _s, _k, _w, _h = t.instance.c, t.scope.c, t.token.c, t.subscription.c, t.history.c
_HEAD = [_i[name] for name in HEAD_COLUMNS]
_PROMISES = ("compensation", "decision", "turn")
"""Subscriptions that nobody waits for."""
LONGEST_HISTORY = 5_000


class InstanceViews:
    """The part of `Engine` that shows one instance."""

    _shell: Shell

    def instance(self, id: int) -> InstanceView:
        """All there is to know about an instance but its history. Raises NotFound."""
        shell = self._shell
        with shell.store.reading() as connection:
            now = moment(shell.store.now_in(connection))
            row = _head(connection, id)
            (head,) = summaries(connection, [row])
            called = connection.execute(
                sa.select(*_HEAD).where(_i.parent_id == id).order_by(_i.id).limit(1000)
            ).all()
            incidents = incident_views(connection, t.incident.c.instance_id == id)
            failing = {incident.id for incident in incidents}
            calls = dict(
                connection.execute(
                    sa.select(_i.parent_subscription, _i.id).where(
                        _i.parent_id == id, _i.state == "active"
                    )
                ).all()
            )
            waits = _waits(connection, id, now, failing, calls, is_held=head.suspended)
            return InstanceView(
                head=head,
                revision=row.revision,
                children=summaries(connection, called),
                tokens=_tokens(connection, id, waits),
                waits=waits.get(None, []),
                incidents=incidents,
                variables=_variables(connection, id, row),
                path=path_of(connection, id),
            )

    def history(self, id: int, *, after: int = 0, limit: int = 1000) -> HistoryPage:
        """What was recorded after fact number `after`, in order. Raises NotFound."""
        limit = max(1, min(limit, LONGEST_HISTORY))
        with self._shell.store.reading() as connection:
            last = _head(connection, id).last_seq
            rows = connection.execute(
                sa.select(_h.first_number, _h.at, _h.records)
                .where(_history(id), _h.first_number + _h.count > after + 1)
                .order_by(_h.first_number)
                .limit(limit)
            ).all()
        items: list[HistoryEntry] = []
        for first, at, records in rows:
            when = moment(at)
            for number, record in enumerate(decode_records(records), first):
                if number > after and len(items) < limit:
                    items.append(
                        HistoryEntry(
                            number=number,
                            at=when,
                            step=first,
                            kind=record.kind,
                            element=record.element,
                            token=record.token,
                            scope=record.scope,
                            subscription=record.subscription,
                            detail=record.detail,
                        )
                    )
        return HistoryPage(items=items, last=last)

    def variables(self, id: int) -> list[ScopeView]:
        """The variables by scope, the process scope's first; of an ended instance as they were at
        its end. Raises NotFound."""
        with self._shell.store.reading() as connection:
            return _variables(connection, id, _head(connection, id))


def _head(connection: sa.Connection, id: int) -> sa.Row[Any]:
    query = sa.select(*_HEAD).where(_i.partition_id == partition_of(id), _i.id == id)
    row = connection.execute(query).first()
    if row is None:
        raise NotFound(f"instance {id}: there is none")
    return row


def _history(id: int) -> sa.ColumnElement[bool]:
    return (_h.partition_id == partition_of(id)) & (_h.instance_id == id)


def _waits(
    connection: sa.Connection,
    id: int,
    now: datetime,
    failing: set[int],
    calls: dict[Any, int],
    *,
    is_held: bool,
) -> dict[int | None, list[WaitView]]:
    """What is waited for, by token; None: by scopes."""
    core = (_w.id, _w.token, _w.kind, _w.catcher, _w.name, _w.key, _w.due, _w.details)
    query = sa.select(*core, _w.created_at, *(_w[name] for name in SHELL_COLUMNS)).where(
        in_instance(_w, id), _w.kind.not_in(_PROMISES)
    )
    found: dict[int | None, list[WaitView]] = {}
    for row in connection.execute(query.order_by(_w.id)):
        own, token, kind, catcher, name, key, due, details, since, *columns = row
        view = wait_view(
            id=own,
            kind=kind,
            element=catcher,
            name=name,
            key=key,
            due=moment_or_none(due),
            details=decode(details),
            since=moment(since),
            columns=Columns(*columns),
            now=now,
            has_incident=own in failing,
            is_held=is_held,
            child=calls.get(own),
        )
        found.setdefault(token, []).append(view)
    return found


def _tokens(
    connection: sa.Connection, id: int, waits: dict[int | None, list[WaitView]]
) -> list[TokenView]:
    query = sa.select(_k.id, _k.node, _k.scope, _k.entered_at).where(in_instance(_k, id))
    return [
        TokenView(
            id=own, element=node, scope=scope, since=moment(entered), waits=waits.get(own, [])
        )
        for own, node, scope, entered in connection.execute(query.order_by(_k.id))
    ]


def _variables(connection: sa.Connection, id: int, head: sa.Row[Any]) -> list[ScopeView]:
    if head.state != "active":
        values = decode(head.result or "{}")
        return [
            ScopeView(
                id=id + 1,
                element=head.process_id,
                kind="process",
                parent=None,
                index=-1,
                variables=values,
            )
        ]
    query = sa.select(_s.id, _s.container, _s.kind, _s.parent, _s.place, _s.variables).where(
        in_instance(_s, id)
    )
    views = [
        ScopeView(
            id=own,
            element=container,
            kind=kind,
            parent=parent,
            index=place,
            variables=decode(values),
        )
        for own, container, kind, parent, place, values in connection.execute(query.order_by(_s.id))
    ]
    return sorted(views, key=lambda view: view.kind != "process")


def path_of(connection: sa.Connection, id: int) -> PathView:
    """How often each was passed, as recorded."""
    query = sa.select(_h.records).where(_history(id)).order_by(_h.first_number)
    counts = tally(connection.execute(query).scalars().all())
    return PathView(
        flows=counts["flow"],
        nodes=counts["entered"],
        completed=counts["left"],
        cancelled=counts["cancelled"],
        compensated=counts["compensating"],
    )


def tally(steps: Sequence[bytes]) -> dict[str, Counter[str]]:
    """Facts by kind and element; `flow`: how often a token came by each sequence flow; `retry`:
    attempts after the first."""
    counts: dict[str, Counter[str]] = {
        kind: Counter()
        for kind in ("flow", "entered", "left", "cancelled", "compensating", "retry")
    }
    flows, entered = counts["flow"], counts["entered"]
    for data in steps:
        for record in decode_records(data):
            element = record.element
            if element is None:
                continue
            if record.kind == "entered":
                entered[element] += 1
                if isinstance(record.detail, str):
                    flows[record.detail] += 1
            elif record.kind == "attempt":
                if isinstance(record.detail, dict) and record.detail.get("number", 1) > 1:
                    counts["retry"][element] += 1
            elif record.kind in counts:
                counts[record.kind][element] += 1
    return counts
