"""What a form asks for, whoever described it: form-js, Camunda 7's formData, Flowable's
formProperty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from bpmn.dialects import Code
from engine.expressions import ExpressionError, compile_code

__all__ = ["FormField", "Kind", "fields_of"]

Kind: TypeAlias = Literal[
    "text",
    "number",
    "integer",
    "boolean",
    "date",
    "time",
    "datetime",
    "choice",
    "choices",
    "rows",
    "any",
]
_KINDS: dict[str, Kind] = {
    "textfield": "text",
    "textarea": "text",
    "string": "text",
    "text": "text",
    "number": "number",
    "double": "number",
    "float": "number",
    "decimal": "number",
    "long": "integer",
    "integer": "integer",
    "short": "integer",
    "checkbox": "boolean",
    "boolean": "boolean",
    "datetime": "date",
    "date": "date",
    "radio": "choice",
    "select": "choice",
    "enum": "choice",
    "checklist": "choices",
    "taglist": "choices",
}
_GROUPS = frozenset({"group", "fieldset", "columns"})
MISSING = object()


class FormField(Struct, frozen=True, kw_only=True):
    """One field of a form."""

    key: str
    """The variable that it fills; a path in documents, `order.id`."""
    id: str = ""
    """What the field itself is called, where that is not its variable."""
    label: str
    kind: Kind
    type: str
    """As the form's author says it."""
    is_required: bool = False
    is_writable: bool = True
    default: Any = None
    options: tuple[Any, ...] | None = None
    """The values to choose from; None: they are not known here."""
    least: Decimal | None = None
    most: Decimal | None = None
    shortest: int | None = None
    longest: int | None = None
    digits: int | None = None
    """Places behind the point at most."""
    pattern: str | None = None
    """A regular expression of JavaScript's that the text must hold."""
    date_pattern: str | None = None
    """How a date may be written beside ISO 8601, as Java has it: `dd/MM/yyyy`."""
    properties: Mapping[str, Any] = {}
    dynamic_list: str = ""
    """The dynamic list in a row of which it stands."""


def fields_of(
    form: Mapping[str, Any] | None, variables: Mapping[str, Any], now: datetime | None = None
) -> list[FormField]:
    """The fields of a form that are shown for these variables; none for a form that only names
    itself."""
    if not form:
        return []
    return list(_fields(form.get("components") or form.get("fields") or (), variables, now, ""))


def _fields(
    items: Any, variables: Mapping[str, Any], now: datetime | None, path: str
) -> Iterator[FormField]:
    for item in items if isinstance(items, list | tuple) else ():
        if not isinstance(item, Mapping) or _is_hidden(item, variables, now):
            continue
        type = str(item.get("type") or "string")
        if type == "dynamiclist":
            yield from _rows(item, variables, now, path)
        elif type in _GROUPS or "components" in item:
            inner = f"{path}{item['path']}." if item.get("path") else path
            yield from _fields(item.get("components"), variables, now, inner)
        elif (key := item.get("key") or item.get("variable") or item.get("id")) and (
            "key" in item or "id" in item
        ):
            if type == "text" and "key" not in item and "label" not in item:
                continue
            yield _field(f"{path}{key}", type, item, variables, now)


def _rows(
    item: Mapping[str, Any], variables: Mapping[str, Any], now: datetime | None, path: str
) -> Iterator[FormField]:
    """The list itself, and its fields once for each of its rows: `lines.0.amount`. Expressions in
    a row see its own values first, and `this`, `parent` and `i`, counted from 1."""
    key = f"{path}{item.get('path') or item.get('id') or ''}"
    label = str(item.get("label") or key)
    yield FormField(key=key, label=label, kind="rows", type="dynamiclist")
    rows = value_at(variables, key)
    for index, row in enumerate(rows if isinstance(rows, list | tuple) else ()):
        if not isinstance(row, Mapping):
            continue
        seen = {**variables, **row, "this": row, "parent": variables, "i": index + 1}
        at = f"{key}.{index}."
        for field in _fields(item.get("components"), seen, now, at):
            yield replace(
                field, label=f"{field.label} ({index + 1})", dynamic_list=field.dynamic_list or key
            )


def value_at(values: Mapping[str, Any], key: str) -> Any:
    """What stands at a path of names and places, `lines.0.amount`; MISSING without it."""
    if key in values:
        return values[key]
    at: Any = values
    for name in key.split("."):
        if isinstance(at, Mapping) and name in at:
            at = at[name]
        elif isinstance(at, list | tuple) and name.isdecimal() and int(name) < len(at):
            at = at[int(name)]
        else:
            return MISSING
    return at


def _field(
    key: str,
    type: str,
    item: Mapping[str, Any],
    variables: Mapping[str, Any],
    now: datetime | None,
) -> FormField:
    kind = _KINDS.get(type.lower(), "any")
    if item.get("subtype") in ("time", "datetime"):
        kind = item["subtype"]
    rules = _rules(item)
    if kind == "number" and item.get("decimalDigits") == 0:
        kind = "integer"
    is_writable = item.get("is_writable", True) is not False and not (
        _flag(item.get("readonly"), variables, now) or item.get("disabled") or "readonly" in rules
    )
    return FormField(
        key=key,
        id=str(item.get("id") or ""),
        label=str(item.get("label") or item.get("dateLabel") or key),
        kind=kind,
        type=type,
        is_required=_truth(rules.get("required", item.get("is_required", False))),
        is_writable=is_writable,
        default=item.get("defaultValue", item.get("default")),
        options=_options(item, variables, now) if kind in ("choice", "choices") else None,
        least=_number(rules.get("min")),
        most=_number(rules.get("max")),
        shortest=_whole(rules.get("minLength", rules.get("minlength"))),
        longest=_whole(rules.get("maxLength", rules.get("maxlength"))),
        digits=_whole(item.get("decimalDigits")),
        pattern=_pattern(rules),
        date_pattern=item.get("date_pattern"),
        properties=item.get("properties") or {},
    )


def _rules(item: Mapping[str, Any]) -> dict[str, Any]:
    found = item.get("validate") or item.get("constraints") or {}
    return dict(found) if isinstance(found, Mapping) else {}


_TYPES = {"email": r"^[^\s@]+@[^\s@]+\.[^\s@]+$", "phone": r"^\+?[\d\s()\/.-]{3,30}$"}


def _pattern(rules: Mapping[str, Any]) -> str | None:
    stated = rules.get("pattern") or _TYPES.get(str(rules.get("validationType")))
    return str(stated) if stated else None


def _truth(value: Any) -> bool:
    """A constraint of Camunda 7's says `true`, nothing, or `false`."""
    return str(value).strip().lower() not in ("false", "none") if value is not False else False


def _number(value: Any) -> Decimal | None:
    try:
        return None if value in (None, "") else Decimal(str(value))
    except InvalidOperation:
        return None  # an expression of form-js; the browser's to check


def _whole(value: Any) -> int | None:
    number = _number(value)
    return None if number is None else int(number)


def _options(
    item: Mapping[str, Any], variables: Mapping[str, Any], now: datetime | None
) -> tuple[Any, ...] | None:
    stated = item.get("values") or item.get("options")
    if isinstance(item.get("valuesKey"), str):
        stated = variables.get(item["valuesKey"])
    elif isinstance(item.get("valuesExpression"), str):
        stated = _evaluated(item["valuesExpression"], variables, now)
    if not isinstance(stated, list | tuple):
        return None
    return tuple(_value(one) for one in stated)


def _value(option: Any) -> Any:
    if isinstance(option, Mapping):
        return option.get("value", option.get("id", option.get("label")))
    return option[0] if isinstance(option, list | tuple) and option else option


def _is_hidden(item: Mapping[str, Any], variables: Mapping[str, Any], now: datetime | None) -> bool:
    conditional = item.get("conditional")
    hide = conditional.get("hide") if isinstance(conditional, Mapping) else None
    return item.get("is_readable", True) is False or _flag(hide, variables, now)


def _flag(stated: Any, variables: Mapping[str, Any], now: datetime | None) -> bool:
    """A boolean, or an expression that gives one."""
    if isinstance(stated, str):
        return _evaluated(stated, variables, now) is True
    return stated is True


def _evaluated(text: str, variables: Mapping[str, Any], now: datetime | None) -> Any:
    try:
        code = Code("feel", text.strip().removeprefix("=").strip())
        return compile_code(code).evaluate(variables, now=now)
    except ExpressionError:
        return None
