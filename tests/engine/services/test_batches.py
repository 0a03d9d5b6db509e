"""Batches: a frozen set, each target once, counts that add up, whoever is killed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import Conflict, Engine, Invalid, NotFound
from engine.services import batch_items
from engine.views import (
    Actor,
    AuditQuery,
    BatchOrder,
    BatchView,
    InstanceQuery,
    MigrationPlan,
    Modification,
    Paging,
)
from tests.engine.services.house import Clock, Nodes, deploy, elements, values

ANA = Actor("ana", "console")
TASKS = "<startEvent id='s'/><userTask id='a'/><userTask id='b'/>\ns -> a -> b"
WORK = "<startEvent id='s'/><serviceTask id='j' k:jobType='work'/>\ns -> j"


def many(engine: Engine, count: int, xml: str = TASKS) -> list[int]:
    deploy(engine, xml)
    return sorted(engine.start("p", {"n": n}, business_key=f"K{n}").id for n in range(count))


def run(engine: Engine, order: BatchOrder, ids: list[int], **options: object) -> BatchView:
    batch = engine.create_batch(order, targets=ids, reason="all of them", by=ANA, **options)  # type: ignore[arg-type]
    engine.run_due()
    return engine.batch(batch.id)


def adds_up(batch: BatchView) -> bool:
    return batch.total == batch.left + batch.done + batch.skipped + batch.failed


@pytest.mark.parametrize(
    ("order", "at"),
    [
        (BatchOrder(kind="cancel"), []),
        (BatchOrder(kind="abandon", compensate=False), []),
        (
            BatchOrder(
                kind="modify", instructions=[Modification(verb="move", element="a", target="b")]
            ),
            ["b"],
        ),
        (BatchOrder(kind="set_variables", variables={"n": 9}), ["a"]),
        (BatchOrder(kind="suspend"), ["a"]),
    ],
)
def test_each_kind_is_done_to_each_target(engine: Engine, order: BatchOrder, at: list[str]) -> None:
    ids = many(engine, 3)
    batch = run(engine, order, ids[:2])
    assert (batch.state, batch.total, batch.done) == ("completed", 2, 2)
    assert [elements(engine, id) for id in ids] == [at, at, ["a"]]
    if order.kind == "set_variables":
        assert [values(engine, id)["n"] for id in ids] == [9, 9, 2]
    if order.kind == "suspend":
        batch = run(engine, BatchOrder(kind="resume"), ids)
        assert (batch.done, batch.skipped) == (2, 1)
    found = engine.audit(AuditQuery(verbs=(order.kind,)))
    assert {e.instance for e in found.items} == set(ids[:2])
    assert {e.reason for e in found.items if order.kind != "resume"} >= {
        f"all of them [batch {engine.batches().items[-1].id}]"
    }


def test_a_query_is_frozen_when_the_batch_is_made(engine: Engine) -> None:
    ids = many(engine, 3)
    query = InstanceQuery(process_ids=("p",), states=("active",))
    batch = engine.create_batch(BatchOrder(kind="cancel"), query=query, reason="x", by=ANA)
    later = engine.start("p").id
    engine.run_due()
    assert engine.batch(batch.id).done == 3
    assert [engine.instance(id).head.state for id in (*ids, later)] == [
        *["cancelled"] * 3,
        "active",
    ]


def test_what_does_not_apply_is_skipped_and_what_goes_wrong_fails_each_with_its_reason(
    engine: Engine,
) -> None:
    ids = many(engine, 3)
    engine.cancel(ids[0], reason="before")
    engine.complete_task(next(t.id for t in engine.tasks().items if t.instance == ids[1]))
    move = BatchOrder(
        kind="modify", instructions=[Modification(verb="move", element="a", target="b")]
    )
    batch = run(engine, move, ids)
    assert adds_up(batch)
    assert (batch.done, batch.skipped, batch.failed) == (1, 1, 1)
    (skipped,) = engine.batch_items(batch.id, ["skipped"]).items
    (failed,) = engine.batch_items(batch.id, ["failed"]).items
    assert (skipped.target, failed.target) == (ids[0], ids[1])
    assert "is cancelled" in (skipped.reason or "")
    assert "no token is in 'a'" in (failed.reason or "")


def test_retrying_says_what_failed_again(engine: Engine) -> None:
    ids = many(engine, 3, WORK)
    for job in engine.activate_jobs(["work"], worker="w"):
        if job.instance != ids[2]:
            engine.fail_job(job.id, "boom", retries=0)
    batch = run(engine, BatchOrder(kind="retry"), ids)
    assert (batch.done, batch.skipped) == (2, 1)
    for job in engine.activate_jobs(["work"], worker="w"):
        engine.fail_job(job.id, "boom", retries=0)
    incidents = [i.id for i in engine.incidents().items]
    batch = run(engine, BatchOrder(kind="retry", variables={"n": 5}), incidents)
    assert (batch.total, batch.done) == (2, 2)
    assert values(engine, ids[0])["n"] == 5


def test_instances_are_migrated_restarted_and_deleted_together(engine: Engine) -> None:
    ids = many(engine, 2)
    deploy(engine, TASKS.replace("<userTask id='b'/>", "<userTask id='b' name='B'/>"))
    new, old = engine.versions("p")
    plan = MigrationPlan(source=old.key, target=new.key)
    assert run(engine, BatchOrder(kind="migrate", plan=plan), ids).done == 2
    assert {i.version for i in engine.instances().items} == {2}
    assert run(engine, BatchOrder(kind="delete"), ids).skipped == 2
    run(engine, BatchOrder(kind="cancel"), ids)
    assert run(engine, BatchOrder(kind="restart", at=["b"]), ids).done == 2
    assert engine.instances(InstanceQuery(element="b")).total == 2
    assert run(engine, BatchOrder(kind="delete"), ids).done == 2
    with pytest.raises(NotFound):
        engine.instance(ids[0])


def test_a_batch_keeps_to_its_rate(engine: Engine, clock: Clock) -> None:
    ids = many(engine, 5)
    batch = run(engine, BatchOrder(kind="cancel"), ids, per_second=2)
    assert (batch.done, batch.left) == (1, 4)
    engine.run_due()
    assert engine.batch(batch.id).done == 1
    for done in (2, 3, 4, 5):
        clock.advance(seconds=0.5)
        engine.run_due()
        assert engine.batch(batch.id).done == done
    assert engine.batch(batch.id).state == "completed"


def test_a_batch_stops_after_so_many_failures_and_goes_on_when_resumed(engine: Engine) -> None:
    ids = many(engine, 6)
    order = BatchOrder(
        kind="modify", instructions=[Modification(verb="move", element="b", target="a")]
    )
    batch = run(engine, order, ids, stop_after=2)
    assert (batch.state, batch.failed, batch.left) == ("stopped", 2, 4)
    assert batch.note == "stopped after 2 failure(s)"
    engine.resume_batch(batch.id, by=ANA)
    engine.run_due()
    batch = engine.batch(batch.id)
    assert (batch.state, batch.failed, batch.left) == ("stopped", 4, 2)
    assert adds_up(batch)


def test_a_batch_is_paused_resumed_and_cancelled(engine: Engine, clock: Clock) -> None:
    ids = many(engine, 3)
    batch = run(engine, BatchOrder(kind="suspend"), ids, per_second=1)
    assert engine.pause_batch(batch.id, reason="wait", by=ANA).state == "paused"
    clock.advance(seconds=5)
    engine.run_due()
    assert engine.batch(batch.id).done == 1
    with pytest.raises(Conflict, match="is paused"):
        engine.pause_batch(batch.id)
    engine.resume_batch(batch.id)
    engine.run_due()
    assert engine.batch(batch.id).done == 2
    batch = engine.cancel_batch(batch.id, reason="enough", by=ANA)
    assert (batch.state, batch.done, batch.skipped, batch.left) == ("cancelled", 2, 1, 0)
    verbs = [e.verb for e in engine.audit(AuditQuery(kind="batch")).items]
    assert verbs == ["cancel_batch", "resume_batch", "pause_batch", "create_batch"]


def test_those_that_failed_can_be_done_again(engine: Engine) -> None:
    (id,) = many(engine, 1)
    order = BatchOrder(
        kind="modify", instructions=[Modification(verb="move", element="b", target="a")]
    )
    batch = run(engine, order, [id])
    engine.complete_task(engine.tasks().items[0].id)
    engine.resume_batch(batch.id, retry_failed=True)
    engine.run_due()
    assert (engine.batch(batch.id).state, engine.batch(batch.id).done) == ("completed", 1)


def test_a_preview_tries_without_effect(engine: Engine) -> None:
    ids = many(engine, 3)
    engine.cancel(ids[0], reason="before")
    preview = engine.preview_batch(BatchOrder(kind="cancel"), targets=[*ids, 77])
    assert (preview.total, preview.tried, preview.can) == (4, 4, 2)
    assert [item.state for item in preview.cannot] == ["skipped", "skipped"]
    assert [engine.instance(id).head.state for id in ids[1:]] == ["active", "active"]
    assert engine.batches().total == 0


@pytest.mark.parametrize(
    ("order", "options", "said"),
    [
        (BatchOrder(kind="modify"), {"targets": [1]}, "no instruction"),
        (BatchOrder(kind="migrate"), {"targets": [1]}, "no plan"),
        (BatchOrder(kind="set_variables"), {"targets": [1]}, "no variables"),
        (BatchOrder(kind="cancel"), {}, "either a query or targets"),
        (BatchOrder(kind="cancel"), {"targets": []}, "no target"),
        (BatchOrder(kind="cancel"), {"targets": [1], "per_second": 0}, "per_second 0"),
        (
            BatchOrder(kind="modify", instructions=[Modification(verb="cancel", token=1)]),
            {"targets": [1, 2]},
            "name elements instead",
        ),
        (BatchOrder(kind="cancel"), {"targets": [1], "delay": timedelta(seconds=-1)}, "a delay of"),
    ],
)
def test_an_order_must_say_what_it_needs(
    engine: Engine, order: BatchOrder, options: dict[str, object], said: str
) -> None:
    with pytest.raises(Invalid, match=said):
        engine.create_batch(order, reason="x", **options)  # type: ignore[arg-type]


def test_the_same_key_makes_one_batch(engine: Engine) -> None:
    ids = many(engine, 1)
    made = [
        engine.create_batch(
            BatchOrder(kind="suspend"), targets=ids, reason="x", idempotency_key="k"
        ).id
        for _ in range(2)
    ]
    assert made[0] == made[1]


def test_a_node_that_dies_in_the_middle_leaves_each_target_done_once(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process ends after some commits: what is committed is done, all else is still left."""
    engine = nodes.engine()
    ids = many(engine, 5)
    order = BatchOrder(kind="set_variables", variables={"seen": True})
    batch = engine.create_batch(order, targets=ids, reason="x")
    write, calls = batch_items._do, 0

    def dies(*args: object, **options: object) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        write(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(batch_items, "CHUNK", 2)
    monkeypatch.setattr(batch_items, "_do", dies)
    with pytest.raises(KeyboardInterrupt):
        engine.run_due()
    monkeypatch.setattr(batch_items, "_do", write)
    other = nodes.engine() if nodes.kind != "memory" else engine
    assert other.batch(batch.id).done == 2
    other.run_due()
    found = other.batch(batch.id)
    assert (found.state, found.done, adds_up(found)) == ("completed", 5, True)
    acts = other.audit(AuditQuery(verbs=("set_variables",)), Paging(limit=50))
    assert sorted(e.instance or 0 for e in acts.items) == ids


def test_a_target_is_done_once_though_two_nodes_take_it(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    if nodes.kind == "memory":
        pytest.skip("a database in memory has one node")
    first, second = nodes.engine(), nodes.engine()
    ids = many(first, 2)
    order = BatchOrder(kind="set_variables", variables={"seen": True})
    first.create_batch(order, targets=ids, reason="x")
    write = batch_items._do

    rows = batch_items.partial

    def before(function: object, **options: object) -> object:
        if function is write:
            monkeypatch.setattr(batch_items, "partial", rows)
            second.run_due()
        return rows(function, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(batch_items, "partial", before)
    first.run_due()
    assert first.audit(AuditQuery(verbs=("set_variables",))).total == 2


WINDOW = timedelta(seconds=10)


def hold(engine: Engine, order: BatchOrder, id: int) -> int:
    return engine.create_batch(order, targets=[id], reason="why", delay=WINDOW, by=ANA).id


def test_a_held_command_taken_back_in_time_has_changed_nothing(
    engine: Engine, clock: Clock
) -> None:
    (id,) = many(engine, 1)
    before = (engine.instance(id), engine.history(id).last)
    held = hold(engine, BatchOrder(kind="cancel"), id)
    clock.advance(seconds=9)
    engine.run_due()
    assert [one.id for one in engine.held(id)] == [held]
    assert engine.cancel_batch(held, reason="not that one", by=ANA).skipped == 1
    clock.advance(seconds=60)
    engine.run_due()
    assert (engine.instance(id), engine.history(id).last) == before
    assert engine.held(id) == []


@pytest.mark.parametrize(
    "order", [BatchOrder(kind="cancel"), BatchOrder(kind="set_variables", variables={"n": 7})]
)
def test_a_held_command_is_done_once_when_its_time_has_come(
    engine: Engine, clock: Clock, order: BatchOrder
) -> None:
    (id,) = many(engine, 1)
    held = hold(engine, order, id)
    clock.advance(seconds=11)
    engine.run_due()
    engine.run_due()
    assert engine.held(id) == []
    found = engine.batch(held)
    assert (found.state, found.done) == ("completed", 1)
    with pytest.raises(Conflict, match="is completed"):
        engine.cancel_batch(held, reason="too late")
    (act,) = engine.audit(AuditQuery(verbs=(order.kind,))).items
    assert (act.by, act.instance) == (ANA, id)


def test_a_held_command_outlives_the_node_that_took_it(nodes: Nodes) -> None:
    """Neither lost nor done twice: whoever is there when its time has come does it."""
    if nodes.kind == "memory":
        pytest.skip("a database in memory has one node")
    first = nodes.engine()
    (id,) = many(first, 1)
    token = first.instance(id).tokens[0].id
    move = BatchOrder(
        kind="modify", instructions=[Modification(verb="move", token=token, target="b")]
    )
    held = hold(first, move, id)
    first.close()
    others = [nodes.engine(), nodes.engine()]
    nodes.clock.advance(seconds=11)
    for other in others:
        other.run_due()
    assert elements(others[0], id) == ["b"]
    assert others[1].batch(held).done == 1
    assert others[1].audit(AuditQuery(verbs=("modify",))).total == 1
