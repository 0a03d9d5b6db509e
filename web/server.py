"""The HTTP server: waitress in this process, with room for clients that wait for long."""

from __future__ import annotations

from typing import Any

from waitress.server import create_server


class Server:
    """One listening server; `run` serves until `stop`."""

    def __init__(self, app: Any, host: str = "127.0.0.1", port: int = 0, threads: int = 96) -> None:
        self._server = create_server(
            app,
            host=host,
            port=port,
            threads=threads,
            connection_limit=1000,
            channel_timeout=120,
            ident=None,
            clear_untrusted_proxy_headers=True,
            max_request_body_size=64 * 1024 * 1024,
        )
        self.host = host
        self.port: int = self._server.effective_port

    @property
    def url(self) -> str:
        host = "localhost" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/"

    def run(self) -> None:
        """Serve until stopped."""
        try:
            self._server.run()
        except OSError:
            if not self._stopped:
                raise

    _stopped = False

    def stop(self) -> None:
        """Take no more connections; `run` returns."""
        self._stopped = True
        self._server.close()
        self._server.trigger.pull_trigger()
