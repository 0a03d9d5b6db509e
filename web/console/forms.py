"""Forms: what a model says about its fields, shown as inputs, and what came back as variables.

Two shapes are understood: form-js schemas (`{"components": [...]}`) and lists of fields
(`{"fields": [...]}`, as Camunda 7's and Flowable's form data).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from msgspec import Struct

from engine import FieldError
from web.console.language import _
from web.console.words import plain, pretty

KINDS = {
    "textfield": "text",
    "string": "text",
    "text": "text",
    "textarea": "textarea",
    "multi-line-text": "textarea",
    "number": "number",
    "integer": "number",
    "long": "number",
    "double": "number",
    "float": "number",
    "decimal": "number",
    "checkbox": "checkbox",
    "boolean": "checkbox",
    "radio": "radio",
    "radio-buttons": "radio",
    "select": "select",
    "enum": "select",
    "dropdown": "select",
    "checklist": "checklist",
    "taglist": "checklist",
    "datetime": "date",
    "date": "date",
    "json": "json",
    "object": "json",
    "dynamiclist": "json",
}
"""Our kind, which is mostly HTML's input type, by the type a model names."""
GROUPS = {"group", "fieldset", "columns"}
WHOLE = {"integer", "long"}
CHOICES = {"radio", "select", "checklist"}


class Option(Struct, frozen=True):
    value: str
    label: str


class Field(Struct, kw_only=True):
    """One field, ready to be shown."""

    key: str
    kind: str
    label: str
    type: str = ""
    """As the model says it."""
    hint: str = ""
    is_path: bool = False
    """Whether its key is a path into documents, `order.id`, as form-js has it."""
    depends: bool = False
    """Whether it is only asked for in some cases; the engine says which."""
    required: bool = False
    read_only: bool = False
    options: list[Option] = []
    originals: list[Any] = []
    """The options' values as the model has them, in their order."""
    limits: dict[str, str] = {}
    """HTML attributes that a browser checks: min, max, step, minlength, maxlength, pattern."""
    shown: str = ""
    chosen: list[str] = []
    wrong: str = ""
    """What is the matter with what was entered."""


def fields_of(form: Mapping[str, Any] | None, variables: Mapping[str, Any]) -> list[Field]:
    """The fields of a form, filled from variables; a form without any gives none."""
    if not form:
        return []
    found = list(_fields(form.get("components") or form.get("fields") or [], variables))
    for field in found:
        field.is_path = "components" in form
    return found


def _fields(items: Any, variables: Mapping[str, Any], path: str = "") -> Iterator[Field]:
    for place, item in enumerate(items):
        type = str(item.get("type") or "string").lower()
        if type == "dynamiclist":
            yield _rows(item, variables, path)
        elif type in GROUPS or "components" in item:
            inner = f"{path}{item['path']}." if item.get("path") else path
            yield from _fields(item.get("components") or [], variables, inner)
        elif type == "text" and "key" not in item and "id" not in item.get("properties", {}):
            text = re.sub(r"^#+\s*", "", str(item.get("text") or ""), flags=re.MULTILINE)
            yield Field(key=f"text-{place}", kind="text-block", label=text)
        elif (key := item.get("key") or item.get("id")) and type in KINDS:
            yield _field(f"{path}{key}", type, item, variables)


def _rows(item: Any, variables: Mapping[str, Any], path: str) -> Field:
    """A list whose rows have fields of their own: one JSON document, where no script draws it."""
    keys = [str(one["key"]) for one in item.get("components") or [] if one.get("key")]
    key = f"{path}{item.get('path') or item.get('id') or 'rows'}"
    field = Field(
        key=key,
        kind="json",
        type="dynamiclist",
        label=str(item.get("label") or key),
        hint=f"A JSON list of rows, each with {', '.join(keys)}" if keys else "A JSON list of rows",
    )
    _fill(field, value_at(variables, key))
    return field


def value_at(variables: Mapping[str, Any], key: str) -> Any:
    """What stands at a path of names, `order.id`; None where there is nothing."""
    if key in variables:
        return variables[key]
    found: Any = variables
    for name in key.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _field(key: str, type: str, item: Any, variables: Mapping[str, Any]) -> Field:
    rules = _rules(item)
    kind = KINDS[type]
    if item.get("subtype") in ("time", "datetime"):
        kind = {"time": "time", "datetime": "datetime-local"}[item["subtype"]]
    stated = item.get("values") or _enum(item)
    if isinstance(item.get("valuesKey"), str):
        known = value_at(variables, item["valuesKey"])
        stated = known if isinstance(known, list) else []
    options = [_option(option) for option in stated]
    if kind in CHOICES and not options:  # they come out of an expression, which form-js asks
        kind = "json" if kind == "checklist" else "text"
    value = value_at(variables, key)
    if value is None:
        value = item.get("defaultValue", item.get("value"))
    depends = bool(item.get("conditional"))
    field = Field(
        key=key,
        kind=kind,
        type=type,
        label=str(item.get("label") or item.get("name") or item.get("dateLabel") or key),
        hint=str(item.get("description") or ""),
        depends=depends,
        required=bool(rules.get("required") or item.get("required")) and not depends,
        read_only=bool(item.get("readonly") or item.get("disabled") or rules.get("readonly")),
        options=[option for option, original in options],
        originals=[original for option, original in options],
        limits=_limits(kind, type, rules, item),
    )
    _fill(field, value)
    return field


def _rules(item: Any) -> dict[str, Any]:
    """Validation as a mapping; Camunda 7 lists constraints by name."""
    rules = item.get("validate") or item.get("validation") or item.get("constraints") or {}
    if isinstance(rules, list):
        return {str(rule.get("name")): rule.get("config", True) for rule in rules}
    return dict(rules)


def _enum(item: Any) -> list[Any]:
    found = item.get("options") or item.get("enum") or []
    if isinstance(found, Mapping):
        return [{"value": value, "label": label} for value, label in found.items()]
    return list(found)


def _option(option: Any) -> tuple[Option, Any]:
    if not isinstance(option, Mapping):
        return Option(plain(option), plain(option)), option
    value = option.get("value", option.get("id"))
    return Option(plain(value), str(option.get("label") or option.get("name") or value)), value


def _limits(kind: str, type: str, rules: Mapping[str, Any], item: Any) -> dict[str, str]:
    names = {
        "min": "min",
        "max": "max",
        "minLength": "minlength",
        "maxLength": "maxlength",
        "minlength": "minlength",
        "maxlength": "maxlength",
        "pattern": "pattern",
    }
    limits = {names[name]: str(rules[name]) for name in names if rules.get(name) is not None}
    if kind == "number":
        digits = item.get("decimalDigits")
        whole = type in WHOLE or digits == 0
        step = "1" if whole else "any" if digits is None else str(Decimal(1).scaleb(-int(digits)))
        limits["step"] = str(item.get("increment") or step)
        limits["inputmode"] = "numeric" if whole else "decimal"
    return limits


def _fill(field: Field, value: Any) -> None:
    if value is None:
        return
    if field.kind == "json":
        field.shown = pretty(value)
    elif field.kind == "checkbox":
        field.shown = "true" if value in (True, "true") else ""
    else:
        field.shown = plain(value)
    field.chosen = [plain(one) for one in value] if isinstance(value, list) else [field.shown]


def read(fields: list[Field], entered: Mapping[str, list[str]]) -> dict[str, Any]:
    """The variables that were entered; what is the matter stands in the fields' `wrong`."""
    result: dict[str, Any] = {}
    for field in fields:
        if field.kind == "text-block" or field.read_only:
            continue
        raw = entered.get(field.key, [])
        field.shown = raw[0] if raw else ""
        field.chosen = list(raw)
        try:
            value = _read(field, raw)
        except ValueError as error:
            field.wrong = str(error)
        else:
            if value is not None and field.is_path:
                _put(result, field.key, value)
            elif value is not None:
                result[field.key] = value
    return result


def _put(values: dict[str, Any], key: str, value: Any) -> None:
    """Set what stands at a path of names."""
    *path, last = key.split(".")
    for name in path:
        if not isinstance(values.get(name), dict):
            values[name] = {}
        values = values[name]
    values[last] = value


def _read(field: Field, raw: list[str]) -> Any:
    text = raw[0].strip() if raw else ""
    if field.kind == "checkbox":
        if field.required and text != "true":
            raise ValueError(_("must be ticked"))
        return text == "true"
    if field.kind == "checklist":
        return [_original(field, one) for one in raw]
    if not text:
        if field.required:
            raise ValueError(_("is required"))
        return None
    if field.kind in ("select", "radio"):
        return _original(field, text)
    if field.kind == "number":
        return _number(field, text)
    if field.kind == "json":
        return parse_json(text)
    return _text(field, raw[0])


def _original(field: Field, text: str) -> Any:
    for option, original in zip(field.options, field.originals, strict=True):
        if option.value == text:
            return original
    raise ValueError(_("“%(text)s” is none of the choices", text=text))


def _number(field: Field, text: str) -> int | float:
    try:
        exact = Decimal(text)
    except InvalidOperation:
        raise ValueError(_("“%(text)s” is no number", text=text)) from None
    if not exact.is_finite():
        raise ValueError(_("“%(text)s” is no number", text=text))
    if field.limits.get("step") == "1" and exact != exact.to_integral_value():
        raise ValueError(_("“%(text)s” is no whole number", text=text))
    if "min" in field.limits and exact < Decimal(field.limits["min"]):
        raise ValueError(_("must be at least %(least)s", least=field.limits["min"]))
    if "max" in field.limits and exact > Decimal(field.limits["max"]):
        raise ValueError(_("must be at most %(most)s", most=field.limits["max"]))
    return int(exact) if exact == exact.to_integral_value() and "." not in text else float(exact)


def _text(field: Field, text: str) -> str:
    shortest, longest = field.limits.get("minlength"), field.limits.get("maxlength")
    if shortest and len(text) < int(shortest):
        raise ValueError(
            _(
                "needs %(least)s characters or more, has %(length)s",
                least=shortest,
                length=len(text),
            )
        )
    if longest and len(text) > int(longest):
        raise ValueError(
            _(
                "may have %(most)s characters at most, has %(length)s",
                most=longest,
                length=len(text),
            )
        )
    # The pattern is the browser's to check: a model's expression is not run here.
    return text


def parse_json(text: str) -> Any:
    """A JSON value. Raises ValueError that says where it breaks off."""
    try:
        value = json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
        msgspec.json.encode(value)  # half a character (a lone surrogate) is no text
    except json.JSONDecodeError as error:
        raise ValueError(
            _(
                "is no JSON: %(message)s in line %(line)s, column %(column)s",
                message=error.msg,
                line=error.lineno,
                column=error.colno,
            )
        ) from None
    except RecursionError:
        raise ValueError(
            _("is no JSON that can be kept: its lists are nested too deeply")
        ) from None
    except UnicodeEncodeError:
        raise ValueError(_("is no JSON that can be kept: half a character in a text")) from None
    return value


def _no_constant(word: str) -> Any:
    raise ValueError(_("is no JSON: “%(word)s” is no number", word=word))


def variables_field(shown: str = "{}") -> Field:
    """The one field of what has no form: all variables as a JSON object."""
    return Field(
        key="variables",
        kind="json",
        label=_("Variables"),
        hint=_("A JSON object, such as %(example)s", example='{"amount": 120, "express": true}'),
        shown=shown,
    )


def read_object(field: Field, entered: Mapping[str, list[str]]) -> dict[str, Any]:
    """The variables of `variables_field`; what is the matter stands in `wrong`."""
    field.shown = (entered.get(field.key) or [""])[0]
    try:
        value = parse_json(field.shown or "{}")
        if not isinstance(value, dict):
            raise ValueError('must be a JSON object, such as {"amount": 120}')
    except ValueError as error:
        field.wrong = str(error)
        return {}
    return value


def mark(fields: list[Field], found: Iterable[FieldError]) -> None:
    """Say at each field what the engine says of it."""
    wrong = {one.key: one.message for one in found}
    for field in fields:
        field.wrong = field.wrong or wrong.get(field.key, "")
