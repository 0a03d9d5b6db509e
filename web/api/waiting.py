"""How many requests may be held at once: who waits for work occupies a thread of the server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

SHORT = timedelta(milliseconds=250)


class Waiting:
    """Holds at most `most` requests for as long as they ask, some more for a moment, and the rest
    not at all: the server keeps threads for those who do not wait."""

    def __init__(self, most: int, longest: timedelta = timedelta(minutes=5)) -> None:
        self.longest = longest
        self._places = threading.BoundedSemaphore(most)
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
