"""Where naive engines get BPMN wrong: tokens, flows, gateways, activities and scopes (points 1-23).

One test a point, numbered as the points are; the details stand with each element.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from bpmn.checks import check
from bpmn.reader import read
from engine import Engine
from engine.step import CancelNode, Happened, Modified
from tests.kit import Drive, document

ROOTS = """<message id='M' name='m'/><signal id='S' name='s'/><error id='E' errorCode='broke'/>
<escalation id='L' escalationCode='late'/>"""
MESSAGE = "<messageEventDefinition messageRef='M'/>"
SIGNAL = "<signalEventDefinition signalRef='S'/>"
ANY_ERROR = "<errorEventDefinition/>"
BROKE = "<errorEventDefinition errorRef='E'/>"
HOURLY = "<timerEventDefinition><timeCycle>R/PT1H</timeCycle></timerEventDefinition>"


def refused(xml: str, roots: str = "") -> list[str]:
    """The elements that make a document, no vendor's, one that cannot be deployed."""
    source = re.sub(rb"xmlns:(zeebe|camunda|modeler)='[^']*'", b"", document(xml, roots))
    problems = check(read(source))
    return [str(p.element) for p in problems if p.severity == "error"]


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = Engine("sqlite://")
    engine.migrate()
    yield engine
    engine.close()


# Tokens, flows, gateways


def test_01_what_nothing_leads_to_starts_and_a_container_ends_with_its_last_token() -> None:
    drive = Drive("""
    <startEvent id="s"/> <userTask id="a"/> <userTask id="b"/>
    <userTask id="undo" isForCompensation="true"/>
    <subProcess id="sub" triggeredByEvent="true"><startEvent id="c">
      <messageEventDefinition/></startEvent></subProcess>
    s -> a
    """)
    assert drive.at == ["a", "b"]
    drive.complete("a")
    drive.complete("b")
    assert drive.ended


def test_02_many_ways_out_are_a_split_and_many_ways_in_do_not_synchronise() -> None:
    drive = Drive("""
    <startEvent id="s"/> <task id="a"/> <task id="b"/> <task id="c"/> <userTask id="d"/>
    s -> a -> b -> d
    a -> c -> d
    """)
    assert drive.at == ["d", "d"]


@pytest.mark.parametrize(("n", "at"), [(2, ["always", "some"]), (0, ["always", "else"])])
def test_03_the_default_stands_in_for_the_conditional_flows_only(n: int, at: list[str]) -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <task id="a" default="a-else"/> <userTask id="always"/>
        <userTask id="some"/> <userTask id="else"/>
        s -> a -> always
        a -> some : n > 1
        a -> else
        """,
        n=n,
    )
    assert drive.at == at


def test_04_an_exclusive_gateway_asks_in_order_and_without_a_way_is_an_incident() -> None:
    xml = """
    <startEvent id="s"/> <exclusiveGateway id="x"/> <userTask id="a"/> <userTask id="b"/>
    s -> x
    x -> a : n > 1
    x -> b : n > 0
    """
    assert Drive(xml, n=2).at == ["a"]
    assert Drive(xml, n=1).at == ["b"]
    stuck = Drive(xml, n=0)
    assert stuck.at == ["x"]
    assert stuck.incidents


def test_05_a_parallel_join_wants_each_flow_and_two_tokens_on_one_are_two_activations() -> None:
    drive = Drive("""
    <startEvent id="s"/> <parallelGateway id="fork"/> <exclusiveGateway id="m"/>
    <userTask id="a"/> <userTask id="b"/> <userTask id="c"/> <parallelGateway id="join"/>
    <userTask id="after"/>
    s -> fork -> a -> m -> join -> after
    fork -> b -> m
    fork -> c -> join
    """)
    drive.complete("a")
    drive.complete("b")
    assert drive.at == ["c", "join", "join"]
    drive.complete("c")
    assert drive.at == ["after", "join"]


def test_06_an_inclusive_join_is_asked_whenever_a_token_is_gone_however_it_went() -> None:
    xml = f"""
    <startEvent id="s"/> <parallelGateway id="fork"/> <inclusiveGateway id="join"/>
    <userTask id="a"/> <userTask id="b"/> <userTask id="mend"/> <userTask id="after"/>
    <boundaryEvent id="oops" attachedToRef="b">{ANY_ERROR}</boundaryEvent>
    s -> fork -> a -> join -> after
    fork -> b -> join
    oops -> mend
    """
    arrived, failed, stopped = Drive(xml), Drive(xml), Drive(xml)
    for drive in (arrived, failed, stopped):
        drive.complete("a")
        assert drive.at == ["b", "join"]
    arrived.complete("b")
    failed.fail("b", "E")
    stopped.give(Modified(instructions=(CancelNode(node="b"),)))
    assert arrived.at == ["after"]
    assert failed.at == ["after", "mend"]
    assert stopped.at == ["after"]


def test_07_a_complex_gateway_waits_for_the_rest_before_it_starts_again() -> None:
    drive = Drive("""
    <startEvent id="s"/> <parallelGateway id="fork"/> <userTask id="a"/> <userTask id="b"/>
    <userTask id="c"/> <complexGateway id="x"><activationCondition>activationCount >= 2
    </activationCondition></complexGateway> <userTask id="after"/>
    s -> fork -> a -> x -> after
    fork -> b -> x
    fork -> c -> x
    """)
    drive.complete("a")
    assert drive.at == ["b", "c", "x"]
    drive.complete("b")
    assert drive.at == ["after", "c"]
    drive.complete("c")
    assert drive.at == ["after"]


def test_08_the_first_event_wins_and_receive_tasks_are_events() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <eventBasedGateway id="x"/> <receiveTask id="r" messageRef="M"/>
        <intermediateCatchEvent id="c">{SIGNAL}</intermediateCatchEvent>
        <userTask id="a"/> <userTask id="b"/>
        s -> x -> r -> a
        x -> c -> b
        """,
        ROOTS,
    )
    drive.complete("r")
    assert drive.at == ["a"]
    assert not drive.subscriptions("signal")


def test_09_a_mixed_gateway_joins_first_and_a_quantity_of_zero_is_refused() -> None:
    drive = Drive("""
    <startEvent id="s"/> <parallelGateway id="fork"/> <userTask id="a"/> <userTask id="b"/>
    <parallelGateway id="mixed"/> <userTask id="c"/> <userTask id="d"/>
    s -> fork -> a -> mixed -> c
    fork -> b -> mixed -> d
    """)
    drive.complete("a")
    assert drive.at == ["b", "mixed"]
    drive.complete("b")
    assert drive.at == ["c", "d"]
    for name in ("startQuantity", "completionQuantity"):
        xml = f"<startEvent id='s'/> <task id='a' {name}='0'/> <endEvent id='e'/>\ns -> a -> e"
        assert refused(xml) == ["a"]


# Activities and scopes


def test_10_boundary_events_come_before_the_work_and_belong_to_the_whole_loop() -> None:
    drive = Drive(f"""
    <startEvent id="s"/> <userTask id="late"/> <serviceTask id="a">
      <multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality>
      </multiInstanceLoopCharacteristics></serviceTask>
    <boundaryEvent id="t" attachedToRef="a">{HOURLY}</boundaryEvent>
    s -> a
    t -> late
    """)
    kinds = [row.trigger.kind for _, row in sorted(drive.instance.subscriptions.items())]
    assert kinds == ["timer", "job", "job"]
    drive.complete("a")
    drive.complete("a")
    assert drive.ended


def test_11_a_non_interrupting_boundary_fires_as_often_as_it_is_triggered() -> None:
    drive = Drive(f"""
    <startEvent id="s"/> <userTask id="a"/> <userTask id="b"/>
    <boundaryEvent id="t" attachedToRef="a" cancelActivity="false">{HOURLY}</boundaryEvent>
    s -> a
    t -> b
    """)
    drive.wait(hours=3)
    assert drive.at == ["a", "b", "b", "b"]
    drive.complete("a")
    drive.wait(hours=3)
    assert drive.at == ["b", "b", "b"]


def test_12_an_interruption_takes_effect_before_the_thrower_moves_on() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="b"/>
        <subProcess id="sub"> <intermediateThrowEvent id="t">{SIGNAL}</intermediateThrowEvent>
          <userTask id="on"/>
          t -> on
        </subProcess>
        <boundaryEvent id="c" attachedToRef="sub">{SIGNAL}</boundaryEvent>
        s -> sub
        c -> b
        """,
        ROOTS,
    )
    assert drive.at == ["b"]
    assert "on" not in drive.entered()


@pytest.mark.parametrize("definition", [ANY_ERROR, "<cancelEventDefinition/>"])
def test_13_errors_and_cancellations_cannot_be_beside_the_work(definition: str) -> None:
    kind = "transaction" if "cancel" in definition else "subProcess"
    xml = f"""
    <startEvent id="s"/> <endEvent id="e"/>
    <{kind} id="sub"><startEvent id="s2"/> <userTask id="a"/> <endEvent id="e2"/>
      s2 -> a -> e2
    </{kind}>
    <userTask id="b"/>
    <boundaryEvent id="c" attachedToRef="sub" {{0}}>{definition}</boundaryEvent>
    s -> sub -> e
    c -> b -> e
    """
    assert refused(xml.format("")) == []
    assert refused(xml.format('cancelActivity="false"')) == ["c"]


def test_13_compensation_is_never_fired() -> None:
    drive = Drive("""
    <startEvent id="s"/> <userTask id="a"/> <userTask id="undo" isForCompensation="true"/>
    <boundaryEvent id="c" attachedToRef="a"><compensateEventDefinition/></boundaryEvent>
    <association id="as" sourceRef="c" targetRef="undo"/>
    s -> a
    """)
    assert [row.catcher for row in drive.instance.subscriptions.values()] == ["a"]
    drive.complete("a")
    assert drive.ended


def test_14_an_interrupting_event_sub_process_takes_over_its_scope() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="after"/>
        <subProcess id="sub">
          <extensionElements><k:input source="=1" target="own"/></extensionElements>
          <subProcess id="help" triggeredByEvent="true"><startEvent id="c">{MESSAGE}</startEvent>
            <scriptTask id="up" k:resultVariable="own"><script>own + 1</script></scriptTask>
            <userTask id="h"/>
            c -> up -> h
          </subProcess>
          <subProcess id="other" triggeredByEvent="true">
            <startEvent id="o" isInterrupting="false">{SIGNAL}</startEvent> <task id="t"/>
            o -> t
          </subProcess>
          <userTask id="a"/> <userTask id="b"/>
        </subProcess>
        s -> sub -> after
        """,
        ROOTS,
    )
    drive.complete("c")
    assert drive.at == ["h", "help", "sub"]
    assert not drive.subscriptions("signal")
    assert [s.variables["own"] for s in drive.instance.scopes.values() if s.variables] == [2]
    drive.complete("h")
    assert drive.at == ["after"]


def test_15_terminate_ends_its_own_scope_only() -> None:
    drive = Drive("""
    <startEvent id="s"/> <userTask id="after"/> <userTask id="beside"/>
    <subProcess id="sub"> <userTask id="a"/> <userTask id="b"/>
      <endEvent id="stop"><terminateEventDefinition/></endEvent>
      a -> stop
    </subProcess>
    s -> sub -> after
    s -> beside
    """)
    drive.complete("a")
    assert drive.at == ["after", "beside"]


def test_15_terminate_in_a_called_process_lets_the_caller_go_on(engine: Engine) -> None:
    child = document("""
    <startEvent id="s"/> <userTask id="a"/> <userTask id="b"/>
    <endEvent id="stop"><terminateEventDefinition/></endEvent> <endEvent id="e"/>
    s -> a -> stop
    s -> b -> e
    """).replace(b"id='p'", b"id='child'")
    engine.deploy({"p.bpmn": document(CALL), "child.bpmn": child})
    caller = engine.start("p").id
    first = next(t for t in engine.tasks().items if t.element == "a")
    engine.complete_task(first.id)
    assert engine.instance(caller).head.elements == ["after"]


CALL = """
<startEvent id="s"/> <callActivity id="call" calledElement="child" {attributes}/>
<userTask id="after"/> <userTask id="mend"/> <endEvent id="e"/>
<boundaryEvent id="oops" attachedToRef="call"><errorEventDefinition/></boundaryEvent>
s -> call -> after -> e
oops -> mend -> e
""".replace("{attributes}", "")
CHILD = """
<startEvent id="s"/> <userTask id="a"/> <endEvent id="e">{definition}</endEvent>
s -> a -> e
"""


def child(definition: str = "") -> bytes:
    return document(CHILD.format(definition=definition), ROOTS).replace(b"id='p'", b"id='child'")


def test_16_an_error_goes_outward_to_the_nearest_who_asks() -> None:
    drive = Drive(
        f"""
        <startEvent id="s"/> <userTask id="b"/>
        <subProcess id="outer">
          <subProcess id="inner"> <userTask id="a"/> <endEvent id="bad">{BROKE}</endEvent>
            a -> bad
          </subProcess>
          <boundaryEvent id="near" attachedToRef="inner">{ANY_ERROR}</boundaryEvent>
          <userTask id="i"/>
          near -> i
        </subProcess>
        <boundaryEvent id="far" attachedToRef="outer">{BROKE}</boundaryEvent>
        s -> outer
        far -> b
        """,
        ROOTS,
    )
    drive.complete("a")
    assert drive.at == ["i", "outer"]


def test_16_an_error_crosses_a_call_activity(engine: Engine) -> None:
    engine.deploy({"p.bpmn": document(CALL), "child.bpmn": child(BROKE)})
    caller = engine.start("p").id
    engine.complete_task(engine.tasks().items[0].id)
    assert engine.instance(caller).head.elements == ["mend"]


def test_17_an_uncaught_error_is_an_incident_and_an_uncaught_escalation_goes_on() -> None:
    xml = """
    <startEvent id="s"/> <userTask id="a"/> <endEvent id="t">{definition}</endEvent>
    s -> a -> t
    """
    error = Drive(xml.format(definition=BROKE), ROOTS)
    error.complete("a")
    assert error.at == ["t"]
    assert error.incidents
    escalation = Drive(
        xml.format(definition="<escalationEventDefinition escalationRef='L'/>"), ROOTS
    )
    escalation.complete("a")
    assert escalation.ended
    assert [r.element for r in escalation.records if r.kind == "uncaught"] == ["t"]


def test_18_an_escalation_may_be_caught_by_the_scope_s_own_event_sub_process() -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <userTask id="on"/>
        <subProcess id="help" triggeredByEvent="true">
          <startEvent id="c" isInterrupting="false"><escalationEventDefinition/></startEvent>
          <userTask id="h"/>
          c -> h
        </subProcess>
        <intermediateThrowEvent id="t"><escalationEventDefinition escalationRef="L"/>
        </intermediateThrowEvent>
        s -> t -> on
        """,
        ROOTS,
    )
    assert drive.at == ["h", "help", "on"]


def test_19_a_technical_failure_triggers_no_error_boundary() -> None:
    drive = Drive(f"""
    <startEvent id="s"/> <serviceTask id="a" k:jobType="=missing"/> <userTask id="mend"/>
    <boundaryEvent id="oops" attachedToRef="a">{ANY_ERROR}</boundaryEvent>
    s -> a
    oops -> mend
    """)
    assert drive.at == ["a"]
    assert drive.incidents


def test_20_items_are_fixed_on_entry_and_results_are_in_their_order() -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <userTask id="a"><multiInstanceLoopCharacteristics
          k:collection="=all" k:elementVariable="item" k:outputCollection="out"
          k:outputElement="=result"><completionCondition>numberOfCompletedInstances = 2
          </completionCondition></multiInstanceLoopCharacteristics></userTask>
        <userTask id="after"/>
        s -> a -> after
        """,
        all=["x", "y", "z"],
    )
    drive.assign(all=[])
    rows = drive.subscriptions("user_task")
    drive.give(Happened(subscription=rows[2].id, payload={"result": "Z"}))
    drive.give(Happened(subscription=rows[0].id, payload={"result": "X"}))
    assert drive.at == ["after"]
    assert drive.variables == {"all": [], "out": ["X", None, "Z"]}
    none = Drive(
        """
        <startEvent id="s"/> <userTask id="after"/>
        <userTask id="a"><multiInstanceLoopCharacteristics k:collection="=all"/></userTask>
        s -> a -> after
        """,
        all=[],
    )
    assert none.at == ["after"]


def test_21_a_loop_tested_after_runs_at_least_once_and_its_maximum_caps_it() -> None:
    xml = """
    <startEvent id="s"/> <userTask id="a"><standardLoopCharacteristics {0}>
      <loopCondition>again</loopCondition></standardLoopCharacteristics></userTask>
    <userTask id="after"/>
    s -> a -> after
    """
    drive = Drive(xml.format(""), again=False)
    assert drive.at == ["a", "a"]
    drive = Drive(xml.format('loopMaximum="2"'), again=True)
    drive.complete("a")
    drive.complete("a")
    assert drive.at == ["after"]


def test_22_a_called_instance_is_its_caller_s_child_and_is_cancelled_with_it(
    engine: Engine,
) -> None:
    xml = CALL.replace(
        'calledElement="child"',
        'calledElement="child" k:propagateAllIn="false" k:propagateAllOut="false"',
    )
    engine.deploy({"p.bpmn": document(xml), "child.bpmn": child()})
    caller = engine.start("p", {"secret": 1}).id
    (called,) = engine.instance(caller).children
    assert called.parent == caller
    assert engine.variables(called.id)[0].variables == {}
    engine.cancel(caller, reason="no more")
    assert engine.instance(called.id).head.state == "cancelled"


def test_23_what_an_ad_hoc_sub_process_offers_is_asked_after_each_completion() -> None:
    drive = Drive("""
    <startEvent id="s"/> <userTask id="after"/>
    <adHocSubProcess id="sub" ordering="Parallel" cancelRemainingInstances="true">
      <userTask id="a"/> <userTask id="b"/>
      <completionCondition>enough</completionCondition>
    </adHocSubProcess>
    s -> sub -> after
    """)
    assert drive.at == ["a", "b", "sub"]
    drive.complete("a", enough=True)
    assert drive.at == ["after"]
