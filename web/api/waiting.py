"""How many requests may be held at once: who waits for work occupies a thread of the server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

SHORT = timedelta(milliseconds=250)
ASKING = 4
"""Requests of one kind that ask the engine at once."""


class Waiting:
    """Holds at most `most` requests for as long as they ask, some more for a moment, and the rest
    not at all: the server keeps threads for those who do not wait."""

    def __init__(self, most: int, longest: timedelta = timedelta(minutes=5)) -> None:
        self.longest = longest
        self._places = threading.BoundedSemaphore(most)
        self._lock = threading.Lock()
        self._turns: dict[tuple[str, ...], _Turns] = {}
        self._short = threading.BoundedSemaphore(max(1, most // 8))

    @contextmanager
    def hold(self, asked: timedelta) -> Iterator[timedelta]:
        """For how long a request may really be held."""
        if asked <= timedelta(0):
            yield timedelta(0)
            return
        for places, longest in ((self._places, self.longest), (self._short, SHORT)):
            if places.acquire(blocking=False):
                try:
                    yield min(asked, longest)
                finally:
                    places.release()
                return
        yield timedelta(0)

    @contextmanager
    def turn(self, types: tuple[str, ...], seconds: float) -> Iterator[bool]:
        """Whether it is one's turn to ask the engine for jobs of some types, within a time.

        Only a few ask at once, the others stand behind them: what many would find is the same.
        """
        with self._lock:
            turns = self._turns.setdefault(types, _Turns())
            turns.users += 1
        has_turn = False
        try:
            has_turn = turns.places.acquire(timeout=max(0.0, seconds))
            yield has_turn
        finally:
            if has_turn:
                turns.places.release()
            with self._lock:
                turns.users -= 1
                if not turns.users:
                    del self._turns[types]


class _Turns:
    def __init__(self) -> None:
        self.places = threading.Semaphore(ASKING)
        self.users = 0
