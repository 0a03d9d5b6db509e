"""Camunda 7 and Operaton: the `camunda` and `operaton` extensions."""

from __future__ import annotations

from typing import Any

from bpmn.dialects.dialect import Dialect
from bpmn.dialects.family import own_attributes, translate_attributes, translate_elements
from bpmn.dialects.neutral import Called, Settings
from bpmn.dialects.register import entries
from bpmn.model import BaseElement, CallActivity

__all__ = ["CAMUNDA7"]

NAMESPACES = {
    "http://camunda.org/schema/1.0/bpmn": "camunda",
    "http://operaton.org/schema/1.0/bpmn": "operaton",
    "http://www.camunda.com/fox": "fox",
}


def _translate(element: BaseElement) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    translate_attributes(element, own_attributes(element, NAMESPACES), fields)
    translate_elements(element, NAMESPACES, fields)
    return fields


_JAVA = "a Python handler of that name does the work"
_CASE = "CMMN cases do not run here; call a process"

_REGISTER = (
    *entries(
        "executes",
        "@assignee @async @asyncAfter @asyncBefore @calledElementBinding @calledElementVersion"
        " @calledElementVersionTag @candidateGroups @candidateStarterGroups @candidateStarterUsers"
        " @candidateUsers @collection @decisionRef @decisionRefBinding @decisionRefVersion"
        " @decisionRefVersionTag @dueDate @elementVariable @errorCodeVariable @errorMessage"
        " @errorMessageVariable @escalationCodeVariable @exclusive @expression @followUpDate"
        " @formKey @formRef @formRefBinding @formRefVersion @historyTimeToLive @initiator"
        " @isStartableInTasklist @jobPriority @mapDecisionResult @priority @resource"
        " @resultVariable @taskPriority @topic @type @variableEvents @variableName @versionTag",
    ),
    *entries("executes", "@class @delegateExpression", _JAVA),
    *entries(
        "executes",
        "connector errorEventDefinition executionListener failedJobRetryTimeCycle field formData"
        " formProperty in inputOutput out taskListener",
    ),
    *entries("ignored", "properties", "kept and shown, without a meaning of their own"),
    *entries("ignored", "@diagramRelationId @modelerTemplate @modelerTemplateVersion", "for tools"),
    *entries(
        "ignored",
        "@calledElementTenantId @decisionRefTenantId",
        "the called one is of the caller's tenant",
    ),
    *entries("ignored", "@formHandlerClass", "forms are handled by the engine"),
    *entries("ignored", "potentialStarter", "say candidateStarterUsers"),
    *entries("refused", "@caseRef @caseBinding @caseVersion @caseTenantId", _CASE),
    *entries(
        "refused",
        "@variableMappingClass @variableMappingDelegateExpression",
        "Java code cannot map variables here; say in and out",
    ),
)

CAMUNDA7 = Dialect(
    name="camunda7",
    title="Camunda 7 / Operaton",
    namespaces=NAMESPACES,
    translate=_translate,
    defaults={CallActivity: Settings(called=Called())},
    register=_REGISTER,
    expression_language="juel",
    first_loop_counter=0,
    ends_path_on_uncaught_error=True,
    rolls_back_on_failure=True,
    cron="quartz",
    buffers_messages=False,
)
