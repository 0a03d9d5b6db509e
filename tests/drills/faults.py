"""The k-th statement fails: before it, after it, or after a commit whose answer is lost; once, or
from then on for a while. Whatever k is, callers who try again come to the same end.

    python -m tests.drills.faults
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Literal, TypeVar, get_args

import sqlalchemy as sa

from engine import Engine, InstanceQuery, Unavailable
from tests.kit import document, flows

T = TypeVar("T")
Mode = Literal["before", "after", "lost commit", "away"]
"""`away`: this statement and the next four fail, as while a database restarts."""

SAGA = """
<startEvent id='s'/>
<serviceTask id='reserve'><extensionElements><zeebe:taskDefinition type='reserve'/>
</extensionElements></serviceTask>
<boundaryEvent id='undo' attachedToRef='reserve'><compensateEventDefinition/></boundaryEvent>
<serviceTask id='release' isForCompensation='true'><extensionElements>
<zeebe:taskDefinition type='release'/></extensionElements></serviceTask>
<association id='a' sourceRef='undo' targetRef='release'/>
<parallelGateway id='fork'/>
<intermediateCatchEvent id='pause'><timerEventDefinition>
<timeDuration>PT1M</timeDuration></timerEventDefinition></intermediateCatchEvent>
<callActivity id='call' calledElement='child'/>
<intermediateThrowEvent id='tell'><messageEventDefinition messageRef='m'/></intermediateThrowEvent>
<parallelGateway id='join'/>
<serviceTask id='charge'><extensionElements><zeebe:taskDefinition type='charge'/>
</extensionElements></serviceTask>
<boundaryEvent id='declined' attachedToRef='charge'><errorEventDefinition/></boundaryEvent>
<endEvent id='back'><compensateEventDefinition/></endEvent>
<endEvent id='e'/>
s -> reserve -> fork -> pause -> join
fork -> call -> tell -> join
join -> charge -> e
declined -> back
"""
OTHERS = """
<message id='m' name='told'/>
<process id='child' isExecutable='true'>
<startEvent id='cs'/><userTask id='ask'/><endEvent id='ce'/>
cs -> ask -> ce
</process>
<process id='listener' isExecutable='true'>
<startEvent id='ls'/>
<receiveTask id='hear' messageRef='m'/><endEvent id='le'/>
ls -> hear -> le
</process>
"""
TYPES = ("reserve", "release", "charge")
LEASE = timedelta(seconds=30)
TRIES = {"attempt", "incident", "resolved", "intervention"}
"""Kinds of facts that tell how often something was tried, not what came of it."""
PATIENCE = 60
"""How often a caller tries again, and how many rounds the story may take."""


class Clock:
    """Moves when the story waits."""

    def __init__(self) -> None:
        self.now = datetime(2030, 1, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Fault:
    """Counts statements, and makes the k-th one fail."""

    k: int
    mode: Mode
    counted: int = 0
    struck: bool = False

    def before(self, *given: Any) -> None:
        self.counted += 1
        reach = 5 if self.mode == "away" else 1
        if self.mode in ("before", "away") and self.k <= self.counted < self.k + reach:
            self._strike()

    def after(self, *given: Any) -> None:
        if self.counted != self.k:
            return
        is_commit = str(given[2]).upper().startswith("COMMIT")
        if self.mode == "after" or (self.mode == "lost commit" and is_commit):
            self._strike()

    def _strike(self) -> None:
        self.struck = True
        raise sa.exc.OperationalError("(injected)", None, OSError(f"statement {self.k} failed"))


@contextmanager
def watched(engine: Engine, fault: Fault) -> Iterator[None]:
    """Let the fault see each statement of an engine."""
    target = engine._shell.store.engine
    sa.event.listen(target, "before_cursor_execute", fault.before)
    sa.event.listen(target, "after_cursor_execute", fault.after)
    try:
        yield
    finally:
        sa.event.remove(target, "before_cursor_execute", fault.before)
        sa.event.remove(target, "after_cursor_execute", fault.after)


def again(call: Callable[..., T], *given: Any, **named: Any) -> T:
    """As a patient caller: what was not taken is said again, with the same key."""
    for _ in range(PATIENCE):
        try:
            return call(*given, **named)
        except Unavailable:
            continue
    raise AssertionError(f"not taken in {PATIENCE} tries")


@dataclass
class Told:
    """What came of the story, without ids and moments."""

    ends: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    facts: Counter[str] = field(default_factory=Counter)
    effects: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Keys under which each effect was asked for; one each, or it would have happened twice."""
    variables: dict[str, Any] = field(default_factory=dict)
    leftover: int = 0
    gaps: int = 0


def play(engine: Engine, clock: Clock) -> Told:
    """Two sagas, of which one is declined, with a child, a timer and a message each."""
    again(engine.deploy, {"p.bpmn": document(SAGA, flows(OTHERS))})
    for name in ("fine", "declined"):
        for process in ("listener", "p"):
            key = f"{process}-{name}"
            again(engine.start, process, {"name": name}, business_key=name, idempotency_key=key)
    told = Told()
    for _ in range(PATIENCE):
        if not _round(engine, told):
            if not again(engine.instances, InstanceQuery(states=("active",))).items:
                break
            clock.now += LEASE + timedelta(seconds=1)
    return told


def _round(engine: Engine, told: Told) -> int:
    """All that can be done at this moment; how much it was."""
    done = again(engine.run_due)
    jobs = again(engine.activate_jobs, TYPES, worker="w", limit=1, lock=LEASE)
    for job in jobs:
        told.effects[f"{job.type} {job.business_key}"].add(job.key)
        common = {"worker": "w", "idempotency_key": f"answer-{job.key}"}
        if job.type == "charge" and job.variables["name"] == "declined":
            again(engine.throw_job_error, job.id, "DECLINED", "over the limit", **common)
        else:
            again(engine.complete_job, job.id, {job.type: "done"}, **common)
    tasks = again(engine.tasks).items
    for task in tasks:
        key = f"task-{task.id}"
        again(engine.complete_task, task.id, {"answer": 42}, idempotency_key=key)
    return done + len(jobs) + len(tasks)


def judged(engine: Engine, told: Told) -> Told:
    """What is stored, read by an engine that has nothing in memory."""
    for instance in engine.instances(InstanceQuery()).items:
        name = f"{instance.process_id} {instance.business_key}"
        told.ends[name] = (instance.state, instance.reason)
        entries = engine.history(instance.id, limit=1000).items
        told.facts.update(f"{name} {e.kind} {e.element}" for e in entries if e.kind not in TRIES)
        told.gaps += [entry.number for entry in entries] != list(range(1, len(entries) + 1))
        scopes = engine.variables(instance.id)
        told.variables[name] = {key: value for s in scopes for key, value in s.variables.items()}
    with engine._shell.store.reading() as connection:
        for table in ("token", "subscription", "scope", "incident"):
            rows = connection.execute(sa.select(sa.func.count()).select_from(sa.table(table)))
            told.leftover += rows.scalar_one()
    return told


def story(url: str, fault: Fault) -> Told:
    """The story on an empty database, with a fault in it."""
    clock = Clock()
    with Engine(url, clock=clock, partitions=16) as engine:
        engine.migrate()
        with watched(engine, fault):
            told = play(engine, clock)
    with Engine(url, clock=clock, partitions=16) as reader:
        return judged(reader, told)


def differences(expected: Told, found: Told) -> list[str]:
    """What is not as it is without a fault."""
    wrong = [
        f"{name} asked for under {keys}" for name, keys in found.effects.items() if len(keys) > 1
    ]
    for name in ("ends", "facts", "variables", "leftover", "gaps"):
        had, has = getattr(expected, name), getattr(found, name)
        if had != has:
            wrong.append(f"{name}: {_difference(had, has)}")
    if expected.effects.keys() != found.effects.keys():
        wrong.append(f"effects: {sorted(found.effects)}")
    return wrong


def _difference(had: Any, has: Any) -> str:
    if not isinstance(had, dict):
        return f"{has} instead of {had}"
    names = sorted(name for name in {*had, *has} if had.get(name) != has.get(name))
    shown = "; ".join(f"{name}: {has.get(name)} instead of {had.get(name)}" for name in names[:5])
    return shown if len(names) <= 5 else f"{shown}; and {len(names) - 5} more"


def run(fresh: Callable[[], str], every: int = 1, offset: int = 0) -> tuple[int, list[str]]:
    """Every such statement, in every mode; how many stories, and what went wrong in them.

    `fresh` gives the URL of an empty database."""
    calm = Fault(0, "before")
    expected = story(fresh(), calm)
    assert set(expected.ends.values()) == {("completed", None)}, expected.ends
    wrong: list[str] = []
    stories = 0
    for k in range(1 + offset, calm.counted + 1, every):
        for mode in get_args(Mode):
            fault = Fault(k, mode)
            try:
                found = story(fresh(), fault)
            except Exception as error:
                wrong.append(f"statement {k}, {mode}: {type(error).__name__}: {error}")
                continue
            stories += fault.struck
            wrong += [f"statement {k}, {mode}: {words}" for words in differences(expected, found)]
    return stories, wrong


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Let each statement of a story fail.",
        epilog="example: python -m tests.drills.faults --every 5",
    )
    parser.add_argument("--every", type=int, default=1, help="only every such statement")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        names = count()
        stories, wrong = run(lambda: f"sqlite:///{folder}/{next(names)}.db", given.every)
    print(f"{stories} stories with a fault, {len(wrong)} differences")
    for words in wrong:
        print(f"  {words}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
