"""Regular expressions: XPath's, on Python's, and in linear time where that could run away."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.expressions.feel import FeelLimitError, Limits, compile_feel
from engine.expressions.feel.linear import LinearPattern, NotLinearError, is_risky
from tests.engine.expressions.feel.kit import feel


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("(a+)+$", False), ("^(a|a)*$", False), ("^(([a-z])+.)+[A-Z]([a-z])+$", False)],
)
def test_patterns_that_explode_elsewhere_finish_here(pattern: str, expected: bool) -> None:
    text = "a" * 2000 + "!"
    assert compile_feel("matches(text, pattern)").evaluate({"text": text, "pattern": pattern}) is (
        expected
    )


def test_time_of_a_pattern_counts_against_the_budget() -> None:
    with pytest.raises(FeelLimitError):
        compile_feel('matches(text, "(a+)+$")').evaluate(
            {"text": "a" * 5000 + "!"}, limits=Limits(steps=1000)
        )


def test_replacing_gives_the_same_in_linear_time() -> None:
    text = "x=1, y=22; " * 20
    plain = feel('replace(text, "([a-z]+)=([0-9]+)", "$2:$1")', text=text)
    risky = feel('replace(text, "((?:[a-z])+)=((?:[0-9])+)+", "$2:$1")', text=text)
    assert plain == risky == "1:x, 22:y; " * 20


def test_back_references_are_refused_only_where_they_could_run_away() -> None:
    assert feel('matches("abab", "(ab)+\\1")') is True
    assert feel('matches(text, "((a|b)+)+\\1")', text="ab" * 50) is None


@pytest.mark.parametrize(
    ("pattern", "length", "expected"),
    [
        ("(a+)+", 100, True),
        ("(a+)+", 10, False),
        ("(foo|bar)+", 100, True),
        ("^[a-z]+$", 10**6, False),
        ("[a-z]+@", 1000, False),
        ("[a-z]+@", 10**5, True),
        (r"\d{3}-\d{3}", 10**6, False),
        ("a*b*c*", 10**4, True),
        ("(a{2}){3}", 10**6, False),
    ],
)
def test_risk_is_told_from_the_pattern(pattern: str, length: int, expected: bool) -> None:
    assert is_risky(pattern, 0, length) is expected


_ATOMS = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\d", "(?:b|c)", "^", "$"])
_PATTERNS = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}|{pair[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "*?", "+?", "??", "{1,2}", "{2}"])).map(
            lambda pair: f"({pair[0]}){pair[1]}"
        ),
    ),
    max_leaves=8,
)


@given(_PATTERNS, st.text("abc1\n", max_size=8))
def test_linear_matcher_finds_what_backtracking_finds(pattern: str, text: str) -> None:
    try:
        linear = LinearPattern(pattern, 0)
    except NotLinearError:
        return
    expected = re.search(pattern, text)
    found = next(linear.finditer(text, lambda _: None), None)
    assert (found and (found.start(), found.end())) == (expected and expected.span())
