"""Events in plain BPMN (BPMN 2.0.2 §10.5, §13.5)."""

# ruff: noqa: E501  (documents are written as they are read)

from __future__ import annotations

import pytest

from tests.engine.scenarios.script import Scenario, play

_ROOTS = (
    '<message id="M" name="hello"/><message id="M2" name="bye"/><signal id="S" name="alarm"/>'
    '<error id="E" errorCode="broken"/><error id="F" errorCode="other"/>'
    '<escalation id="L" escalationCode="late"/><escalation id="K" escalationCode="kind"/>'
)
_MESSAGE = '<messageEventDefinition messageRef="M"/>'
_SIGNAL = '<signalEventDefinition signalRef="S"/>'
_ERROR = '<errorEventDefinition errorRef="E"/>'
_OTHER = '<errorEventDefinition errorRef="F"/>'
_ANY_ERROR = "<errorEventDefinition/>"
_LATE = '<escalationEventDefinition escalationRef="L"/>'
_HOUR = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
_TERMINATE = "<terminateEventDefinition/>"


def _condition(text: str) -> str:
    return f"<conditionalEventDefinition><condition>{text}</condition></conditionalEventDefinition>"


def _boundary(id: str, host: str, definition: str, more: str = "") -> str:
    return f'<boundaryEvent id="{id}" attachedToRef="{host}" {more}>{definition}</boundaryEvent>'


_BESIDE = 'cancelActivity="false"'


def _sub(id: str, inside: str, more: str = "") -> str:
    return f'<subProcess id="{id}" {more}>\n{inside}\n</subProcess>\n'


def _handler(id: str, definition: str, inside: str, beside: bool = False) -> str:
    kind = ' isInterrupting="false"' if beside else ""
    return _sub(
        id,
        f'<startEvent id="s{id}"{kind}>{definition}</startEvent>{inside}',
        'triggeredByEvent="true"',
    )


SCENARIOS = [
    Scenario(
        "interrupting boundary timer takes the token away",
        "10.5.4",
        _boundary("b", "a", _HOUR) + "\ns -> a -> e\nb -> c -> e",
        "pass 59m\nat a\npass 1m\nat c\ndo c\ndone",
    ),
    Scenario(
        "boundary timer is withdrawn with its activity",
        "10.5.4",
        _boundary("b", "a", _HOUR) + "\ns -> a -> d -> e\nb -> c -> e",
        "do a\npass 2h\nat d",
    ),
    Scenario(
        "non-interrupting boundary timer leaves the activity running",
        "10.5.4",
        _boundary("b", "a", _HOUR, _BESIDE) + "\ns -> a -> e\nb -> c -> e",
        "pass 1h\nat a c\npass 5h\nat a c\ndo a\nat c\ndo c\ndone",
    ),
    Scenario(
        "non-interrupting boundary cycle repeats",
        "10.5.5",
        _boundary(
            "b",
            "a",
            "<timerEventDefinition><timeCycle>R3/PT1H</timeCycle></timerEventDefinition>",
            _BESIDE,
        )
        + "\ns -> a -> e\nb -> c -> e",
        "pass 2h\nat a c c\npass 9h\nat a c c c",
    ),
    Scenario(
        "non-interrupting boundary message fires as often as it comes",
        "10.5.4",
        _boundary("b", "a", _MESSAGE, _BESIDE) + "\ns -> a -> e\nb -> c -> e",
        "message hello\nmessage hello\nat a c c",
        _ROOTS,
    ),
    Scenario(
        "signal reaches every catcher",
        "10.5.5",
        f'<parallelGateway id="f"/><intermediateCatchEvent id="x">{_SIGNAL}</intermediateCatchEvent>'
        f'<intermediateCatchEvent id="y">{_SIGNAL}</intermediateCatchEvent>\n'
        "s -> f -> x -> a -> e\nf -> y -> b -> e",
        "signal alarm\nat a b",
        _ROOTS,
    ),
    Scenario(
        "message reaches one catcher",
        "10.5.5",
        f'<parallelGateway id="f"/><intermediateCatchEvent id="x">{_MESSAGE}</intermediateCatchEvent>'
        f'<intermediateCatchEvent id="y">{_MESSAGE}</intermediateCatchEvent>\n'
        "s -> f -> x -> a -> e\nf -> y -> b -> e",
        "message hello\nwent a=1 b=0\nmessage hello\nat a b",
        _ROOTS,
    ),
    Scenario(
        "signal thrown inside a sub-process interrupts it before the thrower goes on",
        "13.5.3",
        _sub(
            "sub",
            '<startEvent id="s1"/><endEvent id="e1"/><userTask id="x"/>'
            f'<intermediateThrowEvent id="t">{_SIGNAL}</intermediateThrowEvent>\ns1 -> t -> x -> e1',
        )
        + _boundary("b", "sub", _SIGNAL)
        + "\ns -> sub -> e\nb -> c -> e",
        "at c\nwent x=0",
        _ROOTS,
    ),
    Scenario(
        "error end event of a sub-process leaves by its boundary",
        "10.5.3",
        _sub(
            "sub",
            '<startEvent id="s1"/><parallelGateway id="f"/><userTask id="x"/><userTask id="y"/>'
            f'<endEvent id="e1">{_ERROR}</endEvent><endEvent id="e2"/>\ns1 -> f -> x -> e1\n'
            "f -> y -> e2",
        )
        + _boundary("b", "sub", _ERROR)
        + "\ns -> sub -> e\nb -> c -> e",
        "do x\nat c\ndo c\ndone\nwent e2=0",
        _ROOTS,
    ),
    Scenario(
        "error goes to the boundary of its code, not to the other's",
        "10.5.5",
        _sub(
            "sub",
            f'<startEvent id="s1"/><endEvent id="e1">{_ERROR}</endEvent>\ns1 -> e1',
        )
        + _boundary("b", "sub", _OTHER)
        + _boundary("b2", "sub", _ANY_ERROR)
        + _boundary("b3", "sub", _ERROR)
        + "\ns -> sub -> e\nb -> c -> e\nb2 -> d -> e\nb3 -> a -> e",
        "at a",
        _ROOTS,
    ),
    Scenario(
        "nearest catch-all beats the exact code further out",
        "10.5.5",
        _sub(
            "outer",
            '<startEvent id="s1"/><endEvent id="e1"/><userTask id="x"/>\n'
            + _sub("inner", f'<startEvent id="s2"/><endEvent id="e2">{_ERROR}</endEvent>\ns2 -> e2')
            + _boundary("b1", "inner", _ANY_ERROR)
            + "\ns1 -> inner -> e1\nb1 -> x -> e1",
        )
        + _boundary("b", "outer", _ERROR)
        + "\ns -> outer -> e\nb -> c -> e",
        "at outer x",
        _ROOTS,
    ),
    Scenario(
        "error without a catcher in its sub-process goes on outward",
        "10.5.5",
        _sub(
            "outer",
            '<startEvent id="s1"/><endEvent id="e1"/>\n'
            + _sub("inner", f'<startEvent id="s2"/><endEvent id="e2">{_ERROR}</endEvent>\ns2 -> e2')
            + "\ns1 -> inner -> e1",
        )
        + _boundary("b", "outer", _ERROR)
        + "\ns -> outer -> e\nb -> c -> e",
        "at c",
        _ROOTS,
    ),
    Scenario(
        "error event sub-process of the scope comes before its boundary",
        "10.5.5",
        _sub(
            "sub",
            f'<startEvent id="s1"/><endEvent id="e1">{_ERROR}</endEvent>\ns1 -> e1\n'
            + _handler("h", _ERROR, '<userTask id="x"/><endEvent id="e3"/>\nsh -> x -> e3'),
        )
        + _boundary("b", "sub", _ERROR)
        + "\ns -> sub -> d -> e\nb -> c -> e",
        "at h sub x\ndo x\nat d",
        _ROOTS,
    ),
    Scenario(
        "error out of an event sub-process is not caught by itself",
        "10.5.5",
        _sub(
            "sub",
            f'<startEvent id="s1"/><endEvent id="e1">{_ERROR}</endEvent>\ns1 -> e1\n'
            + _handler("h", _ERROR, f'<endEvent id="e3">{_ERROR}</endEvent>\nsh -> e3'),
        )
        + _boundary("b", "sub", _ERROR)
        + "\ns -> sub -> d -> e\nb -> c -> e",
        "at c\nwent e3=1",
        _ROOTS,
    ),
    Scenario(
        "escalation throw goes on beside a non-interrupting catcher",
        "10.5.5",
        _sub(
            "sub",
            f'<startEvent id="s1"/><endEvent id="e1"/><userTask id="x"/>'
            f'<intermediateThrowEvent id="t">{_LATE}</intermediateThrowEvent>\ns1 -> t -> x -> e1',
        )
        + _boundary("b", "sub", _LATE, _BESIDE)
        + "\ns -> sub -> e\nb -> c -> e",
        "at c sub x",
        _ROOTS,
    ),
    Scenario(
        "escalation interrupts where the catcher says so",
        "10.5.5",
        _sub(
            "sub",
            f'<startEvent id="s1"/><endEvent id="e1"/><userTask id="x"/>'
            f'<intermediateThrowEvent id="t">{_LATE}</intermediateThrowEvent>\ns1 -> t -> x -> e1',
        )
        + _boundary("b", "sub", _LATE)
        + "\ns -> sub -> e\nb -> c -> e",
        "at c\nwent x=0",
        _ROOTS,
    ),
    Scenario(
        "escalation that nobody catches goes on",
        "10.5.5",
        f'<intermediateThrowEvent id="t">{_LATE}</intermediateThrowEvent>\ns -> t -> a -> e',
        "at a\ndo a\ndone",
        _ROOTS,
    ),
    Scenario(
        "terminate ends its own sub-process only",
        "10.5.3",
        _sub(
            "sub",
            '<startEvent id="s1"/><parallelGateway id="f"/><userTask id="x"/><userTask id="y"/>'
            f'<endEvent id="e1">{_TERMINATE}</endEvent><endEvent id="e2"/>\ns1 -> f -> x -> e1\n'
            "f -> y -> e2",
        )
        + "\ns -> sub -> a -> e",
        "do x\nat a",
    ),
    Scenario(
        "terminate ends all of the process",
        "10.5.3",
        f'<parallelGateway id="f"/><endEvent id="e1">{_TERMINATE}</endEvent>\ns -> f -> a -> e1\n'
        "f -> b -> e",
        "do a\ndone\nwent e=0",
    ),
    Scenario(
        "condition that is true on arrival passes at once",
        "10.5.5",
        f'<intermediateCatchEvent id="c">{_condition("n &gt; 1")}</intermediateCatchEvent>\n'
        "s -> c -> a -> e",
        "at a",
        start={"n": 2},
    ),
    Scenario(
        "condition is asked again when a variable changes",
        "10.5.5",
        f'<intermediateCatchEvent id="c">{_condition("n &gt; 1")}</intermediateCatchEvent>\n'
        "s -> c -> a -> e",
        "at c\nset n=1\nat c\nset n=2\nat a",
        start={"n": 0},
    ),
    Scenario(
        "link goes on at its target, from several sources",
        "10.5.5",
        '<parallelGateway id="f"/><intermediateThrowEvent id="t"><linkEventDefinition name="x"/>'
        '</intermediateThrowEvent><intermediateThrowEvent id="u"><linkEventDefinition name="x"/>'
        '</intermediateThrowEvent><intermediateCatchEvent id="k"><linkEventDefinition name="x"/>'
        "</intermediateCatchEvent>\ns -> f -> t\nf -> u\nk -> a -> e",
        "at a a\ndo a\ndo a\ndone\nwent k=2",
    ),
    Scenario(
        "multiple catch needs one of its triggers",
        "10.5.5",
        f'<intermediateCatchEvent id="c">{_MESSAGE}{_SIGNAL}</intermediateCatchEvent>\ns -> c -> a -> e',
        "signal alarm\nat a\nmessage hello\nat a",
        _ROOTS,
    ),
    Scenario(
        "parallel multiple catch needs all of its triggers, in any order",
        "10.5.5",
        f'<intermediateCatchEvent id="c" parallelMultiple="true">{_MESSAGE}{_SIGNAL}'
        "</intermediateCatchEvent>\ns -> c -> a -> e",
        "signal alarm\nat c\nsignal alarm\nat c\nmessage hello\nat a",
        _ROOTS,
    ),
    Scenario(
        "multiple throw throws all of its results",
        "10.5.5",
        f'<parallelGateway id="f"/><intermediateCatchEvent id="x">{_MESSAGE}</intermediateCatchEvent>'
        f'<intermediateCatchEvent id="y">{_SIGNAL}</intermediateCatchEvent>'
        f'<intermediateThrowEvent id="t">{_MESSAGE}{_SIGNAL}</intermediateThrowEvent>\n'
        "s -> f -> x -> a -> e\nf -> y -> b -> e\nf -> d -> t -> e",
        "do d\nat a b",
        _ROOTS,
    ),
    Scenario(
        "interrupting event sub-process stops the scope and ends it normally",
        "10.3.5",
        _sub(
            "sub",
            '<startEvent id="s1"/><endEvent id="e1"/><userTask id="x"/>\ns1 -> x -> e1\n'
            + _handler("h", _MESSAGE, '<userTask id="y"/><endEvent id="e3"/>\nsh -> y -> e3'),
        )
        + "\ns -> sub -> a -> e",
        "at sub x\nmessage hello\nat h sub y\ndo y\nat a",
        _ROOTS,
    ),
    Scenario(
        "non-interrupting event sub-process runs beside, several times, and is waited for",
        "10.3.5",
        _sub(
            "sub",
            '<startEvent id="s1"/><endEvent id="e1"/><userTask id="x"/>\ns1 -> x -> e1\n'
            + _handler("h", _SIGNAL, '<userTask id="y"/><endEvent id="e3"/>\nsh -> y -> e3', True),
        )
        + "\ns -> sub -> a -> e",
        "signal alarm\nsignal alarm\nat h h sub x y y\ndo x\nat h h sub y y\ndo y\ndo y\nat a",
        _ROOTS,
    ),
    Scenario(
        "event sub-process of the process itself",
        "10.3.5",
        _handler("h", _HOUR, '<userTask id="y"/><endEvent id="e3"/>\nsh -> y -> e3')
        + "s -> a -> e",
        "pass 1h\nat h y\ndo y\ndone\nwent e=0",
    ),
    Scenario(
        "one interrupting event sub-process disarms the others",
        "10.3.5",
        _handler("h", _MESSAGE, '<userTask id="y"/><endEvent id="e3"/>\nsh -> y -> e3')
        + _handler("g", _SIGNAL, '<userTask id="z"/><endEvent id="e4"/>\nsg -> z -> e4')
        + "s -> a -> e",
        "message hello\nat h y\nsignal alarm\nat h y",
        _ROOTS,
    ),
    Scenario(
        "timer date in the past fires at once",
        "10.5.5",
        '<intermediateCatchEvent id="c"><timerEventDefinition><timeDate>2029-01-01T00:00:00Z'
        "</timeDate></timerEventDefinition></intermediateCatchEvent>\ns -> c -> a -> e",
        "at a",
    ),
    Scenario(
        "timer duration by an expression",
        "10.5.5",
        '<intermediateCatchEvent id="c"><timerEventDefinition><timeDuration>=duration("PT" + string(n)'
        ' + "H")</timeDuration></timerEventDefinition></intermediateCatchEvent>\ns -> c -> a -> e',
        "pass 2h\nat c\npass 1h\nat a",
        start={"n": 3},
    ),
    Scenario(
        "message start makes an instance with the payload",
        "10.5.2",
        f'<startEvent id="s">{_MESSAGE}</startEvent>\ns -> a -> e',
        "unstarted\nmessage hello - x=1\nat a\nhas x=1",
        _ROOTS,
    ),
    Scenario(
        "signal start makes an instance",
        "10.5.2",
        f'<startEvent id="s">{_SIGNAL}</startEvent>\ns -> a -> e',
        "unstarted\nsignal alarm\nat a",
        _ROOTS,
    ),
    Scenario(
        "timer start makes an instance when it is due",
        "10.5.2",
        f'<startEvent id="s">{_HOUR}</startEvent>\ns -> a -> e',
        "unstarted\npass 1h\nat a",
        _ROOTS,
    ),
    Scenario(
        "multiple start takes any of its triggers",
        "10.5.2",
        f'<startEvent id="s">{_MESSAGE}{_SIGNAL}</startEvent>\ns -> a -> e',
        "unstarted\nsignal alarm\nat a",
        _ROOTS,
    ),
    Scenario(
        "definition at the root, by reference",
        "10.5.5",
        '<intermediateCatchEvent id="c"><eventDefinitionRef>D</eventDefinitionRef>'
        "</intermediateCatchEvent>\ns -> c -> a -> e",
        "at c\nsignal alarm\nat a",
        _ROOTS + '<signalEventDefinition id="D" signalRef="S"/>',
    ),
    Scenario(
        "none intermediate throw and end events pass",
        "10.5.4",
        '<intermediateThrowEvent id="t"/>\ns -> t -> e',
        "done\norder s t e",
    ),
    Scenario(
        "message sent by one node is caught by another of the same process",
        "10.5.5",
        f'<parallelGateway id="f"/><intermediateCatchEvent id="x">{_MESSAGE}</intermediateCatchEvent>'
        f'<sendTask id="t" messageRef="M"/>\ns -> f -> x -> a -> e\nf -> b -> t -> e',
        "do b\nat a",
        _ROOTS,
    ),
    Scenario(
        "receive task waits for its message, its boundary timer beside it",
        "10.3.3",
        '<receiveTask id="r" messageRef="M"/>'
        + _boundary("b", "r", _HOUR)
        + "\ns -> r -> a -> e\nb -> c -> e",
        "at r\nmessage hello - y=2\nat a\nhas y=2",
        _ROOTS,
    ),
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_scenario(scenario: Scenario) -> None:
    play(scenario)
