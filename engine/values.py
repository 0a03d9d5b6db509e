"""What a process variable may be, and how it is kept: exactly, as JSON.

    null   boolean   text   integer of any size   decimal   list   document (text to value)
    date   time   date and time   days-time duration   years-months duration

Numbers are exact: a float comes in as the decimal that it prints as, and a decimal without
fraction is an integer. Temporal values are tagged, `{"$type": "date", "value": "2026-02-01"}`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import isodate
import msgspec

from engine.errors import Invalid

SIZE_LIMIT = 1_000_000
"""Bytes of one variable, encoded."""
DEPTH_LIMIT = 100
DIGITS_LIMIT = 4_000
"""Digits of an integer; Python itself will not print many more."""
EXPONENT_LIMIT = 6_144
"""Of a decimal's power of ten, as in IEEE 754 decimal128, which FEEL's numbers follow."""
TAG = "$type"

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)
_PLAIN = frozenset({str, int, bool, type(None), Decimal})
_ATOMS = frozenset({bool, type(None), date, timedelta, isodate.Duration})


class _NotAdmittedError(Exception):
    """Why a value is refused; the place is added on the way out."""

    def __init__(self, found: str, remedy: str) -> None:
        super().__init__(found)
        self.found = found
        self.remedy = remedy
        self.path = ""


def admit(variables: Mapping[str, Any] | None, place: str = "variables") -> dict[str, Any]:
    """The variables as the engine keeps them; a new dict of new containers.

    Raises Invalid with the place, what was found there, and what would do.
    """
    admitted: dict[str, Any] = {}
    if not variables:
        return admitted
    if not isinstance(variables, Mapping):
        raise Invalid(
            f"{place}: found {_words(variables)}; give a mapping of variable name to value"
        )
    for name, value in variables.items():
        if type(name) is not str or not name or "\0" in name:
            raise Invalid(
                f"{place}: {name!r} is no name of a variable; a non-empty text without NUL is"
            )
        kind = type(value)
        if kind is int or kind is bool or value is None:
            admitted[name] = value if kind is not int else _integer(value, name, place)
            continue
        try:
            admitted[name] = normalised = _normalise(value, 0)
            _check_size(normalised)
        except _NotAdmittedError as error:
            raise Invalid(
                f"{place}: '{name}{error.path}' is {error.found}; {error.remedy}"
            ) from None
        except UnicodeEncodeError:
            raise Invalid(
                f"{place}: '{name}' holds half a surrogate pair, which no encoding can keep; "
                "send the whole character"
            ) from None
    return admitted


def normalise(value: Any, place: str = "value") -> Any:
    """One value as the engine keeps it. Raises Invalid."""
    return admit({"value": value}, place)["value"]


def encode(value: Any) -> str:
    """A normalised value as JSON text."""
    return encode_bytes(value).decode()


def encode_bytes(value: Any) -> bytes:
    """A normalised value as JSON."""
    kind = type(value)
    if (kind is dict or kind is list) and not _needs_tags(value):
        return _encoder.encode(value)
    return _encoder.encode(tag(value))


def decode(text: str | bytes) -> Any:
    """What was encoded."""
    if text == "{}":
        return {}
    value = _decoder.decode(text)
    if (TAG if isinstance(text, str) else b'"$type"') in text:  # type: ignore[operator]
        return _untag(value)
    return value


def _integer(value: int, name: str, place: str) -> int:
    if value.bit_length() > 3 * DIGITS_LIMIT:
        raise Invalid(
            f"{place}: '{name}' is an integer of over {DIGITS_LIMIT:,} digits; send it as text"
        )
    return value


def _normalise(value: Any, depth: int) -> Any:
    kind = type(value)
    if kind is str:
        if "\0" in value:
            raise _NotAdmittedError("text with a NUL character", "remove it")
        return value
    if kind is int:
        if value.bit_length() > 3 * DIGITS_LIMIT:
            found = f"an integer of over {DIGITS_LIMIT:,} digits"
            raise _NotAdmittedError(found, "send it as text")
        return value
    if kind in _ATOMS:
        return value
    if kind is dict or kind is list or kind is tuple:
        if depth >= DEPTH_LIMIT:
            found = f"nested deeper than {DEPTH_LIMIT} levels"
            raise _NotAdmittedError(found, "flatten the document")
        return _document(value, depth) if kind is dict else _list(value, depth)
    if normaliser := _normalisers.get(kind):
        return normaliser(value)
    return _subclass(value, depth)


def _document(value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
    normalised = {}
    for name, item in value.items():
        if type(name) is not str:
            if not isinstance(name, str):
                found = f"a document with {_words(name)} for a name"
                raise _NotAdmittedError(found, "names are texts")
            name = str.__str__(name)
        if "\0" in name:
            raise _NotAdmittedError("a document with a NUL in a name", "remove it")
        try:
            normalised[name] = _normalise(item, depth + 1)
        except _NotAdmittedError as error:
            error.path = f".{name}{error.path}"
            raise
    return normalised


def _list(value: list[Any] | tuple[Any, ...], depth: int) -> list[Any]:
    normalised = []
    for index, item in enumerate(value):
        try:
            normalised.append(_normalise(item, depth + 1))
        except _NotAdmittedError as error:
            error.path = f"[{index}]{error.path}"
            raise
    return normalised


def json_number(value: Decimal) -> float | str:
    """For readers whose JSON has floats only: a number where nothing is lost, else the text."""
    number = float(value)
    return number if Decimal(repr(number)) == value else str(value)


def _float(value: float) -> int | Decimal:
    if not math.isfinite(value):
        raise _NotAdmittedError(f"the number {value!r}", "send null, or leave it out")
    return _decimal(Decimal(repr(value)))


def _decimal(value: Decimal) -> int | Decimal:
    if not value.is_finite():
        raise _NotAdmittedError(f"the number {value}", "send null, or leave it out")
    if abs(value.adjusted()) > EXPONENT_LIMIT and value:
        found = f"the number {value:.3e}, beyond 10^±{EXPONENT_LIMIT}"
        raise _NotAdmittedError(found, "send it as text")
    integral = int(value) if value.adjusted() < DIGITS_LIMIT else None
    return integral if integral is not None and integral == value else value


def _zoned(value: Any) -> Any:
    """A moment or time in a named zone, at a fixed offset, or at neither."""
    zone = value.tzinfo
    if isinstance(zone, ZoneInfo) and zone.key != "UTC":
        return value
    if zone is not None and zone is not UTC:
        offset = value.utcoffset()
        if offset is None:
            raise _NotAdmittedError("a time whose zone has no offset", "use zoneinfo.ZoneInfo")
        value = value.replace(tzinfo=timezone(offset))
    return value.replace(fold=0) if value.fold else value


_normalisers: dict[type, Callable[[Any], Any]] = {
    float: _float,
    Decimal: _decimal,
    datetime: _zoned,
    time: _zoned,
}


def _subclass(value: Any, depth: int) -> Any:
    """For what only behaves like an admitted kind: enumerations, counters, other mappings."""
    if isinstance(value, Mapping):
        return _normalise(dict(value), depth)
    for kind in (str, bool, int, float, Decimal, datetime, date, time, timedelta, list, tuple):
        if isinstance(value, kind):
            return _normalise(_plainer(kind, value), depth)
    if isinstance(value, bytes | bytearray | memoryview):
        raise _NotAdmittedError("bytes", "send text, base64 for instance")
    if isinstance(value, set | frozenset):
        raise _NotAdmittedError("a set, which has no order", "send a sorted list")
    raise _NotAdmittedError(
        f"an object of class '{kind_name(value)}'",
        "send null, booleans, numbers, texts, dates, lists or documents",
    )


def _plainer(kind: type, value: Any) -> Any:
    if kind is str:
        return str.__str__(value)
    if kind is datetime:
        parts = (value.year, value.month, value.day, value.hour, value.minute, value.second)
        return datetime(*parts, value.microsecond, tzinfo=value.tzinfo, fold=value.fold)
    if kind is date:
        return date(value.year, value.month, value.day)
    if kind is time:
        clock = (value.hour, value.minute, value.second, value.microsecond)
        return time(*clock, tzinfo=value.tzinfo, fold=value.fold)
    if kind is timedelta:
        return timedelta(value.days, value.seconds, value.microseconds)
    if kind is int:
        return int.__index__(value)
    return kind(value)


def kind_name(value: object) -> str:
    """The class of a value, with its module."""
    kind = type(value)
    return (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}"
    )


def _words(value: object) -> str:
    return f"{value!r:.40} (a {kind_name(value)})"


def _check_size(value: Any) -> None:
    kind = type(value)
    if kind is str:
        if len(value) * 4 <= SIZE_LIMIT and value.isascii():
            return
    elif kind is not dict and kind is not list:
        return
    if (size := len(encode_bytes(value))) > SIZE_LIMIT:
        raise _NotAdmittedError(
            f"of {size:,} bytes, more than the {SIZE_LIMIT:,} a variable may have",
            "keep it elsewhere and send a reference",
        )


def takes(value: Any, most: int) -> int:
    """About how many bytes a normalised value takes as JSON, not counted past `most`: what is much
    larger costs no more to ask about."""
    size, todo = 0, [value]
    while todo and size <= most:
        here = todo.pop()
        kind = type(here)
        if kind is str:
            size += len(here) + 3
        elif kind is dict:
            size += 2 + sum(map(len, here)) + 4 * len(here)
            todo.extend(here.values())
        elif kind is list:
            size += 2 + len(here)
            if size <= most:
                todo.extend(here)
        elif kind is int:
            size += here.bit_length() // 3 + 1
        else:
            size += 5
    return size


# Tags


def has_tags(value: Any) -> bool:
    """Whether a value is not kept as plain JSON."""
    kind = type(value)
    if kind in _PLAIN:
        return False
    return (kind is not dict and kind is not list) or _needs_tags(value)


def _needs_tags(value: dict[str, Any] | list[Any]) -> bool:
    if type(value) is dict:
        if TAG in value:
            return True
        items: Any = value.values()
    else:
        items = value
    for item in items:
        kind = type(item)
        if kind in _PLAIN:
            continue
        if (kind is not dict and kind is not list) or _needs_tags(item):
            return True
    return False


def tag(value: Any) -> Any:
    """A normalised value as plain JSON's containers and atoms."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is dict:
        tagged = {name: tag(item) for name, item in value.items()}
        return {TAG: "document", "value": tagged} if TAG in value else tagged
    if kind is list or kind is tuple:
        return [tag(item) for item in value]
    if kind is datetime or kind is time:
        name = "date and time" if kind is datetime else "time"
        text = value.isoformat()
        if isinstance(value.tzinfo, ZoneInfo):
            local = value.replace(tzinfo=None).isoformat()
            return {TAG: name, "value": local, "zone": value.tzinfo.key, "fold": value.fold}
        return {TAG: name, "value": text}
    if kind is date:
        return {TAG: "date", "value": value.isoformat()}
    if kind is timedelta or kind is isodate.Duration:
        return {TAG: "duration", "value": isodate.duration_isoformat(value)}
    if isinstance(value, Mapping):
        return tag(dict(value))
    if kind is float:
        return _decimal(Decimal(repr(value)))
    raise TypeError(f"a value of class '{kind_name(value)}' came past engine.values.admit")


def _untag(value: Any) -> Any:
    kind = type(value)
    if kind is list:
        return [_untag(item) for item in value]
    if kind is not dict:
        return value
    tag = value.get(TAG)
    if tag is None:
        return {name: _untag(item) for name, item in value.items()}
    if tag == "document":
        return {name: _untag(item) for name, item in value["value"].items()}
    text = value["value"]
    if tag == "date":
        return date.fromisoformat(text)
    if tag == "duration":
        return isodate.parse_duration(text)
    parsed = datetime.fromisoformat(text) if tag == "date and time" else time.fromisoformat(text)
    if zone := value.get("zone"):
        return parsed.replace(tzinfo=ZoneInfo(zone), fold=value["fold"])
    return parsed
