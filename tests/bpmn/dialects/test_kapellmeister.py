"""What our own extensions say, in plain BPMN and beside a vendor's."""

from __future__ import annotations

from bpmn.dialects import Called, Code, Decision, Form, Loop, Settings, VariableMapping, settings_of
from bpmn.dialects.camunda7 import CAMUNDA7
from bpmn.dialects.camunda8 import CAMUNDA8
from bpmn.dialects.plain import PLAIN
from bpmn.model import Task
from tests.bpmn.dialects.kit import element, said


def of(tag: str, attributes: str = "", inner: str = "") -> Settings:
    return said(PLAIN, tag, attributes, inner)


def test_a_task_says_who_does_it_and_how_often_it_is_tried() -> None:
    settings = of(
        "serviceTask",
        "k:jobType='pay' k:retries='=n' k:backoff='PT1M' k:timeout='PT5M' k:retryCycle='R3/PT1S'",
        "<k:header key='a' value='1'/><k:input source='=x' target='y'/>"
        "<k:output source='${z}' target='w'/>",
    )
    assert settings.job_type == Code("literal", "pay")
    assert settings.retries == Code("feel", "n")
    assert (settings.backoff, settings.timeout, settings.retry_cycle) == ("PT1M", "PT5M", "R3/PT1S")
    assert settings.headers == {"a": "1"}
    assert settings.inputs == (VariableMapping(source=Code("feel", "x"), target="y"),)
    assert settings.outputs == (VariableMapping(source=Code("juel", "${z}"), target="w"),)


def test_an_end_says_what_it_counts_as() -> None:
    settings = of("endEvent", "k:outcome='failed' k:reason='TOO_LATE'")
    assert (settings.outcome, settings.reason) == ("failed", "TOO_LATE")


def test_forms_decisions_and_loops_are_attributes() -> None:
    assert of("userTask", "k:formKey='f'").form == Form(key="f")
    decided = of("businessRuleTask", "k:decision='d' k:resultVariable='r'").decision
    assert decided == Decision(id=Code("literal", "d"), result_variable="r")
    task = element(
        "<task id='e'><multiInstanceLoopCharacteristics k:collection='=xs' k:elementVariable='x'/>"
        "</task>"
    )
    assert isinstance(task, Task)
    assert task.loop_characteristics is not None
    assert settings_of(task.loop_characteristics, PLAIN).loop == Loop(
        collection=Code("feel", "xs"), element_variable="x"
    )


def test_a_call_lets_everything_cross_unless_it_says_no() -> None:
    assert of("callActivity").called is None
    assert of("callActivity", "k:propagateAllOut='false' k:businessKey='=k'").called == Called(
        business_key=Code("feel", "k"), propagate_all_in=True
    )


def test_ours_win_over_a_vendors() -> None:
    settings = said(
        CAMUNDA8,
        "serviceTask",
        "k:retries='9' k:backoff='PT1S'",
        "<zeebe:taskDefinition type='a' retries='3'/>",
    )
    assert settings.job_type == Code("literal", "a")
    assert settings.retries == Code("literal", "9")
    assert settings.backoff == "PT1S"


def test_ours_add_to_a_vendors() -> None:
    settings = said(
        CAMUNDA7,
        "callActivity",
        "k:propagateAllIn='true'",
        "<camunda:out source='a' target='b'/><k:input source='=1' target='c'/>",
    )
    assert settings.called is not None
    assert settings.called.propagate_all_in
    assert len(settings.called.out_mappings) == 1
    assert [mapping.target for mapping in settings.inputs] == ["c"]
