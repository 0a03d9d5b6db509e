"""What Camunda 7's and Operaton's models say."""

from __future__ import annotations

import pytest

from bpmn.dialects import (
    Called,
    Code,
    Condition,
    Connector,
    Decision,
    Delegate,
    ErrorMapping,
    Field,
    Form,
    FormField,
    Listener,
    Loop,
    Settings,
    VariableMapping,
    settings_of,
)
from bpmn.dialects.camunda7 import CAMUNDA7
from bpmn.model import CatchEvent, Error, ServiceTask, ThrowEvent
from tests.bpmn.dialects.kit import element, said
from tests.bpmn.kit import given


def of(tag: str, attributes: str = "", inner: str = "") -> Settings:
    return said(CAMUNDA7, tag, attributes, inner)


def juel(text: str) -> Code:
    return Code("juel", f"${{{text}}}")


def literal(text: str) -> Code:
    return Code("literal", text)


@pytest.mark.parametrize("vendor", ["camunda", "operaton"])
def test_an_external_task_is_a_job_of_its_topic(vendor: str) -> None:
    settings = of("serviceTask", f"{vendor}:type='external' {vendor}:topic='${{t}}'")
    assert settings.job_type == juel("t")
    assert settings.delegate is None


@pytest.mark.parametrize(
    ("attributes", "kind", "job_type"),
    [
        ("camunda:class='com.acme.Pay'", "class", literal("com.acme.Pay")),
        ("camunda:delegateExpression='${ payer }'", "delegateExpression", literal("payer")),
        ("camunda:expression='${payer.pay(order)}'", "expression", None),
        ("camunda:type='mail'", "type", literal("mail")),
    ],
)
def test_code_of_the_application_is_named(
    attributes: str, kind: str, job_type: Code | None
) -> None:
    settings = of("serviceTask", attributes)
    assert settings.delegate is not None
    assert settings.delegate.kind == kind
    assert settings.job_type == job_type


def test_fields_go_to_the_delegate() -> None:
    settings = of(
        "serviceTask",
        "camunda:class='a.B'",
        "<camunda:field name='x' stringValue='1'/>"
        "<camunda:field name='y'><camunda:expression>${z}</camunda:expression></camunda:field>",
    )
    assert settings.delegate == Delegate(
        kind="class",
        code=literal("a.B"),
        fields=(Field(name="x", value=literal("1")), Field(name="y", value=juel("z"))),
    )


def test_transactions_end_where_it_says() -> None:
    assert of("task", "camunda:asyncBefore='true'").async_before
    assert of("task", "camunda:async='true'").async_before
    settings = of("task", "camunda:asyncAfter='true' camunda:exclusive='false'")
    assert (settings.async_before, settings.async_after) == (False, True)


def test_a_retry_cycle_is_kept_as_it_is_written() -> None:
    inner = "<camunda:failedJobRetryTimeCycle> PT1M,PT5M </camunda:failedJobRetryTimeCycle>"
    assert of("serviceTask", inner=inner).retry_cycle == "PT1M,PT5M"


def test_parameters_are_texts_expressions_scripts_lists_and_maps() -> None:
    settings = of(
        "serviceTask",
        "",
        "<camunda:inputOutput>"
        "<camunda:inputParameter name='a'>1</camunda:inputParameter>"
        "<camunda:inputParameter name='b'>Dear ${name}</camunda:inputParameter>"
        "<camunda:inputParameter name='c'><camunda:script scriptFormat='Groovy'>x</camunda:script>"
        "</camunda:inputParameter>"
        "<camunda:inputParameter name='d'><camunda:list><camunda:value>1</camunda:value>"
        "<camunda:value>${e}</camunda:value></camunda:list></camunda:inputParameter>"
        "<camunda:inputParameter name='f'/>"
        "<camunda:outputParameter name='g'><camunda:map><camunda:entry key='k'>v</camunda:entry>"
        "<camunda:entry key='l'><camunda:list/></camunda:entry></camunda:map>"
        "</camunda:outputParameter></camunda:inputOutput>",
    )
    assert settings.inputs == (
        VariableMapping(source=literal("1"), target="a"),
        VariableMapping(source=Code("juel", "Dear ${name}"), target="b"),
        VariableMapping(source=Code("groovy", "x"), target="c"),
        VariableMapping(
            source=Code("composite", '["list", ["literal", "1"], ["juel", "${e}"]]'), target="d"
        ),
        VariableMapping(source=literal(""), target="f"),
    )
    (output,) = settings.outputs
    assert output.source == Code("composite", '["map", ["k", ["literal", "v"]], ["l", ["list"]]]')


def test_nothing_crosses_a_call_without_mappings() -> None:
    assert of("callActivity").called == Called()
    assert of("callActivity", "camunda:asyncBefore='true'").called == Called()


def test_a_call_says_what_crosses() -> None:
    settings = of(
        "callActivity",
        "camunda:calledElementBinding='version' camunda:calledElementVersion='${v}'",
        "<camunda:in businessKey='#{execution.processBusinessKey}'/><camunda:in variables='all'/>"
        "<camunda:in source='a' target='b'/><camunda:in sourceExpression='${c + 1}' target='d'/>"
        "<camunda:out source='e' target='f' local='true'/>",
    )
    assert settings.called == Called(
        binding="version",
        version="${v}",
        business_key=Code("juel", "#{execution.processBusinessKey}"),
        propagate_all_in=True,
        in_mappings=(
            VariableMapping(source=Code("variable", "a"), target="b"),
            VariableMapping(source=juel("c + 1"), target="d"),
        ),
        out_mappings=(VariableMapping(source=Code("variable", "e"), target="f"),),
    )


def test_a_thrown_signal_carries_what_it_says() -> None:
    event = element(
        "<intermediateThrowEvent id='e'><signalEventDefinition><extensionElements>"
        "<camunda:in source='a' target='b'/><camunda:in variables='all'/></extensionElements>"
        "</signalEventDefinition></intermediateThrowEvent>"
    )
    assert isinstance(event, ThrowEvent)
    settings = settings_of(event.event_definitions[0], CAMUNDA7)
    assert settings.inputs == (VariableMapping(source=Code("variable", "a"), target="b"),)
    assert settings.propagate_all_in
    assert settings.called is None


def test_a_user_task_says_who_until_when_and_how_urgent() -> None:
    settings = of(
        "userTask",
        "camunda:assignee='${who}' camunda:candidateGroups='a, b' camunda:candidateUsers='c'"
        " camunda:dueDate='${due}' camunda:followUpDate='2030-01-01' camunda:priority='70'",
    )
    assert settings.assignee == juel("who")
    assert settings.candidate_groups == literal("a, b")
    assert settings.candidate_users == literal("c")
    assert settings.due_date == juel("due")
    assert settings.follow_up_date == literal("2030-01-01")
    assert settings.priority == literal("70")


def test_the_priority_of_a_job_is_no_user_tasks() -> None:
    assert of("serviceTask", "camunda:jobPriority='5'").priority == literal("5")
    assert of("serviceTask", "camunda:taskPriority='6' camunda:jobPriority='5'").priority == (
        literal("6")
    )
    assert of("userTask", "camunda:jobPriority='5'").priority is None


def test_a_form_is_named_or_described() -> None:
    assert of("userTask", "camunda:formKey='embedded:x'").form == Form(key="embedded:x")
    stated = "camunda:formRef='f' camunda:formRefBinding='version' camunda:formRefVersion='3'"
    named = of("startEvent", stated)
    assert named.form == Form(id="f", binding="version", version="3")
    described = of(
        "userTask",
        "",
        "<camunda:formData businessKey='n'><camunda:formField id='n' label='Name' type='string'"
        " defaultValue='${x}'><camunda:validation><camunda:constraint name='required'/>"
        "<camunda:constraint name='maxlength' config='9'/></camunda:validation>"
        "<camunda:properties><camunda:property id='w' value='2'/></camunda:properties>"
        "</camunda:formField><camunda:formField id='c' type='enum'>"
        "<camunda:value id='r' name='Red'/></camunda:formField></camunda:formData>",
    )
    assert described.form == Form(
        business_key="n",
        fields=(
            FormField(
                id="n",
                label="Name",
                default=juel("x"),
                is_required=True,
                constraints={"required": "", "maxlength": "9"},
                properties={"w": "2"},
            ),
            FormField(id="c", type="enum", options=(("r", "Red"),)),
        ),
    )


def test_a_form_of_the_older_kind_is_a_form() -> None:
    inner = (
        "<camunda:formProperty id='a' name='A' type='long' required='true' variable='v'/>"
        "<camunda:formProperty id='b' readable='false' writable='false'/>"
    )
    assert of("startEvent", "camunda:initiator='who'", inner).form == Form(
        fields=(
            FormField(id="a", label="A", type="long", is_required=True, variable="v"),
            FormField(id="b", is_readable=False, is_writable=False),
        )
    )


def test_a_decision_says_which_and_how_its_result_is_mapped() -> None:
    settings = of(
        "businessRuleTask",
        "camunda:decisionRef='d' camunda:decisionRefBinding='deployment'"
        " camunda:mapDecisionResult='singleEntry' camunda:resultVariable='r'",
    )
    assert settings.decision == Decision(
        id=literal("d"),
        binding="deployment",
        result_variable="r",
        map_decision_result="singleEntry",
    )


def test_a_collection_is_a_variable_or_an_expression() -> None:
    for stated, expected in (("items", juel("items")), ("${a.b}", juel("a.b"))):
        task = element(
            "<serviceTask id='e'><multiInstanceLoopCharacteristics"
            f" camunda:collection='{stated}' camunda:elementVariable='item'/></serviceTask>"
        )
        assert isinstance(task, ServiceTask)
        assert task.loop_characteristics is not None
        settings = settings_of(task.loop_characteristics, CAMUNDA7)
        assert settings.loop == Loop(collection=expected, element_variable="item")


def test_an_error_event_says_where_code_and_message_go() -> None:
    event = element(
        "<boundaryEvent id='e' attachedToRef='x'><errorEventDefinition"
        " camunda:errorCodeVariable='c' camunda:errorMessageVariable='m'/></boundaryEvent>"
    )
    assert isinstance(event, CatchEvent)
    settings = settings_of(event.event_definitions[0], CAMUNDA7)
    assert (settings.error_code_variable, settings.error_message_variable) == ("c", "m")
    error = given("", roots="<error id='x' camunda:errorMessage='${why}'/>").root_elements[1]
    assert isinstance(error, Error)
    assert settings_of(error, CAMUNDA7).error_message == juel("why")


def test_a_failure_may_count_as_an_error() -> None:
    inner = "<camunda:errorEventDefinition errorRef='x' expression='${error.code == 1}'/>"
    assert of("serviceTask", inner=inner).error_mappings == (
        ErrorMapping(condition=juel("error.code == 1"), error_ref="x"),
    )


def test_a_condition_says_what_it_watches() -> None:
    event = element(
        "<startEvent id='e'><conditionalEventDefinition camunda:variableName='a'"
        " camunda:variableEvents='create, update'/></startEvent>"
    )
    assert isinstance(event, CatchEvent)
    settings = settings_of(event.event_definitions[0], CAMUNDA7)
    assert settings.condition == Condition(variables=("a",), changes=("create", "update"))


def test_a_process_says_who_starts_it_and_how_long_it_is_kept() -> None:
    (process,) = given("<extensionElements/>").root_elements
    assert settings_of(process, CAMUNDA7) == Settings()
    stated = (
        "camunda:versionTag='1' camunda:historyTimeToLive='P5D'"
        " camunda:candidateStarterGroups='g' camunda:isStartableInTasklist='false'"
    )
    source = given("", roots=f"<process id='q' {stated}/>")
    settings = settings_of(source.root_elements[1], CAMUNDA7)
    assert (settings.version_tag, settings.history_ttl) == ("1", "P5D")
    assert not settings.is_startable


def test_listeners_name_code_or_hold_a_script() -> None:
    settings = of(
        "userTask",
        "",
        "<camunda:executionListener event='end' delegateExpression='${audit}'>"
        "<camunda:field name='x'><camunda:string>1</camunda:string></camunda:field>"
        "</camunda:executionListener><camunda:taskListener event='create' id='l'>"
        "<camunda:script scriptFormat='javascript'>1;</camunda:script></camunda:taskListener>",
    )
    audit, script = settings.listeners
    assert (audit.kind, audit.event, audit.job_type) == ("execution", "end", literal("audit"))
    assert audit.delegate is not None
    assert audit.delegate.fields == (Field(name="x", value=literal("1")),)
    assert script == Listener(kind="task", event="create", id="l", script=Code("javascript", "1;"))


def test_a_connector_is_a_job_of_its_name() -> None:
    settings = of(
        "serviceTask",
        "",
        "<camunda:connector><camunda:connectorId>http-connector</camunda:connectorId>"
        "<camunda:inputOutput><camunda:inputParameter name='url'>http://x</camunda:inputParameter>"
        "</camunda:inputOutput></camunda:connector>",
    )
    assert settings.job_type == literal("http")
    assert settings.connector == Connector(
        id="http",
        inputs=(
            VariableMapping(source=literal("http://x"), target="url"),
            VariableMapping(source=literal("flat"), target="answer"),
        ),
    )
