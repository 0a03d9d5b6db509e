"""What a query asks of user tasks, as clauses over them and their instances."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from engine.errors import Invalid
from engine.services.instance_lists import asks_for_variables, holds, in_instance, mine
from engine.services.paging import Order, contains
from engine.storage import schema as t
from engine.storage.rows import micros
from engine.values import encode

if TYPE_CHECKING:
    from engine.storage.profiles import Profile
    from engine.views import Candidate, TaskQuery

_i, _w = t.instance.c, t.subscription.c
_NEVER = sa.literal_column(str(2**62), sa.BigInteger)
_DUE: sa.ColumnElement[Any] = sa.func.coalesce(_w.due, _NEVER)
_URGENCY: sa.ColumnElement[Any] = -_w.priority
DEEPEST = 40
"""Queries within queries."""


def tasks_selected(
    select: sa.Select[Any], query: TaskQuery, profile: Profile
) -> tuple[sa.Select[Any], Order]:
    """Of a selection of tasks with their instances, those for which all of a query holds; and the
    order that it asks for. Raises Invalid."""
    values: sa.ColumnElement[Any] | None = None
    if _asks_for_variables(query):
        c = t.scope.c
        select = select.outerjoin(t.scope, mine(c) & (c.kind == "process"))
        values = sa.func.coalesce(c.variables, "{}")
    return select.where(_holds(query, profile, values)), _order(query.order)


def _order(name: str) -> Order:
    match name:
        case "created" | "-created":
            return Order(_w.created_at, _w.id, descending=name.startswith("-"))
        case "due":
            return Order(_DUE, _URGENCY, _w.created_at, _w.id)
        case "-priority":
            return Order(_URGENCY, _DUE, _w.created_at, _w.id)
    raise Invalid(f"order: found '{name}'; created, -created, due or -priority would do")


def _asks_for_variables(query: TaskQuery) -> bool:
    inner = (*query.all_of, *query.any_of, *query.none_of)
    own = query.of is not None and asks_for_variables(query.of)
    return own or any(map(_asks_for_variables, inner))


def _holds(
    query: TaskQuery, profile: Profile, values: sa.ColumnElement[Any] | None, depth: int = 0
) -> sa.ColumnElement[bool]:
    if depth > DEEPEST:
        raise Invalid(f"query: queries within queries go at most {DEEPEST} deep")
    found = list(_conditions(query, profile))
    if query.of is not None:
        found.append(holds(query.of, profile, values))
    below = depth + 1
    found += [_holds(one, profile, values, below) for one in query.all_of]
    if query.any_of:
        found.append(sa.or_(*(_holds(one, profile, values, below) for one in query.any_of)))
    for one in query.none_of:  # what is not known does not hold
        found.append(~sa.func.coalesce(_holds(one, profile, values, below), sa.false()))
    return sa.and_(sa.true(), *found)


def _conditions(query: TaskQuery, profile: Profile) -> Iterator[sa.ColumnElement[bool]]:
    if query.text:
        said = contains(_w.name, query.text) | contains(_i.business_key, query.text)
        yield said | contains(_i.process_id, query.text)
    if query.ids:
        yield _w.id.in_(query.ids)
    if query.assignee is not None:
        yield _w.worker == query.assignee
    if query.unassigned:
        yield _w.worker.is_(None)
    if query.process_ids:
        yield _i.process_id.in_(query.process_ids)
    if query.element is not None:
        yield _w.catcher == query.element
    if query.instance is not None:
        yield in_instance(_w, query.instance)
    if query.candidate_user is not None:
        yield _is_candidate("candidate_users", [query.candidate_user], profile)
    if query.candidate_groups:
        yield _is_candidate("candidate_groups", query.candidate_groups, profile)
    if query.offered_to is not None:
        yield is_offered(query.offered_to, profile)
    if query.suspended is not None:
        held = _i.suspended_at.is_not(None)
        yield held if query.suspended else ~held
    for column, after, before in (
        (_w.due, query.due_after, query.due_before),
        (_w.created_at, query.created_after, query.created_before),
    ):
        if after is not None:
            yield column >= micros(after)
        if before is not None:
            yield column < micros(before)
    if query.least_priority is not None:
        yield _w.priority >= query.least_priority
    if query.most_priority is not None:
        yield _w.priority <= query.most_priority


def is_offered(candidate: Candidate, profile: Profile) -> sa.ColumnElement[bool]:
    """Whether a task is nobody's yet, and this one may take it."""
    may: sa.ColumnElement[bool] = sa.false()
    if candidate.user is not None:
        may |= _is_candidate("candidate_users", [candidate.user], profile)
    if candidate.groups:
        may |= _is_candidate("candidate_groups", candidate.groups, profile)
    return _w.worker.is_(None) & may


def _is_candidate(field: str, names: Sequence[str], profile: Profile) -> sa.ColumnElement[bool]:
    """Whether one of the names stands in a list of the details, which JSON writes as
    `"field":["name","name"]`."""
    position = profile.position
    begins = position(_w.details, f'"{field}":[')
    after = sa.func.substr(_w.details, begins)
    listed = sa.func.substr(after, 1, position(after, "]"))
    return sa.and_(begins > 0, sa.or_(*(position(listed, encode(name)) > 0 for name in names)))
