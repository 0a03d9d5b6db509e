"""What helps to start a process: what it reads, its last starts, a start that leaves nothing."""

from __future__ import annotations

from engine import Engine, InstanceQuery
from tests.engine.services.house import deploy

READS = """<startEvent id='s'/><exclusiveGateway id='g' default='f2'/>
<serviceTask id='j' k:jobType='charge'><extensionElements><zeebe:ioMapping>
<zeebe:input source='=customer.name' target='who'/><zeebe:output source='=ok' target='paid'/>
</zeebe:ioMapping></extensionElements></serviceTask>
<userTask id='u' name='Look' k:assignee='=boss'/><endEvent id='e'/>
<sequenceFlow id='f0' sourceRef='s' targetRef='g'/>
<sequenceFlow id='f1' sourceRef='g' targetRef='j'>
<conditionExpression>=amount > 100</conditionExpression></sequenceFlow>
<sequenceFlow id='f2' sourceRef='g' targetRef='u'/>
<sequenceFlow id='f3' sourceRef='j' targetRef='e'/>
<sequenceFlow id='f4' sourceRef='u' targetRef='e'/>"""


def test_what_a_process_reads_and_nothing_in_it_sets_is_told(engine: Engine) -> None:
    deploy(engine, READS)
    advice = engine.start_advice(engine.latest("p").key)
    assert {"amount", "boss", "customer"} <= set(advice.reads)
    assert not {"who", "paid"} & set(advice.reads)
    assert (advice.messages, advice.recent) == ([], [])


def test_the_last_starts_are_offered_with_what_they_were_given(engine: Engine) -> None:
    deploy(engine, READS)
    for number in range(7):
        engine.start("p", {"amount": number}, business_key=f"A-{number}")
    recent = engine.start_advice(engine.latest("p").key).recent
    assert (recent[0].business_key, recent[0].variables) == ("A-6", {"amount": 6})
    assert len(recent) == 5


def test_messages_that_begin_it_are_named(engine: Engine) -> None:
    deploy(
        engine,
        "<startEvent id='s'><messageEventDefinition messageRef='m'/></startEvent>"
        "<endEvent id='e'/>\ns -> e",
        "<message id='m' name='Ordered'/>",
    )
    assert engine.start_advice(engine.latest("p").key).messages == ["Ordered"]


def test_a_checked_start_tells_where_it_would_wait_and_leaves_nothing(engine: Engine) -> None:
    deploy(engine, READS)
    effect = engine.check_start("p", {"amount": 200, "customer": {"name": "x"}})
    assert [place.element for place in effect.after] == ["j"]
    assert [(wait.kind, wait.name) for wait in effect.opened] == [("job", "charge")]
    assert engine.instances(InstanceQuery()).total == 0
    assert engine.jobs().total == 0
