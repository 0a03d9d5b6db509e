"""The log of what has happened, to be read in parts: what webhooks are told, fetched."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from engine import EventType
from web.api.routing import engine, operation
from web.api.shapes import Moment, Shape, Text, time_of
from web.api.v2.webhooks import Place, place_of


class EventFilter(Shape):
    types: list[EventType] | None = None
    process_definition_ids: list[Text] | None = None


class EventSearch(Shape):
    after: Place | None = None
    """Position behind which to begin; answered as `position`."""
    since: Moment | None = None
    """Or moment to begin at; without either: now."""
    limit: Annotated[int, Field(ge=1, le=1_000)] = 100
    filter: EventFilter | None = None


class LoggedEvent(TypedDict):
    id: str
    type: str
    position: str
    time: Moment
    subject: str
    correlationId: str | None
    data: dict[str, Any]


class EventLog(TypedDict):
    items: list[LoggedEvent]
    position: str


@operation(
    "POST",
    "/events/search",
    "view",
    body=EventSearch,
    answer=EventLog,
    example={"since": "2026-11-21T12:00:00.000Z", "filter": {"types": ["incident.raised"]}},
)
def search_events(body: EventSearch) -> EventLog:
    """Read what has happened, oldest first, from a position or moment on

    Ask on with the `position` that is answered. A task or incident is among it while it is open.
    """
    wanted = body.filter or EventFilter()
    page = engine().events(
        place_of(body.after, body.since),
        body.limit,
        types=wanted.types or (),
        process_ids=wanted.process_definition_ids or (),
    )
    items = [
        LoggedEvent(
            id=event.id,
            type=event.type,
            position=event.position,
            time=time_of(event.at),
            subject=event.subject,
            correlationId=event.correlation_id,
            data=dict(event.data),
        )
        for event in page.items
    ]
    return EventLog(items=items, position=page.position)
