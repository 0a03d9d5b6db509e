"""Choreography: messages and signals over RabbitMQ, as CloudEvents.

    bridge = Bridge(engine, "amqp://guest:guest@localhost/", listen=["payment.*"])
    bridge.run(stopping)

Out: what `Engine.outgoing` holds goes to a durable topic exchange, its name as routing key, and is
done when the broker has confirmed it. In: what reaches our queue is published to the engine, and
acknowledged when that is committed; what comes twice has the same id, and one effect. What cannot
be read goes to `QUEUE.dead` with the reason in the log.

| CloudEvent | BPMN (2.0.2 §10.5.5) |
|---|---|
| `type` | name of the message or signal |
| `subject` | correlation key |
| `data` | variables, a JSON object |
| `id`, `source` | the message id; the process that threw it |
| `bpmnkind`, `correlationid`, `traceparent` | message or signal; what belongs together |
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pika
import pika.exceptions
import structlog
from cloudevents.core.bindings.rabbitmq import (
    RabbitMQMessage,
    from_rabbitmq_event,
    to_structured_event,
)
from cloudevents.core.exceptions import BaseCloudEventException
from cloudevents.core.v1.event import CloudEvent

from engine.errors import EngineError, Unavailable
from engine.traces import traceparent
from engine.values import json_number
from engine.views import Actor, Outgoing

if TYPE_CHECKING:
    from engine.facade import Engine

BROKER = Actor("broker", "api")
PREFETCH = 100
"""Messages that the broker gives us before we have acknowledged any."""
PAUSE = 1.0
"""Seconds to wait after the broker or the database could not be reached."""


class Bridge:
    """Between one engine and one broker. Several may run: what they send twice has one id."""

    def __init__(
        self,
        engine: Engine,
        url: str,
        *,
        exchange: str = "kapellmeister",
        queue: str = "kapellmeister",
        listen: Sequence[str] = (),
        ttl: timedelta = timedelta(hours=1),
        poll: timedelta = timedelta(milliseconds=100),
    ) -> None:
        """`listen`: routing keys as AMQP writes them (`*` a word, `#` any number of words)."""
        self._engine = engine
        self._parameters = pika.URLParameters(url)
        self._exchange = exchange
        self._queue = queue
        self._listen = tuple(listen)
        self._ttl = ttl
        self._poll = poll.total_seconds()
        self._is_away = False
        """The database could not be reached just now."""
        self._log = structlog.get_logger("kapellmeister.broker")

    def run(self, stopping: threading.Event) -> None:
        """Work until told to stop; whatever happens to the broker, go on when it is back."""
        while not stopping.is_set():
            try:
                self._serve(stopping)
            except (pika.exceptions.AMQPError, OSError) as error:
                self._log.warning("broker away", error=f"{type(error).__name__}: {error}")
                stopping.wait(PAUSE)

    def _serve(self, stopping: threading.Event) -> None:
        connection = pika.BlockingConnection(self._parameters)
        try:
            channel = self._declared(connection)
            while not stopping.is_set():
                sent = self._send(channel)
                connection.process_data_events(time_limit=0 if sent else self._poll)
                if self._is_away:
                    self._is_away = False
                    connection.sleep(PAUSE)
            channel.cancel()
        finally:
            if connection.is_open:
                connection.close()

    def _declared(self, connection: pika.BlockingConnection) -> Any:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.exchange_declare(self._exchange, "topic", durable=True)
        if self._listen:
            dead = f"{self._queue}.dead"
            channel.queue_declare(dead, durable=True)
            beyond = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead}
            channel.queue_declare(self._queue, durable=True, arguments=beyond)
            for key in self._listen:
                channel.queue_bind(self._queue, self._exchange, key)
            channel.basic_qos(prefetch_count=PREFETCH)
            channel.basic_consume(self._queue, self._take)
        return channel

    # Out

    def _send(self, channel: Any) -> int:
        """Send what waits; how much. Each is confirmed before it is marked."""
        try:
            waiting = self._engine.outgoing()
            for one in waiting:
                message = to_structured_event(event_of(one))
                properties = pika.BasicProperties(
                    content_type=message.content_type,
                    headers=dict(message.headers),
                    delivery_mode=pika.DeliveryMode.Persistent.value,
                    message_id=str(one.id),
                    correlation_id=one.correlation_id,
                    type=one.name,
                )
                channel.basic_publish(self._exchange, one.name, message.body, properties)
            if waiting:
                self._engine.sent([one.id for one in waiting])
        except Unavailable as error:
            self._log.warning("database away", error=str(error))
            self._is_away = True
            return 0
        return len(waiting)

    # In

    def _take(self, channel: Any, method: Any, properties: Any, body: bytes) -> None:
        try:
            self._publish(properties, body)
        except Unavailable as error:
            self._log.warning("database away", error=str(error))
            self._is_away = True
            channel.basic_nack(method.delivery_tag, requeue=True)
        except (EngineError, BaseCloudEventException, ValueError, TypeError) as error:
            self._log.error(
                "message cannot be read",
                routing_key=method.routing_key,
                error=f"{type(error).__name__}: {error}",
                goes_to=f"{self._queue}.dead",
            )
            channel.basic_reject(method.delivery_tag, requeue=False)
        else:
            channel.basic_ack(method.delivery_tag)

    def _publish(self, properties: Any, body: bytes) -> None:
        headers = {str(name): str(value) for name, value in (properties.headers or {}).items()}
        event = from_rabbitmq_event(RabbitMQMessage(headers, properties.content_type, body))
        data = event.get_data()
        if isinstance(data, bytes | str):
            data = json.loads(data, parse_float=Decimal)
        if data is not None and not isinstance(data, Mapping):
            raise ValueError(f"its data is a {type(data).__name__}; a JSON object would do")
        name, id = event.get_type(), f"{event.get_source()} {event.get_id()}"
        if event.get_extension("bpmnkind") == "signal":
            self._engine.broadcast(name, data, by=BROKER, idempotency_key=f"cloudevent {id}")
            return
        key = event.get_subject()
        self._engine.publish(name, key, data, ttl=self._ttl, message_id=id, by=BROKER)


def event_of(one: Outgoing) -> CloudEvent:
    """A thrown message as it travels."""
    attributes: dict[str, Any] = {
        "id": one.event_id,
        "source": f"/kapellmeister/{one.process_id or 'unknown'}",
        "type": one.name,
        "time": one.at,
        "specversion": "1.0",
        "datacontenttype": "application/json",
        "bpmnkind": one.kind,
        "correlationid": one.correlation_id,
        "traceparent": traceparent(one.correlation_id, one.id),
    }
    if one.key is not None:
        attributes["subject"] = one.key
    return CloudEvent(attributes, plain(dict(one.variables)))


def plain(value: Any) -> Any:
    """As JSON for everybody: decimals as numbers where nothing is lost, moments as texts."""
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, Decimal):
        return json_number(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)
