"""A sample of the statements of the story, on every database; all of them by the command."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine import Engine
from tests.drills.faults import Fault, differences, run, story
from tests.engine.databases import emptied, postgresql

__all__ = ["postgresql"]


def test_whatever_statement_fails_the_end_is_the_same(tmp_path: Path) -> None:
    names = count()
    stories, wrong = run(lambda: f"sqlite:///{tmp_path}/{next(names)}.db", every=29, offset=3)
    assert wrong == []
    assert stories > 20


def test_so_it_is_on_postgresql(postgresql: sa.URL) -> None:
    stories, wrong = run(lambda: emptied(postgresql), every=67, offset=11)
    assert wrong == []
    assert stories > 10


def test_the_drill_sees_a_second_effect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted bug: an answer is forgotten, so what was said again is done again."""
    calm = story(f"sqlite:///{tmp_path}/calm.db", Fault(0, "before"))
    start = Engine.start

    def forgetful(self: Engine, *given: object, **named: object) -> object:
        return start(self, *given, **{**named, "idempotency_key": None})  # type: ignore[arg-type]

    monkeypatch.setattr(Engine, "start", forgetful)
    names = count()
    assert any(
        differences(calm, story(f"sqlite:///{tmp_path}/{next(names)}.db", Fault(k, "lost commit")))
        for k in range(20, 70)
    )
