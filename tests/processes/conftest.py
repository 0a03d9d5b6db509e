"""The stage on which the stories are played."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from engine import Engine, Handlers
from processes import STORIES, ledger
from tests.processes.kit import BY_ID, Clock, Play


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ledger.Ledger]:
    """The handlers' ledger of this test."""
    monkeypatch.setenv(ledger.ENVIRONMENT, str(tmp_path / "ledger.sqlite"))
    yield ledger.shared()
    ledger.close_shared()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(clock: Clock) -> Iterator[Engine]:
    """An engine in memory with every story deployed."""
    engine = Engine(
        "sqlite://", handlers=Handlers.of(*(s.handlers() for s in STORIES)), clock=clock
    )
    engine.migrate()
    for story in STORIES:
        engine.deploy(story.contents())
    yield engine
    engine.close()


@pytest.fixture
def play(
    engine: Engine, clock: Clock, book: ledger.Ledger
) -> Callable[[str, Mapping[str, Any]], Play]:
    """Start a story and let everything happen that needs nobody and no time."""

    def start(story_id: str, variables: Mapping[str, Any]) -> Play:
        story = BY_ID[story_id]
        key = variables[story.business_key]
        started = engine.start(story.process_id, variables, business_key=key)
        play = Play(engine, clock, book, started.id, key)
        play.settle()
        return play

    return start
