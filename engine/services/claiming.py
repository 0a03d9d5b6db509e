"""Jobs on their way out: claimed under a lease, with all that their worker needs."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from engine.errors import EngineError
from engine.policies import policy_for
from engine.services.attempts import fail, tries_left
from engine.services.duties import job_queue
from engine.services.idempotency import Once, move, once, placed
from engine.services.pacing import paced
from engine.services.scopes import local_scope
from engine.services.work import Work
from engine.state import Subscription
from engine.storage import polls
from engine.storage.claims import Claimed, Plan, claim, claim_of, extend, plans
from engine.storage.ids import by_partition
from engine.storage.rows import Head, Shell, moment
from engine.traces import traceparent
from engine.values import decode
from engine.variables import visible
from engine.views import Job, JobFilter

if TYPE_CHECKING:
    from engine.services.cache import Loaded
    from engine.services.shell import Shell as EngineShell
    from engine.services.unit import Unit

LOST = "WorkerLost"
"""The error of a job whose workers vanish."""


class Claim:
    """A command that claims jobs of these types, with all that their worker needs."""

    def __init__(
        self,
        types: Sequence[str],
        worker: str,
        limit: int,
        lock: timedelta,
        fetch: Sequence[str] | None = None,
        only: JobFilter | None = None,
    ) -> None:
        self._only = only
        self._types = types
        self._worker = worker
        self._limit = limit
        self._lock = lock
        self._fetch = fetch
        self._lost: list[Claimed] = []
        self._plan: Plan | None = None

    def take(self, shell: EngineShell, key: str | None = None) -> list[Job]:
        """Claim; what has outlived too many workers becomes an incident. The same key gives the
        same jobs, once there were any.

        Where the database is distributed, each partition is a transaction of its own, and with a
        key all jobs are of one.
        """
        verb = f"activate jobs for {self._worker}"[:200]
        command = once(key, verb, list[Job], self, counts=bool)
        if not shell.store.profile.is_distributed:
            jobs = shell.do(command, is_late=True)
            self.give_up_lost(shell)
            return jobs
        if isinstance(command, Once):
            return self._take_again(shell, command)
        jobs = []
        for plan in self._plans(shell):
            self._plan = plan
            jobs += shell.do(command, partition=plan.partition, is_late=True)
            self.give_up_lost(shell)
        return jobs

    def _take_again(self, shell: EngineShell, command: Once[list[Job]]) -> list[Job]:
        where = placed(shell, command)
        found = [] if where is None else [Plan(where, [])]
        for plan in (*found, *self._plans(shell)):
            self._plan = plan
            if plan.partition != where:
                move(shell, command, where := plan.partition)
            jobs = shell.committer.do(Work(command, partition=plan.partition, is_late=True))
            self.give_up_lost(shell)
            if jobs:
                return jobs
        return []

    def _plans(self, shell: EngineShell) -> list[Plan]:
        if polls.is_news(shell.store, self._worker, self._types):
            shell.do(lambda unit: polls.seen(unit.transaction, self._worker, self._types))
        with shell.store.reading() as connection:
            queues = self._queues(shell, connection)
        return plans(shell.store, queues, self._limit, shell.turn(), self._only)

    def _queues(self, shell: EngineShell, connection: sa.Connection) -> list[str]:
        return [job_queue(t) for t in self._types if not shell.board.is_held(connection, t)]

    def __call__(self, unit: Unit) -> list[Job]:
        unit.direct()
        began = time.monotonic()
        lease = self._lock // timedelta(microseconds=1)
        if self._plan is None:
            polls.seen(unit.transaction, self._worker, self._types)
        pause = random.randrange(500_000, 1_000_000)  # noqa: S311 - jitter
        queues = self._queues(unit.shell, unit.transaction.connection)
        given = (self._worker, lease, self._limit, pause, self._plan)
        if self._only is None:
            rows = claim(unit.transaction, queues, *given)
        else:
            rows = claim_of(unit.transaction, queues, self._only, *given)
        for row in rows:
            unit.batch.shells.pop(row.id, None)
        rows = paced(unit, rows)
        most = unit.shell.settings.most_lost
        self._lost = [row for row in rows if row.lost >= most]
        kept = [row for row in rows if row.lost < most] if self._lost else rows
        jobs = _as_jobs(unit, kept, self._worker, unit.now + self._lock, self._fetch)
        unit.shell.measures.claimed(time.monotonic() - began)
        return jobs

    def give_up_lost(self, shell: EngineShell) -> None:
        """When the claim is committed: what has outlived too many of its workers becomes an
        incident."""
        lost, self._lost = self._lost, []
        for row in lost:
            message = (
                f"{row.lost} workers vanished while they held this job, the last of them without "
                "an answer; see what its handler does to its process, then retry"
            )
            run = partial(
                fail,
                id=row.id,
                message=message,
                error=LOST,
                retries=0,
                worker=self._worker,
                epoch=row.epoch,
            )
            try:
                shell.do(run, subscription=row.id)
            except EngineError as error:
                shell.log.warning("could not give up a job", job=row.id, error=str(error))


def extended(shell: EngineShell, held: Sequence[tuple[int, int]], lease: int) -> set[int]:
    """Prolong claims, given as id and epoch; the ids of those that still hold."""
    if not shell.store.profile.is_distributed:
        return shell.do(lambda unit: extend(unit.transaction, held, lease), is_late=True)
    epochs = dict(held)
    works = [
        Work(partial(_extend, held=[(id, epochs[id]) for id in ids], lease=lease), partition=where)
        for where, ids in by_partition(epochs).items()
    ]
    shell.committer.do_all(works)
    return set().union(*(work.answer() for work in works))


def _extend(unit: Unit, held: Sequence[tuple[int, int]], lease: int) -> set[int]:
    return extend(unit.transaction, held, lease)


def _as_jobs(
    unit: Unit,
    rows: Sequence[Claimed],
    worker: str,
    deadline: datetime,
    fetch: Sequence[str] | None,
) -> list[Job]:
    if not rows:
        return []
    heads = unit.transaction.heads({row.instance for row in rows})
    known = {row.id: _known(unit, row, heads[row.instance]) for row in rows}
    unknown = {row.sees for row in rows if known[row.id] is None}
    seen = unit.transaction.visible(unknown) if unknown else {}
    jobs = []
    for row in rows:
        loaded = known[row.id]
        if loaded is None:
            variables, details = seen[row.sees], decode(row.details)
        else:
            variables = dict(visible(loaded.instance, row.sees))
            details = loaded.instance.subscriptions[row.id].trigger.details
        if fetch is not None:
            variables = {name: variables[name] for name in fetch if name in variables}
        columns = Shell(
            priority=row.priority,
            retries=row.retries,
            attempts=row.attempts,
            epoch=row.epoch,
            worker=worker,
        )
        head = heads[row.instance]
        place = (row.id, row.type, row.element, row.token)
        jobs.append(_job(unit, head, place, columns, variables, details, deadline))
    return jobs


def _known(unit: Unit, row: Claimed, head: Head) -> Loaded | None:
    """The job's instance, if it is in memory as it is in the database."""
    loaded = unit.batch.loaded.get(head.id) or unit.shell.cache.get(head.id)
    if loaded is None or loaded.head.revision != head.revision:
        return None
    instance = loaded.instance
    is_whole = row.sees in instance.scopes and row.id in instance.subscriptions
    return loaded if is_whole else None


def job_of(unit: Unit, loaded: Loaded, row: Subscription, columns: Shell) -> Job:
    """A job that is claimed as it is made."""
    details = row.trigger.details
    variables = dict(visible(loaded.instance, local_scope(loaded.instance, row)))
    place = (row.id, row.trigger.name or "", row.catcher, row.token or 0)
    deadline = moment(columns.available_at)
    return _job(unit, loaded.head, place, columns, variables, details, deadline)


def _job(
    unit: Unit,
    head: Head,
    place: tuple[int, str, str, int],
    columns: Shell,
    variables: dict[str, Any],
    details: Mapping[str, Any],
    deadline: datetime,
) -> Job:
    id, type, element, token = place
    connection = unit.transaction.connection
    file, operator = unit.shell.policies.said(connection, head.process_id, element, type)
    policy = policy_for(details, unit.shell.declared(type), file, operator)
    correlation_id = head.correlation_id or str(head.root_id)
    return Job(
        id=id,
        key=unit.shell.store.key_of(connection, id),
        type=type,
        variables=variables,
        headers=details.get("headers", {}),
        instance=head.id,
        root=head.root_id,
        business_key=head.business_key,
        correlation_id=correlation_id,
        process_id=head.process_id,
        version=head.version,
        definition=head.definition_id,
        element=element,
        token=token,
        priority=columns.priority,
        attempt=columns.attempts,
        retries=tries_left(policy, columns.retries, columns.last_error, details.get("retries")),
        deadline=deadline,
        timeout=policy.timeout,
        traceparent=traceparent(correlation_id, id),
        worker=columns.worker or "",
        epoch=columns.epoch,
    )
