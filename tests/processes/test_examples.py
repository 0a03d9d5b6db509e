"""The examples that the stories offer do start, and stand still only where they say so."""

from __future__ import annotations

import pytest

from processes import STORIES, Example, Story
from tests.processes.kit import Start, wait

EXAMPLES = [(story, example) for story in STORIES for example in story.examples]
PROCESS_OF_INCIDENT = {"purchase": "purchase-seller"}


@pytest.mark.parametrize(
    ("story", "example"), EXAMPLES, ids=[f"{s.id}: {e.name}" for s, e in EXAMPLES]
)
def test_an_example_runs_and_stands_still_only_where_it_says_so(
    play: Start, story: Story, example: Example
) -> None:
    it = play(story.id, example.variables)
    wait(3)(it)

    is_down = any(value == "down" for value in example.variables.values())
    needs_nobody_first = story.id not in ("patient_intake",)
    incidents = it.stage.engine.incidents().items
    assert bool(incidents) == (is_down and needs_nobody_first)
    for incident in incidents:
        assert incident.process_id == PROCESS_OF_INCIDENT.get(story.id, story.process_id)
        assert "down" in incident.message
