"""The query language of instances: one text for console, API, command line and alert rules.

    process:order status:failed var.amount>1000 -key:A-4711 (step:charge OR is:stalled) started:<2h

Words side by side must all hold; `OR` joins its two neighbours and binds more tightly, `-` or `NOT`
excludes the next word or bracket. Words without a colon search ids, business keys and process ids;
a column of ids or keys may be pasted as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, get_args

import isodate
from msgspec import Struct, structs

from engine import wording
from engine.errors import Invalid
from engine.views import InstanceQuery, InstanceState, VariableFilter
from engine.wording import Bracket, Part, Word

STATES: tuple[str, ...] = get_args(InstanceState)
FLAGS: Mapping[str, Mapping[str, Any]] = {
    "incident": {"states": ("active",), "has_incidents": True},
    "suspended": {"states": ("active",), "suspended": True},
    "root": {"is_root": True},
}
UNITS = {"s": 1, "min": 60, "m": 60, "h": 3600, "d": 86400}
STALLED_AFTER = timedelta(minutes=30)
"""Without progress for so long an instance counts as stalled, unless the settings say other."""
VARIABLE = re.compile(r"var\.([^\s<>=!~]+)(<=|>=|!=|<|>|=|~)(.*)", re.DOTALL)
SPAN = re.compile(r"([<>]?)(\d{1,9})(s|min|m|h|d)")
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


class Usually(Struct, frozen=True, kw_only=True):
    """What `older:p95` and `is:stalled` compare with."""

    now: datetime
    stalled_after: timedelta = STALLED_AFTER
    most: Callable[[], Mapping[str, timedelta]] = dict
    """How long 95 of 100 instances take, by process id; asked for only where it is needed."""


def parse(text: str, order: str, usually: Usually) -> Asked:
    """What the text asks for; never fails, says what it could not read."""
    found = wording.read(text)
    reader = _Reader(usually, found.wrong)
    return Asked(query=structs.replace(reader.all(found.parts), order=order), wrong=reader.wrong)


def understood(parts: Iterable[Part], usually: Usually) -> Asked:
    """What some parts of a text ask for."""
    reader = _Reader(usually, [])
    return Asked(query=reader.all(parts), wrong=reader.wrong)


def span_of(text: str) -> timedelta:
    """A span as the language writes it, `30m`, `2h`, `7d`, or as ISO 8601 does. Raises Invalid."""
    found = SPAN.fullmatch(text.strip())
    if found and not found[1]:
        return _span(found)
    try:
        span = isodate.parse_duration(text.strip())
    except (isodate.ISO8601Error, ValueError, OverflowError):
        span = None
    if not isinstance(span, timedelta) or span < timedelta(0):
        raise Invalid(f"span: found '{text:.40}'; 30m, 2h, 7d or PT30M would do")
    return span


class _Reader:
    """Says what the words mean; what it does not understand, it leaves out and tells."""

    def __init__(self, usually: Usually, wrong: list[str]) -> None:
        self._usually = usually
        self.wrong = wrong

    def all(self, parts: Iterable[Part]) -> InstanceQuery:
        """All must hold; words of one name, and pasted keys, are choices."""
        pasted: list[str] = []
        queries: list[InstanceQuery] = []
        by_name: dict[str, list[InstanceQuery]] = {}
        for part in parts:
            if part.is_out or not isinstance(part, Word):
                queries.append(self._one(part))
            elif not is_known(part):
                pasted.append(part.plain)
            elif name := _choice(part):
                by_name.setdefault(name, []).append(self._one(part))
            else:
                queries.append(self._one(part))
        queries += [_pasted(pasted)] if pasted else []
        queries += [_either(choices) for choices in by_name.values()]
        return _both(queries)

    def _one(self, part: Part) -> InstanceQuery:
        if isinstance(part, Word):
            found = self._word(part)
        elif isinstance(part, Bracket):
            found = self.all(part.parts)
        else:
            found = InstanceQuery(any_of=tuple(map(self._one, part.parts)))
        is_said = found != InstanceQuery()
        return InstanceQuery(none_of=(found,)) if part.is_out and is_said else found

    def _word(self, word: Word) -> InstanceQuery:
        if not is_known(word):
            return InstanceQuery(text=word.plain)
        try:
            if variable := VARIABLE.fullmatch(word.plain):
                return InstanceQuery(variables=(_variable(*variable.groups()),))
            name, _, value = word.plain.partition(":")
            return InstanceQuery(**TOKENS[name](value, self._usually))
        except ValueError as error:
            self.wrong.append(f"'{word.text}': {error}")
            return InstanceQuery()


def _choice(word: Word) -> str | None:
    """The name of those side by side with it of which one must hold; None if it must itself."""
    name, _, value = word.plain.partition(":")
    return CHOICES.get(name) if value != "root" else None


def is_known(word: Word) -> bool:
    """Whether a word says something by its form, and is not just looked for."""
    name, colon, _ = word.plain.partition(":")
    return bool(colon and name in TOKENS) or VARIABLE.fullmatch(word.plain) is not None


def _pasted(words: list[str]) -> InstanceQuery:
    if len(words) == 1:
        return InstanceQuery(text=words[0])
    words = [word.strip(",;") for word in words]
    if all(map(is_id, words)):
        return InstanceQuery(ids=tuple(map(int, words)))
    return InstanceQuery(business_keys=tuple(words))


def _given(query: InstanceQuery) -> dict[str, Any]:
    """What a query says, without what it leaves open."""
    empty = InstanceQuery()
    return {
        name: value
        for name, value in structs.asdict(query).items()
        if value != getattr(empty, name)
    }


def _either(queries: list[InstanceQuery]) -> InstanceQuery:
    """One of these; choices of one kind side by side, where they can be."""
    names = {name for query in queries for name in _given(query)}
    if len(names) == 1 and isinstance(getattr(queries[0], name := names.pop()), tuple):
        whole = tuple(value for query in queries for value in getattr(query, name))
        return structs.replace(InstanceQuery(), **{name: whole})
    return queries[0] if len(queries) == 1 else InstanceQuery(any_of=tuple(queries))


def _both(queries: list[InstanceQuery]) -> InstanceQuery:
    """All of these: laid over each other as long as no two speak of the same."""
    given: dict[str, Any] = {}
    none: list[InstanceQuery] = []
    for query in queries:
        said = _given(query)
        none += said.pop("none_of", ())
        if "variables" in said:
            given["variables"] = (*given.get("variables", ()), *said.pop("variables"))
        if said.keys() & given.keys():  # not (none of it) is the same, and there is room for it
            none.append(InstanceQuery(none_of=(structs.replace(InstanceQuery(), **said),)))
        else:
            given |= said
    return structs.replace(InstanceQuery(), **given, none_of=tuple(none))


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


Given = Mapping[str, Any]


def _status(value: str, usually: Usually) -> Given:
    if value in FLAGS or value == "stalled":
        return _flag(value, usually)
    state = "active" if value == "running" else value
    if state not in STATES:
        raise ValueError(f"no such status; one of running, {', '.join([*STATES[1:], *FLAGS])}")
    return {"states": (state,)}


def _flag(value: str, usually: Usually) -> Given:
    if value == "stalled":
        return {"stalled_since": usually.now - usually.stalled_after}
    if value in FLAGS:
        return FLAGS[value]
    raise ValueError(f"no such mark; one of {', '.join([*FLAGS, 'stalled'])}")


def _version(value: str, _: Usually) -> Given:
    if not value.isdecimal() or len(value) > 9:
        raise ValueError("a version is a number, as in v:3")
    return {"version": int(value)}


def _id(name: str) -> Callable[[str, Usually], Given]:
    def read(value: str, _: Usually) -> Given:
        ids = value.split(",")
        if not all(map(is_id, ids)):
            raise ValueError("an id is a number of at most 19 digits")
        return {name: tuple(map(int, ids)) if name == "ids" else int(ids[0])}

    return read


def _words(name: str) -> Callable[[str, Usually], Given]:
    return lambda value, _: {name: tuple(value.split(","))}


def _word(name: str) -> Callable[[str, Usually], Given]:
    return lambda value, _: {name: value}


def _when(name: str) -> Callable[[str, Usually], Given]:
    """`started:<2h` within the last two hours, `started:>1d` longer ago, `started:2026-11-01`."""

    def read(value: str, usually: Usually) -> Given:
        now = usually.now
        if (ago := SPAN.fullmatch(value)) and ago[1]:
            return {f"{name}_after" if ago[1] == "<" else f"{name}_before": now - _span(ago)}
        try:
            day = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(f"a span or a day, as in {name}:<2h or {name}:2026-11-01") from None
        if not abs(day.year - now.year) < DAYS // 365:
            raise ValueError("that is too far away")
        day = day.replace(tzinfo=day.tzinfo or now.tzinfo)
        return {f"{name}_after": day, f"{name}_before": day + timedelta(days=1)}

    return read


def _older(value: str, usually: Usually) -> Given:
    """`older:2d` runs for longer; `older:p95` for longer than 95 of 100 of its process took."""
    if value == "p95":
        late = tuple(_late(usually))
        return {"any_of": late} if late else {"ids": (0,)}  # nothing is known to be usual
    if not (span := SPAN.fullmatch(value)):
        raise ValueError("a span or p95, as in older:2h or older:p95")
    return {"states": ("active",), "started_before": usually.now - _span(span)}


def _late(usually: Usually) -> Iterator[InstanceQuery]:
    for process, most in usually.most().items():
        yield InstanceQuery(
            process_ids=(process,), states=("active",), started_before=usually.now - most
        )


def _span(found: re.Match[str]) -> timedelta:
    return timedelta(seconds=min(int(found[2]) * UNITS[found[3]], DAYS * 86400))


TOKENS: Mapping[str, Callable[[str, Usually], Given]] = {
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
    "incident": _word("incident"),
    "correlation": _word("correlation_id"),
    "started": _when("started"),
    "ended": _when("ended"),
    "older": _older,
}
CHOICES = {name: name for name in ("process", "key", "id", "v", "step")} | {
    "status": "status",
    "is": "status",
}
"""Of words with these names one must hold, where several stand side by side."""
