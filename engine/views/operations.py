"""What operators do, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from engine.views.common import Actor, InstanceState
from engine.views.definitions import Problem


class Modification(Struct, frozen=True, kw_only=True):
    """One instruction of `Engine.modify`.

    move           the token, or all tokens at `element`, to `target`
    add, add_after a token before, or behind, `element`
    cancel         the token, or all tokens at `element`
    set_variables  in `scope`, or the process scope
    """

    verb: Literal[
        "move",
        "add",
        "add_after",
        "cancel",
        "set_variables",
        "cancel_token",
        "cancel_node",
        "start_before",
        "start_after",
    ]
    """The last four are the older words for cancel, add and add_after."""
    token: int | None = None
    element: str | None = None
    target: str | None = None
    """Of a move: the element it goes to."""
    scope: int | None = None
    """Of an added token: the scope it comes to, or one around it, by id or by its holder's; of the
    loop of the very element: one iteration more."""
    variables: Mapping[str, Any] = {}


class Place(Struct, frozen=True, kw_only=True):
    """A token and where it is."""

    token: int
    element: str
    scope: int


class WaitChange(Struct, frozen=True, kw_only=True):
    """A wait that began, or is withdrawn."""

    subscription: int
    kind: str
    element: str
    name: str | None = None
    due: datetime | None = None


class VariableChange(Struct, frozen=True, kw_only=True):
    scope: int
    element: str
    """The scope's container."""
    name: str
    before: Any = None
    after: Any = None
    is_new: bool = False


class Effect(Struct, frozen=True, kw_only=True):
    """What an operation did to an instance; of a dry run, what it would do."""

    instance: int
    verb: str
    dry_run: bool = False
    state: InstanceState = "active"
    suspended: bool = False
    before: list[Place] = []
    after: list[Place] = []
    """Where the tokens are, before and when all has come to rest."""
    opened: list[WaitChange] = []
    withdrawn: list[WaitChange] = []
    variables: list[VariableChange] = []
    warnings: list[str] = []
    """What is allowed, but may not be what is meant."""
    created: int | None = None
    """Of a restart: the new instance."""
    resolved: int = 0
    """Of a retry: how many incidents it healed."""


class ElementMapping(Struct, frozen=True, kw_only=True):
    """From an element of the running version to one of the target's; no target: withdrawn, which
    boundary events and event sub-processes allow."""

    source: str
    target: str | None


class MigrationPlan(Struct, frozen=True, kw_only=True):
    """How instances of one definition go on with another."""

    source: int = 0
    """Key of the definition they run; 0: of each, what it runs."""
    target: int
    mapping: list[ElementMapping] = []
    """What is not said is found by the same id and kind."""
    update: list[str] = []
    """Events of the target whose timers, message names and keys are read anew from the model."""


class MappedElement(Struct, frozen=True, kw_only=True):
    """One flow node in a migration."""

    source: str
    target: str | None
    origin: Literal["given", "same id", "none"]
    name: str | None = None
    kind: str = ""
    active: int = 0
    """Tokens of the looked-at instances that are in it."""
    problem: str | None = None


class MigrationCheck(Struct, frozen=True, kw_only=True):
    """A plan against the definitions, and against instances."""

    plan: MigrationPlan
    elements: list[MappedElement]
    problems: list[Problem]
    """Empty: it can be carried out."""
    instances: int
    """How many were looked at."""


class DefinitionSpan(Struct, frozen=True, kw_only=True):
    """Facts of an instance's history that tell of one definition's elements."""

    definition: int
    process_id: str
    version: int
    first: int
    """Number of the first fact."""
    last: int | None
    """None: it still runs that one."""


class AuditQuery(Struct, frozen=True, kw_only=True):
    """All that is given must hold."""

    by: str | None = None
    source: str | None = None
    verbs: tuple[str, ...] = ()
    kind: str | None = None
    """Of the target: instance, job, task, incident, definition, process, job_type, policy, batch,
    deployment."""
    target: str | None = None
    instance: int | None = None
    process_ids: tuple[str, ...] = ()
    after: datetime | None = None
    before: datetime | None = None
    text: str | None = None
    """A part of the reason or of the target."""


class AuditEntry(Struct, frozen=True, kw_only=True):
    """One act of somebody."""

    id: int
    at: datetime
    by: Actor
    verb: str
    reason: str | None
    kind: str
    target: str
    instance: int | None
    process_id: str | None
    detail: Mapping[str, Any]
    """What belongs to the verb; `before` and `after` where something was changed."""


class Hold(Struct, frozen=True, kw_only=True):
    """What is suspended besides instances."""

    kind: Literal["definition", "process", "job_type"]
    name: str
    """Key of the definition, process id, or job type."""
    since: datetime
    by: str
    reason: str


class Restarts(Struct, frozen=True, kw_only=True):
    """How an instance and others are runs of the same."""

    original: int | None
    """The one that it runs again."""
    later: list[int]
    """Those that run it again, oldest first."""


BatchKind: TypeAlias = Literal[
    "retry",
    "cancel",
    "abandon",
    "modify",
    "migrate",
    "set_variables",
    "suspend",
    "resume",
    "delete",
    "restart",
    "assign_tasks",
    "update_tasks",
    "complete_tasks",
]
BatchState: TypeAlias = Literal["running", "paused", "stopped", "cancelled", "completed"]
ItemState: TypeAlias = Literal["left", "done", "skipped", "failed"]


class BatchOrder(Struct, frozen=True, kw_only=True):
    """What a batch does to each of its targets."""

    kind: BatchKind
    variables: Mapping[str, Any] = {}
    """Of set_variables; of retry: set in the incident's scope first; of restart: over those it
    takes; of complete_tasks: what its form is given."""
    instructions: list[Modification] = []
    """Of modify."""
    plan: MigrationPlan | None = None
    """Of migrate."""
    latest: bool = True
    """Of restart: the latest version, rather than the one it ran."""
    at: list[str] = []
    """Of restart: begin at these elements."""
    variables_from: Literal["start", "end"] = "start"
    """Of restart."""
    compensate: bool = True
    """Of abandon."""
    assignee: str | None = None
    """Of assign_tasks; None: nobody's again."""
    takes_over: bool = False
    """Of assign_tasks: also what is somebody else's."""
    changes: Mapping[str, Any] = {}
    """Of update_tasks, as of `Engine.update_task`."""


class BatchView(Struct, frozen=True, kw_only=True):
    """A batch and how far it is; `total` is the sum of the four."""

    id: int
    kind: BatchKind
    state: BatchState
    reason: str
    by: Actor
    created: datetime
    ended: datetime | None
    total: int
    left: int
    done: int
    skipped: int
    failed: int
    per_second: int | None
    stop_after: int | None
    note: str | None
    """Why it stopped."""
    due: datetime
    """Before this its next targets are not begun."""
    order: BatchOrder


class BatchItem(Struct, frozen=True, kw_only=True):
    """One target, and what became of it."""

    target: int
    instance: int
    state: ItemState
    reason: str | None
    """Why it was skipped, or failed."""
    at: datetime | None


class BatchPreview(Struct, frozen=True, kw_only=True):
    """What a batch would do, found by doing it without effect."""

    total: int
    tried: int
    """Of a large set only the first ones are tried."""
    can: int
    cannot: list[BatchItem]
    """Those it would skip or fail at, and why."""
    effects: list[Effect]


class PolicyValue(Struct, frozen=True, kw_only=True):
    """A value in force, and where it comes from."""

    value: Any
    origin: str
    """default, handler, file, model, or operator."""
    place: str | None = None
    """What exactly says it: `element order/pay`, `job type charge`."""
    by: str | None = None
    reason: str | None = None


class PolicyView(Struct, frozen=True, kw_only=True):
    """How the work of an element is tried."""

    process_id: str
    element: str | None
    job_type: str | None
    retries: PolicyValue
    backoff: PolicyValue
    timeout: PolicyValue
    sla: PolicyValue
    rate: PolicyValue


class PolicyOverride(Struct, frozen=True, kw_only=True):
    """What an operator has said."""

    kind: Literal["job_type", "definition", "element"]
    name: str
    values: Mapping[str, Any]
    since: datetime
    by: str
    reason: str


class Overdue(Struct, frozen=True, kw_only=True):
    """An instance, job or task that is open for longer than it was promised."""

    kind: Literal["instance", "job", "task"]
    id: int
    instance: int
    process_id: str
    version: int
    business_key: str | None
    element: str | None
    since: datetime
    due: datetime
    """When it should have been done."""
