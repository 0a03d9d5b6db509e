"""Facts of Camunda 7 that its models rely on (SEMANTICS, 43 to 54), each as one law."""

from __future__ import annotations

from typing import Any

import pytest

from engine import ExecutionError, Handlers, IncidentQuery, Job
from engine.testing import Play, Stage
from tests.engine.test_listeners import CAMUNDA7, c7, listening, play
from tests.kit import document, flows


def stage(xml: str, roots: str = "", handlers: Handlers | None = None) -> Stage:
    return Stage(handlers=handlers, contents={"p.bpmn": document(xml, roots, CAMUNDA7)})


ERROR = "<error id='E' errorCode='no'/>"


def test_43_an_uncaught_error_ends_its_own_path() -> None:
    going = stage(
        """<startEvent id="s"/> <parallelGateway id="f"/> <userTask id="t"/> <endEvent id="e"/>
        <endEvent id="x"><errorEventDefinition errorRef="E"/></endEvent>
        s -> f
        f -> t -> e
        f -> x""",
        ERROR,
    ).start("p")
    assert going.at == ["t"]
    assert going.incidents == []
    going.complete("t")
    assert going.state == "completed"


def test_43_out_of_a_called_process_the_call_activity_is_left_normally() -> None:
    child = """<error id='E' errorCode='no'/><process id="child" isExecutable="true">
        <startEvent id="cs"/><sequenceFlow id="cf" sourceRef="cs" targetRef="ce"/>
        <endEvent id="ce"><errorEventDefinition errorRef="E"/></endEvent></process>"""
    going = stage(
        """<startEvent id="s"/> <callActivity id="c" calledElement="child"/> <endEvent id="e"/>
        s -> c -> e""",
        child,
    ).start("p")
    assert going.state == "completed"
    assert going.path == ["s", "c", "e"]


def test_44_a_failure_rolls_back_to_the_last_wait_state() -> None:
    going = play(
        """<startEvent id="s"/> <userTask id="t"/> <endEvent id="e"/>
        <serviceTask id="x" camunda:expression="${missing + 1}"/>
        s -> t -> x -> e"""
    )
    with pytest.raises(ExecutionError, match="missing"):
        going.complete("t", n=1)
    assert going.at == ["t"]
    assert going.variables == {}
    going.complete("t", missing=1)
    assert going.state == "completed"


def test_44_an_error_of_the_next_task_is_not_caught_by_the_one_before() -> None:
    handlers = Handlers()

    @handlers("first")
    def first(_: Job) -> dict[str, Any]:
        return {}

    going = stage(
        """<startEvent id="s"/> <endEvent id="e"/> <endEvent id="caught"/>
        <serviceTask id="a" camunda:type="external" camunda:topic="first"/>
        <boundaryEvent id="b" attachedToRef="a"><errorEventDefinition/></boundaryEvent>
        <serviceTask id="x" camunda:expression="${missing}"/>
        s -> a -> x -> e
        b -> caught""",
        handlers=handlers,
    ).start("p")
    assert "caught" not in going.path
    assert going.at == ["a"]
    assert any("missing" in said for said in going.incidents)


def test_45_an_error_boundary_always_interrupts() -> None:
    going = stage(
        """<startEvent id="s"/> <endEvent id="e"/> <endEvent id="caught"/>
        <serviceTask id="a" camunda:type="external" camunda:topic="t"/>
        <boundaryEvent id="b" attachedToRef="a" cancelActivity="false"><errorEventDefinition/>
        </boundaryEvent>
        s -> a -> e
        b -> caught"""
    ).start("p")
    going.throw("t", "any")
    assert going.state == "completed"


def test_46_out_mappings_run_also_when_an_error_reaches_the_caller() -> None:
    child = f"""{ERROR}<process id="child" isExecutable="true">
        <startEvent id="cs"/><sequenceFlow id="cf" sourceRef="cs" targetRef="ct"/>
        <userTask id="ct"/><sequenceFlow id="cg" sourceRef="ct" targetRef="ce"/>
        <endEvent id="ce"><errorEventDefinition errorRef="E"/></endEvent></process>"""
    out = listening('<camunda:out source="n" target="m"/>')
    there = stage(
        f"""<startEvent id="s"/> <endEvent id="e"/> <endEvent id="caught"/>
        <callActivity id="c" calledElement="child">{out}</callActivity>
        <boundaryEvent id="b" attachedToRef="c"><errorEventDefinition/></boundaryEvent>
        s -> c -> e
        b -> caught""",
        child,
    )
    going = there.start("p")
    there.instances("child")[0].complete("ct", n=3)
    assert going.path[-1] == "caught"
    assert going.variables == {"m": 3}


def test_47_conditions_behind_a_parallel_gateway_are_ignored() -> None:
    done = play(
        """<startEvent id="s"/> <parallelGateway id="f"/> <endEvent id="a"/> <endEvent id="b"/>
        s -> f
        f -> a : ${false}
        f -> b : ${false}"""
    )
    assert {"a", "b"} <= set(done.path)


def test_47_no_selectable_flow_fails_the_command() -> None:
    with pytest.raises(ExecutionError, match="no condition holds"):
        play(
            """<startEvent id="s"/> <exclusiveGateway id="g"/> <endEvent id="a"/> <task id="b"/>
            s -> g
            g -> a : ${false}
            g -> b : ${false}"""
        )


def test_48_an_undefined_variable_fails_a_flow_condition() -> None:
    with pytest.raises(ExecutionError, match="nothing"):
        play(
            """<startEvent id="s"/> <exclusiveGateway id="g" default="g-b"/> <endEvent id="a"/>
            <endEvent id="b"/>
            s -> g
            g -> a : ${nothing}
            g -> b"""
        )


def loop(inner: str) -> str:
    return f"""<startEvent id="s"/> <endEvent id="e"/> <userTask id="t">
        <multiInstanceLoopCharacteristics {inner}</multiInstanceLoopCharacteristics></userTask>
        s -> t -> e"""


def test_49_a_missing_collection_is_an_error_and_no_items_pass() -> None:
    with pytest.raises(ExecutionError, match="list"):
        play(loop('camunda:collection="list" camunda:elementVariable="x">'))
    assert play(loop('camunda:collection="list">'), list=[]).state == "completed"
    with pytest.raises(ExecutionError, match="-1"):
        play(loop("><loopCardinality>${n}</loopCardinality>"), n=-1)


def test_49_the_loop_counter_begins_at_zero() -> None:
    going = play(loop("isSequential='true'><loopCardinality>2</loopCardinality>"))
    engine = going.stage.engine
    (task,) = engine.tasks().items
    assert engine.task(task.id).variables["loopCounter"] == 0


def test_50_a_loop_is_compensated_only_when_all_of_it_is_done() -> None:
    going = play(
        """<startEvent id="s"/> <endEvent id="e"/>
        <userTask id="t"><multiInstanceLoopCharacteristics>
            <loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics></userTask>
        <boundaryEvent id="b" attachedToRef="t"><compensateEventDefinition/></boundaryEvent>
        <userTask id="undo" isForCompensation="true"/>
        <association id="as" associationDirection="One" sourceRef="b" targetRef="undo"/>
        <intermediateThrowEvent id="c"><compensateEventDefinition/></intermediateThrowEvent>
        s -> t -> c -> e"""
    )
    going.complete("t")
    assert "undo" not in going.path
    going.complete("t")
    while going.at.count("undo"):
        going.complete("undo")
    assert going.path.count("undo") == 2
    assert going.state == "completed"


def test_51_a_terminate_end_in_an_event_sub_process_stops_only_itself() -> None:
    going = stage(
        """<startEvent id="s"/> <userTask id="t"/> <endEvent id="e"/>
        <subProcess id="h" triggeredByEvent="true"><startEvent id="hs" isInterrupting="false">
          <messageEventDefinition messageRef="M"/></startEvent>
          <userTask id="other"/><endEvent id="he"><terminateEventDefinition/></endEvent>
          <sequenceFlow id="h1" sourceRef="hs" targetRef="he"/>
          <sequenceFlow id="h2" sourceRef="hs" targetRef="other"/></subProcess>
        s -> t -> e""",
        "<message id='M' name='m'/>",
    ).start("p")
    going.stage.publish("m")
    assert going.at == ["t"]


SENDER = """<startEvent id="s"/>
    <intermediateThrowEvent id="x"><messageEventDefinition messageRef="M"/></intermediateThrowEvent>
    <userTask id="u"/> <endEvent id="e"/>
    s -> x -> u -> e"""
MESSAGE = "<message id='M' name='m'/>"


def receiving(process: str, *, begins: bool = False) -> str:
    message = '<messageEventDefinition messageRef="M"/>'
    inner = flows(
        f"""<startEvent id="{process}s">{message if begins else ""}</startEvent>
        <{"task" if begins else "intermediateCatchEvent"} id="{process}m">
        {"" if begins else message}</{"task" if begins else "intermediateCatchEvent"}>
        <endEvent id="{process}e"/>
        {process}s -> {process}m -> {process}e"""
    )
    return f'<process id="{process}" isExecutable="true">{inner}</process>'


def uncaught(going: Play) -> list[Any]:
    items = going.stage.engine.history(going.id).items
    return [entry.detail for entry in items if entry.kind == "uncaught"]


def test_52_a_thrown_message_is_not_kept_for_a_later_receiver() -> None:
    going = stage(SENDER, MESSAGE + receiving("r")).start("p")
    assert going.at == ["u"]
    assert uncaught(going) == [{"kind": "message", "name": "m", "key": None, "receivers": 0}]
    assert going.stage.start("r").at == ["rm"]


def test_52_a_thrown_message_needs_exactly_one_receiver() -> None:
    there = stage(SENDER, MESSAGE + receiving("r"))
    one = there.start("r")
    assert uncaught(there.start("p")) == []
    assert one.state == "completed"
    two, three = there.start("r"), there.start("r")
    assert uncaught(there.start("p"))[0]["receivers"] == 2
    assert (two.state, three.state) == ("active", "active")


def test_52_a_waiting_instance_beats_a_start_event() -> None:
    there = stage(SENDER, MESSAGE + receiving("r") + receiving("b", begins=True))
    waits = there.start("r")
    there.start("p")
    assert waits.state == "completed"
    assert there.instances("b") == []
    assert uncaught(there.start("p")) == []
    assert len(there.instances("b")) == 1


def test_52_an_instance_that_has_ended_is_told_too() -> None:
    going = stage(
        """<startEvent id="s"/> <endEvent id="e"><messageEventDefinition messageRef="M"/></endEvent>
        s -> e""",
        MESSAGE,
    ).start("p")
    assert going.state == "completed"
    assert uncaught(going)[0]["name"] == "m"


def test_53_the_intervals_of_a_retry_cycle_are_three_attempts() -> None:
    called = """<process id="p2" isExecutable="true"><startEvent id="cs"/><serviceTask id="c"
        camunda:type="external" camunda:topic="pay"><extensionElements>
        <camunda:failedJobRetryTimeCycle>PT1M,PT5M</camunda:failedJobRetryTimeCycle>
        </extensionElements></serviceTask><endEvent id="ce"/>
        <sequenceFlow id="c1" sourceRef="cs" targetRef="c"/>
        <sequenceFlow id="c2" sourceRef="c" targetRef="ce"/></process>"""
    handlers, tries = Handlers(), []

    @handlers("pay")
    def pay(job: Job) -> None:
        tries.append(job.retries)
        raise RuntimeError("no")

    there = stage(
        """<startEvent id="s"/> <callActivity id="call" calledElement="p2"/> <endEvent id="e"/>
        s -> call -> e""",
        called,
        handlers,
    )
    going = there.start("p")
    assert tries == [3]
    there.advance(minutes=1)
    assert tries == [3, 2]
    there.advance(minutes=4)
    assert tries == [3, 2]
    assert going.incidents == []
    there.advance(minutes=1)
    assert tries == [3, 2, 1]
    there.advance(hours=1)
    assert len(tries) == 3
    (child,) = there.instances("p2")
    assert "no" in child.incidents[0]
    query = IncidentQuery(root=going.id)
    assert [found.instance for found in there.engine.incidents(query).items] == [child.id]


def test_54_a_failing_cycle_timer_keeps_its_failed_job_and_still_schedules_the_next() -> None:
    going = stage(
        """<startEvent id="s"/> <userTask id="t"/> <endEvent id="e"/>
        <boundaryEvent id="b" attachedToRef="t" cancelActivity="false"><timerEventDefinition>
        <timeCycle>R3/PT1H</timeCycle></timerEventDefinition></boundaryEvent>
        <serviceTask id="x" camunda:expression="${missing + 1}"/> <userTask id="late"/>
        s -> t -> e
        b -> x -> late"""
    ).start("p")
    for hours in (1, 2, 3):
        going.stage.advance(hours=1)
        assert len(going.incidents) == hours
        assert "missing" in going.incidents[-1]
    going.stage.advance(hours=3)
    assert len(going.incidents) == 3
    going.stage.engine.set_variables(going.id, {"missing": 1}, reason="mended")
    going.retry()
    assert going.incidents == []
    assert going.at == ["late", "late", "late", "t"]


def test_53_nothing_of_an_async_element_exists_until_its_job_has_run() -> None:
    told = c7("executionListener", "start", "${execution.setVariable('told', true)}")
    source = document(
        f"""<startEvent id="s"/> <endEvent id="e"/>
        <userTask id="t" camunda:asyncBefore="true">{listening(told)}</userTask>
        <boundaryEvent id="b" attachedToRef="t"><timerEventDefinition>
        <timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
        <endEvent id="late"/>
        s -> t -> e
        b -> late""",
        attributes=CAMUNDA7,
    )
    there = Stage(contents={"p.bpmn": source})
    started = there.engine.start("p")
    going = Play(there, started.id)
    assert going.variables == {}
    assert {wait.kind for wait in going.waits_for("t")} == {"continue"}
    there.settle()
    assert going.variables == {"told": True}
    assert {"user_task", "timer"} <= {wait.kind for wait in going.waits_for("t")}


def test_54_on_an_event_based_gateway_a_cycle_fires_once() -> None:
    going = stage(
        """<startEvent id="s"/> <eventBasedGateway id="g"/> <userTask id="t"/> <endEvent id="e"/>
        <intermediateCatchEvent id="x"><timerEventDefinition><timeCycle>R3/PT1H</timeCycle>
        </timerEventDefinition></intermediateCatchEvent>
        <intermediateCatchEvent id="m"><messageEventDefinition messageRef="M"/>
        </intermediateCatchEvent>
        s -> g
        g -> x -> t -> e
        g -> m -> t""",
        "<message id='M' name='m'/>",
    ).start("p")
    going.stage.advance(hours=5)
    assert going.path.count("t") == 1
