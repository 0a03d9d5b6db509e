"""A stage for the stories: the real engine in memory, a clock that stands still, a ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from lxml import etree

from engine import BpmnError, Engine, IncidentView, InstanceSummary, TaskQuery
from processes import STORIES, Story
from processes.ledger import Ledger, Refused
from processes.rehearsal import ServiceUnavailableError

BPMN = {"bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL"}
WORKER = "stage"
BY_ID = {story.id: story for story in STORIES}


class Clock:
    """Time that passes only when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def settle(engine: Engine) -> None:
    """Let everything happen that needs neither people nor time: in this thread, jobs in the order
    in which they came about."""
    while engine.run_due() or _work(engine):
        pass


def _work(engine: Engine) -> int:
    """Have the handlers do the jobs that wait; how many."""
    jobs = engine.activate_jobs(engine.handlers.types, worker=WORKER)
    for job in sorted(jobs, key=lambda job: job.id):
        claim = {"worker": WORKER, "epoch": job.epoch}
        try:
            done = engine.handlers[job.type].function(job)
        except BpmnError as error:
            engine.throw_job_error(job.id, error.code, error.message, **claim)
        except ServiceUnavailableError as error:
            engine.fail_job(job.id, str(error), **claim)
        else:
            engine.complete_job(job.id, done, **claim)
    return len(jobs)


@dataclass
class Play:
    """One instance of a story on the stage."""

    engine: Engine
    clock: Clock
    book: Ledger
    id: int
    business_key: str

    @property
    def head(self) -> InstanceSummary:
        return self.engine.instance(self.id).head

    @property
    def incidents(self) -> list[IncidentView]:
        return self.engine.instance(self.id).incidents

    def variables(self) -> Mapping[str, Any]:
        """Those of the process itself."""
        return self.engine.variables(self.id)[0].variables

    def visits(self, element: str) -> int:
        return self.engine.instance(self.id).path.nodes.get(element, 0)

    def ends(self, story: Story) -> set[str]:
        """The end events that were reached in this instance."""
        return {end for end in end_events(story) if self.visits(end)}

    def actions(self) -> list[str]:
        """What the ledger holds, in order; a refused action with its code."""
        return [
            f"{e.action}: {e.answer.code}" if isinstance(e.answer, Refused) else e.action
            for e in self.book.effects()
        ]

    def settle(self) -> None:
        settle(self.engine)


Act = Callable[[Play], None]


def wait(seconds: float) -> Act:
    """Let time pass, then do what is due."""

    def act(play: Play) -> None:
        play.clock.now += timedelta(seconds=seconds)
        play.settle()

    return act


def complete(element: str, **variables: Any) -> Act:
    """Complete the oldest open user task of this element."""

    def act(play: Play) -> None:
        tasks = play.engine.tasks(TaskQuery(instance=play.id, element=element)).items
        assert tasks, f"no open task of {element!r}"
        play.engine.complete_task(min(t.id for t in tasks), variables)
        play.settle()

    return act


def tell(message: str, key: str, **variables: Any) -> Act:
    """Send a message."""

    def act(play: Play) -> None:
        play.engine.publish(message, key, variables)
        play.settle()

    return act


def retry(play: Play) -> None:
    """Let an operator retry the one incident there is."""
    (incident,) = play.incidents
    play.engine.retry(incident.id, reason="the service is back")
    play.settle()


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
