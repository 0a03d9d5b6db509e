"""The stories on a stage: the real engine in memory, a clock that stands still, a ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from engine.testing import Play, Stage
from processes import STORIES, Story
from processes.ledger import Ledger, Refused

BPMN = {"bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL"}
BY_ID = {story.id: story for story in STORIES}


class StoryPlay(Play):
    """One instance of a story on the stage, with what its handlers did."""

    def __init__(self, stage: Stage, id: int, book: Ledger) -> None:
        super().__init__(stage, id)
        self.book = book

    def visits(self, element: str) -> int:
        return self.path.count(element)

    def ends(self, story: Story) -> set[str]:
        """The end events that were reached in this instance."""
        return end_events(story) & set(self.path)

    def actions(self) -> list[str]:
        """What the ledger holds, in order; a refused action with its code."""
        return [
            f"{e.action}: {e.answer.code}" if isinstance(e.answer, Refused) else e.action
            for e in self.book.effects()
        ]


Start = Callable[[str, Mapping[str, Any]], StoryPlay]
Act = Callable[[StoryPlay], None]


def wait(seconds: float) -> Act:
    """Let time pass."""
    return lambda play: play.stage.advance(seconds=seconds)


def complete(element: str, **variables: Any) -> Act:
    """Complete the oldest open user task of this element."""
    return lambda play: play.complete(element, variables)


def tell(message: str, key: str) -> Act:
    """Send a message."""
    return lambda play: play.stage.publish(message, key)


def retry(play: StoryPlay) -> None:
    """Let an operator retry the one incident there is."""
    assert len(play.incidents) == 1
    play.retry("the service is back")


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way a story can go."""

    story: str
    name: str
    variables: Mapping[str, Any]
    acts: tuple[Act, ...] = ()
    ends: frozenset[str]
    reason: str | None = None
    """The reason code when it ends as failed."""
    actions: tuple[str, ...] | None = None
    """What the ledger holds in the end, in order."""
    visits: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.story}: {self.name}"


def end_events(story: Story) -> set[str]:
    """Ids of all end events in the story's models."""
    trees = [etree.parse(path) for name, path in story.files.items() if name.endswith(".bpmn")]
    return {str(e) for t in trees for e in t.xpath("//bpmn:endEvent/@id", namespaces=BPMN)}
