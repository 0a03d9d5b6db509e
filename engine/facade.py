"""`Engine`: the only door. Every walk, of a person, a program or a worker, begins with a method here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from engine.views import (
    SYSTEM,
    Actor,
    BroadcastResult,
    Change,
    DefinitionView,
    Deployment,
    ElementStatistics,
    HistoryPage,
    IncidentQuery,
    IncidentView,
    InstanceQuery,
    InstanceSummary,
    InstanceView,
    Job,
    JobQuery,
    JobView,
    Modification,
    Overview,
    Page,
    Paging,
    Problem,
    ProcessSummary,
    Published,
    ScopeView,
    StartedInstance,
    SubscriptionQuery,
    SubscriptionView,
    TaskQuery,
    TaskView,
)

FIRST = Paging()


class Engine(Protocol):
    """The signatures, until the class stands here in a few commits with exactly these methods.

    `Engine(url="sqlite://", handlers=None, clock=None, **settings)`
    """

    # life
    def migrate(self) -> None: ...
    def run_due(self, limit: int = 1000) -> int:
        """Do what is due now, in passes, until nothing is; how much was done. For tests and tools."""
        ...

    def close(self) -> None: ...
    def changes(self, after: int | None = None, wait: timedelta = ...) -> Iterator[Change]:
        """What moved after a position (None: from now on); ends after `wait` without any."""
        ...

    # definitions
    def check(self, files: Mapping[str, bytes]) -> list[Problem]: ...
    def deploy(
        self, files: Mapping[str, bytes], *, by: Actor = SYSTEM, idempotency_key: str | None = None
    ) -> Deployment: ...
    def processes(self, text: str | None = None, page: Paging = FIRST) -> Page[ProcessSummary]: ...
    def definition(self, key: int) -> DefinitionView: ...
    def latest(self, process_id: str) -> DefinitionView: ...
    def versions(self, process_id: str) -> list[DefinitionView]: ...
    def source(self, key: int) -> bytes: ...
    def diagram(self, key: int) -> bytes: ...
    def statistics(self, key: int) -> list[ElementStatistics]: ...

    # instances
    def start(
        self,
        process_id: str,
        variables: Mapping[str, Any] | None = None,
        *,
        business_key: str | None = None,
        version: int | None = None,
        correlation_id: str | None = None,
        by: Actor = SYSTEM,
        wait: timedelta | None = None,
        idempotency_key: str | None = None,
    ) -> StartedInstance: ...
    def instances(
        self, query: InstanceQuery = ..., page: Paging = FIRST
    ) -> Page[InstanceSummary]: ...
    def instance(self, id: int) -> InstanceView: ...
    def history(self, id: int, *, after: int = 0, limit: int = 1000) -> HistoryPage: ...
    def variables(self, id: int) -> list[ScopeView]: ...
    def set_variables(
        self,
        id: int,
        variables: Mapping[str, Any],
        *,
        scope: int | None = None,
        reason: str,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> None: ...
    def cancel(
        self, id: int, *, reason: str, by: Actor = SYSTEM, idempotency_key: str | None = None
    ) -> None: ...
    def suspend(
        self, id: int, *, reason: str, by: Actor = SYSTEM, idempotency_key: str | None = None
    ) -> None: ...
    def resume(
        self, id: int, *, reason: str = "", by: Actor = SYSTEM, idempotency_key: str | None = None
    ) -> None: ...
    def modify(
        self,
        id: int,
        instructions: Iterable[Modification],
        *,
        reason: str,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> None: ...
    def abandon(
        self,
        id: int,
        *,
        reason: str,
        compensate: bool = True,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> None: ...

    # jobs
    def activate_jobs(
        self,
        types: Iterable[str],
        *,
        worker: str,
        limit: int = 32,
        lock: timedelta = ...,
        fetch: Iterable[str] | None = None,
        wait: timedelta = ...,
    ) -> list[Job]: ...
    def complete_job(
        self,
        id: int,
        variables: Mapping[str, Any] | None = None,
        *,
        worker: str | None = None,
        epoch: int | None = None,
    ) -> None: ...
    def fail_job(
        self,
        id: int,
        message: str,
        *,
        retries: int | None = None,
        backoff: timedelta | None = None,
        variables: Mapping[str, Any] | None = None,
        worker: str | None = None,
        epoch: int | None = None,
    ) -> None: ...
    def throw_job_error(
        self,
        id: int,
        code: str,
        message: str = "",
        variables: Mapping[str, Any] | None = None,
        *,
        worker: str | None = None,
        epoch: int | None = None,
    ) -> None: ...
    def extend_job(
        self, id: int, lock: timedelta, *, worker: str | None = None, epoch: int | None = None
    ) -> datetime: ...
    def update_job(self, id: int, *, retries: int, reason: str, by: Actor = SYSTEM) -> None: ...
    def jobs(self, query: JobQuery = ..., page: Paging = FIRST) -> Page[JobView]: ...
    def job(self, id: int) -> JobView: ...

    # tasks
    def tasks(self, query: TaskQuery = ..., page: Paging = FIRST) -> Page[TaskView]: ...
    def task(self, id: int) -> TaskView: ...
    def claim(self, id: int, assignee: str, *, by: Actor = SYSTEM, force: bool = False) -> None: ...
    def unclaim(self, id: int, *, by: Actor = SYSTEM) -> None: ...
    def complete_task(
        self,
        id: int,
        variables: Mapping[str, Any] | None = None,
        *,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> None: ...

    # messages
    def publish(
        self,
        name: str,
        key: str | None = None,
        variables: Mapping[str, Any] | None = None,
        *,
        ttl: timedelta = ...,
        message_id: str | None = None,
        by: Actor = SYSTEM,
    ) -> Published: ...
    def correlate(
        self,
        name: str,
        key: str | None = None,
        variables: Mapping[str, Any] | None = None,
        *,
        business_key: str | None = None,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> Published:
        """Raises NotFound when nobody waits for it now."""
        ...

    def broadcast(
        self,
        name: str,
        variables: Mapping[str, Any] | None = None,
        *,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> BroadcastResult: ...
    def subscriptions(
        self, query: SubscriptionQuery = ..., page: Paging = FIRST
    ) -> Page[SubscriptionView]: ...

    # incidents
    def incidents(self, query: IncidentQuery = ..., page: Paging = FIRST) -> Page[IncidentView]: ...
    def incident(self, id: int) -> IncidentView: ...
    def retry(
        self,
        id: int,
        *,
        reason: str = "",
        by: Actor = SYSTEM,
        variables: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> None: ...
    def retry_all(self, instance: int, *, reason: str = "", by: Actor = SYSTEM) -> int: ...

    # overview
    def overview(self) -> Overview: ...
