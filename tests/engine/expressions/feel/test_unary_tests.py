"""Cells of decision tables (DMN 1.5 §7.3.10 and §10.3.2.5 Table 56)."""

import pytest

from engine.expressions.feel import compile_unary_tests
from tests.engine.expressions.feel.kit import cell


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("-", None, True),
        ("5", 5, True),
        ("5", 6, False),
        ("< 5", 4, True),
        ("[1..5)", 5, False),
        ("< 5, > 10", 11, True),
        ("not(5, 6)", 7, True),
        ("not(5, 6)", 6, False),
        ('"a", "b"', "b", True),
        ("null", None, True),
        ("true", True, True),
        ("false", False, True),
        ("false", True, False),
        ("? > limit", 5, True),
        ("? * 2 = 10", 5, True),
        ("limit", 3, True),
        ("known", 2, True),
        ("known", 9, False),
        ('starts with(?, "x")', "xyz", True),
        ('not(starts with(?, "x"))', "xyz", False),
        ("!= 5", 4, True),
        ("-5", -5, True),
        ('@"2030-01-31"', None, False),
        ('< "m"', "k", True),
        ("[1, 2]", 2, True),
        ("limit = 3", 7, True),
        ("limit = 3", None, True),
        ("limit = 3", False, False),
        ("true", 7, False),
    ],
)
def test_cell_holds_for_a_value(text: str, value: object, expected: bool) -> None:
    assert (cell(text, value, limit=3, known=[1, 2]) is True) is expected


def test_input_is_no_free_variable() -> None:
    assert compile_unary_tests("? > limit, 5").names - {"?"} == {"limit"}
