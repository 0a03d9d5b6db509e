"""Messages, signals, and who waits for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from engine import SubscriptionQuery, SubscriptionView
from web.api.routing import actor, engine, idempotency_key, operation
from web.api.search import PageAnswer, Search, found, search_of
from web.api.shapes import (
    TENANT,
    GivenKey,
    Key,
    Milliseconds,
    Moment,
    Shape,
    Text,
    Variables,
    key_of,
    milliseconds,
    text_of,
    time_of,
)

LONGEST_LIFE = timedelta(days=365)
Name = Annotated[Text, Field(min_length=1)]


class Publication(Shape):
    name: Name
    correlation_key: Text | None = None
    time_to_live: Milliseconds | None = None
    """Milliseconds to keep it while nobody waits for it."""
    message_id: Text | None = None
    """The same id under one name and key has one effect."""
    variables: Variables | None = None
    tenant_id: Text | None = None


class Correlation(Shape):
    name: Name
    correlation_key: Text | None = None
    variables: Variables | None = None
    tenant_id: Text | None = None
    business_id: Text | None = None
    """Only the instance with this business key is looked at."""
    process_instance_key: GivenKey | None = None
    """Only this instance is looked at."""


class Broadcast(Shape):
    signal_name: Name
    variables: Variables | None = None
    tenant_id: Text | None = None


class PublishedMessage(TypedDict):
    messageKey: Key
    tenantId: str


class CorrelatedMessage(TypedDict):
    messageKey: Key
    tenantId: str
    processInstanceKey: Key


class BroadcastSignal(TypedDict):
    signalKey: Key
    tenantId: str


class MessageSubscription(TypedDict):
    messageSubscriptionKey: Key
    processDefinitionId: str
    processDefinitionKey: Key | None
    processDefinitionName: str | None
    processDefinitionVersion: int | None
    processInstanceKey: Key | None
    rootProcessInstanceKey: Key | None
    elementId: str
    elementInstanceKey: Key | None
    messageSubscriptionState: Literal["CREATED"]
    messageSubscriptionType: Literal["PROCESS_EVENT", "START_EVENT"]
    lastUpdatedDate: Moment
    messageName: str
    correlationKey: str | None
    businessId: str | None
    toolName: str | None
    toolProperties: dict[str, str]
    inboundConnectorType: str | None
    tenantId: str


class MessageSubscriptions(TypedDict):
    items: list[MessageSubscription]
    page: PageAnswer


@operation(
    "POST",
    "/messages/publication",
    "operate",
    body=Publication,
    answer=PublishedMessage,
    example={"name": "PaymentReceived", "correlationKey": "INV-7", "timeToLive": 3_600_000},
)
def publish_message(body: Publication) -> PublishedMessage:
    """Publish a message: it goes to one receiver, now or within its time to live"""
    done = engine().publish(
        body.name,
        body.correlation_key or None,
        body.variables,
        ttl=min(milliseconds(body.time_to_live or 0), LONGEST_LIFE),
        message_id=body.message_id,
        idempotency_key=idempotency_key(),
        by=actor(),
    )
    return PublishedMessage(messageKey=str(done.id), tenantId=TENANT)


@operation(
    "POST",
    "/messages/correlation",
    "operate",
    body=Correlation,
    answer=CorrelatedMessage,
    example={"name": "PaymentReceived", "correlationKey": "INV-7", "variables": {"amount": 100}},
)
def correlate_message(body: Correlation) -> CorrelatedMessage:
    """Give a message to who waits for it now; 404 when nobody does"""
    done = engine().correlate(
        body.name,
        body.correlation_key or None,
        body.variables,
        business_key=body.business_id or None,
        instance=None
        if body.process_instance_key is None
        else key_of(body.process_instance_key, "process instance"),
        by=actor(),
        idempotency_key=idempotency_key(),
    )
    return CorrelatedMessage(
        messageKey=str(done.id), tenantId=TENANT, processInstanceKey=str(done.instance)
    )


@operation(
    "POST",
    "/signals/broadcast",
    "operate",
    body=Broadcast,
    answer=BroadcastSignal,
    example={"signalName": "MarketClosed", "variables": {"at": 17}},
)
def broadcast_signal(body: Broadcast) -> BroadcastSignal:
    """Broadcast a signal to all who listen now"""
    done = engine().broadcast(
        body.signal_name, body.variables, by=actor(), idempotency_key=idempotency_key()
    )
    told = [*done.instances, *done.started, 0]
    return BroadcastSignal(signalKey=str(told[0]), tenantId=TENANT)


class ConditionalEvaluation(Shape):
    variables: Variables
    process_definition_key: Text | None = None
    """Only the conditional start events of this process are looked at."""
    tenant_id: Text | None = None


class StartedReference(TypedDict):
    processDefinitionKey: Key
    processInstanceKey: Key


class EvaluatedConditionals(TypedDict):
    conditionalEvaluationKey: Key
    tenantId: str
    processInstances: list[StartedReference]


@operation(
    "POST",
    "/conditionals/evaluation",
    "operate",
    body=ConditionalEvaluation,
    answer=EvaluatedConditionals,
    example={"variables": {"stock": 3, "warehouse": "north"}},
)
def evaluate_conditionals(body: ConditionalEvaluation) -> EvaluatedConditionals:
    """Start each process whose conditional start event holds over these variables"""
    process = None
    if body.process_definition_key is not None:
        key = key_of(body.process_definition_key, "process definition")
        process = engine().definition(key).process_id
    started = engine().evaluate_conditions(
        body.variables, process_id=process, by=actor(), idempotency_key=idempotency_key()
    )
    return EvaluatedConditionals(
        conditionalEvaluationKey=str(started[0].id if started else 0),
        tenantId=TENANT,
        processInstances=[
            StartedReference(
                processDefinitionKey=str(one.definition), processInstanceKey=str(one.id)
            )
            for one in started
        ],
    )


SubscriptionSearch = search_of(MessageSubscription)


@operation(
    "POST",
    "/message-subscriptions/search",
    "view",
    body=SubscriptionSearch,
    answer=MessageSubscriptions,
    example={"filter": {"messageName": "PaymentReceived"}},
)
def search_message_subscriptions(body: Search) -> Any:
    """Find who waits for which message"""
    wanted = body.conditions()
    instance = wanted.one("processInstanceKey")
    query = SubscriptionQuery(
        kinds=("message",),
        name=wanted.one("messageName"),
        key=wanted.one("correlationKey"),
        instance=None if instance is None else key_of(instance, "process instance"),
    )
    return found(body, wanted, lambda paging: engine().subscriptions(query, paging), _item)


def _item(row: SubscriptionView) -> MessageSubscription:
    return MessageSubscription(
        messageSubscriptionKey=str(row.id),
        processDefinitionId=row.process_id,
        processDefinitionKey=str(row.definition),
        processDefinitionName=None,
        processDefinitionVersion=row.version,
        processInstanceKey=text_of(row.instance),
        rootProcessInstanceKey=None,
        elementId=row.element,
        elementInstanceKey=None if row.instance is None else str(row.id),
        messageSubscriptionState="CREATED",
        messageSubscriptionType="START_EVENT" if row.instance is None else "PROCESS_EVENT",
        lastUpdatedDate=time_of(row.created),
        messageName=row.name or "",
        correlationKey=row.key,
        businessId=row.business_key,
        toolName=None,
        toolProperties={},
        inboundConnectorType=None,
        tenantId=TENANT,
    )
