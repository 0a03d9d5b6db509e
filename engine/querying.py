"""The query language of instances: one text for console, API, command line and alert rules.

    process:order status:failed var.amount>1000 -key:A-4711 (step:charge OR is:stalled) started:<2h

Words side by side must all hold; `OR` joins its two neighbours and binds more tightly, `-` or `NOT`
excludes the next word or bracket. Words without a colon search ids, business keys and process ids;
a column of ids or keys may be pasted as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, get_args

import isodate
from msgspec import Struct, structs

from engine.errors import Invalid
from engine.views import InstanceQuery, InstanceState, VariableFilter

STATES: tuple[str, ...] = get_args(InstanceState)
FLAGS: Mapping[str, Mapping[str, Any]] = {
    "incident": {"states": ("active",), "has_incidents": True},
    "suspended": {"states": ("active",), "suspended": True},
    "root": {"is_root": True},
}
UNITS = {"s": 1, "min": 60, "m": 60, "h": 3600, "d": 86400}
STALLED = timedelta(minutes=10)
VARIABLE = re.compile(r"var\.([^\s<>=!~]+)(<=|>=|!=|<|>|=|~)(.*)", re.DOTALL)
SPAN = re.compile(r"([<>]?)(\d{1,9})(s|min|m|h|d)")
WORD = re.compile(r"""(?:"[^"]*"|'[^']*'|[^\s()"']|["'])+|[()]""")
OPERATORS = {"~": "like"}
LARGEST = 2**63 - 1
DAYS = 36_500
DEEPEST = 20
"""Brackets within brackets."""


def is_id(text: str) -> bool:
    """Whether a text can be an id: a decimal number of at most 63 bits."""
    return text.isdecimal() and text.isascii() and len(text) < 20 and int(text) <= LARGEST


class Asked(Struct, frozen=True, kw_only=True):
    """What a query text asks for, and the parts of it that nobody understands."""

    query: InstanceQuery
    wrong: list[str] = []
    """One sentence each, with what would do."""


class Usually(Struct, frozen=True, kw_only=True):
    """What `older:p95` compares with."""

    now: datetime
    most: Callable[[], Mapping[str, timedelta]] = dict
    """How long 95 of 100 instances take, by process id; asked for only where it is needed."""


def parse(text: str, order: str, usually: Usually) -> Asked:
    """What the text asks for; never fails, says what it could not read."""
    reader = _Reader(text, usually)
    return Asked(query=structs.replace(reader.whole(), order=order), wrong=reader.wrong)


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
    """Reads one text from left to right; what it does not understand, it leaves out and tells."""

    def __init__(self, text: str, usually: Usually) -> None:
        self._words = [match[0] for match in WORD.finditer(text)]
        self._at = 0
        self._depth = 0
        self._usually = usually
        self.wrong: list[str] = []

    def whole(self) -> InstanceQuery:
        parts = [self._all()]
        while self._at < len(self._words):  # closing brackets too many
            self.wrong.append("')': it closes nothing; write one '(' more, or leave it out")
            self._at += 1
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else _both(parts)

    def _next(self) -> str | None:
        return self._words[self._at] if self._at < len(self._words) else None

    def _all(self) -> InstanceQuery:
        """Words side by side, up to a closing bracket."""
        found: list[tuple[str | None, InstanceQuery | str, bool]] = []
        while (word := self._next()) not in (None, ")"):
            if word in ("OR", "AND"):
                self._at += 1
                if word == "OR":
                    self.wrong.append("'OR': it stands between two words, as in status:failed OR …")
                continue
            group = [self._one()]
            while self._next() == "OR" and self._follows():
                self._at += 1
                group.append(self._one())
            if len(group) == 1:
                found.append(group[0])
            else:
                queries = tuple(self._query(*one) for one in group)
                found.append((None, InstanceQuery(any_of=queries), False))
        return self._join(found)

    def _follows(self) -> bool:
        after = self._words[self._at + 1] if self._at + 1 < len(self._words) else ")"
        return after not in (")", "OR", "AND")

    def _one(self) -> tuple[str | None, InstanceQuery | str, bool]:
        """A word or a bracket, and whether it is excluded: the word's name, or None; its query, or
        the plain word itself."""
        word = self._words[self._at]
        self._at += 1
        if word in ("NOT", "-") and self._next() not in (None, ")"):
            name, query, is_out = self._one()
            return name, query, not is_out
        if word == "(":
            return self._bracket()
        if word.startswith("-") and len(word) > 1 and not word[1:].isdigit():
            return *self._word(word[1:]), True
        return *self._word(word), False

    def _bracket(self) -> tuple[None, InstanceQuery, bool]:
        self._depth += 1
        if self._depth > DEEPEST:
            self.wrong.append(f"'(': brackets go at most {DEEPEST} deep")
            self._at = len(self._words)
            return None, InstanceQuery(), False
        inner = self._all()
        if self._next() == ")":
            self._at += 1
        else:
            self.wrong.append("'(': it is not closed; write ')' where it ends")
        self._depth -= 1
        return None, inner, False

    def _word(self, word: str) -> tuple[str | None, InstanceQuery | str]:
        plain = unquoted(word)
        name, colon, value = plain.partition(":")
        try:
            if variable := VARIABLE.fullmatch(plain):
                return None, InstanceQuery(variables=(_variable(*variable.groups()),))
            if colon and name in TOKENS:
                given = TOKENS[name](value, self._usually)
                return name if value != "root" else None, InstanceQuery(**given)
        except ValueError as error:
            self.wrong.append(f"'{word}': {error}")
            return None, InstanceQuery()
        return None, plain

    def _query(self, name: str | None, query: InstanceQuery | str, is_out: bool) -> InstanceQuery:
        found = InstanceQuery(text=query) if isinstance(query, str) else query
        return InstanceQuery(none_of=(found,)) if is_out else found

    def _join(self, found: list[tuple[str | None, InstanceQuery | str, bool]]) -> InstanceQuery:
        """One query of which all must hold; words of one name, and pasted keys, are choices."""
        plain = [query for _, query, is_out in found if isinstance(query, str) and not is_out]
        queries = [_pasted(plain)] if plain else []
        by_name: dict[str, list[InstanceQuery]] = {}
        for name, query, is_out in found:
            if isinstance(query, str) and not is_out:
                continue
            if name in CHOICES and not is_out and isinstance(query, InstanceQuery):
                by_name.setdefault(CHOICES[name], []).append(query)
            else:
                queries.append(self._query(name, query, is_out))
        queries += [_either(choices) for choices in by_name.values()]
        return _both(queries)


def is_known(word: str) -> bool:
    """Whether a word without quotes says something by its form, and is not just looked for."""
    name, colon, _ = word.partition(":")
    return bool(colon and name in TOKENS) or VARIABLE.fullmatch(word) is not None


def unquoted(word: str) -> str:
    """The word without the quotes that keep its blanks together."""
    return re.sub(r"\"([^\"]*)\"|'([^']*)'", lambda match: match[1] or match[2] or "", word)


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
        return {"stalled_since": usually.now - STALLED}
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
