"""What one command does: it steps instances, and lets the shell do what a step asks for.

Nothing is written here: the writes are gathered, and a command that raises leaves none.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from msgspec.structs import replace

from engine.errors import Conflict, NotFound, Stale
from engine.history import Record
from engine.services.around import Around
from engine.services.cache import Loaded
from engine.services.claiming import job_of
from engine.services.masks import cleaned_of
from engine.services.scopes import local_scope
from engine.state import Instance, Subscription
from engine.step import Input, Outcome, step
from engine.storage.ids import hashed, instance_of, partition_of
from engine.storage.records import encode_records
from engine.storage.rows import Head, Shell
from engine.storage.writes import Opened, Writes
from engine.values import encode

if TYPE_CHECKING:
    from engine.services.batch import Batch
    from engine.services.programs import Definition
    from engine.services.running import Running
    from engine.views import Job

Followup = Callable[["Unit"], object]


def _user(before: Sequence[Record]) -> str | None:
    """Whose command it is, where it is a person's or a program's."""
    for record in before:
        if record.kind == "intervention" and record.detail.get("source") != "system":
            return str(record.detail["by"])
    return None


class Unit:
    """One command at work within a batch."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.shell = batch.shell
        self.transaction = batch.transaction
        self.now = batch.now
        self.now_micros = batch.transaction.now
        self.writes = Writes()
        self.touched: set[int] = set()
        """Ids of the instances it changed in memory."""
        self.wakes: defaultdict[str, int] = defaultdict(int)
        self.is_direct = False
        """Whether it writes statements of its own, which only a rollback can undo."""
        self.taken: list[tuple[Running, Job]] = []
        """Jobs that are born claimed by workers of this process."""
        self.answers: str | None = None
        """The worker whose answer this is, if it is one."""
        self.facts: list[tuple[Head, Sequence[Record]]] = []
        """What it recorded, for the measures."""
        self._todo: deque[Followup] = deque()
        self._is_settling = False

    # Finding

    def instance(self, id: int) -> Loaded:
        """An instance, locked and loaded. Raises NotFound."""
        if id not in self.batch.loaded:
            self.batch.load([id])
        found = self.batch.loaded.get(id)
        if found is None:
            raise NotFound(f"instance {id}: there is none")
        return found

    def latest(self, process_id: str) -> Definition:
        """The version that a start without a version means. Raises NotFound."""
        batch = self.batch
        found = batch.latest.get(process_id)
        if found is None:
            programs, may_presume = self.shell.programs, self.transaction.may_presume
            found = programs.presumed(process_id) if may_presume else None
            if found is not None:
                batch.presumed[found.id] = None
            else:
                found = programs.latest(self.transaction, process_id)
            batch.latest[process_id] = found
        return found

    def active(self, id: int) -> Loaded:
        """An instance that runs. Raises NotFound, or Conflict when it has ended."""
        loaded = self.instance(id)
        if loaded.head.state != "active":
            raise Conflict(
                f"instance {id} is {loaded.head.state}: only an active one can be worked on"
            )
        return loaded

    def waiting(self, subscription: int, kind: str | None = None) -> tuple[Loaded, Subscription]:
        """A subscription with its instance. Raises NotFound, or Stale when it is used up."""
        what = (kind or "subscription").replace("_", " ")
        try:
            loaded = self.instance(instance_of(subscription))
        except NotFound:
            raise NotFound(f"{what} {subscription}: there is none") from None
        row = loaded.instance.subscriptions.get(subscription)
        if row is None:
            raise Stale(f"{what} {subscription} has been done already, or was withdrawn")
        if kind is not None and row.trigger.kind != kind:
            raise NotFound(f"{subscription} is a {row.trigger.kind}, not a {what}")
        return loaded, row

    def shell_of(self, subscription: int) -> Shell:
        """What the shell keeps with a subscription that is there."""
        if opened := self.writes.subscriptions.new.get(subscription):
            return opened.shell
        if changed := self.writes.shells.get(subscription):
            return changed
        if opened := self.batch.writes.subscriptions.new.get(subscription):
            return opened.shell
        found = self.batch.writes.shells.get(subscription) or self.batch.shell_of(subscription)
        if found is None:
            raise Stale(f"subscription {subscription} is gone")
        return found

    def direct(self) -> None:
        """From here on the command writes statements of its own: all before it is written first,
        and if it fails, its transaction is rolled back and the others' commands are run again."""
        self.batch.flush()
        self.batch.latest.clear()
        self.is_direct = True

    @contextmanager
    def looking(self) -> Iterator[sa.Connection]:
        """A connection that may look at all partitions; where the database is distributed, as they
        were before this command."""
        if not self.shell.store.profile.is_distributed:
            yield self.transaction.connection
            return
        with self.shell.store.reading() as connection:
            yield connection

    # Changing

    def home(self, name: str) -> int:
        """The partition for rows that belong to no instance, by what they are named. Where the
        database is distributed, they go with what else their command writes."""
        return self.batch.bind(hashed(name, self.shell.store.partitions))

    def new_home(self, business_key: str | None) -> int:
        """The partition for a new root instance."""
        return self.batch.bind(self.shell.partition(business_key))

    def create(
        self,
        definition: Definition,
        *,
        partition: int,
        started_by: str,
        business_key: str | None = None,
        correlation_id: str | None = None,
        parent: Loaded | None = None,
        call: int | None = None,
        id: int | None = None,
    ) -> Loaded:
        """A new instance, before its first step; `id`: one that was chosen for it before."""
        id = self.shell.store.ids.instance(partition) if id is None else id
        program = self.shell.programs.program(self.transaction.connection, definition.id)
        head = Head(
            id=id,
            root_id=parent.head.root_id if parent else id,
            parent_id=parent.id if parent else None,
            parent_subscription=call,
            depth=parent.head.depth + 1 if parent else 0,
            definition_id=definition.id,
            process_id=definition.process_id,
            version=definition.version,
            business_key=business_key,
            correlation_id=correlation_id,
            state="active",
            suspended_at=None,
            reason=None,
            revision=0,
            last_id=id,
            last_seq=0,
            result=None,
            started_by=started_by,
            started_at=self.now_micros,
            updated_at=self.now_micros,
            ended_at=None,
        )
        instance = Instance(last_id=id, joins=program.joins)
        return Loaded(head, instance, program, set(), stored=None)

    def step(self, loaded: Loaded, given: Input, *before: Record) -> None:
        """Let one input have its effect, and all that follows from it in this transaction.

        Raises Stale or ExecutionError when the input cannot be applied: nothing happened.
        """
        head = loaded.head
        called = head.parent_id is not None
        around = Around(head, self.shell.handlers, _user(before))
        outcome = step(
            loaded.program,
            loaded.instance,
            given,
            self.now,
            called=called,
            surroundings=around,
            in_place=True,
        )
        self.batch.loaded[head.id] = loaded
        self._save(loaded, outcome, before)
        self.settle()

    def later(self, followup: Followup) -> None:
        """Do something more within this command, when the present step is saved."""
        self._todo.append(followup)

    def settle(self) -> None:
        """Do all that follows; over a queue, however deep calls go."""
        if self._is_settling:
            return
        self._is_settling = True
        while self._todo:
            self._todo.popleft()(self)
        self._is_settling = False

    def note(self, loaded: Loaded, *records: Record, **head: Any) -> None:
        """Record facts that are no step of the core's, and change the head."""
        self.touched.add(loaded.id)
        self._write_head(loaded, records, **head)

    def set_shell(self, subscription: int, shell: Shell) -> None:
        """Change what the shell keeps with a subscription."""
        self.writes.set_shell(subscription, shell)

    # Saving

    def _save(self, loaded: Loaded, outcome: Outcome, before: Sequence[Record]) -> None:
        head, changes = loaded.head, outcome.changes
        scopes, tokens, subscriptions = outcome.before
        own, writes = head.id, self.writes
        self.touched.add(own)
        for id, scope in changes.scopes.items():
            if scope is None:
                writes.scopes.drop(id)
            else:
                writes.scopes.put(id, (own, scope), existed=scopes[id] is not None)
        for id, token in changes.tokens.items():
            if token is None:
                writes.tokens.drop(id)
            else:
                existed = tokens[id] is not None
                writes.tokens.put(id, (own, token, self.now_micros), existed=existed)
        opened, closed = [], []
        for id, row in changes.subscriptions.items():
            known = subscriptions[id]
            if row is None:
                assert known is not None
                writes.subscriptions.drop(id)
                closed.append(known)
            elif known is None:
                opened.append(row)
            else:
                self._change(head, row)
        ended: dict[str, Any] = {}
        if outcome.state != "active":
            ended = {
                "state": outcome.state,
                "reason": outcome.reason,
                "result": encode(dict(outcome.variables)),
                "ended_at": self.now_micros,
            }
        self._write_head(
            loaded,
            (*before, *self._shown(loaded, outcome.records)),
            last_id=changes.last_id,
            **ended,
        )
        duties = self.shell.duties
        for row in closed:
            duties.closed(self, loaded, row)
        for row in opened:
            duties.opened(self, loaded, row)
        if outcome.published or outcome.escaped or (ended and head.parent_id is not None):
            duties.told(self, loaded, outcome)

    def _shown(self, loaded: Loaded, records: Sequence[Record]) -> Sequence[Record]:
        """Records as the history keeps them: what an error said holds no secret."""
        return [
            replace(
                one,
                detail={**one.detail, "message": cleaned_of(self, loaded, one.detail["message"])},
            )
            if one.kind == "parked"
            else one
            for one in records
        ]

    def open(self, loaded: Loaded, row: Subscription, shell: Shell) -> None:
        """Write a new subscription, with what the shell adds."""
        head = loaded.head
        if head.suspended_at is not None:
            shell.queue = None
        elif shell.queue and shell.available_at <= self.now_micros:
            if row.trigger.kind == "job" and self.shell.takers:
                self._offer(loaded, row, shell)
            if shell.worker is None:
                self.wakes[shell.queue] += 1
        sees = local_scope(loaded.instance, row)
        opened = Opened(row, head.id, head.definition_id, self.now_micros, shell, sees)
        self.writes.subscriptions.put(row.id, opened, existed=False)

    def _offer(self, loaded: Loaded, row: Subscription, shell: Shell) -> None:
        """Let a worker of this process have a new job at once: it is committed as claimed."""
        type, connection = row.trigger.name or "", self.transaction.connection
        if self.shell.board.is_held(connection, type) or self.shell.policies.rate_of(
            connection, loaded.program, row.catcher, type
        ):
            return
        for taker in self.shell.takers:
            worker = taker.reserve(row.trigger.name or "", shell.priority, self.answers)
            if worker is not None:
                lease = taker.lease // timedelta(microseconds=1)
                shell.worker, shell.claimed_at = worker, self.now_micros
                shell.available_at = self.now_micros + lease
                shell.attempts = shell.epoch = 1
                self.taken.append((taker, job_of(self, loaded, row, shell)))
                return

    def _change(self, head: Head, row: Subscription) -> None:
        shell = self.shell_of(row.id)
        self.writes.change(row.id, Opened(row, head.id, head.definition_id, self.now_micros, shell))
        if row.trigger.due is not None:
            self.shell.duties.rescheduled(self, head, row, shell)

    def _write_head(self, loaded: Loaded, records: Sequence[Record], **changes: Any) -> None:
        head = loaded.head
        if records:
            first = head.last_seq + 1
            changes["last_seq"] = head.last_seq + len(records)
            self.writes.history.append(
                (
                    partition_of(head.id),
                    head.id,
                    first,
                    len(records),
                    self.now_micros,
                    encode_records(records),
                )
            )
        head = replace(head, revision=head.revision + 1, updated_at=self.now_micros, **changes)
        loaded.head = head
        self.facts.append((head, records))
        if loaded.stored is None:
            self.writes.new_heads[head.id] = head
        else:
            self.writes.heads[head.id] = (head, loaded.stored)
