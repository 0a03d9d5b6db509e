"""What moves, as it moves: server-sent events (HTML Living Standard §9.2)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Annotated, Any

from flask import Response, current_app, request
from pydantic import Field

from engine import Change, Engine, Invalid
from web.api.routing import engine, operation
from web.api.shapes import Shape, text_of, write_json
from web.api.waiting import Waiting

BEAT = timedelta(seconds=15)
"""Without news, a comment keeps gateways from closing the connection."""
LARGEST = 2**63 - 1
EVENT = {
    "type": "object",
    "description": "One event.",
    "properties": {
        "id": {"type": "string", "pattern": "^[0-9]*$"},
        "event": {"type": "string", "enum": ["moved", "deployed"]},
        "data": {"type": "string"},
        "retry": {"type": "integer"},
    },
}


class EventsQuery(Shape):
    after: Annotated[int, Field(ge=0, le=LARGEST)] | None = None
    """Position to go on from; a browser sends it as `Last-Event-ID`. Without it: from now on."""


@operation(
    "GET",
    "/events",
    "view",
    query=EventsQuery,
    media={"text/event-stream": EVENT},
)
def get_events(query: EventsQuery) -> Response:
    """Follow what moves

    Each event says which instance moved (`moved`) or that something was deployed (`deployed`); its
    id is the position to go on from. It says that something happened, not what: ask for that.
    """
    after = query.after
    if last := request.headers.get("Last-Event-ID"):
        if not (last.isdecimal() and last.isascii() and int(last) <= LARGEST):
            raise Invalid(f"Last-Event-ID: {last!r:.40} is no position that an event had")
        after = int(last)
    waiting = current_app.extensions["waiting"]
    stopping = request.environ.get("kapellmeister.is_stopping", lambda: False)
    answer = Response(_stream(engine(), after, waiting, stopping), mimetype="text/event-stream")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


def _stream(
    engine: Engine, after: int | None, waiting: Waiting, is_stopping: Callable[[], bool]
) -> Iterator[bytes]:
    """The events, for as long as there is room to hold the request; the client then asks again."""
    with waiting.hold(waiting.longest) as room:
        yield b"retry: 2000\n\n"
        until = time.monotonic() + room.total_seconds()
        while (left := until - time.monotonic()) > 0 and not is_stopping():
            for change in engine.changes(after, wait=min(BEAT, timedelta(seconds=left))):
                after = change.position
                yield _event(change)
                if is_stopping() or time.monotonic() > until:
                    return
            yield b": nothing new\n\n"


def _event(change: Change) -> bytes:
    body: dict[str, Any] = {
        "processInstanceKey": text_of(change.instance),
        "processDefinitionId": change.process_id,
        "rootProcessInstanceKey": text_of(change.root),
    }
    kind = "deployed" if change.instance is None else "moved"
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (
        change.position,
        kind.encode(),
        write_json(body),
    )
