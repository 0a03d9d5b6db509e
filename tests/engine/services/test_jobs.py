"""Jobs: one claimer at a time, answers under the claim's epoch, retries by policy."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine import Engine, Handlers, Invalid, NotFound, Stale
from engine.views import Actor, JobQuery
from tests.engine.services.house import Clock, Nodes, deploy, elements, job, kinds, values

WORK = (
    "<startEvent id='s'/><serviceTask id='j' {} k:jobType='work'/><endEvent id='e'/>\ns -> j -> e"
)
CAUGHT = """
<startEvent id='s'/><serviceTask id='j' k:jobType='work'/><endEvent id='e'/>
<boundaryEvent id='b' attachedToRef='j'><errorEventDefinition errorRef='declined'/></boundaryEvent>
<userTask id='other'/><endEvent id='f'/>
s -> j -> e
b -> other -> f
"""
DECLINED = "<error id='declined' errorCode='DECLINED'/>"


def attempts(engine: Engine, instance: int) -> list[dict[str, Any]]:
    return [e.detail for e in engine.history(instance).items if e.kind == "attempt"]


def test_a_claimed_job_brings_what_its_worker_needs(engine: Engine) -> None:
    deploy(engine, WORK.format(""))
    started = engine.start("p", {"a": 1, "b": 2}, business_key="A-1", correlation_id="trace-7")
    found = job(engine, fetch=["a", "ghost"])
    assert found.variables == {"a": 1}
    assert (found.type, found.element, found.instance) == ("work", "j", started.id)
    assert (found.business_key, found.correlation_id) == ("A-1", "trace-7")
    assert (found.attempt, found.retries, found.worker) == (1, 3, "w")
    assert found.key.endswith(f"-{found.id}")
    assert found.traceparent == f"00-{found.traceparent[3:35]}-{found.id:016x}-01"
    assert found.deadline - engine._shell.now() == timedelta(seconds=15)


def test_two_databases_never_give_a_service_the_same_key() -> None:
    found = []
    for _ in range(2):
        with Engine("sqlite://") as engine:
            deploy(engine, WORK.format(""))
            id = engine.start("p").id
            found.append(job(engine))
            engine.complete_job(found[-1].id)
            assert attempts(engine, id)[0]["key"] == found[-1].key, "as the history tells it"
    assert found[0].id == found[1].id
    assert found[0].key != found[1].key


def test_a_job_sees_what_is_its_activitys_own(engine: Engine) -> None:
    deploy(
        engine,
        """<startEvent id='s'/><serviceTask id='j' k:jobType='work'><extensionElements>
        <zeebe:ioMapping><zeebe:input source='=item.price * 2' target='amount'/></zeebe:ioMapping>
        </extensionElements><multiInstanceLoopCharacteristics><extensionElements>
        <zeebe:loopCharacteristics inputCollection='=items' inputElement='item'/>
        </extensionElements></multiInstanceLoopCharacteristics></serviceTask><endEvent id='e'/>
        s -> j -> e""",
    )
    id = engine.start("p", {"items": [{"price": n} for n in range(3)], "amount": "outer"}).id
    jobs = engine.activate_jobs(["work"], worker="w")
    assert [found.variables["amount"] for found in jobs] == [0, 2, 4]
    assert [found.variables["item"] for found in jobs] == [{"price": n} for n in range(3)]
    for found in jobs:
        engine.complete_job(found.id)
    shown = [attempt["input"]["amount"] for attempt in attempts(engine, id)]
    assert shown == [0, 2, 4]
    assert engine.instance(id).head.state == "completed"


def test_a_claimed_job_is_given_to_nobody_else(engine: Engine, clock: Clock) -> None:
    deploy(engine, WORK.format(""))
    engine.start("p")
    first = job(engine, lock=timedelta(seconds=10))
    assert engine.activate_jobs(["work"], worker="other") == []
    clock.advance(seconds=10)
    (second,) = engine.activate_jobs(["work"], worker="other")
    assert (second.id, second.key, second.attempt) == (first.id, first.key, 2)
    with pytest.raises(Stale, match="given out again"):
        engine.complete_job(first.id, {"by": "w"}, worker="w", epoch=first.epoch)
    with pytest.raises(Stale, match="held by 'other', not by 'w'"):
        engine.complete_job(first.id, {"by": "w"}, worker="w")
    engine.complete_job(second.id, {"by": "other"}, worker="other", epoch=second.epoch)
    assert values(engine, second.instance) == {"by": "other"}


def test_a_late_answer_is_taken_while_nobody_else_has_the_job(engine: Engine, clock: Clock) -> None:
    deploy(engine, WORK.format(""))
    engine.start("p")
    found = job(engine)
    clock.advance(hours=1)
    engine.complete_job(found.id, worker="w", epoch=found.epoch)
    assert engine.instance(found.instance).head.state == "completed"


def test_a_job_is_done_once(engine: Engine) -> None:
    deploy(engine, WORK.format(""))
    engine.start("p")
    found = job(engine)
    engine.complete_job(found.id)
    with pytest.raises(Stale, match="has been done already"):
        engine.complete_job(found.id)
    with pytest.raises(Stale, match="has been done already"):
        engine.fail_job(found.id, "late")
    with pytest.raises(NotFound):
        engine.complete_job(found.id + (1 << 40))


def test_a_prolonged_claim_holds_longer(engine: Engine, clock: Clock) -> None:
    deploy(engine, WORK.format(""))
    engine.start("p")
    found = job(engine, lock=timedelta(seconds=10))
    clock.advance(seconds=9)
    assert engine.extend_job(found.id, timedelta(minutes=1)) == clock.now + timedelta(minutes=1)
    clock.advance(seconds=59)
    assert engine.activate_jobs(["work"], worker="other") == []
    assert engine.extend_leases(
        [(found.id, found.epoch), (found.id + 9, 1)], timedelta(hours=1)
    ) == {found.id}
    assert engine.extend_leases([(found.id, found.epoch - 1)], timedelta(hours=1)) == set()


def test_a_failed_attempt_is_repeated_after_its_pause(engine: Engine, clock: Clock) -> None:
    deploy(engine, WORK.format("k:backoff='PT10S'"))
    id = engine.start("p", {"a": 1}).id
    engine.fail_job(job(engine).id, "no answer", worker="w")
    (view,) = engine.jobs().items
    assert (view.state, view.retries, view.last_error) == ("backoff", 2, "no answer")
    assert view.due == clock.now + timedelta(seconds=10)
    assert engine.activate_jobs(["work"], worker="w") == []
    clock.advance(seconds=10)
    found = job(engine)
    assert (found.attempt, found.retries) == (2, 2)
    engine.complete_job(found.id, {"ok": True})
    first, second = attempts(engine, id)
    assert (first["number"], first["error"]["message"]) == (1, "no answer")
    assert first["policy"]["origin"] == {
        "retries": "default",
        "backoff": "model",
        "timeout": "default",
    }
    assert first["input"] == {"a": 1}
    assert (second["number"], second["output"]) == (2, {"ok": True})
    assert first["key"] == second["key"] == found.key


def test_an_attempt_keeps_of_its_input_what_is_not_too_large(engine: Engine) -> None:
    deploy(engine, WORK.format(""))
    id = engine.start("p", {"few": [1, 2], "many": list(range(20_000)), "note": "x" * 5_000}).id
    engine.complete_job(job(engine).id)
    (attempt,) = attempts(engine, id)
    assert attempt["input"].keys() == {"few", "note", "omitted"}
    assert attempt["input"]["omitted"].startswith("'many'")


def test_retries_used_up_are_an_incident_with_its_reason(engine: Engine, clock: Clock) -> None:
    deploy(engine, WORK.format("k:retries='2' k:backoff='PT1S'"))
    id = engine.start("p").id
    for _ in range(2):
        engine.fail_job(job(engine).id, "card service is down")
        clock.advance(seconds=1)
    assert engine.activate_jobs(["work"], worker="w") == []
    (incident,) = engine.incidents().items
    assert (incident.kind, incident.element, incident.attempts) == ("job", "j", 2)
    assert (incident.message, incident.job_type) == ("card service is down", "work")
    view = engine.instance(id)
    assert view.head.incidents == 1
    assert "failed for good after 2 attempts" in view.tokens[0].waits[0].sentence
    assert engine.jobs(JobQuery(state="exhausted")).total == 1
    with pytest.raises(Stale, match="incident"):
        engine.complete_job(incident.id)
    assert engine.retry(incident.id, reason="back up", by=Actor("ana")) is True
    engine.complete_job(job(engine).id)
    assert engine.instance(id).head.state == "completed"
    assert engine.incidents().total == 0
    assert [k for k in kinds(engine, id) if k in ("incident", "intervention", "resolved")] == [
        "intervention",
        "incident",
        "intervention",
        "resolved",
    ]


def test_a_worker_may_say_how_often_and_when_again(engine: Engine, clock: Clock) -> None:
    deploy(engine, WORK.format(""))
    engine.start("p")
    engine.fail_job(job(engine).id, "later", retries=9, backoff=timedelta(minutes=1))
    clock.advance(seconds=59)
    assert engine.activate_jobs(["work"], worker="w") == []
    clock.advance(seconds=1)
    assert job(engine).retries == 9
    (view,) = engine.jobs(JobQuery(state="claimed")).items
    engine.fail_job(view.id, "never", retries=0)
    assert engine.incidents().total == 1
    engine.update_job(view.id, retries=1, reason="once more")
    assert engine.incidents().total == 0
    engine.complete_job(job(engine).id)


def test_a_handlers_declaration_beats_the_default_and_the_model_beats_both(nodes: Nodes) -> None:
    handlers = Handlers()
    handlers.add("work", lambda _: None, retries=7, backoff="PT1M")
    engine = nodes.engine(handlers)
    deploy(engine, WORK.format("k:retries='2'"))
    id = engine.start("p").id
    engine.fail_job(job(engine).id, "no")
    (attempt,) = attempts(engine, id)
    assert attempt["policy"] == {
        "retries": 2,
        "backoff": "PT1M",
        "origin": {"retries": "model", "backoff": "handler", "timeout": "default"},
    }


def test_a_business_error_is_caught_where_the_model_says(engine: Engine) -> None:
    deploy(engine, CAUGHT, DECLINED)
    id = engine.start("p").id
    engine.throw_job_error(job(engine).id, "DECLINED", "no funds", {"reason": "funds"})
    assert elements(engine, id) == ["other"]
    assert values(engine, id)["reason"] == "funds"
    (attempt,) = attempts(engine, id)
    assert attempt["bpmn_error"] == {"code": "DECLINED", "message": "no funds"}


def test_a_business_error_that_nobody_catches_is_an_incident(engine: Engine) -> None:
    deploy(engine, CAUGHT, DECLINED)
    id = engine.start("p").id
    found = job(engine)
    engine.throw_job_error(found.id, "STOLEN", "card is stolen")
    assert elements(engine, id) == ["j"]
    (incident,) = engine.incidents().items
    assert (incident.kind, incident.element) == ("input", "j")
    assert "STOLEN" in incident.message
    assert engine.activate_jobs(["work"], worker="w") == []
    assert engine.retry(incident.id) is False
    assert engine.incidents().total == 1
    engine.update_job(found.id, retries=1, reason="another card")
    engine.complete_job(job(engine).id)
    assert engine.instance(id).head.state == "completed"


@pytest.mark.parametrize(
    "wrong",
    [
        {"types": []},
        {"worker": ""},
        {"limit": 0},
        {"limit": 100_000},
        {"lock": timedelta(0)},
        {"lock": timedelta(days=9)},
    ],
)
def test_a_senseless_claim_is_refused(engine: Engine, wrong: dict[str, Any]) -> None:
    options = {"types": ["work"], "worker": "w"} | wrong
    with pytest.raises(Invalid, match="activate jobs"):
        engine.activate_jobs(options.pop("types"), **options)


def test_jobs_are_claimed_in_the_order_of_their_age_up_to_the_limit(
    engine: Engine, clock: Clock
) -> None:
    deploy(engine, WORK.format(""))
    ids = []
    for _ in range(5):
        ids.append(engine.start("p").id)
        clock.advance(seconds=1)
    first = engine.activate_jobs(["work"], worker="w", limit=3)
    assert [found.instance for found in first] == sorted(ids[:3])
    assert len(engine.activate_jobs(["work", "ghost"], worker="w", limit=10)) == 2
    assert engine.jobs(JobQuery(types=("work",), state="claimed")).total == 5


def test_who_asks_for_which_job_is_seen(engine: Engine, clock: Clock) -> None:
    deploy(engine, WORK.format(""))
    engine.start("p")
    (view,) = engine.overview().job_types
    assert (view.type, view.waiting, view.is_served, view.last_seen) == ("work", 1, False, None)
    job(engine)
    (view,) = engine.overview().job_types
    assert (view.claimed, view.is_served, view.workers) == (1, True, ["w"])
    clock.advance(minutes=2)
    (view,) = engine.overview().job_types
    assert (view.waiting, view.is_served) == (1, False)


def test_two_nodes_never_hold_one_job(nodes: Nodes) -> None:
    if nodes.kind == "memory":
        pytest.skip("a database in memory has one node")
    one, other = nodes.engine(), nodes.engine()
    deploy(one, WORK.format(""))
    for _ in range(20):
        one.start("p")
    claimed = [
        found.id
        for _ in range(5)
        for engine in (one, other)
        for found in engine.activate_jobs(["work"], worker="w", limit=2)
    ]
    assert len(claimed) == len(set(claimed)) == 20
    for id in claimed:
        other.complete_job(id)
    assert one.overview().in_flight == 0


URGENT = """<startEvent id='s'/><serviceTask id='j' k:jobType='work'><extensionElements>
<zeebe:jobPriorityDefinition priority='=n'/></extensionElements></serviceTask><endEvent id='e'/>
s -> j -> e"""


def test_jobs_are_claimed_by_priority_then_by_age(engine: Engine, clock: Clock) -> None:
    deploy(engine, URGENT)
    given = [3, -2, 7, 3, 7]
    for number in given:
        engine.start("p", {"n": number})
        clock.advance(seconds=1)

    claimed = [job(engine, limit=1).variables["n"] for _ in given]

    assert claimed == [7, 7, 3, 3, -2]


def test_job_types_that_wait_are_served_evenly(engine: Engine) -> None:
    deploy(engine, WORK.format("").replace("'work'", "'=t'"))
    for type in ["a"] * 6 + ["b"] * 6 + ["c"]:
        engine.start("p", {"t": type})

    claimed = [found.type for found in engine.activate_jobs(["a", "b", "c"], worker="w", limit=7)]

    assert sorted(claimed) == ["a"] * 3 + ["b"] * 3 + ["c"]


def test_a_job_whose_workers_keep_vanishing_becomes_an_incident(
    engine: Engine, clock: Clock
) -> None:
    deploy(engine, WORK.format(""))
    started = engine.start("p")
    claims = 0
    for _ in range(20):
        claims += len(engine.activate_jobs(["work"], worker="w"))
        clock.advance(seconds=30)

    (incident,) = engine.incidents().items
    assert claims == 5
    assert (incident.instance, incident.error) == (started.id, "WorkerLost")
    assert "vanished" in incident.message
    engine.retry(incident.id, reason="mended", by=Actor("ana", "console"))
    assert job(engine).instance == started.id


def test_jobs_that_vanished_together_come_back_apart(engine: Engine, clock: Clock) -> None:
    deploy(engine, WORK.format(""))
    for _ in range(8):
        engine.start("p")
    for _ in range(2):
        assert len(engine.activate_jobs(["work"], worker="w")) == 8
        clock.advance(seconds=16)

    found = []
    for _ in range(20):
        claimed = engine.activate_jobs(["work"], worker="w", lock=timedelta(hours=1))
        found.append(len(claimed))
        clock.advance(seconds=1)

    assert found[0] == 0
    assert sum(found) == 8
    assert max(found) <= 3
