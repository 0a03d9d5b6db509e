"""Listeners: work beside the elements' own, as Camunda 7 and 8 have it."""

from __future__ import annotations

from typing import Any

from engine import BpmnError, Execution, Handlers, Job
from engine.testing import Play, Stage
from tests.kit import document

CAMUNDA8 = "modeler:executionPlatform='Camunda Cloud'"
CAMUNDA7 = "modeler:executionPlatform='Camunda Platform'"


def c7(kind: str, event: str, expression: str) -> str:
    return f'<camunda:{kind} event="{event}" expression="{expression}"/>'


def listening(inside: str) -> str:
    return f"<extensionElements>{inside}</extensionElements>"


def stage(xml: str, handlers: Handlers | None = None, dialect: str = CAMUNDA7) -> Stage:
    return Stage(handlers=handlers, contents={"p.bpmn": document(xml, attributes=dialect)})


def play(xml: str, handlers: Handlers | None = None, dialect: str = CAMUNDA7, **more: Any) -> Play:
    return stage(xml, handlers, dialect).start("p", **more)


def trace(name: str) -> str:
    return f"${{execution.setVariable('trace', trace.concat('{name} '))}}"


def test_expressions_are_told_in_the_order_of_the_way() -> None:
    done = play(
        f"""
        {listening(c7("executionListener", "start", trace("process")))}
        <startEvent id="s">{listening(c7("executionListener", "end", trace("s-end")))}</startEvent>
        <sequenceFlow id="f" sourceRef="s" targetRef="t">
            {listening(c7("executionListener", "take", trace("take")))}</sequenceFlow>
        <task id="t">{
            listening(
                c7("executionListener", "start", trace("t-start"))
                + c7("executionListener", "end", trace("t-end"))
            )
        }</task>
        <endEvent id="e">{listening(c7("executionListener", "start", trace("e")))}</endEvent>
        t -> e
        """,
        trace="",
    )
    assert done.state == "completed"
    assert done.variables["trace"] == "process s-end take t-start t-end e "


def test_a_process_is_told_of_its_end() -> None:
    done = play(
        listening(c7("executionListener", "end", "${execution.setVariable('over', true)}"))
        + """<startEvent id="s"/><endEvent id="e"/>
        s -> e"""
    )
    assert done.variables == {"over": True}


def test_an_execution_tells_where_it_is_and_of_what_instance() -> None:
    told = "${execution.setVariable('told', execution.eventName.concat('/')"
    told += (
        ".concat(execution.currentActivityId).concat('/').concat(execution.processBusinessKey))}"
    )
    there = stage(
        f"""
        <startEvent id="s"/> <endEvent id="e"/>
        <task id="t">{listening(c7("executionListener", "start", told))}</task>
        s -> t -> e
        """
    )
    started = there.engine.start("p", business_key="B-7")
    assert Play(there, started.id).variables["told"] == "start/t/B-7"


def test_a_class_is_a_delegate_of_that_name_where_one_is_registered() -> None:
    handlers = Handlers()

    def audit(execution: Execution) -> None:
        execution.set("audited", [execution.get("n"), execution.fields["text"]])

    handlers.delegate("com.acme.Audit", audit)
    listener = """<camunda:executionListener class="com.acme.Audit" event="start">
        <camunda:field name="text" expression="n is ${n}"/></camunda:executionListener>"""
    done = play(
        f"""<startEvent id="s"/> <task id="t">{listening(listener)}</task> <endEvent id="e"/>
        s -> t -> e""",
        handlers,
        n=3,
    )
    assert done.variables["audited"] == [3, "n is 3"]


def test_a_class_without_a_delegate_is_a_job_that_the_token_waits_for() -> None:
    listener = '<camunda:executionListener class="com.acme.Audit" event="end"/>'
    going = play(
        f"""<startEvent id="s"/> <task id="t">{listening(listener)}</task> <endEvent id="e"/>
        s -> t -> e"""
    )
    assert going.at == ["t"]
    going.work("com.acme.Audit", audited=True)
    assert going.state == "completed"
    assert going.variables == {"audited": True}


def zeebe(*listeners: tuple[str, str]) -> str:
    inner = "".join(
        f'<zeebe:executionListener eventType="{event}" type="{type}" retries="2"/>'
        for event, type in listeners
    )
    return listening(f"<zeebe:executionListeners>{inner}</zeebe:executionListeners>")


def test_listener_jobs_of_camunda8_come_before_and_after_the_work() -> None:
    work = '<zeebe:taskDefinition type="pay"/>'
    inner = zeebe(("start", "before"), ("start", "before-2"), ("end", "after"))
    inner = inner.replace("</extensionElements>", f"{work}</extensionElements>")
    going = play(
        f"""<startEvent id="s"/> <serviceTask id="t">{inner}</serviceTask> <endEvent id="e"/>
        s -> t -> e""",
        dialect=CAMUNDA8,
    )
    for type in ("before", "before-2", "pay", "after"):
        assert going.at == ["t"]
        going.work(type, **{type: True})
    assert going.state == "completed"
    assert set(going.variables) == {"before", "before-2", "pay", "after"}


def test_listener_jobs_of_gateways_events_and_the_process() -> None:
    going = play(
        f"""
        {zeebe(("start", "p-start"), ("end", "p-end"))}
        <startEvent id="s"/>
        <exclusiveGateway id="g" default="g-e">{zeebe(("start", "g-start"))}</exclusiveGateway>
        <endEvent id="e">{zeebe(("start", "e-start"), ("end", "e-end"))}</endEvent>
        s -> g -> e
        """,
        dialect=CAMUNDA8,
    )
    for type in ("p-start", "g-start", "e-start", "e-end", "p-end"):
        assert going.state == "active"
        going.work(type)
    assert going.state == "completed"


def test_a_join_begins_once_when_it_has_gathered() -> None:
    going = play(
        f"""
        <startEvent id="s"/> <parallelGateway id="f"/>
        <parallelGateway id="j">{zeebe(("start", "arrived"))}</parallelGateway> <endEvent id="e"/>
        s -> f
        <task id="a"/> <task id="b"/>
        f -> a -> j
        f -> b -> j
        j -> e
        """,
        dialect=CAMUNDA8,
    )
    assert going.at == ["j"]
    going.work("arrived")
    assert going.state == "completed"


def test_a_join_waits_for_the_listener_of_a_flow_that_leads_to_it() -> None:
    taken = '<camunda:executionListener class="Audit" event="take"/>'
    for kind in ("parallelGateway", "inclusiveGateway"):
        going = play(
            f"""
            <startEvent id="s"/> <parallelGateway id="f"/> <{kind} id="j"/> <endEvent id="e"/>
            s -> f
            <task id="a"/> <task id="b"/>
            f -> a -> j
            f -> b
            <sequenceFlow id="x" sourceRef="b" targetRef="j">{listening(taken)}</sequenceFlow>
            j -> e
            """
        )
        assert going.at == ["j", "j"]
        going.work("Audit")
        assert going.state == "completed"
        assert going.path.count("e") == 1


def test_a_boundary_event_tells_its_listeners_when_it_fires() -> None:
    going = play(
        f"""
        <startEvent id="s"/> <userTask id="t"/> <endEvent id="e"/> <endEvent id="e2"/>
        <boundaryEvent id="b" attachedToRef="t">{zeebe(("end", "late"))}
            <timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>
        </boundaryEvent>
        s -> t -> e
        b -> e2
        """,
        dialect=CAMUNDA8,
    )
    going.stage.advance(hours=2)
    assert going.at == ["b"]
    going.work("late")
    assert going.path[-1] == "e2"


def test_each_iteration_tells_its_listeners() -> None:
    loop = """<multiInstanceLoopCharacteristics isSequential="true">
        <loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>"""
    done = play(
        f"""<startEvent id="s"/> <endEvent id="e"/>
        <task id="t">{listening(c7("executionListener", "start", trace("x")))}{loop}</task>
        s -> t -> e""",
        trace="",
    )
    assert done.variables["trace"] == "x x x "


def test_a_delegate_may_throw_a_business_error_for_the_boundary() -> None:
    handlers = Handlers()

    def refuse(_: Execution) -> None:
        raise BpmnError("NO")

    handlers.delegate("refuser", refuse)
    done = play(
        """
        <startEvent id="s"/> <endEvent id="e"/> <endEvent id="caught"/>
        <serviceTask id="t" camunda:delegateExpression="${refuser}"/>
        <boundaryEvent id="b" attachedToRef="t"><errorEventDefinition/></boundaryEvent>
        s -> t -> e
        b -> caught
        """,
        handlers,
    )
    assert done.path[-1] == "caught"


def test_an_expression_calls_a_registered_function() -> None:
    handlers = Handlers()
    handlers.bean("discounts.rate", lambda amount, execution: amount * 2 + execution.get("more"))
    done = play(
        """<startEvent id="s"/> <endEvent id="e"/>
        <serviceTask id="t" camunda:expression="${discounts.rate(n, execution)}"
            camunda:resultVariable="rate"/>
        s -> t -> e""",
        handlers,
        n=4,
        more=1,
    )
    assert done.variables["rate"] == 9


def test_a_failing_listener_job_is_an_incident_at_its_element() -> None:
    going = play(
        f"""<startEvent id="s"/> <task id="t">{zeebe(("start", "before"))}</task>
        <endEvent id="e"/>
        s -> t -> e""",
        dialect=CAMUNDA8,
    )
    going.fail("before")
    assert going.incidents
    going.retry()
    going.work("before")
    assert going.state == "completed"


def test_a_handler_may_do_the_listener_jobs() -> None:
    handlers = Handlers()

    @handlers("before")
    def before(job: Job) -> dict[str, Any]:
        return {"seen": f"{job.headers['event']} of {job.headers['element']}"}

    done = play(
        f"""<startEvent id="s"/> <task id="t">{zeebe(("start", "before"))}</task>
        <endEvent id="e"/>
        s -> t -> e""",
        handlers,
        CAMUNDA8,
    )
    assert done.variables == {"seen": "start of t"}
