"""How long handlers take, and so how many jobs are worth holding, and worth answering together.

What is claimed and not begun waits a whole lease when its holder dies, and what was done and not
yet answered is done again; so of both there is only as much as keeps the threads busy.
"""

from __future__ import annotations

from collections.abc import Iterable

HELD = 0.05
"""Seconds of work that a thread may have waiting for it."""
ANSWERED = 0.004
"""Seconds of work whose answers a thread may keep, to commit them together."""
MOST = 64
"""Jobs for one thread, of either, however quick they are."""
LEARNING = 0.2
"""Weight of the last duration in an average."""


class Pace:
    """Averages, by job type and of all."""

    def __init__(self) -> None:
        self._by_type: dict[str, float] = {}
        self._all: float | None = None

    def took(self, type: str, seconds: float) -> None:
        """A handler was called."""
        known = self._by_type.get(type, seconds)
        self._by_type[type] = known + LEARNING * (seconds - known)
        known = seconds if self._all is None else self._all
        self._all = known + LEARNING * (seconds - known)

    @property
    def each(self) -> int:
        """How many jobs a thread does in a short time."""
        return 0 if self._all is None else min(int(HELD / max(self._all, 1e-6)), MOST)

    def room(self, threads: int) -> int:
        """How many jobs so many threads should hold: one each and a few more, or as many as they
        can do in a short time."""
        if self._all is None:
            return threads
        each = self.each
        return threads * each if each > 1 else threads + max(threads // 4, 1)

    def together(self, types: Iterable[str], share: int) -> int:
        """How many of these waiting jobs a thread takes at once."""
        count, seconds = 0, 0.0
        for type in types:
            seconds += self._by_type.get(type, ANSWERED)
            if count and (count >= share or count >= MOST or seconds > ANSWERED):
                break
            count += 1
        return count
