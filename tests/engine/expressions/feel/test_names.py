"""Names with spaces and operators (DMN 1.5 §10.3.1.4)."""

import pytest

from engine.expressions.feel import compile_feel
from tests.engine.expressions.feel.kit import feel


@pytest.mark.parametrize(
    ("text", "variables", "expected"),
    [
        ("Full Name", {"Full Name": "Ann"}, "Ann"),
        ("Monthly  Income * 12", {"Monthly Income": 2}, 24),
        ("a-b", {"a": 5, "b": 3}, 2),
        ("a-b", {"a": 5, "b": 3, "a-b": 9}, 9),
        ("a - b", {"a": 5, "b": 3, "a-b": 9}, 9),
        ("a+b", {"a": 5, "b": 3}, 8),
        ("date and time of birth", {"date and time of birth": 1}, 1),
        ("terms and conditions", {"terms and conditions": True}, True),
        ("terms and conditions", {"terms": True, "conditions": False}, False),
        ("order.first name", {"order": {"first name": "Al"}}, "Al"),
        ("`a b`+`c`", {"a b": 1, "c": 2}, 3),
        ("Risk Score 2 + 1", {"Risk Score 2": 4}, 5),
        ("count", {"count": 5}, 5),
        ("count([1, 2])", {"count": 5}, 2),
        ("ümlaut", {"ümlaut": 1}, 1),
    ],
)
def test_name_is_the_longest_that_the_scope_knows(
    text: str, variables: dict[str, object], expected: object
) -> None:
    assert compile_feel(text).evaluate(variables) == expected


def test_declared_names_need_no_variables_to_be_recognised() -> None:
    compiled = compile_feel("order.pre-tax - 1", names=["pre-tax"])
    assert compiled.evaluate({"order": {"pre-tax": 3}}) == 2


def test_names_tells_the_free_variables() -> None:
    text = 'if a.b > 1 then sum(for x in items return x * factor) else {c: d, e: c}.e + "x"'
    assert compile_feel(text).names == {"a", "items", "factor", "d"}
    assert compile_feel("items[price > 1]").names == {"items", "price"}


def test_text_is_compiled_again_for_each_set_of_longer_names() -> None:
    compiled = compile_feel("a-b")
    assert compiled.evaluate({"a": 5, "b": 3}) == 2
    assert compiled.evaluate({"a-b": 1}) == 1
    assert compiled.evaluate({"a": 5, "b": 3}) == 2


def test_compiled_texts_are_shared() -> None:
    assert compile_feel("a + b") is compile_feel("a + b")
    assert compile_feel("a-b", ["a-b"]) is not compile_feel("a-b")


def test_names_in_scope_hide_what_is_outside() -> None:
    assert feel("for total sum in [1, 2] return total sum", **{"total sum": 9}) == [1, 2]
