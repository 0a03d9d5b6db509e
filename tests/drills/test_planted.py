"""Planted bugs: each proof is seen to fail on what it is there for."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from threading import Barrier, Lock
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from engine import Engine, EngineError, Handlers, SubscriptionQuery, TaskQuery
from engine.schedule import Schedule
from engine.services.batch import Batch
from engine.storage import flush, transaction
from engine.storage.transaction import Transaction
from engine.testing import Stage
from processes import STORIES, ledger
from processes.ledger import Ledger
from tests.drills.fate import PROCESS, differences, orders
from tests.drills.faults import Fault, story
from tests.drills.faults import differences as untold
from tests.engine.databases import emptied, postgresql
from tests.kit import document

__all__ = ["postgresql"]

ORDERS = orders(40, seed=1)
FORKED = document(
    """<startEvent id='s'/><parallelGateway id='f'/><userTask id='a'/><userTask id='b'/>
<parallelGateway id='j'/><userTask id='after'/><endEvent id='e'/>
s -> f -> a -> j
f -> b -> j
j -> after -> e"""
)
RINGING = document(
    """<startEvent id='s'/><userTask id='u'/><endEvent id='e'/>
<boundaryEvent id='ring' attachedToRef='u' cancelActivity='false'><timerEventDefinition>
<timeCycle>R6/PT1M</timeCycle></timerEventDefinition></boundaryEvent><endEvent id='heard'/>
s -> u -> e
ring -> heard"""
)
LATE = timedelta(seconds=100)
"""Between two looks at what is due."""
TIMES = 4
"""Instances whose two branches end at the same moment."""


# Compensation in start order


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    monkeypatch.setenv(ledger.ENVIRONMENT, str(tmp_path / "ledger.sqlite"))
    yield ledger.shared()
    ledger.close_shared()


def ordered() -> Stage:
    """All orders, in an engine in memory, ended."""
    saga = STORIES[0]
    stage = Stage(handlers=Handlers.of(saga.handlers()), contents=saga.contents())
    for order in ORDERS:
        stage.engine.start(PROCESS, order.variables, business_key=order.key)
    stage.advance(seconds=10)
    return stage


def test_compensation_in_the_order_of_the_work_is_caught(
    book: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.undo._order", lambda _, made: -made.id)
    stage = ordered()
    found = differences(stage.engine, book, ORDERS)
    stage.engine.close()

    undone_twice = {order.key for order in ORDERS if order.reason == "UNDELIVERABLE"}
    assert undone_twice
    assert undone_twice == {line.partition(":")[0] for line in found}


# History in a transaction of its own


def test_a_history_that_is_written_afterwards_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calm = story(f"sqlite:///{tmp_path}/calm.db", Fault(0, "before"))
    kept: list[Any] = []
    rows = flush._flush_rows
    committed = Batch.committed

    def without_history(self: Transaction, writes: Any) -> None:
        kept.extend(writes.history)
        writes.history = []
        rows(self, writes)

    def then_history(self: Batch) -> None:
        committed(self)
        late, kept[:] = list(kept), []
        store = self.shell.store
        if late:
            with store.transaction() as another:
                another.run(store.statements.insert_history, late)

    monkeypatch.setattr(flush, "_flush_rows", without_history)
    monkeypatch.setattr(Batch, "committed", then_history)
    names = count()
    for k in range(30, 110):
        kept.clear()
        try:
            told = story(f"sqlite:///{tmp_path}/{next(names)}.db", Fault(k, "before"))
        except Exception:  # a caller who sees more than Unavailable is a difference, too
            return
        if untold(calm, told):
            return
    raise AssertionError("not caught")


# A join without a lock


def patiently(node: Engine, task: int) -> None:
    """As a caller who says again what was not taken."""
    for _ in range(5):
        try:
            node.complete_task(task, {}, idempotency_key=f"task-{task}")
            return
        except EngineError:
            continue


def both_at_once(url: str) -> list[str]:
    """Two nodes end the two branches of an instance at the same time; what is wrong afterwards."""
    wrong: list[str] = []
    with (
        Engine(url, partitions=16) as one,
        Engine(url, partitions=16) as other,
        ThreadPoolExecutor(2) as threads,
    ):
        one.migrate()
        one.deploy({"p.bpmn": FORKED})
        for n in range(TIMES):
            query = TaskQuery(instance=one.start("p", business_key=str(n)).id)
            tasks = one.tasks(query).items
            done = [
                threads.submit(patiently, node, task.id)
                for node, task in zip((one, other), tasks, strict=True)
            ]
            for future in done:
                future.result()
            with Engine(url, partitions=16) as reader:
                left = [task.element for task in reader.tasks(query).items]
            wrong += [] if left == ["after"] else [f"{n}: {left}"]
    return wrong


def test_two_branches_that_end_at_once_on_two_nodes_join_once(postgresql: sa.URL) -> None:
    assert both_at_once(emptied(postgresql)) == []


@pytest.mark.parametrize(
    ("removed", "is_caught"),
    [
        (("lock",), False),
        (("lock", "revision"), False),
        (("lock", "revision", "keys"), True),
    ],
)
def test_a_join_without_any_fence_is_caught(
    postgresql: sa.URL, monkeypatch: pytest.MonkeyPatch, removed: tuple[str, ...], is_caught: bool
) -> None:
    """Three fences keep two nodes apart; only without all of them does an arrival get lost."""
    url = emptied(postgresql)
    _let_meet(monkeypatch)
    if "lock" in removed:
        monkeypatch.setattr(Transaction, "lock_and_look", _without_lock)
    if "revision" in removed:
        write = transaction.flush

        def unfenced(self: Transaction, writes: Any) -> None:
            now = self.heads(writes.heads)
            writes.heads = {id: (h, now[id].revision) for id, (h, _) in writes.heads.items()}
            write(self, writes)

        monkeypatch.setattr(transaction, "flush", unfenced)
    if "keys" in removed:
        run = Transaction.run

        def careless(self: Transaction, statement: Any, rows: Any) -> int:
            return run(self, _ignoring(statement), rows)

        monkeypatch.setattr(Transaction, "run", careless)
    assert bool(both_at_once(url)) is is_caught


def _without_lock(self: Transaction, ids: Any, subscriptions: Any) -> Any:
    found = {id: head.revision for id, head in self.heads(ids).items()}
    return found, self.shells(subscriptions) if subscriptions else {}


def _ignoring(statement: Any) -> Any:
    """An INSERT that passes over keys which are there."""
    if not statement.sql.startswith("INSERT"):
        return statement
    found = copy(statement)
    found.sql += " ON CONFLICT DO NOTHING"
    if getattr(statement, "many", None) is not None:
        found.many = statement.many._replace(sql=f"{statement.many.sql} ON CONFLICT DO NOTHING")
    return found


def _let_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both nodes have read an instance before either writes it; once, so that whoever tries again
    comes alone."""
    first, met = Lock(), set[int]()
    meeting: dict[int, Barrier] = {}
    load = Batch.load

    def together(self: Batch, ids: Any, subscriptions: Any = ()) -> None:
        load(self, ids, subscriptions)
        for id, found in self.loaded.items():
            if len(found.instance.tokens) == 2 and id not in met:
                with first:
                    barrier = meeting.setdefault(id, Barrier(2, partial(met.add, id)))
                barrier.wait(timeout=60)

    monkeypatch.setattr(Batch, "load", together)


# The next time counted from now


def nominal_times() -> list[datetime]:
    """The moments for which a timer of a minute was set, while it was looked at too late."""
    stage = Stage(contents={"p.bpmn": RINGING})
    stage.engine.start("p")
    due: set[datetime] = set()
    for _ in range(8):
        waits = stage.engine.subscriptions(SubscriptionQuery(kinds=("timer",))).items
        due |= {wait.due for wait in waits if wait.due is not None}
        stage.now += LATE
        stage.settle()
    stage.engine.close()
    return sorted(due)


def is_nominal(times: list[datetime]) -> bool:
    return all((moment - times[0]) % timedelta(minutes=1) == timedelta(0) for moment in times)


def test_a_cycle_keeps_to_its_nominal_times_however_late_it_is() -> None:
    times = nominal_times()
    assert len(times) > 1
    assert is_nominal(times)


def test_a_next_time_counted_from_now_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    following = Schedule.following

    def from_now(self: Schedule) -> Schedule | None:
        found = following(self)
        return (
            None if found is None else replace(found, due=found.due + LATE % timedelta(minutes=1))
        )

    monkeypatch.setattr(Schedule, "following", from_now)
    assert not is_nominal(nominal_times())
