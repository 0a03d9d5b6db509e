"""Conditional and default flows."""

# ruff: noqa: E501  (documents are written as they are read)

from __future__ import annotations

import pytest

from tests.bpmn.checks.kit import Case, assert_pair, problems, rule_ids

_CONDITION = "<conditionExpression>x &gt; 1</conditionExpression>"

CASES = [
    Case(
        "start-event-condition",
        f"""
        ! <sequenceFlow id="f" sourceRef="start" targetRef="a">{_CONDITION}</sequenceFlow>
        a -> end
        """,
        {_CONDITION: ""},
    ),
    Case(
        "parallel-gateway-condition",
        f"""
        <parallelGateway id="g"/>
        ! <sequenceFlow id="f" sourceRef="g" targetRef="a">{_CONDITION}</sequenceFlow>
        start -> g -> b -> end
        a -> end
        """,
        {_CONDITION: ""},
    ),
    Case(
        "event-based-gateway-condition",
        f"""
        <eventBasedGateway id="g"/>
        <intermediateCatchEvent id="a"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>
        <receiveTask id="b"/>
        ! <sequenceFlow id="f" sourceRef="g" targetRef="a">{_CONDITION}</sequenceFlow>
        start -> g -> b -> end
        a -> end
        """,
        {_CONDITION: ""},
    ),
    Case(
        "condition-empty",
        """
        <exclusiveGateway id="g" default="g-b"/>
        ! <sequenceFlow id="f" sourceRef="g" targetRef="a"><conditionExpression> </conditionExpression></sequenceFlow>
        start -> g -> b -> end
        a -> end
        """,
        {"<conditionExpression> ": "<conditionExpression>x"},
    ),
    Case(
        "default-not-outgoing",
        f"""
        ! <task id="a" default="start-a"/>
        <sequenceFlow id="f" sourceRef="a" targetRef="b">{_CONDITION}</sequenceFlow>
        start -> a -> end
        b -> end
        """,
        {"start-a": "a-end", "start -> a -> end": "start -> a -> end"},
    ),
    Case(
        "default-condition",
        f"""
        <exclusiveGateway id="g" default="g2"/>
        <sequenceFlow id="g1" sourceRef="g" targetRef="a">{_CONDITION}</sequenceFlow>
        ! <sequenceFlow id="g2" sourceRef="g" targetRef="b">{_CONDITION}</sequenceFlow>
        start -> g
        a -> end
        b -> end
        """,
        {f'targetRef="b">{_CONDITION}': 'targetRef="b">'},
    ),
    Case(
        "default-without-conditions",
        """
        ! <task id="a" default="a-end"/>
        start -> a -> end
        a -> b -> end
        """,
        {' default="a-end"': ""},
    ),
    Case(
        "exclusive-gateway-conditions",
        """
        <exclusiveGateway id="g" default="g-b"/>
        ! <sequenceFlow id="f" sourceRef="g" targetRef="a"></sequenceFlow>
        start -> g -> b -> end
        a -> end
        """,
        {'targetRef="a">': f'targetRef="a">{_CONDITION}'},
    ),
    Case(
        "exclusive-gateway-one-bare",
        f"""
        <exclusiveGateway id="g"/>
        <sequenceFlow id="f" sourceRef="g" targetRef="a">{_CONDITION}</sequenceFlow>
        ! <sequenceFlow id="other" sourceRef="g" targetRef="b"/>
        start -> g
        a -> end
        b -> end
        """,
        {'<exclusiveGateway id="g"/>': '<exclusiveGateway id="g" default="other"/>'},
    ),
    Case(
        "condition-alone",
        f"""
        ! <sequenceFlow id="f" sourceRef="a" targetRef="end">{_CONDITION}</sequenceFlow>
        start -> a
        """,
        {_CONDITION: ""},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_wrong_is_found_and_right_is_clean(case: Case) -> None:
    assert_pair(case)


@pytest.mark.parametrize("rule", ["start-event-condition", "parallel-gateway-condition"])
def test_engines_ignore_some_conditions(rule: str) -> None:
    wrong = next(case.wrong for case in CASES if case.rule == rule)
    assert rule in rule_ids(wrong, "warning", engines=True)


def test_drawing_needs_no_conditions() -> None:
    wrong = "<exclusiveGateway id='g'/>\nstart -> g -> a -> end\ng -> b -> end"
    assert "exclusive-gateway-conditions" in rule_ids(wrong, "error")
    assert "exclusive-gateway-conditions" in rule_ids(wrong, "info", executable=False)


def test_condition_in_an_extension_is_a_condition() -> None:
    wrong = next(case.wrong for case in CASES if case.rule == "condition-empty")
    script = '<conditionExpression xsi:type="tFormalExpression" camunda:resource="c.groovy" language="groovy"> '
    right = wrong.replace("<conditionExpression> ", script)
    assert "condition-empty" in rule_ids(wrong, engines=True)
    assert "condition-empty" not in rule_ids(right, engines=True)


def test_condition_is_marked_where_it_stands() -> None:
    wrong = """
    <exclusiveGateway id="g" default="g-b"/>
    <sequenceFlow id="f" sourceRef="g" targetRef="a">
    <conditionExpression/>
    </sequenceFlow>
    start -> g -> b -> end
    a -> end
    """
    [found] = [p for p in problems(wrong) if p.rule == "condition-empty"]
    assert (found.line, found.element) == (4, "f")
