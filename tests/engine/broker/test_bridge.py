"""What is thrown leaves by a real RabbitMQ as CloudEvents, and what comes has one effect."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pika
import pytest

from engine import Engine, InstanceQuery
from engine.broker import Bridge
from tests.engine.broker.conftest import Broker
from tests.kit import document

SELLER = """
<startEvent id='s'/>
<intermediateThrowEvent id='tell'><extensionElements><zeebe:ioMapping>
<zeebe:input source='=order' target='order'/></zeebe:ioMapping></extensionElements>
<messageEventDefinition messageRef='placed'/></intermediateThrowEvent>
<receiveTask id='hear' messageRef='paid'/>
<endEvent id='e'/>
s -> tell -> hear -> e
"""
MESSAGES = """
<message id='placed' name='order.placed'/>
<message id='paid' name='payment.received'><extensionElements>
<zeebe:subscription correlationKey='=order'/></extensionElements></message>
"""
PATIENCE = 30.0


@pytest.fixture
def names() -> dict[str, str]:
    """An exchange and a queue of this test's own."""
    own = uuid4().hex[:8]
    return {"exchange": f"x-{own}", "queue": f"q-{own}"}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with Engine(f"sqlite:///{tmp_path}/engine.db") as found:
        found.migrate()
        found.deploy({"p.bpmn": document(SELLER, MESSAGES)})
        yield found


@contextmanager
def running(engine: Engine, broker: Broker, names: dict[str, str]) -> Iterator[None]:
    stopping = threading.Event()
    bridge = Bridge(engine, broker.url, listen=["payment.#"], **names)
    thread = threading.Thread(target=bridge.run, args=(stopping,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(PATIENCE)
        assert not thread.is_alive()


class Partner:
    """Another system at the same broker."""

    def __init__(self, broker: Broker, names: dict[str, str]) -> None:
        self._connection = pika.BlockingConnection(pika.URLParameters(broker.url))
        self._channel = self._connection.channel()
        self._names = names
        self._channel.exchange_declare(names["exchange"], "topic", durable=True)
        self._queue = f"partner-{names['queue']}"
        self._channel.queue_declare(self._queue, durable=True)
        self._channel.queue_bind(self._queue, names["exchange"], "order.#")

    def hear(self, queue: str | None = None) -> Any:
        """The next message: properties and body."""
        coming = self._channel.consume(queue or self._queue, inactivity_timeout=PATIENCE)
        method, properties, body = next(coming)
        if method is None:
            raise AssertionError("nothing came")
        self._channel.basic_ack(method.delivery_tag)
        self._channel.cancel()
        return properties, body

    def tell(self, name: str, body: bytes, type: str = "application/cloudevents+json") -> None:
        properties = pika.BasicProperties(content_type=type, delivery_mode=2)
        self._channel.basic_publish(self._names["exchange"], name, body, properties)

    def close(self) -> None:
        self._connection.close()

    def left(self) -> int:
        found = self._channel.queue_declare(self._queue, passive=True)
        return int(found.method.message_count)


def paid(order: str, id: str = "1") -> bytes:
    event = {
        "specversion": "1.0",
        "id": id,
        "source": "/shop/payments",
        "type": "payment.received",
        "subject": order,
        "data": {"amount": 12.5},
    }
    return json.dumps(event).encode()


def until(engine: Engine, holds: Callable[[], bool]) -> None:
    """Looks whenever something has moved."""
    if holds():
        return
    for _ in engine.changes(0):
        if holds():
            return
    raise AssertionError("it did not come to pass")


def state(engine: Engine, id: int) -> str:
    return engine.instance(id).head.state


def test_a_message_leaves_and_its_answer_comes_back_once(
    engine: Engine, broker: Broker, names: dict[str, str]
) -> None:
    engine.add_route("order.*")
    with closing(Partner(broker, names)) as partner, running(engine, broker, names):
        started = [engine.start("p", {"order": f"A{n}"}, correlation_id=f"c{n}") for n in range(2)]
        engine.run_due()
        heard = {}
        for _ in started:
            properties, body = partner.hear()
            assert properties.content_type == "application/cloudevents+json"
            event = json.loads(body)
            heard[event["data"]["order"]] = event
        assert {event["correlationid"] for event in heard.values()} == {"c0", "c1"}
        assert heard["A0"]["type"] == "order.placed"
        assert heard["A0"]["source"] == "/kapellmeister/p"
        assert heard["A0"]["traceparent"].startswith("00-")
        for _ in range(3):
            partner.tell("payment.received", paid("A0"))
        until(engine, lambda: state(engine, started[0].id) == "completed")
        assert partner.left() == 0
    assert state(engine, started[1].id) == "active"
    assert engine.variables(started[0].id)[0].variables["amount"] == 12.5
    assert engine.outgoing() == []


def test_what_is_not_routed_stays(engine: Engine, broker: Broker, names: dict[str, str]) -> None:
    engine.add_route("invoice.*")
    engine.start("p", {"order": "A"})
    engine.run_due()
    assert engine.outgoing() == []
    assert [view.pattern for view in engine.routes()] == ["invoice.*"]
    assert engine.remove_route("invoice.*")
    assert not engine.remove_route("invoice.*")


def test_what_cannot_be_read_is_put_aside(
    engine: Engine, broker: Broker, names: dict[str, str]
) -> None:
    with closing(Partner(broker, names)) as partner, running(engine, broker, names):
        started = engine.start("p", {"order": "A"})
        dead = f"{names['queue']}.dead"
        until_heard(partner, names["queue"])
        partner.tell("payment.received", b"{not json")
        partner.tell("payment.received", b'{"specversion": "1.0", "data": [1]}')
        partner.tell("payment.received", paid("A"))
        assert partner.hear(dead)[1] == b"{not json"
        assert b"[1]" in partner.hear(dead)[1]
        until(engine, lambda: state(engine, started.id) == "completed")


def until_heard(partner: Partner, queue: str) -> None:
    """Until the bridge listens."""
    for _ in range(600):
        try:
            if partner._channel.queue_declare(queue, passive=True).method.consumer_count:
                return
        except pika.exceptions.ChannelClosedByBroker:
            partner._channel = partner._connection.channel()
        partner._connection.process_data_events(time_limit=0.05)
    raise AssertionError(f"nobody listens to {queue}")


def test_a_killed_broker_loses_nothing(
    engine: Engine, tmp_path: Path, names: dict[str, str]
) -> None:
    broker = Broker(tmp_path)
    broker.start()
    try:
        engine.add_route("order.*")
        Partner(broker, names).close()
        with running(engine, broker, names):
            broker.kill()
            for n in range(20):
                engine.start("p", {"order": f"A{n}"})
            engine.run_due()
            assert engine.outgoing()
            broker.start()
            with closing(Partner(broker, names)) as partner:
                heard = {json.loads(partner.hear()[1])["data"]["order"] for _ in range(20)}
        assert heard == {f"A{n}" for n in range(20)}
        active = engine.instances(InstanceQuery(states=("active",)))
        assert active.total == 20
    finally:
        broker.close()
