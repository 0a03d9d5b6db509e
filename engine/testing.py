"""A stage for users' tests: the real engine in memory, with a clock that stands until it is told.

    stage = Stage(Path("order.bpmn"), handlers=Handlers.of(my_handlers))
    order = stage.start("order", amount=100)
    assert order.at == ["Approve"]
    order.complete("Approve", approved=True)
    stage.advance(days=365)            # every timer on the way fires at its own moment
    assert order.state == "completed"

Jobs are done in this thread by the handlers of their types, in the order in which they came about;
a job without a handler waits for `order.work("charge-card", receipt="R-1")`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from engine.errors import BpmnError, NotFound
from engine.facade import Engine
from engine.handlers import Handlers
from engine.views import (
    Actor,
    InstanceQuery,
    JobQuery,
    JobView,
    Paging,
    SubscriptionQuery,
    TaskQuery,
    TokenView,
    WaitView,
)

TESTER = Actor("test", "system")
ALL = Paging(limit=1_000)


class Stage:
    """An engine of its own, in memory, with these files deployed."""

    def __init__(
        self,
        *files: Path | str,
        handlers: Handlers | None = None,
        now: datetime = datetime(2030, 1, 1, 12, tzinfo=UTC),
        contents: Mapping[str, bytes] | None = None,
    ) -> None:
        """`contents` are further files, by name. Raises Refused with every reason."""
        self.now = now
        self.engine = Engine("sqlite://", handlers=handlers, clock=lambda: self.now)
        deployed = {Path(file).name: Path(file).read_bytes() for file in files}
        deployed.update(contents or {})
        if deployed:
            self.engine.deploy(deployed, by=TESTER)

    def start(
        self, process_id: str, variables: Mapping[str, Any] | None = None, /, **more: Any
    ) -> Play:
        """Start an instance, and let happen what needs neither people nor time."""
        started = self.engine.start(process_id, {**(variables or {}), **more}, by=TESTER)
        self.settle()
        return Play(self, started.id)

    def publish(self, name: str, key: str | None = None, /, **variables: Any) -> None:
        """Publish a message; it is kept for an hour if nobody waits for it."""
        self.engine.publish(name, key, variables, ttl=timedelta(hours=1), by=TESTER)
        self.settle()

    def broadcast(self, name: str, /, **variables: Any) -> None:
        """Broadcast a signal to all who listen now."""
        self.engine.broadcast(name, variables, by=TESTER)
        self.settle()

    def instances(self, process_id: str) -> list[Play]:
        """All instances of a process, oldest first."""
        query = InstanceQuery(process_ids=(process_id,), order="id")
        return [Play(self, head.id) for head in self.engine.instances(query, ALL).items]

    def advance(self, **amount: float) -> None:
        """Let time pass (`days=1`, `minutes=5`, ...): whatever is due on the way happens at its own
        moment."""
        until = self.now + timedelta(**amount)
        self.settle()
        while (due := self._next_due(until)) is not None:
            self.now = max(self.now, due)
            before = self._next_due(until)
            self.settle()
            if self._next_due(until) == before:
                break  # what is due is suspended, or waits for somebody
        self.now = max(self.now, until)
        self.settle()

    def settle(self) -> None:
        """Let happen all that is due now, and have the handlers do the jobs that wait."""
        while self.engine.run_due() or self._work():
            pass

    def _next_due(self, until: datetime) -> datetime | None:
        timers = self.engine.subscriptions(SubscriptionQuery(kinds=("timer",)), ALL).items
        waits = self.engine.jobs(JobQuery(state="backoff"), ALL).items
        moments = [*(timer.due for timer in timers), *(job.due for job in waits)]
        return min((m for m in moments if m is not None and m <= until), default=None)

    def _work(self) -> int:
        types = self.engine.handlers.types
        jobs = self.engine.activate_jobs(types, worker="stage") if types else []
        for job in sorted(jobs, key=lambda job: job.id):
            claim: dict[str, Any] = {"worker": "stage", "epoch": job.epoch}
            try:
                done = self.engine.handlers[job.type].function(job)
            except BpmnError as error:
                self.engine.throw_job_error(
                    job.id, error.code, error.message, error.variables, **claim
                )
            except Exception as error:
                said = f"{type(error).__name__}: {error}"
                self.engine.fail_job(job.id, said, **claim)
            else:
                self.engine.complete_job(job.id, done, **claim)
        return len(jobs)


class Play:
    """One instance on a stage."""

    def __init__(self, stage: Stage, id: int) -> None:
        self.stage = stage
        self.id = id

    @property
    def state(self) -> str:
        """active, completed, failed or cancelled."""
        return self.stage.engine.instance(self.id).head.state

    @property
    def reason(self) -> str | None:
        """Why it failed or was cancelled."""
        return self.stage.engine.instance(self.id).head.reason

    @property
    def variables(self) -> dict[str, Any]:
        """The process's variables, now or as they were at its end."""
        scopes = self.stage.engine.variables(self.id)
        return dict(scopes[0].variables) if scopes else {}

    @property
    def at(self) -> list[str]:
        """Ids of the nodes where tokens are, in alphabetical order, one for each token."""
        return sorted(token.element for token in self._tokens)

    @property
    def incidents(self) -> list[str]:
        """What could not be done, in words."""
        return [incident.message for incident in self.stage.engine.instance(self.id).incidents]

    @property
    def path(self) -> list[str]:
        """Ids of the nodes that were entered, in order."""
        history = self.stage.engine.history(self.id, limit=10_000)
        return [e.element for e in history.items if e.kind == "entered" and e.element]

    @property
    def _tokens(self) -> list[TokenView]:
        return self.stage.engine.instance(self.id).tokens

    def complete(
        self, element: str, variables: Mapping[str, Any] | None = None, /, **more: Any
    ) -> None:
        """Complete the oldest open user task at an element. Raises NotFound without one."""
        query = TaskQuery(instance=self.id, element=element)
        tasks = self.stage.engine.tasks(query, ALL).items
        if not tasks:
            raise NotFound(f"no user task waits at '{element}'; the tokens are at {self.at}")
        first = min(tasks, key=lambda task: task.id)
        self.stage.engine.complete_task(first.id, {**(variables or {}), **more}, by=TESTER)
        self.stage.settle()

    def work(self, type: str, variables: Mapping[str, Any] | None = None, /, **more: Any) -> None:
        """Do the oldest job of a type by hand."""
        job = self._job(type)
        self.stage.engine.complete_job(job.id, {**(variables or {}), **more})
        self.stage.settle()

    def throw(self, type: str, code: str, message: str = "") -> None:
        """Let the oldest job of a type end in a business error."""
        self.stage.engine.throw_job_error(self._job(type).id, code, message)
        self.stage.settle()

    def fail(self, type: str, message: str = "failed by the test", retries: int = 0) -> None:
        """Let the oldest job of a type fail technically; without retries left, an incident."""
        self.stage.engine.fail_job(self._job(type).id, message, retries=retries)
        self.stage.settle()

    def retry(self, reason: str = "by the test") -> None:
        """Try again all that stands as an incident."""
        self.stage.engine.retry_all(self.id, reason=reason, by=TESTER)
        self.stage.settle()

    def waits_for(self, element: str) -> list[WaitView]:
        """What the tokens at an element wait for."""
        return [wait for t in self._tokens if t.element == element for wait in t.waits]

    def _job(self, type: str) -> JobView:
        jobs = self.stage.engine.jobs(JobQuery(types=(type,), instance=self.id), ALL).items
        if not jobs:
            raise NotFound(f"no job '{type}' waits; the tokens are at {self.at}")
        return min(jobs, key=lambda job: job.id)
