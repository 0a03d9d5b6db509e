"""A node's wrong clock gives no wrong result: on a server, nobody reads it."""

from __future__ import annotations

import ast
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

import engine as room
from engine import Actor, Engine, SubscriptionQuery
from engine.storage import store
from tests.engine.databases import emptied, postgresql
from tests.kit import document

__all__ = ["postgresql"]

WALL_CLOCKS = {"now", "utcnow", "today", "time", "time_ns", "localtime", "gmtime"}
ONE_PLACE = "storage/store.py"
HOUR = timedelta(hours=1)
PROCESS = document(
    """<startEvent id='s'/><serviceTask id='j' k:jobType='work'/>
<intermediateCatchEvent id='pause'><timerEventDefinition><timeDuration>PT1M</timeDuration>
</timerEventDefinition></intermediateCatchEvent><endEvent id='e'/>
s -> j -> pause -> e"""
)


def readings(source: str) -> list[str]:
    """Calls of `datetime.now`, `time.time` and their like."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of = node.func.value
            is_clock = isinstance(of, ast.Name) and of.id in ("datetime", "date", "time")
            if is_clock and node.func.attr in WALL_CLOCKS:
                found.append(ast.unparse(node))
    return found


def test_the_engine_reads_a_wall_clock_in_one_place() -> None:
    folder = Path(room.__file__).parent
    found = {
        file.relative_to(folder).as_posix(): told
        for file in folder.rglob("*.py")
        if (told := readings(file.read_text("utf-8")))
    }

    assert found == {ONE_PLACE: ["time.time_ns()"]}


@pytest.fixture
def wrong(postgresql: sa.URL, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A node whose wall clock is an hour ahead."""
    with Engine(emptied(postgresql), partitions=16) as right:
        right.migrate()
        right.deploy({"p.bpmn": PROCESS})
    ahead = SimpleNamespace(
        time_ns=lambda: time.time_ns() + int(HOUR.total_seconds() * 1_000_000_000),
        monotonic=time.monotonic,
    )
    monkeypatch.setattr(store, "time", ahead)
    with Engine(postgresql.render_as_string(hide_password=False), partitions=16) as engine:
        yield engine


def database_now(engine: Engine) -> float:
    with engine._shell.store.reading() as connection:
        query = "SELECT extract(epoch FROM clock_timestamp())"
        return float(connection.exec_driver_sql(query).scalar_one())


def test_leases_timers_and_history_go_by_the_database(wrong: Engine) -> None:
    before = database_now(wrong)
    id = wrong.start("p", by=Actor("ana", "api")).id
    (job,) = wrong.activate_jobs(["work"], worker="w", limit=1, lock=timedelta(seconds=30))
    wrong.complete_job(job.id, {}, worker="w")
    assert wrong.run_due() == 0, "the timer is not due, whatever this node's clock says"
    (wait,) = wrong.subscriptions(SubscriptionQuery(kinds=("timer",))).items
    entries = wrong.history(id, limit=100).items
    after = database_now(wrong)

    assert wait.due is not None
    assert before + 60 <= wait.due.timestamp() <= after + 60
    assert before + 30 <= job.deadline.timestamp() <= after + 30
    assert all(before - 1 <= entry.at.timestamp() <= after for entry in entries)


def test_the_same_holds_without_any_wall_clock(
    wrong: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "time", SimpleNamespace(monotonic=time.monotonic))
    wrong.start("p")
    assert wrong.run_due() == 0
