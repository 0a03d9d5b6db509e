"""Finding user tasks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from msgspec import Struct

from engine.errors import NotFound
from engine.services.paging import FIRST, LONGEST_PAGE, fetch_page
from engine.services.task_conditions import is_offered, tasks_selected
from engine.storage import operator_tables as o
from engine.storage import schema as t
from engine.storage.ids import ROW_MASK, partition_of
from engine.storage.rows import date_of, micros, moment
from engine.values import decode
from engine.views import Candidate, Page, Paging, Suspension, TaskFigures, TaskQuery, TaskView

if TYPE_CHECKING:
    from engine.services.shell import Shell

_a, _i, _w = o.audit.c, t.instance.c, t.subscription.c
MOST_PEOPLE = 200
"""Assignees that are told at most."""
_TASK = (
    _w.id,
    _w.name,
    _w.catcher,
    _w.token,
    _w.sees,
    _w.details,
    _w.created_at,
    _w.worker,
    _w.priority,
    _i.id.label("instance"),
    _i.root_id,
    _i.process_id,
    _i.version,
    _i.definition_id,
    _i.business_key,
    _i.suspended_at,
)


class _TaskRow(Struct):
    """A row of `_TASK`."""

    id: int
    name: str | None
    catcher: str
    token: int
    sees: int
    details: str
    created_at: int
    worker: str | None
    priority: int
    instance: int
    root_id: int
    process_id: str
    version: int
    definition_id: int
    business_key: str | None
    suspended_at: int | None


_FORM_PREFIX = re.compile(r"camunda-forms:(?:deployment|bpmn|latest):|embedded:deployment:")


class TaskLists:
    """The part of `Engine` that shows people what to do."""

    _shell: Shell

    def tasks(
        self,
        query: TaskQuery = TaskQuery(),  # noqa: B008 - frozen
        page: Paging = FIRST,
    ) -> Page[TaskView]:
        """Open user tasks for which all of a query holds, in its order. Raises Invalid."""
        if query == TaskQuery(instance=query.instance) and query.instance is not None:
            if (found := self._of_instance(query.instance, page)) is not None:
                return found
        select, order = tasks_selected(_tasks(), query, self._shell.store.profile)
        with self._shell.store.reading() as connection:
            return fetch_page(
                connection, select, order, page, lambda rows: self._views(connection, rows)
            )

    def _of_instance(self, id: int, page: Paging) -> Page[TaskView] | None:
        """What is asked for most, prepared: all tasks of an instance. None when a page does not
        hold them."""
        if page.cursor is not None or page.offset or not 0 < page.limit <= LONGEST_PAGE:
            return None
        store = self._shell.store
        statement = store.statements.prepared("tasks of an instance", _of_one)
        values = {
            "partition": partition_of(id),
            "first": id + 1,
            "last": id + ROW_MASK,
            "most": page.limit + 1,
        }
        rows = [_TaskRow(*row) for row in store.look(statement, *statement.values(values))]
        if len(rows) > page.limit:
            return None
        rows.sort(key=lambda row: (row.created_at, row.id))
        items = []
        for row in rows:
            definition = self._shell.programs.known(row.definition_id)
            if definition is None or row.suspended_at is not None:
                with store.reading() as connection:
                    return Page(items=self._views(connection, rows), total=len(rows))
            items.append(_view(row, definition.name, None, None, {}))
        return Page(items=items, total=len(rows))

    def task(self, id: int) -> TaskView:
        """One open task, with its form and all variables it sees. Raises NotFound."""
        shell = self._shell
        with shell.store.reading() as connection:
            which = (_w.partition_id == partition_of(id)) & (_w.id == id)
            row = connection.execute(_tasks().where(which)).first()
            if row is None:
                raise NotFound(f"task {id}: there is none, or it is done")
            variables = shell.store.visible(connection, [row.sees])[row.sees]
            form = form_of(connection, decode(row.details).get("form"), row.definition_id)
            (view,) = self._views(connection, [row], form=form, variables=variables)
        return view

    def _views(
        self,
        connection: sa.Connection,
        rows: Sequence[sa.Row[Any] | _TaskRow],
        *,
        form: Mapping[str, Any] | None = None,
        variables: Mapping[str, Any] | None = None,
    ) -> list[TaskView]:
        definition = self._shell.programs.definition
        held = _suspensions(
            connection, {row.instance for row in rows if row.suspended_at is not None}
        )
        return [
            _view(
                row,
                definition(connection, row.definition_id).name,
                held.get(row.instance),
                form,
                variables or {},
            )
            for row in rows
        ]

    def task_figures(self, me: Candidate, *, now: datetime, until: datetime) -> TaskFigures:
        """How many tasks are open, as `me` sees them; `until` ends the day that it is `now`."""
        profile = self._shell.store.profile
        own = sa.false() if me.user is None else _w.worker == me.user
        late = _w.due < micros(now)
        today = (_w.due >= micros(now)) & (_w.due < micros(until))
        wanted = {
            "mine": own,
            "offered": is_offered(me, profile),
            "unassigned": _w.worker.is_(None),
            "overdue": late,
            "due_today": today,
            "suspended": _i.suspended_at.is_not(None),
        }
        sums = [
            sa.func.coalesce(sa.func.sum(sa.case((clause, 1), else_=0)), 0).label(name)
            for name, clause in wanted.items()
        ]
        counted = _tasks().with_only_columns(sa.func.count().label("total"), *sums)
        most = sa.func.count().label("most")
        by_process = _tasks().with_only_columns(_i.process_id, most).group_by(_i.process_id)
        people = _tasks().with_only_columns(_w.worker).where(_w.worker.is_not(None)).distinct()
        with self._shell.store.reading() as connection:
            row = connection.execute(counted).one()
            processes = connection.execute(by_process.order_by(most.desc(), _i.process_id)).all()
            assignees = connection.execute(people.order_by(_w.worker).limit(MOST_PEOPLE)).scalars()
            return TaskFigures(
                **{name: int(count) for name, count in row._mapping.items()},
                processes=dict(map(tuple, processes)),
                assignees=[name for name in assignees if name is not None],
            )


def _suspensions(connection: sa.Connection, ids: Set[int]) -> dict[int, Suspension]:
    """By instance, who suspended it last, and why."""
    if not ids:
        return {}
    query = sa.select(_a.instance_id, _a.by, _a.at, _a.reason).where(
        _a.partition_id.in_({partition_of(id) for id in ids}),
        _a.instance_id.in_(ids),
        _a.verb == "suspend",
    )
    return {
        row.instance_id: Suspension(by=row.by, at=moment(row.at), reason=row.reason)
        for row in connection.execute(query.order_by(_a.id))
    }


def _of_one() -> sa.Select[Any]:
    first, last = (sa.bindparam(name, type_=sa.BigInteger) for name in ("first", "last"))
    partition = sa.bindparam("partition", type_=sa.SmallInteger)
    mine = (_w.partition_id == partition) & _w.id.between(first, last)
    most = sa.bindparam("most", type_=sa.BigInteger)
    return _tasks().where(mine).limit(most)


def _tasks() -> sa.Select[Any]:
    mine = sa.and_(_i.partition_id == _w.partition_id, _i.id == _w.instance_id)
    return sa.select(*_TASK).join(t.instance, mine).where(t.is_kind("user_task"))


def _view(
    row: sa.Row[Any] | _TaskRow,
    process_name: str | None,
    suspension: Suspension | None,
    form: Mapping[str, Any] | None,
    variables: Mapping[str, Any],
) -> TaskView:
    details = decode(row.details)
    return TaskView(
        id=row.id,
        element=row.catcher,
        token=row.token,
        root=row.root_id,
        name=row.name,
        instance=row.instance,
        process_id=row.process_id,
        process_name=process_name,
        version=row.version,
        definition=row.definition_id,
        business_key=row.business_key,
        assignee=row.worker,
        candidate_users=list(details.get("candidate_users") or ()),
        candidate_groups=list(details.get("candidate_groups") or ()),
        created=moment(row.created_at),
        due=date_of(details.get("due_date")),
        follow_up=date_of(details.get("follow_up_date")),
        priority=row.priority,
        suspended=row.suspended_at is not None,
        suspension=suspension,
        form=form,
        variables=variables,
    )


def form_of(
    connection: sa.Connection, stated: Mapping[str, Any] | None, definition: int
) -> Mapping[str, Any] | None:
    """The form of a task: deployed, carried by the process, or described by its fields."""
    if not stated:
        return None
    if stated.get("fields"):
        return {"fields": stated["fields"]}
    wanted = form_id(stated)
    if carried := _carried(connection, wanted, definition):
        return carried
    c = t.definition.c
    query = (
        sa.select(t.resource.c.content)
        .join(t.definition, c.resource_hash == t.resource.c.hash)
        .where(c.kind == "form", c.ref == wanted)
        .order_by(c.version.desc())
        .limit(1)
    )
    content = connection.execute(query).scalar()
    return decode(bytes(content)) if content is not None else dict(stated)


def form_id(stated: Mapping[str, Any]) -> str:
    """The id of the form that a start or a task names; empty without one."""
    wanted: str = stated.get("id") or _FORM_PREFIX.sub("", str(stated.get("key") or ""))
    return wanted.removesuffix(".form")


def _carried(connection: sa.Connection, wanted: str, definition: int) -> Mapping[str, Any] | None:
    facts = sa.select(t.definition.c.facts).where(t.definition.c.id == definition)
    forms = decode(connection.execute(facts).scalar_one()).get("forms") or {}
    return decode(forms[wanted]) if wanted in forms else None
