"""Finding user tasks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, TypeAlias

import sqlalchemy as sa
from msgspec import Struct

from engine.errors import NotFound
from engine.services.instance_lists import in_instance
from engine.services.paging import FIRST, LONGEST_PAGE, Order, contains, fetch_page
from engine.storage import schema as t
from engine.storage.ids import ROW_MASK, partition_of
from engine.storage.rows import moment
from engine.values import decode, encode
from engine.views import Page, Paging, TaskQuery, TaskView

if TYPE_CHECKING:
    from engine.services.shell import Shell

Position: TypeAlias = Callable[[sa.ColumnElement[Any], str], sa.ColumnElement[int]]
_i, _w = t.instance.c, t.subscription.c
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
        """Open user tasks, oldest first."""
        if query == TaskQuery(instance=query.instance) and query.instance is not None:
            if (found := self._of_instance(query.instance, page)) is not None:
                return found
        profile = self._shell.store.profile
        select = _tasks().where(*_conditions(query, profile.position))
        order = Order(_w.created_at, _w.id)
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
            if definition is None:
                with store.reading() as connection:
                    return Page(items=self._views(connection, rows), total=len(rows))
            items.append(_view(row, definition.name, None, {}))
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
        return [
            _view(row, definition(connection, row.definition_id).name, form, variables or {})
            for row in rows
        ]


def _of_one() -> sa.Select[Any]:
    first, last = (sa.bindparam(name, type_=sa.BigInteger) for name in ("first", "last"))
    partition = sa.bindparam("partition", type_=sa.SmallInteger)
    mine = (_w.partition_id == partition) & _w.id.between(first, last)
    most = sa.bindparam("most", type_=sa.BigInteger)
    return _tasks().where(mine).limit(most)


def _tasks() -> sa.Select[Any]:
    mine = sa.and_(_i.partition_id == _w.partition_id, _i.id == _w.instance_id)
    return sa.select(*_TASK).join(t.instance, mine).where(t.is_kind("user_task"))


def _conditions(query: TaskQuery, position: Position) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if query.text:
        found.append(contains(_w.name, query.text) | contains(_i.business_key, query.text))
    if query.ids:
        found.append(_w.id.in_(query.ids))
    if query.assignee is not None:
        found.append(_w.worker == query.assignee)
    if query.unassigned:
        found.append(_w.worker.is_(None))
    if query.process_ids:
        found.append(_i.process_id.in_(query.process_ids))
    if query.element is not None:
        found.append(_w.catcher == query.element)
    if query.instance is not None:
        found.append(in_instance(_w, query.instance))
    if query.candidate_user is not None:
        found.append(_is_candidate("candidate_users", [query.candidate_user], position))
    if query.candidate_groups:
        found.append(_is_candidate("candidate_groups", query.candidate_groups, position))
    return found


def _is_candidate(field: str, names: Sequence[str], position: Position) -> sa.ColumnElement[bool]:
    """Whether one of the names stands in a list of the details, which JSON writes as
    `"field":["name","name"]`."""
    begins = position(_w.details, f'"{field}":[')
    after = sa.func.substr(_w.details, begins)
    listed = sa.func.substr(after, 1, position(after, "]"))
    return sa.and_(begins > 0, sa.or_(*(position(listed, encode(name)) > 0 for name in names)))


def _view(
    row: sa.Row[Any] | _TaskRow,
    process_name: str | None,
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
        due=_date(details.get("due_date")),
        follow_up=_date(details.get("follow_up_date")),
        priority=row.priority,
        suspended=row.suspended_at is not None,
        form=form,
        variables=variables,
    )


def _date(value: Any) -> datetime | None:
    """A due date as models write it: a moment, a date, or a text of either."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    try:
        return _date(datetime.fromisoformat(str(value))) if value is not None else None
    except ValueError:
        return None


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
