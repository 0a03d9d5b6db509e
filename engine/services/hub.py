"""News within the process: what moved, and which queues have something to do."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping

from engine.storage.rows import Head

ALL = 1_000_000
"""Wakes everybody who waits for a queue."""


class _Waiter:
    """Somebody who waits for one of several queues."""

    __slots__ = ("event", "queues")

    def __init__(self, queues: tuple[str, ...]) -> None:
        self.queues = queues
        self.event = threading.Event()


class Hub:
    """Hints only: who misses one finds it in the database.

    Of those who wait for a queue as many are woken as there is work, longest waiting first.
    """

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._count = 0
        self._lock = threading.Lock()
        self._wakes: dict[str, int] = {}
        """When each queue was woken last, as a count."""
        self._waiting: dict[str, dict[_Waiter, None]] = {}

    @property
    def count(self) -> int:
        """A position: what comes later has a higher one."""
        return self._count

    def tell(self, moved: Collection[Head | None], wakes: Mapping[str, int]) -> None:
        """Instances have moved (None: definitions), and queues have got so much more to do."""
        with self._lock:
            self._count += 1
            for queue, many in wakes.items():
                self._wakes[queue] = self._count
                self._wake(queue, many)
        if moved:
            with self._news:
                self._news.notify_all()

    def wake(self, queues: Mapping[str, int]) -> None:
        """Wake who waits for these queues; found by looking, it is news to nobody else."""
        with self._lock:
            for queue, many in queues.items():
                self._wake(queue, many)

    def _wake(self, queue: str, many: int) -> None:
        for waiter in list(self._waiting.get(queue, ()))[:many]:
            waiter.event.set()
            self._forget(waiter)

    def _forget(self, waiter: _Waiter) -> None:
        for queue in waiter.queues:
            waiting = self._waiting.get(queue)
            if waiting is not None:
                waiting.pop(waiter, None)
                if not waiting:
                    del self._waiting[queue]

    def wait(self, after: int, seconds: float) -> bool:
        """Wait for any instance to move after a position; whether one has."""
        with self._news:
            return self._news.wait_for(lambda: self._count > after, seconds)

    def wait_for_queues(self, queues: Iterable[str], after: int, seconds: float) -> bool:
        """Wait until one of these queues has been woken after a position; whether it has."""
        waiter = _Waiter(tuple(queues))
        with self._lock:
            if any(self._wakes.get(queue, 0) > after for queue in waiter.queues):
                return True
            for queue in waiter.queues:
                self._waiting.setdefault(queue, {})[waiter] = None
        try:
            return waiter.event.wait(seconds)
        finally:
            with self._lock:
                self._forget(waiter)

    def waited_for(self) -> list[str]:
        """The queues that somebody waits for."""
        with self._lock:
            return list(self._waiting)
