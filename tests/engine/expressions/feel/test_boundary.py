"""Values on their way in and out: exact, converted late, never changed in place."""

from collections import UserDict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from engine.expressions.feel import compile_feel, feel_to_plain
from tests.engine.expressions.feel.kit import feel


class Lazy(Mapping[str, Any]):
    """Variables that tell which of them were read."""

    def __init__(self, variables: dict[str, Any]) -> None:
        self.variables = variables
        self.read: list[str] = []

    def __getitem__(self, name: str) -> Any:
        self.read.append(name)
        return self.variables[name]

    def __contains__(self, name: object) -> bool:
        return name in self.variables

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("nobody needs all variables")

    def __len__(self) -> int:
        return len(self.variables)


def test_only_the_variables_that_are_needed_are_read() -> None:
    variables = Lazy({"amount": 5, "big": object(), "limit": 1})
    assert compile_feel("amount > limit").evaluate(variables) is True
    assert variables.read == ["amount", "limit"]


def test_large_documents_are_not_copied_for_one_path() -> None:
    document = {"total": 0.1, "rest": {"not": object()}}
    assert compile_feel("order.total").evaluate({"order": document}) == Decimal("0.1")


def test_floats_are_the_decimals_they_are_printed_as() -> None:
    assert feel("x + y", x=0.1, y=0.2) == Decimal("0.3")
    assert feel("x", x=[0.5, {"y": 2.0}]) == [Decimal("0.5"), {"y": 2}]
    assert feel("x", x=float("nan")) is None


def test_large_integers_pass_unchanged() -> None:
    assert feel("x", x=10**50) == 10**50


def test_foreign_classes_become_what_feel_knows() -> None:
    identifier = UUID(int=5)
    assert feel("x", x=identifier) == str(identifier)
    assert feel("x.a", x=UserDict(a=(1, 2))) == [1, 2]
    assert feel("x = null", x=object()) is True


def test_input_is_never_changed() -> None:
    items = [1, 2]
    feel("append(items, 3)", items=items)
    feel("sort(items, function(a, b) a > b)", items=items)
    assert items == [1, 2]


def test_plain_data_for_results() -> None:
    result = feel('{d: @"2030-01-31", p: @"P1M", r: [1..2], n: 2.50, l: [@"12:00:00Z"]}')
    assert feel_to_plain(result) == {
        "d": "2030-01-31",
        "p": "P1M",
        "r": "[1..2]",
        "n": Decimal("2.50"),
        "l": ["12:00:00Z"],
    }


def test_ranges_and_functions_can_be_given_in_again() -> None:
    assert feel("5 in x", x=feel("[1..10]")) is True
    assert feel("f(2)", f=feel("function(a) a * 2")) == 4
    assert feel('@"2030-01-31" in x', x=feel('[@"2030-01-01"..@"2030-12-31"]')) is True
