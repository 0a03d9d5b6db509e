"""Every story, played to each of its ends on the real engine."""

from __future__ import annotations

import pytest

from processes import STORIES, Story
from tests.processes.kit import BY_ID, Start, Way, end_events
from tests.processes.ways import WAYS

ELSEWHERE = {
    "pay_out": {"PayeeBlocked"},
    "purchase": {"SaleDone", "RefuseOrder", "PurchasePosted"},
}
"""End events reached in another instance than the story's own; see `test_between.py`."""


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_story_ends_where_its_way_leads(play: Start, way: Way) -> None:
    story = BY_ID[way.story]
    it = play(way.story, way.variables)
    for act in way.acts:
        assert it.state == "active"
        act(it)

    assert it.incidents == []
    assert (it.state, it.reason) == (
        "failed" if way.reason else "completed",
        way.reason,
    )
    assert it.ends(story) == way.ends
    if way.actions is not None:
        assert it.actions() == list(way.actions)
    for element, times in way.visits.items():
        assert it.visits(element) == times


@pytest.mark.parametrize("story", STORIES, ids=lambda s: s.id)
def test_every_end_has_a_way_that_leads_there(story: Story) -> None:
    reached = {end for way in WAYS if way.story == story.id for end in way.ends}
    assert reached | ELSEWHERE.get(story.id, set()) == end_events(story)
