"""Claiming jobs for clients that wait: as long as they are there, and no longer."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta

from flask import current_app, request

from engine import Engine, EngineError, Job, JobFilter
from web.api.waiting import Waiting

SLICE = timedelta(seconds=1)
"""How long a client may have been gone before it is noticed."""


def claim(
    engine: Engine,
    types: Sequence[str],
    *,
    worker: str,
    limit: int,
    lock: timedelta,
    fetch: Sequence[str] | None,
    hold: timedelta,
    only: JobFilter | None = None,
    idempotency_key: str | None = None,
) -> list[Job]:
    """Jobs of some types; waits for the first for `hold`, if there is room for one more to wait.

    A client that has gone meanwhile gets nothing: what was claimed for it goes back, unless it can
    ask again under its key.
    """
    waiting: Waiting = current_app.extensions["waiting"]
    kinds = (*sorted(types), repr(only) if only else "")
    with waiting.hold(hold) as wait:
        until = time.monotonic() + wait.total_seconds()
        while True:
            left = timedelta(seconds=max(0.0, until - time.monotonic()))
            part = min(left, SLICE)
            jobs: list[Job] = []
            with waiting.turn(kinds, part.total_seconds()) as is_mine:
                if is_mine or not hold:
                    jobs = engine.activate_jobs(
                        types,
                        worker=worker,
                        limit=limit,
                        lock=lock,
                        fetch=fetch,
                        wait=part if is_mine else timedelta(0),
                        only=only,
                        idempotency_key=idempotency_key,
                    )
            if jobs and _has_gone() and idempotency_key is None:
                _give_back(engine, jobs)
                return []
            if jobs or left <= SLICE or _has_gone() or _is_stopping():
                return jobs


def _has_gone() -> bool:
    test = request.environ.get("waitress.client_disconnected")
    return bool(test is not None and test())


def _is_stopping() -> bool:
    test = request.environ.get("kapellmeister.is_stopping")
    return bool(test is not None and test())


def _give_back(engine: Engine, jobs: Sequence[Job]) -> None:
    for job in jobs:
        try:
            engine.fail_job(
                job.id,
                f"worker '{job.worker}' had gone before it got the job",
                retries=job.retries,
                backoff=timedelta(0),
                worker=job.worker,
                epoch=job.epoch,
            )
        except EngineError:
            continue
