"""One transaction's worth of commands: instances are locked and loaded once, written once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from engine.services.cache import Loaded
from engine.storage import schema as t
from engine.storage.ids import instance_of, partition_of
from engine.storage.rows import Head, Shell, instance_of_rows, moment
from engine.storage.transaction import Transaction
from engine.storage.writes import Writes

if TYPE_CHECKING:
    from engine.history import Record
    from engine.services.programs import Definition
    from engine.services.running import Running
    from engine.services.shell import Shell as EngineShell
    from engine.views import Job


class Batch:
    """What is shared by the commands of one transaction."""

    def __init__(
        self, shell: EngineShell, transaction: Transaction, partition: int | None = None
    ) -> None:
        self.shell = shell
        self.partition = partition if shell.store.profile.is_distributed else None
        """The one that it touches, where it may touch one only and that is known."""
        self.transaction = transaction
        self.now = moment(transaction.now)
        self.writes = Writes()
        self.loaded: dict[int, Loaded] = {}
        self.shells: dict[int, Shell] = {}
        """Shell columns of subscriptions as they are now, by id."""
        self.latest: dict[str, Definition] = {}
        """The latest version of each process that was asked for, by process id."""
        self.presumed: dict[int, None] = {}
        """Ids of definitions that are taken for the latest, to be checked at the end."""
        self.wakes: Counter[str] = Counter()
        """How much more each queue has got to do at once."""
        self.taken: list[tuple[Running, Job]] = []
        """Jobs that are born claimed by workers of this process."""
        self.facts: list[tuple[Head, Sequence[Record]]] = []
        """What its commands recorded, for the measures."""
        self.moved: dict[int, Head] = {}
        """Heads of the instances that changed."""

    def bind(self, partition: int) -> int:
        """Work in this partition, or in the one that it works in already: which it is."""
        if not self.shell.store.profile.is_distributed:
            return partition
        if self.partition is None:
            self.partition = partition
        return self.partition

    def load(self, ids: Iterable[int], subscriptions: Sequence[int] = ()) -> None:
        """Lock instances and bring them into memory: root before child, ids ascending. What does
        not exist is left out. Look at what the shell keeps with these subscriptions of theirs."""
        missing = {id for id in ids if id not in self.loaded}
        if not missing:
            return
        self.bind(partition_of(next(iter(missing))))
        cache = self.shell.cache
        cached = {id: found for id in missing if (found := cache.get(id))}
        heads = {id: found.head for id, found in cached.items()}
        if unknown := missing - cached.keys():
            heads.update(self.transaction.heads(unknown))
        roots = {head.root_id for head in heads.values()}
        if not roots:
            return
        revisions, shells = self.transaction.lock_and_look(roots, subscriptions)
        self.shells.update(shells)
        if inner := heads.keys() - roots:
            revisions.update(self.transaction.revisions(inner))
        cold = []
        for id, head in heads.items():
            if id not in revisions:
                cache.drop(id)
            elif (found := cached.get(id)) and found.stored == revisions[id]:
                self.loaded[id] = found
            elif head.revision == revisions[id] and id not in cached:
                cold.append(head)
            else:
                cold.extend(self.transaction.heads([id]).values())
        if cold:
            self._load_rows(cold)

    def _load_rows(self, heads: list[Head]) -> None:
        transaction = self.transaction
        active = [head.id for head in heads if head.state == "active"]
        rows = transaction.rows_of(active) if active else {}
        incidents: dict[int, set[int]] = {}
        if active:
            for id, instance in transaction.incidents_of(active):
                incidents.setdefault(instance, set()).add(id)
        for head in heads:
            program = self.shell.programs.program(transaction.connection, head.definition_id)
            instance = instance_of_rows(head, *rows.get(head.id, ([], [], [])), program.joins)
            known = incidents.get(head.id, set())
            loaded = Loaded(head, instance, program, known, stored=head.revision)
            self.loaded[head.id] = loaded

    def shell_of(self, subscription: int) -> Shell | None:
        """The shell's columns of a subscription; None if it is gone."""
        if subscription not in self.shells:
            self.shells.update(self.transaction.shells([subscription]))
        return self.shells.get(subscription)

    def flush(self) -> None:
        """Write what was gathered so far, within the transaction."""
        if self.writes.is_empty:
            return
        self.transaction.flush(self.writes)
        self.writes = Writes()
        self._is_stored()

    def finish(self) -> None:
        """Have the rest written on the way to the commit."""
        self.transaction.finish(self.writes, self.presumed)
        self._is_stored()

    def _is_stored(self) -> None:
        for loaded in self.loaded.values():
            loaded.stored = loaded.head.revision

    def evict(self, ids: Iterable[int]) -> None:
        """Forget instances that a failed command changed in memory; they are read anew."""
        self.flush()
        for id in ids:
            self.loaded.pop(id, None)
            self.moved.pop(id, None)
            self.shell.cache.drop(id)
        self.shells.clear()

    def committed(self) -> None:
        """Keep in memory what is now in the database."""
        for loaded in self.loaded.values():
            if loaded.head.state == "active":
                self.shell.cache.put(loaded)
            else:
                self.shell.cache.drop(loaded.id)

    def failed(self) -> None:
        """Nothing of it is in the database."""
        for taker, _ in self.taken:
            taker.release(1)
        self.taken.clear()
        for id in self.loaded:
            self.shell.cache.drop(id)
        if self.presumed:
            self.shell.programs.presume_nothing()


def is_waiting(batch: Batch, subscription: int) -> bool:
    """Whether a subscription is still there at the end of a batch."""
    loaded = batch.loaded.get(instance_of(subscription))
    return loaded is not None and subscription in loaded.instance.subscriptions


def children_of(connection: sa.Connection, partition: int, subscription: int) -> list[int]:
    """Ids of the active instances that one call subscription started."""
    query = sa.select(t.instance.c.id).where(
        t.instance.c.partition_id == partition,
        t.instance.c.parent_subscription == subscription,
        t.instance.c.parent_id == instance_of(subscription),
        t.instance.c.state == "active",
    )
    return list(connection.execute(query).scalars())
