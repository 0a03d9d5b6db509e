"""Starts, ends and the ways between."""

# ruff: noqa: E501  (documents are written as they are read)

# ruff: noqa: E501  (documents are written as they are read)

from __future__ import annotations

import pytest

from tests.bpmn.checks.kit import Case, assert_pair, rule_ids

_TIMER = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"

CASES = [
    Case(
        "process-empty",
        """
        ! <process id="q" isExecutable="true">
        </process>
        """,
        {"</process>": '<startEvent id="s"/><endEvent id="e"/>\ns -> e\n</process>'},
    ),
    Case(
        "process-not-executable",
        """
        ! <process id="q" isExecutable="false"><startEvent id="s"/><endEvent id="e"/>
        s -> e
        </process>
        """,
        {"false": "true"},
    ),
    Case(
        "public-process-executable",
        """
        ! <process id="q" isExecutable="true" processType="Public"><startEvent id="s"/><endEvent id="e"/>
        s -> e
        </process>
        """,
        {"Public": "Private"},
    ),
    Case(
        "process-without-start",
        """
        ! <process id="q" isExecutable="true"><task id="a"/><task id="b"/>
        a -> b -> a
        </process>
        """,
        {" -> a": ""},
    ),
    Case(
        "start-without-end",
        """
        ! <process id="q" isExecutable="true"><startEvent id="s"/><task id="a"/>
        s -> a
        </process>
        """,
        {'<task id="a"/>': '<endEvent id="a"/>'},
    ),
    Case(
        "end-without-start",
        """
        ! <process id="q" isExecutable="true"><task id="a"/><endEvent id="e"/>
        a -> e
        </process>
        """,
        {'<task id="a"/>': '<startEvent id="a"/>'},
    ),
    Case(
        "node-without-incoming",
        """
        start -> end
        ! <task id="lost"/>
        lost -> end
        """,
        {"start -> end": "start -> lost"},
    ),
    Case(
        "node-without-outgoing",
        """
        start -> end
        ! <task id="last"/>
        start -> last
        """,
        {"start -> last": "start -> last -> end"},
    ),
    Case(
        "start-event-without-outgoing",
        """
        start -> end
        ! <startEvent id="idle"><timerEventDefinition><timeCycle>R/PT1H</timeCycle></timerEventDefinition></startEvent>
        """,
        {"start -> end": "start -> end\nidle -> end"},
    ),
    Case(
        "end-event-without-incoming",
        """
        start -> end
        ! <endEvent id="lost"/>
        """,
        {"start -> end": "start -> end\nstart -> lost"},
    ),
    Case(
        "intermediate-event-without-incoming",
        """
        start -> end
        ! <intermediateThrowEvent id="lost"/>
        lost -> end
        """,
        {"start -> end": "start -> lost"},
    ),
    Case(
        "node-unreachable",
        """
        start -> end
        ! <task id="a"/>
        a -> a
        a -> end
        """,
        {"a -> a": "start -> a"},
    ),
    Case(
        "parallel-join-deadlock",
        """
        <exclusiveGateway id="x" default="x-b"/>
        <sequenceFlow id="f" sourceRef="x" targetRef="a"><conditionExpression>y</conditionExpression></sequenceFlow>
        ! <parallelGateway id="join"/>
        start -> x -> b -> join -> end
        a -> join
        """,
        {"<parallelGateway": "<exclusiveGateway"},
    ),
    Case(
        "several-none-starts",
        """
        start -> end
        ! <startEvent id="other"/>
        other -> end
        """,
        {
            '<startEvent id="other"/>': '<startEvent id="other"><timerEventDefinition>'
            "<timeDate>2030-01-01T00:00:00Z</timeDate></timerEventDefinition></startEvent>"
        },
    ),
    Case(
        "intermediate-event-without-outgoing",
        f"""
        ! <boundaryEvent id="late" attachedToRef="a">{_TIMER}</boundaryEvent>
        start -> a -> end
        """,
        {"start -> a": "late -> end\nstart -> a"},
    ),
    Case(
        "sub-process-start-event-twice",
        """
        <subProcess id="s"><startEvent id="one"/><endEvent id="out"/>
        ! <startEvent id="two"/>
        one -> out
        two -> out
        </subProcess>
        start -> s -> end
        """,
        {'<startEvent id="two"/>': '<task id="two"/>', "one -> out": "one -> two"},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_wrong_is_found_and_right_is_clean(case: Case) -> None:
    assert_pair(case)


@pytest.mark.parametrize("rule", ["start-without-end", "node-without-outgoing"])
def test_node_without_outgoing_flow_ends_its_token(rule: str) -> None:
    wrong = next(case.wrong for case in CASES if case.rule == rule)
    assert rule in rule_ids(wrong, "warning")
    assert rule_ids(wrong, "error") == set()


@pytest.mark.parametrize(
    "rule",
    [
        "end-without-start",
        "node-without-incoming",
        "intermediate-event-without-outgoing",
        "sub-process-start-event-twice",
    ],
)
def test_engines_mix_events_and_nodes_without_flows(rule: str) -> None:
    wrong = next(case.wrong for case in CASES if case.rule == rule)
    assert rule in rule_ids(wrong, "error")
    assert rule in rule_ids(wrong, "warning", engines=True)
    assert rule_ids(wrong, "error", engines=True) == set()


@pytest.mark.parametrize(
    "right",
    [
        "a -> b\nb -> c",
        '<receiveTask id="a" instantiate="true"/>\na -> end',
        '<adHocSubProcess id="s"><task id="a"/><task id="b"/></adHocSubProcess>\nstart -> s -> end',
        """
        <error id="e" errorCode="E"/>
        ---
        <subProcess id="s" triggeredByEvent="true"><startEvent id="in"><errorEventDefinition errorRef="e"/></startEvent><endEvent id="out"/>
        in -> out
        </subProcess>
        start -> end
        """,
        """
        <intermediateThrowEvent id="t"><linkEventDefinition name="l"/></intermediateThrowEvent>
        <intermediateCatchEvent id="c"><linkEventDefinition name="l"/></intermediateCatchEvent>
        start -> t
        c -> end
        """,
    ],
    ids=["no events at all", "instantiating", "ad-hoc", "event sub-process", "links"],
)
def test_nodes_are_entered_in_other_ways(right: str) -> None:
    assert rule_ids(right) <= {"process-not-executable"}


@pytest.mark.parametrize(
    ("middle", "is_deadlock"),
    [
        ("x -> a -> join\nx -> b -> join", True),
        ("x -> a -> fork\nfork -> b -> join\nfork -> c -> join", False),
        ("x -> a -> merge -> fork\nx -> b -> merge\nfork -> c -> join\nfork -> d -> join", False),
        ("x -> join\nx -> b -> fork\nfork -> c -> join\nfork -> d -> join", False),
    ],
)
def test_only_what_surely_deadlocks_is_said_to(middle: str, is_deadlock: bool) -> None:
    text = f"""
    <exclusiveGateway id="x"/><exclusiveGateway id="merge"/>
    <parallelGateway id="fork"/><parallelGateway id="join"/>
    start -> x
    {middle}
    join -> end
    """
    assert ("parallel-join-deadlock" in rule_ids(text)) == is_deadlock
