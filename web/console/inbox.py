"""What the inbox shows beside its tasks: who asks, the filters with their counts, the way on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args

from flask import g, request, url_for
from msgspec import Struct

from engine import Candidate, Page, Paging, TaskFigures, TaskOrder, TaskQuery, TaskView
from web import query, task_query
from web.console.language import _, noop
from web.console.rendering import actor, engine
from web.console.requests import offset_of

LIMIT = 50
DEFAULT_ORDER = "due"
ORDERS: Mapping[str, str] = {
    "due": noop("Due first"),
    "-priority": noop("Most urgent first"),
    "created": noop("Oldest first"),
    "-created": noop("Newest first"),
}
assert set(ORDERS) == set(get_args(TaskOrder))
HELP = (
    ("approve", noop("a part of a task's name, a business key or a process id")),
    (
        "is:mine is:offered",
        noop("also unassigned, assigned, overdue, suspended; of the instance incident, stalled"),
    ),
    ("assignee:ana group:sales", noop("who has it; which group may take it, or candidate:ana")),
    (
        "due:today due:<2d due:2026-11-21",
        noop("still today; within two days or late; on that day; due:none"),
    ),
    ("priority:>50 created:>1d", noop("how urgent; waits for more than a day")),
    ("process:order step:approve", noop("of this process; at this user task")),
    ("var.amount>1000 key:A-1", noop("all that the instances' query understands")),
    (
        "is:mine OR is:offered -process:order",
        noop("OR joins its two neighbours, a minus excludes, brackets group"),
    ),
)
"""Examples of the query language, and what they find."""
WHOSE = ("is:mine", "is:offered", "is:unassigned")
"""Of these filters one is chosen at a time."""


class Chip(Struct, frozen=True, kw_only=True):
    """A filter: its word, what it says, how many it would find alone, the query with or without."""

    label: str
    count: int
    text: str
    is_chosen: bool
    is_alarm: bool = False


class Inbox(Struct, frozen=True, kw_only=True):
    """One part of the list, as the address asks for it."""

    text: str
    order: str
    offset: int
    found: Page[TaskView]
    wrong: list[str]
    figures: TaskFigures
    chips: list[Chip]
    processes: list[tuple[str, int, str, bool]]
    """Process id, how many, the query with or without it, whether it is chosen."""
    drafted: set[int]

    @property
    def titles(self) -> Mapping[str, str]:
        """What the processes of this part's tasks are called, by id."""
        return {one.process_id: one.process_name or one.process_id for one in self.found.items}

    def around(self, id: int) -> tuple[int | None, int | None]:
        """The tasks before and after one in this part."""
        ids = [task.id for task in self.found.items]
        if id not in ids:
            return None, ids[0] if ids else None
        at = ids.index(id)
        before = ids[at - 1] if at else None
        return before, ids[at + 1] if at + 1 < len(ids) else None


def me() -> Candidate:
    """Who asks, with the groups that they are in."""
    identity = g.get("identity")
    groups = tuple(identity.groups) if identity is not None else ()
    return Candidate(user=actor().name, groups=groups)


def reader() -> task_query.Reader:
    """Who asks, now."""
    now = datetime.now().astimezone()
    return task_query.Reader(me=me(), now=now, usually=query.usually(engine()))


def asked_for(text: str, order: str) -> task_query.Asked:
    """What a query text asks for."""
    return task_query.parse(text, order if order in ORDERS else DEFAULT_ORDER, reader())


def read(given: Mapping[str, str]) -> Inbox:
    """The list that the address or a form names: `q`, `sort`, `offset`."""
    text, order = given.get("q", "").strip(), given.get("sort", DEFAULT_ORDER)
    asked = asked_for(text, order)
    offset = offset_of(given)
    found = engine().tasks(asked.query, Paging(limit=LIMIT, offset=offset))
    asking = reader()
    figures = engine().task_figures(asking.me, now=asking.now, until=asking.midnight)
    words = text.split()
    return Inbox(
        text=text,
        order=asked.query.order,
        offset=offset,
        found=found,
        wrong=asked.wrong,
        figures=figures,
        chips=_chips(text, figures),
        processes=_processes(text, words, figures),
        drafted=engine().drafted([task.id for task in found.items], by=actor()),
    )


def _chips(text: str, figures: TaskFigures) -> list[Chip]:
    words = text.split()
    whole = " ".join(one for one in words if one not in WHOSE)
    chips = [
        Chip(
            label=_("All"),
            count=figures.total,
            text=whole,
            is_chosen=not any(one in WHOSE for one in words),
        )
    ]
    for word, label, count, is_alarm in (
        ("is:mine", _("Mine"), figures.mine, False),
        ("is:offered", _("My groups"), figures.offered, False),
        ("is:unassigned", _("Unassigned"), figures.unassigned, False),
        ("is:overdue", _("Overdue"), figures.overdue, True),
        ("due:today", _("Due today"), figures.due_today, False),
        ("is:suspended", _("Suspended"), figures.suspended, False),
    ):
        group = WHOSE if word in WHOSE else ("is:overdue", "due:today")
        chips.append(
            Chip(
                label=label,
                count=count,
                text=task_query.toggled(text, word, group if word != "is:suspended" else ()),
                is_chosen=word in words,
                is_alarm=is_alarm and count > 0,
            )
        )
    *usual, suspended = chips
    return [*usual, suspended] if suspended.count or suspended.is_chosen else usual


def _processes(
    text: str, words: list[str], figures: TaskFigures
) -> list[tuple[str, int, str, bool]]:
    if len(figures.processes) < 2:
        return []
    found = []
    for process, count in list(figures.processes.items())[:8]:
        word = query.quoted(f"process:{process}")
        found.append((process, count, task_query.toggled(text, word), word in words))
    return found


def place(**more: Any) -> dict[str, Any]:
    """The parts of the address that say which list is shown, for links and forms."""
    given = request.form if request.method == "POST" else request.args
    kept: dict[str, Any] = {name: given.get(name) for name in ("q", "sort", "offset")}
    found = {**kept, **more}
    return {name: value for name, value in found.items() if value not in ("", None)}


def address(**changed: Any) -> str:
    """Another part of the list that is shown."""
    return url_for("console.tasks", **place(**{"offset": None, **changed}))


def way_on(done: TaskView) -> str:
    """Where to go when a task is done: to what follows in its instance, if it is for this person;
    to the next in the list; or to the list."""
    following = engine().tasks(TaskQuery(instance=done.instance)).items
    for task in following:
        if task.assignee in (None, actor().name) and not task.suspended:
            return url_for("console.task", id=task.id, **place())
    if next_one := request.form.get("next", ""):
        ids = (int(next_one),) if query.is_id(next_one) else ()
        if ids and engine().tasks(TaskQuery(ids=ids), Paging(limit=1)).items:
            return url_for("console.task", id=ids[0], **place())
    return url_for("console.tasks", **place())
