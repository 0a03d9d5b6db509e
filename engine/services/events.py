"""The events that can be followed: read from the rows that the database keeps anyway.

Writing costs nothing more. Each kind has its table and its moment, which an index orders; together
they are one log, ordered by moment, kind and id, that can be read again from any position.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from engine.errors import Invalid
from engine.storage import schema as t
from engine.storage.alert_tables import alert_firing
from engine.storage.rows import moment
from engine.values import decode
from engine.views import EVENT_TYPES, Event, EventPage

if TYPE_CHECKING:
    from engine.storage.store import Store

MARGIN = 250_000
"""Microseconds that are left to transactions that are just ending."""
LONGEST = 1_000
LAST_RANK = 9
_POSITION = re.compile(r"[0-9]{1,18}-[0-9]-[0-9]{1,19}", re.ASCII)
_f = alert_firing
_d, _i, _w, _n = t.deployment.c, t.instance.c, t.subscription.c, t.incident.c


class Position(NamedTuple):
    """A place in the log: everything up to it has been seen."""

    at: int
    rank: int
    id: int

    def __str__(self) -> str:
        return f"{self.at}-{self.rank}-{self.id}"


def position_of(text: str) -> Position:
    """Raises Invalid."""
    if not _POSITION.fullmatch(text):
        raise Invalid(f"position: '{text:.60}' is none that an event had")
    at, rank, id = text.split("-")
    return Position(int(at), int(rank), int(id))


def position_at(at: int) -> Position:
    """Before all that happened at a moment or after it."""
    return Position(max(at, 0), 0, 0)


class _Source(NamedTuple):
    """One kind of row that tells of something."""

    query: sa.Select[Any]
    at: sa.ColumnElement[int]
    id: sa.ColumnElement[int]
    process: sa.ColumnElement[Any] | None
    types: tuple[str, ...]
    event: Callable[[Any], dict[str, Any]]


def _of_instance(row: Any, **data: Any) -> dict[str, Any]:
    return {
        "correlation_id": row.correlation_id or str(row.root_id),
        "data": {
            "processInstanceKey": str(row.instance),
            "rootProcessInstanceKey": str(row.root_id),
            "processDefinitionKey": str(row.definition_id),
            "processDefinitionId": row.process_id,
            "processDefinitionVersion": row.version,
            "businessId": row.business_key,
            **data,
        },
    }


def _deployed(row: Any) -> dict[str, Any]:
    data = {
        "deploymentKey": str(row.id),
        "by": row.by,
        "newProcessDefinitionIds": decode(row.result),
    }
    return {"type": "deployment.created", "data": data}


def _started(row: Any) -> dict[str, Any]:
    return {"type": "process-instance.started", **_of_instance(row)}


def _task(row: Any) -> dict[str, Any]:
    more = {
        "userTaskKey": str(row.id),
        "elementId": row.catcher,
        "name": row.name,
        "assignee": row.worker,
    }
    return {"type": "user-task.created", **_of_instance(row, **more)}


def _incident(row: Any) -> dict[str, Any]:
    more = {"incidentKey": str(row.id), "elementId": row.element, "errorMessage": row.message}
    # One that is retried and raised again is another event.
    return {"type": "incident.raised", "again": row.moment, **_of_instance(row, **more)}


def _ended(row: Any) -> dict[str, Any]:
    found = _of_instance(row, reason=row.reason)
    return {"type": f"process-instance.{row.state}", "at": row.ended_at, **found}


def _alert(what: str) -> Callable[[Any], dict[str, Any]]:
    def event(row: Any) -> dict[str, Any]:
        data = {
            "alertKey": str(row.id),
            "alertRuleKey": str(row.rule_id),
            "name": row.name,
            "isTest": bool(row.is_test),
            "condition": decode(row.condition),
            "value": row.value,
            "worst": row.worst,
            "subjects": decode(row.subjects),
            "runbook": row.runbook,
            "firedAt": moment(row.fired_at).isoformat(),
        }
        return {"type": f"alert.{what}", "data": data}

    return event


_HEAD = (
    _i.id.label("instance"),
    _i.root_id,
    _i.definition_id,
    _i.process_id,
    _i.version,
    _i.business_key,
    _i.correlation_id,
)
_ENDS = ("completed", "failed", "cancelled")
_ENDED = 4
"""The rank of what has ended. Ranks stand in positions that others keep: new ones come last."""


def _in_instance(table: sa.Table) -> sa.ColumnElement[bool]:
    return sa.and_(_i.partition_id == table.c.partition_id, _i.id == table.c.instance_id)


_SOURCES = (
    _Source(
        sa.select(_d.id, _d.by, _d.result), _d.at, _d.id, None, ("deployment.created",), _deployed
    ),
    _Source(
        sa.select(_i.id, *_HEAD),
        _i.started_at,
        _i.id,
        _i.process_id,
        ("process-instance.started",),
        _started,
    ),
    _Source(
        sa.select(_w.id, _w.catcher, _w.name, _w.worker, *_HEAD)
        .join(t.instance, _in_instance(t.subscription))
        .where(_w.kind == "user_task"),
        _w.created_at,
        _w.id,
        _i.process_id,
        ("user-task.created",),
        _task,
    ),
    _Source(
        sa.select(_n.id, _n.element, _n.message, *_HEAD).join(t.instance, _in_instance(t.incident)),
        _n.at,
        _n.id,
        _i.process_id,
        ("incident.raised",),
        _incident,
    ),
    _Source(
        sa.select(_i.id, _i.state, _i.reason, _i.ended_at, *_HEAD).where(_i.state.in_(_ENDS)),
        _i.updated_at,
        _i.id,
        _i.process_id,
        tuple(f"process-instance.{state}" for state in _ENDS),
        _ended,
    ),
    _Source(
        sa.select(_f).where(_f.c.told_at.is_not(None)),
        _f.c.told_at,
        _f.c.id,
        None,
        ("alert.fired",),
        _alert("fired"),
    ),
    _Source(
        sa.select(_f).where(_f.c.told_at.is_not(None), _f.c.resolved_at.is_not(None)),
        _f.c.resolved_at,
        _f.c.id,
        None,
        ("alert.resolved",),
        _alert("resolved"),
    ),
)


def read_events(
    store: Store,
    after: Position,
    limit: int,
    types: Sequence[str] = (),
    process_ids: Sequence[str] = (),
) -> EventPage:
    """What happened after a position, oldest first, so far as all of it is known to be written."""
    limit = min(max(limit, 1), LONGEST)
    found: list[tuple[Position, Event]] = []
    with store.reading() as connection:
        horizon = _horizon(store, connection)
        for rank, source in enumerate(_SOURCES):
            if types and not set(types).intersection(source.types):
                continue
            if process_ids and source.process is None:
                continue
            query = _following(source, rank, after).where(source.at < horizon)
            if process_ids and source.process is not None:
                query = query.where(source.process.in_(process_ids))
            if types and rank == _ENDED:
                states = [name for name in _ENDS if f"process-instance.{name}" in types]
                query = query.where(_i.state.in_(states))
            for row in connection.execute(query.limit(limit)):
                position = Position(row.moment, rank, row.id)
                key = store.key_of(connection, row.id)
                found.append((position, _event(source, position, row, key)))
    found.sort(key=lambda pair: pair[0])
    part = found[:limit]
    if len(found) >= limit:
        end = part[-1][0]
    else:
        end = max(after, Position(max(horizon - 1, 0), LAST_RANK, 0))
    return EventPage(items=[event for _, event in part], position=str(end))


def _following(source: _Source, rank: int, after: Position) -> sa.Select[Any]:
    query = source.query.add_columns(source.at.label("moment"))
    if rank < after.rank:
        query = query.where(source.at > after.at)
    elif rank > after.rank:
        query = query.where(source.at >= after.at)
    else:
        query = query.where(source.at >= after.at, (source.at > after.at) | (source.id > after.id))
    return query.order_by(source.at, source.id)


def _event(source: _Source, position: Position, row: Any, key: str) -> Event:
    made = source.event(row)
    at: datetime = moment(made.pop("at", None) or position.at)
    again = made.pop("again", None)
    id = f"{made['type']}:{key}" + (f":{again}" if again is not None else "")
    return Event(id=id, position=str(position), at=at, subject=str(row.id), **made)


def _horizon(store: Store, connection: sa.Connection) -> int:
    """Before this moment nothing more will be written: no transaction that began earlier is still
    open. Where there is one writer, a snapshot has what it wrote."""
    now = store.now_in(connection)
    if store.profile.oldest_transaction is not None and not store.has_own_clock:
        oldest = connection.exec_driver_sql(store.profile.oldest_transaction).scalar()
        now = min(now, oldest) if oldest is not None else now
    return now - MARGIN


def checked_types(types: Sequence[str]) -> list[str]:
    """Raises Invalid for one that never comes."""
    for one in types:
        if one not in EVENT_TYPES:
            raise Invalid(f"event type '{one:.60}' is unknown; {', '.join(EVENT_TYPES)} are known")
    return list(dict.fromkeys(types))
