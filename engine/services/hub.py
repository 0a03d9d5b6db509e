"""News within the process: what moved, and which queues have something to do."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable

from engine.storage.rows import Head

KEPT = 10_000
"""Changes that a listener may lag behind before it must look for itself."""


class Hub:
    """Hints only: who misses one finds it in the database."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._count = 0
        self._changes: deque[tuple[int, Head]] = deque(maxlen=KEPT)
        """Numbered from 1."""
        self._wakes: dict[str, int] = {}
        """When each queue was woken last, as a count."""

    def tell(self, moved: Iterable[Head], wakes: Iterable[str]) -> None:
        with self._condition:
            for head in moved:
                self._count += 1
                self._changes.append((self._count, head))
            for queue in wakes:
                self._count += 1
                self._wakes[queue] = self._count
            self._condition.notify_all()

    @property
    def count(self) -> int:
        """A position: what comes later has a higher one."""
        return self._count

    def wait(self, after: int, seconds: float) -> bool:
        """Wait for any news after a position; whether there is."""
        with self._condition:
            return self._condition.wait_for(lambda: self._count > after, seconds)

    def wait_for_queues(self, queues: Iterable[str], after: int, seconds: float) -> bool:
        """Wait until one of these queues has been woken after a position; whether it has."""
        queues = list(queues)
        with self._condition:
            return self._condition.wait_for(
                lambda: any(self._wakes.get(queue, 0) > after for queue in queues), seconds
            )

    def since(self, after: int) -> list[Head] | None:
        """Heads that moved after a position, oldest first; None where that is too long ago."""
        with self._condition:
            if after < self._count - KEPT or (
                self._changes and after + 1 < self._changes[0][0] and len(self._changes) == KEPT
            ):
                return None
            return [head for number, head in self._changes if number > after]
