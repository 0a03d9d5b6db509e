"""A database that says nothing any more: nobody waits for it, and nothing is lost or done twice."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Semaphore
from typing import Any

import pytest
import sqlalchemy as sa

from engine import Engine, Unavailable
from engine.storage.watch import Watch
from tests.engine.databases import emptied, frozen, postgresql
from tests.kit import document

__all__ = ["postgresql"]

PROCESS = document("<startEvent id='s'/><userTask id='u'/><endEvent id='e'/>\ns -> u -> e")
PATIENCE = 60
"""Seconds after which a test is told that somebody waits for ever."""


@pytest.fixture
def engine(postgresql: sa.URL) -> Iterator[Engine]:
    with Engine(emptied(postgresql), partitions=16) as engine:
        engine.migrate()
        engine.deploy({"p.bpmn": PROCESS})
        engine.start("p", business_key="first")
        yield engine


def refused(asked: Future[Any]) -> bool:
    return isinstance(asked.exception(timeout=PATIENCE), Unavailable)


def until_taken(engine: Engine, key: str) -> int:
    while True:
        try:
            return engine.start("p", business_key=key, idempotency_key=key).id
        except Unavailable:
            continue


def test_who_waits_hears_of_it_and_can_say_it_again(engine: Engine, postgresql: sa.URL) -> None:
    with ThreadPoolExecutor(3) as threads:
        with frozen(postgresql):
            start = threads.submit(
                engine.start, "p", business_key="second", idempotency_key="second"
            )
            read = threads.submit(engine.instances)
            assert refused(start)
            assert refused(read)
            assert refused(threads.submit(engine.ping))
            assert refused(threads.submit(engine.tasks))
        until_taken(engine, "second")

    keys = sorted(str(one.business_key) for one in engine.instances().items)
    assert keys == ["first", "second"]


def test_a_database_that_is_only_slow_is_waited_for(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Semaphore(0)
    ask = Watch._ask

    def counted(watch: Watch, own: Any) -> None:
        ask(watch, own)
        asked.release()

    monkeypatch.setattr(Watch, "_ask", counted)
    monkeypatch.setattr("engine.storage.watch.EVERY", 0.01)
    store = engine._shell.store

    def wait() -> int:
        with store.reading() as connection:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(1, 1)")
            return int(connection.exec_driver_sql("SELECT 42").scalar_one())

    with ThreadPoolExecutor(1) as threads:
        with store.engine.begin() as holder:
            holder.exec_driver_sql("SELECT pg_advisory_lock(1, 1)")
            waiting = threads.submit(wait)
            for _ in range(3):
                assert asked.acquire(timeout=PATIENCE)
            assert not waiting.done()
            holder.exec_driver_sql("SELECT pg_advisory_unlock(1, 1)")
        assert waiting.result(timeout=PATIENCE) == 42


def test_a_watch_that_never_began_ends(postgresql: sa.URL) -> None:
    Watch(postgresql, sa.create_engine(postgresql)).close()
