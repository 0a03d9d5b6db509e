"""Finding work: jobs, tasks, subscriptions, incidents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa

from engine.errors import NotFound
from engine.policies import policy_for
from engine.services.attempts import tries_left
from engine.services.instance_lists import in_instance
from engine.services.paging import FIRST, Order, contains, fetch_page
from engine.storage import schema as t
from engine.storage.ids import partition_of
from engine.storage.rows import moment, moment_or_none
from engine.values import decode
from engine.views import (
    IncidentQuery,
    IncidentView,
    JobQuery,
    JobView,
    Page,
    Paging,
    SubscriptionQuery,
    SubscriptionView,
)

if TYPE_CHECKING:
    from engine.services.shell import Shell

_i, _w, _n = t.instance.c, t.subscription.c, t.incident.c
_INSTANCE = sa.and_(_i.partition_id == _w.partition_id, _i.id == _w.instance_id)
_JOB = (
    _w.id,
    _w.name,
    _w.catcher,
    _w.token,
    _w.details,
    _w.created_at,
    _w.queue,
    _w.available_at,
    _w.priority,
    _w.retries,
    _w.attempts,
    _w.worker,
    _w.claimed_at,
    _w.last_error,
    _i.id.label("instance"),
    _i.root_id,
    _i.process_id,
    _i.version,
    _i.definition_id,
    _i.business_key,
    _i.suspended_at,
)


class WorkLists:
    """The part of `Engine` that finds what is to be done."""

    _shell: Shell

    def jobs(
        self,
        query: JobQuery = JobQuery(),  # noqa: B008 - frozen
        page: Paging = FIRST,
    ) -> Page[JobView]:
        """Open jobs, oldest first."""
        with self._shell.store.reading() as connection:
            now = self._shell.store.now_in(connection)
            select = _jobs().where(*_job_conditions(query, now))
            order = Order(_w.created_at, _w.id)
            return fetch_page(
                connection,
                select,
                order,
                page,
                lambda rows: [_job(row, now, self._shell, connection) for row in rows],
            )

    def job(self, id: int) -> JobView:
        """One open job. Raises NotFound."""
        with self._shell.store.reading() as connection:
            now = self._shell.store.now_in(connection)
            query = _jobs().where(_w.partition_id == partition_of(id), _w.id == id)
            row = connection.execute(query).first()
            if row is None:
                raise NotFound(f"job {id}: there is none, or it is done")
            return _job(row, now, self._shell, connection)

    def subscriptions(
        self,
        query: SubscriptionQuery = SubscriptionQuery(),  # noqa: B008 - frozen
        page: Paging = FIRST,
    ) -> Page[SubscriptionView]:
        """Who waits for messages, signals and timers: instances, and definitions' start events
        (these in the first part of the list only)."""
        conditions: list[sa.ColumnElement[bool]] = [_w.kind.in_(query.kinds)]
        for column, value in ((_w.name, query.name), (_w.key, query.key)):
            if value is not None:
                conditions.append(column == value)
        if query.instance is not None:
            conditions.append(in_instance(_w, query.instance))
        columns = (_w.id, _w.kind, _w.name, _w.key, _w.due, _w.catcher, _w.created_at)
        head = (
            _i.id.label("instance"),
            _i.process_id,
            _i.version,
            _i.definition_id,
            _i.business_key,
        )
        select = sa.select(*columns, *head).join(t.instance, _INSTANCE).where(*conditions)
        with self._shell.store.reading() as connection:
            order = Order(_w.created_at, _w.id)
            if query.order == "due":
                select, order = select.where(_w.due.is_not(None)), Order(_w.due, _w.id)
            found = fetch_page(connection, select, order, page, _subscriptions)
            is_first = page.cursor is None and page.offset == 0
            if query.instance is not None or not is_first:
                return found
            starts = _starts(connection, query)
        return Page(
            items=[*starts, *found.items],
            total=found.total + len(starts),
            next_cursor=found.next_cursor,
        )

    def incidents(
        self,
        query: IncidentQuery = IncidentQuery(),  # noqa: B008 - frozen
        page: Paging = FIRST,
    ) -> Page[IncidentView]:
        """Incidents, newest first."""
        order = Order(_n.at, _n.id, descending=True)
        select = _incidents().where(*incident_conditions(query))
        with self._shell.store.reading() as connection:
            return fetch_page(
                connection, select, order, page, lambda rows: [_incident(row) for row in rows]
            )

    def incident(self, id: int) -> IncidentView:
        """One incident. Raises NotFound."""
        which = (_n.partition_id == partition_of(id)) & (_n.id == id)
        with self._shell.store.reading() as connection:
            found = incident_views(connection, which)
        if not found:
            raise NotFound(f"incident {id}: there is none, or it has been resolved")
        return found[0]


def _jobs() -> sa.Select[Any]:
    return sa.select(*_JOB).join(t.instance, _INSTANCE).where(_w.kind == "job")


def _job_conditions(query: JobQuery, now: int) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if query.types:
        conditions.append(_w.name.in_(query.types))
    if query.instance is not None:
        conditions.append(in_instance(_w, query.instance))
    if query.process_ids:
        conditions.append(_i.process_id.in_(query.process_ids))
    if query.worker is not None:
        conditions.append(_w.worker == query.worker)
    is_claimed = _w.claimed_at.is_not(None) & (_w.available_at > now)
    match query.state:
        case "waiting":
            conditions += [_w.queue.is_not(None), _w.available_at <= now]
        case "claimed":
            conditions.append(is_claimed)
        case "backoff":
            conditions += [_w.queue.is_not(None), _w.available_at > now, ~is_claimed]
        case "exhausted":
            conditions.append(_w.retries == 0)
    return conditions


def _job(row: sa.Row[Any], now: int, shell: Shell, connection: sa.Connection) -> JobView:
    is_claimed = row.claimed_at is not None and row.available_at > now
    state = "waiting"
    if row.retries == 0:
        state = "exhausted"
    elif row.suspended_at is not None:
        state = "suspended"
    elif is_claimed:
        state = "claimed"
    elif row.available_at > now:
        state = "backoff"
    details = decode(row.details)
    said = shell.policies.said(connection, row.process_id, row.catcher, row.name)
    policy = policy_for(details, shell.declared(row.name), *said)
    return JobView(
        id=row.id,
        type=row.name,
        state=cast("Any", state),
        instance=row.instance,
        process_id=row.process_id,
        version=row.version,
        definition=row.definition_id,
        business_key=row.business_key,
        root=row.root_id,
        element=row.catcher,
        token=row.token,
        retries=tries_left(policy, row.retries, row.last_error, details.get("retries")),
        attempts=row.attempts,
        due=moment(row.available_at) if state == "backoff" else None,
        worker=row.worker if is_claimed else None,
        deadline=moment(row.available_at) if is_claimed else None,
        last_error=row.last_error,
        created=moment(row.created_at),
        priority=row.priority,
        headers=details.get("headers", {}),
    )


def _subscriptions(rows: Sequence[sa.Row[Any]]) -> list[SubscriptionView]:
    return [
        SubscriptionView(
            id=row.id,
            kind=row.kind,
            name=row.name,
            key=row.key,
            due=moment_or_none(row.due),
            element=row.catcher,
            created=moment(row.created_at),
            instance=row.instance,
            process_id=row.process_id,
            version=row.version,
            definition=row.definition_id,
            business_key=row.business_key,
        )
        for row in rows
    ]


def _starts(connection: sa.Connection, query: SubscriptionQuery) -> list[SubscriptionView]:
    c = t.definition_start.c
    conditions: list[sa.ColumnElement[bool]] = [c.kind.in_(query.kinds)]
    if query.name is not None:
        conditions.append(c.name == query.name)
    if query.key is not None:
        return []
    return [
        SubscriptionView(
            id=row.id,
            kind=row.kind,
            name=row.name,
            key=None,
            due=moment_or_none(row.due),
            element=row.element,
            instance=None,
            process_id=row.process_id,
            version=row.version,
            definition=row.definition_id,
            business_key=None,
            created=moment(row.created_at),
        )
        for row in connection.execute(sa.select(t.definition_start).where(*conditions))
    ]


def _incidents() -> sa.Select[Any]:
    mine = sa.and_(_i.partition_id == _n.partition_id, _i.id == _n.instance_id)
    about = sa.and_(_w.partition_id == _n.partition_id, _w.id == _n.id)
    columns = (_i.version, _i.business_key, _w.token, _w.kind.label("about"))
    query = sa.select(t.incident, *columns).join(t.instance, mine)
    return query.outerjoin(t.subscription, about)


def incident_conditions(query: IncidentQuery) -> list[sa.ColumnElement[bool]]:
    """What must hold of an incident."""
    conditions: list[sa.ColumnElement[bool]] = []
    if query.text:
        conditions.append(contains(_n.message, query.text) | contains(_n.error, query.text))
    if query.ids:
        conditions.append(_n.id.in_(query.ids))
    if query.process_ids:
        conditions.append(_n.process_id.in_(query.process_ids))
    for column, value in (
        (_n.instance_id, query.instance),
        (_n.root_id, query.root),
        (_n.definition_id, query.definition),
        (_n.element, query.element),
        (_n.job_type, query.job_type),
        (_n.error, query.error),
    ):
        if value is not None:
            conditions.append(column == value)
    return conditions


def incident_views(connection: sa.Connection, which: sa.ColumnElement[bool]) -> list[IncidentView]:
    """Incidents for which something holds, oldest first."""
    query = _incidents().where(which).order_by(_n.at, _n.id).limit(10_000)
    return [_incident(row) for row in connection.execute(query)]


def _incident(row: sa.Row[Any]) -> IncidentView:
    return IncidentView(
        id=row.id,
        kind=row.kind,
        instance=row.instance_id,
        process_id=row.process_id,
        version=row.version,
        definition=row.definition_id,
        business_key=row.business_key,
        element=row.element,
        error=row.error,
        message=row.message,
        since=moment(row.at),
        root=row.root_id,
        token=row.token,
        job=row.id if row.about == "job" else None,
        job_type=row.job_type,
        attempts=row.attempts,
    )
