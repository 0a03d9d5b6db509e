"""The stream that says that something moved; it carries no content, pages ask for theirs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

from flask import Response, request

from engine import Change, Engine
from web.console.blueprint import page
from web.console.rendering import engine

HEARTBEAT = timedelta(seconds=2)
"""So often something is sent, so that a reader who has gone is noticed and frees a thread."""
MOST = 40
"""Streams at a time; each holds a thread of the server. Who comes too late polls."""

_places = threading.BoundedSemaphore(MOST)


@page("/events", "view")
def events() -> Response:
    """Server-sent events `{position}` for the topics of a page: `all`, `instance:<id>`."""
    if not _places.acquire(blocking=False):
        return Response(status=204)  # tells EventSource not to come again
    topics = set(request.args.get("topics", "all").split(","))
    after = request.headers.get("Last-Event-ID", "")
    stream = _stream(engine(), topics, int(after) if after.isdecimal() else None)
    answer = Response(stream, mimetype="text/event-stream")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Accel-Buffering"] = "no"
    answer.call_on_close(_places.release)
    return answer


def _stream(engine: Engine, topics: set[str], after: int | None) -> Iterator[str]:
    told: dict[int | None, int] = {}  # the engine looks a little way back: each change once
    yield ": open\n\n"
    while True:
        for change in engine.changes(after, wait=HEARTBEAT):
            after = max(after or 0, change.position)
            if _concerns(change, topics) and told.get(change.instance) != change.position:
                told[change.instance] = change.position
                yield f"id: {change.position}\ndata: {change.position}\n\n"
        yield ": still here\n\n"


def _concerns(change: Change, topics: set[str]) -> bool:
    return bool(
        topics & {"all", f"instance:{change.instance}", f"instance:{change.root}"}
        or (change.process_id and f"process:{change.process_id}" in topics)
    )
