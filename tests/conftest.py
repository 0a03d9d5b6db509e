"""What holds for every test: no network but this machine's own, repeatable random examples."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from tests.strict import IS_STRICT, everywhere, one_test

if TYPE_CHECKING:
    from collections.abc import Iterator

if IS_STRICT:
    from tests.engine.databases import postgresql

    __all__ = ["postgresql"]

# A slow shared machine is no reason to fail, and what CI finds must be found again at a desk.
settings.register_profile("desk", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("desk"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")


def pytest_report_header() -> list[str]:
    return ["strict profile: on PostgreSQL, a transaction a partition"] if IS_STRICT else []


@pytest.fixture(scope="session", autouse=True)
def _on_postgresql(request: pytest.FixtureRequest) -> Iterator[None]:
    """Under the strict profile: PostgreSQL, whichever database a test names."""
    if not IS_STRICT:
        yield
        return
    with everywhere(request.getfixturevalue("postgresql")):
        yield


@pytest.fixture(autouse=True)
def _within_partitions(request: pytest.FixtureRequest) -> Iterator[None]:
    """Under the strict profile: what it refuses fails the test, whoever caught the error."""
    if not IS_STRICT:
        yield
        return
    from engine.storage.strict import Guard

    Guard.breaches.clear()
    with one_test(is_about_sqlite=request.node.get_closest_marker("sqlite") is not None):
        yield
    assert not Guard.breaches, "\n".join(dict.fromkeys(Guard.breaches))


@pytest.fixture(scope="session", autouse=True)
def _loopback_only() -> Iterator[None]:
    """Refuses every connection that would leave this machine."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded(self: socket.socket, address: Any) -> None:
        _refuse(self, address)
        return connect(self, address)

    def guarded_ex(self: socket.socket, address: Any) -> int:
        _refuse(self, address)
        return connect_ex(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        patch.setattr(socket.socket, "connect_ex", guarded_ex)
        yield


def _refuse(connection: socket.socket, address: Any) -> None:
    if connection.family not in (socket.AF_INET, socket.AF_INET6):
        return
    host = str(address[0])
    if host not in ("localhost", "::1", "") and not host.startswith("127."):
        pytest.fail(f"a test connects to '{host}': only this machine's loopback is allowed")
