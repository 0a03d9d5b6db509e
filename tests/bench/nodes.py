"""What a node costs: its start beside many definitions and open instances, and its memory.

python -m tests.bench.nodes            1,000 definitions, 100,000 open instances
python -m tests.bench.nodes --quick    smaller
"""

from __future__ import annotations

import argparse
import logging
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import structlog

from engine import Engine, Worker
from tests.bench.cases import JOBS, TIMER, drained
from tests.bench.fleet import clients, handlers, one_started
from tests.kit import document

UP = """
import sys, time
begun = time.perf_counter()
from engine import Engine, Worker
from tests.bench.fleet import handlers
with Engine(sys.argv[1], handlers()) as engine:
    engine.migrate()
    with Worker(engine):
        engine.ping()
        engine.instances()
        engine.start("p1", {})
        print(time.perf_counter() - begun)
"""
DEPLOYED = 50
"""Files of one deployment."""


def filled(url: str, definitions: int, waiting: int) -> None:
    """A database with so many processes, and so many instances that wait for an hour to pass."""
    with Engine(url) as engine:
        engine.migrate()
        text = document(TIMER).decode()
        for first in range(0, definitions, DEPLOYED):
            files = {
                f"{n}.bpmn": re.sub(r"(<process[^>]* id=['\"])p(['\"])", rf"\g<1>p{n}\g<2>", text)
                for n in range(first, first + DEPLOYED)
            }
            engine.deploy({name: text.encode() for name, text in files.items()})
        for n in range(definitions):
            share = range(n, waiting, definitions)
            engine.start_many(f"p{n}", [{"n": number} for number in share])


def start_up(folder: Path, definitions: int, waiting: int) -> tuple[float, float]:
    """Seconds from the import to the first committed start, in a process of its own; and how much
    of it the processor was at work for."""
    url = f"sqlite:///{folder / 'many.db'}"
    filled(url, definitions, waiting)
    command = [sys.executable, "-c", UP, url]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return float(found.stdout), busy


def resident() -> float:
    """Megabytes of this process now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def memory(folder: Path, rounds: int, each: int) -> list[float]:
    """Megabytes after each round of so many instances of ten jobs, in a process that has filled
    its cache of instances before."""
    found = []
    with Engine(f"sqlite:///{folder / 'load.db'}", handlers()) as engine:
        engine.migrate()
        engine.deploy({"p.bpmn": document(JOBS)})
        with Worker(engine):
            for _ in range(rounds):
                clients(8, one_started(engine), each)
                drained(engine)
                found.append(resident())
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="smaller")
    quick = parser.parse_args().quick
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    definitions, waiting = (100, 2_000) if quick else (1_000, 100_000)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        took, busy = start_up(folder, definitions, waiting)
        words = f"start-up, {definitions:,} definitions, {waiting:,} open"
        bounds = "must 3 s, goal 1 s"
        print(f"{words}: {took:.2f} s, processor {busy:.2f} s ({bounds})", flush=True)
        rounds, each = (6, 100) if quick else (20, 1_000)
        found = memory(folder, rounds, each)
        shown = " ".join(f"{mb:.0f}" for mb in found)
        half = found[len(found) // 2 :]
        slope = (half[-1] - half[0]) / (len(half) - 1) / each * 1_000
        print(f"memory after each {each:,} instances of 10 jobs (MB): {shown}")
        print(f"{max(found):.0f} MB at most (must 300, goal 150); in the second half of the rounds")
        print(f"{slope:+.2f} MB per 1,000 instances", flush=True)


if __name__ == "__main__":
    main()
