"""Who waits for work is woken when there is some, and no more of them than there is work."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

from engine import Engine
from engine.services.hub import Hub
from tests.kit import document


def waiting(hub: Hub, queues: list[str], woken: list[str], name: str) -> threading.Thread:
    def wait() -> None:
        if hub.wait_for_queues(queues, hub.count, 20):
            woken.append(name)

    thread = threading.Thread(target=wait)
    before = len(hub._waiting.get(queues[0], ()))
    thread.start()
    until(lambda: len(hub._waiting.get(queues[0], ())) > before)
    return thread


def until(holds: Callable[[], object]) -> None:
    ticks = threading.Event()
    for _ in range(2000):
        if holds():
            return
        ticks.wait(0.01)
    raise AssertionError("it did not come about")


def test_as_many_are_woken_as_there_is_work_the_longest_waiting_first() -> None:
    hub, woken = Hub(), list[str]()
    threads = [waiting(hub, ["a", "b"], woken, name) for name in ("one", "two", "three")]
    hub.tell([], {"a": 2})
    until(lambda: len(woken) == 2)
    assert sorted(woken) == ["one", "two"]
    hub.tell([], {"c": 5})
    hub.wake({"b": 1})
    for thread in threads:
        thread.join(20)
    assert sorted(woken) == ["one", "three", "two"]
    assert hub.waited_for() == []


def test_news_that_came_before_the_wait_are_not_missed() -> None:
    hub = Hub()
    position = hub.count
    hub.tell([], {"a": 1})
    assert hub.wait_for_queues(["a"], position, 0)
    assert not hub.wait_for_queues(["a"], hub.count, 0)
    assert not hub.wait_for_queues(["b"], position, 0)
    assert hub.wait(position, 0)


def test_a_long_poll_gets_the_job_of_a_later_start_and_of_another_node(engine: Engine) -> None:
    engine.deploy(
        {"p.bpmn": document("<startEvent id='s'/><serviceTask id='j' k:jobType='work'/>\ns -> j")}
    )
    found: list[int] = []

    def poll() -> None:
        jobs = engine.activate_jobs(["work"], worker="w", limit=1, wait=timedelta(seconds=20))
        found.extend(job.id for job in jobs)

    threads = [threading.Thread(target=poll) for _ in range(3)]
    for thread in threads:
        thread.start()
    until(lambda: len(engine._shell.hub._waiting.get("job:work", ())) == 3)
    for _ in range(3):
        engine.start("p")
    for thread in threads:
        thread.join(20)
    assert len(set(found)) == 3


def test_a_long_poll_ends_with_nothing_when_its_time_is_up(engine: Engine) -> None:
    assert engine.activate_jobs(["work"], worker="w", wait=timedelta(milliseconds=30)) == []


def test_an_engine_that_answers_says_nothing_to_a_ping(engine: Engine) -> None:
    engine.ping()
