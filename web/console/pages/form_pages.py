"""Forms: the list, one version as people see it and who uses it, and its editor."""

from __future__ import annotations

import json
import secrets
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from engine import FormView, Invalid, NotFound, Paging
from web.console.blueprint import page
from web.console.language import _, noop
from web.console.rendering import engine, render
from web.console.requests import offset_of, pages_of

LIMIT = 50
KINDS = {
    "textfield": noop("Text"),
    "textarea": noop("Long text"),
    "number": noop("Number"),
    "checkbox": noop("Tick box"),
    "datetime": noop("Date and time"),
    "select": noop("Choice from a list"),
    "radio": noop("Choice by buttons"),
    "checklist": noop("Several choices"),
    "taglist": noop("Tags"),
    "group": noop("Group"),
    "dynamiclist": noop("Rows"),
}
"""What form-js's types of fields are called; others by their type."""


@page("/forms", "view")
def forms() -> ResponseReturnValue:
    """Every form by its latest version."""
    text = request.args.get("q", "").strip()
    found = engine().forms(text or None, Paging(limit=LIMIT, offset=offset_of(request.args)))
    return render("forms.html", found=found, text=text, limit=LIMIT, **pages_of("console.forms"))


@page("/forms/<form_id>", "view")
def form(form_id: str) -> ResponseReturnValue:
    """One version as people see it, and the tasks and starts that show it."""
    view = _version(form_id)
    schema = _schema(view)
    return render(
        "form.html",
        view=view,
        schema=schema,
        fields=_outline(schema),
        versions=engine().form_versions(form_id),
        uses=engine().uses("form", form_id),
    )


@page("/models/form", "deploy")
def form_model() -> ResponseReturnValue:
    """The editor with a form (`form`, `v`), or with a new one."""
    form_id = request.args.get("form", "")
    if not form_id:
        id = f"form-{secrets.token_hex(3)}"
        return render(
            "form_model.html",
            name=f"{id}.form",
            schema={"id": id, "type": "default", "components": [], "schemaVersion": 19},
            title=_("New form"),
            view=None,
            uses=[],
        )
    view = _version(form_id)
    return render(
        "form_model.html",
        name=view.resource,
        schema=_schema(view),
        title=_("%(name)s, version %(version)s", name=view.form_id, version=str(view.version)),
        view=view,
        uses=engine().uses("form", form_id),
    )


def open_form(name: str, content: bytes) -> ResponseReturnValue:
    """The editor with a file that was given in. Raises Invalid when it is no JSON."""
    try:
        schema = json.loads(content)
    except ValueError as error:
        raise Invalid(f"'{name}' is no JSON: {error}; upload it again when it is mended") from None
    return render("form_model.html", name=name, schema=schema, title=name, view=None, uses=[])


def _version(form_id: str) -> FormView:
    """The version that the address asks for, the latest by default."""
    asked = request.args.get("v", "")
    for one in engine().form_versions(form_id):
        if asked in ("", str(one.version)):
            return one
    raise NotFound(f"form '{form_id}' has no version '{asked}'; see the list of its versions")


def _schema(view: FormView) -> Any:
    return json.loads(engine().source(view.key))


def _outline(schema: Any) -> list[tuple[str, str, str]]:
    """Label, variable and kind of each field, for whoever cannot see the form drawn."""
    found: list[tuple[str, str, str]] = []
    waiting = list(schema.get("components") or [])
    while waiting:
        item = waiting.pop(0)
        waiting[:0] = item.get("components") or []
        if key := item.get("key") or item.get("path"):
            kind = str(item.get("type") or "")
            word = _(KINDS[kind]) if kind in KINDS else kind
            found.append((str(item.get("label") or key), str(key), word))
    return found
