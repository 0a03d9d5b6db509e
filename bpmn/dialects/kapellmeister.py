"""Our own extensions, `http://kapellmeister.dev/schema/1.0`: understood in every dialect.

Attributes say most of it; `=` before a text makes it FEEL, `${` JUEL, otherwise it is a constant.
"""

from __future__ import annotations

from typing import Any

import msgspec

from bpmn.dialects.extensions import set_text, stated, texts
from bpmn.dialects.neutral import Called, Code, Condition, Decision, Form, Loop, VariableMapping
from bpmn.dialects.register import executed
from bpmn.model import BaseElement, CallActivity

__all__ = ["KAPELLMEISTER", "REGISTER", "code", "overlay"]

KAPELLMEISTER = "http://kapellmeister.dev/schema/1.0"

_CODES = {
    "assignee": "assignee",
    "candidateGroups": "candidate_groups",
    "candidateUsers": "candidate_users",
    "correlationKey": "correlation_key",
    "dueDate": "due_date",
    "errorMessage": "error_message",
    "followUpDate": "follow_up_date",
    "jobType": "job_type",
    "priority": "priority",
    "retries": "retries",
}
_TEXTS = {
    "backoff": "backoff",
    "errorCodeVariable": "error_code_variable",
    "errorMessageVariable": "error_message_variable",
    "escalationCodeVariable": "escalation_code_variable",
    "historyTimeToLive": "history_ttl",
    "initiator": "initiator",
    "masked": "masked",
    "outcome": "outcome",
    "rate": "rate",
    "reason": "reason",
    "resultVariable": "result_variable",
    "retryCycle": "retry_cycle",
    "sla": "sla",
    "timeout": "timeout",
    "versionTag": "version_tag",
}
_FLAGS = {"asyncAfter": "async_after", "asyncBefore": "async_before"}


def code(text: str | None) -> Code | None:
    """What a text that may be an expression is; None for nothing."""
    if not text:
        return None
    if text.startswith("="):
        return Code("feel", text[1:].strip())
    if text.startswith(("${", "#{")):
        return Code("juel", text)
    return Code("literal", text)


def overlay(element: BaseElement, fields: dict[str, Any]) -> None:
    """Add what our own extensions of an element say; they win over a vendor's."""
    attributes = {
        key.rpartition("}")[2]: value
        for key, value in element.foreign_attributes.items()
        if key.startswith(f"{{{KAPELLMEISTER}}}")
    }
    for name, text in attributes.items():
        if name in _CODES:
            fields[_CODES[name]] = code(text)
        elif name in _TEXTS:
            set_text(fields, _TEXTS[name], text)
        elif name in _FLAGS:
            fields[_FLAGS[name]] = stated(attributes, name, default=False)
    if attributes:
        _groups(element, attributes, fields)
    headers: dict[str, str] = {}
    inputs: list[VariableMapping] = []
    outputs: list[VariableMapping] = []
    for node in element.extension_elements:
        if node.namespace != KAPELLMEISTER:
            continue
        if node.name == "header":
            headers[node.attributes.get("key", "")] = node.attributes.get("value", "")
        elif node.name in ("input", "output"):
            mapping = VariableMapping(
                source=code(node.attributes.get("source")) or Code("literal", ""),
                target=node.attributes.get("target", ""),
            )
            (inputs if node.name == "input" else outputs).append(mapping)
    if headers:
        fields["headers"] = {**fields.get("headers", {}), **headers}
    if inputs:
        fields["inputs"] = fields.get("inputs", ()) + tuple(inputs)
    if outputs:
        fields["outputs"] = fields.get("outputs", ()) + tuple(outputs)


def _groups(element: BaseElement, attributes: dict[str, str], fields: dict[str, Any]) -> None:
    if attributes.keys() & {"formKey", "formId"}:
        fields["form"] = Form(key=attributes.get("formKey"), id=attributes.get("formId"))
    if decision := code(attributes.get("decision")):
        fields["decision"] = Decision(id=decision, result_variable=fields.get("result_variable"))
    if attributes.keys() & {"collection", "elementVariable", "outputCollection", "outputElement"}:
        fields["loop"] = Loop(
            collection=code(attributes.get("collection")),
            element_variable=attributes.get("elementVariable"),
            output_collection=attributes.get("outputCollection"),
            output_element=code(attributes.get("outputElement")),
        )
    if attributes.keys() & {"variableNames", "variableEvents"}:
        fields["condition"] = Condition(
            variables=texts(attributes.get("variableNames")),
            changes=texts(attributes.get("variableEvents")),
        )
    if isinstance(element, CallActivity):
        _called(attributes, fields)


def _called(attributes: dict[str, str], fields: dict[str, Any]) -> None:
    called = fields.get("called") or Called(propagate_all_in=True, propagate_all_out=True)
    for name, field in (
        ("propagateAllIn", "propagate_all_in"),
        ("propagateAllOut", "propagate_all_out"),
    ):
        if name in attributes:
            value = stated(attributes, name, default=True)
            called = msgspec.structs.replace(called, **{field: value})
    if key := code(attributes.get("businessKey")):
        called = msgspec.structs.replace(called, business_key=key)
    fields["called"] = called


REGISTER = executed(
    {
        **{f"@{name}": field for name, field in {**_CODES, **_TEXTS, **_FLAGS}.items()},
        "@businessKey": "called",
        "@collection": "loop",
        "@decision": "decision",
        "@elementVariable": "loop",
        "@formId": "form",
        "@formKey": "form",
        "@outputCollection": "loop",
        "@outputElement": "loop",
        "@propagateAllIn": "called",
        "@propagateAllOut": "called",
        "@variableEvents": "condition",
        "@variableNames": "condition",
        "header": "headers",
        "input": "inputs",
        "output": "outputs",
    }
)
