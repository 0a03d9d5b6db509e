"""The order drill: many orders, some refused, on a server that is killed in the middle.

    python -m tests.drills.orders --orders 1000 --kills 10

Starts a real `kapellmeister serve`, orders over its HTTP interface, kills it with SIGKILL whenever
another share of the work is done, starts it again, and in the end holds handlers' ledger, instance
states and history against what was foretold.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from socket import socket

import httpx

from engine import Engine, InstanceQuery, Paging
from processes.ledger import ENVIRONMENT, Counts, Ledger
from tests.drills.fate import PROCESS, Order, differences, orders

CLIENTS = 4
PATIENCE = 120
"""Seconds without any progress after which the drill is given up."""


@dataclass
class Report:
    """What the drill saw."""

    orders: int
    kills: int = 0
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
            f"{self.orders} orders, {self.kills} kills, {self.seconds:.0f} s",
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

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = f"sqlite:///{folder / 'engine.db'}"
        with socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.kills = 0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and come back when it answers."""
        command = [str(Path(sys.executable).with_name("kapellmeister")), "--database"]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, self.database, "serve", "--demo", "--port", str(self.port)],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=os.environ | {ENVIRONMENT: str(self.folder / "ledger.sqlite")},
            )
        while True:
            with suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/v2/topology", timeout=5).is_success:
                    return
            if self._process.poll() is not None:
                log_text = (self.folder / "server.log").read_text()
                raise RuntimeError(f"the server ended while starting:\n{log_text[-2000:]}")
            time.sleep(0.05)

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self.kills += 1

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


def run(folder: Path, count: int, kills: int, seed: int = 1, *, clients: int = CLIENTS) -> Report:
    """Order so much, kill so often, and tell what came of it. Everything is kept in `folder`."""
    wanted = orders(count, seed)
    effects = sum(len(order.actions) for order in wanted)
    server, started = Server(folder), time.monotonic()
    book = Ledger(folder / "ledger.sqlite")
    with server.running(), ThreadPoolExecutor(clients) as threads:
        placed = [threads.submit(_place, server.url, order) for order in wanted]
        for kill in range(kills):
            _until(lambda share=kill + 1: book.size() >= effects * share // (kills + 1), book)
            server.kill()
            server.start()
        for future in placed:
            future.result()
        with Engine(server.database) as engine:
            _until(lambda: book.size() >= effects and not _active(engine), book)
    with Engine(server.database) as engine:
        found = differences(engine, book, wanted)
    report = Report(
        orders=count,
        kills=server.kills,
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


def _place(url: str, order: Order) -> None:
    """Order, again and again until the server says that it has it; the key makes it one order."""
    asked = {
        "processDefinitionId": PROCESS,
        "businessId": order.key,
        "variables": dict(order.variables),
    }
    while True:
        with suppress(httpx.TransportError):
            answer = httpx.post(
                f"{url}/v2/process-instances",
                json=asked,
                headers={"Idempotency-Key": order.key},
                timeout=30,
            )
            if answer.is_success:
                return
            if answer.status_code < 500:
                raise RuntimeError(f"{order.key}: {answer.status_code} {answer.text}")
        time.sleep(0.1)


def _active(engine: Engine) -> bool:
    query = InstanceQuery(process_ids=(PROCESS,), states=("active",))
    return bool(engine.instances(query, Paging(limit=1)).items)


def _until(is_reached: Callable[[], bool], book: Ledger) -> None:
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
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for database, ledger and server log")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = told.keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        report = run(folder, told.orders, told.kills, told.seed)
    print(report)
    sys.exit(1 if report.differences else 0)


if __name__ == "__main__":
    main()
