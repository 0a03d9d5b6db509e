"""What somebody enters into a form, by either of its shapes: drawn by form-js, or plain inputs.

The same form is on the page twice: as inputs that work without script, and as a schema with which
the island draws it in their place. What comes back is one JSON document in `values`, or a value a
field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from engine import FieldError, Invalid, TaskView
from web.console import forms
from web.console.requests import entered, lists
from web.console.words import encoded

ROOM = {"text-block": 52, "checkbox": 46, "textarea": 153}
"""Pixels that form-js takes for a kind of field; for others 85."""
LISTED = ("radio", "checklist")
VALUES = "values"
"""The field with what form-js made of a form: one JSON object."""


class Entry(Struct, kw_only=True):
    """A form, filled as far as it is."""

    schema: Mapping[str, Any] | None
    """For form-js; None where the form is no form of its kind."""
    fields: list[forms.Field]
    data: dict[str, Any]
    """What form-js begins with: all variables that the form sees, and what was entered."""
    values: dict[str, Any] = {}
    """What was entered, as variables."""
    errors: dict[str, str] = {}
    """What is the matter, by the key of a field; only what the server found."""

    @property
    def is_wrong(self) -> bool:
        return bool(self.errors) or any(field.wrong for field in self.fields)

    @property
    def room(self) -> int:
        """Pixels that the drawn form takes, so near that nothing below it jumps."""
        asked = [field for field in self.fields if not field.depends]
        hints = sum(19 for field in asked if field.hint)
        options = sum(30 * (len(field.options) - 1) for field in asked if field.kind in LISTED)
        return 66 + sum(ROOM.get(field.kind, 85) for field in asked) + hints + options

    @property
    def island(self) -> dict[str, Any]:
        """What the island is given."""
        data = {name: value for name, value in self.data.items() if _is_drawn(value)}
        return {"schema": self.schema, "data": data, "errors": self.errors}

    def mark(self, found: Iterable[FieldError]) -> None:
        """Say at each field what the engine says of it."""
        wrong = list(found)
        forms.mark(self.fields, wrong)
        self.errors |= {one.key: one.message for one in wrong}


def of_form(
    form: Mapping[str, Any] | None,
    variables: Mapping[str, Any],
    drafted: Mapping[str, Any] | None = None,
) -> Entry:
    """A form, filled with variables, and with what was begun; without a form, one field for all
    variables as JSON."""
    schema = form if form and isinstance(form.get("components"), list) else None
    begun = dict((drafted or {}).get("values") or {})
    raw: Mapping[str, list[str]] = (drafted or {}).get("fields") or {}
    seen = {**variables, **begun}
    fields = forms.fields_of(form, seen) or [forms.variables_field()]
    if raw and fields[0].key == "variables" and not form:
        fields = [forms.variables_field((raw.get("variables") or ["{}"])[0])]
    elif raw:
        begun = forms.read(fields, raw)
        for field in fields:
            field.wrong = ""
    return Entry(schema=schema, fields=fields, data={**seen, **begun}, values=begun)


def of_task(task: TaskView, drafted: Mapping[str, Any] | None = None) -> Entry:
    return of_form(task.form, task.variables, drafted)


def read(entry: Entry, sent: Any) -> Entry:
    """Take what was sent into a form; what is the matter stands in its fields."""
    given = entered(lists(sent))
    if entry.schema is not None and sent.get(VALUES):
        entry.values = _document(sent[VALUES])
        entry.fields = forms.fields_of(entry.schema, {**entry.data, **entry.values})
    elif [field.key for field in entry.fields] == ["variables"]:
        entry.values = forms.read_object(entry.fields[0], given)
    else:
        entry.values = forms.read(entry.fields, given)
        entry.errors = {field.key: field.wrong for field in entry.fields if field.wrong}
    entry.data |= entry.values
    return entry


def _is_drawn(value: Any) -> bool:
    """Whether a value can be told to a script: not a number of thousands of digits."""
    try:
        encoded(value)
    except ValueError:
        return False
    return True


def as_draft(sent: Any) -> dict[str, Any]:
    """What was sent, to be offered again: as it is, mistakes included."""
    if sent.get(VALUES):
        return {"values": _document(sent[VALUES])}
    return {"fields": entered(lists(sent))}


def _document(text: str) -> dict[str, Any]:
    try:
        found = forms.parse_json(text)
    except ValueError as error:
        raise Invalid(f"values: what the form sent {error}") from None
    if not isinstance(found, dict):
        raise Invalid("values: what the form sent is no JSON object")
    return found
