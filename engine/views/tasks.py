"""Tasks and starts: what is asked of people, what they have said of it and begun to enter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from engine.views.common import Actor
from engine.views.instances import InstanceQuery

TaskOrder: TypeAlias = Literal["created", "-created", "due", "-priority"]


class Candidate(Struct, frozen=True, kw_only=True):
    """Somebody who may be offered tasks: by name, or by group."""

    user: str | None = None
    groups: tuple[str, ...] = ()


class TaskQuery(Struct, frozen=True, kw_only=True):
    """All that is given must hold."""

    text: str | None = None
    assignee: str | None = None
    unassigned: bool = False
    candidate_user: str | None = None
    candidate_groups: tuple[str, ...] = ()
    """One of these."""
    offered_to: Candidate | None = None
    """Nobody's yet, and this one may take it."""
    instance: int | None = None
    process_ids: tuple[str, ...] = ()
    element: str | None = None
    ids: tuple[int, ...] = ()
    due_after: datetime | None = None
    due_before: datetime | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    least_priority: int | None = None
    most_priority: int | None = None
    suspended: bool | None = None
    of: InstanceQuery | None = None
    """Tasks of the instances that it finds."""
    all_of: tuple[TaskQuery, ...] = ()
    any_of: tuple[TaskQuery, ...] = ()
    none_of: tuple[TaskQuery, ...] = ()
    order: TaskOrder = "created"
    """By age, by due date (those without one last), or the most urgent first; only of the whole."""


class Suspension(Struct, frozen=True, kw_only=True):
    """Why an instance is held."""

    by: str
    at: datetime
    reason: str | None


class TaskView(Struct, frozen=True, kw_only=True):
    id: int
    element: str
    token: int
    name: str | None
    instance: int
    root: int
    process_id: str
    process_name: str | None
    version: int
    definition: int
    business_key: str | None
    assignee: str | None
    candidate_users: list[str]
    candidate_groups: list[str]
    created: datetime
    due: datetime | None
    follow_up: datetime | None
    priority: int
    suspended: bool
    suspension: Suspension | None = None
    """Who holds its instance, and why."""
    form: Mapping[str, Any] | None = None
    """A form-js schema, or `{"fields": [...]}`; only from `task(id)`."""
    variables: Mapping[str, Any] = {}
    """All that is visible to the task; only from `task(id)`."""


class TaskFigures(Struct, frozen=True, kw_only=True):
    """How many open tasks there are, as one person sees them."""

    total: int
    mine: int
    offered: int
    """Nobody's yet, and this person may take them."""
    unassigned: int
    overdue: int
    due_today: int
    """Still to be done before the day ends."""
    suspended: int
    processes: Mapping[str, int]
    """By process id, the most first."""
    assignees: list[str]
    """Who has any, by name."""


class Comment(Struct, frozen=True, kw_only=True):
    """What somebody said of an instance, or of one of its tasks."""

    id: int
    at: datetime
    by: Actor
    text: str
    instance: int
    task: int | None
    element: str | None
    """The task's user task."""


class Draft(Struct, frozen=True, kw_only=True):
    """What somebody has begun to enter for a task."""

    task: int
    by: str
    entered: Mapping[str, Any]
    at: datetime
    expires: datetime


class RecentStart(Struct, frozen=True, kw_only=True):
    """How a process was started once."""

    instance: int
    business_key: str | None
    at: datetime
    by: str
    variables: Mapping[str, Any]
    """That it was given."""


class StartAdvice(Struct, frozen=True, kw_only=True):
    """What helps to start one version of a process by hand."""

    reads: list[str]
    """Variables that it reads and that nothing in it sets; what workers bring is not known."""
    messages: list[str]
    """Names of the messages that its start events wait for."""
    recent: list[RecentStart]
    """The latest first."""
