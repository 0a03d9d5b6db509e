"""News between the nodes of one PostgreSQL database: which queues have got something to do.

A hint, never relied upon: who misses it finds the work by looking. It is sent after the commit, on
a connection of its own, and not more often than every few milliseconds, because PostgreSQL lets
notifying transactions commit only one after the other.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from engine.storage.store import Store

CHANNEL = "kapellmeister"
EVERY = 0.005
"""Seconds between two notices of one node."""
LONGEST = 7_000
"""Bytes of a notice; PostgreSQL takes no more than 8,000."""
LISTENED = 1.0
"""Seconds after which a listener looks whether it is still wanted."""
AGAIN = 1.0
"""Seconds before a lost connection is made again."""


class News:
    """Sends and hears notices, each in a thread of its own."""

    def __init__(self, store: Store, heard: Callable[[Mapping[str, int]], None]) -> None:
        url = store.url.set(drivername="postgresql")
        self._url = url.render_as_string(hide_password=False)
        self._heard = heard
        self._pending: dict[str, int] = {}
        self._told = threading.Condition()
        self._closed = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        for name, task in (("tell", self._send), ("hear", self._listen)):
            thread = threading.Thread(
                target=self._for_ever, args=(task,), name=f"kapellmeister-{name}", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def tell(self, queues: Mapping[str, int]) -> None:
        """Let the other nodes know; returns at once."""
        with self._told:
            for queue, count in queues.items():
                self._pending[queue] = self._pending.get(queue, 0) + count
            self._told.notify()

    def close(self) -> None:
        self._closed.set()
        with self._told:
            self._told.notify()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(5)

    def _for_ever(self, task: Callable[[psycopg.Connection], None]) -> None:
        while not self._closed.is_set():
            try:
                with psycopg.connect(self._url, autocommit=True, connect_timeout=2) as connection:
                    task(connection)
            except (psycopg.Error, OSError):
                self._closed.wait(AGAIN)

    def _send(self, connection: psycopg.Connection) -> None:
        while not self._closed.is_set():
            with self._told:
                self._told.wait_for(lambda: self._pending or self._closed.is_set())
                told, self._pending = self._pending, {}
            text = json.dumps(told)
            if told and len(text.encode()) <= LONGEST:
                connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, text))
            time.sleep(EVERY)

    def _listen(self, connection: psycopg.Connection) -> None:
        connection.execute(f"LISTEN {CHANNEL}")
        while not self._closed.is_set():
            for notice in connection.notifies(timeout=LISTENED):
                self._heard(json.loads(notice.payload))
                if self._closed.is_set():
                    return
