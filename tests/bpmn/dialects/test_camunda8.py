"""What Camunda 8's models say."""

from __future__ import annotations

import pytest

from bpmn.dialects import (
    Called,
    Code,
    Condition,
    Decision,
    Form,
    Listener,
    Loop,
    Publication,
    Settings,
    VariableMapping,
    settings_of,
)
from bpmn.dialects.camunda8 import CAMUNDA8
from bpmn.model import Message, MultiInstanceLoopCharacteristics, Process, ServiceTask
from tests.bpmn.dialects.kit import element, said
from tests.bpmn.kit import given

FEEL = "feel"
LITERAL = "literal"


def of(tag: str, inner: str, attributes: str = "") -> Settings:
    return said(CAMUNDA8, tag, attributes, inner)


def test_a_task_definition_is_a_job() -> None:
    settings = of("serviceTask", '<zeebe:taskDefinition type="pay" retries="= tries + 1"/>')
    assert settings.job_type == Code(LITERAL, "pay")
    assert settings.retries == Code(FEEL, "tries + 1")


def test_headers_are_constants_and_three_of_them_are_the_policy() -> None:
    settings = of(
        "serviceTask",
        "<zeebe:taskHeaders><zeebe:header key='a' value='=1'/>"
        "<zeebe:header key='retryBackoff' value='PT1M'/><zeebe:header key='timeout' value='PT5M'/>"
        "<zeebe:header key='retryCycle' value='R3/PT10S'/></zeebe:taskHeaders>",
    )
    assert settings.headers["a"] == "=1"
    assert (settings.backoff, settings.timeout) == ("PT1M", "PT5M")
    assert settings.retry_cycle == "R3/PT10S"


def test_mappings_keep_their_order() -> None:
    settings = of(
        "serviceTask",
        "<zeebe:ioMapping><zeebe:input source='=a.b' target='x'/><zeebe:output source='=r'"
        " target='order.id'/><zeebe:input source='fixed' target='y'/></zeebe:ioMapping>",
    )
    assert settings.inputs == (
        VariableMapping(source=Code(FEEL, "a.b"), target="x"),
        VariableMapping(source=Code(LITERAL, "fixed"), target="y"),
    )
    assert settings.outputs == (VariableMapping(source=Code(FEEL, "r"), target="order.id"),)


def test_a_user_task_says_who_until_when_and_with_which_form() -> None:
    settings = of(
        "userTask",
        "<zeebe:userTask/><zeebe:assignmentDefinition assignee='= who' candidateGroups='a,b'/>"
        "<zeebe:taskSchedule dueDate='=due' followUpDate='2030-01-01T00:00:00Z'/>"
        "<zeebe:priorityDefinition priority='70'/>"
        "<zeebe:formDefinition formId='f' bindingType='deployment'/>",
    )
    assert settings.assignee == Code(FEEL, "who")
    assert settings.candidate_groups == Code(LITERAL, "a,b")
    assert settings.candidate_users is None
    assert settings.due_date == Code(FEEL, "due")
    assert settings.follow_up_date == Code(LITERAL, "2030-01-01T00:00:00Z")
    assert settings.priority == Code(LITERAL, "70")
    assert settings.form == Form(id="f", binding="deployment")


def test_a_process_carries_its_forms_and_its_version_tag() -> None:
    (process,) = given(
        "<extensionElements><zeebe:userTaskForm id='f'>{}</zeebe:userTaskForm>"
        "<zeebe:versionTag value='1.2'/></extensionElements>"
    ).root_elements
    settings = settings_of(process, CAMUNDA8)
    assert settings.forms == {"f": "{}"}
    assert settings.version_tag == "1.2"


@pytest.mark.parametrize(
    ("attributes", "called"),
    [
        (
            "processId='q'",
            Called(process=Code(LITERAL, "q"), propagate_all_in=True, propagate_all_out=True),
        ),
        (
            "processId='=&quot;q&quot; + x' propagateAllChildVariables='false'"
            " propagateAllParentVariables='false' bindingType='versionTag' versionTag='v1'",
            Called(process=Code(FEEL, '"q" + x'), binding="versionTag", version_tag="v1"),
        ),
    ],
)
def test_a_called_element_says_who_is_called_and_what_crosses(
    attributes: str, called: Called
) -> None:
    assert of("callActivity", f"<zeebe:calledElement {attributes}/>").called == called


def test_a_call_without_extension_lets_everything_cross() -> None:
    everything = Called(propagate_all_in=True, propagate_all_out=True)
    assert said(CAMUNDA8, "callActivity").called == everything
    assert of("callActivity", "<zeebe:ioMapping/>").called == everything


def test_a_loop_says_over_what() -> None:
    task = element(
        "<serviceTask id='e'><multiInstanceLoopCharacteristics><extensionElements>"
        "<zeebe:loopCharacteristics inputCollection='=items' inputElement='item'"
        " outputCollection='results' outputElement='=result'/></extensionElements>"
        "</multiInstanceLoopCharacteristics></serviceTask>"
    )
    assert isinstance(task, ServiceTask)
    assert isinstance(task.loop_characteristics, MultiInstanceLoopCharacteristics)
    assert settings_of(task.loop_characteristics, CAMUNDA8).loop == Loop(
        collection=Code(FEEL, "items"),
        element_variable="item",
        output_collection="results",
        output_element=Code(FEEL, "result"),
    )


def test_an_ad_hoc_sub_process_says_what_is_active() -> None:
    settings = of("adHocSubProcess", "<zeebe:adHoc activeElementsCollection='=[&quot;a&quot;]'/>")
    assert settings.loop == Loop(collection=Code(FEEL, '["a"]'))


def test_a_decision_has_a_result() -> None:
    settings = of("businessRuleTask", "<zeebe:calledDecision decisionId='d' resultVariable='r'/>")
    assert settings.decision == Decision(id=Code(LITERAL, "d"), result_variable="r")


def test_a_script_is_feel() -> None:
    settings = of("scriptTask", "<zeebe:script expression='= 1 + 1' resultVariable='two'/>")
    assert (settings.script, settings.result_variable) == (Code(FEEL, "1 + 1"), "two")


def test_a_message_has_a_correlation_key() -> None:
    definitions = given(
        "",
        roots="<message id='m'><extensionElements>"
        "<zeebe:subscription correlationKey='=orderId'/></extensionElements></message>",
    )
    message = definitions.root_elements[1]
    assert isinstance(message, Message)
    assert settings_of(message, CAMUNDA8).correlation_key == Code(FEEL, "orderId")


def test_listeners_are_jobs() -> None:
    settings = of(
        "userTask",
        "<zeebe:executionListeners><zeebe:executionListener eventType='start' type='a'/>"
        "</zeebe:executionListeners><zeebe:taskListeners>"
        "<zeebe:taskListener eventType='completing' type='b' retries='2'/></zeebe:taskListeners>",
    )
    assert settings.listeners == (
        Listener(kind="execution", event="start", job_type=Code(LITERAL, "a")),
        Listener(
            kind="task", event="complete", job_type=Code(LITERAL, "b"), retries=Code(LITERAL, "2")
        ),
    )


def test_events_say_what_is_published_and_watched() -> None:
    publication = "<zeebe:publishMessage correlationKey='=k' messageId='i' timeToLive='=t'/>"
    assert of("intermediateThrowEvent", publication).publication == Publication(
        correlation_key=Code(FEEL, "k"), message_id=Code(LITERAL, "i"), time_to_live=Code(FEEL, "t")
    )
    watched = "<zeebe:conditionalFilter variableNames='a, b' variableEvents='update'/>"
    assert of("startEvent", watched).condition == Condition(
        variables=("a", "b"), changes=("update",)
    )


def test_properties_are_kept() -> None:
    inner = "<zeebe:properties><zeebe:property name='a' value='b'/></zeebe:properties>"
    assert of("task", inner).properties == {"a": "b"}


def test_another_vendors_extensions_say_nothing_here() -> None:
    assert said(CAMUNDA8, "serviceTask", "camunda:topic='x' camunda:type='external'") == Settings()


def test_a_process_is_no_flow_element() -> None:
    (process,) = given("").root_elements
    assert isinstance(process, Process)
    assert settings_of(process, CAMUNDA8) == Settings()
