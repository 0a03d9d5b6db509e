"""Texts that are no FEEL, and evaluations that go too far: clean errors, always."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.expressions.feel import (
    FeelError,
    FeelEvaluationError,
    FeelLimitError,
    FeelSyntaxError,
    Limits,
    compile_feel,
    compile_unary_tests,
)


@pytest.mark.parametrize(
    ("text", "position", "culprit", "remedy"),
    [
        ("", 0, "end of text", "expected an expression here"),
        ("1 +", 3, "end of text", "expected an expression here"),
        ("1 + * 2", 4, "*", "expected an expression here"),
        ("(1 + 2", 6, "end of text", "expected ')' here"),
        ("a == 1", 3, "=", "FEEL compares with a single '='"),
        ('"open', 0, '"', "close the string with a quotation mark"),
        ("if a then b", 11, "end of text", "expected 'else' here"),
        ("for x return x", 6, "return", "expected"),
        ("[1, 2", 5, "end of text", "expected ']' here"),
        ('@"yesterday"', 1, '"yesterday"', "expected a date, time or duration in ISO 8601"),
        ("a && b", 2, "&", "expected an operator or the end of the expression"),
        ("f(1, b: 2)", 9, ")", "name all parameters of a call or none"),
    ],
)
def test_syntax_error_names_place_culprit_and_remedy(
    text: str, position: int, culprit: str, remedy: str
) -> None:
    with pytest.raises(FeelSyntaxError) as caught:
        compile_feel(text)
    error = caught.value
    if remedy != "expected":
        assert (error.position, error.culprit, error.remedy) == (position, culprit, remedy)
    assert "line 1, column" in str(error)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000 + "1" + ")" * 5000,
        "[" * 5000,
        "-" * 5000 + "1",
        "{a:" * 3000 + "1" + "}" * 3000,
        "not(" * 2000 + "true" + ")" * 2000,
        "a" + ".b" * 5000,
        "a" + "[1]" * 5000,
        "if a then " * 2000 + "1",
        "function() " * 3000 + "1",
        "< " * 3000 + "1",
        "x instance of " + "list<" * 3000 + "number" + ">" * 3000,
        "1" * 200_000,
    ],
    ids=lambda text: text[:12],
)
def test_deep_nesting_is_a_syntax_error(text: str) -> None:
    with pytest.raises(FeelSyntaxError):
        compile_feel(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" + ".join(["1"] * 5000), 5000),
        (" and ".join(["true"] * 5000), True),
        ("if false then 1 else " * 2000 + "2", 2),
        ("[" + ",".join(["1"] * 5000) + "][5000]", 1),
    ],
    ids=["sum", "and", "else if", "list"],
)
def test_long_texts_are_no_problem(text: str, expected: object) -> None:
    assert compile_feel(text).evaluate({}) == expected


@pytest.mark.parametrize(
    "text",
    [
        "for i in 1..1000000000 return i",
        "count(for i in 1..2000, j in 1..2000 return i)",
        "some x in 1..1000000000000 satisfies x < 0",
        "{f: function(n) f(n + 1), r: f(1)}.r",
        "count(for i in 1..5000 return partial)",
        'for i in 1..60 return if i = 1 then "ab" else partial[-1] + partial[-1]',
        "for i in 1..60 return if i = 1 then [1] else concatenate(partial[-1], partial[-1])",
        "count(for i in 1..900 return distinct values(big))",
        "for i in 1..900 return big = big",
        "for i in 1..900 return list contains(big, [i])",
        "for i in 1..9000 return string(big)",
        "for i in 1..900000 return string length(upper case(long))",
        'string join(for i in 1..2000 return string join(for j in 1..400 return "abc"), ",")',
    ],
)
def test_evaluation_stops_at_its_budget(text: str) -> None:
    with pytest.raises(FeelLimitError):
        compile_feel(text).evaluate(
            {"big": [[i] for i in range(20_000)], "long": "x" * 900_000},
            limits=Limits(steps=200_000),
        )


def test_budget_can_be_set() -> None:
    compiled = compile_feel("for i in 1..100 return i")
    assert len(compiled.evaluate({}, limits=Limits(steps=1000))) == 100
    with pytest.raises(FeelLimitError, match="more than 50 steps"):
        compiled.evaluate({}, limits=Limits(steps=50))


def test_deep_values_are_a_limit_error() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(FeelLimitError):
        compile_feel("x = y").evaluate({"x": deep, "y": deep})


def test_strict_evaluation_raises_instead_of_warning() -> None:
    with pytest.raises(FeelEvaluationError, match="no variable 'a'"):
        compile_feel("a + 1").evaluate({}, strict=True)


_WORDS = st.sampled_from(
    [
        "1",
        "2.5",
        "a",
        "b",
        "c",
        "true",
        "null",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        "..",
        ".",
        ":",
        "+",
        "-",
        "*",
        "/",
        "**",
        "=",
        "!=",
        "<",
        ">",
        "<=",
        "and",
        "or",
        "in",
        "between",
        "if",
        "then",
        "else",
        "for",
        "return",
        "some",
        "every",
        "satisfies",
        "instance",
        "of",
        "function",
        "not",
        "item",
        "?",
        "@",
        '"x"',
        '"P1D"',
        '@"P1D"',
        "list<",
        ">",
        "number",
        "date(",
        "count(",
        "string",
        "length(",
        "partial",
        "->",
        "`",
        "|",
    ]
)


@given(st.lists(_WORDS, max_size=25).map(" ".join))
def test_no_text_raises_anything_but_feel_errors(text: str) -> None:
    for compiler in (compile_feel, compile_unary_tests):
        try:
            compiled = compiler(text)
        except FeelSyntaxError:
            continue
        try:
            compiled.evaluate({"a": 1, "b": [1, {"c": 2}], "?": 3}, limits=Limits(steps=2000))
        except FeelError:
            continue


@given(st.text(max_size=40))
def test_no_characters_raise_anything_but_feel_errors(text: str) -> None:
    try:
        compile_feel(text).evaluate({}, limits=Limits(steps=2000))
    except FeelError:
        return
