"""What vendors' extensions ask for, done: one law a setting, from the file to the result."""

from __future__ import annotations

from typing import Any

import pytest

from engine import Handlers, Job
from engine.testing import Play, Stage
from tests.engine.test_listeners import CAMUNDA7, CAMUNDA8, listening, play
from tests.kit import document

FLOWABLE = "xmlns:flowable='http://flowable.org/bpmn'"


def around(task: str, more: str = "") -> str:
    return f"""<startEvent id="s"/> <endEvent id="e"/> {task} {more}
    s -> t -> e"""


def topic(inner: str, attributes: str = "") -> str:
    extensions = listening(inner)
    return (
        f'<serviceTask id="t" camunda:type="external" camunda:topic="pay" {attributes}>'
        f"{extensions}</serviceTask>"
    )


CAUGHT = """<boundaryEvent id="b" attachedToRef="t"><errorEventDefinition errorRef="E"/>
    </boundaryEvent><endEvent id="caught"/>
    b -> caught"""


def with_error(xml: str) -> Stage:
    roots = "<error id='E' errorCode='no-money'/>"
    return Stage(contents={"p.bpmn": document(xml, roots, CAMUNDA7)})


def test_a_failure_that_the_model_maps_is_a_bpmn_error() -> None:
    rule = (
        '<camunda:errorEventDefinition errorRef="E" '
        "expression=\"${externalTask.getErrorMessage().contains('broke')}\"/>"
    )
    going = with_error(around(topic(rule), CAUGHT)).start("p")
    going.fail("pay", "the network is away", retries=1)
    assert going.at == ["t"]
    going.fail("pay", "he is broke")
    assert going.path[-1] == "caught"


def test_a_completion_that_the_model_maps_is_a_bpmn_error() -> None:
    rule = '<camunda:errorEventDefinition errorRef="E" expression="${left &lt; 0}"/>'
    going = with_error(around(topic(rule), CAUGHT)).start("p")
    going.work("pay", left=-1)
    assert going.path[-1] == "caught"


def test_an_exception_that_flowable_maps_is_a_bpmn_error() -> None:
    handlers = Handlers()

    @handlers("pay")
    def pay(_: Job) -> dict[str, Any]:
        raise KeyError("purse")

    rule = '<flowable:mapException errorCode="no-money">java.KeyError</flowable:mapException>'
    task = f'<serviceTask id="t" flowable:class="pay">{listening(rule)}</serviceTask>'
    roots = "<error id='E' errorCode='no-money'/>"
    source = document(around(task, CAUGHT), roots, FLOWABLE)
    going = Stage(handlers=handlers, contents={"p.bpmn": source}).start("p")
    going.stage.settle()
    assert going.path[-1] == "caught"


@pytest.mark.parametrize(
    ("stated", "first", "second", "fires"),
    [
        ('camunda:variableName="n"', {"m": 5}, {"n": 5}, 2),
        ('camunda:variableName="n" camunda:variableEvents="create"', {"n": 0}, {"n": 5}, 0),
        ('camunda:variableName="n" camunda:variableEvents="update"', {"n": 5}, {"n": 6}, 2),
        ('camunda:variableEvents="create"', {"x": 1}, {"n": 5}, 2),
    ],
)
def test_a_condition_is_asked_when_its_variables_change_as_it_says(
    stated: str, first: dict[str, Any], second: dict[str, Any], fires: int
) -> None:
    going = play(
        f"""<startEvent id="s"/> <endEvent id="e"/>
        <intermediateCatchEvent id="t"><conditionalEventDefinition {stated}>
        <condition>${{n > 3}}</condition></conditionalEventDefinition></intermediateCatchEvent>
        s -> t -> e"""
    )
    engine = going.stage.engine
    for values in (first, second):
        assert going.state == "active"
        engine.set_variables(going.id, values, reason="test")
    assert going.state == ("completed" if fires else "active")


def test_a_condition_over_a_missing_variable_does_not_hold_in_camunda7() -> None:
    going = play(
        """<startEvent id="s"/> <endEvent id="e"/>
        <intermediateCatchEvent id="t"><conditionalEventDefinition>
        <condition>${n > 3}</condition></conditionalEventDefinition></intermediateCatchEvent>
        s -> t -> e"""
    )
    assert going.incidents == []
    going.stage.engine.set_variables(going.id, {"n": 4}, reason="test")
    assert going.state == "completed"


def test_a_connector_has_inputs_and_outputs_of_its_own() -> None:
    handlers = Handlers()
    seen: list[Any] = []

    @handlers("http")
    def http(job: Job) -> dict[str, Any]:
        seen.append(dict(job.headers))
        return {"statusCode": 200, "response": '{"id": 7}', "headers": {}}

    connector = """<camunda:connector><camunda:connectorId>http-connector</camunda:connectorId>
        <camunda:inputOutput>
        <camunda:inputParameter name="url">http://shop/${id}</camunda:inputParameter>
        <camunda:inputParameter name="method">POST</camunda:inputParameter>
        <camunda:inputParameter name="payload">text</camunda:inputParameter>
        <camunda:inputParameter name="headers"><camunda:map>
          <camunda:entry key="Accept">text/plain</camunda:entry></camunda:map>
        </camunda:inputParameter>
        <camunda:outputParameter name="status">${statusCode}</camunda:outputParameter>
        </camunda:inputOutput></camunda:connector>"""
    task = f'<serviceTask id="t">{listening(connector)}</serviceTask>'
    done = play(around(task), handlers, id=3)
    assert done.variables == {"id": 3, "status": 200}
    assert seen == [
        {
            "url": "http://shop/3",
            "method": "POST",
            "body": "text",
            "headers": {"Accept": "text/plain"},
            "answer": "flat",
        }
    ]


def test_an_http_task_of_flowable_is_a_job_of_the_http_connector() -> None:
    fields = """<flowable:field name="requestMethod"><flowable:string>GET</flowable:string>
        </flowable:field><flowable:field name="requestUrl"><flowable:expression>http://x/${n}
        </flowable:expression></flowable:field>"""
    task = f'<serviceTask id="t" flowable:type="http">{listening(fields)}</serviceTask>'
    there = Stage(contents={"p.bpmn": document(around(task), attributes=FLOWABLE)})
    going = there.start("p", n=1)
    (job,) = there.engine.jobs().items
    assert job.type == "http"
    assert job.headers["url"] == "http://x/1"
    assert job.headers["result"] == "tResponseBody"
    going.work("http", tResponseBody={"ok": True})
    assert going.variables["tResponseBody"] == {"ok": True}


def test_lists_maps_and_scripts_are_input_parameters() -> None:
    inputs = """<camunda:inputOutput>
        <camunda:inputParameter name="list"><camunda:list><camunda:value>${n}</camunda:value>
          <camunda:script scriptFormat="JavaScript">n * 2</camunda:script></camunda:list>
        </camunda:inputParameter>
        <camunda:inputParameter name="map"><camunda:map>
          <camunda:entry key="a"><camunda:list><camunda:value>x</camunda:value></camunda:list>
          </camunda:entry></camunda:map></camunda:inputParameter>
        <camunda:outputParameter name="all">${list}</camunda:outputParameter>
        <camunda:outputParameter name="map">${map}</camunda:outputParameter>
        </camunda:inputOutput>"""
    done = play(around(f'<task id="t">{listening(inputs)}</task>'), n=4)
    assert done.variables == {"n": 4, "all": [4, 8], "map": {"a": ["x"]}}


def mapping(kind: str, source: str, target: str) -> str:
    return f'<camunda:{kind}Parameter name="{target}">{source}</camunda:{kind}Parameter>'


def test_input_parameters_of_camunda7_do_not_see_each_other() -> None:
    inputs = mapping("input", "1", "a") + mapping("input", "${a}", "b")
    inputs += mapping("output", "${b}", "seen")
    task = (
        f"<task id='t'>{listening(f'<camunda:inputOutput>{inputs}</camunda:inputOutput>')}</task>"
    )
    assert play(around(task), a="outer").variables["seen"] == "outer"


def test_output_parameters_of_camunda7_are_evaluated_when_a_boundary_event_cancels() -> None:
    outputs = listening(
        f"<camunda:inputOutput>{mapping('output', '${1 + 1}', 'two')}</camunda:inputOutput>"
    )
    going = play(
        f"""<startEvent id="s"/> <userTask id="t">{outputs}</userTask> <endEvent id="e"/>
        <boundaryEvent id="b" attachedToRef="t"><timerEventDefinition>
        <timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
        <endEvent id="late"/>
        s -> t -> e
        b -> late"""
    )
    going.stage.advance(hours=1)
    assert going.variables == {"two": 2}


CHILD = """<process id="child" isExecutable="true"><startEvent id="cs"/><userTask id="ct"/>
    <sequenceFlow id="f1" sourceRef="cs" targetRef="ct"/></process>"""


def called(inner: str, dialect: str = CAMUNDA7, key: str | None = "K") -> tuple[Play, Play]:
    call = f'<callActivity id="t" calledElement="child">{listening(inner)}</callActivity>'
    source = document(around(call), CHILD, dialect)
    there = Stage(contents={"p.bpmn": source})
    started = there.engine.start("p", business_key=key)
    return Play(there, started.id), there.instances("child")[0]


def test_without_mappings_nothing_crosses_into_a_called_process_of_camunda7() -> None:
    _, child = called("")
    head = child.stage.engine.instance(child.id).head
    assert head.business_key is None
    assert child.variables == {}


def test_a_missing_source_variable_crosses_as_null() -> None:
    _, child = called('<camunda:in source="nothing" target="x"/>')
    assert child.variables == {"x": None}


def test_the_business_key_crosses_where_the_model_says_so() -> None:
    _, child = called('<camunda:in businessKey="#{execution.processBusinessKey}"/>')
    assert child.stage.engine.instance(child.id).head.business_key == "K"


def test_jobs_have_the_priority_of_their_process() -> None:
    xml = around(topic("", ""))
    source = document(xml, attributes=CAMUNDA7).replace(
        b"<process id='p'", b"<process camunda:jobPriority='7' id='p'"
    )
    there = Stage(contents={"p.bpmn": source})
    there.start("p")
    assert there.engine.jobs().items[0].priority == 7


def test_a_retry_cycle_may_be_computed() -> None:
    cycle = "<camunda:failedJobRetryTimeCycle>${cycle}</camunda:failedJobRetryTimeCycle>"
    going = play(around(topic(cycle)), cycle="R5/PT10S")
    (job,) = going.stage.engine.activate_jobs(["pay"], worker="w")
    assert job.retries == 5


def test_a_thrown_message_is_published_once_under_its_id() -> None:
    publish = '<zeebe:publishMessage correlationKey="=1" messageId="=id" timeToLive="PT1H"/>'
    there = Stage(
        contents={
            "p.bpmn": document(
                f"""<startEvent id="s"/>
                <intermediateThrowEvent id="t"><messageEventDefinition messageRef="M">
                </messageEventDefinition>{listening(publish)}</intermediateThrowEvent>
                <endEvent id="e"/>
                s -> t -> e""".replace(
                    f"</messageEventDefinition>{listening(publish)}",
                    f"{listening(publish)}</messageEventDefinition>",
                ),
                "<message id='M' name='news'/>",
                CAMUNDA8,
            )
        }
    )
    first, again, other = (there.start("p", id=id) for id in ("a", "a", "b"))
    assert [play.state for play in (first, again, other)] == ["completed"] * 3
    kept = there.engine.messages().items
    assert sorted(message.source for message in kept) == [first.id, other.id]


def test_a_skip_expression_counts_where_skipping_is_switched_on() -> None:
    task = '<userTask id="t" flowable:skipExpression="${skip}"/>'
    there = Stage(contents={"p.bpmn": document(around(task), attributes=FLOWABLE)})
    assert there.start("p", skip=True).state == "active"
    switched = {"_FLOWABLE_SKIP_EXPRESSION_ENABLED": True}
    assert there.start("p", switched, skip=True).state == "completed"
