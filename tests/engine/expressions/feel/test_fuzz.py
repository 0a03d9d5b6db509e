"""FEEL under random input: no crash, no hang, budgets held, a position in every error."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.expressions.feel import (
    FeelError,
    FeelLimitError,
    FeelSyntaxError,
    Limits,
    compile_feel,
    compile_unary_tests,
)
from engine.expressions.feel.builtins import BUILTINS
from engine.expressions.feel.run import Run
from tests.engine.expressions.feel.generated import CONTEXT, expressions
from tests.engine.expressions.feel.kit import NOW

SMALL = Limits(steps=5000, text=20_000, depth=30)
VALUES = [
    "null",
    "true",
    "0",
    "-1",
    "1.5",
    "1e30",
    "1e-30",
    '""',
    '"a.b"',
    '"["',
    '@"2020-02-29"',
    '@"23:59:59@Europe/Paris"',
    '@"2020-02-29T24:00:00Z"',
    '@"999999999-12-31"',
    '@"P999999999D"',
    '@"-P1Y"',
    "[]",
    "[1, null]",
    '[["a"]]',
    "{}",
    '{key: "k", value: 1}',
    "[1..3]",
    "(<5)",
    "function(a, b) a",
    "abs",
    "xs",
    "none",
]
values = st.sampled_from(VALUES)


def run(text: str) -> None:
    """Evaluates as a condition and as a cell; only FEEL's own errors may come."""
    for compiler in (compile_feel, compile_unary_tests):
        refusal: FeelError | None = None
        try:
            compiler(text).evaluate({**CONTEXT, "?": 7}, now=NOW, limits=SMALL)
        except FeelError as error:
            refusal = error
        assert refusal is None or str(refusal)
        if isinstance(refusal, FeelSyntaxError):
            assert 0 <= refusal.position <= len(text)
            assert "line " in str(refusal)


@settings(max_examples=400)
@given(st.sampled_from(sorted(BUILTINS)), st.lists(values, max_size=4))
def test_built_in_functions_take_anything(name: str, arguments: list[str]) -> None:
    run(f"{name}({', '.join(arguments)})")


@settings(max_examples=300)
@given(
    st.sampled_from(["+", "-", "*", "/", "**", "<", "=", "!=", "in", "and", "or"]), values, values
)
def test_operators_take_anything(operator: str, left: str, right: str) -> None:
    run(f"({left}) {operator} ({right})")


@settings(max_examples=200)
@given(values, values)
def test_other_forms_take_anything(one: str, other: str) -> None:
    for form in (
        "{0}[{1}]",
        "({0}).year",
        "({0})({1})",
        "for i in {0} return {1}",
        "for i in {0}..{1} return i",
        "some i in {0} satisfies {1}",
        "{0} between {1} and {0}",
        "[{0}..{1}]",
        "{0} instance of list<number>",
        "if {0} then {1} else {0}",
        "string([{0}, {{a: {1}}}])",
    ):
        run(form.format(f"({one})", f"({other})"))


@settings(max_examples=200)
@given(expressions, st.randoms(use_true_random=False))
def test_damaged_expressions_are_refused_with_a_place(text: str, chance: random.Random) -> None:
    at = chance.randrange(len(text) + 1)
    kind = chance.randrange(3)
    piece = chance.choice(
        ["(", ")", "[", "]", "..", ",", '"', "}", "{", "for", "if", ".", "@", "'"]
    )
    damaged = (
        text[:at] + text[at + 1 :],
        text[:at] + piece + text[at:],
        text[:at] + text[at:] + piece * 70,
    )[kind]
    run(damaged)


@pytest.mark.parametrize(
    "text",
    [
        "for i in 1..1000000000 return i",
        "for i in [1..1000000000] return i",
        "for a in 1..100000, b in 1..100000 return a",
        "some a in 1..1000000000 satisfies a < 0",
        "{f: function(n) f(n + 1), r: f(0)}.r",
        "{f: function(n) f(n - 1) + f(n - 1), r: f(25)}.r",
        'for i in 1..100000 return replace("aaaaaaaaaaaaaaaaaaaaaaaa", "a", "bbbbbbbbbbbbbbbbbbb")',
        'string join(for i in 1..4000 return "aaaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbb")',
        "sort(for i in 1..4000 return modulo(i * 7, 13), function(a, b) a < b)",
        "for i in 1..4000 return partial",
    ],
)
def test_work_without_end_runs_into_its_budget(text: str) -> None:
    with pytest.raises(FeelLimitError):
        compile_feel(text).evaluate({}, limits=SMALL)


def test_a_budget_is_used_up_by_what_is_done() -> None:
    one = Run(limits=SMALL)
    compile_feel("sum(for i in 1..100 return i)").evaluate_raw(one)
    assert SMALL.steps - 300 < one.steps < SMALL.steps - 100
