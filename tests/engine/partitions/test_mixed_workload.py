"""A day of everything at once, on PostgreSQL: no transaction touches two partitions.

The guard sees every statement of it (`engine.storage.strict`), and the fixture fails the test on
what it refused. That it watches is shown last: it has seen transactions of many partitions, and
stops one that touches two.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine import BatchOrder, Engine, InstanceQuery, Job
from engine.errors import BpmnError
from engine.storage import schema
from engine.storage.ids import partition_of
from engine.storage.store import Store
from engine.storage.strict import Breach, Guard, _Ledger
from engine.views import ElementMapping, MigrationPlan
from tests.drills.faults import LEASE
from tests.engine.databases import Databases
from tests.engine.partitions.conftest import _opened
from tests.engine.services.house import Clock, Nodes
from tests.kit import document, flows

ORDER = """
<startEvent id='s'/>
<serviceTask id='reserve' k:jobType='reserve'/>
<boundaryEvent id='undo' attachedToRef='reserve'><compensateEventDefinition/></boundaryEvent>
<serviceTask id='release' isForCompensation='true' k:jobType='release'/>
<association id='a' sourceRef='undo' targetRef='release'/>
<parallelGateway id='fork'/>
<callActivity id='call' calledElement='check'/>
<intermediateCatchEvent id='pause'><timerEventDefinition>
<timeDuration>PT1M</timeDuration></timerEventDefinition></intermediateCatchEvent>
<intermediateThrowEvent id='tell'><messageEventDefinition messageRef='m'/></intermediateThrowEvent>
<parallelGateway id='join'/>
<serviceTask id='charge' k:jobType='charge'/>
<boundaryEvent id='declined' attachedToRef='charge'><errorEventDefinition/></boundaryEvent>
<endEvent id='back'><compensateEventDefinition/></endEvent>
<intermediateThrowEvent id='sell'><signalEventDefinition signalRef='sold'/></intermediateThrowEvent>
<endEvent id='e'/>
s -> reserve -> fork -> pause -> join
fork -> call -> tell -> join
join -> charge -> sell -> e
declined -> back
"""
OTHERS = """
<message id='m' name='told'><extensionElements><zeebe:subscription correlationKey='=key'/>
</extensionElements></message><signal id='sold' name='sold'/>
<process id='check' isExecutable='true'>
<startEvent id='cs'/><userTask id='look'/><endEvent id='ce'/>
cs -> look -> ce
</process>
<process id='watch' isExecutable='true'>
<startEvent id='ws'/><receiveTask id='hear' messageRef='m'/>
<intermediateCatchEvent id='sale'><signalEventDefinition signalRef='sold'/></intermediateCatchEvent>
<endEvent id='we'/>
ws -> hear -> sale -> we
</process>
<process id='tally' isExecutable='true'>
<startEvent id='ts'><signalEventDefinition signalRef='sold'/></startEvent><endEvent id='te'/>
ts -> te
</process>
"""
OLD = "<startEvent id='s'/><userTask id='a'/>\ns -> a"
NEW = "<startEvent id='s'/><userTask id='b'/>\ns -> b"
ORDERS = 12


@pytest.fixture
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Databases]:
    yield from _opened("postgresql", request, tmp_path)


def work(job: Job) -> dict[str, Any]:
    if job.type == "charge" and job.variables["n"] % 3 == 0:
        raise BpmnError("DECLINED")
    return {job.type: True}


def all_done(engine: Engine) -> int:
    """Do what can be done now, as worker and as clerk; how much it was."""
    done = engine.run_due()
    for job in engine.activate_jobs(["reserve", "release", "charge"], worker="w", lock=LEASE):
        done += 1
        try:
            engine.complete_job(job.id, work(job), worker="w", epoch=job.epoch)
        except BpmnError as error:
            engine.throw_job_error(job.id, error.code, worker="w", epoch=job.epoch)
    for task in engine.tasks().items:
        if task.element == "look":
            done += 1
            engine.complete_task(task.id, {"seen": True})
    return done


def test_no_transaction_of_a_mixed_day_touches_two_partitions(
    nodes: Nodes, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[frozenset[int]] = []
    before = Guard._before

    def watched(self: Guard, connection: Any, cursor: Any, sql: str, *given: Any) -> None:
        ledger = connection.info.get("kapellmeister_ledger")
        if sql.startswith("COMMIT") and isinstance(ledger, _Ledger) and ledger.is_writing:
            written.append(frozenset(ledger.partitions))
        before(self, connection, cursor, sql, *given)

    monkeypatch.setattr(Guard, "_before", watched)
    engine, other = nodes.engine(), nodes.engine()
    engine.deploy({"p.bpmn": document(ORDER, flows(OTHERS))})
    for n in range(ORDERS):
        node = (engine, other)[n % 2]
        given = {"n": n, "key": f"O-{n}"}
        node.start("watch", given, business_key=f"W-{n}", idempotency_key=f"watch {n}")
        node.start("p", given, business_key=f"O-{n}", idempotency_key=f"order {n}")
    for _ in range(40):
        if not all_done(engine) + all_done(other):
            clock.advance(minutes=1)
            if not engine.instances(InstanceQuery(process_ids=("p",), states=("active",))).items:
                break
    states = [one.state for one in engine.instances(InstanceQuery(process_ids=("p",))).items]
    assert states == ["completed"] * ORDERS
    sold = sum(n % 3 != 0 for n in range(ORDERS))
    assert engine.instances(InstanceQuery(process_ids=("tally",))).total == sold

    # Operators: a message by hand, a batch, a migration, retention
    engine.publish("told", "nobody", ttl=timedelta(hours=1), message_id="m1")
    engine.deploy({"q.bpmn": document(OLD).replace(b"id='p'", b"id='q'")})
    moved = [engine.start("q", business_key=f"Q-{n}").id for n in range(6)]
    engine.deploy({"q.bpmn": document(NEW).replace(b"id='p'", b"id='q'")})
    keys = {version.version: version.key for version in engine.versions("q")}
    plan = MigrationPlan(
        source=keys[1], target=keys[2], mapping=[ElementMapping(source="a", target="b")]
    )
    engine.migrate_instance(moved[0], plan, reason="new law")
    batch = engine.create_batch(
        BatchOrder(kind="migrate", plan=plan), targets=moved[1:], reason="new law"
    )
    other.run_due()
    assert engine.batch(batch.id).done == 5
    engine.cancel(moved[0], reason="over")
    clock.advance(days=2)
    assert other.purge(clock.now) >= ORDERS
    assert other.sweep() > 0

    assert [sorted(touched) for touched in written if len(touched) > 1] == []
    assert len(frozenset().union(*written)) > 2 * ORDERS
    store, (one, two) = engine._shell.store, moved[1:3]
    assert partition_of(one) != partition_of(two)
    with pytest.raises(Breach, match="touches partitions"):
        lock_both(store, one, two)
    Guard.breaches.clear()


def lock_both(store: Store, *ids: int) -> None:
    c = schema.instance.c
    with store.transaction() as transaction:
        for id in ids:
            mine = (c.partition_id == partition_of(id)) & (c.id == id)
            transaction.connection.execute(sa.select(c.id).where(mine).with_for_update())
