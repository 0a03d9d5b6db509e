"""Jobs: given out under a lease, answered under the epoch of the claim."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from engine.errors import Invalid
from engine.services import idempotency
from engine.services.attempts import complete, fail, held, throw
from engine.services.audit import audit_hand
from engine.services.claiming import Claim, extended
from engine.services.duties import job_queue
from engine.services.instances import intervention, needed
from engine.storage.rows import moment
from engine.values import admit
from engine.views import SYSTEM, Actor, Job, JobFilter

if TYPE_CHECKING:
    from engine.services.shell import Shell
    from engine.services.unit import Unit

MOST_JOBS = 1_000
"""Given out at once."""
LONGEST_LOCK = timedelta(days=1)


class JobMethods:
    """The part of `Engine` that workers use."""

    _shell: Shell

    def activate_jobs(
        self,
        types: Iterable[str],
        *,
        worker: str,
        limit: int = 32,
        lock: timedelta | None = None,
        fetch: Iterable[str] | None = None,
        wait: timedelta = timedelta(0),
        only: JobFilter | None = None,
        idempotency_key: str | None = None,
    ) -> list[Job]:
        """Claim up to `limit` jobs of these types for `lock` (by default the engine's lease).

        `fetch` names the variables to bring; all, by default. With `wait`, stays until there is
        one, or for that time. `only` narrows the jobs down by their instances. The same key
        gives the same jobs, once there were any.
        """
        wanted = list(dict.fromkeys(types))
        lock = self._shell.settings.lease if lock is None else lock
        if not wanted or not worker or not 0 < limit <= MOST_JOBS:
            raise Invalid(
                f"activate jobs: found types {wanted!r}, worker {worker!r}, limit {limit}; "
                f"at least one type, a worker's name and a limit of 1 to {MOST_JOBS} would do"
            )
        if not timedelta(0) < lock <= LONGEST_LOCK:
            raise Invalid(f"activate jobs: a lock of {lock} is not within {LONGEST_LOCK}")
        names = None if fetch is None else list(fetch)
        until = time.monotonic() + wait.total_seconds()
        queues = [job_queue(type) for type in wanted]
        shell = self._shell
        run = Claim(wanted, worker, limit, lock, names, only)
        while True:
            position = shell.hub.count
            jobs = run.take(shell, idempotency_key)
            if jobs or not shell.wait_for_work(queues, position, until):
                return jobs

    def complete_job(
        self,
        id: int,
        variables: Mapping[str, Any] | None = None,
        *,
        worker: str | None = None,
        epoch: int | None = None,
        idempotency_key: str | None = None,
    ) -> None:
        """A job is done, with these results. Raises NotFound, and Stale when it was done, taken
        away, or given to another."""
        run = partial(complete, id=id, variables=admit(variables), worker=worker, epoch=epoch)
        self._answer(id, "complete", run, idempotency_key)

    def throw_job_error(
        self,
        id: int,
        code: str,
        message: str = "",
        variables: Mapping[str, Any] | None = None,
        *,
        worker: str | None = None,
        epoch: int | None = None,
        idempotency_key: str | None = None,
    ) -> None:
        """A job ended in a business error, for an error event to catch (BPMN 2.0.2 §10.5.6)."""
        given = admit(variables)
        run = partial(
            throw, id=id, code=code, message=message, variables=given, worker=worker, epoch=epoch
        )
        self._answer(id, "throw_error", run, idempotency_key)

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
        idempotency_key: str | None = None,
    ) -> None:
        """An attempt failed. It is tried again after a pause; or, with no retries left, becomes an
        incident. `retries` (left) and `backoff` override the job's policy."""
        run = partial(
            fail,
            id=id,
            message=message,
            error="JobFailed",
            retries=retries,
            backoff=backoff,
            variables=admit(variables),
            worker=worker,
            epoch=epoch,
        )
        self._answer(id, "fail", run, idempotency_key)

    def extend_job(
        self,
        id: int,
        lock: timedelta,
        *,
        worker: str | None = None,
        epoch: int | None = None,
        idempotency_key: str | None = None,
    ) -> datetime:
        """Keep a claimed job for longer, from now; the new deadline."""

        def run(unit: Unit) -> datetime:
            _, _, columns = held(unit, id, worker, epoch)
            until = unit.now_micros + lock // timedelta(microseconds=1)
            unit.set_shell(id, replace(columns, available_at=until))
            return moment(until)

        once = idempotency.once(idempotency_key, f"extend job {id}", datetime, run)
        return self._shell.do(once, subscription=id)

    def update_job(
        self,
        id: int,
        *,
        retries: int,
        reason: str,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> None:
        """Give a job another number of retries; one that has used them up is tried again."""
        if retries < 0:
            raise Invalid(f"job {id}: found retries {retries}; 0 or more would do")

        def run(unit: Unit) -> None:
            loaded, row = unit.waiting(id, "job")
            hand = intervention("update_job", by, needed(reason), retries=retries)
            before = unit.shell_of(id)
            columns = replace(before, retries=retries)
            if retries and id in loaded.incidents:
                loaded.incidents.discard(id)
                unit.writes.incidents.drop(id)
                columns = replace(columns, available_at=unit.now_micros)
            if retries and loaded.head.suspended_at is None:
                columns = replace(columns, queue=job_queue(row.trigger.name or ""))
                unit.wakes[columns.queue or ""] += 1
            unit.set_shell(id, columns)
            unit.note(loaded, replace(hand, element=row.catcher, token=row.token, subscription=id))
            told = {"before": before.retries, "after": retries}
            audit_hand(unit, hand, by, loaded, kind="job", target=id, **told)

        self._answer(id, "update", run, idempotency_key)

    def _answer(self, id: int, verb: str, run: Any, key: str | None) -> None:
        once = idempotency.once(key, f"{verb} job {id}", None, run)
        self._shell.do(once, subscription=id)

    def extend_leases(self, held: Sequence[tuple[int, int]], lock: timedelta) -> set[int]:
        """Prolong many claims, given as id and epoch; the ids of those that still hold."""
        lease = lock // timedelta(microseconds=1)
        return extended(self._shell, held, lease)
