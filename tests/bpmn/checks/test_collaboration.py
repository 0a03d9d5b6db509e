"""Pools, message flows, conversations and choreographies."""

# ruff: noqa: E501  (documents are written as they are read)

from __future__ import annotations

import pytest

from tests.bpmn.checks.kit import Case, assert_pair, rule_ids

_POOLS = """
<message id="m" name="m"/><message id="other" name="o"/>
<process id="p" isExecutable="true"><startEvent id="ps"/><task id="pt"/><exclusiveGateway id="pg"/><task id="pt2"/>
<endEvent id="pe"><messageEventDefinition messageRef="m"/></endEvent><endEvent id="pn"/>
ps -> pt -> pg -> pe
pg -> pt2 -> pn
</process>
<process id="q" isExecutable="true"><startEvent id="qs"><messageEventDefinition messageRef="m"/></startEvent><task id="qt"/><endEvent id="qe"/>
qs -> qt -> qe
</process>
"""


def _pools(line: str) -> str:
    pools = _POOLS.replace("pg -> pt2", "pt -> pt2").replace('<exclusiveGateway id="pg"/>', "")
    pools = pools.replace("pt -> pg -> pe", "pt -> pe")
    return (
        f'{pools}<collaboration id="co"><participant id="one" processRef="p"/>'
        f'<participant id="two" processRef="q"/><participant id="box"/>\n! {line}\n</collaboration>'
    )


def _flow(source: str, target: str, more: str = "") -> str:
    return f'<messageFlow id="x" sourceRef="{source}" targetRef="{target}"{more}/>'


POOLS = [
    Case(
        "black-box-pool",
        _pools('<participant id="x"/>').replace('<participant id="box"/>', ""),
        {},
        twin=_pools("").replace('<participant id="box"/>', ""),
    ),
    Case(
        "participant-multiplicity",
        _pools(
            '<participant id="x" processRef="r"><participantMultiplicity minimum="3" maximum="2"/>'
            "</participant>"
        )
        + '<process id="r" isExecutable="true"><startEvent id="rs"/><endEvent id="re"/>\n'
        "rs -> re\n</process>",
        {'maximum="2"': 'maximum="3"'},
    ),
    Case(
        "participant-process-twice",
        _pools('<participant id="x" processRef="p"/>'),
        {'<participant id="x" processRef="p"/>': '<participant id="x"/>'},
    ),
    Case(
        "participant-association-incomplete",
        _pools(
            '<participantAssociation id="x"><innerParticipantRef>one</innerParticipantRef>'
            "</participantAssociation>"
        ),
        {
            "</innerParticipantRef>": "</innerParticipantRef><outerParticipantRef>two"
            "</outerParticipantRef>"
        },
    ),
    Case(
        "message-event-flows",
        _pools(_flow("pe", "box")).replace("! ", f"{_flow('pe', 'qs').replace('x', 'w', 1)}\n! "),
        {'sourceRef="pe" targetRef="box"': 'sourceRef="pt" targetRef="box"'},
    ),
    Case(
        "message-flow-same-pool",
        _pools(_flow("pt", "pt2")),
        {'targetRef="pt2"/>\n</coll': 'targetRef="qt"/>\n</coll'},
    ),
    Case(
        "message-flow-source", _pools(_flow("qe", "pt")), {'sourceRef="qe" t': 'sourceRef="qt" t'}
    ),
    Case(
        "message-flow-target",
        _pools(_flow("qt", "pn")),
        {'targetRef="pn"/>\n<': 'targetRef="pt"/>\n<'},
    ),
    Case(
        "message-flow-message",
        _pools(_flow("pe", "qs", ' messageRef="other"')),
        {' messageRef="other"': ' messageRef="m"'},
    ),
]

_TALK = (
    '<conversation id="talk"><participantRef>one</participantRef>'
    "<participantRef>two</participantRef></conversation>"
)

CONVERSATIONS = [
    Case("conversation-not-executable", _pools(_TALK), {}, "talk", twin=_pools("")),
    Case(
        "conversation-participants",
        _pools('<conversation id="x"><participantRef>one</participantRef></conversation>'),
        {"</conversation>": "<participantRef>two</participantRef></conversation>"},
    ),
    Case(
        "conversation-link-ends",
        _pools(f'<conversationLink id="x" sourceRef="one" targetRef="two"/>\n{_TALK}'),
        {'targetRef="two"/>\n<conv': 'targetRef="talk"/>\n<conv'},
    ),
    Case(
        "global-conversation-contents",
        _pools("").replace("! \n", "")
        + f'<globalConversation id="g">\n! {_TALK.replace("talk", "x")}\n</globalConversation>',
        {"globalConversation": "collaboration"},
    ),
]

_TASK = (
    '<choreographyTask id="x" initiatingParticipantRef="u"><participantRef>u</participantRef>'
    "<participantRef>v</participantRef><messageFlowRef>uv</messageFlowRef></choreographyTask>"
)


def _choreography(line: str) -> str:
    return (
        '<choreography id="ch"><participant id="u"/><participant id="v"/><participant id="w"/>'
        '<messageFlow id="uv" sourceRef="u" targetRef="v"/>'
        '<messageFlow id="uw" sourceRef="u" targetRef="w"/>'
        f'<messageFlow id="vu" sourceRef="v" targetRef="u"/>\n! {line}\n</choreography>'
    )


CHOREOGRAPHIES = [
    Case(
        "choreography-not-executable",
        '! <choreography id="ch"/>',
        {"choreography": "collaboration"},
    ),
    Case(
        "choreography-task-participants",
        _choreography(
            _TASK.replace(
                "</participantRef><m", "</participantRef><participantRef>w</participantRef><m"
            )
        ),
        {"<participantRef>w</participantRef>": ""},
    ),
    Case(
        "choreography-activity-participants",
        _choreography(
            '<subChoreography id="x" initiatingParticipantRef="u">'
            "<participantRef>u</participantRef></subChoreography>"
        ),
        {"</subChoreography>": "<participantRef>v</participantRef></subChoreography>"},
    ),
    Case(
        "choreography-initiator",
        _choreography(_TASK.replace('ParticipantRef="u"', 'ParticipantRef="w"')),
        {'initiatingParticipantRef="w"': 'initiatingParticipantRef="u"'},
    ),
    Case(
        "choreography-task-messages",
        _choreography(_TASK.replace("<messageFlowRef>uv</messageFlowRef>", "")),
        {
            "</participantRef></choreographyTask>": "</participantRef><messageFlowRef>uv</messageFlowRef></choreographyTask>"
        },
    ),
    Case(
        "choreography-task-message-ends",
        _choreography(_TASK.replace(">uv<", ">uw<")),
        {">uw<": ">uv<"},
    ),
    Case(
        "choreography-task-initiating-message",
        _choreography(_TASK.replace(">uv<", ">vu<")),
        {">vu<": ">uv<"},
    ),
    Case(
        "choreography-intermediate-event",
        '<signal id="sig" name="s"/>\n'
        + _choreography(
            '<intermediateThrowEvent id="x"><signalEventDefinition signalRef="sig"/>'
            "</intermediateThrowEvent>\n"
            + _TASK.replace('id="x"', 'id="task"')
            + "\n<endEvent id='last'/>\ntask -> x -> last"
        ),
        {"intermediateThrowEvent": "intermediateCatchEvent"},
    ),
    Case(
        "choreography-initiator-absent",
        """
        <choreography id="ch"><participant id="u"/><participant id="v"/><participant id="w"/>
        <messageFlow id="uv" sourceRef="u" targetRef="v"/><messageFlow id="wu" sourceRef="w" targetRef="u"/>
        <messageFlow id="uw" sourceRef="u" targetRef="w"/>
        <choreographyTask id="a" initiatingParticipantRef="u"><participantRef>u</participantRef>
        <participantRef>v</participantRef><messageFlowRef>uv</messageFlowRef></choreographyTask>
        ! <choreographyTask id="b" initiatingParticipantRef="w">
        <participantRef>w</participantRef><participantRef>u</participantRef>
        <messageFlowRef>wu</messageFlowRef></choreographyTask>
        a -> b
        </choreography>
        """,
        {'"b" initiatingParticipantRef="w"': '"b" initiatingParticipantRef="u"', ">wu<": ">uw<"},
    ),
    Case(
        "choreography-element",
        _choreography('<userTask id="x"/>'),
        {'<userTask id="x"/>': _TASK},
    ),
    Case(
        "choreography-start-event",
        _choreography(
            '<startEvent id="x"><errorEventDefinition/></startEvent>\n'
            + _TASK.replace('id="x"', 'id="task"')
            + "\nx -> task"
        ),
        {"<errorEventDefinition/>": ""},
    ),
    Case(
        "choreography-end-event",
        '<error id="e" errorCode="E"/>\n'
        + _choreography(
            '<endEvent id="x"><errorEventDefinition errorRef="e"/></endEvent>\n'
            + _TASK.replace('id="x"', 'id="task"')
            + "\ntask -> x"
        ),
        {'<errorEventDefinition errorRef="e"/>': "<terminateEventDefinition/>"},
    ),
]

CASES = [*POOLS, *CONVERSATIONS, *CHOREOGRAPHIES]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_wrong_is_found_and_right_is_clean(case: Case) -> None:
    assert_pair(case)


ENDS = {
    # node: whether a message can come from it, whether one can reach it
    "one": (True, True),
    "box": (True, True),
    "pt": (True, True),
    "ps": (False, False),
    "pe": (True, False),
    "pn": (False, False),
}


@pytest.mark.parametrize("node", ENDS)
def test_what_a_message_flow_can_come_from_and_lead_to(node: str) -> None:
    as_source = rule_ids(_pools(_flow(node, "qt")), "error")
    as_target = rule_ids(_pools(_flow("qt", node)), "error")
    assert (not as_source, not as_target) == ENDS[node]


@pytest.mark.parametrize(("source", "target"), [("one", "pt"), ("pt", "one"), ("one", "one")])
def test_message_flow_does_not_stay_in_its_pool(source: str, target: str) -> None:
    assert "message-flow-same-pool" in rule_ids(_pools(_flow(source, target)))


def test_gateway_neither_sends_nor_receives() -> None:
    text = (
        f'{_POOLS}<collaboration id="co"><participant id="one" processRef="p"/>'
        f'<participant id="two" processRef="q"/>\n{_flow("pg", "qt")}\n</collaboration>'
    )
    assert "message-flow-source" in rule_ids(text, "error")


def test_black_box_pool_and_choreography_are_accepted() -> None:
    assert rule_ids(_pools(_flow("box", "pt")), "error") == set()
    assert rule_ids(_choreography(_TASK), "error") == set()
