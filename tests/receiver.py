"""A program that is told of events: it listens on this machine, and answers as a test says."""

from __future__ import annotations

import base64
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Call(NamedTuple):
    headers: dict[str, str]
    content: bytes

    @property
    def event(self) -> Any:
        return json.loads(self.content)

    def is_signed_by(self, secret: str) -> bool:
        """As Standard Webhooks has a receiver check it."""
        signed = b".".join(
            (
                self.headers["webhook-id"].encode(),
                self.headers["webhook-timestamp"].encode(),
                self.content,
            )
        )
        key = base64.b64decode(secret.removeprefix("whsec_"))
        wanted = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
        return f"v1,{wanted}" in self.headers["webhook-signature"].split(" ")


class Receiver:
    def __init__(self) -> None:
        self.url = ""
        self.calls: list[Call] = []
        self.status = 204
        self.headers: dict[str, str] = {}
        self._came = threading.Event()

    def take(self, call: Call) -> None:
        self.calls.append(call)
        self._came.set()

    def wait(self, seconds: float) -> bool:
        """Until something more comes; whether it did."""
        came = self._came.wait(seconds)
        self._came.clear()
        return came

    @property
    def types(self) -> list[str]:
        return [call.event["type"].removeprefix("kapellmeister.") for call in self.calls]

    @property
    def ids(self) -> list[str]:
        return [call.headers["webhook-id"] for call in self.calls]


@contextmanager
def receiver() -> Iterator[Receiver]:
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            found.take(Call(headers, content))
            self.send_response(found.status)
            for name, value in found.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.url = f"http://127.0.0.1:{server.server_port}/events"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
