"""The server listens, answers and stops."""

from __future__ import annotations

import threading
from typing import Any

import httpx
import pytest

from web.server import Server


def hello(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["PATH_INFO"].encode()]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_it_answers_until_it_is_stopped(host: str) -> None:
    server = Server(hello, host)
    serving = threading.Thread(target=server.run)
    serving.start()
    with httpx.Client() as client:  # its connection stays open while the server stops
        assert client.get(f"{server.url}a").text == "/a"
        server.stop()
        serving.join(timeout=20)
    assert not serving.is_alive()


def test_an_address_that_is_taken_is_refused() -> None:
    first = Server(hello)
    with pytest.raises(OSError, match="in use"):
        Server(hello, port=first.port)
    first.stop()
    first.run()
