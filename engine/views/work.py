"""Jobs and decisions: what is asked of workers, and of tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from msgspec import Struct


class Job(Struct, frozen=True, kw_only=True):
    """Work that is claimed: until its deadline it is the claimer's."""

    id: int
    key: str
    """The idempotency key: the same for every attempt, another for every visit of the element."""
    type: str
    variables: Mapping[str, Any] = {}
    headers: Mapping[str, Any] = {}
    instance: int = 0
    root: int = 0
    business_key: str | None = None
    correlation_id: str = ""
    process_id: str = ""
    version: int = 1
    definition: int = 0
    element: str = ""
    token: int = 0
    """The visit of the element that it is for."""
    priority: int = 0
    attempt: int = 1
    """From 1."""
    retries: int = 3
    """Left, this attempt included."""
    deadline: datetime = datetime.max.replace(tzinfo=UTC)
    """Until when the claim holds, unless it is prolonged."""
    timeout: timedelta = timedelta(minutes=5)
    """How long an attempt may take, by the job's policy."""
    traceparent: str = ""
    """W3C trace context."""
    worker: str = ""
    epoch: int = 0
    """Counts the claims: an answer from an earlier one is stale."""


class JobQuery(Struct, frozen=True, kw_only=True):
    types: tuple[str, ...] = ()
    instance: int | None = None
    process_ids: tuple[str, ...] = ()
    state: Literal["any", "waiting", "claimed", "backoff", "exhausted"] = "any"
    worker: str | None = None


class JobFilter(Struct, frozen=True, kw_only=True):
    """Jobs of instances that are as given; what is empty asks for nothing."""

    process_ids: tuple[str, ...] = ()
    definitions: tuple[int, ...] = ()
    business_keys: tuple[str, ...] = ()


class JobView(Struct, frozen=True, kw_only=True):
    id: int
    type: str
    state: Literal["waiting", "claimed", "backoff", "exhausted", "suspended"]
    instance: int
    process_id: str
    version: int
    definition: int
    business_key: str | None
    root: int
    element: str
    token: int
    retries: int
    attempts: int
    due: datetime | None
    worker: str | None
    deadline: datetime | None
    last_error: str | None
    created: datetime
    priority: int
    headers: Mapping[str, Any] = {}


class DecisionView(Struct, frozen=True, kw_only=True):
    """One version of one decision."""

    key: int
    decision_id: str
    name: str | None
    version: int
    version_tag: str | None = None
    is_latest: bool
    deployment: int
    deployed: datetime
    resource: str


class EvaluatedTable(Struct, frozen=True, kw_only=True):
    """What one decision table did."""

    decision: str
    inputs: list[Any]
    matched: list[str]
    """Ids of the rules that matched, or their numbers from 1."""
    outputs: list[Any]
    """One a matching rule."""


class EvaluationQuery(Struct, frozen=True, kw_only=True):
    """All that is given must hold."""

    decision_id: str | None = None
    version: int | None = None
    instance: int | None = None
    element: str | None = None
    after: datetime | None = None
    before: datetime | None = None


class Evaluation(Struct, frozen=True, kw_only=True):
    """What a decision came to once, as it was written down."""

    id: int
    at: datetime
    by: str | None
    """Who asked; none where a process did."""
    decision_id: str
    decision: int
    """The key of its version."""
    version: int
    instance: int | None
    element: str | None
    """The business rule task."""
    inputs: Mapping[str, Any]
    """The variables that it read."""
    output: Any
    tables: list[EvaluatedTable]
    warnings: list[str]


class DecisionOutcome(Struct, frozen=True, kw_only=True):
    """What a decision came to."""

    id: int | None = None
    """Of the evaluation, where it was written down."""

    decision: DecisionView
    output: Any
    tables: list[EvaluatedTable]
    """All that took part, in the order of their evaluation."""
    warnings: list[str]
    """Why values are null."""


class RetryPolicy(Struct, frozen=True, kw_only=True):
    """How a job is tried, and where each value in force comes from."""

    retries: int
    backoff: str
    """`exponential PT1S PT1M`, `fixed PT10S`, or a list: `PT1M,PT5M`."""
    timeout: timedelta
    origin: Mapping[str, str]
    """By the names above: model, handler, or default."""
