"""The query language of tasks: its own words, and those of instances (`web.query`) for the rest.

    is:mine due:<2d process:order -priority:<20 (assignee:ana OR is:unassigned) var.amount>1000

As there, words side by side must all hold, `OR` joins its two neighbours, `-` or `NOT` excludes.
Words without a colon search the names of tasks, business keys and process ids.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct, structs

from engine import Candidate, Engine, InstanceQuery, Invalid, TaskQuery, querying, wording
from engine.wording import Bracket, Part, Word
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
    found = wording.read(text)
    parser = _Parser(reader, found.wrong)
    return Asked(query=structs.replace(parser.all(found.parts), order=order), wrong=parser.wrong)


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
    """Says what the words mean; what it does not understand, it leaves out and tells."""

    def __init__(self, reader: Reader, wrong: list[str]) -> None:
        self._reader = reader
        self.wrong = wrong

    def all(self, parts: Iterable[Part]) -> TaskQuery:
        """All must hold; words of instances are read together, so that several of one name are
        choices as they are there, and plain words are looked for as one."""
        found: list[TaskQuery] = []
        ofs: list[Part] = []
        plain: list[str] = []
        for part in parts:
            if isinstance(part, Word) and _is_of_instances(part):
                ofs.append(part)
            elif isinstance(part, Word) and not part.is_out and not _is_of_tasks(part):
                plain.append(part.plain)
            else:
                found.append(self._one(part))
        if ofs:
            found.append(self._instances(ofs))
        if plain:
            found.append(TaskQuery(text=" ".join(plain)))
        return _both(found)

    def _one(self, part: Part) -> TaskQuery:
        if isinstance(part, Word):
            if _is_of_instances(part):
                return self._instances([part])
            found = self._task(part) if _is_of_tasks(part) else TaskQuery(text=part.plain)
        elif isinstance(part, Bracket):
            found = self.all(part.parts)
        else:
            found = TaskQuery(any_of=tuple(map(self._one, part.parts)))
        is_said = found != TaskQuery()
        return TaskQuery(none_of=(found,)) if part.is_out and is_said else found

    def _instances(self, parts: list[Part]) -> TaskQuery:
        asked = querying.understood(parts, self._reader.usually)
        self.wrong += asked.wrong
        return TaskQuery() if asked.query == InstanceQuery() else TaskQuery(of=asked.query)

    def _task(self, word: Word) -> TaskQuery:
        name, _, value = word.plain.partition(":")
        try:
            if name == "is":
                return TaskQuery(**MARKS[value](self._reader))
            return TaskQuery(**WORDS[name](value, self._reader))
        except ValueError as error:
            self.wrong.append(f"'{word.text}': {error}")
            return TaskQuery()


def _is_of_tasks(word: Word) -> bool:
    name, colon, value = word.plain.partition(":")
    return bool(colon) and (name in WORDS or (name == "is" and value in MARKS))


def _is_of_instances(word: Word) -> bool:
    return not _is_of_tasks(word) and querying.is_known(word)


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
