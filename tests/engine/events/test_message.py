"""Message event: one message goes to one receiver (BPMN 2.0.2 §10.5.5)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kit import Drive

CATCH = """
<startEvent id="s"/> <intermediateCatchEvent id="c">{definition}</intermediateCatchEvent>
<userTask id="after"/>
s -> c -> after
"""
REFERRED = "<messageEventDefinition messageRef='M'/>"


def catch(roots: str, **variables: Any) -> Drive:
    return Drive(CATCH.format(definition=REFERRED), roots, **variables)


def test_it_is_waited_for_by_the_name_of_the_message() -> None:
    trigger = catch("<message id='M' name='order'/>").waiting("c").trigger
    assert (trigger.kind, trigger.name, trigger.key) == ("message", "order", None)


def test_a_message_without_name_goes_by_its_id() -> None:
    assert catch("<message id='M'/>").waiting("c").trigger.name == "M"


def test_names_are_evaluated_on_arming() -> None:
    drive = catch("<message id='M' name='=&quot;order-&quot; + kind'/>", kind="book")
    assert drive.waiting("c").trigger.name == "order-book"


@pytest.mark.parametrize(("value", "key"), [("a", "a"), (7, "7"), (10**20, "1" + "0" * 20)])
def test_keys_are_texts_and_numbers(value: Any, key: str) -> None:
    drive = catch("<message id='M' name='m' k:correlationKey='=id'/>", id=value)
    assert drive.waiting("c").trigger.key == key


@pytest.mark.parametrize("value", [None, True, [1], {"a": 1}])
def test_any_other_key_is_an_incident(value: Any) -> None:
    drive = catch("<message id='M' name='m' k:correlationKey='=id'/>", id=value)
    assert drive.at == ["c"]
    assert "a text or a number would do" in drive.incidents[0]


def test_a_name_that_is_no_text_is_an_incident() -> None:
    drive = catch("<message id='M' name='=kind'/>")
    assert drive.at == ["c"]
    assert "its message's name is None" in drive.incidents[0]
    drive.assign(kind="x")
    drive.retry()
    assert drive.waiting("c").trigger.name == "x"


def test_its_key_is_the_one_at_arming() -> None:
    drive = catch("<message id='M' name='m' k:correlationKey='=id'/>", id="old")
    drive.assign(id="new")
    assert drive.waiting("c").trigger.key == "old"


def test_a_boundary_that_cannot_be_armed_parks_its_activity_before_the_work() -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <userTask id="a"/> <task id="b"/>
        <boundaryEvent id="c" attachedToRef="a"><messageEventDefinition messageRef="M"/>
        </boundaryEvent>
        s -> a
        c -> b
        """,
        "<message id='M' name='m' k:correlationKey='=id'/>",
    )
    assert [s.trigger.kind for s in drive.instance.subscriptions.values()] == ["incident"]
    drive.assign(id="x")
    drive.retry()
    drive.complete("c")
    assert drive.ended


def test_a_throw_is_published_with_its_key() -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <intermediateThrowEvent id="t">
          <messageEventDefinition messageRef="M"/></intermediateThrowEvent> <userTask id="after"/>
        s -> t -> after
        """,
        "<message id='M' name='m' k:correlationKey='=id'/>",
        id=3,
    )
    (published,) = drive.published
    assert (published.name, published.key, published.element) == ("m", "3", "t")
    assert drive.at == ["after"]


def test_a_throw_whose_key_is_null_is_an_incident_and_publishes_nothing() -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <endEvent id="t"><messageEventDefinition messageRef="M"/></endEvent>
        s -> t
        """,
        "<message id='M' name='m' k:correlationKey='=id'/>",
    )
    assert drive.at == ["t"]
    assert not drive.published
    drive.assign(id=3)
    drive.retry()
    assert drive.ended
    assert [p.key for p in drive.published] == ["3"]


def test_one_message_is_consumed_by_a_start_and_not_again_by_a_catch() -> None:
    drive = Drive(
        """
        <startEvent id="s"><messageEventDefinition messageRef="M"/></startEvent>
        <intermediateCatchEvent id="c"><messageEventDefinition messageRef="M"/>
        </intermediateCatchEvent> <endEvent id="e"/>
        s -> c -> e
        """,
        "<message id='M' name='m'/>",
        start="s",
    )
    assert drive.at == ["c"]
    drive.complete("c")
    assert drive.ended
