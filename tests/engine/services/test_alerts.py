"""Alert rules: evaluated once an interval, told once, and tried over the past."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from engine import Actor, AlertCondition, AlertRule, Conflict, Engine, Invalid, NotFound
from engine.storage import nodes as life
from tests.engine.services.house import Clock, Nodes, deploy, job

WORK = (
    "<startEvent id='s'/><serviceTask id='t'><extensionElements>"
    "<zeebe:taskDefinition type='work' retries='1'/></extensionElements></serviceTask>"
    "<endEvent id='e'/>\ns -> t -> e"
)
HALF_HOUR = timedelta(minutes=30)
NONE_DONE = AlertCondition(kind="absence", query="process:p", within=HALF_HOUR)
ANA = Actor("ana", "console")


def complete_one(engine: Engine) -> None:
    engine.start("p", {})
    engine.complete_job(job(engine).id, worker="w")


def fail_one(engine: Engine) -> None:
    engine.start("p", {})
    engine.fail_job(job(engine).id, "broken", retries=0, worker="w")


def state(engine: Engine, rule: AlertRule) -> str:
    return engine.alert_rule(rule.id).state


def told(engine: Engine, since: Any) -> list[str]:
    return [one.type for one in engine.events(since, types=["alert.fired", "alert.resolved"]).items]


def test_absence_fires_when_nothing_came_for_so_long_and_is_over_when_it_came(
    engine: Engine, clock: Clock
) -> None:
    deploy(engine, WORK)
    begun = clock.now
    complete_one(engine)
    rule = engine.add_alert_rule("no order", NONE_DONE, by=ANA)
    engine.run_due()
    assert state(engine, rule) == "ok"
    clock.advance(minutes=31)
    engine.run_due()
    assert state(engine, rule) == "firing"
    (fired,) = engine.alerts().items
    assert fired.value == 31 * 60
    assert fired.rule == rule.id
    assert [one.id for one in engine.bell().items] == [fired.id]
    complete_one(engine)
    clock.advance(minutes=1)
    engine.run_due()
    assert state(engine, rule) == "ok"
    (over,) = engine.alerts(is_open=False).items
    assert over.resolved == clock.now
    assert engine.bell().total == 0
    clock.advance(seconds=1)
    assert told(engine, begun) == ["alert.fired", "alert.resolved"]


def test_a_rule_is_evaluated_once_an_interval_and_misses_are_not_made_up_for(
    engine: Engine, clock: Clock
) -> None:
    deploy(engine, WORK)
    rule = engine.add_alert_rule("no order", NONE_DONE, every=timedelta(minutes=5))
    assert engine.watch_alerts() == 1
    assert engine.watch_alerts() == 0
    clock.advance(minutes=4, seconds=59)
    assert engine.watch_alerts() == 0
    clock.advance(seconds=1)
    assert engine.watch_alerts() == 1
    clock.advance(minutes=17)
    assert engine.watch_alerts() == 1
    assert engine.alert_rule(rule.id).next_evaluation == rule.created + timedelta(minutes=25)


def test_of_many_nodes_one_evaluates(nodes: Nodes) -> None:
    if nodes.kind == "memory":
        pytest.skip("a database in memory has one node")
    engines = [nodes.engine() for _ in range(4)]
    deploy(engines[0], WORK)
    engines[0].add_alert_rule("no order", NONE_DONE)
    barrier = threading.Barrier(4)
    done: list[int] = []

    def watch(engine: Engine) -> None:
        barrier.wait()
        done.append(engine.watch_alerts())

    threads = [threading.Thread(target=watch, args=(one,)) for one in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done) == 1
    assert engines[1].alerts().total == 1


def test_what_an_evaluation_found_is_not_written_over_a_change(
    engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(engine, WORK)
    rule = engine.add_alert_rule("no order", NONE_DONE)
    real = engine._shell.do
    count = 0

    def changed_between(command: Any, **more: Any) -> Any:
        nonlocal count
        count += 1
        answer = real(command, **more)
        if count == 1:  # between the claim and what was found
            monkeypatch.setattr(engine._shell, "do", real)
            engine.change_alert_rule(rule.id, is_enabled=False)
        return answer

    monkeypatch.setattr(engine._shell, "do", changed_between)
    assert engine.watch_alerts() == 0
    assert state(engine, rule) == "ok"
    assert engine.alerts().total == 0


@pytest.mark.parametrize(
    ("condition", "cause"),
    [
        (AlertCondition(kind="count", query="is:incident", threshold=1), "fail fail"),
        (AlertCondition(kind="age", query="process:p", within=HALF_HOUR), "start wait"),
        (
            AlertCondition(kind="no_worker", job_type="work", within=timedelta(minutes=10)),
            "start wait",
        ),
        (AlertCondition(kind="queue_lag", job_type="work", within=HALF_HOUR), "start wait"),
        (AlertCondition(kind="queue_lag", within=HALF_HOUR), "start wait"),
        (AlertCondition(kind="node_lost", within=timedelta(minutes=1)), "beat wait"),
        (AlertCondition(kind="node_lost", threshold=1), "start"),
    ],
)
def test_each_kind_holds_when_its_cause_is_there(
    engine: Engine, clock: Clock, condition: AlertCondition, cause: str
) -> None:
    deploy(engine, WORK)
    beat(engine)
    assert not engine.check_alert(condition).holds
    leave(engine)
    for one in cause.split():
        match one:
            case "fail":
                fail_one(engine)
            case "start":
                engine.start("p", {})
            case "beat":
                beat(engine)
            case "wait":
                clock.advance(minutes=31)
    found = engine.check_alert(condition)
    assert found.holds
    assert found.value is not None


def beat(engine: Engine) -> None:
    with engine._shell.store.transaction() as transaction:
        life.beat(transaction, "node-1", "host", "1")


def leave(engine: Engine) -> None:
    with engine._shell.store.transaction() as transaction:
        life.leave(transaction, "node-1")


def test_a_rate_of_failure_counts_from_enough_on(engine: Engine, clock: Clock) -> None:
    deploy(engine, FAILS)
    condition = AlertCondition(
        kind="failure_rate", query="process:p", within=HALF_HOUR, threshold=40, at_least=4
    )
    for is_bad in (True, True, False):
        engine.start("p", {"is_bad": is_bad})
    assert not engine.check_alert(condition).holds
    engine.start("p", {"is_bad": False})
    found = engine.check_alert(condition)
    assert (found.holds, found.value) == (True, 50.0)
    assert len(found.subjects) == 2
    clock.advance(minutes=31)
    assert not engine.check_alert(condition).holds


WORK_OR_FAIL = """<startEvent id='s'/><serviceTask id='t'><extensionElements>
<zeebe:taskDefinition type='work' retries='1'/></extensionElements></serviceTask>
<exclusiveGateway id='g' default='ok'/><endEvent id='e'/><endEvent id='f' k:outcome='failed'/>
<sequenceFlow id='a' sourceRef='s' targetRef='t'/>
<sequenceFlow id='b' sourceRef='t' targetRef='g'/>
<sequenceFlow id='ok' sourceRef='g' targetRef='e'/>
<sequenceFlow id='bad' sourceRef='g' targetRef='f'><conditionExpression>=is_bad
</conditionExpression></sequenceFlow>"""
FAILS = """<startEvent id='s'/><exclusiveGateway id='g' default='ok'/><endEvent id='e'/>
<endEvent id='f' k:outcome='failed'/>
<sequenceFlow id='a' sourceRef='s' targetRef='g'/>
<sequenceFlow id='ok' sourceRef='g' targetRef='e'/>
<sequenceFlow id='bad' sourceRef='g' targetRef='f'><conditionExpression>=is_bad
</conditionExpression></sequenceFlow>"""


def test_a_silenced_rule_tells_nobody_until_the_silence_is_over(
    engine: Engine, clock: Clock
) -> None:
    deploy(engine, WORK)
    begun = clock.now
    rule = engine.add_alert_rule("no order", NONE_DONE)
    engine.silence_alert_rule(rule.id, clock.now + timedelta(hours=1), reason="move", by=ANA)
    engine.run_due()
    (fired,) = engine.alerts().items
    assert fired.told is None
    assert engine.bell().total == 0
    clock.advance(minutes=61)
    engine.run_due()
    assert [one.id for one in engine.bell().items] == [fired.id]
    clock.advance(seconds=1)
    assert told(engine, begun) == ["alert.fired"]


def test_who_acknowledges_quiets_the_bell_until_it_is_over(engine: Engine, clock: Clock) -> None:
    deploy(engine, WORK)
    rule = engine.add_alert_rule("no order", NONE_DONE)
    engine.run_due()
    (fired,) = engine.alerts().items
    seen = engine.acknowledge_alert(fired.id, reason="on it", by=ANA)
    assert seen.acknowledged_by == "ana"
    assert state(engine, rule) == "acknowledged"
    assert engine.bell().total == 0
    clock.advance(minutes=1)
    engine.run_due()
    assert state(engine, rule) == "acknowledged"
    complete_one(engine)
    clock.advance(minutes=1)
    engine.run_due()
    assert state(engine, rule) == "ok"
    with pytest.raises(Conflict, match="over since"):
        engine.acknowledge_alert(fired.id)


def test_a_test_is_told_as_one_and_changes_no_state(engine: Engine, clock: Clock) -> None:
    deploy(engine, WORK)
    begun = clock.now
    complete_one(engine)
    rule = engine.add_alert_rule("no order", NONE_DONE)
    fired = engine.fire_test(rule.id, by=ANA)
    assert fired.is_test
    assert state(engine, rule) == "ok"
    clock.advance(seconds=1)
    (event,) = engine.events(begun, types=["alert.fired"]).items
    assert event.data["isTest"] is True
    assert engine.acknowledge_alert(fired.id).resolved == clock.now


def test_what_is_removed_or_changed_ends_its_firing(engine: Engine, clock: Clock) -> None:
    deploy(engine, WORK)
    first, second = (engine.add_alert_rule(name, NONE_DONE) for name in ("one", "two"))
    engine.run_due()
    assert engine.alerts(is_open=True).total == 2
    engine.remove_alert_rule(first.id, by=ANA)
    engine.change_alert_rule(second.id, condition=AlertCondition(kind="count", threshold=5), by=ANA)
    assert engine.alerts(is_open=True).total == 0
    with pytest.raises(NotFound):
        engine.alert_rule(first.id)
    engine.run_due()
    assert state(engine, second) == "ok"


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        (AlertCondition(kind="absence"), "'absence' needs a span"),
        (AlertCondition(kind="count"), "'count' needs a threshold"),
        (AlertCondition(kind="count", threshold=10_000), "threshold"),
        (AlertCondition(kind="count", threshold=1, query="status:nope"), "no such status"),
        (AlertCondition(kind="no_worker", query="process:p"), "looks at no instances"),
        (AlertCondition(kind="absence", within=timedelta(days=400)), "366 days"),
        (AlertCondition(kind="fun"), "'fun' is unknown"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_watched_is_refused(
    engine: Engine, condition: AlertCondition, said: str
) -> None:
    with pytest.raises(Invalid, match=said):
        engine.add_alert_rule("x", condition)


# The past


def test_an_absence_would_have_fired_at_each_gap(engine: Engine, clock: Clock) -> None:
    deploy(engine, WORK)
    for pause in (10, 20, 45, 5, 90):
        complete_one(engine)
        clock.advance(minutes=pause)
    complete_one(engine)
    found = engine.try_alert(NONE_DONE)
    assert [(one.until or clock.now) - one.since for one in found.firings] == [
        timedelta(minutes=14),
        timedelta(minutes=59),
    ]
    assert found.firings[1].worst == 90 * 60 - 60
    assert found.instances == 6
    assert found.evaluations == 171


def test_the_trial_says_what_watching_says(engine: Engine, clock: Clock) -> None:
    """The law: what the past is said to have told is what was told."""
    deploy(engine, WORK_OR_FAIL)
    conditions = [
        NONE_DONE,
        AlertCondition(kind="count", query="process:p status:running", threshold=1),
        AlertCondition(kind="count", query="process:p status:incident", threshold=0),
        AlertCondition(kind="age", query="process:p", within=timedelta(minutes=20)),
        AlertCondition(kind="count", query="process:p status:completed ended:<10m", threshold=0),
        AlertCondition(
            kind="failure_rate", query="process:p", within=timedelta(minutes=15), threshold=40
        ),
    ]
    rules = [engine.add_alert_rule(f"rule {n}", one) for n, one in enumerate(conditions)]
    open_jobs: list[Any] = []
    failed: list[int] = []
    for minute, act in enumerate("..s.s......c....f......s......r..c..s..x......s.c......"):
        match act:
            case "s":
                engine.start("p", {})
                open_jobs.append(job(engine, lock=timedelta(days=1)))
            case "c":
                engine.complete_job(open_jobs.pop(0).id, {"is_bad": False}, worker="w")
            case "x":
                engine.complete_job(open_jobs.pop(0).id, {"is_bad": True}, worker="w")
            case "f":
                broken = open_jobs.pop(0)
                engine.fail_job(broken.id, "broken", retries=0, worker="w")
                failed.append(engine.incidents().items[0].id)
            case "r":
                engine.retry(failed.pop(), reason="again")
                open_jobs.append(job(engine, lock=timedelta(days=1)))
        clock.advance(seconds=30)
        engine.run_due()
        clock.advance(seconds=30)
        assert minute >= 0
    clock.advance(seconds=-30)
    for rule, condition in zip(rules, conditions, strict=True):
        watched = sorted((one.fired, one.resolved) for one in engine.alerts(rule=rule.id).items)
        tried = engine.try_alert(condition)
        step = timedelta(seconds=60)
        assert watched, condition
        assert [
            ((one.since - watched[0][0]) // step, one.until and (one.until - watched[0][0]) // step)
            for one in tried.firings
        ] == [
            ((fired - watched[0][0]) // step, over and (over - watched[0][0]) // step)
            for fired, over in watched
        ], condition


@pytest.mark.parametrize(
    "condition",
    [
        AlertCondition(kind="no_worker"),
        AlertCondition(kind="node_lost"),
        AlertCondition(kind="queue_lag", within=HALF_HOUR),
        AlertCondition(kind="count", query="is:stalled", threshold=1),
        AlertCondition(kind="count", query="step:t OR status:failed", threshold=1),
        AlertCondition(kind="count", query="-older:2h", threshold=1),
        AlertCondition(kind="absence", query="older:2h", within=HALF_HOUR),
    ],
)
def test_what_is_not_kept_is_said(engine: Engine, condition: AlertCondition) -> None:
    deploy(engine, WORK)
    found = engine.try_alert(condition)
    assert found.unknown
    assert not found.firings
