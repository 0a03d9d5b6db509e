"""Timers that are fired by hand."""

from __future__ import annotations

import pytest

from engine import Conflict, Engine, Invalid, NotFound, Stale
from engine.views import Actor, SubscriptionQuery
from tests.engine.services.house import deploy, elements

WAIT = """
<startEvent id='s'/><intermediateCatchEvent id='w'><timerEventDefinition>
<timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>
<userTask id='u'/>
s -> w -> u
"""


def timer(engine: Engine) -> int:
    (found,) = engine.subscriptions(SubscriptionQuery(kinds=("timer",))).items
    return found.id


def test_a_timer_fired_by_hand_does_what_it_would_do_when_due(engine: Engine) -> None:
    deploy(engine, WAIT)
    id = engine.start("p").id
    waits = timer(engine)
    assert engine.fire_timer(waits, reason="the customer is here", by=Actor("ana", "console"))
    assert elements(engine, id) == ["u"]
    (hand,) = [
        one
        for one in engine.history(id).items
        if one.kind == "intervention" and one.detail["verb"] == "fire_timer"
    ]
    assert hand.element == "w"
    assert hand.detail["by"] == "ana"
    assert hand.detail["reason"] == "the customer is here"
    with pytest.raises(Stale):
        engine.fire_timer(waits, reason="again")


def test_a_timer_of_a_suspended_instance_stays_where_it_is(engine: Engine) -> None:
    deploy(engine, WAIT)
    id = engine.start("p").id
    engine.suspend(id, reason="audit")
    with pytest.raises(Conflict, match="suspended"):
        engine.fire_timer(timer(engine), reason="now")
    assert elements(engine, id) == ["w"]


def test_firing_a_timer_needs_a_reason_and_a_timer(engine: Engine) -> None:
    deploy(engine, WAIT)
    engine.start("p")
    with pytest.raises(Invalid, match="reason"):
        engine.fire_timer(timer(engine), reason=" ")
    with pytest.raises(NotFound):
        engine.fire_timer(1, reason="now")
