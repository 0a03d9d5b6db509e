"""The query language of the instance list: text in an address, the engine's query behind it.

    status:failed process:order step:charge key:A-4711 var.amount>1000 started:<2h is:incident

Words without a colon search ids, business keys and process ids; a column of ids or keys may be
pasted as it is.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, get_args

from msgspec import Struct, structs

from engine import InstanceQuery, InstanceState, VariableFilter

STATES: tuple[str, ...] = get_args(InstanceState)
FLAGS: dict[str, dict[str, Any]] = {
    "incident": {"states": ("active",), "has_incidents": True},
    "suspended": {"states": ("active",), "suspended": True},
    "root": {"is_root": True},
}
UNITS = {"s": 1, "min": 60, "m": 60, "h": 3600, "d": 86400}
STALLED = timedelta(minutes=10)
VARIABLE = re.compile(r"var\.([^\s<>=!~]+)(<=|>=|!=|<|>|=|~)(.*)", re.DOTALL)
OPERATORS = {"~": "like"}


LARGEST = 2**63 - 1
DAYS = 36_500


def is_id(text: str) -> bool:
    """Whether a text can be an id: a decimal number of at most 63 bits."""
    return text.isdecimal() and text.isascii() and len(text) < 20 and int(text) <= LARGEST


class Asked(Struct, frozen=True, kw_only=True):
    """What a query text asks for, and the parts of it that nobody understands."""

    query: InstanceQuery
    wrong: list[str] = []
    """One sentence each, with what would do."""


def parse(text: str, order: str, now: datetime) -> Asked:
    """What the text asks for; never fails, says what it could not read."""
    try:
        words = shlex.split(text)
    except ValueError:
        words = text.split()
    given: dict[str, Any] = {"order": order}
    plain: list[str] = []
    wrong: list[str] = []
    for word in words:
        name, colon, value = word.partition(":")
        try:
            if variable := VARIABLE.fullmatch(word):
                _add(given, "variables", _variable(*variable.groups()))
            elif colon and name in TOKENS:
                TOKENS[name](given, value, now)
            else:
                plain.append(word)
        except ValueError as error:
            wrong.append(f"'{word}': {error}")
    if len(plain) > 1 and all(map(is_id, plain)):
        given["ids"] = tuple(map(int, plain))
    elif len(plain) > 1:
        given["business_keys"] = tuple(plain)
    elif plain:
        given["text"] = plain[0]
    return Asked(query=structs.replace(InstanceQuery(), **given), wrong=wrong)


def replaced(text: str, token: str | None) -> str:
    """The text with its `status:` and `is:` words replaced by one of them, or by none."""
    kept = [word for word in text.split() if not word.startswith(("status:", "is:"))]
    return " ".join(kept + ([token] if token else []))


def finding(name: str, value: Any) -> str:
    """The text that finds all instances with this value of a process variable."""
    word = f"var.{name}={json.dumps(value, default=str) if isinstance(value, bool) else value}"
    return shlex.quote(word) if re.search(r"[\s'\"\\]", word) else word


def _add(given: dict[str, Any], name: str, value: Any) -> None:
    given[name] = (*given.get(name, ()), value)


def _variable(name: str, operator: str, value: str) -> VariableFilter:
    first, *path = name.split(".")
    try:
        wanted = json.loads(value)
        str(wanted).encode()  # half a character makes no text
    except ValueError:
        wanted = value
    if isinstance(wanted, int) and abs(wanted) > LARGEST:
        raise ValueError("that number is too large to compare with")
    if operator == "=" and value == "*":
        return VariableFilter(name=first, path=tuple(path), operator="exists")
    if operator == "~" and "%" not in value:
        wanted = f"%{value}%"
    known: Any = OPERATORS.get(operator, operator)
    return VariableFilter(name=first, path=tuple(path), operator=known, value=wanted)


def _status(given: dict[str, Any], value: str, now: datetime) -> None:
    if value in FLAGS or value == "stalled":
        return _flag(given, value, now)
    state = "active" if value == "running" else value
    if state not in STATES:
        raise ValueError(f"no such status; one of running, {', '.join([*STATES[1:], *FLAGS])}")
    return _add(given, "states", state)


def _flag(given: dict[str, Any], value: str, now: datetime) -> None:
    if value == "stalled":
        given["stalled_since"] = now - STALLED
    elif value in FLAGS:
        given |= FLAGS[value]
    else:
        raise ValueError(f"no such mark; one of {', '.join([*FLAGS, 'stalled'])}")


def _version(given: dict[str, Any], value: str, now: datetime) -> None:  # noqa: ARG001
    if not value.isdecimal() or len(value) > 9:
        raise ValueError("a version is a number, as in v:3")
    given["version"] = int(value)


def _id(name: str) -> Callable[[dict[str, Any], str, datetime], None]:
    def read(given: dict[str, Any], value: str, now: datetime) -> None:  # noqa: ARG001
        ids = value.split(",")
        if not all(map(is_id, ids)):
            raise ValueError("an id is a number of at most 19 digits")
        given[name] = tuple(map(int, ids)) if name == "ids" else int(ids[0])

    return read


def _words(name: str) -> Callable[[dict[str, Any], str, datetime], None]:
    def read(given: dict[str, Any], value: str, now: datetime) -> None:  # noqa: ARG001
        given[name] = (*given.get(name, ()), *value.split(","))

    return read


def _word(name: str) -> Callable[[dict[str, Any], str, datetime], None]:
    def read(given: dict[str, Any], value: str, now: datetime) -> None:  # noqa: ARG001
        given[name] = value

    return read


def _when(name: str) -> Callable[[dict[str, Any], str, datetime], None]:
    """`started:<2h` within the last two hours, `started:>1d` longer ago, `started:2026-11-01`."""

    def read(given: dict[str, Any], value: str, now: datetime) -> None:
        if ago := re.fullmatch(r"([<>])(\d+)(s|min|m|h|d)", value):
            seconds = int(ago[2][:12]) * UNITS[ago[3]]
            moment = now - timedelta(seconds=min(seconds, DAYS * 86400))
            given[f"{name}_after" if ago[1] == "<" else f"{name}_before"] = moment
            return
        try:
            day = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(f"a span or a day, as in {name}:<2h or {name}:2026-11-01") from None
        if not abs(day.year - now.year) < DAYS // 365:
            raise ValueError("that is too far away")
        day = day.replace(tzinfo=day.tzinfo or now.tzinfo)
        given[f"{name}_after"], given[f"{name}_before"] = day, day + timedelta(days=1)

    return read


TOKENS: dict[str, Callable[[dict[str, Any], str, datetime], None]] = {
    "status": _status,
    "is": _flag,
    "process": _words("process_ids"),
    "key": _words("business_keys"),
    "id": _id("ids"),
    "root": _id("root"),
    "parent": _id("parent"),
    "v": _version,
    "step": _word("element"),
    "reason": _word("reason"),
    "correlation": _word("correlation_id"),
    "started": _when("started"),
    "ended": _when("ended"),
}
