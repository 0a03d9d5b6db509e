"""Camunda 8: the `zeebe` extensions."""

from __future__ import annotations

from typing import Any, cast

from bpmn.dialects.dialect import Dialect
from bpmn.dialects.extensions import all_named, pairs, set_text, stated, texts
from bpmn.dialects.inside import CAMUNDA8 as INSIDE
from bpmn.dialects.neutral import (
    Binding,
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
)
from bpmn.dialects.register import executed, executed_inside, passed_over
from bpmn.model import BaseElement, CallActivity, Foreign

__all__ = ["CAMUNDA8", "ZEEBE"]

ZEEBE = "http://camunda.org/schema/zeebe/1.0"


def code(text: str | None) -> Code | None:
    """FEEL after `=`, a constant otherwise; None for nothing."""
    if not text:
        return None
    if text.startswith("="):
        return Code("feel", text[1:].strip())
    return Code("literal", text)


def _translate(element: BaseElement) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for node in element.extension_elements:
        if node.namespace == ZEEBE and (reader := _READERS.get(node.name)):
            reader(node, fields)
    if isinstance(element, CallActivity) and "called" not in fields:
        fields["called"] = Called(propagate_all_in=True, propagate_all_out=True)
    return fields


def _task_definition(node: Foreign, fields: dict[str, Any]) -> None:
    fields["job_type"] = code(node.attributes.get("type"))
    fields["retries"] = code(node.attributes.get("retries"))


def _task_headers(node: Foreign, fields: dict[str, Any]) -> None:
    headers = pairs(node, "header", "key", "value")
    fields["headers"] = headers
    for header, field in _POLICY_HEADERS.items():
        if headers.get(header):
            fields[field] = headers[header]


_POLICY_HEADERS = {"retryBackoff": "backoff", "retryCycle": "retry_cycle", "timeout": "timeout"}
"""Headers that say what the schema of the extensions has no place for."""


def _io_mapping(node: Foreign, fields: dict[str, Any]) -> None:
    fields["inputs"] = _mappings(node, "input")
    fields["outputs"] = _mappings(node, "output")


def _mappings(node: Foreign, name: str) -> tuple[VariableMapping, ...]:
    return tuple(
        VariableMapping(
            source=code(child.attributes.get("source")) or Code("literal", ""),
            target=child.attributes.get("target", ""),
        )
        for child in all_named(node, name)
    )


def _assignment(node: Foreign, fields: dict[str, Any]) -> None:
    for name, field in (
        ("assignee", "assignee"),
        ("candidateUsers", "candidate_users"),
        ("candidateGroups", "candidate_groups"),
    ):
        fields[field] = code(node.attributes.get(name))


def _schedule(node: Foreign, fields: dict[str, Any]) -> None:
    fields["due_date"] = code(node.attributes.get("dueDate"))
    fields["follow_up_date"] = code(node.attributes.get("followUpDate"))


def _priority(node: Foreign, fields: dict[str, Any]) -> None:
    fields["priority"] = code(node.attributes.get("priority"))


def _form(node: Foreign, fields: dict[str, Any]) -> None:
    fields["form"] = Form(
        key=node.attributes.get("formKey"),
        id=node.attributes.get("formId"),
        reference=node.attributes.get("externalReference"),
        binding=_binding(node),
        version_tag=node.attributes.get("versionTag"),
    )


def _embedded_form(node: Foreign, fields: dict[str, Any]) -> None:
    forms = fields.setdefault("forms", {})
    forms[node.attributes.get("id", "")] = node.text.strip()


def _called_element(node: Foreign, fields: dict[str, Any]) -> None:
    fields["called"] = Called(
        process=code(node.attributes.get("processId"))
        or code(node.attributes.get("processIdExpression")),
        binding=_binding(node),
        version_tag=node.attributes.get("versionTag"),
        business_key=code(node.attributes.get("businessId")),
        propagate_all_in=stated(node.attributes, "propagateAllParentVariables", default=True),
        propagate_all_out=stated(node.attributes, "propagateAllChildVariables", default=True),
    )


def _called_decision(node: Foreign, fields: dict[str, Any]) -> None:
    result = node.attributes.get("resultVariable")
    fields["decision"] = Decision(
        id=code(node.attributes.get("decisionId")) or Code("literal", ""),
        binding=_binding(node),
        version_tag=node.attributes.get("versionTag"),
        result_variable=result,
    )
    fields["result_variable"] = result


def _binding(node: Foreign) -> Binding:
    binding = node.attributes.get("bindingType", "latest")
    return cast(Binding, binding) if binding in ("deployment", "versionTag") else "latest"


def _loop(node: Foreign, fields: dict[str, Any]) -> None:
    fields["loop"] = Loop(
        collection=code(node.attributes.get("inputCollection")),
        element_variable=node.attributes.get("inputElement") or None,
        output_collection=node.attributes.get("outputCollection") or None,
        output_element=code(node.attributes.get("outputElement")),
    )


def _ad_hoc(node: Foreign, fields: dict[str, Any]) -> None:
    fields["loop"] = Loop(
        collection=code(node.attributes.get("activeElementsCollection")),
        output_collection=node.attributes.get("outputCollection") or None,
        output_element=code(node.attributes.get("outputElement")),
    )


def _script(node: Foreign, fields: dict[str, Any]) -> None:
    fields["script"] = code(node.attributes.get("expression"))
    set_text(fields, "result_variable", node.attributes.get("resultVariable"))


def _subscription(node: Foreign, fields: dict[str, Any]) -> None:
    fields["correlation_key"] = code(node.attributes.get("correlationKey"))


def _publication(node: Foreign, fields: dict[str, Any]) -> None:
    fields["publication"] = Publication(
        correlation_key=code(node.attributes.get("correlationKey")),
        message_id=code(node.attributes.get("messageId")),
        time_to_live=code(node.attributes.get("timeToLive")),
    )


def _condition(node: Foreign, fields: dict[str, Any]) -> None:
    fields["condition"] = Condition(
        variables=texts(node.attributes.get("variableNames")),
        changes=texts(node.attributes.get("variableEvents")),
    )


def _execution_listeners(node: Foreign, fields: dict[str, Any]) -> None:
    _listeners(node, fields, "executionListener")


def _task_listeners(node: Foreign, fields: dict[str, Any]) -> None:
    _listeners(node, fields, "taskListener")


_TASK_EVENTS = {"assigning": "assignment", "completing": "complete", "creating": "create"}


def _listeners(node: Foreign, fields: dict[str, Any], name: str) -> None:
    is_task = name == "taskListener"
    fields["listeners"] = fields.get("listeners", ()) + tuple(
        Listener(
            kind="task" if is_task else "execution",
            event=_TASK_EVENTS.get(child.attributes.get("eventType", ""))
            or child.attributes.get("eventType", ""),
            job_type=code(child.attributes.get("type")),
            retries=code(child.attributes.get("retries")),
        )
        for child in all_named(node, name)
    )


def _version_tag(node: Foreign, fields: dict[str, Any]) -> None:
    set_text(fields, "version_tag", node.attributes.get("value"))


def _properties(node: Foreign, fields: dict[str, Any]) -> None:
    fields["properties"] = pairs(node, "property", "name", "value")


_READERS = {
    "adHoc": _ad_hoc,
    "assignmentDefinition": _assignment,
    "calledDecision": _called_decision,
    "calledElement": _called_element,
    "conditionalFilter": _condition,
    "executionListeners": _execution_listeners,
    "formDefinition": _form,
    "ioMapping": _io_mapping,
    "jobPriorityDefinition": _priority,
    "loopCharacteristics": _loop,
    "priorityDefinition": _priority,
    "properties": _properties,
    "publishMessage": _publication,
    "script": _script,
    "subscription": _subscription,
    "taskDefinition": _task_definition,
    "taskHeaders": _task_headers,
    "taskListeners": _task_listeners,
    "taskSchedule": _schedule,
    "userTaskForm": _embedded_form,
    "versionTag": _version_tag,
}

_REGISTER = (
    *executed(
        {
            "adHoc": "loop",
            "assignmentDefinition": "assignee candidate_groups candidate_users",
            "calledDecision": "decision result_variable",
            "calledElement": "called",
            "conditionalFilter": "condition",
            "executionListeners": "listeners",
            "formDefinition": "form",
            "ioMapping": "inputs outputs",
            "jobPriorityDefinition": "priority",
            "loopCharacteristics": "loop",
            "priorityDefinition": "priority",
            "publishMessage": "publication",
            "script": "script result_variable",
            "subscription": "correlation_key",
            "taskDefinition": "job_type retries",
            "taskHeaders": "headers backoff retry_cycle timeout",
            "taskListeners": "listeners",
            "taskSchedule": "due_date follow_up_date",
            "userTaskForm": "forms",
            "versionTag": "version_tag",
        }
    ),
    *executed_inside(INSIDE),
    *passed_over(
        "ignored",
        "executionListener/taskHeaders",
        "a listener's job tells its event and its element",
    ),
    *passed_over(
        "ignored",
        "executionListener/@eventType=cancel taskListener/@eventType=canceling",
        "what is cancelled is gone before a worker could hear of it",
    ),
    *passed_over(
        "ignored",
        "header/@id properties/property property/@name property/@value @retryCounter"
        " input/@modelerConfigurationTemplate input/@modelerConfigurationName"
        " property/@modelerConfigurationTemplate property/@modelerConfigurationName",
        "for the modelling tool",
    ),
    *passed_over(
        "ignored",
        "linkedResources/linkedResource linkedResource/@resourceId linkedResource/@resourceType"
        " linkedResource/@linkName linkedResource/@bindingType linkedResource/@versionTag",
        "a worker reads its resources itself",
    ),
    *passed_over("ignored", "agentDefinition/@agentType", "a worker is the agent"),
    *executed({"userTask": ""}, "every user task is the engine's own"),
    *passed_over("ignored", "properties", "kept and shown, without a meaning of their own"),
    *passed_over(
        "ignored",
        "@modelerTemplate @modelerTemplateVersion @modelerTemplateIcon",
        "for the modelling tool",
    ),
    *passed_over("ignored", "linkedResources", "a worker reads its resources itself"),
    *passed_over("ignored", "agentDefinition", "a worker is the agent"),
)

CAMUNDA8 = Dialect(
    name="camunda8",
    title="Camunda 8",
    namespaces={ZEEBE: "zeebe"},
    translate=_translate,
    defaults={CallActivity: Settings(called=Called(propagate_all_in=True, propagate_all_out=True))},
    register=_REGISTER,
    expression_language="feel",
    first_loop_counter=1,
)
