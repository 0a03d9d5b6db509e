"""Instances kept in memory between transactions, so that what did not change is not read again."""

from __future__ import annotations

from collections import OrderedDict

from engine.program import Program
from engine.state import Instance
from engine.storage.rows import Head


class Loaded:
    """An instance in memory, with what it runs."""

    __slots__ = ("head", "incidents", "instance", "program", "stored")

    def __init__(
        self,
        head: Head,
        instance: Instance,
        program: Program,
        incidents: set[int],
        *,
        stored: int | None,
    ) -> None:
        self.head = head
        self.instance = instance
        self.program = program
        self.incidents = incidents
        """Ids of the subscriptions that have an incident."""
        self.stored = stored
        """The revision of its row in the database; None before it has one."""

    @property
    def id(self) -> int:
        return self.head.id

    @property
    def weight(self) -> int:
        """How many rows it holds."""
        instance = self.instance
        return 1 + len(instance.scopes) + len(instance.tokens) + len(instance.subscriptions)


class Cache:
    """The instances used last, up to so many rows. An entry counts only while its revision is that
    of the locked row in the database; what may have gone wrong is dropped."""

    def __init__(self, rows: int = 80_000) -> None:
        self._limit = rows
        self._rows = 0
        self._entries: OrderedDict[int, tuple[Loaded, int]] = OrderedDict()
        """With the weight they were counted with."""

    def get(self, id: int) -> Loaded | None:
        entry = self._entries.get(id)
        return entry[0] if entry else None

    def put(self, loaded: Loaded) -> None:
        self.drop(loaded.id)
        weight = loaded.weight
        if weight > 3 * self._limit // 4:
            return
        self._entries[loaded.id] = (loaded, weight)
        self._rows += weight
        while self._rows > self._limit:
            _, (_, gone) = self._entries.popitem(last=False)
            self._rows -= gone

    def drop(self, id: int) -> None:
        if entry := self._entries.pop(id, None):
            self._rows -= entry[1]

    def clear(self) -> None:
        self._entries.clear()
        self._rows = 0
