"""The stream that says that something moved; it carries no content, pages ask for theirs."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

from flask import Response, current_app, request

from engine import Change, Engine
from web.console.blueprint import page
from web.console.rendering import engine

HEARTBEAT = timedelta(seconds=2)
"""So often something is sent, so that a reader who has gone is noticed and frees a thread."""
MOST = 40
"""Streams at a time; each holds a thread of the server. Who comes too late polls."""

FRESH = 1.0
"""Seconds for which all streams believe what one of them found."""

_places = threading.BoundedSemaphore(MOST)


class Unserved:
    """Which kinds of work wait for a worker that is not there: silence moves no instance, so that
    nothing else would tell it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._known: tuple[float, frozenset[str]] | None = None

    def now(self) -> frozenset[str]:
        """Their types; asked of the engine once a second, however many watch."""
        with self._lock:
            if self._known is None or time.monotonic() - self._known[0] >= FRESH:
                kinds = self._engine.job_types()
                found = frozenset(one.type for one in kinds if one.waiting and not one.is_served)
                self._known = (time.monotonic(), found)
            return self._known[1]


@page("/events", "view")
def events() -> Response:
    """Server-sent events `{position}` for the topics of a page: `all`, `instance:<id>`."""
    if not _places.acquire(blocking=False):
        return Response(status=204)  # tells EventSource not to come again
    topics = set(request.args.get("topics", "all").split(","))
    after = request.headers.get("Last-Event-ID", "")
    known = current_app.extensions.setdefault("console.unserved", Unserved(engine()))
    stream = _stream(engine(), known, topics, int(after) if after.isdecimal() else None)
    answer = Response(stream, mimetype="text/event-stream")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Accel-Buffering"] = "no"
    answer.call_on_close(_places.release)
    return answer


def _stream(
    engine: Engine, unserved: Unserved, topics: set[str], after: int | None
) -> Iterator[str]:
    told: dict[int | None, int] = {}  # the engine looks a little way back: each change once
    lacking = unserved.now()
    yield ": open\n\n"
    while True:
        for change in engine.changes(after, wait=HEARTBEAT):
            after = max(after or 0, change.position)
            if _concerns(change, topics) and told.get(change.instance) != change.position:
                told[change.instance] = change.position
                yield f"id: {change.position}\ndata: {change.position}\n\n"
        before, lacking = lacking, unserved.now()
        if lacking != before:
            yield "data: work\n\n"
        yield ": still here\n\n"


def _concerns(change: Change, topics: set[str]) -> bool:
    return bool(
        topics & {"all", f"instance:{change.instance}", f"instance:{change.root}"}
        or (change.process_id and f"process:{change.process_id}" in topics)
    )
