"""Flow nodes, data and event definitions: each attribute that names another element."""

# ruff: noqa: E501  (documents are written as they are read)

from __future__ import annotations

from tests.bpmn.checks.reference_kit import BOTH, OUT, TASK, event, inside, root, sets

REFERENCES: dict[str, tuple[str, str, str]] = {
    # rule: document with `?` for the id, a right id, the element that is marked
    "flow-element-category-value-ref": (
        inside(
            f'! <task id="a"><categoryValueRef>?</categoryValueRef></task>\n{TASK}',
        ),
        "value",
        "a",
    ),
    "formal-expression-evaluates-to-type-ref": (
        inside(
            '<task id="a"><standardLoopCharacteristics>\n'
            '! <loopCondition xsi:type="tFormalExpression" evaluatesToTypeRef="?">x</loopCondition>'
            f"\n</standardLoopCharacteristics></task>\n{TASK}"
        ),
        "item",
        "a",
    ),
    "flow-node-incoming": (
        inside(f'! <task id="a"><incoming>?</incoming></task>\n{TASK}'),
        "start-a",
        "a",
    ),
    "flow-node-outgoing": (
        inside(f'! <task id="a"><outgoing>?</outgoing></task>\n{TASK}'),
        "a-end",
        "a",
    ),
    "sequence-flow-source-ref": (
        inside(f'! <sequenceFlow id="x" sourceRef="?" targetRef="a"/>\n{TASK}'),
        "a",
        "x",
    ),
    "sequence-flow-target-ref": (
        inside(f'! <sequenceFlow id="x" sourceRef="a" targetRef="?"/>\n{TASK}'),
        "a",
        "x",
    ),
    "activity-default": (
        inside(
            '! <task id="a" default="?"/>\n<sequenceFlow id="f" sourceRef="a" targetRef="end">'
            f"<conditionExpression>x</conditionExpression></sequenceFlow>\n{TASK}"
        ),
        "a-end",
        "a",
    ),
    "resource-role-resource-ref": (
        inside(
            '<userTask id="a">\n! <performer id="x"><resourceRef>?</resourceRef></performer>\n'
            f"</userTask>\n{TASK}"
        ),
        "res",
        "a",
    ),
    "resource-parameter-binding-parameter-ref": (
        inside(
            '<userTask id="a"><performer id="r"><resourceRef>res</resourceRef>\n'
            '! <resourceParameterBinding id="x" parameterRef="?"><formalExpression>1'
            "</formalExpression></resourceParameterBinding>\n</performer></userTask>\n" + TASK
        ),
        "param",
        "a",
    ),
    "service-task-operation-ref": (
        inside(f'! <serviceTask id="a" operationRef="?"/>\n{TASK}'),
        "op",
        "a",
    ),
    "send-task-operation-ref": (
        inside(f'! <sendTask id="a" operationRef="?"/>\n{TASK}'),
        "op",
        "a",
    ),
    "send-task-message-ref": (
        inside(f'! <sendTask id="a" messageRef="?"/>\n{TASK}'),
        "msg",
        "a",
    ),
    "receive-task-operation-ref": (
        inside(f'! <receiveTask id="a" operationRef="?"/>\n{TASK}'),
        "op",
        "a",
    ),
    "receive-task-message-ref": (
        inside(f'! <receiveTask id="a" messageRef="?"/>\n{TASK}'),
        "msg",
        "a",
    ),
    "multi-instance-loop-characteristics-loop-data-input-ref": (
        inside(
            '<dataObject id="list" isCollection="true"/>\n'
            '<task id="a">\n! <multiInstanceLoopCharacteristics id="x">'
            "<loopDataInputRef>?</loopDataInputRef></multiInstanceLoopCharacteristics>\n"
            f"</task>\n{TASK}"
        ),
        "list",
        "a",
    ),
    "multi-instance-loop-characteristics-loop-data-output-ref": (
        inside(
            '<dataObject id="list" isCollection="true"/>\n'
            '<task id="a">\n! <multiInstanceLoopCharacteristics id="x"><loopCardinality>3'
            "</loopCardinality><loopDataOutputRef>?</loopDataOutputRef>"
            f"</multiInstanceLoopCharacteristics>\n</task>\n{TASK}"
        ),
        "list",
        "a",
    ),
    "multi-instance-loop-characteristics-one-behavior-event-ref": (
        inside(
            '<task id="a">\n! <multiInstanceLoopCharacteristics id="x" behavior="One"'
            ' oneBehaviorEventRef="?"><loopCardinality>3</loopCardinality>'
            f"</multiInstanceLoopCharacteristics>\n</task>\n{TASK}"
        ),
        "shared",
        "a",
    ),
    "multi-instance-loop-characteristics-none-behavior-event-ref": (
        inside(
            '<task id="a">\n! <multiInstanceLoopCharacteristics id="x" behavior="None"'
            ' noneBehaviorEventRef="?"><loopCardinality>3</loopCardinality>'
            f"</multiInstanceLoopCharacteristics>\n</task>\n{TASK}"
        ),
        "shared",
        "a",
    ),
    **{
        f"{kind}-gateway-default": (
            inside(
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
        inside(
            '<laneSet>\n! <lane id="x"><flowNodeRef>?</flowNodeRef></lane>\n</laneSet>\n' + TASK
        ),
        "a",
        "x",
    ),
    "lane-partition-element-ref": (
        inside(f'<laneSet>\n! <lane id="x" partitionElementRef="?"/>\n</laneSet>\n{TASK}'),
        "us",
        "x",
    ),
    "data-object-item-subject-ref": (
        inside(f'! <dataObject id="x" itemSubjectRef="?"/>\n{TASK}'),
        "item",
        "x",
    ),
    "data-object-reference-item-subject-ref": (
        inside(
            '<dataObject id="o"/>\n! <dataObjectReference id="x" dataObjectRef="o"'
            f' itemSubjectRef="?"/>\n{TASK}'
        ),
        "item",
        "x",
    ),
    "data-object-reference-data-object-ref": (
        inside(f'<dataObject id="o"/>\n! <dataObjectReference id="x" dataObjectRef="?"/>\n{TASK}'),
        "o",
        "x",
    ),
    "data-store-item-subject-ref": (
        root('<dataStore id="x" name="s" itemSubjectRef="?"/>'),
        "item",
        "x",
    ),
    "data-store-reference-item-subject-ref": (
        inside(f'! <dataStoreReference id="x" itemSubjectRef="?"/>\n{TASK}'),
        "item",
        "x",
    ),
    "data-store-reference-data-store-ref": (
        inside(f'! <dataStoreReference id="x" dataStoreRef="?"/>\n{TASK}'),
        "store",
        "x",
    ),
    "property-item-subject-ref": (
        inside(f'! <property id="x" itemSubjectRef="?"/>\n{TASK}'),
        "item",
        "x",
    ),
    "data-input-item-subject-ref": (
        inside(
            '<task id="a"><ioSpecification>\n! <dataInput id="x" itemSubjectRef="?"/>\n'
            "<inputSet><dataInputRefs>x</dataInputRefs></inputSet><outputSet/></ioSpecification>"
            f"</task>\n{TASK}"
        ),
        "item",
        "a",
    ),
    "data-output-item-subject-ref": (
        inside(
            '<task id="a"><ioSpecification>\n! <dataOutput id="x" itemSubjectRef="?"/>\n'
            "<inputSet/><outputSet><dataOutputRefs>x</dataOutputRefs></outputSet>"
            f"</ioSpecification></task>\n{TASK}"
        ),
        "item",
        "a",
    ),
    "input-set-data-input-refs": (
        sets(
            '! <inputSet id="is"><dataInputRefs>in</dataInputRefs><dataInputRefs>?</dataInputRefs>'
            "</inputSet>",
            OUT,
        ),
        "in",
        "a",
    ),
    "input-set-optional-input-refs": (
        sets(
            '! <inputSet id="is"><dataInputRefs>in</dataInputRefs>'
            "<optionalInputRefs>?</optionalInputRefs></inputSet>",
            OUT,
        ),
        "in",
        "a",
    ),
    "input-set-while-executing-input-refs": (
        sets(
            '! <inputSet id="is"><dataInputRefs>in</dataInputRefs>'
            "<whileExecutingInputRefs>?</whileExecutingInputRefs></inputSet>",
            OUT,
        ),
        "in",
        "a",
    ),
    "input-set-output-set-refs": (
        sets(
            '! <inputSet id="is"><dataInputRefs>in</dataInputRefs>'
            "<outputSetRefs>?</outputSetRefs></inputSet>",
            '<outputSet id="os"><dataOutputRefs>out</dataOutputRefs>'
            "<inputSetRefs>is</inputSetRefs></outputSet>",
        ),
        "os",
        "a",
    ),
    "output-set-data-output-refs": (
        sets(
            '! <outputSet id="os"><dataOutputRefs>out</dataOutputRefs>'
            "<dataOutputRefs>?</dataOutputRefs></outputSet>",
            BOTH,
        ),
        "out",
        "a",
    ),
    "output-set-optional-output-refs": (
        sets(
            '! <outputSet id="os"><dataOutputRefs>out</dataOutputRefs>'
            "<optionalOutputRefs>?</optionalOutputRefs></outputSet>",
            BOTH,
        ),
        "out",
        "a",
    ),
    "output-set-while-executing-output-refs": (
        sets(
            '! <outputSet id="os"><dataOutputRefs>out</dataOutputRefs>'
            "<whileExecutingOutputRefs>?</whileExecutingOutputRefs></outputSet>",
            BOTH,
        ),
        "out",
        "a",
    ),
    "output-set-input-set-refs": (
        sets(
            '! <outputSet id="os"><dataOutputRefs>out</dataOutputRefs>'
            "<inputSetRefs>?</inputSetRefs></outputSet>",
            '<inputSet id="is"><dataInputRefs>in</dataInputRefs>'
            "<outputSetRefs>os</outputSetRefs></inputSet>",
        ),
        "is",
        "a",
    ),
    "data-association-source-ref": (
        inside(
            '<dataObject id="o"/>\n'
            '<task id="a"><ioSpecification><dataInput id="in"/>'
            "<inputSet><dataInputRefs>in</dataInputRefs></inputSet><outputSet/></ioSpecification>\n"
            '! <dataInputAssociation id="x"><sourceRef>?</sourceRef><targetRef>in</targetRef>'
            f"</dataInputAssociation>\n</task>\n{TASK}"
        ),
        "o",
        "a",
    ),
    "data-association-target-ref": (
        inside(
            '<dataObject id="o"/>\n'
            '<task id="a"><ioSpecification><dataOutput id="out"/>'
            "<inputSet/><outputSet><dataOutputRefs>out</dataOutputRefs></outputSet>"
            "</ioSpecification>\n"
            '! <dataOutputAssociation id="x"><sourceRef>out</sourceRef><targetRef>?</targetRef>'
            f"</dataOutputAssociation>\n</task>\n{TASK}"
        ),
        "o",
        "a",
    ),
    "catch-event-event-definition-ref": (
        inside(
            '! <intermediateCatchEvent id="e"><eventDefinitionRef>?</eventDefinitionRef>'
            "</intermediateCatchEvent>\nstart -> e -> end"
        ),
        "shared",
        "e",
    ),
    "throw-event-event-definition-ref": (
        inside(
            '! <intermediateThrowEvent id="e"><eventDefinitionRef>?</eventDefinitionRef>'
            "</intermediateThrowEvent>\nstart -> e -> end"
        ),
        "shared",
        "e",
    ),
    "boundary-event-attached-to-ref": (
        inside(
            '! <boundaryEvent id="e" attachedToRef="?"><errorEventDefinition/></boundaryEvent>\n'
            f"e -> end\n{TASK}"
        ),
        "a",
        "e",
    ),
    "message-event-definition-message-ref": (
        event("intermediateCatchEvent", '<messageEventDefinition messageRef="?"/>'),
        "msg",
        "e",
    ),
    "message-event-definition-operation-ref": (
        event(
            "intermediateThrowEvent",
            '<messageEventDefinition messageRef="msg"><operationRef>?</operationRef>'
            "</messageEventDefinition>",
        ),
        "op",
        "e",
    ),
    "signal-event-definition-signal-ref": (
        event("intermediateCatchEvent", '<signalEventDefinition signalRef="?"/>'),
        "sig",
        "e",
    ),
    "error-event-definition-error-ref": (
        event("endEvent", '<errorEventDefinition errorRef="?"/>'),
        "err",
        "end",
    ),
    "escalation-event-definition-escalation-ref": (
        event("intermediateThrowEvent", '<escalationEventDefinition escalationRef="?"/>'),
        "esc",
        "e",
    ),
    "compensate-event-definition-activity-ref": (
        inside(
            '<subProcess id="a"><startEvent id="s1"/><endEvent id="e1"/>\ns1 -> e1\n</subProcess>\n'
            '<endEvent id="end">\n! <compensateEventDefinition activityRef="?"/>\n</endEvent>\n'
            + TASK
        ),
        "a",
        "end",
    ),
    "link-event-definition-source": (
        inside(
            '<intermediateThrowEvent id="t"><linkEventDefinition id="from" name="l"/>'
            '</intermediateThrowEvent>\n<intermediateCatchEvent id="c">\n'
            '! <linkEventDefinition name="l"><source>?</source></linkEventDefinition>\n'
            "</intermediateCatchEvent>\nstart -> t\nc -> end"
        ),
        "from",
        "c",
    ),
    "link-event-definition-target": (
        inside(
            '<intermediateCatchEvent id="c"><linkEventDefinition id="to" name="l"/>'
            '</intermediateCatchEvent>\n<intermediateThrowEvent id="t">\n'
            '! <linkEventDefinition name="l"><target>?</target></linkEventDefinition>\n'
            "</intermediateThrowEvent>\nstart -> t\nc -> end"
        ),
        "to",
        "t",
    ),
}
