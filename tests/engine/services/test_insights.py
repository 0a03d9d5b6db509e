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
