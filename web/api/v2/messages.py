"""Messages and signals."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from web.api.routing import actor, allows, api, engine, idempotency_key
from web.api.shapes import TENANT, Shape, Variables, text_of


class Publication(Shape):
    name: str
    correlation_key: str = ""
    time_to_live: int = 0
    """Milliseconds to keep it while nobody waits for it."""
    message_id: str | None = None
    variables: Variables | None = None
    tenant_id: str | None = None


class Correlation(Shape):
    name: str
    correlation_key: str = ""
    variables: Variables | None = None
    tenant_id: str | None = None


class Broadcast(Shape):
    signal_name: str
    variables: Variables | None = None
    tenant_id: str | None = None


@api.post("/messages/publication")
@api.input(Publication, location="json")
@allows("operate")
def publish_message(json_data: Publication) -> Any:
    """Publish a message: it goes to one receiver, now or within its time to live."""
    done = engine().publish(
        json_data.name,
        json_data.correlation_key or None,
        json_data.variables or {},
        ttl=timedelta(milliseconds=json_data.time_to_live),
        message_id=json_data.message_id or idempotency_key(),
        by=actor(),
    )
    return {
        "messageKey": str(done.id),
        "tenantId": TENANT,
        "processInstanceKey": text_of(done.instance),
    }


@api.post("/messages/correlation")
@api.input(Correlation, location="json")
@allows("operate")
def correlate_message(json_data: Correlation) -> Any:
    """Give a message to who waits for it now; 404 when nobody does."""
    done = engine().correlate(
        json_data.name,
        json_data.correlation_key or None,
        json_data.variables or {},
        by=actor(),
        idempotency_key=idempotency_key(),
    )
    return {
        "messageKey": str(done.id),
        "processInstanceKey": text_of(done.instance),
        "tenantId": TENANT,
    }


@api.post("/signals/broadcast")
@api.input(Broadcast, location="json")
@allows("operate")
def broadcast_signal(json_data: Broadcast) -> Any:
    """Broadcast a signal to all who listen now."""
    done = engine().broadcast(
        json_data.signal_name,
        json_data.variables or {},
        by=actor(),
        idempotency_key=idempotency_key(),
    )
    heard = [*done.instances, *done.started]
    return {"signalKey": str(heard[0]) if heard else "0", "tenantId": TENANT}
