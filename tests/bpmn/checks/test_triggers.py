"""The table of events: every trigger at every position."""

# ruff: noqa: E501  (documents are written as they are read)

from __future__ import annotations

import pytest

from tests.bpmn.checks.kit import Case, assert_pair, rule_ids

ROOTS = """
<message id="m" name="m"/><signal id="s" name="s"/><error id="e" errorCode="E"/>
<escalation id="es" escalationCode="E"/>
"""
DEFINITIONS = {
    "none": "",
    "message": '<messageEventDefinition messageRef="m"/>',
    "timer": "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>",
    "escalation": '<escalationEventDefinition escalationRef="es"/>',
    "error": '<errorEventDefinition errorRef="e"/>',
    "cancel": "<cancelEventDefinition/>",
    "compensation": "<compensateEventDefinition/>",
    "conditional": "<conditionalEventDefinition><condition>x</condition></conditionalEventDefinition>",
    "link": '<linkEventDefinition name="l"/>',
    "signal": '<signalEventDefinition signalRef="s"/>',
    "terminate": "<terminateEventDefinition/>",
}
DEFINITIONS["multiple"] = DEFINITIONS["message"] + DEFINITIONS["signal"]

POSITIONS: dict[str, tuple[str, str]] = {
    # position: document with `?` for the definition, the triggers that it can have
    "start": (
        '<startEvent id="x">?</startEvent>\nx -> end',
        "none message timer conditional signal multiple",
    ),
    "sub-process start": (
        '<subProcess id="sub"><startEvent id="x">?</startEvent><endEvent id="out"/>\n'
        "x -> out\n</subProcess>\nstart -> sub -> end",
        "none",
    ),
    "event sub-process start": (
        '<subProcess id="sub" triggeredByEvent="true"><startEvent id="x">?</startEvent>'
        '<endEvent id="out"/>\nx -> out\n</subProcess>\nstart -> a -> end',
        "message timer escalation error compensation conditional signal multiple",
    ),
    "event sub-process start, non-interrupting": (
        '<subProcess id="sub" triggeredByEvent="true">'
        '<startEvent id="x" isInterrupting="false">?</startEvent>'
        '<endEvent id="out"/>\nx -> out\n</subProcess>\nstart -> a -> end',
        "message timer escalation conditional signal multiple",
    ),
    "intermediate catch": (
        '<intermediateCatchEvent id="x">?</intermediateCatchEvent>\nstart -> x -> end',
        "message timer conditional signal multiple",
    ),
    "boundary": (
        '<transaction id="a"><startEvent id="in"/><endEvent id="out"/>\nin -> out\n</transaction>\n'
        '<boundaryEvent id="x" attachedToRef="a">?</boundaryEvent>\nstart -> a -> end\nx -> end',
        "message timer escalation error cancel conditional signal multiple",
    ),
    "boundary, non-interrupting": (
        '<transaction id="a"><startEvent id="in"/><endEvent id="out"/>\nin -> out\n</transaction>\n'
        '<boundaryEvent id="x" attachedToRef="a" cancelActivity="false">?</boundaryEvent>\n'
        "start -> a -> end\nx -> end",
        "message timer escalation conditional signal multiple",
    ),
    "intermediate throw": (
        '<intermediateThrowEvent id="x">?</intermediateThrowEvent>\nstart -> x -> end',
        "none message escalation compensation signal multiple",
    ),
    "end": (
        '<transaction id="a"><startEvent id="in"/><endEvent id="x">?</endEvent>\nin -> x\n'
        '</transaction>\n<boundaryEvent id="b" attachedToRef="a"><cancelEventDefinition/>'
        "</boundaryEvent>\nb -> end\nstart -> a -> end",
        "none message escalation error cancel compensation signal terminate multiple",
    ),
}
"""A link throw and a link catch need each other, and compensation its handler: see their tests."""


def _text(position: str, trigger: str) -> str:
    return f"{ROOTS}---\n{POSITIONS[position][0].replace('?', DEFINITIONS[trigger])}"


@pytest.mark.parametrize("trigger", DEFINITIONS)
@pytest.mark.parametrize("position", POSITIONS)
def test_each_cell_of_the_table(position: str, trigger: str) -> None:
    found = rule_ids(_text(position, trigger), "error")
    assert (not found) == (trigger in POSITIONS[position][1].split()), found


CASES = [
    Case(rule, f"{ROOTS}---\n{wrong}", fix, "", also)
    for rule, wrong, fix, also in [
        (
            "start-event-trigger",
            '! <startEvent id="x"><errorEventDefinition errorRef="e"/></startEvent>\nx -> end',
            {'<errorEventDefinition errorRef="e"/>': ""},
            (),
        ),
        (
            "sub-process-start-event-trigger",
            '<subProcess id="sub"><endEvent id="out"/>\n'
            '! <startEvent id="in"><messageEventDefinition messageRef="m"/></startEvent>\n'
            "in -> out\n</subProcess>\nstart -> sub -> end",
            {'<messageEventDefinition messageRef="m"/>': ""},
            (),
        ),
        (
            "event-sub-process-start-event-trigger",
            '<subProcess id="sub" triggeredByEvent="true"><endEvent id="out"/>\n'
            '! <startEvent id="in"><cancelEventDefinition/></startEvent>\n'
            "in -> out\n</subProcess>\nstart -> end",
            {"<cancelEventDefinition/>": '<errorEventDefinition errorRef="e"/>'},
            (),
        ),
        (
            "event-sub-process-start-event-none",
            '<subProcess id="sub" triggeredByEvent="true"><endEvent id="out"/>\n'
            '! <startEvent id="in"/>\nin -> out\n</subProcess>\nstart -> end',
            {
                '<startEvent id="in"/>': '<startEvent id="in"><signalEventDefinition signalRef="s"/>'
                "</startEvent>"
            },
            (),
        ),
        (
            "event-sub-process-start-event-interrupting",
            '<subProcess id="sub" triggeredByEvent="true"><endEvent id="out"/>\n'
            '! <startEvent id="in" isInterrupting="false"><errorEventDefinition errorRef="e"/>'
            "</startEvent>\nin -> out\n</subProcess>\nstart -> end",
            {' isInterrupting="false"': ""},
            (),
        ),
        (
            "start-event-interrupting",
            '! <startEvent id="x" isInterrupting="false"/>\nx -> end',
            {' isInterrupting="false"': ""},
            (),
        ),
        (
            "intermediate-catch-event-trigger",
            '! <intermediateCatchEvent id="x"><errorEventDefinition errorRef="e"/>'
            "</intermediateCatchEvent>\nstart -> x -> end",
            {'<errorEventDefinition errorRef="e"/>': '<signalEventDefinition signalRef="s"/>'},
            (),
        ),
        (
            "intermediate-catch-event-none",
            '! <intermediateCatchEvent id="x"/>\nstart -> x -> end',
            {"Catch": "Throw"},
            (),
        ),
        (
            "boundary-event-trigger",
            '! <boundaryEvent id="x" attachedToRef="a"><terminateEventDefinition/></boundaryEvent>\n'
            "start -> a -> end\nx -> end",
            {"<terminateEventDefinition/>": '<errorEventDefinition errorRef="e"/>'},
            (),
        ),
        (
            "boundary-event-none",
            '! <boundaryEvent id="x" attachedToRef="a"></boundaryEvent>\nstart -> a -> end\nx -> end',
            {"></boundaryEvent>": '><errorEventDefinition errorRef="e"/></boundaryEvent>'},
            (),
        ),
        (
            "boundary-event-interrupting",
            '! <boundaryEvent id="x" attachedToRef="a" cancelActivity="false">'
            '<errorEventDefinition errorRef="e"/></boundaryEvent>\nstart -> a -> end\nx -> end',
            {' cancelActivity="false"': ""},
            (),
        ),
        (
            "intermediate-throw-event-trigger",
            '! <intermediateThrowEvent id="x"><errorEventDefinition errorRef="e"/>'
            "</intermediateThrowEvent>\nstart -> x -> end",
            {
                '<errorEventDefinition errorRef="e"/>': '<escalationEventDefinition escalationRef="es"/>'
            },
            (),
        ),
        (
            "end-event-trigger",
            '! <endEvent id="x"><conditionalEventDefinition><condition>y</condition>'
            "</conditionalEventDefinition></endEvent>\nstart -> x",
            {
                "<conditionalEventDefinition><condition>y</condition>"
                "</conditionalEventDefinition>": "<terminateEventDefinition/>"
            },
            (),
        ),
        (
            "event-definition-alone",
            '! <endEvent id="x"><cancelEventDefinition/><signalEventDefinition signalRef="s"/>'
            "</endEvent>\nstart -> x",
            {"<cancelEventDefinition/>": '<messageEventDefinition messageRef="m"/>'},
            ("cancel-end-event-place",),
        ),
        (
            "parallel-multiple-single",
            '! <intermediateCatchEvent id="x" parallelMultiple="true">'
            '<signalEventDefinition signalRef="s"/>'
            "</intermediateCatchEvent>\nstart -> x -> end",
            {"</inter": '<messageEventDefinition messageRef="m"/></inter'},
            ("cancel-end-event-place",),
        ),
    ]
] + [
    Case(
        "implicit-throw-event-trigger",
        f"""{ROOTS}---
        <task id="a"><multiInstanceLoopCharacteristics behavior="Complex"><loopCardinality>3</loopCardinality>
        <complexBehaviorDefinition><condition>x</condition>
        ! <event id="thrown"><terminateEventDefinition/></event>
        </complexBehaviorDefinition></multiInstanceLoopCharacteristics></task>
        start -> a -> end
        """,
        {"<terminateEventDefinition/>": '<signalEventDefinition signalRef="s"/>'},
    )
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_wrong_is_found_and_right_is_clean(case: Case) -> None:
    assert_pair(case)


def test_definition_by_reference_counts_as_one_inside() -> None:
    wrong = (
        '<errorEventDefinition id="shared"/>\n---\n'
        '<intermediateCatchEvent id="x"><eventDefinitionRef>shared</eventDefinitionRef>'
        "</intermediateCatchEvent>\nstart -> x -> end"
    )
    assert "intermediate-catch-event-trigger" in rule_ids(wrong)


def test_engines_ignore_a_non_interrupting_error_boundary() -> None:
    wrong = _text("boundary, non-interrupting", "error")
    assert "boundary-event-interrupting" in rule_ids(wrong, "warning", engines=True)
