"""The stage on which the stories are played."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from engine import Handlers
from engine.testing import Stage
from processes import STORIES, ledger
from tests.processes.kit import BY_ID, Start, StoryPlay


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ledger.Ledger]:
    """The handlers' ledger of this test."""
    monkeypatch.setenv(ledger.ENVIRONMENT, str(tmp_path / "ledger.sqlite"))
    yield ledger.shared()
    ledger.close_shared()


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A stage with every story deployed."""
    stage = Stage(handlers=Handlers.of(*(story.handlers() for story in STORIES)))
    for story in STORIES:
        stage.engine.deploy(story.contents())
    yield stage
    stage.engine.close()


@pytest.fixture
def play(stage: Stage, book: ledger.Ledger) -> Start:
    """Start a story, and let happen what needs neither people nor time."""

    def start(story_id: str, variables: Mapping[str, Any]) -> StoryPlay:
        story = BY_ID[story_id]
        started = stage.engine.start(
            story.process_id, variables, business_key=variables[story.business_key]
        )
        stage.settle()
        return StoryPlay(stage, started.id, book)

    return start
