"""The HTTP server: waitress in this process, with room for clients that wait for long."""

from __future__ import annotations

import threading
import time
from typing import Any

from waitress import wasyncore
from waitress.server import create_server

GRACE = 5.0
"""Seconds that requests under way have to end in when the server stops."""
STOPPING = "kapellmeister.is_stopping"
"""In a request's environment: a function that says whether held requests should end."""


class Server:
    """One listening server; `run` serves until `stop`."""

    def __init__(
        self,
        app: Any,
        host: str = "127.0.0.1",
        port: int = 0,
        threads: int = 96,
        *,
        trusted_proxies: int = 0,
    ) -> None:
        self._stopping = threading.Event()

        def told(environ: dict[str, Any], start_response: Any) -> Any:
            environ[STOPPING] = self._stopping.is_set
            return app(environ, start_response)

        self._server = create_server(
            told,
            host=host,
            port=port,
            threads=threads,
            connection_limit=4000,
            asyncore_use_poll=True,  # select() ends at 1,024 connections
            channel_request_lookahead=1,  # sees that a client who waits has gone
            channel_timeout=120,
            ident=None,
            # Whom to believe is decided behind, where proxies are counted.
            clear_untrusted_proxy_headers=not trusted_proxies,
            max_request_body_size=64 * 1024 * 1024,
        )
        self.host = host
        self.port: int = self._server.effective_port

    @property
    def url(self) -> str:
        host = "localhost" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/"

    def run(self) -> None:
        """Serve until stopped; then let what is under way end."""
        server, sockets = self._server, self._server._map
        while not self._stopping.is_set():
            wasyncore.loop(timeout=1, use_poll=True, map=sockets, count=1)
        server.del_channel()
        server.socket.close()
        until = time.monotonic() + GRACE
        while server.task_dispatcher.active_count and time.monotonic() < until:
            wasyncore.loop(timeout=0.05, use_poll=True, map=sockets, count=1)
        wasyncore.loop(timeout=0.05, use_poll=True, map=sockets, count=1)  # the last answers
        server.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(sockets, ignore_all=True)

    def stop(self) -> None:
        """Take no more connections; `run` returns when the requests under way have ended."""
        self._stopping.set()
        self._server.pull_trigger()
