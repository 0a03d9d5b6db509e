"""A few seeds in the suite; hundreds by the command."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from engine import Job
from engine.services import attempts
from tests.drills.faults import Told
from tests.drills.simulation import Service, Simulation, expected, workplace, wrong


@cache
def truth() -> Told:
    with workplace() as folder:
        return expected(folder)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_befalls_the_nodes_the_end_is_the_same(tmp_path: Path, seed: int) -> None:
    assert wrong(tmp_path, seed, truth()) == []


def test_a_seed_replays_fact_by_fact(tmp_path: Path) -> None:
    digests = set()
    for name in ("once", "again"):
        (tmp_path / name).mkdir()
        simulation = Simulation(tmp_path / name, 7)
        simulation.run()
        digests.add(simulation.digest())
    assert len(digests) == 1


def is_caught(folder: Path) -> bool:
    return any(wrong(folder, seed, truth()) for seed in range(12))


def test_an_answer_without_a_fence_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth()
    held = attempts.held

    def open_to_all(unit: Any, id: int, worker: str | None, epoch: int | None) -> Any:
        return held(unit, id, None, None)

    monkeypatch.setattr(attempts, "held", open_to_all)
    assert is_caught(tmp_path)


def test_a_key_with_the_attempt_in_it_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth()

    def call(self: Service, job: Job) -> None:
        self.effects[f"{job.type} {job.business_key}"].add(f"{job.key}-{job.attempt}")

    monkeypatch.setattr(Service, "call", call)
    assert is_caught(tmp_path)
