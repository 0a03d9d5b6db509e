"""The example processes as something to begin with: deployed, some 200 instances started."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from engine import Actor, Engine, Handlers, Worker
from processes import STORIES

INSTANCES = 200


def loader(engine: Engine, threads: int = 4) -> tuple[Callable[[Actor], int], Callable[[], None]]:
    """What loads them into an engine, with a worker for their jobs from then on; and what stops
    that worker."""
    running: list[Worker] = []

    def load(by: Actor) -> int:
        for story in STORIES:
            engine.deploy(story.contents(), by=by)
        if not running:
            mine = set(engine.handlers.types)
            for story in STORIES:
                served = Handlers.of(story.handlers())
                if not mine.intersection(served.types):
                    engine.handlers.include(served)
            running.append(Worker(engine, threads=threads).start())
        examples = [(story, one) for story in STORIES for one in story.examples]
        for place in range(INSTANCES):
            story, example = examples[place % len(examples)]
            key = f"{example.variables.get(story.business_key, story.id)}-{place}"
            given = {**example.variables, story.business_key: key}
            engine.start(story.process_id, given, business_key=key, by=by)
        return INSTANCES

    def stop() -> None:
        for one in running:
            one.stop(timedelta(seconds=5))

    return load, stop
