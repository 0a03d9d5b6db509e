"""The database's connections break, and its nodes hear of each other, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine import Engine, Handlers, Unavailable, Worker
from engine.services.work import Work
from engine.step import Start
from engine.views import InstanceQuery
from tests.engine.databases import emptied
from tests.kit import document

JOB = "<startEvent id='s'/><serviceTask id='j' k:jobType='work'/><endEvent id='e'/>\ns -> j -> e"
LINE = "<startEvent id='s'/><task id='t'/><endEvent id='e'/>\ns -> t -> e"
PATIENCE = timedelta(seconds=30)


@pytest.fixture
def url(postgresql: sa.URL) -> str:
    return emptied(postgresql)


@contextmanager
def opened(url: str, xml: str = LINE, **settings: Any) -> Iterator[Engine]:
    with Engine(url, **settings) as engine:
        engine.migrate()
        engine.deploy({"p.bpmn": document(xml)})
        yield engine


def cut(url: str) -> None:
    """End every connection to the database but this one."""
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    engine.dispose()


def test_a_connection_that_broke_between_transactions_is_made_again(url: str) -> None:
    with opened(url) as engine:
        engine.start("p")
        cut(url)
        assert engine.start("p").state == "completed"
        cut(url)
        assert engine.instances().total == 2


def test_a_connection_that_breaks_within_a_transaction_costs_nothing(url: str) -> None:
    with opened(url) as engine:
        tries: list[int] = []

        def run(unit: Any) -> None:
            tries.append(1)
            definition = unit.latest("p")
            loaded = unit.create(definition, partition=0, started_by="test")
            unit.step(loaded, Start())
            if len(tries) == 1:
                cut(url)

        engine._shell.do(run)
        assert len(tries) == 2
        assert engine.instances().total == 1


def test_what_may_have_been_committed_is_not_run_again_unasked(url: str) -> None:
    with opened(url) as engine:
        ended: list[str] = []

        def end(*args: Any) -> None:
            if args[2] == "COMMIT" and not ended:
                ended.append(args[2])
                cut(url)

        works = [Work(lambda unit: unit.now) for _ in range(3)]
        sa.event.listen(engine._shell.store.engine, "before_cursor_execute", end)
        engine._shell.committer.do_all(works)
        sa.event.remove(engine._shell.store.engine, "before_cursor_execute", end)

        for work in works:
            with pytest.raises(Unavailable, match="not known"):
                work.answer()
        assert engine.start("p").state == "completed"


def test_a_database_that_is_not_there_is_said_so_at_once(url: str) -> None:
    away = sa.make_url(url).set(host="127.0.0.1", port=1, query={})
    with Engine(away.render_as_string(hide_password=False)) as engine:
        with pytest.raises(Unavailable):
            engine.start("p")
        with pytest.raises(Unavailable):
            engine.instances()


def test_work_goes_on_when_connections_come_back(url: str) -> None:
    handlers = Handlers()
    handlers.add("work", lambda job: {"n": job.attempt})
    with opened(url, JOB) as engine, Worker(engine, threads=2, handlers=handlers):
        ended = engine.start("p", wait=PATIENCE)
        cut(url)
        again = engine.start("p", wait=PATIENCE)
        assert [ended.state, again.state] == ["completed", "completed"]
        assert again.variables == {"n": 1}
        assert engine.instances(InstanceQuery(states=("active",))).total == 0


def test_a_waiting_node_hears_of_work_that_another_has_made(url: str) -> None:
    never = timedelta(hours=1)  # so that only the other's notice can tell
    with (
        opened(url, JOB, poll=never) as one,
        Engine(url, poll=never) as other,
        ThreadPoolExecutor(1) as pool,
    ):
        other._shell.lookout.ensure()
        waiting = pool.submit(other.activate_jobs, ["work"], worker="w", wait=PATIENCE)
        while not other._shell.hub.waited_for():
            pass
        started = []
        while not waiting.done() and len(started) < 200:
            started.append(one.start("p").id)
            other._shell.hub.wait(other._shell.hub.count, 0.05)
        assert waiting.result()[0].instance in started
