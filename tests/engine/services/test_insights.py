"""How a process has done, read from what was recorded."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import Engine, Invalid, NotFound
from tests.kit import NOON, document

MODEL = document(
    "<startEvent id='s'/><serviceTask id='t'><extensionElements>"
    "<zeebe:taskDefinition type='work' retries='3'/></extensionElements></serviceTask>"
    "<endEvent id='e'/>\ns -> t -> e"
)


class Clock:
    now = NOON

    def __call__(self) -> object:
        return self.now


def worked(engine: Engine, clock: Clock, seconds: int, *, fails: bool = False) -> None:
    """Run one instance, whose job takes so long."""
    engine.start("p", {})
    (job,) = engine.activate_jobs(["work"], worker="w", limit=1, wait=timedelta(0))
    clock.now += timedelta(seconds=seconds)
    if fails:
        engine.fail_job(job.id, "no", backoff=timedelta(0), worker="w")
        (job,) = engine.activate_jobs(["work"], worker="w", limit=1, wait=timedelta(0))
    engine.complete_job(job.id, {}, worker="w")


def test_steps_versions_and_days_are_told_from_the_records() -> None:
    clock = Clock()
    with Engine("sqlite://", clock=clock) as engine:  # type: ignore[arg-type]
        engine.deploy({"p.bpmn": MODEL})
        for seconds in (10, 20, 30):
            worked(engine, clock, seconds, fails=seconds == 30)
        engine.deploy({"p.bpmn": MODEL.replace(b"id='t'", b"id='t' name='Work'")})
        clock.now += timedelta(days=1)
        worked(engine, clock, 40)
        found = engine.insights("p")
        task = next(one for one in found.steps if one.element == "t")
        assert (task.entered, task.completed, task.retries) == (4, 4, 1)
        assert task.usual is not None
        assert (task.usual.half, task.usual.most) == (timedelta(seconds=20), timedelta(seconds=40))
        assert [(one.version, one.completed) for one in found.versions] == [(2, 1), (1, 3)]
        assert [(one.started, one.completed) for one in found.intervals[-2:]] == [(3, 3), (1, 1)]
        assert len(found.intervals) == 7
        assert (found.sampled, found.total) == (4, 4)
        bands = [(one.until, one.count) for one in found.durations]
        assert bands == [(timedelta(seconds=15), 1), (timedelta(minutes=1), 3)]
        assert [one.retries for one in found.efforts] == [0, 0, 0, 0, 0, 1, 0]
        (way,) = found.ways
        assert (way.steps, way.completed) == (["s", "t", "e"], 4)
        assert way.usual == task.usual
        assert (found.ages, found.other_ways) == ([], 0)
        only = engine.insights("p", version=2, within=timedelta(hours=5))
        assert [one.version for one in only.versions] == [2]
        assert len(only.intervals) == 5
        assert sum(one.completed for one in only.intervals) == 1


def test_what_is_not_there_and_spans_that_cannot_be_are_refused() -> None:
    with Engine("sqlite://") as engine:
        with pytest.raises(NotFound):
            engine.insights("p")
        engine.deploy({"p.bpmn": MODEL})
        assert engine.insights("p").steps == []
        with pytest.raises(NotFound):
            engine.insights("p", version=2)
        with pytest.raises(Invalid):
            engine.insights("p", within=timedelta(days=400))


def test_open_instances_are_told_by_age_and_ended_ones_by_their_way() -> None:
    clock = Clock()
    model = document(
        "<startEvent id='s'/><exclusiveGateway id='g' default='g-b'/><task id='a'/>"
        "<userTask id='b'/><endEvent id='e'/>\ns -> g\ng -> a : n < 2\ng -> b\na -> e\nb -> e"
    )
    with Engine("sqlite://", clock=clock) as engine:  # type: ignore[arg-type]
        engine.deploy({"p.bpmn": model})
        for n in (1, 1, 2, 2, 2):
            last = engine.start("p", {"n": n})
            clock.now += timedelta(hours=2)
        engine.cancel(last.id, reason="asked for")
        found = engine.insights("p")
        ages = [(one.until, one.count) for one in found.ages]
        assert ages == [(timedelta(hours=4), 1), (timedelta(hours=12), 1)]
        ways = [(one.steps, one.completed, one.cancelled) for one in found.ways]
        assert ways == [(["s", "g", "a", "e"], 2, 0), (["s", "g", "b"], 0, 1)]
        assert found.ways[1].latest == last.id
        clock.now += timedelta(days=30)
        assert engine.insights("p").ways == []
        ages = [(one.until, one.count) for one in engine.insights("p").ages]
        assert ages == [(timedelta(days=90), 2)]
