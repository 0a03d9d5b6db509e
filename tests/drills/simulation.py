"""Nodes, their clients and a service, simulated from one seed over the real engine and store.

    python -m tests.drills.simulation --seeds 500
    python -m tests.drills.simulation --seed 17 --trace

Everything happens in one thread, in an order that the seed decides: nodes claim, call the service,
answer, crash, stand still beyond their leases; statements fail before, after, or after a commit
whose answer is lost; the service does its work and its answer is lost.
Then all is calm, and what is stored must be what is true of the story without any of it. The same
seed gives the same run, fact by fact.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, get_args
from unittest.mock import patch

from engine import Conflict, Engine, EngineError, InstanceQuery, Job, NotFound, Stale
from engine.services import board, claiming, committer, shell
from tests.drills.faults import (
    LEASE,
    OTHERS,
    SAGA,
    TYPES,
    Clock,
    Fault,
    Mode,
    Told,
    differences,
    judged,
    watched,
)
from tests.kit import document, flows

NODES = 3
ORDERS = 4
STEPS = 250
CALM = 400
"""Steps after the trouble within which all must have come to its end."""


class Service:
    """Does each effect once a key, and counts how often it was asked."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.effects: dict[str, set[str]] = defaultdict(set)

    def call(self, job: Job) -> None:
        self.calls[job.key] += 1
        self.effects[f"{job.type} {job.business_key}"].add(job.key)


class Node:
    """An engine with what it holds in memory only."""

    def __init__(self, number: int, url: str, clock: Callable[[], Any]) -> None:
        self.name = f"n{number}"
        self._url = url
        self._clock = clock
        self.claimed: list[Job] = []
        self.worked: list[Job] = []
        self.engine = self._opened()

    def _opened(self) -> Engine:
        return Engine(self._url, clock=self._clock, partitions=16)

    def crash(self) -> None:
        """What was in memory is gone; what was committed is not."""
        self.engine.close()
        self.claimed, self.worked = [], []
        self.engine = self._opened()


class Time:
    """Stands in for the module `time`: the simulated clock is the only one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def monotonic(self) -> float:
        return self._clock.now.timestamp()

    def time_ns(self) -> int:
        return int(self._clock.now.timestamp() * 1_000_000_000)

    def sleep(self, seconds: float) -> None:
        self._clock.now += timedelta(seconds=max(seconds, 0.001))


class Simulation:
    """One run."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random = Random(seed)
        self.jitter = Random(seed)
        self.clock = Clock()
        self.time = Time(self.clock)
        self.service = Service()
        self.trace: list[str] = []
        self.latest: dict[int, int] = {}
        """The last claim of each job."""
        self.unfenced: list[str] = []
        """Answers that were taken although the job had been given to another since."""
        self.url = f"sqlite:///{folder}/{seed}.db"
        with Engine(self.url, clock=self.clock, partitions=16) as engine:
            engine.migrate()
            engine.deploy({"p.bpmn": document(SAGA, flows(OTHERS))})
        self.nodes = [Node(n, self.url, self.clock) for n in range(NODES)]
        self.asked = [
            (process, "fine" if n % 2 else "declined", f"{process}-{n}")
            for n in range(ORDERS)
            for process in ("listener", "p")
        ]
        self.unasked = list(self.asked)

    def run(self) -> Told:
        """Trouble, then calm; what is stored in the end."""
        with ExitStack() as stack:
            for module in (board, claiming, committer):
                stack.enter_context(patch.object(module, "time", self.time, create=True))
            for module in (claiming, committer, shell):
                stack.enter_context(patch.object(module, "random", self.jitter))
            for node in self.nodes:
                stack.callback(lambda node=node: node.engine.close())
            for _ in range(STEPS):
                self._step(self._trouble)
            for node in self.nodes:
                node.crash()
            for _ in range(CALM):
                if self._step(self._calm) and self._is_over():
                    break
        with Engine(self.url, clock=self.clock, partitions=16) as reader:
            told = judged(reader, Told())
        told.effects = self.service.effects
        return told

    def digest(self) -> str:
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()

    def _is_over(self) -> bool:
        active = InstanceQuery(states=("active",))
        return not self.unasked and not self.nodes[0].engine.instances(active).items

    def _step(self, choose: Callable[[], tuple[Node, str]]) -> bool:
        node, deed = choose()
        try:
            done = getattr(self, f"_{deed}")(node)
        except (Stale, Conflict, NotFound) as error:
            done = type(error).__name__
        except EngineError as error:
            done = f"{type(error).__name__}!"
        self.trace.append(f"{self.clock.now:%H:%M:%S} {node.name} {deed} {done}")
        return bool(done)

    def _trouble(self) -> tuple[Node, str]:
        deeds = ("ask", "due", "claim", "work", "answer", "task", "wait")
        troubles = ("crash", "stand_still", "break_down", "lose")
        node = self.random.choice(self.nodes)
        return node, self.random.choice(deeds * 2 + troubles)

    def _calm(self) -> tuple[Node, str]:
        node = self.nodes[0]
        deeds = ("ask", "due", "claim", "work", "answer", "task", "mend", "wait")
        return node, deeds[len(self.trace) % len(deeds)]

    # What nodes and their clients do

    def _ask(self, node: Node) -> object:
        if not self.unasked:
            return None
        process, name, key = self.unasked[0]
        node.engine.start(process, {"name": name}, business_key=key, idempotency_key=key)
        return self.unasked.pop(0)

    def _due(self, node: Node) -> object:
        return node.engine.run_due(20)

    def _claim(self, node: Node) -> object:
        jobs = node.engine.activate_jobs(TYPES, worker=node.name, limit=2, lock=LEASE)
        node.claimed += jobs
        self.latest.update((job.id, job.epoch) for job in jobs)
        return [job.type for job in jobs]

    def _work(self, node: Node) -> object:
        if not node.claimed:
            return None
        job = node.claimed.pop(0)
        self.service.call(job)
        node.worked.append(job)
        return job.type

    def _answer(self, node: Node) -> object:
        if not node.worked:
            return None
        job = node.worked.pop(0)
        given: dict[str, Any] = {"worker": node.name, "epoch": job.epoch}
        if job.type == "charge" and job.variables["name"] == "declined":
            node.engine.throw_job_error(job.id, "DECLINED", "over the limit", **given)
        else:
            node.engine.complete_job(job.id, {job.type: "done"}, **given)
        if self.latest[job.id] != job.epoch:
            self.unfenced.append(f"{job.type} of {node.name}, claim {job.epoch}")
        return job.type

    def _task(self, node: Node) -> object:
        tasks = node.engine.tasks().items
        if not tasks:
            return None
        task = tasks[0]
        node.engine.complete_task(task.id, {"answer": 42}, idempotency_key=f"task-{task.id}")
        return True

    def _wait(self, node: Node) -> object:
        self.clock.now += timedelta(seconds=self.random.randint(1, 20))
        return True

    def _mend(self, node: Node) -> object:
        """An operator lets what was given up be tried again."""
        incidents = node.engine.incidents().items
        for incident in incidents:
            node.engine.retry(incident.id, reason="the trouble is over")
        return len(incidents)

    # Trouble

    def _crash(self, node: Node) -> object:
        node.crash()
        return True

    def _stand_still(self, node: Node) -> object:
        """Its leases end; what it does afterwards comes too late."""
        self.clock.now += LEASE + timedelta(seconds=5)
        return True

    def _lose(self, node: Node) -> object:
        """The service did it, and its answer was lost: a failed attempt."""
        if not node.claimed:
            return None
        job = node.claimed.pop(0)
        self.service.call(job)
        node.engine.fail_job(job.id, "no answer", retries=3, worker=node.name, epoch=job.epoch)
        return job.type

    def _break_down(self, node: Node) -> object:
        """A statement of what it does next fails."""
        mode: Mode = self.random.choice(get_args(Mode))
        fault = Fault(self.random.randint(1, 25), mode)
        deed = self.random.choice(("ask", "due", "claim", "answer", "task"))
        with watched(node.engine, fault):
            return f"{deed} {mode} {getattr(self, f'_{deed}')(node)}"


def expected(folder: Path) -> Told:
    """The story without trouble."""
    calm = Simulation(folder, -1)
    calm.random = Random(0)
    calm._trouble = calm._calm  # type: ignore[method-assign]
    told = calm.run()
    assert {state for state, _ in told.ends.values()} == {"completed"}, told.ends
    return told


def wrong(folder: Path, seed: int, truth: Told) -> list[str]:
    """What is not as it should be in one run."""
    simulation = Simulation(folder, seed)
    found = differences(truth, simulation.run())
    found += [f"taken from one who had lost it: {words}" for words in simulation.unfenced]
    (folder / f"{seed}.db").unlink()
    return [f"seed {seed}: {words}" for words in found]


@contextmanager
def workplace() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Simulate nodes in trouble, from seeds.",
        epilog="example: python -m tests.drills.simulation --seeds 500",
    )
    parser.add_argument("--seeds", type=int, default=100, help="how many")
    parser.add_argument("--seed", type=int, help="this one only")
    parser.add_argument("--trace", action="store_true", help="print what happened")
    given = parser.parse_args()
    seeds = [given.seed] if given.seed is not None else list(range(given.seeds))
    found: list[str] = []
    with workplace() as folder:
        truth = expected(folder)
        for seed in seeds:
            if given.trace:
                simulation = Simulation(folder, seed)
                found += differences(truth, simulation.run())
                print("\n".join(simulation.trace))
            else:
                found += wrong(folder, seed, truth)
    print(f"{len(seeds)} runs, {len(found)} differences")
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
