"""Webhooks: who is told of events by HTTP, and from where on."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from engine import EventType, Invalid, WebhookSecret, WebhookView
from web.api.routing import actor, engine, idempotency_key, operation
from web.api.search import PageAnswer, Search, found, search_of
from web.api.shapes import Key, Moment, Shape, Text, key_of, time_of, time_or_none

Place = Annotated[str, Field(pattern="^[0-9]{1,18}-[0-9]-[0-9]{1,18}$")]
Url = Annotated[str, Field(min_length=1, max_length=2_000)]
MostFailures = Annotated[int, Field(ge=1, le=1_000)]
States = Literal["ACTIVE", "PAUSED", "DISABLED"]


class NewWebhook(Shape):
    url: Url
    """An https address; http and private ones only where the server allows them."""
    name: Text | None = None
    types: list[EventType] | None = None
    """Without a word: all."""
    process_definition_ids: list[Text] | None = None
    """Without a word: of all processes, and deployments."""
    after: Place | None = None
    """Position or moment to begin at; without a word: now."""
    since: Moment | None = None
    secret: str | None = None
    """`whsec_` and base64 of 24 to 64 bytes; made unless given."""
    most_failures: MostFailures | None = None
    """So many in a row disable it; 20 unless given."""


class WebhookChange(Shape):
    url: Url | None = None
    name: Text | None = None
    types: list[EventType] | None = None
    process_definition_ids: list[Text] | None = None
    state: Literal["ACTIVE", "PAUSED"] | None = None
    """ACTIVE also enables one that is disabled, and tries again at once."""
    most_failures: MostFailures | None = None


class Replay(Shape):
    after: Place | None = None
    """Position behind which to begin: the `sequence` of an event."""
    since: Moment | None = None
    """Or moment to begin at."""


class Webhook(TypedDict):
    webhookKey: Key
    name: str
    url: str
    types: list[str]
    processDefinitionIds: list[str]
    state: States
    position: str
    failures: int
    mostFailures: int
    nextAttempt: Moment | None
    lastError: str | None
    lastDelivered: Moment | None
    creationTime: Moment
    createdBy: str


class WebhookWithSecret(Webhook):
    secret: str


class Webhooks(TypedDict):
    items: list[Webhook]
    page: PageAnswer


@operation(
    "POST",
    "/webhooks",
    "deploy",
    body=NewWebhook,
    answer=WebhookWithSecret,
    example={
        "url": "https://shop.example.com/events",
        "types": ["process-instance.completed", "process-instance.failed"],
        "processDefinitionIds": ["order"],
    },
)
def create_webhook(body: NewWebhook) -> Any:
    """Tell an address of events

    Each is posted as a CloudEvents document, signed with the secret that is answered this once, as
    Standard Webhooks describes it. What is not answered with 2xx is sent again, with pauses that
    grow; events stay in order. An answer of 410, or too many failures in a row, disable it.
    """
    made = engine().add_webhook(
        body.url,
        name=body.name,
        types=body.types or (),
        process_ids=body.process_definition_ids or (),
        after=place_of(body.after, body.since),
        secret=body.secret,
        most_failures=body.most_failures or 20,
        by=actor(),
        idempotency_key=idempotency_key(),
    )
    return _with_secret(made)


WebhookSearch = search_of(Webhook)


@operation(
    "POST",
    "/webhooks/search",
    "deploy",
    body=WebhookSearch,
    answer=Webhooks,
    example={"filter": {"state": "DISABLED"}},
)
def search_webhooks(body: Search) -> Any:
    """Find webhooks, oldest first"""
    return found(body, body.conditions(), engine().webhooks, _item, sorted_by=("creationTime",))


@operation("GET", "/webhooks/{key}", "deploy", answer=Webhook)
def get_webhook(key: str) -> Webhook:
    """One webhook, and how far it has been told"""
    return _item(engine().webhook(_id(key)))


@operation(
    "PATCH",
    "/webhooks/{key}",
    "deploy",
    body=WebhookChange,
    answer=Webhook,
    example={"state": "ACTIVE"},
)
def update_webhook(key: str, body: WebhookChange) -> Webhook:
    """Change, pause or enable a webhook; what is not named stays"""
    changed = engine().change_webhook(
        _id(key),
        name=body.name,
        url=body.url,
        types=body.types,
        process_ids=body.process_definition_ids,
        state=body.state.lower() if body.state else None,
        most_failures=body.most_failures,
        by=actor(),
        idempotency_key=idempotency_key(),
    )
    return _item(changed)


@operation("DELETE", "/webhooks/{key}", "deploy")
def delete_webhook(key: str) -> None:
    """Tell an address no more"""
    engine().remove_webhook(_id(key), by=actor(), idempotency_key=idempotency_key())


@operation(
    "POST",
    "/webhooks/{key}/replay",
    "deploy",
    body=Replay,
    answer=Webhook,
    example={"since": "2026-11-21T12:00:00.000Z"},
)
def replay_webhook(key: str, body: Replay) -> Webhook:
    """Tell a webhook again, and anew, all from a position or moment on"""
    place = place_of(body.after, body.since)
    if place is None:
        raise Invalid("found neither after nor since; one of them must say from where on")
    changed = engine().replay_webhook(
        _id(key), place, by=actor(), idempotency_key=idempotency_key()
    )
    return _item(changed)


@operation("POST", "/webhooks/{key}/secret", "deploy", answer=WebhookWithSecret)
def rotate_webhook_secret(key: str) -> Any:
    """Give a webhook a new secret; for a day the old one signs too"""
    return _with_secret(
        engine().rotate_webhook(_id(key), by=actor(), idempotency_key=idempotency_key())
    )


def place_of(after: str | None, since: str | None) -> str | datetime | None:
    if after is not None and since is not None:
        raise Invalid("found after and since; one of them would do")
    return after if since is None else moment_of(since, "since")


def moment_of(text: str, place: str) -> datetime:
    """A moment with its offset. Raises Invalid."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or found.year < 1970:
        raise Invalid(f"{place}: found {text!r:.60}; a moment like 2026-11-21T12:00:00Z would do")
    return found


def _with_secret(made: WebhookSecret) -> Any:
    return {**_item(made.webhook), "secret": made.secret}


def _item(view: WebhookView) -> Webhook:
    states: dict[str, States] = {
        "active": "ACTIVE",
        "paused": "PAUSED",
        "disabled": "DISABLED",
    }
    return Webhook(
        webhookKey=str(view.id),
        name=view.name,
        url=view.url,
        types=list(view.types),
        processDefinitionIds=list(view.process_ids),
        state=states[view.state],
        position=view.position,
        failures=view.failures,
        mostFailures=view.most_failures,
        nextAttempt=time_or_none(view.next_attempt),
        lastError=view.last_error,
        lastDelivered=time_or_none(view.last_delivered),
        creationTime=time_of(view.created),
        createdBy=view.created_by,
    )


def _id(key: str) -> int:
    return key_of(key, "webhook")
