"""What the load bench measures: each function makes its own database and gives seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import sqlalchemy as sa

from engine import Engine, Handlers, Worker
from engine.storage import schema
from engine.views import InstanceQuery, Paging
from tests.bench.fleet import (
    Node,
    clients,
    handlers,
    nodes,
    one_waited,
    started_together,
    waited_together,
)
from tests.bench.moves import straight
from tests.kit import document

START_END = "<startEvent id='s'/><endEvent id='e'/>"
WAIT_HERE = (
    START_END
    + "<userTask id='u'/><serviceTask id='j' camunda:expression='${1 + 1}'/>\ns -> u -> j -> e"
)
WAIT = START_END + "<userTask id='u'/><serviceTask id='j' k:jobType='work'/>\ns -> u -> j -> e"
JOB = START_END + "<serviceTask id='j' k:jobType='work'/>\ns -> j -> e"
JOBS = (
    START_END
    + "".join(f"<serviceTask id='j{i}' k:jobType='work'/>" for i in range(10))
    + f"\ns -> {' -> '.join(f'j{i}' for i in range(10))} -> e"
)
MANY = (
    START_END
    + """<serviceTask id='a' k:jobType='item'><extensionElements>
<zeebe:ioMapping><zeebe:output source='=n' target='n'/></zeebe:ioMapping></extensionElements>
<multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics
inputCollection='=items' inputElement='item' outputCollection='results' outputElement='=n'/>
</extensionElements></multiInstanceLoopCharacteristics></serviceTask>
s -> a -> e"""
)
SAGA = (
    START_END
    + """<serviceTask id='a' k:jobType='work'/><serviceTask id='ua' isForCompensation='true'
k:jobType='undo'/><boundaryEvent id='ba' attachedToRef='a'><compensateEventDefinition/>
</boundaryEvent><association id='aa' sourceRef='ba' targetRef='ua' associationDirection='One'/>
<serviceTask id='b' k:jobType='work'/><serviceTask id='ub' isForCompensation='true'
k:jobType='undo'/><boundaryEvent id='bb' attachedToRef='b'><compensateEventDefinition/>
</boundaryEvent><association id='ab' sourceRef='bb' targetRef='ub' associationDirection='One'/>
<intermediateThrowEvent id='undo'><compensateEventDefinition/></intermediateThrowEvent>
s -> a -> b -> undo -> e"""
)
TIMER = (
    START_END
    + """<intermediateCatchEvent id='w'><timerEventDefinition><timeDuration>PT1H</timeDuration>
</timerEventDefinition></intermediateCatchEvent>
s -> w -> e"""
)
FIRST_PAGE = Paging(limit=1_000)


class Bench:
    """A database, emptied before each measurement."""

    def __init__(self, url: str | None, folder: Path) -> None:
        self._url = url
        self._folder = folder
        self._count = 0
        self.url = ""
        """Of the database that is measured now."""

    @contextmanager
    def engine(self, xml: str, *, is_beside: bool = False, **options: Any) -> Iterator[Engine]:
        """An engine that has deployed this process as `p`; `is_beside`: on a second database, while
        the first is in use."""
        self._count += 1
        url = self._url or f"sqlite:///{self._folder / f'{self._count}.db'}"
        if self._url:
            url = _emptied(self._url, is_beside=is_beside)
        self.url = url
        with Engine(url, handlers(), **options) as engine:
            engine.migrate()
            engine.deploy({"p.bpmn": document(xml)})
            engine.start("p", {"items": []})  # compiled, prepared
            engine.instances()
            yield engine


def _emptied(url: str, *, is_beside: bool) -> str:
    """The URL of the database there, or of one beside it, that holds nothing."""
    given = sa.make_url(url)
    driver = given.set(drivername="postgresql+psycopg")
    database = sa.create_engine(driver, isolation_level="AUTOCOMMIT")
    with database.connect() as connection:
        if is_beside:
            connection.exec_driver_sql("DROP DATABASE IF EXISTS kapellmeister_beside")
            connection.exec_driver_sql("CREATE DATABASE kapellmeister_beside")
            given = given.set(database="kapellmeister_beside")
        else:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
    database.dispose()
    return given.render_as_string(hide_password=False)


def drained(engine: Engine) -> None:
    """Returns when no instance runs any more; asks for little, so as not to be measured itself."""
    running = sa.select(sa.exists().where(schema.instance.c.state == "active"))
    query = str(running.compile(dialect=engine._shell.store.engine.dialect))
    with engine._shell.store.engine.connect() as connection:
        while connection.exec_driver_sql(query, ("active",)).scalar():
            time.sleep(0.02)


def line(bench: Bench, times: int, count: int) -> float:
    with bench.engine(straight(10)) as engine:
        return clients(count, lambda n: engine.start("p", {"n": n}), times) / times


def line_together(bench: Bench, times: int) -> float:
    """The same, many in one commit."""
    with bench.engine(straight(10)) as engine:
        begun = time.perf_counter()
        started_together(engine, times)
        return (time.perf_counter() - begun) / times


def line_of(bench: Bench, times: int, processes: int) -> float:
    """The same, by several processes."""
    with (
        bench.engine(straight(10)) as engine,
        nodes(processes, "start_many", bench.url, "0", str(times // processes)) as made,
    ):
        return _raced(engine, made, times // processes * processes)


def _raced(engine: Engine, made: Sequence[Node], times: int) -> float:
    """Seconds an instance that these nodes need to start, and to see ended."""
    begun = time.perf_counter()
    for node in made:
        node.go()
    ended = sa.select(sa.func.count()).where(schema.instance.c.state != "active")
    query = str(ended.compile(dialect=engine._shell.store.engine.dialect))
    with engine._shell.store.engine.connect() as connection:
        while connection.exec_driver_sql(query, ("active",)).scalar_one() <= times:
            time.sleep(0.02)
    return (time.perf_counter() - begun) / times


def wait(bench: Bench, times: int, count: int, xml: str = WAIT) -> float:
    """Start, find the task, complete it; a worker does the service task, if it is a job."""
    with bench.engine(xml) as engine:
        one = one_waited(engine)
        _finish(engine)
        with Worker(engine, threads=2):
            begun = time.perf_counter()
            clients(count, one, times)
            drained(engine)
            return (time.perf_counter() - begun) / times


def wait_together(bench: Bench, times: int) -> float:
    """Start, find the task, complete it, many in one commit; the service task is done here."""
    with bench.engine(WAIT_HERE) as engine:
        _finish(engine)
        begun = time.perf_counter()
        waited_together(engine, times)
        return (time.perf_counter() - begun) / times


def wait_of(bench: Bench, times: int, processes: int) -> float:
    """The same, by several processes."""
    with bench.engine(WAIT_HERE) as engine:
        _finish(engine)
        share = str(times // processes)
        with nodes(processes, "wait_many", bench.url, "0", share) as made:
            return _raced(engine, made, times // processes * processes)


def _finish(engine: Engine) -> None:
    for instance in engine.instances(InstanceQuery(states=("active",)), FIRST_PAGE).items:
        engine.cancel(instance.id, reason="only to warm up")


def worked(bench: Bench, xml: str, times: int) -> float:
    """Instances started before the clock is; workers drain them."""
    with bench.engine(xml) as engine:
        _finish(engine)
        started_together(engine, times)
        with Worker(engine, threads=4):
            begun = time.perf_counter()
            drained(engine)
            return (time.perf_counter() - begun) / times


def worked_by(bench: Bench, xml: str, times: int, processes: int) -> float:
    """The same, drained by several processes."""
    with bench.engine(xml) as engine:
        _finish(engine)
        started_together(engine, times)
        with nodes(processes, "work", bench.url, "4") as made:
            begun = time.perf_counter()
            for node in made:
                node.go()
            drained(engine)
            return (time.perf_counter() - begun) / times


def many(bench: Bench, items: int) -> float:
    """Seconds for one instance with so many jobs, results collected."""
    with bench.engine(MANY) as engine, Worker(engine, threads=4):
        begun = time.perf_counter()
        ended = engine.start("p", {"items": list(range(items))}, wait=timedelta(minutes=10))
        took = time.perf_counter() - begun
        assert ended.variables is not None, engine.instance(ended.id).head
        assert ended.variables["results"] == [2 * n for n in range(items)]
        return took


def among(bench: Bench, few: int, waiting: int, times: int) -> tuple[float, float]:
    """Seconds for a start, finding the task and completing it, beside few instances that wait and
    beside many; medians. Both are measured in turn, so that what else the machine does is the same
    for both."""
    with bench.engine(WAIT_HERE) as small, bench.engine(WAIT_HERE, is_beside=True) as large:
        ones = []
        for engine, count in ((small, few), (large, waiting)):
            _finish(engine)
            started_together(engine, count)
            ones.append(one_waited(engine))
        took: tuple[list[float], list[float]] = ([], [])
        for number in range(times + 20):
            for place in (0, 1) if number % 2 else (1, 0):
                begun = time.perf_counter()
                ones[place](number)
                took[place].append(time.perf_counter() - begun)
        return median(took[0][20:]), median(took[1][20:])


def reached(bench: Bench, times: int) -> float:
    """Median seconds from the commit of a job to its handler, where a worker waits for it."""
    arrived, seen = threading.Event(), [0.0]

    def take(_: Any) -> None:
        seen[0] = time.perf_counter()
        arrived.set()

    waiting = Handlers()
    waiting.add("work", take)
    took = []
    with bench.engine(JOB) as engine:
        _finish(engine)
        with Engine(bench.url, waiting) as other, Worker(other, threads=1):
            for number in range(times + 5):
                engine.start("p", {"n": number})
                committed = time.perf_counter()
                if not arrived.wait(30):
                    raise RuntimeError("a job reached no worker within 30 seconds")
                arrived.clear()
                took.append(seen[0] - committed)
    return max(median(took[5:]), 0.0)


def timers(bench: Bench, count: int) -> float:
    """Seconds until so many timers that are due at once have happened."""
    now = datetime(2030, 1, 1, tzinfo=UTC)
    with bench.engine(TIMER, clock=lambda: now) as engine:
        started_together(engine, count)
        now += timedelta(hours=1)
        begun = time.perf_counter()
        with Worker(engine):
            drained(engine)
        return time.perf_counter() - begun


def statements(bench: Bench) -> list[tuple[str, float, float, float]]:
    """Statements, transactions and bytes of write-ahead log per instance; one client."""
    found = []
    for name, xml in (("straight line of 10", straight(10)), ("10 jobs", JOBS), ("saga", SAGA)):
        with bench.engine(xml) as engine:
            _finish(engine)
            counted: list[str] = []

            def count(*args: Any, into: list[str] = counted) -> None:
                into.append(args[2])

            database = engine._shell.store.engine
            before = _log_position(engine)
            sa.event.listen(database, "before_cursor_execute", count)
            begun = engine._shell.committer.transactions
            times = 50
            for number in range(times):
                engine.start("p", {"n": number})
                while jobs := engine.activate_jobs(["work", "undo"], worker="w"):
                    for job in jobs:
                        engine.complete_job(job.id, {"r": 1})
            transactions = engine._shell.committer.transactions - begun
            sa.event.remove(database, "before_cursor_execute", count)
            written = _log_position(engine) - before
            found.append((name, len(counted) / times, transactions / times, written / times))
    return found


def _log_position(engine: Engine) -> int:
    store = engine._shell.store
    if store.profile.name == "postgresql":
        with store.engine.connect() as connection:
            query = "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"
            return int(connection.exec_driver_sql(query).scalar_one())
    log = Path(f"{store.url.database}-wal")
    return log.stat().st_size if log.exists() else 0
