"""Flowable and Activiti: the `flowable` and `activiti` extensions."""

from __future__ import annotations

from typing import Any

import msgspec

from bpmn.dialects.dialect import Dialect
from bpmn.dialects.extensions import stated
from bpmn.dialects.family import (
    FAMILY_PASSED_OVER,
    SHARED,
    own_attributes,
    translate_attributes,
)
from bpmn.dialects.family_elements import translate_elements
from bpmn.dialects.inside import FAMILY
from bpmn.dialects.neutral import Called, Code, Decision, Delegate, Field, Settings
from bpmn.dialects.register import executed, executed_inside, passed_over
from bpmn.model import BaseElement, CallActivity

__all__ = ["FLOWABLE"]

NAMESPACES = {
    "http://flowable.org/bpmn": "flowable",
    "http://activiti.org/bpmn": "activiti",
}


def _translate(element: BaseElement) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    attributes = own_attributes(element, NAMESPACES)
    translate_attributes(element, attributes, fields)
    translate_elements(element, NAMESPACES, fields)
    if stated(attributes, "asyncLeave", default=False):
        fields["async_after"] = True
    called: Called | None = fields.get("called")
    if called is not None:
        fields["called"] = msgspec.structs.replace(
            called,
            binding="deployment"
            if stated(attributes, "sameDeployment", default=False)
            else called.binding,
            propagate_all_in=called.propagate_all_in
            or stated(attributes, "inheritVariables", default=False),
        )
    _decision(fields)
    _http(element, fields)
    return fields


_HTTP = {
    "requestMethod": "method",
    "requestUrl": "url",
    "requestHeaders": "headers",
    "requestBody": "body",
    "responseVariableName": "result",
    "httpMethod": "method",
    "url": "url",
}
"""Our HTTP connector's inputs by the fields of an HTTP task."""


def _http(element: BaseElement, fields: dict[str, Any]) -> None:
    """An HTTP task is done by the HTTP connector; its answer's body becomes a variable."""
    delegate: Delegate | None = fields.get("delegate")
    if delegate is None or delegate.kind != "type" or delegate.code.text != "http":
        return
    values = [Field(name=_HTTP.get(f.name, f.name), value=f.value) for f in delegate.fields]
    if not any(value.name == "result" for value in values):
        result = Code("literal", f"{element.id}ResponseBody")
        values.append(Field(name="result", value=result))
    values.append(Field(name="answer", value=Code("literal", "body")))
    fields["delegate"] = msgspec.structs.replace(delegate, fields=tuple(values))


def _decision(fields: dict[str, Any]) -> None:
    """A decision is a service task of type `dmn` whose fields name the table or the service."""
    delegate: Delegate | None = fields.get("delegate")
    if delegate is None or delegate.kind != "type" or delegate.code.text != "dmn":
        return
    by_name = {field.name: field.value for field in delegate.fields}
    id = by_name.get("decisionTableReferenceKey") or by_name.get("decisionServiceReferenceKey")
    same = by_name.get("sameDeployment")
    fields["decision"] = Decision(
        id=id or Code("literal", ""),
        binding="deployment" if same is not None and same.text == "true" else "latest",
        result_variable=fields.get("result_variable"),
    )
    fields.pop("job_type", None)


_JAVA = "a Python handler of that name does the work"
_EVENT_REGISTRY = "the event registry does not run here; a message would do"

_CAMUNDA_ONLY = {
    "@calledElementBinding",
    "@errorCodeVariable",
    "@escalationCodeVariable",
    "@followUpDate",
    "@historyTimeToLive",
    "@versionTag",
}

_REGISTER = (
    *executed({name: SHARED[name] for name in SHARED.keys() - _CAMUNDA_ONLY}),
    *FAMILY_PASSED_OVER,
    *executed_inside(FAMILY),
    *executed({"mapException/@errorCode": "error_mappings"}),
    *passed_over(
        "ignored",
        "mapException/@includeChildExceptions mapException/@andChildren",
        "an exception of Python's is told by its own class's name",
    ),
    *executed(
        {
            "@asyncLeave": "async_after",
            "@elementIndexVariable": "loop",
            "@inheritBusinessKey": "called",
            "@inheritVariables": "called",
            "@sameDeployment": "called",
            "mapException": "error_mappings",
        }
    ),
    *executed({"@class": "job_type delegate", "@delegateExpression": "job_type delegate"}, _JAVA),
    *passed_over(
        "ignored",
        "@autoStoreVariables @businessCalendarName @category @extensionId @fallbackToDefaultTenant"
        " @formFieldValidation @formHandlerClass @history @idVariableName @processInstanceName"
        " @processInstanceIdVariableName @storeResultVariableAsTransient @taskCompleterVariableName"
        " @taskIdVariableName @useLocalScopeForResultVariable @completeAsync @modelId",
        "the process does the same without it",
    ),
    *passed_over("ignored", "properties", "kept and shown, without a meaning of their own"),
    *passed_over("ignored", "potentialStarter", "say candidateStarterUsers"),
    *passed_over("ignored", "businessCalendarName", "times are counted by the clock"),
    *passed_over("ignored", "formProperty/@value", "say default or expression"),
    *passed_over("ignored", "customResource customResource/@name", "say candidateGroups"),
    *passed_over(
        "ignored",
        "eventListener eventListener/@events eventListener/@entityType eventListener/@onTransaction"
        " eventListener/@throwEvent eventListener/@signalName eventListener/@messageName"
        " eventListener/@errorCode",
        "read the history instead",
    ),
    *passed_over(
        "ignored",
        "executionListener/@onTransaction taskListener/@onTransaction",
        "a listener is told within the transaction",
    ),
    *passed_over(
        "refused",
        "executionListener/@onTransaction=rolled-back taskListener/@onTransaction=rolled-back",
        "what is undone tells no listener; read the incident",
    ),
    *passed_over(
        "ignored",
        " ".join(
            f"{listener}/@customPropertiesResolver{form}"
            for listener in ("executionListener", "taskListener")
            for form in ("Class", "Expression", "DelegateExpression")
        ),
        "a listener sees all variables itself",
    ),
    *passed_over("refused", "@caseDefinitionKey", "CMMN cases do not run here; call a process"),
    *passed_over("refused", "@triggerable", "say it as a send task and a receive task"),
    *passed_over("refused", "@calledElementType", "name the called process by its key"),
    *passed_over("refused", "@endDate", "say the end in the cycle: R/start/end"),
    *passed_over("refused", "variableAggregation", "say outputCollection and outputElement"),
    *passed_over(
        "refused",
        "eventType triggerEventType eventInParameter eventOutParameter"
        " eventCorrelationParameter channelKey",
        _EVENT_REGISTRY,
    ),
)

FLOWABLE = Dialect(
    name="flowable",
    title="Flowable / Activiti",
    namespaces=NAMESPACES,
    translate=_translate,
    defaults={CallActivity: Settings(called=Called())},
    register=_REGISTER,
    expression_language="juel",
    first_loop_counter=0,
    rolls_back_on_failure=True,
    cron="quartz",
    keeps_business_key=False,
    skip_switches=("_FLOWABLE_SKIP_EXPRESSION_ENABLED", "_ACTIVITI_SKIP_EXPRESSION_ENABLED"),
)
