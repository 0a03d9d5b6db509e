"""Notices a database that has fallen silent, and lets nobody wait for it.

A server that is stopped, or a network that swallows everything, leaves connections open: whoever
has asked something would wait for ever, and cannot know a long statement from no server at all. So
one connection asks for nothing, twice a second. Without an answer the other connections are shut
down: who waits on them hears at once that they broke, and who comes meanwhile that there is no
answer. As soon as the answer is there, work goes on.
"""

from __future__ import annotations

import os
import select
import socket
import threading
from contextlib import closing, suppress
from typing import Any, cast
from weakref import WeakSet

import psycopg
import sqlalchemy as sa

from engine.errors import Unavailable

EVERY = 0.4
"""Seconds between two questions."""
SILENCE = 1.2
"""Seconds without an answer after which nobody waits any longer."""


class Watch:
    """Watches the database of one SQLAlchemy engine, from its first connection on."""

    def __init__(self, url: sa.URL, engine: sa.Engine) -> None:
        self._url = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._connections: WeakSet[Any] = WeakSet()
        self._is_silent = False
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        sa.event.listen(engine, "do_connect", lambda *_: self.check())
        sa.event.listen(engine, "connect", self._connected)

    def check(self) -> None:
        """Raises Unavailable while the database is silent."""
        if self._is_silent:
            raise Unavailable(
                f"the database has not answered for {SILENCE:g} seconds and more; "
                "try again, with the same idempotency key"
            )

    def close(self) -> None:
        self._closed.set()
        if self._thread is not None:
            self._thread.join(5)

    def _connected(self, connection: Any, _: Any) -> None:
        with self._starting:
            self._connections.add(connection)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="kapellmeister-watch", daemon=True
                )
                self._thread.start()

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                with closing(psycopg.connect(self._url, autocommit=True, connect_timeout=2)) as own:
                    self._is_silent = False
                    while not self._closed.wait(EVERY):
                        self._ask(own)
            except psycopg.errors.ConnectionTimeout:
                self._fall_silent(None)
            except (psycopg.Error, OSError):
                self._closed.wait(EVERY)  # it is not there: whoever connects sees for himself

    def _ask(self, own: psycopg.Connection) -> None:
        """Ask, and come back with the answer, however long it takes. Raises psycopg.Error."""
        asked = own.pgconn
        asked.send_query(b"")
        while asked.flush():
            select.select([], [asked.socket], [], SILENCE)
        while True:
            is_there, _, _ = select.select([asked.socket], [], [], SILENCE)
            if self._closed.is_set():
                return
            if not is_there:
                self._fall_silent(own)
                continue
            asked.consume_input()
            if not asked.is_busy():
                break
        while asked.get_result() is not None:
            pass
        self._is_silent = False

    def _fall_silent(self, own: psycopg.Connection | None) -> None:
        if self._is_silent:
            return
        self._is_silent = True
        server = _peer(own.fileno()) if own is not None else None
        with self._starting:
            connections = list(self._connections)
        for connection in connections:
            _shut_down(cast("psycopg.Connection", connection), server)


def _peer(descriptor: int) -> Any:
    with _socket(descriptor) as found:
        return found.getpeername()


def _shut_down(connection: psycopg.Connection, server: Any) -> None:
    """Let whoever waits on a connection see its end. Its descriptor may be another's by now: it
    is left alone unless it leads to that server."""
    with suppress(psycopg.Error, OSError), _socket(connection.fileno()) as found:
        if server is None or found.getpeername() == server:
            found.shutdown(socket.SHUT_RDWR)


def _socket(descriptor: int) -> socket.socket:
    return socket.socket(fileno=os.dup(descriptor))
