"""Finding instances."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa

from engine.errors import Invalid
from engine.services.paging import FIRST, Order, contains, fetch_page
from engine.storage import schema as t
from engine.storage.ids import ROW_MASK, partition_of
from engine.storage.rows import HEAD_COLUMNS, Head, micros, moment, moment_or_none
from engine.views import (
    InstanceQuery,
    InstanceSummary,
    Page,
    Paging,
)

if TYPE_CHECKING:
    from engine.services.shell import Shell
    from engine.storage.profiles import Profile
    from engine.views.common import InstanceState

_i = t.instance.c
_HEAD = [_i[name] for name in HEAD_COLUMNS]
_ORDERS = {
    "started": (_i.started_at, _i.id),
    "updated": (_i.updated_at, _i.id),
    "id": (_i.id,),
}


class InstanceLists:
    """The part of `Engine` that finds instances."""

    _shell: Shell

    def instances(
        self,
        query: InstanceQuery = InstanceQuery(),  # noqa: B008 - frozen
        page: Paging = FIRST,
    ) -> Page[InstanceSummary]:
        """The instances for which all of a query holds. Raises Invalid."""
        profile = self._shell.store.profile
        select = selected(sa.select(*_HEAD), query, profile)
        columns = _ORDERS.get(query.order.lstrip("-"))
        if columns is None:
            raise Invalid(f"order: found '{query.order}'; started, updated or id would do")
        order = Order(*columns, descending=query.order.startswith("-"))
        with self._shell.store.reading() as connection:
            return fetch_page(
                connection, select, order, page, lambda rows: summaries(connection, rows)
            )


def conditions(query: InstanceQuery) -> Iterable[sa.ColumnElement[bool]]:
    """What a query asks of the head."""
    if query.text:
        yield _text(query.text.strip())
    if query.ids:
        yield _i.id.in_(query.ids)
    if query.business_keys:
        yield _i.business_key.in_(query.business_keys)
    if query.correlation_id is not None:
        yield _correlated(query.correlation_id)
    if query.process_ids:
        yield _i.process_id.in_(query.process_ids)
    if query.states:
        yield _i.state.in_(query.states)
    for column, value in (
        (_i.version, query.version),
        (_i.definition_id, query.definition),
        (_i.root_id, query.root),
        (_i.parent_id, query.parent),
        (_i.reason, query.reason),
    ):
        if value is not None:
            yield column == value
    if query.is_root is not None:
        yield _i.parent_id.is_(None) if query.is_root else _i.parent_id.is_not(None)
    if query.suspended is not None:
        held = _i.suspended_at.is_not(None)
        yield held if query.suspended else ~held
    if query.has_incidents is not None:
        yield has_incident() if query.has_incidents else ~has_incident()
    if query.stalled_since is not None:
        yield from stalled(micros(query.stalled_since))
    if query.incident is not None:
        c = t.incident.c
        said = contains(c.error, query.incident) | contains(c.message, query.incident)
        yield sa.exists().where(mine(c), said)
    if query.element is not None:
        c = t.token.c
        yield sa.exists().where(mine(c), c.node == query.element)
    for column, after, before in (
        (_i.started_at, query.started_after, query.started_before),
        (_i.ended_at, query.ended_after, query.ended_before),
    ):
        if after is not None:
            yield column >= micros(after)
        if before is not None:
            yield column < micros(before)


def mine(c: Any) -> sa.ColumnElement[bool]:
    """Rows of another table that belong to an instance: found by the range of their ids, which
    are the primary keys, from either side."""
    return sa.and_(
        c.partition_id == _i.partition_id,
        c.instance_id == _i.id,
        c.id > _i.id,
        c.id <= _i.id + ROW_MASK,
    )


def has_incident() -> sa.ColumnElement[bool]:
    return sa.exists().where(mine(t.incident.c))


def stalled(before: int) -> Iterable[sa.ColumnElement[bool]]:
    """Active, without progress since a moment, and with nobody and nothing to wait for that
    explains it: no open task, no timer to come, no incident, no running called instance."""
    c = t.subscription.c
    explained = c.kind.in_(["user_task", "timer", "call", "choice"])
    yield _i.state == "active"
    yield _i.updated_at < before
    yield _i.suspended_at.is_(None)
    yield ~has_incident()
    yield ~sa.exists().where(mine(c), explained)


def _text(text: str) -> sa.ColumnElement[bool]:
    found = contains(_i.business_key, text) | contains(_i.process_id, text)
    found |= _i.correlation_id == text
    if (id := as_id(text)) is not None:
        found |= _i.id == id
    return found


def as_id(text: str) -> int | None:
    """The id that a text may be."""
    id = int(text) if text.isascii() and text.isdigit() and len(text) <= 19 else 0
    return id if 0 < id < 1 << 63 else None


def _correlated(text: str) -> sa.ColumnElement[bool]:
    given: sa.ColumnElement[bool] = _i.correlation_id == text
    if (id := as_id(text)) is not None:
        given |= _i.correlation_id.is_(None) & (_i.root_id == id)
    return given


def selected(select: sa.Select[Any], query: InstanceQuery, profile: Profile) -> sa.Select[Any]:
    """Of a selection of instances, those for which all of a query holds. Process variables are of
    a running instance its scope's, of an ended one as they were last."""
    values: sa.ColumnElement[Any] | None = None
    if asks_for_variables(query):
        c = t.scope.c
        select = select.outerjoin(t.scope, mine(c) & (c.kind == "process"))
        values = sa.func.coalesce(c.variables, _i.result, "{}")
    return select.where(holds(query, profile, values))


def asks_for_variables(query: InstanceQuery) -> bool:
    return bool(query.variables) or any(map(asks_for_variables, (*query.any_of, *query.none_of)))


def holds(
    query: InstanceQuery, profile: Profile, values: sa.ColumnElement[Any] | None
) -> sa.ColumnElement[bool]:
    """All of a query, with all that is nested in it; `values`: the column of process variables."""
    found = [*conditions(query)]
    if values is not None:
        found += [profile.variable(values, asked) for asked in query.variables]
    if query.any_of:
        found.append(sa.or_(*(holds(one, profile, values) for one in query.any_of)))
    for one in query.none_of:  # what is not known does not hold
        found.append(~sa.func.coalesce(holds(one, profile, values), sa.false()))
    return sa.and_(sa.true(), *found)


def summaries(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> list[InstanceSummary]:
    """What lists show of instances, in the order of the rows (the head's columns first)."""
    heads = [Head(*row[: len(HEAD_COLUMNS)]) for row in rows]
    if not heads:
        return []
    ids = [head.id for head in heads]
    incidents = _counts(connection, ids)
    elements = _elements(connection, [h.id for h in heads if h.state == "active"])
    names = definition_names(connection, {head.definition_id for head in heads})
    return [
        InstanceSummary(
            id=head.id,
            business_key=head.business_key,
            correlation_id=head.correlation_id or str(head.root_id),
            process_id=head.process_id,
            process_name=names.get(head.definition_id),
            version=head.version,
            definition=head.definition_id,
            state=cast("InstanceState", head.state),
            reason=head.reason,
            suspended=head.suspended_at is not None,
            root=head.root_id,
            parent=head.parent_id,
            started=moment(head.started_at),
            updated=moment(head.updated_at),
            ended=moment_or_none(head.ended_at),
            started_by=head.started_by,
            incidents=incidents.get(head.id, 0),
            elements=elements.get(head.id, []),
        )
        for head in heads
    ]


def _counts(connection: sa.Connection, ids: Sequence[int]) -> dict[int, int]:
    c = t.incident.c
    query = sa.select(c.instance_id, sa.func.count()).where(c.instance_id.in_(ids))
    return {row[0]: row[1] for row in connection.execute(query.group_by(c.instance_id))}


def _elements(connection: sa.Connection, ids: Sequence[int]) -> dict[int, list[str]]:
    if not ids:
        return {}
    c = t.token.c
    inside = sa.or_(*(in_instance(c, id) for id in ids))
    query = sa.select(c.instance_id, c.node).where(inside).distinct()
    found: dict[int, list[str]] = {}
    for instance, node in connection.execute(query.order_by(c.instance_id, c.node)):
        found.setdefault(instance, []).append(node)
    return found


def in_instance(c: Any, instance: int) -> sa.ColumnElement[bool]:
    """Rows of one instance, found by the range of their ids."""
    first, last = instance + 1, instance + ROW_MASK
    return sa.and_(c.partition_id == partition_of(instance), c.id.between(first, last))


def definition_names(connection: sa.Connection, keys: Iterable[int]) -> dict[int, str | None]:
    """Names of processes by the key of a definition."""
    c = t.definition.c
    query = sa.select(c.id, c.name).where(c.id.in_(list(keys)))
    return {row[0]: row[1] for row in connection.execute(query)}
