"""Deployed forms, and which elements use a form or a decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from engine.errors import NotFound
from engine.services.paging import FIRST, Order, contains, fetch_page
from engine.services.task_lists import form_id
from engine.storage import schema as t
from engine.storage.rows import moment
from engine.values import decode
from engine.views import FormView, Page, Paging, Use

if TYPE_CHECKING:
    from engine.services.shell import Shell

_d = t.definition.c
_VIEW = (_d.id, _d.ref, _d.version, _d.is_latest, _d.at, _d.by, _d.resource_name)


class FormLists:
    """The part of `Engine` that shows forms. A form's file is its `source`."""

    _shell: Shell

    def forms(self, text: str | None = None, page: Paging = FIRST) -> Page[FormView]:
        """The deployed forms by their latest versions, in the order of their ids."""
        query = sa.select(*_VIEW).where(_d.kind == "form", _d.is_latest == 1)
        if text:
            query = query.where(contains(_d.ref, text))
        with self._shell.store.reading() as connection:
            return fetch_page(
                connection, query, Order(_d.ref), page, lambda rows: [_view(row) for row in rows]
            )

    def form_versions(self, form_id: str) -> list[FormView]:
        """All versions of a form, newest first. Raises NotFound."""
        which = (_d.kind == "form") & (_d.ref == form_id)
        query: sa.Select[Any] = sa.select(*_VIEW).where(which)
        with self._shell.store.reading() as connection:
            found = [_view(row) for row in connection.execute(query.order_by(_d.version.desc()))]
        if not found:
            raise NotFound(f"form '{form_id}': there is none; deploy the .form file that holds it")
        return found

    def uses(self, kind: Literal["form", "decision"], id: str) -> list[Use]:
        """The elements of the latest versions of all processes that name a form or a decision."""
        query: sa.Select[Any] = sa.select(_d.ref, _d.name, _d.version, _d.facts)
        query = query.where(_d.kind == "process", _d.is_latest == 1, contains(_d.facts, id))
        with self._shell.store.reading() as connection:
            rows = connection.execute(query.order_by(_d.ref)).all()
        return [use for row in rows for use in _uses(row, kind, id)]


def _uses(row: sa.Row[Any], kind: str, id: str) -> Iterator[Use]:
    facts = decode(row.facts)
    named: Mapping[str, str] = facts.get("task_forms" if kind == "form" else "decisions") or {}
    found: list[tuple[str, str, Any]] = [
        (element, facts["elements"].get(element, element), "task" if kind == "form" else kind)
        for element, ref in named.items()
        if ref == id
    ]
    if kind == "form" and facts["start_form"] and form_id(facts["start_form"]) == id:
        found.insert(0, ("", "", "start"))
    for element, name, how in found:
        yield Use(
            process_id=row.ref,
            process=row.name or row.ref,
            version=row.version,
            element=element,
            name=name,
            kind=how,
        )


def _view(row: sa.Row[Any]) -> FormView:
    return FormView(
        key=row.id,
        form_id=row.ref,
        version=row.version,
        is_latest=bool(row.is_latest),
        deployed=moment(row.at),
        deployed_by=row.by,
        resource=row.resource_name,
    )
