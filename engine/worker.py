"""The worker: does what is due, and runs the handlers of jobs. Any number may share a database.

A job is claimed, and the claim committed; then its handler is called, outside of any transaction;
then its answer is committed. Who answers after losing the claim is told so, and changes nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import sqlalchemy as sa

from engine.errors import EngineError, Unavailable
from engine.handlers import Handlers
from engine.services import due
from engine.services.claiming import Claim, extended
from engine.services.duties import DUE, OUTBOX, job_queue
from engine.services.hub import ALL
from engine.services.running import Running
from engine.storage import nodes

if TYPE_CHECKING:
    from engine.facade import Engine

BEAT = 5.0
"""Seconds between two signs of life."""
SWEEP = 60.0
"""Seconds between two times of tidying up."""
RETAINED = 10_000
"""Finished instances that leave each time at most."""
LOOK = 0.5
"""Seconds between two looks for events to tell."""
WATCH = 2.0
"""Seconds between two looks for alert rules that are due."""
PAUSE = 0.5
"""Seconds to wait after something failed that should not have."""
DUE_CHUNK = 1_000


class Worker:
    """Threads that keep an engine's instances going.

        with Worker(engine, threads=8):
            ...

    `threads` run handlers; besides these there is one for timers and thrown messages, one that
    claims, and one that keeps claims alive. No error of a handler or an instance ends any of them.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        threads: int = 4,
        handlers: Handlers | None = None,
        name: str | None = None,
        lease: timedelta | None = None,
    ) -> None:
        self._engine = engine
        self._shell = engine._shell
        self._handlers = handlers if handlers is not None else engine.handlers
        if handlers is not None:
            self._shell.handlers = handlers
        self.name = name or engine.node
        self._lease = lease or self._shell.settings.lease
        self._running = Running(
            self._shell, self._handlers, self.name, threads=threads, lease=self._lease
        )
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    # Life

    def start(self) -> Worker:
        """Begin; returns at once."""
        if self._threads:
            raise RuntimeError("this worker runs already; make another one")
        tasks: dict[str, Callable[[], object]] = {
            "due": self._do_due,
            "beat": self._keep_alive,
            "tidy": self._tidy,
            "webhooks": self._tell_webhooks,
            "alerts": self._watch_alerts,
        }
        if self._handlers:
            tasks["claim"] = self._claim
        for name, task in tasks.items():
            thread = threading.Thread(
                target=self._for_ever, args=(name, task), name=f"kapellmeister-{name}", daemon=True
            )
            self._threads.append(thread)
            thread.start()
        self._running.start()
        if self._handlers:
            self._shell.takers.append(self._running)
        return self

    def stop(self, timeout: timedelta = timedelta(seconds=10)) -> bool:
        """Take no more work, let what runs come to its end, and give back what was not begun.

        False when handlers were still at work at the end of `timeout`: their jobs are given out
        again when their leases end.
        """
        until = time.monotonic() + timeout.total_seconds()
        self._stopping.set()
        if self._running in self._shell.takers:
            self._shell.takers.remove(self._running)
        self._shell.hub.tell([], {"stop": ALL})
        self._running.wake()
        for thread in self._threads:
            thread.join(max(until - time.monotonic(), 0.1))
        is_done = self._running.stop(until)
        try:
            with self._shell.store.transaction() as transaction:
                nodes.leave(transaction, self.name)
        except Exception as error:
            self._shell.log.warning("could not sign off", worker=self.name, error=str(error))
        self._threads.clear()
        return is_done

    def __enter__(self) -> Worker:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _for_ever(self, name: str, task: Callable[[], object]) -> None:
        """Whatever happens, go on. That the database is away is told once, and that it is back."""
        is_away = False
        while not self._stopping.is_set():
            try:
                task()
                if is_away:
                    is_away = False
                    self._shell.log.info("database is back", worker=self.name, part=name)
            except (Unavailable, sa.exc.OperationalError, sa.exc.InterfaceError) as error:
                if not is_away:
                    is_away = True
                    self._shell.log.warning(
                        "database away", worker=self.name, part=name, error=str(error)
                    )
                self._stopping.wait(PAUSE)
            except Exception as error:
                self._shell.log.error(
                    "worker goes on after an error",
                    worker=self.name,
                    part=name,
                    error=f"{type(error).__name__}: {error}",
                    exc_info=not isinstance(error, EngineError),
                )
                self._stopping.wait(PAUSE)

    # Parts

    def _do_due(self) -> None:
        position = self._shell.hub.count
        if due.run_due(self._shell, DUE_CHUNK) < DUE_CHUNK:
            self._wait((DUE, OUTBOX), position)

    def _wait(self, queues: tuple[str, ...], position: int) -> None:
        until = time.monotonic() + 5 * self._shell.settings.poll.total_seconds()
        self._shell.wait_for_work((*queues, "stop"), position, until)

    def _claim(self) -> None:
        shell, running = self._shell, self._running
        position = shell.hub.count
        wanted = running.wanted(self._shell.settings.poll.total_seconds())
        if self._stopping.is_set():
            return
        found = False
        for types, count in wanted:
            claim = Claim(types, self.name, count, self._lease)
            jobs = claim.take(shell)
            is_limited = self._handlers[types[0]].at_once is not None
            if is_limited:
                running.add(jobs)
            else:
                running.claimed(jobs, count)
            found = found or bool(jobs)
        if wanted and not found:
            self._wait(tuple(map(job_queue, self._handlers.types)), position)

    def _tidy(self) -> None:
        """Forget what may be forgotten; let finished instances leave."""
        if not self._stopping.wait(SWEEP):
            due.sweep(self._shell)
            self._engine.retain(limit=RETAINED)

    def _keep_alive(self) -> None:
        """Prolong claims, give up attempts that take too long, show that this node is alive."""
        beat = 0.0
        interval = min(self._lease.total_seconds() / 3, BEAT)
        host = self._engine.node.rpartition("-")[0].rpartition("-")[0]
        while not self._stopping.is_set():
            now = time.monotonic()
            self._running.give_up_late()
            held = self._running.held()
            if held:
                kept = self._extend(held)
                self._running.lost({id for id, _ in held} - kept)
            if now - beat >= BEAT:
                beat = now
                with self._shell.store.transaction() as transaction:
                    nodes.beat(transaction, self.name, host, installed_version())
            self._running.pause(interval)

    def _tell_webhooks(self) -> None:
        self._engine.deliveries.begin(self._stopping.is_set)
        self._stopping.wait(LOOK)

    def _watch_alerts(self) -> None:
        """Apart from timers: a slow look delays none of them."""
        self._engine.watch_alerts()
        self._stopping.wait(WATCH)

    def _extend(self, held: list[tuple[int, int]]) -> set[int]:
        lease = self._lease // timedelta(microseconds=1)
        return extended(self._shell, held, lease)


def installed_version() -> str:
    """Of this package."""
    try:
        return version("kapellmeister")
    except PackageNotFoundError:
        return "source"
