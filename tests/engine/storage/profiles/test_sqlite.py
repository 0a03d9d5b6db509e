"""SQLite: one writer at a time, also when it is another process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.storage.profiles import sqlite
from engine.storage.store import Store

INSERT = "INSERT INTO said VALUES (?)"


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Store, Store]]:
    """Two nodes of one file."""
    url = f"sqlite:///{tmp_path / 'engine.db'}"
    one, other = Store(url), Store(url)
    with one.transaction() as transaction:
        transaction.connection.exec_driver_sql("CREATE TABLE said (word TEXT)")
    yield one, other
    one.close()
    other.close()


def test_a_writer_waits_for_the_writer_of_another_node(
    two: tuple[Store, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two
    refused, sleep = threading.Event(), sqlite.time.sleep

    def pause(seconds: float) -> None:
        refused.set()
        sleep(seconds)

    monkeypatch.setattr(sqlite.time, "sleep", pause)

    def second() -> None:
        with other.transaction() as transaction:
            transaction.connection.exec_driver_sql(INSERT, ("second",))

    with ThreadPoolExecutor(1) as pool:
        with one.transaction() as transaction:
            transaction.connection.exec_driver_sql(INSERT, ("first",))
            waiting = pool.submit(second)
            assert refused.wait(30)
            assert not waiting.done()
        waiting.result(30)
    with one.reading() as connection:
        words = connection.exec_driver_sql("SELECT word FROM said ORDER BY rowid").scalars().all()
    assert words == ["first", "second"]


def test_a_writer_that_has_waited_long_enough_says_so(
    two: tuple[Store, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two
    monkeypatch.setattr(sqlite, "PATIENCE", 0.0)
    with one.transaction() as transaction:
        transaction.connection.exec_driver_sql(INSERT, ("first",))
        with pytest.raises(sa.exc.OperationalError, match="locked") as refused, other.transaction():
            pass
        assert other.profile.is_conflict(refused.value)
    with other.transaction() as transaction:
        transaction.connection.exec_driver_sql(INSERT, ("then",))
