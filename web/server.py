"""The HTTP server: waitress in this process, with room for clients that wait for long."""

from __future__ import annotations

from typing import Any

from waitress import wasyncore
from waitress.server import create_server

CLOSING = 2.0
"""Seconds that requests in work get to end when the server stops."""


class Server:
    """One listening server; `run` serves until `stop`, which any thread or signal may call."""

    def __init__(self, app: Any, host: str = "127.0.0.1", port: int = 0, threads: int = 96) -> None:
        """Raises OSError when the address cannot be listened on."""
        self._sockets: dict[int, Any] = {}
        try:
            self._server = create_server(
                app,
                map=self._sockets,
                host=host,
                port=port,
                threads=threads,
                connection_limit=1000,
                channel_timeout=120,
                channel_request_lookahead=1,  # who has gone is noticed at once
                ident=None,
                clear_untrusted_proxy_headers=True,
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
        if self._sockets:
            self._listeners[0].trigger.pull_trigger(self._close)

    def _close(self) -> None:
        """Close all there is, with what the triggers of waitress keep open of their pipes."""
        open_ones = list(self._sockets.values())
        wasyncore.close_all(self._sockets, ignore_all=True)
        for one in open_ones:
            if one.socket is not None:
                one.socket.close()
