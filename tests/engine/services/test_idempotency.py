"""One key, one effect, one answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from engine import Conflict, Engine, ExecutionError, Invalid, Stale
from tests.engine.services.house import Clock, Nodes, deploy

TASK = "<startEvent id='s'/><userTask id='u'/><endEvent id='e'/>\ns -> u -> e"
START = """<startEvent id='s'><messageEventDefinition messageRef='m'/></startEvent>
<endEvent id='e'/>
s -> e"""


def test_a_repeated_start_is_the_same_instance(engine: Engine) -> None:
    deploy(engine, TASK)
    first = engine.start("p", {"a": 1.5}, idempotency_key="k1")
    again = engine.start("p", {"a": 1.5}, idempotency_key="k1")
    assert first == again
    assert engine.start("p", idempotency_key="k2").id != first.id
    assert engine.instances().total == 2


def test_the_answer_is_the_first_one_also_when_all_has_changed(engine: Engine) -> None:
    deploy(engine, TASK)
    started = engine.start("p", idempotency_key="k1")
    task = engine.tasks().items[0].id
    for _ in range(2):
        engine.complete_task(task, {"b": 2}, idempotency_key="k2")
    assert engine.instance(started.id).head.state == "completed"
    assert engine.start("p", idempotency_key="k1").state == "active"


def test_a_repeated_answer_to_a_job_gets_the_first_answer_too(engine: Engine) -> None:
    deploy(engine, "<startEvent id='s'/><serviceTask id='j' k:jobType='work'/>\ns -> j")
    id = engine.start("p").id
    (job,) = engine.activate_jobs(["work"], worker="w")
    until = [
        engine.extend_job(job.id, timedelta(minutes=1), idempotency_key="k0") for _ in range(2)
    ]
    assert until[0] == until[1]
    for _ in range(2):
        engine.complete_job(job.id, {"a": 1}, idempotency_key="k1")
    with pytest.raises(Stale):
        engine.complete_job(job.id, {"a": 1}, idempotency_key="k2")
    assert engine.instance(id).head.state == "completed"
    first = engine.publish("news", "A", idempotency_key="k3")
    assert engine.publish("news", "A", idempotency_key="k3") == first


def test_a_key_is_for_one_request(engine: Engine) -> None:
    deploy(engine, TASK)
    id = engine.start("p", idempotency_key="k").id
    with pytest.raises(Conflict, match="key 'k' was used for 'start p'"):
        engine.cancel(id, reason="x", idempotency_key="k")
    for key in ("", "x" * 256, "a\0"):
        with pytest.raises(Invalid, match="idempotency key"):
            engine.start("p", idempotency_key=key)


def test_what_failed_may_be_tried_again_under_its_key(engine: Engine) -> None:
    deploy(engine, START, "<message id='m' name='m'/>")
    with pytest.raises(ExecutionError):
        engine.start("p", idempotency_key="k")
    deploy(engine, TASK)
    assert engine.start("p", idempotency_key="k").state == "active"


def test_a_key_is_forgotten_after_a_day(engine: Engine, clock: Clock) -> None:
    deploy(engine, TASK)
    engine.start("p", idempotency_key="k")
    clock.advance(hours=23)
    engine.sweep()
    engine.start("p", idempotency_key="k")
    assert engine.instances().total == 1
    clock.advance(hours=2)
    assert engine.sweep() == 1
    engine.start("p", idempotency_key="k")
    assert engine.instances().total == 2


def test_concurrent_repetitions_have_one_effect(nodes: Nodes) -> None:
    one = nodes.engine()
    engines = [one] if nodes.kind == "memory" else [one, nodes.engine()]
    deploy(one, TASK)
    with ThreadPoolExecutor(8) as pool:
        starts = [
            pool.submit(engine.start, "p", idempotency_key=f"k{n % 5}")
            for n in range(40)
            for engine in engines
        ]
        ids = {start.result().id for start in starts}
    assert len(ids) == 5
    assert one.instances().total == 5
