"""The HTTP server: waitress in this process, with room for clients that wait for long."""

from __future__ import annotations

import threading
from typing import Any

from waitress import wasyncore
from waitress.server import create_server

CLOSING = 2.0
"""Seconds that requests in work get to end when the server stops."""
STOPPING = "kapellmeister.is_stopping"
"""In a request's environment: a function that says whether held requests should end."""


class Server:
    """One listening server; `run` serves until `stop`, which any thread or signal may call."""

    def __init__(
        self,
        app: Any,
        host: str = "127.0.0.1",
        port: int = 0,
        threads: int = 96,
        *,
        trusted_proxies: int = 0,
    ) -> None:
        """Raises OSError when the address cannot be listened on."""
        self._sockets: dict[int, Any] = {}
        self._listeners: list[Any] = []
        self._stopping = threading.Event()

        def told(environ: dict[str, Any], start_response: Any) -> Any:
            environ[STOPPING] = self._stopping.is_set
            return app(environ, start_response)

        try:
            self._server = create_server(
                told,
                map=self._sockets,
                host=host,
                port=port,
                threads=threads,
                connection_limit=4000,
                asyncore_use_poll=True,  # select() ends at 1,024 connections
                channel_timeout=120,
                channel_request_lookahead=1,  # who has gone is noticed at once
                ident=None,
                # Whom to believe is decided behind, where proxies are counted.
                clear_untrusted_proxy_headers=not trusted_proxies,
                max_request_body_size=64 * 1024 * 1024,
            )
        except OSError:
            self._close()
            raise
        self._listeners = [s for s in self._sockets.values() if hasattr(s, "effective_port")]
        self.host = host
        self.port: int = self._listeners[0].effective_port

    @property
    def url(self) -> str:
        host = "localhost" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/"

    def run(self) -> None:
        """Serve until stopped."""
        self._server.run()
        for listener in self._listeners:
            listener.task_dispatcher.shutdown(timeout=CLOSING)

    def stop(self) -> None:
        """Close every connection, from within the serving thread; `run` returns."""
        self._stopping.set()
        if self._sockets:
            self._listeners[0].trigger.pull_trigger(self._close)

    def _close(self) -> None:
        """Close all there is, with what the triggers of waitress keep open of their pipes.

        A thread that is still at work wakes nobody any more: the pipe's number may by then be
        that of another file.
        """
        for listener in self._listeners:
            listener.trigger.pull_trigger = _wake_nobody
        open_ones = list(self._sockets.values())
        wasyncore.close_all(self._sockets, ignore_all=True)
        for one in open_ones:
            if one.socket is not None:
                one.socket.close()


def _wake_nobody(_thunk: object = None) -> None:
    """In the place of a trigger whose server has stopped."""
