"""What Camunda 7, Operaton, Flowable and Activiti have in common: one vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from bpmn.dialects.extensions import set_text, stated, texts
from bpmn.dialects.neutral import (
    Binding,
    Code,
    Condition,
    Decision,
    Delegate,
    Field,
    Form,
    Loop,
)
from bpmn.dialects.register import passed_over
from bpmn.model import (
    BaseElement,
    BusinessRuleTask,
    MultiInstanceLoopCharacteristics,
    UserTask,
)

__all__ = [
    "FAMILY_PASSED_OVER",
    "SHARED",
    "Attributes",
    "called_of",
    "code",
    "delegate_of",
    "own_attributes",
    "translate_attributes",
]

Attributes = Mapping[str, str]
"""The vendor's attributes of an element, by plain name."""


def code(text: str | None) -> Code | None:
    """JUEL where the text has `${` or `#{`, a constant otherwise; None for nothing."""
    if text is None or not text.strip():
        return None
    if "${" in text or "#{" in text:
        return Code("juel", text.strip())
    return Code("literal", text.strip())


def own_attributes(element: BaseElement, namespaces: Mapping[str, str]) -> dict[str, str]:
    """The element's attributes of these namespaces."""
    found: dict[str, str] = {}
    for key, value in element.foreign_attributes.items():
        namespace, _, name = key[1:].rpartition("}")
        if namespace in namespaces:
            found[name] = value
    return found


def translate_attributes(
    element: BaseElement, attributes: Attributes, fields: dict[str, Any]
) -> None:
    """What the attributes say that mean the same in the whole family."""
    for name, field in _CODES.items():
        if name in attributes:
            fields[field] = code(attributes[name])
    for name, field in _TEXTS.items():
        set_text(fields, field, attributes.get(name))
    if "priority" not in fields:
        for name in ("taskPriority", "jobPriority"):
            if name in attributes and not isinstance(element, UserTask):
                fields["priority"] = code(attributes[name])
                break
    fields["async_before"] = stated(attributes, "asyncBefore", default=False) or stated(
        attributes, "async", default=False
    )
    fields["async_after"] = stated(attributes, "asyncAfter", default=False)
    fields["is_startable"] = stated(attributes, "isStartableInTasklist", default=True)
    _work(attributes, fields)
    if attributes.keys() & {"formKey", "formRef"}:
        fields["form"] = Form(
            key=attributes.get("formKey"),
            id=attributes.get("formRef"),
            binding=_binding(attributes.get("formRefBinding")),
            version=attributes.get("formRefVersion"),
        )
    if isinstance(element, MultiInstanceLoopCharacteristics):
        _loop(attributes, fields)
    if isinstance(element, BusinessRuleTask) and (decision := code(attributes.get("decisionRef"))):
        fields["decision"] = Decision(
            id=decision,
            binding=_binding(attributes.get("decisionRefBinding")),
            version=attributes.get("decisionRefVersion"),
            version_tag=attributes.get("decisionRefVersionTag"),
            result_variable=attributes.get("resultVariable"),
            map_decision_result=attributes.get("mapDecisionResult"),
        )
    if attributes.keys() & {"variableName", "variableEvents"}:
        fields["condition"] = Condition(
            variables=texts(attributes.get("variableName")),
            changes=texts(attributes.get("variableEvents")),
        )


_CODES = {
    "assignee": "assignee",
    "candidateGroups": "candidate_groups",
    "candidateUsers": "candidate_users",
    "dueDate": "due_date",
    "errorMessage": "error_message",
    "followUpDate": "follow_up_date",
    "priority": "priority",
    "skipExpression": "skip_condition",
}
_TEXTS = {
    "errorCodeVariable": "error_code_variable",
    "errorMessageVariable": "error_message_variable",
    "escalationCodeVariable": "escalation_code_variable",
    "historyTimeToLive": "history_ttl",
    "initiator": "initiator",
    "resultVariable": "result_variable",
    "resultVariableName": "result_variable",
    "versionTag": "version_tag",
}
SHARED: Mapping[str, str] = {
    **{f"@{name}": field for name, field in (_CODES | _TEXTS).items()},
    "@async": "async_before",
    "@businessKey": "called",
    "@calledElementBinding": "called",
    "@collection": "loop",
    "@elementVariable": "loop",
    "@expression": "delegate",
    "@formKey": "form",
    "@jobPriority": "priority",
    "@topic": "job_type",
    "@type": "job_type delegate",
    "executionListener": "listeners",
    "failedJobRetryTimeCycle": "retry_cycle",
    "field": "delegate",
    "formProperty": "form",
    "in": "called inputs propagate_all_in",
    "out": "called",
    "taskListener": "listeners",
}
"""The fields that each word of the common vocabulary fills."""
_DELETED = "a listener is told of create, assignment, update, complete and timeout"
_RESOURCE = "put the script's text into the model"
FAMILY_PASSED_OVER = (
    *passed_over("refused", "@resource script/@resource", _RESOURCE),
    *passed_over("ignored", "taskListener/@event=delete", _DELETED),
    *passed_over("ignored", "timerEventDefinition/@id", "nothing refers to it"),
    *passed_over("ignored", "@exclusive", "steps of one instance never overlap, whatever it says"),
    *passed_over(
        "ignored",
        "@candidateStarterGroups @candidateStarterUsers",
        "the permissions of accounts say who may start a process",
    ),
)
_WORK = ("class", "delegateExpression", "expression")
_EXTERNAL = ("external", "external-worker")


def _work(attributes: Attributes, fields: dict[str, Any]) -> None:
    """Who does it: a worker by topic, or the application's code by its name."""
    kind = attributes.get("type")
    if kind in _EXTERNAL:
        fields["job_type"] = code(attributes.get("topic"))
        return
    delegate = delegate_of(attributes, ())
    if delegate is None and kind:
        delegate = Delegate(kind="type", code=Code("literal", kind))
    if delegate is not None:
        fields["delegate"] = delegate
        if delegate.kind != "expression":
            fields["job_type"] = Code("literal", delegate.name)


def delegate_of(attributes: Attributes, values: tuple[Field, ...]) -> Delegate | None:
    """The class, bean or expression that the attributes name."""
    for name in _WORK:
        if found := code(attributes.get(name)):
            return Delegate(kind=cast(Any, name), code=found, fields=values)
    return None


def _loop(attributes: Attributes, fields: dict[str, Any]) -> None:
    collection = attributes.get("collection", "").strip()
    if collection and "{" not in collection:
        collection = f"${{{collection}}}"
    if collection or attributes.get("elementVariable"):
        fields["loop"] = Loop(
            collection=code(collection),
            element_variable=attributes.get("elementVariable"),
            index_variable=attributes.get("elementIndexVariable"),
        )


def _binding(text: str | None) -> Binding:
    known = ("latest", "deployment", "version", "versionTag")
    return cast(Binding, text) if text in known else "latest"


def called_of(attributes: Attributes, *, process: Code | None = None) -> dict[str, Any]:
    """The fields of `Called` that attributes say."""
    return {
        "process": process,
        "binding": _binding(attributes.get("calledElementBinding")),
        "version": attributes.get("calledElementVersion"),
        "version_tag": attributes.get("calledElementVersionTag"),
        "business_key": code(attributes.get("businessKey")),
        "inherits_business_key": stated(attributes, "inheritBusinessKey", default=False),
    }
