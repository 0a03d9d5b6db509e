"""Suspending what instances are made of: definitions, processes, job types."""

from __future__ import annotations

import pytest

from engine import Conflict, Engine, Handlers, Invalid, NotFound, Worker
from engine.services import board
from engine.views import Actor, AuditQuery
from tests.engine.services.house import Clock, Nodes, deploy, elements, job

ANA = Actor("ana", "console")
TASK = "<startEvent id='s'/><userTask id='a'/>\ns -> a"
WORK = "<startEvent id='s'/><serviceTask id='j' k:jobType='work'/>\ns -> j"


def test_a_suspended_process_is_not_started_in_any_version(engine: Engine) -> None:
    deploy(engine, TASK)
    deploy(engine, TASK + "\n<endEvent id='e'/>\na -> e")
    engine.suspend_process("p", reason="recall", by=ANA)
    for version in (None, 1):
        with pytest.raises(Conflict, match="process 'p' is suspended: recall"):
            engine.start("p", version=version)
    (held,) = engine.holds()
    assert (held.kind, held.name, held.by, held.reason) == ("process", "p", "ana", "recall")
    with pytest.raises(Conflict, match="suspended already"):
        engine.suspend_process("p", reason="again")
    engine.resume_process("p", by=ANA)
    engine.start("p")
    with pytest.raises(Conflict, match="is not suspended"):
        engine.resume_process("p")
    verbs = [e.verb for e in engine.audit(AuditQuery(kind="process")).items]
    assert verbs == ["resume", "suspend"]


def test_a_suspended_version_leaves_the_others_alone(engine: Engine) -> None:
    deploy(engine, TASK)
    deploy(engine, TASK + "\n<endEvent id='e'/>\na -> e")
    engine.suspend_definition(engine.latest("p").key, reason="x")
    with pytest.raises(Conflict):
        engine.start("p")
    engine.start("p", version=1)
    engine.resume_definition(engine.latest("p").key)
    engine.start("p")


def test_running_instances_are_held_with_their_definition(engine: Engine) -> None:
    deploy(engine, TASK)
    ids = [engine.start("p").id for _ in range(2)]
    batch = engine.suspend_process("p", reason="x", instances=True, by=ANA)
    assert batch is not None
    engine.run_due()
    assert all(engine.instance(id).head.suspended for id in ids)
    engine.resume_process("p", instances=True)
    engine.run_due()
    assert not any(engine.instance(id).head.suspended for id in ids)
    engine.cancel(ids[0], reason="x")
    engine.cancel(ids[1], reason="x")
    assert engine.suspend_process("p", reason="x", instances=True) is None


def test_a_called_process_that_is_suspended_is_an_incident_until_it_is_not(
    engine: Engine,
) -> None:
    deploy(engine, TASK)
    caller = TASK.replace("<userTask id='a'/>", "<callActivity id='a' calledElement='p'/>")
    from tests.kit import document

    engine.deploy({"q.bpmn": document(caller).replace(b"process id='p'", b"process id='q'")})
    engine.suspend_process("p", reason="recall")
    id = engine.start("q").id
    (incident,) = engine.incidents().items
    assert "recall" in incident.message
    engine.resume_process("p")
    assert engine.retry(incident.id)
    assert [child.process_id for child in engine.instance(id).children] == ["p"]


MESSAGE = """<startEvent id='m'><messageEventDefinition messageRef='x'/></startEvent>
<userTask id='a'/>
m -> a"""


def test_a_message_does_not_start_what_is_suspended(engine: Engine) -> None:
    deploy(engine, MESSAGE, "<message id='x' name='go'/>")
    engine.suspend_process("p", reason="x")
    assert engine.publish("go").buffered
    with pytest.raises(NotFound):
        engine.correlate("go")
    engine.resume_process("p")
    assert engine.publish("go").started


TIMER = """<startEvent id='t'><timerEventDefinition><timeCycle>R/PT1H</timeCycle>
</timerEventDefinition></startEvent><userTask id='a'/>
t -> a"""


def test_timer_starts_stand_still_and_what_they_missed_is_skipped(
    engine: Engine, clock: Clock
) -> None:
    deploy(engine, TIMER)
    clock.advance(hours=1, seconds=1)
    engine.run_due()
    before = engine.instances().total
    engine.suspend_process("p", reason="x")
    clock.advance(hours=5)
    engine.run_due()
    assert engine.instances().total == before
    engine.resume_process("p")
    engine.run_due()
    assert engine.instances().total == before
    clock.advance(hours=1)
    engine.run_due()
    assert engine.instances().total == before + 1


def test_the_jobs_of_a_suspended_type_are_not_given_out(engine: Engine) -> None:
    deploy(engine, WORK)
    id = engine.start("p").id
    held = job(engine)
    engine.start("p")
    engine.suspend_job_type("work", reason="bank is closed", by=ANA)
    assert engine.activate_jobs(["work"], worker="w") == []
    engine.complete_job(held.id)
    assert elements(engine, id) == []
    engine.resume_job_type("work")
    assert job(engine).type == "work"


def test_no_worker_of_this_process_takes_one_as_it_is_made(nodes: Nodes) -> None:
    handlers = Handlers()
    handlers.add("work", lambda _: None)
    engine = nodes.engine(handlers)
    deploy(engine, WORK)
    engine.suspend_job_type("work", reason="x")
    with Worker(engine, threads=1):
        id = engine.start("p").id
        assert engine.instance(id).tokens[0].waits[0].worker is None
    assert engine.instance(id).head.state == "active"


def test_another_node_hears_of_it(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    if nodes.kind == "memory":
        pytest.skip("a database in memory has one node")
    monkeypatch.setattr(board, "FRESH", 0.0)
    first, second = nodes.engine(), nodes.engine()
    deploy(first, TASK)
    second.start("p")
    first.suspend_process("p", reason="x")
    with pytest.raises(Conflict, match="is suspended"):
        second.start("p")


def test_only_what_is_there_is_suspended_and_with_a_reason(engine: Engine) -> None:
    with pytest.raises(NotFound, match="'ghost'"):
        engine.suspend_process("ghost", reason="x")
    with pytest.raises(NotFound):
        engine.suspend_definition(7, reason="x")
    with pytest.raises(Invalid, match="reason"):
        engine.suspend_job_type("work", reason=" ")
