"""Root elements, collaborations and choreographies: each attribute that names another element."""

# ruff: noqa: E501  (documents are written as they are read)

from __future__ import annotations

from tests.bpmn.checks.reference_kit import ROOTS, TASK, collaboration, inside, root

REFERENCES: dict[str, tuple[str, str, str]] = {
    # rule: document with `?` for the id, a right id, the element that is marked
    "association-source-ref": (
        inside(f'! <association id="x" sourceRef="?" targetRef="a"/>\n{TASK}'),
        "end",
        "x",
    ),
    "association-target-ref": (
        inside(f'! <association id="x" sourceRef="a" targetRef="?"/>\n{TASK}'),
        "end",
        "x",
    ),
    "group-category-value-ref": (
        inside(f'! <group id="x" categoryValueRef="?"/>\n{TASK}'),
        "value",
        "x",
    ),
    "correlation-key-correlation-property-ref": (
        collaboration(
            '<correlationKey id="x"><correlationPropertyRef>?</correlationPropertyRef></correlationKey>'
        ),
        "prop",
        "x",
    ),
    "correlation-property-retrieval-expression-message-ref": (
        root(
            '<correlationProperty id="x"><correlationPropertyRetrievalExpression messageRef="?">'
            "<messagePath>m</messagePath></correlationPropertyRetrievalExpression>"
            "</correlationProperty>"
        ),
        "msg",
        "x",
    ),
    "correlation-subscription-correlation-key-ref": (
        f'{ROOTS}<collaboration id="c2"><correlationKey id="key">'
        "<correlationPropertyRef>prop</correlationPropertyRef></correlationKey></collaboration>\n"
        '---\n! <correlationSubscription id="x" correlationKeyRef="?"><correlationPropertyBinding '
        'correlationPropertyRef="prop"><dataPath>x</dataPath></correlationPropertyBinding>'
        f"</correlationSubscription>\n{TASK}",
        "key",
        "x",
    ),
    "correlation-property-binding-correlation-property-ref": (
        f'{ROOTS}<collaboration id="c2"><correlationKey id="key">'
        "<correlationPropertyRef>prop</correlationPropertyRef></correlationKey></collaboration>\n"
        '---\n! <correlationSubscription id="x" correlationKeyRef="key"><correlationPropertyBinding '
        'id="b" correlationPropertyRef="?"><dataPath>x</dataPath></correlationPropertyBinding>'
        f"</correlationSubscription>\n{TASK}",
        "prop",
        "b",
    ),
    "error-structure-ref": (root('<error id="x" structureRef="?"/>'), "item", "x"),
    "escalation-structure-ref": (root('<escalation id="x" structureRef="?"/>'), "item", "x"),
    "signal-structure-ref": (root('<signal id="x" structureRef="?"/>'), "item", "x"),
    "message-item-ref": (root('<message id="x" itemRef="?"/>'), "item", "x"),
    "resource-parameter-type": (
        root('<resource id="r2" name="r"><resourceParameter id="x" type="?"/></resource>'),
        "item",
        "x",
    ),
    "operation-in-message-ref": (
        root(
            '<interface name="i"><operation id="x" name="o">'
            "<inMessageRef>?</inMessageRef></operation></interface>"
        ),
        "msg",
        "x",
    ),
    "operation-out-message-ref": (
        root(
            '<interface name="i"><operation id="x" name="o"><inMessageRef>msg</inMessageRef>'
            "<outMessageRef>?</outMessageRef></operation></interface>"
        ),
        "msg",
        "x",
    ),
    "operation-error-ref": (
        root(
            '<interface name="i"><operation id="x" name="o"><inMessageRef>msg</inMessageRef>'
            "<errorRef>?</errorRef></operation></interface>"
        ),
        "err",
        "x",
    ),
    "collaboration-choreography-ref": (
        root('<collaboration id="x"><choreographyRef>?</choreographyRef></collaboration>'),
        "ch",
        "x",
    ),
    "participant-process-ref": (
        collaboration('<participant id="x" processRef="?"/>'),
        "p",
        "x",
    ),
    "participant-interface-ref": (
        collaboration('<participant id="x"><interfaceRef>?</interfaceRef></participant>'),
        "iface",
        "x",
    ),
    "participant-end-point-ref": (
        collaboration('<participant id="x"><endPointRef>?</endPointRef></participant>'),
        "endpoint",
        "x",
    ),
    "partner-entity-participant-ref": (
        root('<partnerEntity id="x"><participantRef>?</participantRef></partnerEntity>'),
        "us",
        "x",
    ),
    "partner-role-participant-ref": (
        root('<partnerRole id="x"><participantRef>?</participantRef></partnerRole>'),
        "us",
        "x",
    ),
    "participant-association-inner-participant-ref": (
        collaboration(
            '<participantAssociation id="x"><innerParticipantRef>?</innerParticipantRef>'
            "<outerParticipantRef>us</outerParticipantRef></participantAssociation>"
        ),
        "one",
        "x",
    ),
    "participant-association-outer-participant-ref": (
        collaboration(
            '<participantAssociation id="x"><innerParticipantRef>one</innerParticipantRef>'
            "<outerParticipantRef>?</outerParticipantRef></participantAssociation>"
        ),
        "us",
        "x",
    ),
    "message-flow-source-ref": (
        collaboration('<messageFlow id="x" sourceRef="?" targetRef="two"/>'),
        "one",
        "x",
    ),
    "message-flow-target-ref": (
        collaboration('<messageFlow id="x" sourceRef="one" targetRef="?"/>'),
        "two",
        "x",
    ),
    "message-flow-message-ref": (
        collaboration('<messageFlow id="x" sourceRef="one" targetRef="two" messageRef="?"/>'),
        "msg",
        "x",
    ),
    "message-flow-association-inner-message-flow-ref": (
        collaboration(
            '<messageFlowAssociation id="x" innerMessageFlowRef="?" outerMessageFlowRef="mf"/>'
        ),
        "mf2",
        "x",
    ),
    "message-flow-association-outer-message-flow-ref": (
        collaboration(
            '<messageFlowAssociation id="x" innerMessageFlowRef="mf2" outerMessageFlowRef="?"/>'
        ),
        "mf",
        "x",
    ),
    "conversation-node-participant-ref": (
        collaboration(
            '<conversation id="x"><participantRef>one</participantRef>'
            "<participantRef>two</participantRef><participantRef>?</participantRef></conversation>"
        ),
        "us",
        "x",
    ),
    "conversation-node-message-flow-ref": (
        collaboration(
            '<conversation id="x"><participantRef>one</participantRef>'
            "<participantRef>two</participantRef><messageFlowRef>?</messageFlowRef></conversation>"
        ),
        "mf2",
        "x",
    ),
    "call-conversation-called-collaboration-ref": (
        collaboration(
            '<callConversation id="x" calledCollaborationRef="?">'
            "<participantRef>one</participantRef><participantRef>two</participantRef>"
            "</callConversation>"
        ),
        "co",
        "x",
    ),
    "conversation-link-source-ref": (
        collaboration('<conversationLink id="x" sourceRef="?" targetRef="talk"/>'),
        "one",
        "x",
    ),
    "conversation-link-target-ref": (
        collaboration('<conversationLink id="x" sourceRef="talk" targetRef="?"/>'),
        "one",
        "x",
    ),
    "conversation-association-inner-conversation-node-ref": (
        collaboration(
            '<conversationAssociation id="x" innerConversationNodeRef="?"'
            ' outerConversationNodeRef="talk"/>'
        ),
        "talk",
        "x",
    ),
    "conversation-association-outer-conversation-node-ref": (
        collaboration(
            '<conversationAssociation id="x" innerConversationNodeRef="talk"'
            ' outerConversationNodeRef="?"/>'
        ),
        "talk",
        "x",
    ),
    "process-definitional-collaboration-ref": (
        f"{ROOTS}\n"
        '! <process id="x" isExecutable="true" definitionalCollaborationRef="?">'
        '<startEvent id="start"/><endEvent id="end"/>\nstart -> end\n</process>',
        "co",
        "x",
    ),
    "process-supports": (
        f'{ROOTS}\n<process id="q"/>\n'
        '! <process id="x" isExecutable="true"><startEvent id="start"/><endEvent id="end"/>'
        '<sequenceFlow id="f" sourceRef="start" targetRef="end"/><supports>?</supports></process>',
        "q",
        "x",
    ),
    "callable-element-supported-interface-ref": (
        root('<globalTask id="x"><supportedInterfaceRef>?</supportedInterfaceRef></globalTask>'),
        "iface",
        "x",
    ),
    "io-binding-operation-ref": (
        root(
            "<globalTask><ioSpecification><inputSet id='gi'/><outputSet id='go'/>"
            '</ioSpecification><ioBinding id="x" operationRef="?" inputDataRef="gi"'
            ' outputDataRef="go"/></globalTask>'
        ),
        "op",
        "x",
    ),
    "io-binding-input-data-ref": (
        root(
            "<globalTask><ioSpecification><inputSet id='gi'/><outputSet id='go'/>"
            '</ioSpecification><ioBinding id="x" operationRef="op" inputDataRef="?"'
            ' outputDataRef="go"/></globalTask>'
        ),
        "gi",
        "x",
    ),
    "io-binding-output-data-ref": (
        root(
            "<globalTask><ioSpecification><inputSet id='gi'/><outputSet id='go'/>"
            '</ioSpecification><ioBinding id="x" operationRef="op" inputDataRef="gi"'
            ' outputDataRef="?"/></globalTask>'
        ),
        "go",
        "x",
    ),
    "choreography-activity-initiating-participant-ref": (
        root(
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
        root(
            '<choreography><participant id="u"/>'
            '<subChoreography id="x" initiatingParticipantRef="u">'
            "<participantRef>u</participantRef><participantRef>?</participantRef>"
            "</subChoreography></choreography>"
        ),
        "us",
        "x",
    ),
    "choreography-task-message-flow-ref": (
        root(
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
        root(
            '<choreography><participant id="u"/>'
            '<callChoreography id="x" initiatingParticipantRef="u" calledChoreographyRef="?">'
            "<participantRef>u</participantRef><participantRef>us</participantRef>"
            "</callChoreography></choreography>"
        ),
        "ch",
        "x",
    ),
    "global-choreography-task-initiating-participant-ref": (
        root(
            '<globalChoreographyTask id="x" initiatingParticipantRef="?"><participant id="u"/>'
            "</globalChoreographyTask>"
        ),
        "u",
        "x",
    ),
}
