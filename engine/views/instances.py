"""Process instances: their heads, tokens, variables, history, incidents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from engine.views.common import InstanceState


class VariableFilter(Struct, frozen=True, kw_only=True):
    """Instances one of whose process variables compares so; for `path`, within its document."""

    name: str
    value: Any = None
    operator: Literal["=", "!=", "<", "<=", ">", ">=", "like", "exists"] = "="
    path: tuple[str, ...] = ()


class InstanceQuery(Struct, frozen=True, kw_only=True):
    """All that is given must hold; empty collections and None ask for nothing."""

    text: str | None = None
    """Id, or a part of business key or process id."""
    ids: tuple[int, ...] = ()
    business_keys: tuple[str, ...] = ()
    correlation_id: str | None = None
    process_ids: tuple[str, ...] = ()
    version: int | None = None
    definition: int | None = None
    states: tuple[InstanceState, ...] = ()
    suspended: bool | None = None
    has_incidents: bool | None = None
    stalled_since: datetime | None = None
    """Active, and without progress since this moment or longer."""
    root: int | None = None
    parent: int | None = None
    is_root: bool | None = None
    element: str | None = None
    """A token is in it now."""
    incident: str | None = None
    """It has an incident whose error or message holds this."""
    reason: str | None = None
    started_after: datetime | None = None
    started_before: datetime | None = None
    ended_after: datetime | None = None
    ended_before: datetime | None = None
    variables: tuple[VariableFilter, ...] = ()
    any_of: tuple[InstanceQuery, ...] = ()
    """One of these holds, too. (Of queries within a query, the order means nothing.)"""
    none_of: tuple[InstanceQuery, ...] = ()
    """None of these holds."""
    order: Literal["started", "-started", "updated", "-updated", "id", "-id"] = "-started"


class InstanceSummary(Struct, frozen=True, kw_only=True):
    """The head of an instance."""

    id: int
    business_key: str | None
    correlation_id: str
    """Given with the start, or else made then; every instance called shares it."""
    process_id: str
    process_name: str | None
    version: int
    definition: int
    state: InstanceState
    reason: str | None
    """Why it failed or was cancelled."""
    suspended: bool
    root: int
    parent: int | None
    started: datetime
    updated: datetime
    """When it last made progress."""
    ended: datetime | None
    started_by: str
    incidents: int
    elements: list[str] = []
    """Ids of the flow nodes where its tokens are, each once."""


class StartedInstance(Struct, frozen=True, kw_only=True):
    """What a start gives at once."""

    id: int
    process_id: str
    version: int
    definition: int
    business_key: str | None
    correlation_id: str
    state: InstanceState
    variables: Mapping[str, Any] | None = None
    """The process variables at its end, if it has ended."""


class WaitView(Struct, frozen=True, kw_only=True):
    """What a token waits for."""

    subscription: int
    kind: str
    """A trigger kind; see `engine.state.TriggerKind`."""
    element: str
    name: str | None
    key: str | None
    due: datetime | None
    sentence: str
    """In words: `Waits for message 'paid' with key 'A-1'`."""
    since: datetime
    retries: int | None = None
    """Left; None where nothing is tried."""
    attempts: int = 0
    worker: str | None = None
    lease_until: datetime | None = None
    last_error: str | None = None
    assignee: str | None = None
    candidate_groups: list[str] = []
    candidate_users: list[str] = []
    child: int | None = None
    """The called instance."""


class TokenView(Struct, frozen=True, kw_only=True):
    id: int
    element: str
    scope: int
    since: datetime
    waits: list[WaitView] = []


class ScopeView(Struct, frozen=True, kw_only=True):
    """A scope's own variables."""

    id: int
    element: str
    kind: str
    parent: int | None
    index: int
    """Of a loop's iteration, from 0; otherwise -1."""
    variables: Mapping[str, Any]


class PathView(Struct, frozen=True, kw_only=True):
    """How often each was passed, from the recorded history."""

    flows: Mapping[str, int]
    """Traversals by sequence flow."""
    nodes: Mapping[str, int]
    """Visits by flow node."""
    completed: Mapping[str, int]
    cancelled: Mapping[str, int]
    compensated: Mapping[str, int]


class IncidentView(Struct, frozen=True, kw_only=True):
    """What could not be done, and will not be tried again by itself."""

    id: int
    kind: Literal["parked", "job", "input"]
    """parked: a move; job: its retries are used up; input: it could not be applied."""
    instance: int
    root: int
    process_id: str
    version: int
    definition: int
    business_key: str | None
    element: str | None
    error: str
    """The kind of error, in one word."""
    message: str
    since: datetime
    token: int | None = None
    job: int | None = None
    """The job that it is about."""
    job_type: str | None = None
    attempts: int = 0


class InstanceView(Struct, frozen=True, kw_only=True):
    """All there is to know about an instance but its history."""

    head: InstanceSummary
    revision: int
    children: list[InstanceSummary]
    tokens: list[TokenView]
    waits: list[WaitView]
    """Of scopes rather than tokens: armed event sub-processes."""
    incidents: list[IncidentView]
    variables: list[ScopeView]
    """The process scope first; those of an ended instance as they were at its end."""
    path: PathView


class HistoryEntry(Struct, frozen=True, kw_only=True):
    """One recorded fact."""

    number: int
    """From 1, without a gap within the instance."""
    at: datetime
    step: int
    """Number of the first fact of the same step."""
    kind: str
    """See `engine.history.RecordKind`."""
    element: str | None
    token: int | None
    scope: int | None
    subscription: int | None
    detail: Any


class HistoryPage(Struct, frozen=True, kw_only=True):
    items: list[HistoryEntry]
    last: int
    """Number of the last fact there is."""


class IncidentQuery(Struct, frozen=True, kw_only=True):
    text: str | None = None
    instance: int | None = None
    root: int | None = None
    process_ids: tuple[str, ...] = ()
    definition: int | None = None
    element: str | None = None
    job_type: str | None = None
    error: str | None = None
    ids: tuple[int, ...] = ()


class IncidentGroup(Struct, frozen=True, kw_only=True):
    """Incidents of one process, element and kind of error whose messages have one shape."""

    signature: str
    process_id: str
    definition: int
    """Of the newest one."""
    definitions: Mapping[int, int]
    """How many of which definition."""
    element: str | None
    error: str
    shape: str
    """The message without what differs."""
    message: str
    """The newest one's."""
    count: int
    instances: int
    first: datetime
    last: datetime
    last_hour: int
    """How many came about within the last hour."""
    incidents: list[int]
    """Ids, newest first."""


class IncidentGroups(Struct, frozen=True, kw_only=True):
    items: list[IncidentGroup]
    is_cut: bool
    """Whether there are more incidents than were grouped."""


class StepFacet(Struct, frozen=True, kw_only=True):
    definition: int
    element: str
    count: int
    """Instances, not tokens."""


class InstanceFacets(Struct, frozen=True, kw_only=True):
    """What a list of instances consists of."""

    statuses: Mapping[str, int]
    """running, incident, suspended, completed, failed, cancelled."""
    versions: Mapping[tuple[str, int], int]
    """By process id and version, most first."""
    steps: list[StepFacet]
    """Where running ones are; the fullest steps."""


class RunningFigures(Struct, frozen=True, kw_only=True):
    """What the active instances of one version are at."""

    active: int
    failing: int
    """Of these, with an incident."""
    incidents: int


class WaitingFigures(Struct, frozen=True, kw_only=True):
    """What the instances of one version wait for, of one kind."""

    definition: int
    subscriptions: int
    instances: int


class ErrorFigures(Struct, frozen=True, kw_only=True):
    """How many active instances of one version stand still for one error."""

    message: str
    definition: int
    instances: int
