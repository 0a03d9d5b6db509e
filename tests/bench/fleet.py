"""Processes for the bench: nodes that share one database, each with its own interpreter.

python -m tests.bench.fleet work URL THREADS              a worker, until its input ends
python -m tests.bench.fleet start URL CLIENTS TIMES       starts instances of `p`, then ends
python -m tests.bench.fleet wait URL CLIENTS TIMES        starts, completes the task, then ends
python -m tests.bench.fleet start_many URL 0 TIMES        as `start`, many in one commit
python -m tests.bench.fleet wait_many URL 0 TIMES         as `wait`, many in one commit
"""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import structlog

from engine import Engine, EngineError, Handlers, Worker
from engine.views import Answer, Job, TaskQuery

READY = "ready\n"
TOGETHER = 250
"""Given at once where many share a commit."""


def handlers() -> Handlers:
    made = Handlers()
    made.add("work", lambda job: {"r": job.attempt})
    made.add("undo", lambda _: None)

    def item(job: Job) -> dict[str, Any]:
        return {"n": 2 * job.variables["item"]}

    made.add("item", item)
    return made


def clients(count: int, work: Callable[[int], object], times: int) -> float:
    """Seconds that so many threads need to do something so many times."""
    begun = time.perf_counter()
    if count == 1:
        for number in range(times):
            work(number)
    else:
        with ThreadPoolExecutor(count) as pool:
            list(pool.map(work, range(times)))
    return time.perf_counter() - begun


def one_started(engine: Engine) -> Callable[[int], object]:
    return lambda number: engine.start("p", {"n": number})


def one_waited(engine: Engine) -> Callable[[int], object]:
    """Start, find the task, complete it."""

    def one(number: int) -> None:
        started = engine.start("p", {"n": number})
        (task,) = engine.tasks(TaskQuery(instance=started.id)).items
        engine.complete_task(task.id, {"ok": True})

    return one


def started_together(engine: Engine, times: int) -> None:
    """Start so many, as many in one commit as there may be."""
    for first in range(0, times, TOGETHER):
        given = [{"n": n} for n in range(first, min(first + TOGETHER, times))]
        _expect(engine.start_many("p", given))


def waited_together(engine: Engine, times: int) -> None:
    """Start, find the tasks, complete them; as many in one commit as there may be."""
    for first in range(0, times, TOGETHER):
        given = [{"n": n} for n in range(first, min(first + TOGETHER, times))]
        answers = []
        for started in _expect(engine.start_many("p", given)):
            (task,) = engine.tasks(TaskQuery(instance=started.id)).items
            answers.append(Answer(id=task.id, variables={"ok": True}))
        _expect(engine.complete_tasks(answers))


def _expect(answers: list[Any]) -> list[Any]:
    for one in answers:
        if isinstance(one, EngineError):
            raise one
    return answers


class Node:
    """One process of the fleet."""

    def __init__(self, *words: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.fleet", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if line != READY:
            raise RuntimeError(f"a node of the bench did not come up: {line!r}")

    def go(self) -> None:
        """Let it begin."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def end(self) -> None:
        """Returns when it has ended."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        if self._process.wait(600):
            raise RuntimeError(f"a node of the bench ended with {self._process.returncode}")


@contextmanager
def nodes(count: int, *words: str) -> Iterator[Sequence[Node]]:
    """So many processes, ready to begin; they have ended when this is left."""
    made = [Node(*words) for _ in range(count)]
    try:
        yield made
    finally:
        for node in made:
            node.end()


def main(verb: str, url: str, count: int, times: int = 0) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with Engine(url, handlers()) as engine:
        engine.instances()
        sys.stdout.write(READY)
        sys.stdout.flush()
        sys.stdin.readline()
        if verb == "work":
            with Worker(engine, threads=count):
                sys.stdin.read()
        elif verb == "start_many":
            started_together(engine, times)
        elif verb == "wait_many":
            waited_together(engine, times)
        else:
            one = one_started(engine) if verb == "start" else one_waited(engine)
            clients(count, one, times)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
