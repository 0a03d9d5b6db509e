"""Claims that are kept alive while their job's answer is on its way."""

from __future__ import annotations

from datetime import timedelta

from engine import Engine
from tests.engine.services.house import Clock, deploy, job
from tests.engine.services.test_jobs import WORK


def test_a_failed_job_is_not_prolonged_into_its_pause(engine: Engine, clock: Clock) -> None:
    """Keeping claims alive may come between a failure and its being known to who claims."""
    deploy(engine, WORK.format(""))
    engine.start("p")
    found = job(engine)
    engine.fail_job(found.id, "no answer", backoff=timedelta(hours=1), retries=2)
    assert engine.extend_leases([(found.id, found.epoch)], timedelta(seconds=10)) == set()
    clock.advance(minutes=59)
    assert engine.activate_jobs(["work"], worker="w") == []
    clock.advance(minutes=2)
    assert len(engine.activate_jobs(["work"], worker="w")) == 1
