"""The outage drill: how long callers wait while the database says nothing, and work for its heirs.

    python -m tests.drills.outages
    python -m tests.drills.outages --away 30 --orders 300

Two real nodes on a PostgreSQL of the drill's own; clients start instances at both, all the time.
The database is stopped in the middle of whatever it does (it keeps its connections and says
nothing), then killed and started again; then one node is killed while it holds jobs. Printed is
how long the slowest answer took, what was answered, how soon it went on, and how soon the other
node had taken over. What was acknowledged is there in the end, once.
"""

from __future__ import annotations

import argparse
import itertools
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from engine import Engine, InstanceQuery, JobQuery, Paging
from tests.drills.fate import PROCESS, orders
from tests.drills.orders import PATIENCE, PostgreSQL, Server

CLIENTS = 4
GAP = 0.02
"""Seconds between a client's answer and its next question."""


@dataclass(frozen=True)
class Answer:
    """What a client saw."""

    asked: float
    seconds: float
    status: int
    """Of HTTP; 0 where the connection broke."""


@dataclass
class Report:
    """One row a trouble."""

    rows: list[tuple[str, str, float, float]] = field(default_factory=list)
    """Trouble, answers by status, seconds of the slowest, seconds until it went on."""
    held: int = 0
    taken_over: float = 0.0
    """Seconds until the last of the held jobs was somebody else's."""
    acknowledged: int = 0
    differences: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = ["trouble            slowest answer  went on after  answers"]
        for trouble, answers, slowest, after in self.rows:
            lines.append(f"{trouble:18} {slowest:12.2f} s {after:12.2f} s  {answers}")
        lines.append(f"node killed with {self.held} jobs: taken over in {self.taken_over:.1f} s")
        lines.append(f"{self.acknowledged} acknowledged, {len(self.differences)} differences")
        return "\n".join([*lines, *self.differences[:20]])


class Clients:
    """Start instances, one after the other, and repeat what was not taken."""

    def __init__(self, urls: list[str]) -> None:
        self.answers: list[Answer] = []
        self.keys: set[str] = set()
        self.acknowledged: set[str] = set()
        self._urls = urls
        self._over = threading.Event()
        self._numbers = itertools.count()
        self._threads = [
            threading.Thread(target=self._ask, args=(urls[n % len(urls)],)) for n in range(CLIENTS)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def after(self, moment: float) -> list[Answer]:
        """Answers to what was under way at that moment, or asked since."""
        return [one for one in list(self.answers) if one.asked + one.seconds >= moment]

    def _ask(self, url: str) -> None:
        with httpx.Client(timeout=PATIENCE) as http:
            while not self._over.is_set():
                key = f"asked-{next(self._numbers)}"
                self.keys.add(key)
                while not self._over.is_set() and not self._is_taken(http, url, key):
                    time.sleep(GAP)
                time.sleep(GAP)

    def _is_taken(self, http: httpx.Client, url: str, key: str) -> bool:
        began = time.monotonic()
        order = {"order_id": key, "quantity": 1, "unit_price": 10}
        body = {"processDefinitionId": PROCESS, "businessId": key, "variables": order}
        try:
            answer = http.post(
                f"{url}/v2/process-instances", json=body, headers={"Idempotency-Key": key}
            )
            status = answer.status_code
        except httpx.TransportError:
            status = 0
        if 400 <= status < 500:
            raise RuntimeError(f"{key}: {status} {answer.text}")
        self.answers.append(Answer(began, time.monotonic() - began, status))
        if status == 200:
            self.acknowledged.add(key)
        return status == 200


def run(folder: Path, away: float, count: int) -> Report:
    """Make each trouble, and tell what it meant."""
    database = PostgreSQL(folder / "postgresql")
    report = Report()
    servers = [Server(folder, database.url, f"node-{n}") for n in range(2)]
    try:
        with ExitStack() as stack:
            for server in servers:
                stack.enter_context(server.running())
            clients = Clients([server.url for server in servers])
            stack.callback(clients.stop)
            _until(lambda: bool(clients.acknowledged))
            began = time.monotonic()
            with database.frozen():
                time.sleep(away)
            report.rows.append(_row("database stopped", clients, began, time.monotonic()))
            began = time.monotonic()
            database.restart(away)
            report.rows.append(_row("database killed", clients, began, time.monotonic()))
            clients.stop()
            with Engine(database.url) as engine:
                _take_over(report, engine, servers, count)
                report.differences += _differences(engine, clients)
                report.acknowledged = len(clients.acknowledged)
    finally:
        database.stop()
    return report


def _row(
    trouble: str, clients: Clients, began: float, over: float
) -> tuple[str, str, float, float]:
    _until(lambda: any(one.status == 200 and one.asked > over for one in clients.after(over)))
    answers = clients.after(began)
    first = min(
        one.asked + one.seconds for one in answers if one.status == 200 and one.asked > over
    )
    counts = Counter(one.status for one in answers if one.asked < over)
    told = ", ".join(f"{n} x {status or 'broken'}" for status, n in sorted(counts.items()))
    return trouble, told, max(one.seconds for one in answers), first - over


def _take_over(report: Report, engine: Engine, servers: list[Server], count: int) -> None:
    """Kill the first node while it holds jobs; wait until they are somebody else's, and done."""
    victim = servers[0]
    for order in orders(count, 1):
        engine.start(PROCESS, dict(order.variables), business_key=f"over-{order.key}")
    mine = f"-{victim.pid}-"
    held: set[int] = set()
    while not held:
        victim.signal(signal.SIGSTOP)
        held = _held(engine, mine)
        if not held:
            victim.signal(signal.SIGCONT)
            time.sleep(0.01)
    victim.kill()
    began = time.monotonic()
    _until(lambda: not held & _held(engine, mine))
    report.held, report.taken_over = len(held), time.monotonic() - began
    active = InstanceQuery(process_ids=(PROCESS,), states=("active",))
    _until(lambda: not engine.instances(active, Paging(limit=1)).items)


def _held(engine: Engine, worker: str) -> set[int]:
    jobs = engine.jobs(JobQuery(), Paging(limit=1000)).items
    return {job.id for job in jobs if job.state == "claimed" and worker in (job.worker or "")}


def _differences(engine: Engine, clients: Clients) -> list[str]:
    wrong = []
    for key in sorted(clients.keys):
        found = engine.instances(InstanceQuery(business_keys=(key,)), Paging(limit=2)).total
        if found > 1 or (found == 0 and key in clients.acknowledged):
            wrong.append(f"{key}: {found} instances")
    return wrong


def _until(is_reached: Callable[[], object]) -> None:
    """Wait for something. Raises TimeoutError."""
    until = time.monotonic() + PATIENCE
    while not is_reached():
        if time.monotonic() > until:
            raise TimeoutError(f"not reached within {PATIENCE} s")
        time.sleep(0.02)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--away", type=float, default=10.0, help="seconds without a database")
    parser.add_argument("--orders", type=int, default=200, help="orders for the node to be killed")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = run(Path(folder), given.away, given.orders)
    print(report)
    return 1 if report.differences else 0


if __name__ == "__main__":
    sys.exit(main())
