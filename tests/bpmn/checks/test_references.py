"""Each attribute that names another element: nothing by that name, and something of another kind."""

# ruff: noqa: E501  (documents are written as they are read)

from __future__ import annotations

import pytest

from tests.bpmn.checks.kit import Case, assert_pair, problems, rule_ids

_ROOTS = """
<itemDefinition id="item"/><message id="msg" name="m"/><signal id="sig" name="s"/>
<error id="err" errorCode="E"/><escalation id="esc" escalationCode="E"/>
<interface id="iface" name="i"><operation id="op" name="o"><inMessageRef>msg</inMessageRef></operation></interface>
<category id="cat"><categoryValue id="value"/></category>
<resource id="res" name="r"><resourceParameter id="param"/></resource>
<collaboration id="co"><participant id="us"/><participant id="them"/><messageFlow id="mf" sourceRef="us" targetRef="them"/></collaboration>
<choreography id="ch"/><endPoint id="endpoint"/><dataStore id="store" name="d"/>
<correlationProperty id="prop" type="string"><correlationPropertyRetrievalExpression messageRef="msg"><messagePath>m</messagePath></correlationPropertyRetrievalExpression></correlationProperty>
<signalEventDefinition id="shared" signalRef="sig"/>
"""
_TASK = "start -> a -> end"
_IO = """
<task id="a"><ioSpecification><dataInput id="in"/><dataOutput id="out"/>
{sets}
</ioSpecification></task>
"""
_BOTH = '<inputSet id="is"><dataInputRefs>in</dataInputRefs></inputSet>'
_OUT = '<outputSet id="os"><dataOutputRefs>out</dataOutputRefs></outputSet>'


def _root(line: str) -> str:
    return f"{_ROOTS}! {line}\n---\n{_TASK}"


def _collaboration(line: str) -> str:
    return (
        f'{_ROOTS}<collaboration id="c2"><participant id="one"/><participant id="two"/>\n'
        f'<messageFlow id="mf2" sourceRef="one" targetRef="two"/>\n! {line}\n'
        f'<conversation id="talk"><participantRef>one</participantRef>'
        f"<participantRef>two</participantRef></conversation>\n</collaboration>\n---\n{_TASK}"
    )


def _inside(text: str) -> str:
    return f"{_ROOTS}---\n{text}"


def _sets(first: str, second: str = "") -> str:
    """One of the two sets is on the culprit's line."""
    return _inside(_IO.format(sets=f"{first}\n{second}") + _TASK)


def _event(tag: str, definition: str) -> str:
    if tag == "endEvent":
        return _inside(f'<endEvent id="end">\n! {definition}</endEvent>\nstart -> end')
    return _inside(f'<{tag} id="e">\n! {definition}</{tag}>\nstart -> e -> end')


REFERENCES: dict[str, tuple[str, str, str]] = {
    # rule: document with `?` for the id, a right id, the element that is marked
    "association-source-ref": (
        _inside(f'! <association id="x" sourceRef="?" targetRef="a"/>\n{_TASK}'),
        "end",
        "x",
    ),
    "association-target-ref": (
        _inside(f'! <association id="x" sourceRef="a" targetRef="?"/>\n{_TASK}'),
        "end",
        "x",
    ),
    "group-category-value-ref": (
        _inside(f'! <group id="x" categoryValueRef="?"/>\n{_TASK}'),
        "value",
        "x",
    ),
    "correlation-key-correlation-property-ref": (
        _collaboration(
            '<correlationKey id="x"><correlationPropertyRef>?</correlationPropertyRef></correlationKey>'
        ),
        "prop",
        "x",
    ),
    "correlation-property-retrieval-expression-message-ref": (
        _root(
            '<correlationProperty id="x"><correlationPropertyRetrievalExpression messageRef="?">'
            "<messagePath>m</messagePath></correlationPropertyRetrievalExpression>"
            "</correlationProperty>"
        ),
        "msg",
        "x",
    ),
    "correlation-subscription-correlation-key-ref": (
        f'{_ROOTS}<collaboration id="c2"><correlationKey id="key">'
        "<correlationPropertyRef>prop</correlationPropertyRef></correlationKey></collaboration>\n"
        '---\n! <correlationSubscription id="x" correlationKeyRef="?"><correlationPropertyBinding '
        'correlationPropertyRef="prop"><dataPath>x</dataPath></correlationPropertyBinding>'
        f"</correlationSubscription>\n{_TASK}",
        "key",
        "x",
    ),
    "correlation-property-binding-correlation-property-ref": (
        f'{_ROOTS}<collaboration id="c2"><correlationKey id="key">'
        "<correlationPropertyRef>prop</correlationPropertyRef></correlationKey></collaboration>\n"
        '---\n! <correlationSubscription id="x" correlationKeyRef="key"><correlationPropertyBinding '
        'id="b" correlationPropertyRef="?"><dataPath>x</dataPath></correlationPropertyBinding>'
        f"</correlationSubscription>\n{_TASK}",
        "prop",
        "b",
    ),
    "error-structure-ref": (_root('<error id="x" structureRef="?"/>'), "item", "x"),
    "escalation-structure-ref": (_root('<escalation id="x" structureRef="?"/>'), "item", "x"),
    "signal-structure-ref": (_root('<signal id="x" structureRef="?"/>'), "item", "x"),
    "message-item-ref": (_root('<message id="x" itemRef="?"/>'), "item", "x"),
    "resource-parameter-type": (
        _root('<resource id="r2" name="r"><resourceParameter id="x" type="?"/></resource>'),
        "item",
        "x",
    ),
    "operation-in-message-ref": (
        _root(
            '<interface name="i"><operation id="x" name="o">'
            "<inMessageRef>?</inMessageRef></operation></interface>"
        ),
        "msg",
        "x",
    ),
    "operation-out-message-ref": (
        _root(
            '<interface name="i"><operation id="x" name="o"><inMessageRef>msg</inMessageRef>'
            "<outMessageRef>?</outMessageRef></operation></interface>"
        ),
        "msg",
        "x",
    ),
    "operation-error-ref": (
        _root(
            '<interface name="i"><operation id="x" name="o"><inMessageRef>msg</inMessageRef>'
            "<errorRef>?</errorRef></operation></interface>"
        ),
        "err",
        "x",
    ),
    "flow-element-category-value-ref": (
        _inside(
            f'! <task id="a"><categoryValueRef>?</categoryValueRef></task>\n{_TASK}',
        ),
        "value",
        "a",
    ),
    "formal-expression-evaluates-to-type-ref": (
        _inside(
            '<task id="a"><standardLoopCharacteristics>\n'
            '! <loopCondition xsi:type="tFormalExpression" evaluatesToTypeRef="?">x</loopCondition>'
            f"\n</standardLoopCharacteristics></task>\n{_TASK}"
        ),
        "item",
        "a",
    ),
    "flow-node-incoming": (
        _inside(f'! <task id="a"><incoming>?</incoming></task>\n{_TASK}'),
        "start-a",
        "a",
    ),
    "flow-node-outgoing": (
        _inside(f'! <task id="a"><outgoing>?</outgoing></task>\n{_TASK}'),
        "a-end",
        "a",
    ),
    "sequence-flow-source-ref": (
        _inside(f'! <sequenceFlow id="x" sourceRef="?" targetRef="a"/>\n{_TASK}'),
        "a",
        "x",
    ),
    "sequence-flow-target-ref": (
        _inside(f'! <sequenceFlow id="x" sourceRef="a" targetRef="?"/>\n{_TASK}'),
        "a",
        "x",
    ),
    "collaboration-choreography-ref": (
        _root('<collaboration id="x"><choreographyRef>?</choreographyRef></collaboration>'),
        "ch",
        "x",
    ),
    "participant-process-ref": (
        _collaboration('<participant id="x" processRef="?"/>'),
        "p",
        "x",
    ),
    "participant-interface-ref": (
        _collaboration('<participant id="x"><interfaceRef>?</interfaceRef></participant>'),
        "iface",
        "x",
    ),
    "participant-end-point-ref": (
        _collaboration('<participant id="x"><endPointRef>?</endPointRef></participant>'),
        "endpoint",
        "x",
    ),
    "partner-entity-participant-ref": (
        _root('<partnerEntity id="x"><participantRef>?</participantRef></partnerEntity>'),
        "us",
        "x",
    ),
    "partner-role-participant-ref": (
        _root('<partnerRole id="x"><participantRef>?</participantRef></partnerRole>'),
        "us",
        "x",
    ),
    "participant-association-inner-participant-ref": (
        _collaboration(
            '<participantAssociation id="x"><innerParticipantRef>?</innerParticipantRef>'
            "<outerParticipantRef>us</outerParticipantRef></participantAssociation>"
        ),
        "one",
        "x",
    ),
    "participant-association-outer-participant-ref": (
        _collaboration(
            '<participantAssociation id="x"><innerParticipantRef>one</innerParticipantRef>'
            "<outerParticipantRef>?</outerParticipantRef></participantAssociation>"
        ),
        "us",
        "x",
    ),
    "message-flow-source-ref": (
        _collaboration('<messageFlow id="x" sourceRef="?" targetRef="two"/>'),
        "one",
        "x",
    ),
    "message-flow-target-ref": (
        _collaboration('<messageFlow id="x" sourceRef="one" targetRef="?"/>'),
        "two",
        "x",
    ),
    "message-flow-message-ref": (
        _collaboration('<messageFlow id="x" sourceRef="one" targetRef="two" messageRef="?"/>'),
        "msg",
        "x",
    ),
    "message-flow-association-inner-message-flow-ref": (
        _collaboration(
            '<messageFlowAssociation id="x" innerMessageFlowRef="?" outerMessageFlowRef="mf"/>'
        ),
        "mf2",
        "x",
    ),
    "message-flow-association-outer-message-flow-ref": (
        _collaboration(
            '<messageFlowAssociation id="x" innerMessageFlowRef="mf2" outerMessageFlowRef="?"/>'
        ),
        "mf",
        "x",
    ),
    "conversation-node-participant-ref": (
        _collaboration(
            '<conversation id="x"><participantRef>one</participantRef>'
            "<participantRef>two</participantRef><participantRef>?</participantRef></conversation>"
        ),
        "us",
        "x",
    ),
    "conversation-node-message-flow-ref": (
        _collaboration(
            '<conversation id="x"><participantRef>one</participantRef>'
            "<participantRef>two</participantRef><messageFlowRef>?</messageFlowRef></conversation>"
        ),
        "mf2",
        "x",
    ),
    "call-conversation-called-collaboration-ref": (
        _collaboration(
            '<callConversation id="x" calledCollaborationRef="?">'
            "<participantRef>one</participantRef><participantRef>two</participantRef>"
            "</callConversation>"
        ),
        "co",
        "x",
    ),
    "conversation-link-source-ref": (
        _collaboration('<conversationLink id="x" sourceRef="?" targetRef="talk"/>'),
        "one",
        "x",
    ),
    "conversation-link-target-ref": (
        _collaboration('<conversationLink id="x" sourceRef="talk" targetRef="?"/>'),
        "one",
        "x",
    ),
    "conversation-association-inner-conversation-node-ref": (
        _collaboration(
            '<conversationAssociation id="x" innerConversationNodeRef="?"'
            ' outerConversationNodeRef="talk"/>'
        ),
        "talk",
        "x",
    ),
    "conversation-association-outer-conversation-node-ref": (
        _collaboration(
            '<conversationAssociation id="x" innerConversationNodeRef="talk"'
            ' outerConversationNodeRef="?"/>'
        ),
        "talk",
        "x",
    ),
    "process-definitional-collaboration-ref": (
        f"{_ROOTS}\n"
        '! <process id="x" isExecutable="true" definitionalCollaborationRef="?">'
        '<startEvent id="start"/><endEvent id="end"/>\nstart -> end\n</process>',
        "co",
        "x",
    ),
    "process-supports": (
        f'{_ROOTS}\n<process id="q"/>\n'
        '! <process id="x" isExecutable="true"><startEvent id="start"/><endEvent id="end"/>'
        '<sequenceFlow id="f" sourceRef="start" targetRef="end"/><supports>?</supports></process>',
        "q",
        "x",
    ),
    "activity-default": (
        _inside(
            '! <task id="a" default="?"/>\n<sequenceFlow id="f" sourceRef="a" targetRef="end">'
            f"<conditionExpression>x</conditionExpression></sequenceFlow>\n{_TASK}"
        ),
        "a-end",
        "a",
    ),
    "resource-role-resource-ref": (
        _inside(
            '<userTask id="a">\n! <performer id="x"><resourceRef>?</resourceRef></performer>\n'
            f"</userTask>\n{_TASK}"
        ),
        "res",
        "a",
    ),
    "resource-parameter-binding-parameter-ref": (
        _inside(
            '<userTask id="a"><performer id="r"><resourceRef>res</resourceRef>\n'
            '! <resourceParameterBinding id="x" parameterRef="?"><formalExpression>1'
            "</formalExpression></resourceParameterBinding>\n</performer></userTask>\n" + _TASK
        ),
        "param",
        "a",
    ),
    "service-task-operation-ref": (
        _inside(f'! <serviceTask id="a" operationRef="?"/>\n{_TASK}'),
        "op",
        "a",
    ),
    "send-task-operation-ref": (
        _inside(f'! <sendTask id="a" operationRef="?"/>\n{_TASK}'),
        "op",
        "a",
    ),
    "send-task-message-ref": (
        _inside(f'! <sendTask id="a" messageRef="?"/>\n{_TASK}'),
        "msg",
        "a",
    ),
    "receive-task-operation-ref": (
        _inside(f'! <receiveTask id="a" operationRef="?"/>\n{_TASK}'),
        "op",
        "a",
    ),
    "receive-task-message-ref": (
        _inside(f'! <receiveTask id="a" messageRef="?"/>\n{_TASK}'),
        "msg",
        "a",
    ),
    "callable-element-supported-interface-ref": (
        _root('<globalTask id="x"><supportedInterfaceRef>?</supportedInterfaceRef></globalTask>'),
        "iface",
        "x",
    ),
    "io-binding-operation-ref": (
        _root(
            "<globalTask><ioSpecification><inputSet id='gi'/><outputSet id='go'/>"
            '</ioSpecification><ioBinding id="x" operationRef="?" inputDataRef="gi"'
            ' outputDataRef="go"/></globalTask>'
        ),
        "op",
        "x",
    ),
    "io-binding-input-data-ref": (
        _root(
            "<globalTask><ioSpecification><inputSet id='gi'/><outputSet id='go'/>"
            '</ioSpecification><ioBinding id="x" operationRef="op" inputDataRef="?"'
            ' outputDataRef="go"/></globalTask>'
        ),
        "gi",
        "x",
    ),
    "io-binding-output-data-ref": (
        _root(
            "<globalTask><ioSpecification><inputSet id='gi'/><outputSet id='go'/>"
            '</ioSpecification><ioBinding id="x" operationRef="op" inputDataRef="gi"'
            ' outputDataRef="?"/></globalTask>'
        ),
        "go",
        "x",
    ),
    "multi-instance-loop-characteristics-loop-data-input-ref": (
        _inside(
            '<dataObject id="list" isCollection="true"/>\n'
            '<task id="a">\n! <multiInstanceLoopCharacteristics id="x">'
            "<loopDataInputRef>?</loopDataInputRef></multiInstanceLoopCharacteristics>\n"
            f"</task>\n{_TASK}"
        ),
        "list",
        "a",
    ),
    "multi-instance-loop-characteristics-loop-data-output-ref": (
        _inside(
            '<dataObject id="list" isCollection="true"/>\n'
            '<task id="a">\n! <multiInstanceLoopCharacteristics id="x"><loopCardinality>3'
            "</loopCardinality><loopDataOutputRef>?</loopDataOutputRef>"
            f"</multiInstanceLoopCharacteristics>\n</task>\n{_TASK}"
        ),
        "list",
        "a",
    ),
    "multi-instance-loop-characteristics-one-behavior-event-ref": (
        _inside(
            '<task id="a">\n! <multiInstanceLoopCharacteristics id="x" behavior="One"'
            ' oneBehaviorEventRef="?"><loopCardinality>3</loopCardinality>'
            f"</multiInstanceLoopCharacteristics>\n</task>\n{_TASK}"
        ),
        "shared",
        "a",
    ),
    "multi-instance-loop-characteristics-none-behavior-event-ref": (
        _inside(
            '<task id="a">\n! <multiInstanceLoopCharacteristics id="x" behavior="None"'
            ' noneBehaviorEventRef="?"><loopCardinality>3</loopCardinality>'
            f"</multiInstanceLoopCharacteristics>\n</task>\n{_TASK}"
        ),
        "shared",
        "a",
    ),
    **{
        f"{kind}-gateway-default": (
            _inside(
                f'! <{kind}Gateway id="g" default="?"/>\n<sequenceFlow id="f" sourceRef="g" targetRef="a">'
                "<conditionExpression>x</conditionExpression></sequenceFlow>\n"
                "start -> g -> b -> end\na -> end"
            ),
            "g-b",
            "g",
        )
        for kind in ("exclusive", "inclusive", "complex")
    },
    "lane-flow-node-ref": (
        _inside(
            '<laneSet>\n! <lane id="x"><flowNodeRef>?</flowNodeRef></lane>\n</laneSet>\n' + _TASK
        ),
        "a",
        "x",
    ),
    "lane-partition-element-ref": (
        _inside(f'<laneSet>\n! <lane id="x" partitionElementRef="?"/>\n</laneSet>\n{_TASK}'),
        "us",
        "x",
    ),
    "data-object-item-subject-ref": (
        _inside(f'! <dataObject id="x" itemSubjectRef="?"/>\n{_TASK}'),
        "item",
        "x",
    ),
    "data-object-reference-item-subject-ref": (
        _inside(
            '<dataObject id="o"/>\n! <dataObjectReference id="x" dataObjectRef="o"'
            f' itemSubjectRef="?"/>\n{_TASK}'
        ),
        "item",
        "x",
    ),
    "data-object-reference-data-object-ref": (
        _inside(
            f'<dataObject id="o"/>\n! <dataObjectReference id="x" dataObjectRef="?"/>\n{_TASK}'
        ),
        "o",
        "x",
    ),
    "data-store-item-subject-ref": (
        _root('<dataStore id="x" name="s" itemSubjectRef="?"/>'),
        "item",
        "x",
    ),
    "data-store-reference-item-subject-ref": (
        _inside(f'! <dataStoreReference id="x" itemSubjectRef="?"/>\n{_TASK}'),
        "item",
        "x",
    ),
    "data-store-reference-data-store-ref": (
        _inside(f'! <dataStoreReference id="x" dataStoreRef="?"/>\n{_TASK}'),
        "store",
        "x",
    ),
    "property-item-subject-ref": (
        _inside(f'! <property id="x" itemSubjectRef="?"/>\n{_TASK}'),
        "item",
        "x",
    ),
    "data-input-item-subject-ref": (
        _inside(
            '<task id="a"><ioSpecification>\n! <dataInput id="x" itemSubjectRef="?"/>\n'
            "<inputSet><dataInputRefs>x</dataInputRefs></inputSet><outputSet/></ioSpecification>"
            f"</task>\n{_TASK}"
        ),
        "item",
        "a",
    ),
    "data-output-item-subject-ref": (
        _inside(
            '<task id="a"><ioSpecification>\n! <dataOutput id="x" itemSubjectRef="?"/>\n'
            "<inputSet/><outputSet><dataOutputRefs>x</dataOutputRefs></outputSet>"
            f"</ioSpecification></task>\n{_TASK}"
        ),
        "item",
        "a",
    ),
    "input-set-data-input-refs": (
        _sets(
            '! <inputSet id="is"><dataInputRefs>in</dataInputRefs><dataInputRefs>?</dataInputRefs>'
            "</inputSet>",
            _OUT,
        ),
        "in",
        "a",
    ),
    "input-set-optional-input-refs": (
        _sets(
            '! <inputSet id="is"><dataInputRefs>in</dataInputRefs>'
            "<optionalInputRefs>?</optionalInputRefs></inputSet>",
            _OUT,
        ),
        "in",
        "a",
    ),
    "input-set-while-executing-input-refs": (
        _sets(
            '! <inputSet id="is"><dataInputRefs>in</dataInputRefs>'
            "<whileExecutingInputRefs>?</whileExecutingInputRefs></inputSet>",
            _OUT,
        ),
        "in",
        "a",
    ),
    "input-set-output-set-refs": (
        _sets(
            '! <inputSet id="is"><dataInputRefs>in</dataInputRefs>'
            "<outputSetRefs>?</outputSetRefs></inputSet>",
            '<outputSet id="os"><dataOutputRefs>out</dataOutputRefs>'
            "<inputSetRefs>is</inputSetRefs></outputSet>",
        ),
        "os",
        "a",
    ),
    "output-set-data-output-refs": (
        _sets(
            '! <outputSet id="os"><dataOutputRefs>out</dataOutputRefs>'
            "<dataOutputRefs>?</dataOutputRefs></outputSet>",
            _BOTH,
        ),
        "out",
        "a",
    ),
    "output-set-optional-output-refs": (
        _sets(
            '! <outputSet id="os"><dataOutputRefs>out</dataOutputRefs>'
            "<optionalOutputRefs>?</optionalOutputRefs></outputSet>",
            _BOTH,
        ),
        "out",
        "a",
    ),
    "output-set-while-executing-output-refs": (
        _sets(
            '! <outputSet id="os"><dataOutputRefs>out</dataOutputRefs>'
            "<whileExecutingOutputRefs>?</whileExecutingOutputRefs></outputSet>",
            _BOTH,
        ),
        "out",
        "a",
    ),
    "output-set-input-set-refs": (
        _sets(
            '! <outputSet id="os"><dataOutputRefs>out</dataOutputRefs>'
            "<inputSetRefs>?</inputSetRefs></outputSet>",
            '<inputSet id="is"><dataInputRefs>in</dataInputRefs>'
            "<outputSetRefs>os</outputSetRefs></inputSet>",
        ),
        "is",
        "a",
    ),
    "data-association-source-ref": (
        _inside(
            '<dataObject id="o"/>\n'
            '<task id="a"><ioSpecification><dataInput id="in"/>'
            "<inputSet><dataInputRefs>in</dataInputRefs></inputSet><outputSet/></ioSpecification>\n"
            '! <dataInputAssociation id="x"><sourceRef>?</sourceRef><targetRef>in</targetRef>'
            f"</dataInputAssociation>\n</task>\n{_TASK}"
        ),
        "o",
        "a",
    ),
    "data-association-target-ref": (
        _inside(
            '<dataObject id="o"/>\n'
            '<task id="a"><ioSpecification><dataOutput id="out"/>'
            "<inputSet/><outputSet><dataOutputRefs>out</dataOutputRefs></outputSet>"
            "</ioSpecification>\n"
            '! <dataOutputAssociation id="x"><sourceRef>out</sourceRef><targetRef>?</targetRef>'
            f"</dataOutputAssociation>\n</task>\n{_TASK}"
        ),
        "o",
        "a",
    ),
    "catch-event-event-definition-ref": (
        _inside(
            '! <intermediateCatchEvent id="e"><eventDefinitionRef>?</eventDefinitionRef>'
            "</intermediateCatchEvent>\nstart -> e -> end"
        ),
        "shared",
        "e",
    ),
    "throw-event-event-definition-ref": (
        _inside(
            '! <intermediateThrowEvent id="e"><eventDefinitionRef>?</eventDefinitionRef>'
            "</intermediateThrowEvent>\nstart -> e -> end"
        ),
        "shared",
        "e",
    ),
    "boundary-event-attached-to-ref": (
        _inside(
            '! <boundaryEvent id="e" attachedToRef="?"><errorEventDefinition/></boundaryEvent>\n'
            f"e -> end\n{_TASK}"
        ),
        "a",
        "e",
    ),
    "message-event-definition-message-ref": (
        _event("intermediateCatchEvent", '<messageEventDefinition messageRef="?"/>'),
        "msg",
        "e",
    ),
    "message-event-definition-operation-ref": (
        _event(
            "intermediateThrowEvent",
            '<messageEventDefinition messageRef="msg"><operationRef>?</operationRef>'
            "</messageEventDefinition>",
        ),
        "op",
        "e",
    ),
    "signal-event-definition-signal-ref": (
        _event("intermediateCatchEvent", '<signalEventDefinition signalRef="?"/>'),
        "sig",
        "e",
    ),
    "error-event-definition-error-ref": (
        _event("endEvent", '<errorEventDefinition errorRef="?"/>'),
        "err",
        "end",
    ),
    "escalation-event-definition-escalation-ref": (
        _event("intermediateThrowEvent", '<escalationEventDefinition escalationRef="?"/>'),
        "esc",
        "e",
    ),
    "compensate-event-definition-activity-ref": (
        _inside(
            '<subProcess id="a"><startEvent id="s1"/><endEvent id="e1"/>\ns1 -> e1\n</subProcess>\n'
            '<endEvent id="end">\n! <compensateEventDefinition activityRef="?"/>\n</endEvent>\n'
            + _TASK
        ),
        "a",
        "end",
    ),
    "link-event-definition-source": (
        _inside(
            '<intermediateThrowEvent id="t"><linkEventDefinition id="from" name="l"/>'
            '</intermediateThrowEvent>\n<intermediateCatchEvent id="c">\n'
            '! <linkEventDefinition name="l"><source>?</source></linkEventDefinition>\n'
            "</intermediateCatchEvent>\nstart -> t\nc -> end"
        ),
        "from",
        "c",
    ),
    "link-event-definition-target": (
        _inside(
            '<intermediateCatchEvent id="c"><linkEventDefinition id="to" name="l"/>'
            '</intermediateCatchEvent>\n<intermediateThrowEvent id="t">\n'
            '! <linkEventDefinition name="l"><target>?</target></linkEventDefinition>\n'
            "</intermediateThrowEvent>\nstart -> t\nc -> end"
        ),
        "to",
        "t",
    ),
    "choreography-activity-initiating-participant-ref": (
        _root(
            '<choreography><participant id="u"/><participant id="v"/>'
            '<messageFlow id="uv" sourceRef="u" targetRef="v"/>'
            '<choreographyTask id="x" initiatingParticipantRef="?">'
            "<participantRef>u</participantRef><participantRef>v</participantRef>"
            "<messageFlowRef>uv</messageFlowRef></choreographyTask></choreography>"
        ),
        "u",
        "x",
    ),
    "choreography-activity-participant-ref": (
        _root(
            '<choreography><participant id="u"/>'
            '<subChoreography id="x" initiatingParticipantRef="u">'
            "<participantRef>u</participantRef><participantRef>?</participantRef>"
            "</subChoreography></choreography>"
        ),
        "us",
        "x",
    ),
    "choreography-task-message-flow-ref": (
        _root(
            '<choreography><participant id="u"/><participant id="v"/>'
            '<messageFlow id="uv" sourceRef="u" targetRef="v"/>'
            '<choreographyTask id="x" initiatingParticipantRef="u">'
            "<participantRef>u</participantRef><participantRef>v</participantRef>"
            "<messageFlowRef>?</messageFlowRef></choreographyTask></choreography>"
        ),
        "uv",
        "x",
    ),
    "call-choreography-called-choreography-ref": (
        _root(
            '<choreography><participant id="u"/>'
            '<callChoreography id="x" initiatingParticipantRef="u" calledChoreographyRef="?">'
            "<participantRef>u</participantRef></callChoreography></choreography>"
        ),
        "ch",
        "x",
    ),
    "global-choreography-task-initiating-participant-ref": (
        _root(
            '<globalChoreographyTask id="x" initiatingParticipantRef="?"><participant id="u"/>'
            "</globalChoreographyTask>"
        ),
        "u",
        "x",
    ),
}

_ALSO = {
    "activity-default": ("default-not-outgoing",),
    "boundary-event-attached-to-ref": ("boundary-event-elsewhere",),
    "choreography-activity-initiating-participant-ref": ("choreography-initiator",),
    "exclusive-gateway-default": ("exclusive-gateway-conditions",),
    "choreography-task-message-flow-ref": ("choreography-task-messages",),
    "conversation-link-source-ref": ("conversation-link-ends",),
    "conversation-link-target-ref": ("conversation-link-ends",),
    "input-set-optional-input-refs": ("input-set-subset",),
    "input-set-while-executing-input-refs": ("input-set-subset",),
    "output-set-optional-output-refs": ("output-set-subset",),
    "output-set-while-executing-output-refs": ("output-set-subset",),
}


def _case(rule: str, wrong_id: str) -> Case:
    text, right_id, at = REFERENCES[rule]
    twin = text.replace("?", right_id)
    return Case(rule, text.replace("?", wrong_id), {}, at, _ALSO.get(rule, ()), twin=twin)


CASES = [_case(rule, "nowhere") for rule in REFERENCES]
_NAMES_ANYTHING = {
    "association-source-ref",
    "association-target-ref",
    "lane-partition-element-ref",
}
OF_ANOTHER_KIND = [_case(rule, "cat") for rule in REFERENCES if rule not in _NAMES_ANYTHING]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_name_of_nothing_is_found(case: Case) -> None:
    assert_pair(case)


@pytest.mark.parametrize("case", OF_ANOTHER_KIND, ids=lambda case: case.rule)
def test_name_of_another_kind_is_found(case: Case) -> None:
    assert_pair(case)


def test_name_with_the_prefix_of_another_namespace_is_believed() -> None:
    right = 'start -> a -> end\n<dataObject id="o" itemSubjectRef="xsd:string"/>'
    assert rule_ids(right, "error") == set()
    assert rule_ids(right.replace("xsd:", "undeclared:"), "error") == {
        "data-object-item-subject-ref"
    }


def test_message_says_what_was_found() -> None:
    wrong = 'start -> a -> end\n<boundaryEvent id="late" attachedToRef="end"><errorEventDefinition/></boundaryEvent>\nlate -> end2'
    [problem] = [p for p in problems(wrong) if p.severity == "error"]
    assert str(problem) == (
        "line 3: boundary event 'late' names 'end' as its 'attachedToRef', which is an end event;"
        " the id of an activity would do (BPMN 2.0.2 §10.5.4)"
    )
