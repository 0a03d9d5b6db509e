"""Constructs inside of each other, in plain BPMN (BPMN 2.0.2 §8.4.2, §10, §13)."""

# ruff: noqa: E501  (documents are written as they are read)

from __future__ import annotations

import pytest

from tests.engine.scenarios.script import Scenario, play

_ROOTS = (
    '<error id="E" errorCode="broken"/><signal id="S" name="alarm"/><message id="M" name="hello"/>'
    '<escalation id="L" escalationCode="late"/>'
)
_ERROR = '<errorEventDefinition errorRef="E"/>'
_SIGNAL = '<signalEventDefinition signalRef="S"/>'
_UNDO = "<compensateEventDefinition/>"


def _undone(host: str, handler: str) -> str:
    return (
        f'<boundaryEvent id="c{host}" attachedToRef="{host}">{_UNDO}</boundaryEvent>'
        f'<userTask id="{handler}" isForCompensation="true"/>'
        f'<association id="l{host}" sourceRef="c{host}" targetRef="{handler}"/>'
    )


def _sub(id: str, inside: str, tag: str = "subProcess", more: str = "") -> str:
    return f'<{tag} id="{id}" {more}>\n{inside}\n</{tag}>\n'


SCENARIOS = [
    Scenario(
        "error handler of the process compensates what has completed",
        "10.7",
        f'{_undone("a", "ua")}<endEvent id="e1">{_ERROR}</endEvent>\n'
        + _sub(
            "h",
            f'<startEvent id="sh">{_ERROR}</startEvent><endEvent id="eh">{_UNDO}</endEvent>\nsh -> eh',
            more='triggeredByEvent="true"',
        )
        + "s -> a -> b -> e1",
        "do a\ndo b\nat eh h ua\ndo ua\ndone",
        _ROOTS,
    ),
    Scenario(
        "conditional boundary fires when a sibling changes what it reads",
        "10.5.5",
        '<parallelGateway id="f"/><boundaryEvent id="b" attachedToRef="a"><conditionalEventDefinition>'
        "<condition>n &gt; 3</condition></conditionalEventDefinition></boundaryEvent>\n"
        "s -> f -> a -> e\nf -> c -> e\nb -> d -> e",
        "at a c\ndo c n=4\nat d",
        start={"n": 1},
    ),
    Scenario(
        "escalation crosses a call activity and leaves the called process running",
        "10.5.5",
        '<callActivity id="call" calledElement="q"/><boundaryEvent id="b" attachedToRef="call"'
        ' cancelActivity="false"><escalationEventDefinition escalationRef="L"/></boundaryEvent>\n'
        "s -> call -> a -> e\nb -> c -> e",
        "at c call",
        _ROOTS,
        others='<process id="q" isExecutable="true"><startEvent id="qs"/><intermediateThrowEvent id="qt">'
        '<escalationEventDefinition escalationRef="L"/></intermediateThrowEvent><userTask id="qu"/>'
        '<endEvent id="qe"/>\nqs -> qt -> qu -> qe\n</process>',
    ),
    Scenario(
        "signal thrown by a called process is heard by its caller once",
        "10.5.5",
        '<callActivity id="call" calledElement="q"/><boundaryEvent id="b" attachedToRef="call"'
        f' cancelActivity="false">{_SIGNAL}</boundaryEvent>\ns -> call -> a -> e\nb -> c -> e',
        "at c call\nwent b=1",
        _ROOTS,
        others=f'<process id="q" isExecutable="true"><startEvent id="qs"/><intermediateThrowEvent id="qt">{_SIGNAL}'
        '</intermediateThrowEvent><userTask id="qu"/><endEvent id="qe"/>\nqs -> qt -> qu -> qe\n</process>',
    ),
    Scenario(
        "signal thrown beside a listener that stays is heard once",
        "10.5.5",
        f'<parallelGateway id="f"/><intermediateThrowEvent id="t">{_SIGNAL}</intermediateThrowEvent>'
        f'<boundaryEvent id="b" attachedToRef="a" cancelActivity="false">{_SIGNAL}</boundaryEvent>\n'
        "s -> f -> a -> e\nf -> x -> t -> e\nb -> c -> e",
        "do x\nat a c\nwent b=1",
        _ROOTS,
    ),
    Scenario(
        "interrupted multi-instance of sub-processes leaves nothing behind",
        "13.3.7",
        _sub(
            "sub",
            '<startEvent id="s1"/><userTask id="x"/><endEvent id="e1"/>\ns1 -> x -> e1\n'
            "<multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality>"
            "</multiInstanceLoopCharacteristics>",
        )
        + '<boundaryEvent id="b" attachedToRef="sub"><timerEventDefinition><timeDuration>PT1H</timeDuration>'
        "</timerEventDefinition></boundaryEvent>\ns -> sub -> e\nb -> c -> e",
        "do x\npass 1h\nat c\ndo c\ndone\nwent e1=1",
    ),
    Scenario(
        "compensation of a multi-instance undoes each completed instance",
        "10.7",
        '<userTask id="a"><multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality>'
        "</multiInstanceLoopCharacteristics></userTask>"
        + _undone("a", "ua")
        + f'<endEvent id="e">{_UNDO}</endEvent>\ns -> a -> e',
        "do a\ndo a\ndo ua\ndo ua\ndone\nwent ua=2",
    ),
    Scenario(
        "cancel of an inner transaction leaves the outer one running",
        "10.3.5",
        _sub(
            "outer",
            f'<startEvent id="s1"/><endEvent id="e1"/><userTask id="x"/>{_undone("x", "ux")}\n'
            + _sub(
                "inner",
                '<startEvent id="s2"/><endEvent id="e2"><cancelEventDefinition/></endEvent><userTask id="y"/>'
                + _undone("y", "uy")
                + "\ns2 -> y -> e2",
                "transaction",
            )
            + '<boundaryEvent id="b2" attachedToRef="inner"><cancelEventDefinition/></boundaryEvent>'
            '<userTask id="z"/>\ns1 -> x -> inner -> e1\nb2 -> z -> e1',
            "transaction",
        )
        + "\ns -> outer -> e",
        "do x\ndo y\nwent uy=1 ux=0\ndo uy\nat outer z\ndo z\ndone\nwent ux=0",
    ),
    Scenario(
        "loop around a sub-process starts it afresh each time",
        "10.3.8",
        _sub(
            "sub",
            '<startEvent id="s1"/><userTask id="x"/><endEvent id="e1"/>\ns1 -> x -> e1\n'
            "<standardLoopCharacteristics><loopCondition>again</loopCondition></standardLoopCharacteristics>",
        )
        + "\ns -> sub -> a -> e",
        "do x again=true\ndo x again=true\ndo x again=false\nat a\nwent x=3",
        start={"again": True},
    ),
    Scenario(
        "timer of an event sub-process is withdrawn with its scope",
        "10.3.5",
        _sub(
            "sub",
            '<startEvent id="s1"/><userTask id="x"/><endEvent id="e1"/>\ns1 -> x -> e1\n'
            + _sub(
                "h",
                '<startEvent id="sh"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>'
                '</startEvent><userTask id="y"/><endEvent id="eh"/>\nsh -> y -> eh',
                more='triggeredByEvent="true"',
            ),
        )
        + "\ns -> sub -> a -> e",
        "do x\npass 5h\nat a\nwent y=0",
    ),
    Scenario(
        "message goes by the correlation key of the standard to the instance that has the value",
        "8.4.2",
        '<receiveTask id="r" messageRef="M"/><correlationSubscription correlationKeyRef="K">'
        '<correlationPropertyBinding correlationPropertyRef="P"><dataPath>order</dataPath>'
        "</correlationPropertyBinding></correlationSubscription>\ns -> r -> a -> e",
        'at r\nmessage hello - order="other"\nat r\nmessage hello - order="mine"\nat a',
        '<message id="M" name="hello"/><correlationProperty id="P"><correlationPropertyRetrievalExpression'
        ' messageRef="M"><messagePath>order</messagePath></correlationPropertyRetrievalExpression>'
        '</correlationProperty><collaboration id="co"><participant id="us" processRef="p"/>'
        '<participant id="them"/><messageFlow id="mf" sourceRef="them" targetRef="r"/>'
        '<correlationKey id="K"><correlationPropertyRef>P</correlationPropertyRef></correlationKey>'
        "</collaboration>",
        start={"order": "mine"},
    ),
    Scenario(
        "receive task that instantiates",
        "10.3.3",
        '<receiveTask id="r" instantiate="true" messageRef="M"/>\nr -> a -> e2',
        "unstarted\nmessage hello - x=1\nat a\nhas x=1",
        _ROOTS,
    ),
    Scenario(
        "instantiating event-based gateway",
        "10.6.6",
        '<eventBasedGateway id="g" instantiate="true"/><intermediateCatchEvent id="x"><messageEventDefinition'
        f' messageRef="M"/></intermediateCatchEvent><intermediateCatchEvent id="y">{_SIGNAL}'
        "</intermediateCatchEvent>\ng -> x -> a -> e\ng -> y -> b -> e",
        "unstarted\nsignal alarm\nat b\ndo b\ndone",
        _ROOTS,
    ),
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_scenario(scenario: Scenario) -> None:
    play(scenario)
