"""Without its database a node answers 503 within seconds; it works on when that is back."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from tests.engine.databases import postgresql
from tests.web.api.kit import SERVICE, Served

__all__ = ["postgresql"]
SOON = 4.0
"""Seconds: two, and what a busy machine adds."""


class Cable:
    """Leads connections to a database's socket; can be pulled, and put in again."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._ends: list[socket.socket] = []
        self._is_out = False
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if self._is_out:
                    near.close()
                    continue
                far = socket.socket(socket.AF_UNIX)
                far.connect(self._address)
                self._ends += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._lead, args=(one, other), daemon=True).start()

    def _lead(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65_536):
                other.sendall(data)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def pull(self) -> None:
        self._is_out = True
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def put_in(self) -> None:
        self._is_out = False

    def close(self) -> None:
        self.pull()
        self._listener.close()
        for end in self._ends:
            end.close()


@pytest.fixture
def cable(postgresql: sa.URL) -> Iterator[Cable]:
    folder = postgresql.query.get("host")
    if folder is None:
        pytest.skip("the test's database has no socket of this machine")
    admin = sa.create_engine(postgresql, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    admin.dispose()
    made = Cable(f"{folder}/.s.PGSQL.5432")
    yield made
    made.close()


@pytest.mark.parametrize("fresh", [0.0, 3_600.0], ids=["accounts unread", "accounts read"])
def test_without_its_database_the_api_says_so_soon_and_comes_back(
    cable: Cable, postgresql: sa.URL, fresh: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.services.access.FRESH", fresh)
    through = postgresql.set(host="127.0.0.1", port=cable.port, query={})
    with Served(through.render_as_string(hide_password=False)) as api:
        api.deploy(SERVICE)
        key = api.start()
        cable.pull()
        for method, path, body in (
            ("POST", "/v2/process-instances", {"processDefinitionId": "p"}),
            ("POST", "/v2/process-instances/search", {}),
            ("GET", f"/v2/process-instances/{key}", None),
            ("POST", "/v2/jobs/activation", ACTIVATION),
            ("GET", "/engine-rest/task", None),
            ("GET", "/health/ready", None),
            ("GET", "/v2/status", None),
        ):
            began = time.monotonic()
            answer = api.http.request(method, path, json=body)
            assert answer.status_code == 503, f"{path}: {answer.text}"
            assert time.monotonic() - began < SOON, path
        assert api.call("GET", "/health/live") == {"status": "live"}
        cable.put_in()
        assert api.state(key) == "ACTIVE"
        assert api.start() != key


ACTIVATION = {"type": "work", "worker": "w", "timeout": 1_000, "maxJobsToActivate": 1}
