"""The registers say what becomes of every word of the vendors' vocabularies, and it is true."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bpmn.checks import check
from bpmn.dialects import DIALECTS, Settings, findings, tables
from bpmn.dialects.detection import detect
from bpmn.dialects.neutral import (
    Called,
    Condition,
    Connector,
    Decision,
    ErrorMapping,
    Listener,
    Loop,
    Publication,
)
from bpmn.reader import read
from bpmn.writer import write
from tests.kit import document

ROOT = Path(__file__).parents[3]
VOCABULARY = {
    # The attributes and elements of camunda-bpmn-moddle 8.0.1 and zeebe-bpmn-moddle 2.0.0.
    "camunda7": """
        @diagramRelationId @async @asyncBefore @asyncAfter @exclusive @jobPriority
        @errorCodeVariable @errorMessageVariable @errorMessage @formHandlerClass @formKey @formRef
        @formRefBinding @formRefVersion @modelerTemplate @modelerTemplateVersion @initiator
        @resultVariable @resource @candidateStarterGroups @candidateStarterUsers @versionTag
        @historyTimeToLive @isStartableInTasklist @escalationCodeVariable @assignee
        @candidateUsers @candidateGroups @dueDate @followUpDate @priority @calledElementBinding
        @calledElementVersion @calledElementVersionTag @calledElementTenantId @caseRef
        @caseBinding @caseVersion @caseTenantId @variableMappingClass
        @variableMappingDelegateExpression @expression @class @delegateExpression @decisionRef
        @decisionRefBinding @decisionRefVersion @mapDecisionResult @decisionRefTenantId @type
        @topic @taskPriority @collection @elementVariable @variableName @variableEvents
        in in/@source in/@sourceExpression in/@target in/@businessKey in/@local in/@variables
        out out/@source out/@sourceExpression out/@target out/@local out/@variables
        errorEventDefinition errorEventDefinition/@expression errorEventDefinition/@errorRef
        potentialStarter properties properties/property property/@id property/@name
        property/@value connector connector/inputOutput connector/connectorId inputOutput
        inputOutput/inputParameter inputOutput/outputParameter inputParameter/@name
        outputParameter/@name inputParameter/list inputParameter/map inputParameter/script
        outputParameter/list outputParameter/map outputParameter/script list/value list/script
        map/entry entry/@key entry/script entry/list entry/map script/@scriptFormat
        script/@resource field field/@name field/expression field/@stringValue field/string
        failedJobRetryTimeCycle executionListener executionListener/@expression
        executionListener/@class executionListener/@delegateExpression executionListener/@event
        executionListener/script executionListener/field taskListener taskListener/@expression
        taskListener/@class taskListener/@delegateExpression taskListener/@event
        taskListener/script taskListener/field taskListener/@id
        taskListener/timerEventDefinition formProperty formProperty/@id formProperty/@name
        formProperty/@type formProperty/@required formProperty/@readable formProperty/@writable
        formProperty/@variable formProperty/@expression formProperty/@datePattern
        formProperty/@default formProperty/value formData formData/formField
        formData/@businessKey formField/@id formField/@label formField/@type
        formField/@datePattern formField/@defaultValue formField/properties
        formField/validation formField/value validation/constraint constraint/@name
        constraint/@config
    """,
    "camunda8": """
        @retryCounter ioMapping ioMapping/input ioMapping/output input/@source input/@target
        output/@source output/@target subscription subscription/@correlationKey taskHeaders
        taskHeaders/header header/@id header/@key header/@value taskDefinition
        taskDefinition/@type taskDefinition/@retries loopCharacteristics
        loopCharacteristics/@inputCollection loopCharacteristics/@inputElement
        loopCharacteristics/@outputCollection loopCharacteristics/@outputElement calledElement
        calledElement/@processId calledElement/@processIdExpression
        calledElement/@propagateAllChildVariables calledElement/@propagateAllParentVariables
        calledElement/@businessId calledElement/@bindingType calledElement/@versionTag
        userTaskForm userTaskForm/@id formDefinition formDefinition/@formKey
        formDefinition/@formId formDefinition/@externalReference formDefinition/@bindingType
        formDefinition/@versionTag linkedResources linkedResources/linkedResource
        linkedResource/@resourceId linkedResource/@resourceType linkedResource/@linkName
        linkedResource/@bindingType linkedResource/@versionTag userTask calledDecision
        calledDecision/@decisionId calledDecision/@resultVariable calledDecision/@bindingType
        calledDecision/@versionTag assignmentDefinition assignmentDefinition/@assignee
        assignmentDefinition/@candidateGroups assignmentDefinition/@candidateUsers
        priorityDefinition priorityDefinition/@priority jobPriorityDefinition
        jobPriorityDefinition/@priority taskSchedule taskSchedule/@dueDate
        taskSchedule/@followUpDate properties properties/property property/@name
        property/@value @modelerTemplate @modelerTemplateVersion @modelerTemplateIcon
        input/@modelerConfigurationTemplate input/@modelerConfigurationName script
        script/@expression script/@resultVariable executionListeners
        executionListeners/executionListener executionListener/@eventType
        executionListener/@retries executionListener/@type executionListener/taskHeaders
        taskListeners taskListeners/taskListener taskListener/@eventType taskListener/@retries
        taskListener/@type versionTag versionTag/@value adHoc adHoc/@activeElementsCollection
        adHoc/@outputCollection adHoc/@outputElement conditionalFilter
        conditionalFilter/@variableNames conditionalFilter/@variableEvents agentDefinition
        agentDefinition/@agentType
    """,
    # Those of Flowable's own schema, flowable-bpmn-extensions.xsd.
    "flowable": """
        @extensionId @initiator @history @formKey @formFieldValidation @formHandlerClass @class
        @caseDefinitionKey @type @resultVariable @resultVariableName @expression @skipExpression
        @delegateExpression @async @exclusive @triggerable @useLocalScopeForResultVariable
        @storeResultVariableAsTransient @topic @assignee @dueDate @businessCalendarName
        @candidateUsers @candidateGroups @priority @candidateStarterUsers @candidateStarterGroups
        @collection @elementVariable @elementIndexVariable @endDate @calledElementType
        @fallbackToDefaultTenant @sameDeployment @businessKey @inheritBusinessKey
        @autoStoreVariables @taskIdVariableName formProperty formProperty/value value/@id
        value/@name formProperty/@id formProperty/@name formProperty/@type formProperty/@readable
        formProperty/@writable formProperty/@required formProperty/@variable
        formProperty/@expression formProperty/@datePattern formProperty/@value field field/string
        field/expression field/@name field/@stringValue field/@expression potentialStarter
        businessCalendarName taskListener taskListener/field taskListener/@class
        taskListener/@expression taskListener/@delegateExpression taskListener/@event
        taskListener/@onTransaction taskListener/@customPropertiesResolverClass
        taskListener/@customPropertiesResolverExpression
        taskListener/@customPropertiesResolverDelegateExpression executionListener
        executionListener/field executionListener/@class executionListener/@expression
        executionListener/@delegateExpression executionListener/@event
        executionListener/@onTransaction executionListener/@customPropertiesResolverClass
        executionListener/@customPropertiesResolverExpression
        executionListener/@customPropertiesResolverDelegateExpression eventListener
        eventListener/@events eventListener/@onTransaction eventListener/@entityType
        eventListener/@throwEvent eventListener/@signalName eventListener/@messageName
        eventListener/@errorCode in in/@source in/@sourceExpression in/@target out out/@source
        out/@sourceExpression out/@target customResource customResource/@name
    """,
}


@pytest.mark.parametrize("name", VOCABULARY)
def test_every_word_of_the_vocabulary_has_an_entry(name: str) -> None:
    dialect = next(d for d in DIALECTS.values() if d.name == name)
    known = {entry.name for entry in dialect.register}
    assert [word for word in VOCABULARY[name].split() if word not in known] == []


def test_no_word_has_two_entries() -> None:
    for dialect in DIALECTS.values():
        names = [entry.name for entry in dialect.register]
        assert sorted(set(names)) == sorted(names), dialect.name


def test_every_field_that_an_entry_fills_is_one_of_the_settings() -> None:
    fields = set(Settings.__struct_fields__)
    for dialect in DIALECTS.values():
        for entry in dialect.register:
            assert set(entry.fields) <= fields, entry


def read_names() -> set[str]:
    """Attributes that the engine reads, and texts in it that may name one."""
    found: set[str] = set()
    for room in ("engine", "web"):
        for file in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                    found.add(node.attr)
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.add(node.value)
    return found


def test_every_field_of_the_settings_is_read_by_the_engine() -> None:
    read = read_names()
    parts = (Called, Condition, Connector, Decision, ErrorMapping, Listener, Loop, Publication)
    shown = {"properties", "id"}  # kept for readers, without a meaning to the engine
    for struct in (Settings, *parts):
        unread = set(struct.__struct_fields__) - read - shown
        assert unread == set(), struct.__name__


def test_the_document_shows_the_tables_as_they_are() -> None:
    shown = (ROOT / "bpmn" / "README.md").read_text()
    assert tables() in shown, "put in what `kapellmeister elements --dialects` prints now"


FOREIGN = """<startEvent id="s"/> <endEvent id="e"/>
    <userTask id="t" camunda:wonder="1"><extensionElements>
        <camunda:taskListener event="delete" expression="${x}"/>
        <camunda:marvel kind="great"><camunda:inner/></camunda:marvel>
    </extensionElements></userTask>
    s -> t -> e"""


def test_what_does_not_execute_is_reported_once_with_its_place() -> None:
    definitions = read(document(FOREIGN))
    found = [str(f) for f in findings(definitions, detect(definitions))]
    assert len(found) == len(set(found))
    assert any("'camunda:wonder' of 't' is ignored" in text for text in found)
    assert any("camunda:marvel'" in text for text in found)
    assert any("taskListener/@event=delete" in text for text in found)
    assert all(text.startswith("line ") for text in found)


def test_what_is_not_known_survives_the_round_trip() -> None:
    again = write(read(document(FOREIGN))).decode()
    for text in ('camunda:wonder="1"', "camunda:marvel", 'kind="great"', "camunda:inner"):
        assert text in again


def test_a_script_in_a_file_of_its_own_is_refused_with_its_line() -> None:
    xml = """<startEvent id="s"/> <endEvent id="e"/>
        <scriptTask id="t" scriptFormat="javascript" camunda:resource="a.js"/>
        s -> t -> e"""
    problems = [p for p in check(read(document(xml))) if p.severity == "error"]
    assert any("camunda:resource" in p.message and p.line for p in problems)
