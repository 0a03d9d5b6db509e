"""Typed variable values of Camunda 7: `{"value", "type", "valueInfo"}`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from engine import Invalid
from web.api.shapes import json_text, read_json

Typed = dict[str, Any]
LARGEST_INTEGER = 2**31
FILE_MEMBERS = frozenset({"filename", "mimeType", "encoding", "base64"})


def time_of(moment: datetime) -> str:
    """As its clients parse it: milliseconds and a numeric offset."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}+0000"


def time_or_none(moment: datetime | None) -> str | None:
    return None if moment is None else time_of(moment)


class File(NamedTuple):
    """A file, as a variable keeps it: a document with these members and its content in base64."""

    name: str
    kind: str | None
    encoding: str | None
    content: bytes

    @property
    def value(self) -> dict[str, Any]:
        return {
            "filename": self.name,
            "mimeType": self.kind,
            "encoding": self.encoding,
            "base64": base64.b64encode(self.content).decode(),
        }


def file_of(value: Any) -> File | None:
    """The file that a variable is; None where it is none."""
    if not isinstance(value, Mapping) or set(value) != FILE_MEMBERS:
        return None
    try:
        content = base64.b64decode(str(value["base64"]), validate=True)
    except (ValueError, binascii.Error):
        return None
    return File(str(value["filename"]), value["mimeType"], value["encoding"], content)


def typed(value: Any) -> Typed:
    """A variable as it is given out; every one has a type. Of a file the content is apart."""
    if file := file_of(value):
        info = {"filename": file.name, "mimeType": file.kind, "encoding": file.encoding}
        return {"type": "File", "value": None, "valueInfo": info}
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
        return _file(given, place).value
    return value


def _file(given: Mapping[str, Any], place: str) -> File:
    info = given.get("valueInfo")
    info = info if isinstance(info, Mapping) else {}
    try:
        content = base64.b64decode(str(given["value"]), validate=True)
    except (ValueError, binascii.Error):
        raise Invalid(f"{place}: found no base64; the file's content in it would do") from None
    name = info.get("filename") or place.rpartition(".")[2]
    kind, encoding = info.get("mimeType") or info.get("mimetype"), info.get("encoding")
    return File(str(name), kind and str(kind), encoding and str(encoding), content)


def _moment(text: str, place: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(
            f"{place}: found {text!r:.60}; a date like 2026-11-21T12:00:00.000+0000 would do"
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
