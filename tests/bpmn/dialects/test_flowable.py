"""What Flowable's and Activiti's models say, where they differ from Camunda 7's."""

from __future__ import annotations

import pytest

from bpmn.dialects import Called, Code, Decision, ErrorMapping, Loop, Settings, settings_of
from bpmn.dialects.flowable import FLOWABLE
from bpmn.model import Task
from tests.bpmn.dialects.kit import element, said


def of(tag: str, attributes: str = "", inner: str = "") -> Settings:
    return said(FLOWABLE, tag, attributes, inner)


@pytest.mark.parametrize("vendor", ["flowable", "activiti"])
def test_a_class_is_a_job_of_its_name(vendor: str) -> None:
    settings = of("serviceTask", f"{vendor}:class='a.B' {vendor}:resultVariableName='r'")
    assert settings.job_type == Code("literal", "a.B")
    assert settings.result_variable == "r"


def test_an_external_worker_is_a_job_of_its_topic() -> None:
    settings = of("serviceTask", "flowable:type='external-worker' flowable:topic='pay'")
    assert settings.job_type == Code("literal", "pay")


def test_a_decision_is_a_service_task_whose_fields_name_it() -> None:
    settings = of(
        "serviceTask",
        "flowable:type='dmn'",
        "<flowable:field name='decisionTableReferenceKey'><flowable:string><![CDATA[d]]>"
        "</flowable:string></flowable:field>"
        "<flowable:field name='sameDeployment' stringValue='true'/>",
    )
    assert settings.decision == Decision(id=Code("literal", "d"), binding="deployment")
    assert settings.job_type is None


def test_another_built_in_task_is_a_job_of_its_kind() -> None:
    settings = of(
        "serviceTask",
        "flowable:type='http'",
        "<flowable:field name='requestUrl' expression='${url}'/>",
    )
    assert settings.job_type == Code("literal", "http")
    assert settings.delegate is not None
    assert settings.delegate.fields[0].value == Code("juel", "${url}")


def test_a_call_may_inherit_variables_and_business_key() -> None:
    assert of("callActivity").called == Called()
    settings = of(
        "callActivity",
        "flowable:inheritVariables='true' flowable:inheritBusinessKey='true'"
        " flowable:sameDeployment='true' flowable:businessKey='${k}'",
    )
    assert settings.called == Called(
        binding="deployment",
        business_key=Code("juel", "${k}"),
        inherits_business_key=True,
        propagate_all_in=True,
    )


def test_a_loop_names_its_counter() -> None:
    task = element(
        "<task id='e'><multiInstanceLoopCharacteristics flowable:collection='${xs}'"
        " flowable:elementVariable='x' flowable:elementIndexVariable='i'/></task>"
    )
    assert isinstance(task, Task)
    assert task.loop_characteristics is not None
    assert settings_of(task.loop_characteristics, FLOWABLE).loop == Loop(
        collection=Code("juel", "${xs}"), element_variable="x", index_variable="i"
    )


def test_an_exception_may_count_as_an_error() -> None:
    inner = "<flowable:mapException errorCode='e1'>a.B</flowable:mapException>"
    assert of("serviceTask", inner=inner).error_mappings == (
        ErrorMapping(error_code="e1", exception="a.B"),
    )


def test_a_task_may_be_skipped_and_left_later() -> None:
    settings = of("userTask", "flowable:skipExpression='${no}' flowable:asyncLeave='true'")
    assert settings.skip_condition == Code("juel", "${no}")
    assert settings.async_after
