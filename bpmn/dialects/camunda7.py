"""Camunda 7 and Operaton: the `camunda` and `operaton` extensions."""

from __future__ import annotations

from typing import Any

from bpmn.dialects.dialect import Dialect
from bpmn.dialects.family import (
    FAMILY_PASSED_OVER,
    SHARED,
    own_attributes,
    translate_attributes,
)
from bpmn.dialects.family_elements import translate_elements
from bpmn.dialects.inside import CAMUNDA7 as CAMUNDA7_OWN
from bpmn.dialects.inside import FAMILY
from bpmn.dialects.neutral import Called, Settings
from bpmn.dialects.register import executed, executed_inside, passed_over
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

_FLOWABLE_ONLY = {"@businessKey", "@resultVariableName", "@skipExpression"}

_REGISTER = (
    *executed({name: SHARED[name] for name in SHARED.keys() - _FLOWABLE_ONLY}),
    *FAMILY_PASSED_OVER,
    *executed_inside(FAMILY),
    *executed_inside(CAMUNDA7_OWN),
    *passed_over("ignored", "property/@name", "for tools"),
    *passed_over("ignored", "errorEventDefinition/@id", "nothing refers to it"),
    *passed_over(
        "ignored", "in/@local out/@local", "what crosses is read and set where it is declared"
    ),
    *executed(
        {
            "@asyncAfter": "async_after",
            "@asyncBefore": "async_before",
            "@calledElementVersion": "called",
            "@calledElementVersionTag": "called",
            "@decisionRef": "decision",
            "@decisionRefBinding": "decision",
            "@decisionRefVersion": "decision",
            "@decisionRefVersionTag": "decision",
            "@formRef": "form",
            "@formRefBinding": "form",
            "@formRefVersion": "form",
            "@isStartableInTasklist": "is_startable",
            "@mapDecisionResult": "decision",
            "@taskPriority": "priority",
            "@variableEvents": "condition",
            "@variableName": "condition",
            "connector": "connector job_type",
            "errorEventDefinition": "error_mappings",
            "formData": "form",
            "inputOutput": "inputs outputs",
        }
    ),
    *executed({"@class": "job_type delegate", "@delegateExpression": "job_type delegate"}, _JAVA),
    *passed_over("ignored", "properties", "kept and shown, without a meaning of their own"),
    *passed_over(
        "ignored", "@diagramRelationId @modelerTemplate @modelerTemplateVersion", "for tools"
    ),
    *passed_over(
        "ignored",
        "@calledElementTenantId @decisionRefTenantId",
        "the called one is of the caller's tenant",
    ),
    *passed_over("ignored", "@formHandlerClass", "forms are handled by the engine"),
    *passed_over("ignored", "potentialStarter", "say candidateStarterUsers"),
    *passed_over("refused", "@caseRef @caseBinding @caseVersion @caseTenantId", _CASE),
    *passed_over(
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
    inputs_apart=True,
    maps_outputs_when_interrupted=True,
    maps_results_when_thrown=True,
    keeps_business_key=False,
    missing_is_false=True,
    needs_receiver=True,
)
