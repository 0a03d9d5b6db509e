"""Correlation by keys, properties, retrieval expressions and subscriptions (BPMN 2.0.2 §8.4.2)."""

from __future__ import annotations

from typing import Any

from tests.kit import Drive

MESSAGES = "<message id='ask' name='ask'/><message id='answer' name='answer'/>"
SUBSCRIPTION = """
<correlationSubscription id="cs" correlationKeyRef="K">
  <correlationPropertyBinding correlationPropertyRef="number">
    <dataPath>order.number</dataPath></correlationPropertyBinding>
</correlationSubscription>
"""
NODES = {
    "s": "<startEvent id='s'/>",
    "send": "<sendTask id='send' messageRef='ask'/>",
    "receive": "<receiveTask id='receive' messageRef='answer'/>",
    "again": "<intermediateCatchEvent id='again'>"
    "<messageEventDefinition messageRef='answer'/></intermediateCatchEvent>",
    "e": "<endEvent id='e'/>",
}


def collaboration(*properties: tuple[str, str, str]) -> str:
    """One key over properties: each with its id and its path in both messages."""
    refs = "".join(
        f"<correlationPropertyRef>{id}</correlationPropertyRef>" for id, *_ in properties
    )
    found = "".join(
        f"<correlationProperty id='{id}'>"
        f"<correlationPropertyRetrievalExpression messageRef='ask'><messagePath>{ask}"
        f"</messagePath></correlationPropertyRetrievalExpression>"
        f"<correlationPropertyRetrievalExpression messageRef='answer'><messagePath>{answer}"
        f"</messagePath></correlationPropertyRetrievalExpression></correlationProperty>"
        for id, ask, answer in properties
    )
    return (
        f"{MESSAGES}{found}<collaboration id='c'><participant id='pool' processRef='p'/>"
        f"<correlationKey id='K'>{refs}</correlationKey></collaboration>"
    )


NUMBER = collaboration(("number", "order.number", "number"))


def talk(flow: str, roots: str = NUMBER, **given: Any) -> Drive:
    """A process of those of the nodes above that its flows name."""
    named = flow.replace("->", " ").split()
    nodes = "".join(xml for id, xml in NODES.items() if id in named)
    return Drive(f"{nodes}\n{flow}", roots, **given)


def test_a_subscription_tells_the_key_of_a_wait_from_the_data() -> None:
    drive = talk(f"{SUBSCRIPTION}\ns -> receive -> e", order={"number": 7})
    assert drive.waiting("receive").trigger.key == "7"


def test_a_wait_follows_the_data_it_is_bound_to() -> None:
    drive = talk(f"{SUBSCRIPTION}\ns -> receive -> e", order={"number": 7})
    drive.assign(order={"number": 8})
    assert drive.waiting("receive").trigger.key == "8"
    drive.complete("receive")
    assert drive.ended


def test_a_sent_message_carries_the_key_that_is_found_in_it() -> None:
    drive = talk("s -> send -> e", order={"number": 7})
    assert [(p.name, p.key) for p in drive.published] == [("ask", "7")]


def test_the_first_message_sent_tells_the_key_of_the_answer() -> None:
    drive = talk("s -> send -> receive -> e", order={"number": 7})
    assert drive.waiting("receive").trigger.key == "7"


def test_the_first_message_received_tells_the_key_of_the_next() -> None:
    drive = talk("s -> receive -> again -> e")
    assert drive.waiting("receive").trigger.key is None
    drive.complete("receive", number="n1")
    assert drive.waiting("again").trigger.key == "n1"
    drive.complete("again", number="n1")
    assert drive.ended


def test_waits_that_were_there_before_take_the_key_too() -> None:
    drive = talk(
        """<parallelGateway id="f"/> <userTask id="first"/>
        s -> f -> first -> send -> e
        f -> receive -> again -> e""",
        order={"number": 7},
    )
    assert drive.waiting("receive").trigger.key is None
    drive.complete("first")
    assert drive.waiting("receive").trigger.key == "7"


def test_two_waits_of_one_conversation_take_the_key_of_the_first_that_is_met() -> None:
    drive = talk(
        """<parallelGateway id="f"/>
        s -> f -> receive -> e
        f -> again -> e"""
    )
    drive.complete("again", number=5)
    assert drive.waiting("receive").trigger.key == "5"
    drive.complete("receive", number=5)
    assert drive.ended


def test_a_starting_message_tells_the_key() -> None:
    begin = "<startEvent id='begin'><messageEventDefinition messageRef='answer'/></startEvent>"
    drive = talk(f"{begin}\nbegin -> again -> e", start="begin", number=3)
    assert drive.waiting("again").trigger.key == "3"


def test_a_starting_message_without_a_value_tells_none() -> None:
    begin = "<startEvent id='begin'><messageEventDefinition messageRef='answer'/></startEvent>"
    drive = talk(f"{begin}\nbegin -> again -> e", start="begin")
    assert drive.waiting("again").trigger.key is None


def test_several_properties_make_one_key_the_same_on_both_sides() -> None:
    roots = collaboration(("number", "order.number", "number"), ("shop", "shop", "store"))
    sender = talk("s -> send -> receive -> e", roots, order={"number": 7}, shop="a,b")
    assert sender.published[0].key == sender.waiting("receive").trigger.key == '["7","a,b"]'


def test_a_path_may_be_written_as_a_location() -> None:
    roots = collaboration(("number", "/order/number", "/number"))
    drive = talk("s -> send -> e", roots, order={"number": 7})
    assert drive.published[0].key == "7"


def test_the_answer_to_a_conversation_without_a_value_in_it_goes_by_the_kept_key() -> None:
    drive = talk("s -> receive -> send -> e")
    drive.complete("receive", number=9)
    assert [p.key for p in drive.published] == ["9"]


def test_each_iteration_of_a_sub_process_has_a_conversation_of_its_own() -> None:
    drive = Drive(
        """
        <startEvent id="s"/>
        <subProcess id="each"><multiInstanceLoopCharacteristics>
            <loopDataInputRef>orders</loopDataInputRef><inputDataItem id="order"/>
          </multiInstanceLoopCharacteristics>
          <sendTask id="send" messageRef="ask"/> <receiveTask id="receive" messageRef="answer"/>
          send -> receive
        </subProcess>
        s -> each
        """,
        NUMBER,
        orders=[{"number": 1}, {"number": 2}],
    )
    assert [s.trigger.key for s in drive.subscriptions("message")] == ["1", "2"]
    drive.complete("receive")
    drive.complete("receive")
    assert drive.ended


def test_a_key_of_a_conversation_counts_as_one_of_its_collaboration() -> None:
    key = NUMBER.partition("<correlationKey")[2].partition("</correlationKey>")[0]
    own = f"<correlationKey{key}</correlationKey>"
    roots = NUMBER.replace(own, f"<conversation id='talk'>{own}</conversation>")
    assert "<conversation" in roots
    drive = talk("s -> send -> receive -> e", roots, order={"number": 7})
    assert drive.waiting("receive").trigger.key == "7"


def test_a_message_that_no_key_finds_all_properties_in_goes_by_its_name() -> None:
    roots = f"{NUMBER}<message id='other' name='other'/>"
    drive = talk(
        """<intermediateCatchEvent id="o"><messageEventDefinition messageRef="other"/>
        </intermediateCatchEvent>
        s -> send -> o -> e""",
        roots,
        order={"number": 7},
    )
    assert drive.waiting("o").trigger.key is None


def test_an_event_that_fires_again_stays_in_its_conversation() -> None:
    drive = Drive(
        """
        <userTask id="work"/> <task id="noted"/>
        <boundaryEvent id="news" attachedToRef="work" cancelActivity="false">
          <messageEventDefinition messageRef="answer"/></boundaryEvent>
        news -> noted
        """,
        NUMBER,
    )
    drive.complete("news", number=4)
    assert drive.waiting("news").trigger.key == "4"
    drive.complete("news", number=4)
    drive.complete("work")
    assert drive.ended
    assert drive.entered("noted") == ["noted", "noted"]
