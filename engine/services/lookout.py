"""One thread that looks for work on behalf of all who wait for some: what other nodes have made,
and what has become due."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.storage.claims import due_counts

if TYPE_CHECKING:
    from engine.services.shell import Shell
    from engine.storage.news import News

IDLE = 30.0
"""Seconds without anybody waiting after which the thread ends; the next to wait starts another."""
GLANCE = 0.01
"""Seconds between two glances at whether another process has written, where that can be seen."""
PAUSE = 1.0
"""Seconds between two looks while the database does not answer."""


class Lookout:
    """Runs while somebody waits."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()
        self._news: News | None = None
        self._seen: int | None = None
        """What the last glance saw."""

    def ensure(self) -> None:
        """Somebody is about to wait."""
        self._news_of_others()
        if self._thread is not None and self._thread.is_alive():
            return
        with self._lock:
            if (self._thread is None or not self._thread.is_alive()) and not self._closed.is_set():
                self._thread = threading.Thread(
                    target=self._run, name="kapellmeister-lookout", daemon=True
                )
                self._thread.start()

    def tell(self, queues: Mapping[str, int]) -> None:
        """Let other nodes know of work that was committed here."""
        if news := self._news_of_others():
            news.tell(queues)

    def _news_of_others(self) -> News | None:
        if self._news is None and self._shell.store.profile.has_news and not self._closed.is_set():
            with self._lock:
                if self._news is None:
                    from engine.storage.news import News  # it brings a driver along

                    news = News(self._shell.store, self._shell.hub.wake)
                    news.start()
                    self._news = news
        return self._news

    def close(self) -> None:
        self._closed.set()
        if self._news is not None:
            self._news.close()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(5)

    def _pause(self, seconds: float) -> bool:
        """Wait so long, or until another process has written; whether it is time to end."""
        store, until = self._shell.store, time.monotonic() + seconds
        step = GLANCE if store.profile.glance and not store.profile.shares_connection else seconds
        while (left := until - time.monotonic()) > 0:
            if self._closed.wait(min(left, step)):
                return True
            if step < seconds and (seen := store.glance()) is not None:
                before, self._seen = self._seen, seen
                if before != seen:
                    break
        return self._closed.is_set()

    def _run(self) -> None:
        poll, idle, failed = self._shell.settings.poll.total_seconds(), 0.0, False
        while not self._pause(PAUSE if failed else poll):
            queues = self._shell.hub.waited_for()
            idle = 0.0 if queues else idle + poll
            if idle > IDLE:
                with self._lock:
                    if not self._shell.hub.waited_for():
                        self._thread = None
                        return
            if not queues:
                continue
            try:
                self._look(queues)
                failed = False
            except Exception as error:
                if not failed and not self._closed.is_set():
                    self._shell.log.warning("cannot look for work", error=str(error))
                failed = True

    def _look(self, queues: list[str]) -> None:
        store = self._shell.store
        with store.reading() as connection:
            counts = due_counts(store, connection, store.now_in(connection), queues)
        self._shell.hub.wake(counts)
