"""Sequence flows: what they may join, and where they may lead."""

# ruff: noqa: E501  (documents are written as they are read)

from __future__ import annotations

import pytest

from tests.bpmn.checks.kit import Case, assert_pair, rule_ids

CASES = [
    Case(
        "sequence-flow-crosses-sub-process",
        """
        <subProcess id="s"><startEvent id="in"/><task id="a"/><endEvent id="out"/>
        in -> a -> out
        </subProcess>
        ! <sequenceFlow id="bad" sourceRef="a" targetRef="end"/>
        start -> s -> end
        """,
        {'sourceRef="a"': 'sourceRef="s"', "start -> s -> end": "start -> s"},
    ),
    Case(
        "sequence-flow-crosses-pool",
        """
        <process id="p" isExecutable="true"><startEvent id="s1"/><task id="a"/><endEvent id="e1"/>
        s1 -> a -> e1
        ! <sequenceFlow id="bad" sourceRef="a" targetRef="b"/>
        </process>
        <process id="q" isExecutable="true"><startEvent id="s2"/><task id="b"/><endEvent id="e2"/>
        s2 -> b -> e2
        </process>
        """,
        {'targetRef="b"/>': 'targetRef="e1"/>', "s1 -> a -> e1": "s1 -> a"},
    ),
    Case(
        "sequence-flow-elsewhere",
        """
        <subProcess id="s"><startEvent id="in"/><endEvent id="out"/>
        </subProcess>
        ! <sequenceFlow id="f" sourceRef="in" targetRef="out"/>
        start -> s -> end
        """,
        {
            "</subProcess>": '<sequenceFlow id="f" sourceRef="in" targetRef="out"/></subProcess>',
            '! <sequenceFlow id="f" sourceRef="in" targetRef="out"/>': "",
        },
    ),
    Case(
        "start-event-incoming",
        """
        ! <sequenceFlow id="back" sourceRef="a" targetRef="start"/>
        start -> a -> end
        """,
        {'sourceRef="a" targetRef="start"': 'sourceRef="a" targetRef="a"'},
    ),
    Case(
        "end-event-outgoing",
        """
        start -> a -> end
        ! <sequenceFlow id="on" sourceRef="end" targetRef="a"/>
        """,
        {'sourceRef="end"': 'sourceRef="a"'},
    ),
    Case(
        "boundary-event-incoming",
        """
        <boundaryEvent id="late" attachedToRef="a"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
        start -> a -> end
        late -> b -> end
        ! <sequenceFlow id="bad" sourceRef="b" targetRef="late"/>
        """,
        {'targetRef="late"': 'targetRef="a"'},
    ),
    Case(
        "event-sub-process-flow",
        """
        <error id="e" errorCode="E1"/>
        ---
        <subProcess id="s" triggeredByEvent="true">
        <startEvent id="in"><errorEventDefinition errorRef="e"/></startEvent><endEvent id="out"/>
        in -> out
        </subProcess>
        start -> a -> end
        ! <sequenceFlow id="bad" sourceRef="a" targetRef="s"/>
        """,
        {'targetRef="s"': 'targetRef="a"'},
    ),
    Case(
        "compensation-handler-flow",
        """
        <task id="undo" isForCompensation="true"/>
        <boundaryEvent id="c" attachedToRef="a"><compensateEventDefinition/></boundaryEvent>
        <association id="as" sourceRef="c" targetRef="undo" associationDirection="One"/>
        start -> a -> end
        ! <sequenceFlow id="bad" sourceRef="undo" targetRef="end"/>
        """,
        {'sourceRef="undo"': 'sourceRef="a"', "start -> a -> end": "start -> a"},
    ),
    Case(
        "compensation-boundary-outgoing",
        """
        <task id="undo" isForCompensation="true"/>
        <boundaryEvent id="c" attachedToRef="a"><compensateEventDefinition/></boundaryEvent>
        <association id="as" sourceRef="c" targetRef="undo" associationDirection="One"/>
        start -> a -> end
        ! <sequenceFlow id="bad" sourceRef="c" targetRef="b"/>
        b -> end
        """,
        {'sourceRef="c" targetRef="b"': 'sourceRef="a" targetRef="b"'},
    ),
    Case(
        "incoming-mismatch",
        """
        ! <task id="a"><incoming>a-end</incoming></task>
        start -> a -> end
        """,
        {"<incoming>a-end": "<incoming>start-a"},
    ),
    Case(
        "outgoing-mismatch",
        """
        ! <task id="a"><outgoing>start-a</outgoing></task>
        start -> a -> end
        """,
        {"<outgoing>start-a": "<outgoing>a-end"},
    ),
    Case(
        "incoming-incomplete",
        """
        ! <task id="a"><incoming>start-a</incoming></task>
        start -> a -> end
        start -> b -> a
        """,
        {"</incoming>": "</incoming><incoming>b-a</incoming>"},
    ),
    Case(
        "outgoing-incomplete",
        """
        ! <task id="a"><outgoing>a-end</outgoing></task>
        start -> a -> end
        a -> b -> end
        """,
        {"<outgoing>a-end</outgoing>": ""},
    ),
    Case(
        "sequence-flow-not-immediate",
        """
        ! <sequenceFlow id="f" sourceRef="a" targetRef="end" isImmediate="false"/>
        start -> a
        <endEvent id="end"/>
        """,
        {'isImmediate="false"': 'isImmediate="true"'},
    ),
    Case(
        "sequence-flow-twice",
        """
        start -> a -> end
        ! <sequenceFlow id="again" sourceRef="a" targetRef="end"/>
        """,
        {'id="again" sourceRef="a" targetRef="end"': 'id="again" sourceRef="a" targetRef="a"'},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_wrong_is_found_and_right_is_clean(case: Case) -> None:
    assert_pair(case)


@pytest.mark.parametrize(
    "rule",
    ["incoming-mismatch", "outgoing-mismatch", "incoming-incomplete", "outgoing-incomplete"],
)
def test_engines_go_by_the_flows_alone(rule: str) -> None:
    wrong = next(case.wrong for case in CASES if case.rule == rule)
    assert rule in rule_ids(wrong, "error")
    assert rule in rule_ids(wrong, "warning", engines=True)


def test_flow_between_levels_is_said_once() -> None:
    wrong = next(c.wrong for c in CASES if c.rule == "sequence-flow-crosses-sub-process")
    assert "sequence-flow-elsewhere" not in rule_ids(wrong)
    assert "sequence-flow-crosses-pool" not in rule_ids(wrong)


def test_drawing_may_leave_room_between_nodes() -> None:
    wrong = next(c.wrong for c in CASES if c.rule == "sequence-flow-not-immediate")
    assert "sequence-flow-not-immediate" not in rule_ids(wrong, executable=False)
