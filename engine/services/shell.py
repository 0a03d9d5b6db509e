"""What the services share: the store, what is in memory, and how to write."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from engine.errors import EngineError
from engine.expressions.python import allow as allow_python
from engine.handlers import Handlers
from engine.policies import Declared
from engine.querying import STALLED_AFTER
from engine.services.batch import Batch, is_waiting
from engine.services.board import Board
from engine.services.cache import Cache
from engine.services.carrying import carry
from engine.services.committer import LARGEST_BATCH, Committer
from engine.services.decisions import DecisionBook
from engine.services.duties import OUTBOX, Duties
from engine.services.hub import Hub
from engine.services.idempotency import Once, place
from engine.services.lookout import Lookout
from engine.services.masks import Masks
from engine.services.measures import Measures
from engine.services.policy_book import PolicyBook
from engine.services.process_lists import Tallies
from engine.services.programs import Programs
from engine.services.thrown import deliver_thrown
from engine.services.unit import Unit
from engine.services.work import Work
from engine.storage.ids import hashed, partition_of
from engine.storage.rows import moment
from engine.storage.store import Store
from engine.views.access import MASKED_NAMES

if TYPE_CHECKING:
    from engine.services.running import Running

T = TypeVar("T")


MOST_ROUNDS = 20
"""How often whoever caused messages to be thrown tells them, and what they cause, itself."""


STAY = 64
"""Where commits go by partition, so many new instances go to one before it is the next one's turn:
commands that are of one partition share a commit."""


class Settings:
    """What an operator may set."""

    def __init__(
        self,
        *,
        cache_rows: int = 80_000,
        lease: timedelta = timedelta(seconds=15),
        stalled_after: timedelta = STALLED_AFTER,
        served_within: timedelta = timedelta(minutes=1),
        most_lost: int = 5,
        poll: timedelta = timedelta(milliseconds=100),
        keep: timedelta | None = None,
        keep_audit: timedelta | None = None,
        archive_to: Path | None = None,
        event_source: str = "urn:kapellmeister",
        webhook_hosts: Sequence[str] = (),
        webhook_private: bool = False,
        webhook_timeout: timedelta = timedelta(seconds=10),
        keep_remainder: bool = True,
        policy_file: Path | None = None,
        python_scripts: bool = False,
        masked: Sequence[str] = MASKED_NAMES,
    ) -> None:
        self.cache_rows = cache_rows
        """How many rows of instances are kept in memory, some 1.3 kB each."""
        self.policy_file = policy_file
        """A TOML file of policies; see `engine.services.policy_book`."""
        self.python_scripts = python_scripts
        """Whether Python scripts of models run; `engine.expressions.python` says how they are
        kept. Once allowed, they are for the whole process."""
        self.masked = tuple(masked)
        """Patterns of names of variables whose values are secret, besides models' and admins'."""
        self.keep_remainder = keep_remainder
        """Whether the timers of a suspended instance stand still, rather than its clock go on."""
        self.poll = poll
        """How often whoever waits looks for what other nodes have done."""
        self.lease = lease
        """For how long a claimed job is its claimer's, unless it asks for another time."""
        self.most_lost = most_lost
        """A job is an incident when so many workers have vanished with it, one after another."""
        self.stalled_after = stalled_after
        """Without progress for this long, an instance that waits for nobody counts as stalled."""
        self.keep = keep
        """How long finished instances stay whose definition does not say; None: for good."""
        self.keep_audit = keep_audit
        """How long acts of operators stay in the audit; None: for good."""
        self.archive_to = archive_to
        """A folder for what leaves; None: it is not kept."""
        self.served_within = served_within
        """A job type is served if a worker has asked for it since."""
        self.event_source = event_source
        """What webhooks are told as the source of events: a URI."""
        self.webhook_hosts = tuple(webhook_hosts)
        """Hosts that webhooks may call, `*.example.com` for all below; none named: any."""
        self.webhook_private = webhook_private
        """Whether webhooks may call by http, and private addresses."""
        self.webhook_timeout = webhook_timeout


class Shell:
    """One engine's inside."""

    def __init__(self, store: Store, settings: Settings) -> None:
        if settings.python_scripts:
            allow_python()
        self.store = store
        self.log = structlog.get_logger("kapellmeister.engine")
        self.settings = settings
        self.programs = Programs(store.statements.latest)
        self.cache = Cache(settings.cache_rows)
        self.duties = Duties()
        self.hub = Hub()
        self.lookout = Lookout(self)
        self.tallies = Tallies()
        self.measures = Measures()
        self.board = Board()
        self.masks = Masks(settings.masked)
        self.policies = PolicyBook(settings.policy_file, self.board)
        self.committer = Committer(self)
        self.handlers = Handlers()
        self.decisions = DecisionBook()
        self.takers: list[Running] = []
        """Workers of this process, that may take a job as it is made."""
        self._delivering = threading.local()
        self._has_thrown = False
        self._looked = random.randrange(store.partitions)  # noqa: S311 - spreads nodes, no more
        self._given = 0
        """Instances that went to a partition in turn."""
        self._turn = random.randrange(store.partitions)  # noqa: S311 - spreads nodes, no more

    def do(
        self,
        run: Callable[[Unit], T],
        *,
        instance: int | None = None,
        subscription: int | None = None,
        partition: int | None = None,
        is_late: bool = False,
    ) -> T:
        """Run a command; returns when it is committed. `partition`: where it works, if known."""
        is_distributed = self.store.profile.is_distributed
        if is_distributed and partition is None and (instance or subscription):
            partition = partition_of(instance or subscription or 0)
        if is_distributed and isinstance(run, Once):
            partition = place(self, run, partition)
        instances = () if instance is None else (instance,)
        subscriptions = () if subscription is None else (subscription,)
        work = Work(
            run,
            instances=instances,
            subscriptions=subscriptions,
            partition=partition,
            is_late=is_late,
        )
        try:
            return self.committer.do(work)
        finally:
            if self._has_thrown:
                self._deliver()

    def do_all(self, works: Sequence[Work[Any]]) -> None:
        """Run commands in this order, as many in a commit as there may be; returns when each is
        committed or has failed."""
        if self.store.profile.is_distributed:
            works = [work for work in works if self._is_placed(work)]
        try:
            for first in range(0, len(works), LARGEST_BATCH):
                self.committer.do_all(works[first : first + LARGEST_BATCH])
        finally:
            if self._has_thrown:
                self._deliver()

    def _is_placed(self, work: Work[Any]) -> bool:
        """Let a command know its partition; whether it can be done."""
        if isinstance(work.run, Once):
            try:
                work.partition = place(self, work.run, work.partition)
            except EngineError as error:
                work.fail(error)
        return not work.is_done

    def committed(self, batch: Batch) -> None:
        """Tell who listens what has moved, and who took jobs that they are theirs."""
        for taker, job in batch.taken:
            taker.release(1, [job] if is_waiting(batch, job.id) else [])
        if OUTBOX in batch.wakes:
            self._has_thrown = True
        if batch.wakes:
            self.lookout.tell(batch.wakes)
        if batch.moved or batch.wakes:
            self.hub.tell(list(batch.moved.values()), batch.wakes)

    def _deliver(self) -> None:
        """Tell what was thrown, before whoever caused it goes on: a hint only, `run_due` finds
        what is left."""
        if getattr(self._delivering, "is_on", False):
            return  # a step of it: the round under way is followed by another one
        self._delivering.is_on = True
        try:
            self._deliver_in_rounds()
        finally:
            self._delivering.is_on = False

    def _deliver_in_rounds(self) -> None:
        for _ in range(MOST_ROUNDS):
            if not self._has_thrown:
                return
            self._has_thrown = False
            try:
                if self.store.profile.is_distributed:
                    carry(self, 100)
                else:
                    self.committer.do(Work(partial(deliver_thrown, limit=100)))
            except EngineError as error:
                self.log.warning("could not deliver yet", error=str(error))
                return

    def wait_for_work(self, queues: Sequence[str], after: int, until: float) -> bool:
        """Wait until something of these queues may be due; False when the time is up (`until` as
        of `time.monotonic`). News of this process comes at once, that of others within `poll`."""
        self.lookout.ensure()
        return self.hub.wait_for_queues(queues, after, max(until - time.monotonic(), 0.0))

    def declared(self, job_type: str) -> Declared | None:
        """What this node's handler of a job type declares; None without a handler."""
        return self.handlers[job_type].declared if job_type in self.handlers else None

    def turn(self) -> int:
        """The partition at which this node looks for work first, another one each time."""
        self._looked = (self._looked + 7) % self.store.partitions
        return self._looked

    def partition(self, business_key: str | None) -> int:
        """Where a new root instance goes: by its business key, or else in turn."""
        if business_key is not None:
            return hashed(business_key, self.store.partitions)
        self._given += 1
        if not self.store.profile.is_distributed or self._given % STAY == 0:
            self._turn = (self._turn + 1) % self.store.partitions
        return self._turn

    def now(self) -> datetime:
        return moment(self.store.now())
