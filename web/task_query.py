"""The query language of tasks: its own words, and those of instances (`web.query`) for the rest.

    is:mine due:<2d process:order -priority:<20 (assignee:ana OR is:unassigned) var.amount>1000

As there, words side by side must all hold, `OR` joins its two neighbours, `-` or `NOT` excludes.
Words without a colon search the names of tasks, business keys and process ids.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct, structs

from engine import Candidate, Engine, InstanceQuery, Invalid, TaskQuery, querying
from web import query

FAR = 100
"""Years that a day in a query may lie away."""
FIRST_DAY = datetime(1, 1, 2, tzinfo=UTC)
NUMBER = re.compile(r"(<=|>=|<|>|=)?(-?\d{1,9})")


class Reader(Struct, frozen=True, kw_only=True):
    """Who asks, and when it is for them."""

    me: Candidate
    now: datetime
    """Aware, in the zone whose days are meant."""
    usually: querying.Usually

    @property
    def midnight(self) -> datetime:
        """When their day ends."""
        return self.now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


class Asked(Struct, frozen=True, kw_only=True):
    """What a text asks for, and the parts of it that nobody understands."""

    query: TaskQuery
    wrong: list[str] = []


Given = Mapping[str, Any]


def parse(text: str, order: str, reader: Reader) -> Asked:
    """What the text asks for; never fails, says what it could not read."""
    parser = _Parser(text, reader)
    found = parser.whole()
    return Asked(query=structs.replace(found, order=order), wrong=parser.wrong)


def read(engine: Engine, text: str, me: Candidate) -> TaskQuery:
    """What the text asks for. Raises Invalid where any of it is not understood."""
    now = datetime.now().astimezone()
    asked = parse(text, "created", Reader(me=me, now=now, usually=query.usually(engine)))
    if asked.wrong:
        raise Invalid(f"query: {'; '.join(asked.wrong)}")
    return asked.query


def toggled(text: str, word: str, group: tuple[str, ...] = ()) -> str:
    """The text with a word more, or without it where it stands there; of a group's words one."""
    words = text.split()
    kept = [one for one in words if one != word and one not in group]
    return " ".join(kept if word in words else [*kept, word])


class _Parser:
    def __init__(self, text: str, reader: Reader) -> None:
        self._words = [match[0] for match in querying.WORD.finditer(text)]
        self._at = 0
        self._depth = 0
        self._reader = reader
        self.wrong: list[str] = []

    def whole(self) -> TaskQuery:
        parts = [self._all()]
        while self._at < len(self._words):  # closing brackets too many
            self.wrong.append("')': it closes nothing; write one '(' more, or leave it out")
            self._at += 1
            parts.append(self._all())
        return _both(parts)

    def _next(self) -> str | None:
        return self._words[self._at] if self._at < len(self._words) else None

    def _all(self) -> TaskQuery:
        """Words side by side, up to a closing bracket; those of instances are read together, so
        that several of one name are choices as they are there."""
        found: list[TaskQuery] = []
        ofs: list[str] = []
        plain: list[str] = []
        while (word := self._next()) not in (None, ")"):
            assert word is not None
            if word in ("OR", "AND"):
                self._at += 1
                if word == "OR":
                    self.wrong.append("'OR': it stands between two words, as in is:mine OR key:A-1")
                continue
            if not self._is_joined() and (kind := self._kind(word)) != "task":
                self._at += 1
                (ofs if kind == "instance" else plain).append(word)
                continue
            group = [self._one()]
            while self._next() == "OR" and self._follows():
                self._at += 1
                group.append(self._one())
            found.append(group[0] if len(group) == 1 else TaskQuery(any_of=tuple(group)))
        if ofs:
            found.append(self._instances(" ".join(ofs)))
        if plain:
            found.append(TaskQuery(text=" ".join(map(querying.unquoted, plain))))
        return _both(found)

    def _is_joined(self) -> bool:
        """Whether the next word is a neighbour of OR, or a bracket, or excluded by NOT."""
        following = self._words[self._at + 1 : self._at + 2]
        return following == ["OR"] or self._words[self._at] in ("(", "NOT", "-")

    def _follows(self) -> bool:
        after = self._words[self._at + 1] if self._at + 1 < len(self._words) else ")"
        return after not in (")", "OR", "AND")

    def _one(self) -> TaskQuery:
        word = self._words[self._at]
        self._at += 1
        if word in ("NOT", "-") and self._next() not in (None, ")"):
            return TaskQuery(none_of=(self._one(),))
        if word == "(":
            return self._bracket()
        kind = self._kind(word)
        if kind == "instance":
            return self._instances(word)
        if kind == "plain":
            return TaskQuery(text=querying.unquoted(word))
        if word.startswith("-"):
            return TaskQuery(none_of=(self._task(word[1:]),))
        return self._task(word)

    def _bracket(self) -> TaskQuery:
        self._depth += 1
        if self._depth > querying.DEEPEST:
            self.wrong.append(f"'(': brackets go at most {querying.DEEPEST} deep")
            self._at = len(self._words)
            return TaskQuery()
        inner = self._all()
        if self._next() == ")":
            self._at += 1
        else:
            self.wrong.append("'(': it is not closed; write ')' where it ends")
        self._depth -= 1
        return inner

    def _kind(self, word: str) -> str:
        bare = querying.unquoted(word.removeprefix("-") if len(word) > 1 else word)
        name, colon, value = bare.partition(":")
        if colon and (name in WORDS or (name == "is" and value in MARKS)):
            return "task"
        if querying.is_known(bare):
            return "instance"
        return "instance" if word.startswith("-") and len(word) > 1 else "plain"

    def _instances(self, text: str) -> TaskQuery:
        asked = querying.parse(text, "id", self._reader.usually)
        self.wrong += asked.wrong
        found = structs.replace(asked.query, order=InstanceQuery().order)
        return TaskQuery() if found == InstanceQuery() else TaskQuery(of=found)

    def _task(self, word: str) -> TaskQuery:
        name, _, value = querying.unquoted(word).partition(":")
        try:
            if name == "is":
                return TaskQuery(**MARKS[value](self._reader))
            return TaskQuery(**WORDS[name](value, self._reader))
        except ValueError as error:
            self.wrong.append(f"'{word}': {error}")
            return TaskQuery()


def _both(parts: list[TaskQuery]) -> TaskQuery:
    given = [one for one in parts if one != TaskQuery()]
    return given[0] if len(given) == 1 else TaskQuery(all_of=tuple(given))


MARKS: Mapping[str, Callable[[Reader], Given]] = {
    "mine": lambda reader: {"assignee": reader.me.user},
    "offered": lambda reader: {"offered_to": reader.me},
    "unassigned": lambda _: {"unassigned": True},
    "assigned": lambda _: {"none_of": (TaskQuery(unassigned=True),)},
    "overdue": lambda reader: {"due_before": reader.now},
    "suspended": lambda _: {"suspended": True},
}
"""What `is:` may say of a task; other marks are the instance's."""


def _due(value: str, reader: Reader) -> Given:
    """`due:today` still to be done today, `due:<2d` within two days or late, `due:>1w` ..."""
    if value == "today":
        return {"due_after": reader.now, "due_before": reader.midnight}
    if value == "none":
        return {"none_of": (TaskQuery(due_after=FIRST_DAY),)}
    if (span := querying.SPAN.fullmatch(value)) and span[1]:
        until = reader.now + querying.span_of(value[1:])
        return {"due_before": until} if span[1] == "<" else {"due_after": until}
    day = _day(value, reader, "due:today, due:none, due:<2d or due:2026-11-21")
    return {"due_after": day, "due_before": day + timedelta(days=1)}


def _created(value: str, reader: Reader) -> Given:
    """`created:<2h` within the last two hours, `created:>1d` longer ago."""
    if (span := querying.SPAN.fullmatch(value)) and span[1]:
        since = reader.now - querying.span_of(value[1:])
        return {"created_after": since} if span[1] == "<" else {"created_before": since}
    day = _day(value, reader, "created:<2h or created:2026-11-21")
    return {"created_after": day, "created_before": day + timedelta(days=1)}


def _day(value: str, reader: Reader, examples: str) -> datetime:
    try:
        day = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"a span or a day, as in {examples}") from None
    if not abs(day.year - reader.now.year) < FAR:
        raise ValueError("that is too far away")
    return day.replace(tzinfo=day.tzinfo or reader.now.tzinfo)


def _priority(value: str, _: Reader) -> Given:
    found = NUMBER.fullmatch(value)
    if not found:
        raise ValueError("a number, as in priority:80 or priority:>50")
    sign, number = found[1] or "=", int(found[2])
    least = {">": number + 1, ">=": number, "=": number}.get(sign)
    most = {"<": number - 1, "<=": number, "=": number}.get(sign)
    return {"least_priority": least, "most_priority": most}


def _assignee(value: str, reader: Reader) -> Given:
    if not value:
        raise ValueError("a name, as in assignee:ana or assignee:me")
    return {"assignee": reader.me.user if value == "me" else value}


WORDS: Mapping[str, Callable[[str, Reader], Given]] = {
    "assignee": _assignee,
    "group": lambda value, _: {"candidate_groups": tuple(value.split(","))},
    "candidate": lambda value, _: {"candidate_user": value},
    "step": lambda value, _: {"element": value},
    "due": _due,
    "created": _created,
    "priority": _priority,
}
