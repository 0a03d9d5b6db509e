"""What stands inside vendors' extension elements and executes, by the fields it fills."""

from __future__ import annotations

__all__ = ["CAMUNDA7", "CAMUNDA8", "FAMILY"]

FAMILY = """
called: in/@businessKey in/@source in/@sourceExpression in/@target in/@variables
called: out/@source out/@sourceExpression out/@target out/@variables
listeners: executionListener/@class executionListener/@delegateExpression
listeners: executionListener/@event executionListener/@expression executionListener/field
listeners: executionListener/script taskListener/@class taskListener/@delegateExpression
listeners: taskListener/@event taskListener/@expression taskListener/@id taskListener/field
listeners: taskListener/script taskListener/timerEventDefinition timerEventDefinition/timeCycle
listeners: timerEventDefinition/timeDate timerEventDefinition/timeDuration
delegate listeners: field/@name field/@stringValue field/@expression field/string field/expression
inputs outputs listeners: script/@scriptFormat
form: formProperty/@datePattern formProperty/@default formProperty/@expression formProperty/@id
form: formProperty/@name formProperty/@readable formProperty/@required formProperty/@type
form: formProperty/@variable formProperty/@writable formProperty/value value/@id value/@name
"""
CAMUNDA7 = """
form: formData/@businessKey formData/formField formField/@datePattern formField/@defaultValue
form: formField/@id formField/@label formField/@type formField/properties formField/validation
form: formField/value properties/property property/@id property/@value validation/constraint
form: constraint/@config constraint/@name
inputs outputs: inputOutput/inputParameter inputOutput/outputParameter inputParameter/@name
inputs outputs: inputParameter/list inputParameter/map inputParameter/script
inputs outputs: outputParameter/@name outputParameter/list outputParameter/map
inputs outputs: outputParameter/script list/value list/script list/list list/map map/entry
inputs outputs: entry/@key entry/list entry/map entry/script
connector: connector/connectorId connector/inputOutput
error_mappings: errorEventDefinition/@errorRef errorEventDefinition/@expression
"""
CAMUNDA8 = """
inputs: ioMapping/input input/@source input/@target
outputs: ioMapping/output output/@source output/@target
correlation_key: subscription/@correlationKey
headers: taskHeaders/header header/@key header/@value
job_type: taskDefinition/@type
retries: taskDefinition/@retries
loop: loopCharacteristics/@inputCollection loopCharacteristics/@inputElement
loop: loopCharacteristics/@outputCollection loopCharacteristics/@outputElement
loop: adHoc/@activeElementsCollection adHoc/@outputCollection adHoc/@outputElement
called: calledElement/@processId calledElement/@processIdExpression
called: calledElement/@propagateAllChildVariables calledElement/@propagateAllParentVariables
called: calledElement/@businessId calledElement/@bindingType calledElement/@versionTag
forms: userTaskForm/@id
form: formDefinition/@formKey formDefinition/@formId formDefinition/@bindingType
form: formDefinition/@versionTag formDefinition/@externalReference
decision: calledDecision/@decisionId calledDecision/@resultVariable
decision: calledDecision/@bindingType calledDecision/@versionTag
assignee: assignmentDefinition/@assignee
candidate_groups: assignmentDefinition/@candidateGroups
candidate_users: assignmentDefinition/@candidateUsers
priority: priorityDefinition/@priority jobPriorityDefinition/@priority
due_date: taskSchedule/@dueDate
follow_up_date: taskSchedule/@followUpDate
script: script/@expression
result_variable: script/@resultVariable
listeners: executionListeners/executionListener executionListener/@eventType
listeners: executionListener/@retries executionListener/@type taskListeners/taskListener
listeners: taskListener/@eventType taskListener/@retries taskListener/@type
version_tag: versionTag/@value
condition: conditionalFilter/@variableNames conditionalFilter/@variableEvents
publication: publishMessage/@correlationKey publishMessage/@messageId publishMessage/@timeToLive
"""
