"""Broken files: each is refused, with the place and with what would do."""

# ruff: noqa: E501  (documents are written as they are read)

from __future__ import annotations

from typing import NamedTuple

import pytest

from bpmn.checks import check
from bpmn.model import BPMN
from bpmn.reader import BpmnSyntaxError, Limits, read
from tests.bpmn.checks.kit import document

_HEAD = f'<definitions xmlns="{BPMN}" id="d" targetNamespace="urn:x">'


class Unreadable(NamedTuple):
    """A file that cannot be read at all."""

    name: str
    source: bytes
    said: str
    """A part of the message."""


class Refused(NamedTuple):
    """A file that is read, and has an error."""

    name: str
    text: str
    rule: str
    line: int
    said: str
    """A part of the message: the culprit."""


def _whole(inside: str) -> bytes:
    return f"{_HEAD}{inside}</definitions>".encode()


UNREADABLE = [
    Unreadable("empty", b"", "line 1"),
    Unreadable("only white space", b" \n \n", "line"),
    Unreadable("plain text", b"dear engine,\nplease pay", "line 1: not well-formed XML"),
    Unreadable("JSON", b'{"process": []}', "line 1: not well-formed XML"),
    Unreadable("picture", b"\x89PNG\r\n\x1a\n\x00\x00", "line 1: not well-formed XML"),
    Unreadable("NUL", _HEAD.encode() + b"\x00</definitions>", "line 1: not well-formed XML"),
    Unreadable("cut off", _whole('<process id="p">\n<task id="a"/>')[:-20], "line 2"),
    Unreadable("wrong end tag", _whole('<process id="p">\n</task>'), "line 2: not well-formed XML"),
    Unreadable("bare ampersand", _whole("\n<process name='R&D'/>"), "line 2: not well-formed XML"),
    Unreadable("bare less-than", _whole("\n<process name='a<b'/>"), "line 2: not well-formed XML"),
    Unreadable(
        "attribute twice", _whole('\n<process id="a" id="b"/>'), "line 2: not well-formed XML"
    ),
    Unreadable("prefix undeclared", _whole("\n<bpmn:process/>"), "line 2: not well-formed XML"),
    Unreadable("two roots", _whole("") + _whole(""), "line 1: not well-formed XML"),
    Unreadable("text behind the root", _whole("") + b"\nbye", "line 2: not well-formed XML"),
    Unreadable(
        "not UTF-8", _whole("<process name='caf\xe9'/>").decode().encode("latin-1"), "line 1"
    ),
    Unreadable("control character", _whole("<process name='\x07'/>"), "line 1"),
    Unreadable("encoding unknown", b"<?xml version='1.0' encoding='klingon'?><a/>", "'klingon'"),
    Unreadable(
        "encoding untrue",
        b"<?xml version='1.0' encoding='windows-1252'?><a b='\x81'/>",
        "'windows-1252'",
    ),
    Unreadable("DOCTYPE", b"<!DOCTYPE definitions>\n" + _whole(""), "'<!DOCTYPE definitions'"),
    Unreadable(
        "entities upon entities",
        b'<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>\n' + _whole("&b;"),
        "line 1: the document type declaration '<!DOCTYPE d' is refused",
    ),
    Unreadable(
        "entity from a file",
        b'<!DOCTYPE d [<!ENTITY f SYSTEM "file:///etc/passwd">]>\n' + _whole("&f;"),
        "is refused",
    ),
    Unreadable("entity undeclared", _whole("\n&f;"), "line 2: not well-formed XML"),
    Unreadable("20 MB", _whole("x" * 20_000_000), "bytes, more than the"),
    Unreadable("depth 10,000", _whole("<subProcess>" * 10_000), "is inside 200 others"),
    Unreadable("too many elements", _whole("<a/>" * 10_001), "more than the 10,000 elements"),
    Unreadable("root of no namespace", b"<definitions/>", "starts with 'definitions'"),
    Unreadable(
        "process as root", f'<process xmlns="{BPMN}" id="p"/>'.encode(), "starts with 'process'"
    ),
    Unreadable("web page", b"<html><body>404</body></html>", "starts with 'html'"),
    Unreadable(
        "BPMN 1",
        b'<definitions xmlns="http://schema.omg.org/spec/BPMN/2.0"/>',
        "'http://schema.omg.org/spec/BPMN/2.0'",
    ),
    Unreadable(
        "DMN",
        b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"/>',
        "'https://www.omg.org/spec/DMN/20191111/MODEL/'",
    ),
]


def _timer(form: str, text: str) -> str:
    return f"""
    <intermediateCatchEvent id="e"><timerEventDefinition>
    <{form}>{text}</{form}>
    </timerEventDefinition></intermediateCatchEvent>
    start -> e -> end
    """


REFUSED = [
    Refused("unknown element", "<tusk id='a'/>\nstart -> end", "schema", 2, "'tusk'"),
    Refused("misplaced element", "start -> end\n<message id='m'/>", "schema", 3, "'message'"),
    Refused(
        "flow without source",
        "start -> end\n<sequenceFlow id='f' targetRef='end'/>",
        "schema",
        3,
        "'sourceRef'",
    ),
    Refused(
        "flow without target",
        "start -> end\n<sequenceFlow id='f' sourceRef='start'/>",
        "schema",
        3,
        "'targetRef'",
    ),
    Refused(
        "boundary without host",
        "start -> end\n<boundaryEvent id='b'><errorEventDefinition/></boundaryEvent>",
        "schema",
        3,
        "'attachedToRef'",
    ),
    Refused(
        "link without name",
        "start -> t\n<intermediateThrowEvent id='t'><linkEventDefinition/></intermediateThrowEvent>",
        "schema",
        3,
        "'name'",
    ),
    Refused(
        "no boolean",
        '<task id="a" isForCompensation="maybe"/>\nstart -> a -> end',
        "schema",
        2,
        "'maybe'",
    ),
    Refused(
        "no number",
        '<task id="a" startQuantity="several"/>\nstart -> a -> end',
        "schema",
        2,
        "'several'",
    ),
    Refused(
        "number past all use",
        f'<task id="a" startQuantity="{"9" * 40}"/>\nstart -> a -> end',
        "schema",
        2,
        "'startQuantity'",
    ),
    Refused(
        "no such direction",
        '<parallelGateway id="g" gatewayDirection="Left"/>\nstart -> g -> end\ng -> end',
        "schema",
        2,
        "'Left'",
    ),
    Refused(
        "two with one id",
        '<task id="a"/>\n<userTask id="a"/>\nstart -> a -> end',
        "schema",
        3,
        "'a'",
    ),
    Refused(
        "wrong type",
        '<task id="a"><standardLoopCharacteristics>\n<loopCondition xsi:type="tTask">x</loopCondition>\n</standardLoopCharacteristics></task>\nstart -> a -> end',
        "schema",
        3,
        "'tTask'",
    ),
    Refused(
        "two where one belongs",
        '<task id="a"><standardLoopCharacteristics loopMaximum="1"/>\n<standardLoopCharacteristics loopMaximum="1"/></task>\nstart -> a -> end',
        "schema",
        3,
        "'loopCharacteristics'",
    ),
    Refused("no id", "<task/>\nstart -> end", "id-missing", 2, "task"),
    Refused("process without id", '<process isExecutable="true"/>', "id-missing", 2, "process"),
    Refused("id with a space", '<task id="my task"/>\nstart -> end', "id-form", 2, "'my task'"),
    Refused("id with a digit first", '<task id="1st"/>\nstart -> end', "id-form", 2, "'1st'"),
    Refused(
        "flow to nowhere",
        'start -> end\n<sequenceFlow id="f" sourceRef="start" targetRef="x"/>',
        "sequence-flow-target-ref",
        3,
        "'x'",
    ),
    Refused(
        "flow from a pool",
        '<collaboration id="c"><participant id="us"/></collaboration>\n---\nstart -> end\n<sequenceFlow id="f" sourceRef="us" targetRef="end"/>',
        "sequence-flow-source-ref",
        5,
        "participant",
    ),
    Refused(
        "boundary of a gateway",
        'start -> g -> end\n<exclusiveGateway id="g"/>\n<boundaryEvent id="b" attachedToRef="g"><errorEventDefinition/></boundaryEvent>',
        "boundary-event-attached-to-ref",
        4,
        "exclusive gateway",
    ),
    Refused(
        "signal for a message",
        '<signal id="s" name="s"/>\n---\n<receiveTask id="a" messageRef="s"/>\nstart -> a -> end',
        "receive-task-message-ref",
        4,
        "signal",
    ),
    Refused(
        "call of a message",
        '<message id="m" name="m"/>\n---\n<callActivity id="a" calledElement="m"/>\nstart -> a -> end',
        "call-activity-element",
        4,
        "'m'",
    ),
    Refused(
        "call of itself",
        '<callActivity id="a" calledElement="p"/>\nstart -> a -> end',
        "call-cycle",
        2,
        "'p'",
    ),
    Refused(
        "calls in a ring",
        "\n".join(
            f'<process id="p{n}" isExecutable="true"><startEvent id="s{n}"/><endEvent id="e{n}"/><callActivity id="c{n}" calledElement="p{(n + 1) % 3}"/>\ns{n} -> c{n} -> e{n}\n</process>'
            for n in range(3)
        ),
        "call-cycle",
        2,
        "'p1'",
    ),
    Refused("date in words", _timer("timeDate", "next Monday"), "timer-date", 3, "'next Monday'"),
    Refused(
        "30 February",
        _timer("timeDate", "2030-02-30T00:00:00Z"),
        "timer-date",
        3,
        "'2030-02-30T00:00:00Z'",
    ),
    Refused(
        "duration in words", _timer("timeDuration", "5 minutes"), "timer-duration", 3, "'5 minutes'"
    ),
    Refused("duration without T", _timer("timeDuration", "P5H"), "timer-duration", 3, "'P5H'"),
    Refused("cycle in words", _timer("timeCycle", "hourly"), "timer-cycle", 3, "'hourly'"),
    Refused("cycle of no length", _timer("timeCycle", "R/PT0S"), "timer-cycle", 3, "'R/PT0S'"),
    Refused(
        "nothing can start",
        '<process id="p" isExecutable="true"><task id="a"/><task id="b"/>\na -> b -> a\n</process>',
        "process-without-start",
        2,
        "'p'",
    ),
    Refused(
        "start after the end",
        "start -> end\n<task id='a'/>\nend -> a -> end",
        "end-event-outgoing",
        4,
        "'end'",
    ),
    Refused(
        "message inside a pool",
        '<collaboration id="c"><participant id="us" processRef="p"/>\n<messageFlow id="m" sourceRef="a" targetRef="b"/></collaboration>\n---\nstart -> a -> b -> end',
        "message-flow-same-pool",
        3,
        "'a'",
    ),
    Refused(
        "error on the way",
        "<intermediateThrowEvent id='t'><errorEventDefinition/></intermediateThrowEvent>\nstart -> t -> end",
        "intermediate-throw-event-trigger",
        2,
        "'t'",
    ),
]


def test_there_are_sixty() -> None:
    assert len(UNREADABLE) + len(REFUSED) >= 60
    assert len({case.name for case in (*UNREADABLE, *REFUSED)}) == len(UNREADABLE) + len(REFUSED)


@pytest.mark.parametrize("case", UNREADABLE, ids=lambda case: case.name)
def test_what_cannot_be_read_is_refused(case: Unreadable) -> None:
    with pytest.raises(BpmnSyntaxError) as caught:
        read(case.source, Limits(elements=10_000))
    message = str(caught.value)
    assert case.said in message
    assert message.startswith("line ") or "bytes" in message
    assert len(message) < 400


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_what_is_wrong_is_refused_with_place_and_remedy(case: Refused) -> None:
    found = check(read(document(case.text.replace("'", '"') if "'" in case.text else case.text)))
    [problem] = [p for p in found if (p.rule, p.line) == (case.rule, case.line)]
    assert problem.severity == "error"
    assert case.said in problem.message
    assert problem.remedy
    assert len(str(problem)) < 400
