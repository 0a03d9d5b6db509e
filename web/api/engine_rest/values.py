"""Typed variable values of Camunda 7: `{"value", "type", "valueInfo"}`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from engine import Invalid
from web.api.shapes import json_text, read_json

Typed = dict[str, Any]
LARGEST_INTEGER = 2**31


def time_of(moment: datetime) -> str:
    """As its clients parse it: milliseconds and a numeric offset."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}+0000"


def time_or_none(moment: datetime | None) -> str | None:
    return None if moment is None else time_of(moment)


def typed(value: Any) -> Typed:
    """A variable as it is given out; every one has a type."""
    kind, plain = _kind(value)
    return {"type": kind, "value": plain, "valueInfo": {}}


def _kind(value: Any) -> tuple[str, Any]:
    if value is None:
        return "Null", None
    if isinstance(value, bool):
        return "Boolean", value
    if isinstance(value, int):
        is_small = -LARGEST_INTEGER <= value < LARGEST_INTEGER
        return ("Integer" if is_small else "Long"), value
    if isinstance(value, float | Decimal):
        return "Double", value
    if isinstance(value, str):
        return "String", value
    if isinstance(value, datetime):
        return "Date", time_of(value if value.tzinfo else value.replace(tzinfo=UTC))
    if isinstance(value, date):
        return "Date", time_of(datetime(value.year, value.month, value.day, tzinfo=UTC))
    if isinstance(value, Mapping | list | tuple):
        return "Json", json_text(value)
    return "String", str(value)


def typed_all(variables: Mapping[str, Any]) -> dict[str, Typed]:
    return {name: typed(value) for name, value in variables.items()}


def plain_all(given: Any, place: str = "variables") -> dict[str, Any]:
    """Variables that came in; null is none. Raises Invalid."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise Invalid(f"{place}: found {given!r:.60}; a document of typed values would do")
    return {name: plain(value, f"{place}.{name}") for name, value in given.items()}


def plain(given: Any, place: str) -> Any:
    """One value that came in. Without a type it is what it looks like. Raises Invalid."""
    if not isinstance(given, Mapping) or "value" not in given:
        raise Invalid(f'{place}: found {given!r:.60}; {{"value": ...}} would do')
    value, kind = given["value"], str(given.get("type") or "").lower()
    if value is None or kind == "null":
        return None
    if kind in ("json", "object") and isinstance(value, str):
        return read_json(value.encode("utf-8", "replace"))
    if kind == "date" and isinstance(value, str):
        return _moment(value, place)
    if kind in ("integer", "long", "short", "double") and isinstance(value, str):
        try:
            return int(value) if kind != "double" else Decimal(value)
        except (ValueError, ArithmeticError):
            raise Invalid(f"{place}: found {value!r:.60}; a number would do") from None
    if kind == "boolean" and isinstance(value, str):
        return value.lower() == "true"
    if kind in ("file", "bytes"):
        raise Invalid(
            f"{place}: values of type '{kind}' are not kept; send a reference to the file"
        )
    return value


def _moment(text: str, place: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(
            f"{place}: found {text!r:.60}; a date like 2026-11-21T12:00:00.000+0000 would do"
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
