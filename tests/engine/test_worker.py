"""The worker does what is due and calls handlers; nothing that they do ends it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine import BpmnError, Engine, Handlers, Invalid, Worker, handler
from engine.views import InstanceQuery, Job
from tests.kit import document

WORK = """<startEvent id='s'/><serviceTask id='j' k:jobType='work' k:backoff='PT0.01S'/>
<endEvent id='e'/>
s -> j -> e"""
PATIENCE = timedelta(seconds=20)


@pytest.fixture(params=["memory", "file"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return "sqlite://" if request.param == "memory" else f"sqlite:///{tmp_path / 'test.db'}"


@pytest.fixture
def opened() -> Iterator[list[Engine]]:
    engines: list[Engine] = []
    yield engines
    for engine in engines:
        engine.close()


@pytest.fixture
def make(url: str, opened: list[Engine]) -> Callable[..., Engine]:
    def make(handlers: Handlers, xml: str = WORK, roots: str = "", **settings: Any) -> Engine:
        engine = Engine(url, handlers, **settings)
        engine.migrate()
        engine.deploy({"p.bpmn": document(xml, roots)})
        opened.append(engine)
        return engine

    return make


Make = Callable[..., Engine]


def result(engine: Engine, **variables: Any) -> Any:
    """The variables that an instance ends with."""
    ended = engine.start("p", variables, wait=PATIENCE)
    assert ended.state == "completed", engine.instance(ended.id)
    return ended.variables


def until(holds: Callable[[], object]) -> None:
    """Wait for something that a worker does."""
    ticks = threading.Event()
    for _ in range(2000):
        if holds():
            return
        ticks.wait(0.01)
    pytest.fail("the worker did not get that far")


def test_a_handler_does_a_job_with_its_variables(make: Make) -> None:
    handlers = Handlers()
    seen: list[Job] = []

    @handlers("work")
    def work(job: Job) -> dict[str, Any]:
        seen.append(job)
        return {"double": 2 * job.variables["n"]}

    engine = make(handlers)
    with Worker(engine, threads=2):
        assert result(engine, n=21) == {"n": 21, "double": 42}
    (job,) = seen
    assert (job.type, job.element, job.attempt) == ("work", "j", 1)
    name, _, id = job.key.rpartition("-")
    assert name
    assert int(id) == job.id


def test_many_instances_are_worked_off(make: Make) -> None:
    handlers = Handlers()
    handlers.add("work", lambda job: {"done": job.variables["n"]})
    engine = make(handlers)
    for n in range(200):
        engine.start("p", {"n": n})
    with Worker(engine, threads=4):
        until(lambda: engine.overview().in_flight == 0)
    assert engine.instances(InstanceQuery(states=("completed",))).total == 200


def test_an_exception_is_tried_again_under_the_same_key(make: Make) -> None:
    handlers = Handlers()
    keys: list[str] = []

    @handlers("work")
    def work(job: Job) -> None:
        keys.append(job.key)
        if job.attempt < 3:
            raise ConnectionError("no route to host")

    engine = make(handlers)
    with Worker(engine):
        result(engine)
    assert len(keys) == 3
    assert len(set(keys)) == 1


def test_the_last_failure_is_an_incident_that_says_why(make: Make) -> None:
    handlers = Handlers()

    @handlers("work", retries=2, backoff="PT0.01S")
    def work(_: Job) -> None:
        raise ValueError("amount\0is negative")

    engine = make(handlers, WORK.replace("k:backoff='PT0.01S'", ""))
    id = engine.start("p").id
    with Worker(engine):
        until(lambda: engine.incidents().total)
    (incident,) = engine.incidents().items
    assert (incident.instance, incident.attempts) == (id, 2)
    assert (incident.error, incident.message) == ("ValueError", "amountis negative")


def test_a_business_error_is_not_tried_again(make: Make) -> None:
    handlers = Handlers()
    calls: list[int] = []

    @handlers("work")
    def work(job: Job) -> None:
        calls.append(job.attempt)
        raise BpmnError("DECLINED", "no funds", {"code": 51})

    engine = make(
        handlers,
        WORK
        + "\n<boundaryEvent id='b' attachedToRef='j'><errorEventDefinition errorRef='declined'/>"
        "</boundaryEvent><endEvent id='f'/>\nb -> f",
        "<error id='declined' errorCode='DECLINED'/>",
    )
    with Worker(engine):
        assert result(engine) == {"code": 51}
    assert calls == [1]


@pytest.mark.parametrize("returned", [object(), {"a": float("nan")}, {1: 2}, "text"])
def test_an_answer_that_cannot_be_kept_is_a_failed_attempt(make: Make, returned: Any) -> None:
    handlers = Handlers()
    handlers.add("work", lambda _: returned, retries=1)
    engine = make(handlers)
    engine.start("p")
    with Worker(engine):
        until(lambda: engine.incidents().total)
    (incident,) = engine.incidents().items
    assert "what the handler of 'work' returned" in incident.message


def test_one_bad_instance_does_not_disturb_another(make: Make) -> None:
    handlers = Handlers()

    @handlers("work", retries=1)
    def work(job: Job) -> None:
        if job.variables["n"] % 3 == 0:
            raise ZeroDivisionError

    engine = make(handlers)
    for n in range(30):
        engine.start("p", {"n": n})
    with Worker(engine, threads=3):
        until(lambda: engine.instances(InstanceQuery(states=("completed",))).total == 20)
        until(lambda: engine.incidents().total == 10)


def test_an_attempt_that_takes_too_long_counts_as_failed_and_its_answer_is_not_used(
    make: Make,
) -> None:
    handlers = Handlers()
    release = threading.Event()
    answered = threading.Event()

    @handlers("work", timeout=timedelta(milliseconds=50), backoff="PT0S")
    def work(job: Job) -> dict[str, int]:
        if job.attempt == 1:
            release.wait(20)
            answered.set()
        return {"attempt": job.attempt}

    engine = make(handlers, WORK.replace("k:backoff='PT0.01S'", ""))
    with Worker(engine, threads=1):
        assert result(engine) == {"attempt": 2}
        release.set()
        assert answered.wait(20)
    (instance,) = engine.instances().items
    failed = [e.detail for e in engine.history(instance.id).items if e.kind == "attempt"]
    assert [d["number"] for d in failed] == [1, 2]
    assert failed[0]["error"]["type"] == "Timeout"


def test_a_long_running_handler_keeps_its_job(make: Make) -> None:
    handlers = Handlers()
    calls: list[int] = []

    @handlers("work")
    def work(job: Job) -> None:
        def is_prolonged() -> bool:
            deadline = engine.job(job.id).deadline
            return deadline is not None and deadline > job.deadline

        until(is_prolonged)
        calls.append(job.attempt)

    engine = make(handlers)
    with Worker(engine, threads=2, lease=timedelta(seconds=3)):
        result(engine)
    assert calls == [1]


def test_timers_and_thrown_messages_are_looked_after(make: Make) -> None:
    engine = make(
        Handlers(),
        """<startEvent id='s'/><intermediateCatchEvent id='w'><timerEventDefinition>
        <timeDuration>PT0.05S</timeDuration></timerEventDefinition></intermediateCatchEvent>
        <endEvent id='e'/>\ns -> w -> e""",
    )
    with Worker(engine):
        result(engine)


def test_stopping_gives_back_what_was_not_begun(make: Make) -> None:
    handlers = Handlers()
    begun, release = threading.Semaphore(0), threading.Event()

    @handlers("work")
    def work(_: Job) -> None:
        begun.release()
        release.wait(20)

    engine = make(handlers)
    for _ in range(4):
        engine.start("p")
    worker = Worker(engine, threads=1).start()
    assert begun.acquire(timeout=20)
    stopping = threading.Timer(0.1, release.set)
    stopping.start()
    assert worker.stop(timedelta(seconds=20))
    stopping.join()
    assert engine.instances(InstanceQuery(states=("completed",))).total == 1
    jobs = engine.jobs().items
    assert {job.state for job in jobs} == {"waiting"}
    assert {job.attempts for job in jobs} == {0}


def test_stopping_does_not_wait_for_ever(make: Make) -> None:
    handlers = Handlers()
    begun, release = threading.Event(), threading.Event()

    @handlers("work")
    def work(_: Job) -> None:
        begun.set()
        release.wait(20)

    engine = make(handlers)
    engine.start("p")
    worker = Worker(engine, threads=1).start()
    assert begun.wait(20)
    assert worker.stop(timedelta(milliseconds=50)) is False
    release.set()


def test_a_worker_is_seen_as_long_as_it_lives(make: Make) -> None:
    handlers = Handlers()
    handlers.add("work", lambda _: None)
    engine = make(handlers)
    with Worker(engine, name="w1"):
        until(lambda: engine.overview().nodes)
        until(lambda: engine.overview().workers)
        (node,) = engine.overview().nodes
        (worker,) = engine.overview().workers
        assert (node.id, node.is_alive) == ("w1", True)
        assert (worker.name, worker.types) == ("w1", ["work"])
    assert engine.overview().nodes == []


def note(name: str, done: list[tuple[str, int]], job: Job) -> None:
    done.append((name, job.id))


def test_two_engines_share_the_work_of_one_file(tmp_path: Path, opened: list[Engine]) -> None:
    url = f"sqlite:///{tmp_path / 'test.db'}"
    done: list[tuple[str, int]] = []
    engines = []
    for name in ("one", "other"):
        handlers = Handlers()
        handlers.add("work", partial(note, name, done))
        engine = Engine(url, handlers)
        engine.migrate()
        engines.append(engine)
        opened.append(engine)
    engines[0].deploy({"p.bpmn": document(WORK)})
    for _ in range(60):
        engines[0].start("p")
    with Worker(engines[0], threads=2), Worker(engines[1], threads=2):
        until(lambda: engines[0].overview().in_flight == 0)
    assert len({id for _, id in done}) == len(done) == 60


FORK = """<startEvent id='s'/><parallelGateway id='f'/><parallelGateway id='g'/>
<serviceTask id='a' k:jobType='{0}'/><serviceTask id='b' k:jobType='{1}'/><endEvent id='e'/>
s -> f -> a -> g -> e
f -> b -> g"""


@pytest.mark.parametrize("types", [("left", "right"), ("work", "work")])
def test_tasks_of_parallel_branches_overlap_in_time(make: Make, types: tuple[str, str]) -> None:
    """Neither handler ends before both have begun."""
    both = threading.Barrier(2)

    def meet(job: Job) -> dict[str, Any]:
        both.wait(PATIENCE.total_seconds())
        return {job.element: True}

    handlers = Handlers()
    for type in dict.fromkeys(types):
        handlers.add(type, meet)
    engine = make(handlers, FORK.format(*types))
    with Worker(engine, threads=2):
        assert result(engine) == {"a": True, "b": True}


def test_two_workers_share_the_parallel_branches_of_one_instance(
    tmp_path: Path, opened: list[Engine]
) -> None:
    both = threading.Barrier(2)

    def meet(job: Job) -> dict[str, Any]:
        both.wait(PATIENCE.total_seconds())
        return {job.element: job.worker}

    url = f"sqlite:///{tmp_path / 'shared.db'}"
    for _ in range(2):
        handlers = Handlers()
        handlers.add("work", meet)
        engine = Engine(url, handlers)
        engine.migrate()
        opened.append(engine)
    engine.deploy({"p.bpmn": document(FORK.format("work", "work"))})
    with Worker(opened[0], threads=1, name="one"), Worker(opened[1], threads=1, name="two"):
        assert set(result(opened[0]).values()) == {"one", "two"}


def test_handlers_are_declared_once_and_sensibly() -> None:
    handlers = Handlers()
    handlers.add("a", lambda _: None)
    with pytest.raises(Invalid, match="'a' has a handler already"):
        handlers.add("a", lambda _: None)
    for wrong in ({"retries": 0}, {"timeout": timedelta(0)}, {"backoff": "soon"}):
        with pytest.raises(Invalid):
            handlers.add("b", lambda _: None, **wrong)
    with pytest.raises(Invalid):
        handlers.add("", lambda _: None)
    other = Handlers()
    other.add("c", lambda _: None)
    handlers.include(other)
    assert handlers.types == ["a", "c"]
    with pytest.raises(Invalid, match="both registers"):
        handlers.include(other)


def test_marked_functions_are_collected_from_where_they_stand() -> None:
    @handler("work", retries=2, timeout="PT30S")
    def work(job: Job) -> dict[str, Any]:
        return {"a": job.attempt}

    found = Handlers.of(SimpleNamespace(work=work, other=5))
    assert found.types == ["work"]
    assert found["work"].declared.retries == 2
    assert found["work"].declared.timeout == timedelta(seconds=30)


def test_a_worker_holds_no_more_of_a_type_than_its_handler_wants_at_once(make: Make) -> None:
    handlers = Handlers()
    lock, running, most = threading.Lock(), [0], [0]
    others_ran = threading.Event()

    def alone(_: Job) -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        assert others_ran.wait(PATIENCE.total_seconds()), "the limit of one type held up another"
        with lock:
            running[0] -= 1

    handlers.add("alone", alone, at_once=1)
    handlers.add("free", lambda _: others_ran.set())
    engine = make(
        handlers,
        "<startEvent id='s'/><parallelGateway id='f'/><serviceTask id='a' k:jobType='alone'/>"
        "<serviceTask id='b' k:jobType='alone'/><serviceTask id='c' k:jobType='alone'/>"
        "<serviceTask id='o' k:jobType='free'/><parallelGateway id='j'/><endEvent id='e'/>\n"
        "s -> f -> a -> j -> e\nf -> b -> j\nf -> c -> j\nf -> o -> j",
    )
    with Worker(engine, threads=4):
        result(engine)
    assert most == [1]


def test_a_limit_of_none_at_once_is_refused() -> None:
    with pytest.raises(Invalid, match="at_once 0"):
        Handlers().add("work", lambda _: None, at_once=0)
