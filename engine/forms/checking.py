"""Whether what was entered is what a form asks for, said field by field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from msgspec import Struct

from engine.expressions import ExpressionError
from engine.forms.schema import MISSING, FormField, value_at

__all__ = ["FieldError", "check_values", "renamed"]

LONGEST = 10_000
"""Characters of a text that a pattern is held against."""
_JAVA_DATES = {"yyyy": "%Y", "yy": "%y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}


class FieldError(Struct, frozen=True, kw_only=True):
    """What is the matter with one field."""

    key: str
    label: str
    message: str
    """What was found, and what would do."""

    def __str__(self) -> str:
        return f"'{self.label}' {self.message}"


def check_values(fields: Iterable[FormField], values: Mapping[str, Any]) -> list[FieldError]:
    """All that is the matter with what was entered. Values that belong to no field are let pass."""
    found: list[FieldError] = []
    for field in fields:
        if not field.is_writable or (
            field.dynamic_list and value_at(values, field.dynamic_list) is MISSING
        ):
            continue
        value = value_at(values, field.key)
        if value is MISSING and field.id and not field.dynamic_list:
            value = values.get(field.id, MISSING)
        if value is MISSING or value is None or value in ("", []):
            if field.is_required:
                found.append(FieldError(key=field.key, label=field.label, message="is required"))
            continue
        if message := _wrong(field, value):
            found.append(FieldError(key=field.key, label=field.label, message=message))
    return found


def renamed(fields: Iterable[FormField], values: Mapping[str, Any]) -> dict[str, Any]:
    """What was entered, under the names of the variables rather than those of the fields."""
    given = dict(values)
    for field in fields:
        if field.id and field.id != field.key and field.id in given and field.key not in given:
            given[field.key] = given.pop(field.id)
    return given


def _wrong(field: FormField, value: Any) -> str | None:
    match field.kind:
        case "number" | "integer":
            return _wrong_number(field, value)
        case "boolean":
            if not isinstance(value, bool):
                return f"is {_shown(value)}; true or false would do"
            return "must be ticked" if field.is_required and not value else None
        case "date" | "time" | "datetime":
            return _wrong_moment(field, value)
        case "choice":
            return _wrong_choice(field, value)
        case "choices":
            if not isinstance(value, list):
                return f"is {_shown(value)}; a list would do"
            return next((said for one in value if (said := _wrong_choice(field, one))), None)
        case "text":
            return _wrong_text(field, value)
        case "rows":
            return _wrong_rows(value)
    return None


def _wrong_rows(value: Any) -> str | None:
    if not isinstance(value, list):
        return f"is {_shown(value)}; a list would do"
    for number, row in enumerate(value, 1):
        if not isinstance(row, Mapping):
            return f"has {_shown(row)} as row {number}; a document would do"
    return None


def _wrong_number(field: FormField, value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return f"is {_shown(value)}; a number would do"
    exact = Decimal(str(value))
    if not exact.is_finite():
        return "is no number that can be kept"
    if field.kind == "integer" and exact != exact.to_integral_value():
        return f"is {value}; a whole number would do"
    exponent = exact.normalize().as_tuple().exponent
    if field.digits is not None and isinstance(exponent, int) and -exponent > field.digits:
        return f"is {value}; at most {field.digits} places behind the point would do"
    if field.least is not None and exact < field.least:
        return f"is {value}; {field.least} or more would do"
    if field.most is not None and exact > field.most:
        return f"is {value}; {field.most} or less would do"
    return None


def _wrong_text(field: FormField, value: Any) -> str | None:
    if not isinstance(value, str):
        return f"is {_shown(value)}; a text would do"
    if field.shortest is not None and len(value) < field.shortest:
        return f"has {len(value)} characters; {field.shortest} or more would do"
    if field.longest is not None and len(value) > field.longest:
        return f"has {len(value)} characters; {field.longest} or fewer would do"
    if field.pattern is not None and not _holds(field.pattern, value):
        return f"is {_shown(value)}, which is not of the form {field.pattern}"
    return None


def _holds(pattern: str, text: str) -> bool:
    """Whether a text has the form; it is asked where a senseless pattern can do no harm. One that
    cannot be asked is the browser's matter."""
    from engine.expressions.javascript import compile_javascript

    if len(text) > LONGEST:
        return False
    try:
        asked = compile_javascript("new RegExp(pattern).test(text)")
        return asked.evaluate({"pattern": pattern, "text": text}) is not False
    except ExpressionError as error:
        return "stopped after" not in str(error)


def _wrong_moment(field: FormField, value: Any) -> str | None:
    kinds: dict[str, Any] = {"date": date, "time": time, "datetime": datetime}
    if isinstance(value, date | time):
        return None
    if isinstance(value, str):
        if field.date_pattern and _is_dated(value, field.date_pattern):
            return None
        for kind in (kinds[field.kind], datetime):
            try:
                kind.fromisoformat(value)
            except ValueError:
                continue
            return None
    examples = {"date": "2026-11-21", "time": "13:30", "datetime": "2026-11-21T13:30:00Z"}
    wanted = field.date_pattern or examples[field.kind]
    return f"is {_shown(value)}; a {field.kind} such as {wanted} would do"


def _is_dated(text: str, pattern: str) -> bool:
    form = re.sub(r"yyyy|yy|MM|dd|HH|mm|ss", lambda found: _JAVA_DATES[found[0]], pattern)
    try:
        datetime.strptime(text, form)  # noqa: DTZ007 - whether it can be read is all that counts
    except ValueError:
        return False
    return True


def _wrong_choice(field: FormField, value: Any) -> str | None:
    if field.options is None or value in field.options:
        return None
    offered = ", ".join(map(str, field.options[:10]))
    return f"is {_shown(value)}, which is none of the choices ({offered})"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
