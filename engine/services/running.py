"""Claimed jobs on their way through a pool of threads."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from engine import traces
from engine.errors import BpmnError, EngineError, Invalid, Stale, Unavailable
from engine.services.attempts import complete, fail, release, throw
from engine.services.duties import job_queue
from engine.services.pace import Pace
from engine.services.work import Work
from engine.values import admit
from engine.views import Job

if TYPE_CHECKING:
    from engine.handlers import Handlers
    from engine.services.shell import Shell
    from engine.services.unit import Unit

CHAIN = 8
"""While older jobs wait, a worker may take so many that follow from a job it claimed directly, or
what a thread does in a short time; then the older ones come first."""
LOST_THREADS = 4
"""So many times the pool may be replaced for handlers that never come back."""
PATIENCE = 600.0
"""Seconds for which an answer is kept while the database cannot be reached."""
SHORT = 10.0
"""Seconds: a timeout below this is watched from the moment on at which the attempt begins."""
LONGEST_MESSAGE = 2_000


class _Held:
    """A claimed job."""

    __slots__ = ("is_given_up", "job", "started")

    def __init__(self, job: Job) -> None:
        self.job = job
        self.started: float | None = None
        self.is_given_up = False


class Running:
    """The pool. `add` jobs, and their handlers are called and their answers committed."""

    def __init__(
        self,
        shell: Shell,
        handlers: Handlers,
        worker: str,
        *,
        threads: int,
        lease: timedelta,
    ) -> None:
        self.lease = lease
        self._shell = shell
        self._handlers = handlers
        self._worker = worker
        self._size = max(threads, 1)
        self._condition = threading.Condition()
        self._waiting: deque[_Held] = deque()
        self._held: dict[tuple[int, int], _Held] = {}
        """By id and epoch."""
        self._reserved = 0
        """Places for jobs that are about to be committed as claimed."""
        self._finished = 0
        """Held jobs whose handlers have come back: their places are as good as free."""
        self._given_up = 0
        self._may_take = False
        """Whether no older job waits, so that new ones may be taken as they are made."""
        self._credit = 0
        """How many that follow from its own may be taken although older ones wait."""
        self._level = 0
        """The lowest priority that was claimed last: what is more urgent may wait below it."""
        self._pace = Pace()
        self._is_stopping = False
        self._short = threading.Event()
        """Set when an attempt has begun that must be watched closely."""
        self._threads: list[threading.Thread] = []
        self._lost_threads = 0

    # For the worker

    def start(self) -> None:
        for _ in range(self._size if self._handlers else 0):
            self._start_thread()

    def _start_thread(self) -> None:
        number = len(self._threads)
        thread = threading.Thread(
            target=self._run, name=f"kapellmeister-handler-{number}", daemon=True
        )
        self._threads.append(thread)
        thread.start()

    def wanted(self, seconds: float) -> list[tuple[list[str], int]]:
        """Types of jobs, and how many more of them are wanted: of all together that know no limit,
        and of each that does. Waits a while for there to be any."""
        with self._condition:
            self._condition.wait_for(lambda: self._wanted() or self._is_stopping, seconds)
            return [] if self._is_stopping else self._wanted()

    def _wanted(self) -> list[tuple[list[str], int]]:
        room = self._room()
        if room <= 0:
            return []
        unlimited = [found.type for found in self._handlers if found.at_once is None]
        wanted = [(unlimited, room)] if unlimited else []
        limited = [found for found in self._handlers if found.at_once is not None]
        left = {found.type: (found.at_once or 0) - self._holds(found.type) for found in limited}
        return wanted + [([type], min(count, room)) for type, count in left.items() if count > 0]

    def _holds(self, type: str) -> int:
        return sum(h.job.type == type and not h.is_given_up for h in self._held.values())

    def _room(self) -> int:
        taken = len(self._held) - self._given_up - self._finished + self._reserved
        return self._pace.room(self._size) - taken

    def add(self, jobs: Iterable[Job]) -> None:
        jobs = list(jobs)
        if not jobs:
            return
        with self._condition:
            for job in jobs:
                held = _Held(job)
                self._held[job.id, job.epoch] = held
                self._waiting.append(held)
            self._condition.notify_all()

    def claimed(self, jobs: Collection[Job], wanted: int) -> None:
        """Jobs were claimed; fewer than were wanted means that no others wait. Of types with a
        limit none is taken as it is made."""
        self._may_take = len(jobs) < wanted
        self._credit = max(CHAIN, self._pace.each) * len(jobs)
        self._level = min((job.priority for job in jobs), default=0)
        self.add(jobs)

    def reserve(self, type: str, priority: int, after: str | None) -> str | None:
        """Keep a place for a job that is just being made: it can be born claimed, by the worker
        whose name is returned. None when there is no room, or older jobs come first. `after` is the
        worker that did the job it follows from."""
        if type not in self._handlers or self._handlers[type].at_once is not None:
            return None
        with self._condition:
            if not self._may_take:
                if after != self._worker or self._credit <= 0 or priority < self._level:
                    return None
                self._credit -= 1
            if self._is_stopping or self._room() <= 0:
                return None
            self._reserved += 1
            return self._worker

    def release(self, places: int, jobs: Iterable[Job] = ()) -> None:
        """Give up reserved places; `jobs` are what was made for them."""
        with self._condition:
            self._reserved -= places
        self.add(jobs)

    def held(self) -> list[tuple[int, int]]:
        """Id and epoch of all claims that are to be kept."""
        with self._condition:
            return [key for key, held in self._held.items() if not held.is_given_up]

    def lost(self, ids: set[int]) -> None:
        """These claims hold no longer: what has not begun is not begun."""
        with self._condition:
            gone = [h for h in self._waiting if h.job.id in ids]
            for held in gone:
                self._waiting.remove(held)
                self._drop(held)

    def _drop(self, held: _Held) -> None:
        if self._held.pop((held.job.id, held.job.epoch), None) and held.is_given_up:
            self._given_up -= 1

    def pause(self, seconds: float) -> None:
        """Wait until an attempt may take too long; at most so long."""
        self._short.wait(min(seconds, self._next_timeout()))
        self._short.clear()

    def wake(self) -> None:
        """End a pause."""
        self._short.set()

    def _next_timeout(self) -> float:
        """Seconds until an attempt may take too long."""
        now = time.monotonic()
        with self._condition:
            ends = [
                h.started + h.job.timeout.total_seconds() - now
                for h in self._held.values()
                if h.started is not None and not h.is_given_up
            ]
        return max(min(ends, default=60.0), 0.01)

    def give_up_late(self) -> None:
        """Count attempts that take longer than their policy allows as failed."""
        now, late = time.monotonic(), []
        with self._condition:
            for held in self._held.values():
                timeout = held.job.timeout.total_seconds()
                if held.started is None or held.is_given_up or now - held.started < timeout:
                    continue
                held.is_given_up = True
                self._given_up += 1
                late.append(held.job)
        for job in late:
            message = f"no answer within {job.timeout}"
            self._commit([Work(self._failure(job, "Timeout", message), subscriptions=(job.id,))])
            if self._lost_threads < LOST_THREADS * self._size:
                self._lost_threads += 1
                self._start_thread()

    def stop(self, until: float) -> bool:
        """Let running handlers end; whether all have."""
        self._may_take = False
        with self._condition:
            self._is_stopping = True
            unbegun = [held.job for held in self._waiting]
            self._waiting.clear()
            for job in unbegun:
                self._held.pop((job.id, job.epoch), None)
            self._condition.notify_all()
        self._commit(
            [
                Work(partial(release, id=job.id, epoch=job.epoch), subscriptions=(job.id,))
                for job in unbegun
            ],
            patience=max(until - time.monotonic(), 0.0),
        )
        with self._condition:
            left = max(until - time.monotonic(), 0.0)
            return self._condition.wait_for(lambda: not self._running(), left)

    def _running(self) -> bool:
        return any(not held.is_given_up for held in self._held.values())

    # In the pool's threads

    def _run(self) -> None:
        while chunk := self._take():
            works = []
            for held in chunk:
                work = self._do(held)
                if work is not None:
                    works.append(work)
            with self._condition:
                self._finished += len(works)
            try:
                self._commit(works)
            finally:
                with self._condition:
                    self._finished -= len(works)
                    for held in chunk:
                        self._drop(held)
                    self._condition.notify_all()
            limited = {h.job.type for h in chunk if self._handlers[h.job.type].at_once is not None}
            if limited:  # whoever claims may wait for others
                self._shell.hub.tell([], {job_queue(type): 1 for type in limited})
            if any(held.is_given_up for held in chunk):
                return  # another thread has taken this one's place

    def _take(self) -> list[_Held]:
        with self._condition:
            self._condition.wait_for(lambda: self._waiting or self._is_stopping)
            if self._is_stopping:
                return []
            share = max(len(self._waiting) // self._size, 1)
            types = (held.job.type for held in self._waiting)
            count = self._pace.together(types, share)
            return [self._waiting.popleft() for _ in range(count)]

    def _do(self, held: _Held) -> Work[None] | None:
        """Call the handler; what to commit."""
        job = held.job
        held.started = started = time.monotonic()
        if job.timeout.total_seconds() < SHORT:
            self._short.set()
        try:
            with traces.attempt(job):
                returned = self._handlers[job.type].function(job)
            variables = admit(returned, f"what the handler of '{job.type}' returned")
            run: Callable[[Unit], None] = partial(
                complete, id=job.id, variables=variables, worker=job.worker, epoch=job.epoch
            )
        except BpmnError as error:
            run = self._business_error(job, error)
        except Exception as error:
            said = self._shell.masks.cleaned(repr(error), job.variables)
            self._shell.log.info(
                "job failed", type=job.type, job=job.id, attempt=job.attempt, error=said
            )
            run = self._failure(job, type(error).__name__, str(error) or repr(error))
        self._pace.took(job.type, time.monotonic() - started)
        return None if held.is_given_up else Work(run, subscriptions=(job.id,))

    def _business_error(self, job: Job, error: BpmnError) -> Callable[[Unit], None]:
        try:
            variables = admit(error.variables, f"the variables of error '{error.code}'")
        except Invalid as invalid:
            return self._failure(job, "Invalid", str(invalid))
        return partial(
            throw,
            id=job.id,
            code=error.code,
            message=error.message,
            variables=variables,
            worker=job.worker,
            epoch=job.epoch,
        )

    def _failure(self, job: Job, error: str, message: str) -> Callable[[Unit], None]:
        return partial(
            fail,
            id=job.id,
            message=message.replace("\0", "")[:LONGEST_MESSAGE],
            error=error,
            worker=job.worker,
            epoch=job.epoch,
        )

    def _commit(self, works: list[Work[Any]], patience: float = PATIENCE) -> None:
        """Commit answers; while the database is away they are kept and tried again."""
        until, pause = time.monotonic() + patience, 0.05
        while works:
            self._shell.committer.do_all(works)
            again = []
            for work in works:
                error = work.error
                if isinstance(error, Unavailable) and time.monotonic() < until:
                    again.append(work)
                elif isinstance(error, Stale):
                    self._shell.log.info("answer came too late", fenced=True, reason=str(error))
                elif error is not None:
                    self._refused(work, error)
            for work in again:
                work.is_done = False
            works = again
            if works:
                time.sleep(pause)
                pause = min(2 * pause, 2.0)

    def _refused(self, work: Work[Any], error: BaseException) -> None:
        """An answer that could not be committed for a reason nobody foresaw: a failed attempt."""
        self._shell.log.error(
            "answer could not be used",
            error=f"{type(error).__name__}: {error}",
            exc_info=None if isinstance(error, EngineError) else error,
        )
        run = work.run
        if not isinstance(run, partial) or run.func is not complete:
            return
        given = run.keywords
        instead = partial(
            fail,
            id=given["id"],
            message=f"its answer could not be used: {error}"[:LONGEST_MESSAGE],
            error=type(error).__name__,
            worker=given["worker"],
            epoch=given["epoch"],
        )
        self._shell.committer.do_all([Work(instead, subscriptions=work.subscriptions)])
