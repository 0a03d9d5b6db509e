"""What crosses partitions has its effect once, wherever a node dies on the way."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa

from engine import BatchOrder, Conflict, Engine, NotFound
from engine.services.hand_over import home_of
from engine.storage import schema as t
from engine.storage.ids import partition_of
from tests.engine.services.house import Clock, Nodes, deploy, elements
from tests.engine.services.test_messages import CATCH, HEAR, HEARER, PAID, SIGNAL
from tests.kit import document

THROW = """<startEvent id='s'/><intermediateThrowEvent id='t'>
<messageEventDefinition messageRef='paid'/></intermediateThrowEvent>
<userTask id='u'/>
s -> t -> u"""
CALL = """<startEvent id='s'/><intermediateThrowEvent id='t'>
<signalEventDefinition signalRef='stop'/></intermediateThrowEvent><userTask id='u'/>
s -> t -> u"""
BEGIN = """<startEvent id='s'><signalEventDefinition signalRef='stop'/></startEvent>
<userTask id='u'/>
s -> u"""


class Killed(BaseException):
    """The node is gone."""


@contextmanager
def killed_after(engine: Engine, commits: int) -> Iterator[list[int]]:
    """The node dies when so many transactions are committed; what is yielded counts them."""
    store, counted = engine._shell.store, [0]

    def after(_connection: Any, _cursor: Any, sql: str, *_: Any) -> None:
        if sql == "COMMIT":
            counted[0] += 1
            if counted[0] == commits:
                raise Killed

    sa.event.listen(store.engine, "after_cursor_execute", after)
    try:
        yield counted
    finally:
        sa.event.remove(store.engine, "after_cursor_execute", after)


def at_every_commit(
    nodes: Nodes, act: Callable[[Engine], object], check: Callable[[Engine, bool], None]
) -> None:
    """Let a node act and die after its first commit; another one goes on; then after its second,
    and so on, until it lives. `check` is told whether the first commit was made."""
    for commits in count(1):
        first, other = nodes.engine(), nodes.engine()
        lived = False
        with killed_after(first, commits):
            try:
                act(first)
                lived = True
            except Killed:
                pass
        other.run_due()
        check(other, True)
        if lived:
            assert commits > 2, "there was something to die in"
            return


def instances(engine: Engine, process: str) -> list[int]:
    query = sa.select(t.instance.c.id).where(t.instance.c.process_id == process)
    with engine._shell.store.reading() as connection:
        return list(connection.execute(query.order_by(t.instance.c.id)).scalars())


def hearings(engine: Engine, instance: int, verb: str) -> int:
    """How often something came to an instance, by its history."""
    return sum(
        1
        for entry in engine.history(instance).items
        if entry.kind == "intervention" and entry.detail["verb"] == verb
    )


def leftover(engine: Engine) -> list[str]:
    """States of messages that are still on their way."""
    with engine._shell.store.reading() as connection:
        found = connection.execute(sa.select(t.message.c.state)).scalars()
        return [state for state in found if state not in ("received", "waiting")]


def test_a_published_message_reaches_one_of_two_wherever_its_node_dies(nodes: Nodes) -> None:
    engine = nodes.engine()
    deploy(engine, CATCH, PAID)
    expected = 0

    def act(node: Engine) -> None:
        nonlocal expected
        for _ in range(2):
            node.start("p", {"order": "A-1"})
        expected += 1
        node.publish("paid", "A-1")

    def check(other: Engine, _: bool) -> None:
        states = [other.instance(id).head.state for id in instances(other, "p")]
        received = sum(hearings(other, id, "message") for id in instances(other, "p"))
        assert states.count("completed") == received <= expected
        assert leftover(other) == []

    at_every_commit(nodes, act, check)
    assert expected > 1


def test_a_published_message_is_there_once_its_commit_was(nodes: Nodes) -> None:
    deploy(nodes.engine(), CATCH, PAID)
    for commits in range(1, 5):
        node, other = nodes.engine(), nodes.engine()
        key = f"A-{commits}"
        ids = [node.start("p", {"order": key}).id for _ in range(2)]
        with killed_after(node, commits), pytest.raises(Killed):
            node.publish("paid", key)
        other.run_due()
        states = sorted(other.instance(id).head.state for id in ids)
        assert states == ["active", "completed"], f"died after commit {commits}"
        again = other.publish("paid", key)
        assert again.instance in ids
        assert sum(hearings(other, id, "message") for id in ids) == 2


def test_a_thrown_message_arrives_once_wherever_its_node_dies(nodes: Nodes) -> None:
    first = nodes.engine()
    deploy(first, CATCH, PAID, q=document(THROW, PAID).replace(b"id='p'", b"id='q'"))
    for commits in count(1):
        node, other = nodes.engine(), nodes.engine()
        key = f"A-{commits}"
        ids = [other.start("p", {"order": key}).id for _ in range(2)]
        lived = False
        with killed_after(node, commits):
            try:
                node.start("q", {"order": key})
                lived = True
            except Killed:
                pass
        other.run_due()
        assert sum(hearings(other, id, "message") for id in ids) == 1, f"commit {commits}"
        assert leftover(other) == []
        if lived:
            break
    assert commits > 4
    homes = {home_of(first._shell, "paid", f"A-{n}") for n in range(1, commits)}
    assert len({*homes, *map(partition_of, instances(first, "q"))}) > len(homes)


def test_who_begins_to_wait_finds_what_is_there_wherever_its_node_dies(nodes: Nodes) -> None:
    deploy(nodes.engine(), CATCH, PAID)
    for commits in count(1):
        node, other = nodes.engine(), nodes.engine()
        key = f"A-{commits}"
        assert other.publish("paid", key).buffered
        lived = False
        with killed_after(node, commits):
            try:
                node.start("p", {"order": key})
                lived = True
            except Killed:
                pass
        other.run_due()
        id = instances(other, "p")[-1] if lived else max(instances(other, "p"))
        assert other.messages().total == 0
        assert hearings(other, id, "message") <= 1
        assert sum(hearings(other, one, "message") for one in instances(other, "p")) == commits
        if lived:
            break
    assert commits > 3


def test_a_signal_is_heard_once_in_each_partition_wherever_its_node_dies(nodes: Nodes) -> None:
    first = nodes.engine()
    deploy(
        first,
        HEAR,
        SIGNAL,
        q=document(CALL, SIGNAL).replace(b"id='p'", b"id='q'"),
        r=document(BEGIN, SIGNAL).replace(b"id='p'", b"id='r'"),
    )
    for commits in count(1):
        node, other = nodes.engine(), nodes.engine()
        ids = [other.start("p", business_key=f"B-{commits}-{n}").id for n in range(3)]
        assert len(set(map(partition_of, ids))) == 3
        before = len(instances(other, "r"))
        lived = False
        with killed_after(node, commits):
            try:
                node.start("q")
                lived = True
            except Killed:
                pass
        other.run_due()
        assert [hearings(other, id, "signal") for id in ids] == [1, 1, 1], f"commit {commits}"
        assert len(instances(other, "r")) == before + 1
        assert leftover(other) == []
        if lived:
            break
    assert commits > 6


def test_messages_of_one_key_keep_their_order_though_a_node_dies_in_between(
    nodes: Nodes, clock: Clock
) -> None:
    deploy(nodes.engine(), CATCH, PAID)
    for commits in range(1, 4):
        node, other = nodes.engine(), nodes.engine()
        key = f"A-{commits}"
        id = other.start("p", {"order": key}).id
        with killed_after(node, commits), pytest.raises(Killed):
            node.publish("paid", key, {"number": 1})
        clock.advance(seconds=1)
        other.publish("paid", key, {"number": 2})
        assert other.instance(id).variables[0].variables["number"] == 1
        second = other.start("p", {"order": key})
        assert second.variables is not None
        assert second.variables["number"] == 2


def test_a_message_is_remembered_by_its_id_and_its_key_from_wherever(engine: Engine) -> None:
    deploy(engine, CATCH, PAID)
    id = engine.start("p", {"order": "A-1"}).id
    given: dict[str, Any] = {"message_id": "m", "idempotency_key": "k"}
    first = engine.publish("paid", "A-1", **given)
    assert first.instance == id
    assert engine.publish("paid", "A-1", **given) == first
    other = engine.publish("paid", "A-1", message_id="m")
    assert (other.duplicate, other.instance) == (True, id)
    with pytest.raises(Conflict, match="key 'k' was used"):
        engine.start("p", {"order": "A-1"}, business_key="B", idempotency_key="k")
    with pytest.raises(Conflict, match="key 'k' was used"):
        engine.broadcast("stop", idempotency_key="k")


def test_a_correlation_under_a_key_is_the_same_when_it_comes_again(engine: Engine) -> None:
    deploy(engine, CATCH, PAID)
    ids = [engine.start("p", {"order": "A-1"}).id for _ in range(2)]
    first = engine.correlate("paid", "A-1", idempotency_key="k")
    assert first.instance == ids[0]
    assert engine.correlate("paid", "A-1", idempotency_key="k") == first
    assert elements(engine, ids[1]) == ["c"]
    assert engine.correlate("paid", "A-1").instance == ids[1]
    with pytest.raises(NotFound):
        engine.correlate("paid", "A-1")


def test_a_batch_is_laid_out_whole_wherever_its_node_dies(nodes: Nodes) -> None:
    first = nodes.engine()
    deploy(first, "<startEvent id='s'/><userTask id='u'/>\ns -> u")
    for commits in count(1):
        node, other = nodes.engine(), nodes.engine()
        ids = [other.start("p", business_key=f"B-{commits}-{n}").id for n in range(3)]
        lived = False
        with killed_after(node, commits):
            try:
                node.create_batch(BatchOrder(kind="cancel"), targets=ids, reason="over")
                lived = True
            except Killed:
                pass
        (batch, *_) = other.batches().items
        assert (batch.state, batch.left, batch.total) == ("running", 3, 3)
        other.run_due()
        assert [other.instance(id).head.state for id in ids] == ["cancelled"] * 3
        assert other.batch(batch.id).state == "completed"
        if lived:
            break
    assert commits > 4


def test_two_nodes_claim_each_job_once_the_urgent_first(nodes: Nodes) -> None:
    one, other = nodes.engine(), nodes.engine()
    work = """<startEvent id='s'/><serviceTask id='w'><extensionElements>
    <zeebe:taskDefinition type='work'/><zeebe:priorityDefinition priority='=level'/>
    </extensionElements></serviceTask>\ns -> w"""
    deploy(one, work)
    ids = [one.start("p", {"level": n % 3}, business_key=f"B-{n}").id for n in range(12)]
    assert len(set(map(partition_of, ids))) > 6
    first = one.activate_jobs(["work"], worker="a", limit=4)
    second = other.activate_jobs(["work"], worker="b", limit=4)
    third = one.activate_jobs(["work"], worker="a", limit=12)
    levels = [[job.priority for job in jobs] for jobs in (first, second, third)]
    assert levels == [[2] * 4, [1] * 4, [0] * 4]
    claimed = [job.instance for job in (*first, *second, *third)]
    assert sorted(claimed) == sorted(ids)
    assert one.extend_leases([(job.id, job.epoch) for job in first], timedelta(minutes=1)) == {
        job.id for job in first
    }


def test_claimed_jobs_under_a_key_are_the_same_when_they_are_asked_for_again(
    engine: Engine,
) -> None:
    work = """<startEvent id='s'/><serviceTask id='w'><extensionElements>
    <zeebe:taskDefinition type='work'/></extensionElements></serviceTask>\ns -> w"""
    deploy(engine, work)
    assert engine.activate_jobs(["work"], worker="a", idempotency_key="k") == []
    for n in range(3):
        engine.start("p", business_key=f"B-{n}")
    first = engine.activate_jobs(["work"], worker="a", idempotency_key="k")
    assert len(first) == 1
    assert engine.activate_jobs(["work"], worker="a", idempotency_key="k") == first
    assert len(engine.activate_jobs(["work"], worker="a")) == 2


def test_many_kept_messages_are_handed_over_without_recursion(engine: Engine) -> None:
    deploy(engine, HEARER, PAID)
    for number in range(60):
        engine.publish("paid", "A-1", {"number": number})
    depth = sys.getrecursionlimit()
    sys.setrecursionlimit(450)
    try:
        id = engine.start("p", {"order": "A-1", "heard": []}).id
        engine.run_due()
    finally:
        sys.setrecursionlimit(depth)
    assert len(engine.variables(id)[0].variables["heard"]) == 60
