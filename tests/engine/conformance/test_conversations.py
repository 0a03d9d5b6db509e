"""Two pools of one file that exchange their messages (BPMN 2.0.2 §8.4.2, §9.3)."""

from __future__ import annotations

import pytest

from engine.errors import NotFound
from engine.testing import Stage
from tests.kit import NAMESPACE, flows

RETRIEVED = "".join(
    f"<correlationPropertyRetrievalExpression messageRef='{message}'>"
    f"<messagePath>order.number</messagePath></correlationPropertyRetrievalExpression>"
    for message in ("ask", "answer")
)
BUYER = """
<dataObject id="object" name="order"/> <startEvent id="s"/>
<sendTask id="send" messageRef="ask">
  <ioSpecification><dataInput id="message" name="order"/>
    <inputSet><dataInputRefs>message</dataInputRefs></inputSet><outputSet/></ioSpecification>
  <dataInputAssociation><sourceRef>object</sourceRef><targetRef>message</targetRef>
  </dataInputAssociation>
</sendTask>
<receiveTask id="receive" messageRef="answer"/> <endEvent id="e"/>
s -> send -> receive -> e
"""
SELLER = """
<startEvent id="begin"><messageEventDefinition messageRef="ask"/></startEvent>
<userTask id="decide"/>
<intermediateThrowEvent id="reply"><messageEventDefinition messageRef="answer"/>
</intermediateThrowEvent> <endEvent id="end"/>
begin -> decide -> reply -> end
"""
POOLS = f"""
<definitions xmlns='{NAMESPACE}' id='d' targetNamespace='urn:test'>
  <message id='ask' name='ask'/> <message id='answer' name='answer'/>
  <correlationProperty id='number'>{RETRIEVED}</correlationProperty>
  <collaboration id='c'>
    <participant id='pool1' processRef='buyer'/> <participant id='pool2' processRef='seller'/>
    <messageFlow id='f1' sourceRef='send' targetRef='begin'/>
    <messageFlow id='f2' sourceRef='reply' targetRef='receive'/>
    <correlationKey id='K'><correlationPropertyRef>number</correlationPropertyRef>
    </correlationKey>
  </collaboration>
  <process id='buyer' isExecutable='true'>{flows(BUYER)}</process>
  <process id='seller' isExecutable='true'>{flows(SELLER)}</process>
</definitions>
"""


def test_an_answer_reaches_the_instance_that_asked() -> None:
    stage = Stage(contents={"pools.bpmn": POOLS.encode()})
    buyers = [stage.start("buyer", {"order": {"number": n}}) for n in (1, 2, 3)]
    by_number = {s.variables["order"]["number"]: s for s in stage.instances("seller")}
    assert sorted(by_number) == [1, 2, 3]
    by_number[2].complete("decide")
    assert [b.state for b in buyers] == ["active", "completed", "active"]
    by_number[3].complete("decide")
    by_number[1].complete("decide")
    assert {b.state for b in buyers} == {"completed"}


def test_a_message_from_outside_without_a_key_is_told_by_what_it_carries() -> None:
    stage = Stage(contents={"pools.bpmn": POOLS.encode()})
    first, second = (stage.start("buyer", order={"number": number}) for number in ("A", "B"))
    assert (first.at, second.at) == (["receive"], ["receive"])
    stage.publish("answer", order={"number": "B"})
    assert (first.state, second.state) == ("active", "completed")
    stage.engine.correlate("answer", variables={"order": {"number": "A"}})
    assert first.state == "completed"


def test_it_is_kept_under_that_key_until_somebody_waits() -> None:
    stage = Stage(contents={"pools.bpmn": POOLS.encode()})
    stage.publish("answer", order={"number": "B"})
    first, second = (stage.start("buyer", order={"number": number}) for number in ("A", "B"))
    assert (first.state, second.state) == ("active", "completed")


def test_without_a_value_it_goes_to_nobody_in_particular() -> None:
    stage = Stage(contents={"pools.bpmn": POOLS.encode()})
    first = stage.start("buyer", order={"number": "A"})
    stage.publish("answer", other=1)
    assert first.state == "active"
    with pytest.raises(NotFound):
        stage.engine.correlate("answer", variables={"other": 1})
