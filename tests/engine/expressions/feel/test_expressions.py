"""The grammar and its meaning (DMN 1.5 §10.3.1 and §10.3.2), one line an example."""

from decimal import Decimal

import pytest

from engine.expressions.feel import Range
from tests.engine.expressions.feel.kit import feel, warned

SCOPE = {
    "amount": 1500,
    "country": "DE",
    "half": 0.5,
    "a": 7,
    "b": 2,
    "flag": True,
    "order": {"total": 12.5, "lines": [{"price": 3, "sku": "x"}, {"price": 9.5, "sku": "y"}]},
    "empty": [],
}

EXAMPLES = [
    # numbers
    ("1 + 2 * 3", 7),
    ("(1 + 2) * 3", 9),
    ("2 ** 3 ** 2", 64),
    ("-2 ** 2", 4),
    ("10 - 4 - 3", 3),
    ("1 / 3", Decimal("0.3333333333333333333333333333333333")),
    ("0.1 + 0.2", Decimal("0.3")),
    ("half * 4", 2),
    ("2.00", 2),
    (".5 + .5", 1),
    ("1.5e3", 1500),
    ("9999999999999999999999999999999999 + 1", 10**34),
    ("12345678901234567890123456789012345678", 12345678901234567890123456789012350000),
    ("1 / 0", None),
    ("2 ** 0.5 > 1.41", True),
    # texts
    ('"foo" + "bar"', "foobar"),
    ('"a\\nb\\u00e4\\"c\\""', 'a\nbä"c"'),
    ('"\\uD83D\\uDE00"', "😀"),
    ('"\\d"', "\\d"),
    # logic in three values
    ("true and null", None),
    ("false and null", False),
    ("null and false", False),
    ("true or null", True),
    ("null or false", None),
    ("true and 1", None),
    ('flag and amount > 1000 and country = "DE"', True),
    ("not(flag)", False),
    ("not(1)", None),
    # comparison
    ("amount >= 1500", True),
    ('country != "FR"', True),
    ("1 = 1.0", True),
    ('1 = "1"', None),
    ("null = null", True),
    ("null = 1", False),
    ("null < 1", None),
    ("amount between 1000 and 2000", True),
    ("amount in [1000..2000]", True),
    ("amount in [1500..2000)", True),
    ("amount in ]1500..2000[", False),
    ("5 in (< 3, >= 5)", True),
    ("5 in (1, 5)", True),
    ('country in ("DE", "FR")', True),
    ("5 in [1, 5]", True),
    ("5 in [[1..3], [4..6]]", True),
    ("[1, 2] in [[1, 2], [3]]", True),
    ("[1, 2] = [1, 2]", True),
    ("{x: 1, y: 2} = {y: 2, x: 1}", True),
    # lists, filters, paths
    ("[1, 2, 3][2]", 2),
    ("[1, 2, 3][-1]", 3),
    ("[1, 2, 3][4]", None),
    ("[1, 2, 3][item > 1]", [2, 3]),
    ("order.lines[price > 5].sku", ["y"]),
    ("order.lines[price > b].price", [3, Decimal("9.5")]),
    ("order.lines.price", [3, Decimal("9.5")]),
    ("order.lines[1].sku", "x"),
    ("order.missing.further", None),
    ("a[1]", 7),
    ("empty[1]", None),
    ("empty[item > 1]", []),
    # contexts
    ("{a: 1, b: a + 1, c: b * 2}.c", 4),
    ('{"with space": 1}.with space', 1),
    ("{first name: 1, last-name: 2}.last-name", 2),
    ("{a: 1, a: 2}", None),
    ("[{x: 1}, {x: 2}][x = 2]", [{"x": 2}]),
    # control
    ("if amount > 1000 then 1 else 2", 1),
    ("if null then 1 else 2", 2),
    ("if 1 then 1 else 2", 2),
    ("for i in 1..3 return i * i", [1, 4, 9]),
    ("for i in 3..1 return i", [3, 2, 1]),
    ("for i in [1..3] return i", [1, 2, 3]),
    ("for i in (1..3) return i", [2]),
    ("for x in [1, 2], y in [x, 10] return x * y", [1, 10, 4, 20]),
    ("for i in 1..4 return if i = 1 then 1 else i * partial[-1]", [1, 2, 6, 24]),
    ("for i in empty return i", []),
    ("for i in null return i", None),
    ("some x in [1, 2] satisfies x > 1", True),
    ("every x in [1, 2] satisfies x > 1", False),
    ("every x in [] satisfies x > 1", True),
    ("some x in [1, 2], y in [2, 3] satisfies x + y = 5", True),
    # functions
    ("(function(x, y) x + y)(1, 2)", 3),
    ("{f: function(n) if n <= 1 then 1 else n * f(n - 1), r: f(6)}.r", 720),
    ("{add: function(x) function(y) x + y, r: add(1)(2)}.r", 3),
    ("(function(x: number) x + 1)([41])", 42),
    ('(function(x: number) x)("a")', None),
    ('substring(string: "foobar", start position: 4)', "bar"),
    ('substring(start position: 4, string: "foobar")', "bar"),
    ("substring(wrong: 1)", None),
    ("nobody(1)", None),
    # types
    ("1 instance of number", True),
    ("[1, 2] instance of list<number>", True),
    ('[1, "a"] instance of list<number>', False),
    ("{a: 1} instance of context<a: number>", True),
    ("[1..2] instance of range<number>", True),
    ("(function(x: number) x) instance of function<number> -> Any", True),
    ('@"P1D" instance of days and time duration', True),
    ("null instance of Any", False),
    # comments
    ("1 + /* two */ 2 // three", 3),
]


@pytest.mark.parametrize(("text", "expected"), EXAMPLES, ids=[text for text, _ in EXAMPLES])
def test_expression_has_the_value_of_the_standard(text: str, expected: object) -> None:
    result = feel(text, **SCOPE)
    assert result == expected
    assert type(result) is type(expected)


def test_missing_variable_is_null_with_its_place_as_a_warning() -> None:
    assert warned("1 +\n  nobody") == (
        None,
        [
            "line 2, column 3: no variable 'nobody'",
            "line 1, column 3: a number cannot be added with a null; convert one of them",
        ],
    )


def test_range_keeps_its_ends() -> None:
    assert feel("(1..10]") == Range(1, 10, is_low_included=False)
    assert feel("[1..10[.end included") is False
    assert feel("[10..1]") is None


def test_each_iteration_keeps_its_own_value_in_a_function() -> None:
    assert feel("(for i in 1..3 return function() i)[2]()") == 2


def test_filter_sees_the_item_before_the_variables() -> None:
    assert feel("[{a: 1}, {b: 2}][a = 1]", a=1) == [{"a": 1}, {"b": 2}]
    assert feel("[5, 7][item = a]", a=7) == [7]


def test_external_functions_call_what_is_registered_and_nothing_else() -> None:
    cosine = (
        '(function(x) external {java: {class: "java.lang.Math", method signature: "cos(double)"}})'
    )
    assert feel(f"{cosine}(0)") == 1
    assert warned(f'{cosine}("a")') == (
        None,
        ["line 1, column 2: java.lang.Math.cos: a double is wanted"],
    )
    other = cosine.replace("java.lang.Math", "java.lang.System").replace("cos(double)", "exit(int)")
    value, (first, _) = warned(f"{other}(0)")
    assert value is None
    assert "nobody answers for 'java.lang.System.exit'" in first
