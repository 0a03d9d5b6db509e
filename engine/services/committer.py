"""Group commit: whoever comes while a transaction is under way shares the next one.

There is no thread: the first caller leads. It takes all that waits, runs it in one transaction,
tells each caller, and hands over to the next who waits. One command's error is its own; an error
of the database's makes each command of the batch be tried alone.
"""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa

from engine.errors import EngineError, Unavailable
from engine.services.batch import Batch
from engine.services.unit import Unit
from engine.services.work import Work
from engine.storage.ids import instance_of
from engine.storage.store import Undecided, is_conflict, unavailable

if TYPE_CHECKING:
    from engine.services.shell import Shell

T = TypeVar("T")

LARGEST_BATCH = 256
"""Commands in one transaction at most."""
RECONNECT = 0.8
"""Seconds for which a lost database is looked for before its callers hear of it."""
TRIES = 8
"""How often a transaction that met a conflict is tried before its callers hear of it."""


class _DirectError(Exception):
    """A command that wrote by itself failed with `error`: the transaction must go."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class _Ticket:
    """Works of one caller, and how to wake it."""

    __slots__ = ("is_leader", "wake", "works")

    def __init__(self, works: Sequence[Work[Any]]) -> None:
        self.works = works
        self.wake = threading.Lock()
        self.is_leader = False

    @property
    def is_done(self) -> bool:
        return all(work.is_done for work in self.works)


class Committer:
    """The one way to write."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._lock = threading.Lock()
        self._queue: deque[_Ticket] = deque()
        self._is_busy = False
        self._lost_at = -RECONNECT
        """When the database was seen last not to be there."""
        self.transactions = 0
        """Committed so far."""

    def do(self, work: Work[T]) -> T:
        """Run one command; returns when it is committed."""
        self.do_all([work])
        return work.answer()

    def do_all(self, works: Sequence[Work[Any]]) -> None:
        """Run several commands; returns when all are committed or have failed."""
        if not works:
            return
        ticket = _Ticket(works)
        with self._lock:
            self._queue.append(ticket)
            if self._is_busy:
                ticket.wake.acquire()
            else:
                self._is_busy = ticket.is_leader = True
        if not ticket.is_leader:
            ticket.wake.acquire()
        if ticket.is_leader:
            self._lead(ticket)

    def _lead(self, own: _Ticket) -> None:
        try:
            while not own.is_done:
                batch, tickets = self._take()
                try:
                    self._process(batch)
                except BaseException as error:  # nobody may take for done what was not tried
                    _fail([work for work in batch if not work.is_done], error)
                    if not isinstance(error, Exception):
                        raise
                finally:
                    for ticket in tickets:
                        if ticket is not own:
                            ticket.wake.release()
        finally:
            self._hand_over(own)

    def _take(self) -> tuple[list[Work[Any]], list[_Ticket]]:
        works: list[Work[Any]] = []
        tickets: list[_Ticket] = []
        with self._lock:
            while self._queue:
                if works and len(works) + len(self._queue[0].works) > LARGEST_BATCH:
                    break
                ticket = self._queue.popleft()
                tickets.append(ticket)
                works.extend(ticket.works)
        return works, tickets

    def _hand_over(self, own: _Ticket) -> None:
        with self._lock:
            if own in self._queue:
                self._queue.remove(own)
            if not self._queue:
                self._is_busy = False
                return
            following = self._queue[0]
        following.is_leader = True
        following.wake.release()

    # One batch

    def _process(self, works: list[Work[Any]]) -> None:
        """Run works to their end: each is done when this returns."""
        if not self._shell.store.profile.is_distributed:
            self._run_together(works)
            return
        for group in _by_partition(works):
            self._run_together(group)

    def _run_together(self, works: list[Work[Any]]) -> None:
        try:
            self._transact(works)
            return
        except _DirectError as error:
            failure: BaseException = error
        except Undecided as error:
            _fail(works, error)
            return
        except EngineError as error:
            failure = error
        except sa.exc.DBAPIError as error:
            if self._shell.store.profile.is_lost(error):
                self._reconnect(works, error)
                return
            failure = error
        except BaseException as error:
            _fail(works, error)
            if not isinstance(error, Exception):
                raise
            return
        if len(works) == 1:
            self._again(works[0], failure)
            return
        for work in works:
            try:
                self._transact([work])
            except (sa.exc.DBAPIError, EngineError, _DirectError) as error:
                self._again(work, error)

    def _reconnect(self, works: list[Work[Any]], failure: sa.exc.DBAPIError) -> None:
        """The database went away before it was asked to commit: try the same for a moment, if it
        was there a moment ago; then say that it is not."""
        until = time.monotonic() + RECONNECT
        if time.monotonic() - self._lost_at < RECONNECT:
            until = 0.0
        while time.monotonic() < until:
            time.sleep(random.uniform(0.01, 0.1))  # noqa: S311 - jitter
            try:
                self._transact(works)
                return
            except sa.exc.DBAPIError as error:
                if not self._shell.store.profile.is_lost(error):
                    break
                failure = error
            except (EngineError, _DirectError):
                break
        else:
            self._lost_at = time.monotonic()
            _fail(works, unavailable(failure))
            return
        self._run_together(works)

    def _again(self, work: Work[Any], failure: BaseException) -> None:
        """Try one work until it meets no conflict, or no patience is left."""
        for attempt in range(1, TRIES + 1):
            if not is_conflict(self._shell.store, failure) and not isinstance(
                failure,
                sa.exc.IntegrityError,  # somebody else wrote the same key just now
            ):
                break
            self._shell.measures.conflicted()
            time.sleep(random.uniform(0, min(0.005 * 2**attempt, 0.5)))  # noqa: S311 - jitter
            try:
                self._transact([work])
                return
            except (sa.exc.DBAPIError, EngineError, _DirectError) as error:
                failure = error
        if isinstance(failure, _DirectError):
            failure = failure.error
        if isinstance(failure, sa.exc.DBAPIError):
            busy = is_conflict(self._shell.store, failure)
            lost = busy or failure.connection_invalidated
            failure = unavailable(failure) if lost or _is_operational(failure) else failure
        work.fail(failure)

    def _transact(self, works: Sequence[Work[Any]]) -> None:
        shell = self._shell
        works = sorted(works, key=lambda work: work.is_late)
        began = time.monotonic()
        batch: Batch | None = None
        try:
            with shell.store.transaction() as transaction:
                batch = Batch(shell, transaction, works[0].partition)
                self._prepare(batch, works)
                results = [self._run(batch, work) for work in works]
                batch.finish()
        except BaseException:
            if batch is not None:
                batch.failed()
            raise
        batch.committed()
        self.transactions += 1
        for work, (result, error) in zip(works, results, strict=True):
            if error is None:
                work.succeed(result)
            else:
                work.fail(error)
        shell.committed(batch)
        shell.measures.committed(batch.facts, len(works), time.monotonic() - began)

    def _prepare(self, batch: Batch, works: Sequence[Work[Any]]) -> None:
        subscriptions = [id for work in works for id in work.subscriptions]
        instances = {id for work in works for id in work.instances}
        instances.update(map(instance_of, subscriptions))
        if instances:
            batch.load(instances, subscriptions)

    def _run(self, batch: Batch, work: Work[Any]) -> tuple[Any, BaseException | None]:
        unit = Unit(batch)
        try:
            result = work.run(unit)
        except (sa.exc.DBAPIError, Unavailable):
            batch.taken += unit.taken
            raise
        except Exception as error:
            for taker, _ in unit.taken:
                taker.release(1)
            if unit.is_direct:
                raise _DirectError(error) from error
            if unit.touched:
                batch.evict(unit.touched)
            return None, error
        batch.writes.merge(unit.writes)
        batch.taken += unit.taken
        if unit.wakes:
            batch.wakes.update(unit.wakes)
        batch.facts += unit.facts
        for id in unit.touched:
            batch.moved[id] = batch.loaded[id].head
        for id in unit.writes.shells:
            batch.shells.pop(id, None)
        return result, None


def _by_partition(works: Sequence[Work[Any]]) -> list[list[Work[Any]]]:
    """What may share a transaction where it touches one partition: by its own, in the order in
    which it came; alone what does not say."""
    groups: dict[int, list[Work[Any]]] = {}
    for place, work in enumerate(works):
        groups.setdefault(-1 - place if work.partition is None else work.partition, []).append(work)
    return list(groups.values())


def _fail(works: Sequence[Work[Any]], error: BaseException) -> None:
    for work in works:
        work.fail(error)


def _is_operational(error: sa.exc.DBAPIError) -> bool:
    return isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError)
