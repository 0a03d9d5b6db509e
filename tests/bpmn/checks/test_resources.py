"""Resources, interfaces and operations."""

# ruff: noqa: E501  (documents are written as they are read)

from __future__ import annotations

import pytest

from tests.bpmn.checks.kit import Case, assert_pair

_FLOW = "start -> a -> end"
_MESSAGE = '<message id="m" name="m"/>'

CASES = [
    Case(
        "interface-without-operation",
        f"""
        {_MESSAGE}
        ! <interface id="i" name="i"></interface>
        ---
        {_FLOW}
        """,
        {
            "></interface>": '><operation name="o"><inMessageRef>m</inMessageRef></operation></interface>'
        },
    ),
    Case(
        "operation-without-message",
        f"""
        {_MESSAGE}<interface id="i" name="i">
        ! <operation id="o" name="o"></operation>
        </interface>
        ---
        {_FLOW}
        """,
        {"></operation>": "><inMessageRef>m</inMessageRef></operation>"},
    ),
    Case(
        "resource-expression-missing",
        f"""
        <userTask id="a"><potentialOwner id="x">
        ! <resourceAssignmentExpression id="e"></resourceAssignmentExpression>
        </potentialOwner></userTask>
        {_FLOW}
        """,
        {'id="e">': "><formalExpression>clerks</formalExpression>"},
        at="a",
    ),
    Case(
        "resource-binding-expression",
        f"""
        <resource id="r" name="r"><resourceParameter id="q"/></resource>
        ---
        <userTask id="a"><performer id="x"><resourceRef>r</resourceRef>
        ! <resourceParameterBinding id="b" parameterRef="q"></resourceParameterBinding>
        </performer></userTask>
        {_FLOW}
        """,
        {'parameterRef="q">': 'parameterRef="q"><formalExpression>1</formalExpression>'},
        at="a",
    ),
    Case(
        "resource-role-both",
        f"""
        <resource id="r" name="r"/>
        ---
        <userTask id="a">
        ! <performer id="x"><resourceRef>r</resourceRef><resourceAssignmentExpression><formalExpression>y</formalExpression></resourceAssignmentExpression></performer>
        </userTask>
        {_FLOW}
        """,
        {"<resourceRef>r</resourceRef>": ""},
        at="a",
    ),
    Case(
        "resource-binding-without-resource",
        f"""
        <resource id="r" name="r"><resourceParameter id="q"/></resource>
        ---
        <userTask id="a">
        ! <performer id="x"><resourceParameterBinding parameterRef="q"><formalExpression>y</formalExpression></resourceParameterBinding></performer>
        </userTask>
        {_FLOW}
        """,
        {'<performer id="x">': '<performer id="x"><resourceRef>r</resourceRef>'},
        at="a",
    ),
    Case(
        "resource-binding-parameter",
        f"""
        <resource id="r" name="r"><resourceParameter id="q"/></resource><resource id="s" name="s"><resourceParameter id="t"/></resource>
        ---
        <userTask id="a"><performer id="x"><resourceRef>r</resourceRef>
        ! <resourceParameterBinding id="b" parameterRef="t"><formalExpression>y</formalExpression></resourceParameterBinding>
        </performer></userTask>
        {_FLOW}
        """,
        {'parameterRef="t"': 'parameterRef="q"'},
        at="a",
    ),
    Case(
        "resource-parameter-unbound",
        f"""
        <resource id="r" name="r"><resourceParameter id="q" isRequired="true"/></resource>
        ---
        <userTask id="a">
        ! <performer id="x"><resourceRef>r</resourceRef></performer>
        </userTask>
        {_FLOW}
        """,
        {"true": "false"},
        at="a",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_wrong_is_found_and_right_is_clean(case: Case) -> None:
    assert_pair(case)
