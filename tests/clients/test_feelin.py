"""Our FEEL against bpmn.io's, on random expressions; what differs is listed with its clause."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings

from tests.clients.feelin import DIFFERENCES, Feelin, agree, known, ours
from tests.engine.expressions.feel.generated import expressions


@pytest.fixture(scope="module")
def feelin() -> Iterator[Feelin]:
    with Feelin() as opened:
        yield opened


def test_both_agree_on_random_expressions(feelin: Feelin) -> None:
    @settings(max_examples=300, database=None)
    @given(expressions)
    def compare(expression: str) -> None:
        one, other = ours(expression), feelin.evaluate(expression)
        if not agree(one, other):
            assert known(expression), f"{expression}: ours {one!r}, feelin {other!r}"

    compare()


EXAMPLES = [
    ('years and months duration(@"2021-01-31", @"2030-06-15")', "P9Y4M"),
    ("median([2, 10, 9])", 9),
    ("[1] = [1, 2]", False),
    ("remove([1], 2)", None),
    ("list replace([], 1, 2)", None),
    ("insert before([], 1, 2)", None),
    ("sublist([], 1, 1)", None),
    ("(120 between 120 and 10)", False),
]


@pytest.mark.parametrize(("expression", "expected"), EXAMPLES)
def test_known_differences_are_still_there(
    feelin: Feelin, expression: str, expected: object
) -> None:
    assert ours(expression) == expected
    assert not agree(feelin.evaluate(expression), expected), "no difference any more: strike it"
    assert known(expression)


def test_every_known_difference_has_an_example_and_a_clause() -> None:
    assert len(DIFFERENCES) == 5
    assert all("Table" in clause for clause in DIFFERENCES.values())
