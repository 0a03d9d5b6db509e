"""The stage that users test their processes on."""

from __future__ import annotations

from typing import Any

import pytest

from engine import BpmnError, Handlers, Job, NotFound, handler
from engine.testing import Stage
from tests.kit import document

REMINDED = document(
    """
    <startEvent id="s"/> <userTask id="approve"/> <serviceTask id="pay"><extensionElements>
    <zeebe:taskDefinition type="pay" retries="2"/></extensionElements></serviceTask>
    <serviceTask id="remind"><extensionElements>
    <zeebe:taskDefinition type="remind"/></extensionElements></serviceTask>
    <endEvent id="e"/> <endEvent id="r"/> <endEvent id="no" k:outcome="failed" k:reason="=code"/>
    <boundaryEvent id="late" attachedToRef="approve" cancelActivity="false"><timerEventDefinition>
    <timeCycle>R/P1M</timeCycle></timerEventDefinition></boundaryEvent>
    <boundaryEvent id="declined" attachedToRef="pay">
    <errorEventDefinition errorRef="E"/></boundaryEvent>
    s -> approve -> pay -> e
    late -> remind -> r
    declined -> no
    """,
    "<error id='E' errorCode='DECLINED'/>",
    "modeler:executionPlatform='Camunda Cloud'",
)


class Shop:
    def __init__(self) -> None:
        self.reminders: list[str] = []
        self.handlers = Handlers()
        self.handlers.add("remind", self.remind)
        self.handlers.add("pay", self.pay)

    def remind(self, job: Job) -> None:
        self.reminders.append(job.key)

    def pay(self, job: Job) -> dict[str, Any]:
        if job.variables["amount"] > 100:
            raise BpmnError("DECLINED", "too much", {"code": "DECLINED"})
        if job.variables.get("down"):
            raise ConnectionError("no answer")
        return {"receipt": job.key}


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def stage(shop: Shop) -> Stage:
    return Stage(contents={"order.bpmn": REMINDED}, handlers=shop.handlers)


def test_a_year_of_timers_passes_at_once(stage: Stage, shop: Shop) -> None:
    order = stage.start("p", amount=5)
    assert order.at == ["approve"]
    stage.advance(days=366)
    assert len(set(shop.reminders)) == 12
    order.complete("approve")
    assert order.state == "completed"
    assert order.variables["receipt"]


def test_a_business_error_takes_the_error_event(stage: Stage) -> None:
    order = stage.start("p", amount=500)
    order.complete("approve")
    assert (order.state, order.reason) == ("failed", "DECLINED")
    assert order.path[-2:] == ["declined", "no"]


def test_a_technical_failure_is_tried_again_and_then_an_incident(stage: Stage) -> None:
    order = stage.start("p", {"amount": 5}, down=True)
    order.complete("approve")
    assert order.incidents == []
    stage.advance(hours=1)
    assert len(order.incidents) == 1
    stage.engine.set_variables(order.id, {"down": False}, reason="the bank is back")
    order.retry()
    assert order.state == "completed"


def test_what_does_not_wait_is_said(stage: Stage) -> None:
    order = stage.start("p", amount=5)
    with pytest.raises(NotFound, match="no user task waits at 'pay'; the tokens are at"):
        order.complete("pay")


def test_a_job_without_a_handler_is_done_by_hand() -> None:
    stage = Stage(contents={"order.bpmn": REMINDED})
    order = stage.start("p", amount=5)
    order.complete("approve")
    assert order.at == ["pay"]
    order.throw("pay", "DECLINED")
    assert order.state == "failed"


def test_marked_functions_are_collected_by_module() -> None:
    class Module:
        @handler("pay", retries=2, timeout="PT10S")
        def pay(job: Job) -> None:  # noqa: N805
            """Pay."""

    assert Handlers.of(Module).types == ["pay"]
