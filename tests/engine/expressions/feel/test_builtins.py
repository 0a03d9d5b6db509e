"""Built-in functions (DMN 1.5 §10.3.4) and Camunda 8's additions, family by family."""

from decimal import Decimal
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.expressions.feel import FeelEvaluationError, compile_feel
from engine.expressions.feel.builtins import BUILTINS
from tests.engine.expressions.feel.kit import feel, warned

EXAMPLES: list[tuple[str, object]] = [
    # strings
    ('substring("foobar", 3)', "obar"),
    ('substring("foobar", -2, 1)', "a"),
    ('substring("foobar", 0)', None),
    ('substring("\\U01F40Eab", 2)', "ab"),
    ('string length("\\U01F40Eab")', 3),
    ('upper case("aBc4")', "ABC4"),
    ('substring before("foobar", "bar")', "foo"),
    ('substring before("foobar", "xyz")', ""),
    ('substring after("foobar", "ob")', "ar"),
    ('substring after("", "a")', ""),
    ('contains("foobar", "of")', False),
    ('starts with("foobar", "fo")', True),
    ('ends with("foobar", "r")', True),
    ('matches("foobar", "^Fo*b", "i")', True),
    ('matches("foo", "[")', None),
    ('matches("foo", "o", "k")', None),
    ('matches("B", "[A-Z-[CD]]")', True),
    ('matches("D", "[A-Z-[CD]]")', False),
    ('matches("é", "\\p{IsLatin-1Supplement}")', True),
    ('matches("a b", "a b", "x")', False),
    ('replace("abcd", "(ab)|(a)", "[1=$1][2=$2]")', "[1=ab][2=]cd"),
    ('replace("0123456789", "(\\d{3})(\\d{3})(\\d{4})", "($1) $2-$3")', "(012) 345-6789"),
    ('replace("a.b", ".", "-", "q")', "a-b"),
    ('split("John Doe", "\\s")', ["John", "Doe"]),
    ('split("a;b;c;;", ";")', ["a", "b", "c", "", ""]),
    ('extract("references are 1234, 1256", "12[0-9]*")', ["1234", "1256"]),
    ('string join(["a", null, "c"], "-")', "a-c"),
    ('string join(["a", "b"])', "ab"),
    ('string join(["a", "b"], ", ", "[", "]")', "[a, b]"),
    ('string join([1], "-")', None),
    ('trim("  a b ")', "a b"),
    ('is blank(" ")', True),
    ('to base64("FEEL")', "RkVFTA=="),
    # numbers
    ("decimal(1 / 3, 2)", Decimal("0.33")),
    ("decimal(2.5, 0)", 2),
    ("floor(-1.5)", -2),
    ("floor(1.56, 1)", Decimal("1.5")),
    ("ceiling(1.1)", 2),
    ("round up(5.5, 0)", 6),
    ("round down(-5.5, 0)", -5),
    ("round half up(-1.126, 2)", Decimal("-1.13")),
    ("round half down(5.5, 0)", 5),
    ("round up(5.5, 99999)", None),
    ("abs(-10)", 10),
    ("modulo(-12, 5)", 3),
    ("modulo(10.1, -4.5)", Decimal("-3.4")),
    ("modulo(1, 0)", None),
    ("sqrt(16)", 4),
    ("sqrt(-1)", None),
    ("log(10) > 2.30 and log(10) < 2.31", True),
    ("exp(0)", 1),
    ("exp(99999999)", None),
    ("odd(5)", True),
    ("even(5)", False),
    # lists
    ("list contains([1, 2, null], null)", True),
    ("count([1, 2])", 2),
    ("min(3, 1, 2)", 1),
    ('max(["b", "c", "a"])', "c"),
    ('max(1, "a")', None),
    ("sum([1, 2.5])", Decimal("3.5")),
    ("sum([])", None),
    ("mean(1, 2, 3)", 2),
    ("median([8, 2, 5, 3, 4])", 4),
    ("median(6, 1, 2, 3)", Decimal("2.5")),
    ("stddev(2, 4, 7, 5)", Decimal("2.081665999466132735282297706979931")),
    ("mode([6, 1, 9, 6, 1])", [1, 6]),
    ("product([2, 3, 4])", 24),
    ("all([true, null, false])", False),
    ("all([true, null])", None),
    ("any([false, null, true])", True),
    ("sublist([4, 5, 6], -2)", [5, 6]),
    ("sublist([4, 5, 6], 1, 2)", [4, 5]),
    ("append([1], 2, 3)", [1, 2, 3]),
    ("concatenate([1], [2], [3])", [1, 2, 3]),
    ("insert before([1, 3], 2, 2)", [1, 2, 3]),
    ("remove([1, 2, 3], -1)", [1, 2]),
    ("list replace([2, 4, 7], 3, 6)", [2, 4, 6]),
    ("list replace([2, 4, 7], function(item, new) item < new, 5)", [5, 5, 7]),
    ("reverse([1, 2])", [2, 1]),
    ("index of([1, 2, 1], 1)", [1, 3]),
    ("union([1, 2], [2, 3])", [1, 2, 3]),
    ("distinct values([1, 1.0, true, [1], [1]])", [1, True, [1]]),
    ("duplicate values([1, 2, 1, 1])", [1]),
    ("flatten([[1, [2]], 3])", [1, 2, 3]),
    ("is empty([])", True),
    ("partition([1, 2, 3], 2)", [[1, 2], [3]]),
    ("sort([3, 1, 2], function(x, y) x < y)", [1, 2, 3]),
    ("sort(list: [3, 1, 2], precedes: function(x, y) x > y)", [3, 2, 1]),
    # contexts
    ('get value({a: {b: 1}}, ["a", "b"])', 1),
    ('get value({a: 1}, "z")', None),
    ("get entries({a: 1})", [{"key": "a", "value": 1}]),
    ('context([{key: "a", value: 1}])', {"a": 1}),
    ('context put({a: 1}, "b", 2)', {"a": 1, "b": 2}),
    ('context put({a: {b: 1}}, ["a", "c"], 2)', {"a": {"b": 1, "c": 2}}),
    ("context merge([{a: 1}, {a: 2, b: 3}])", {"a": 2, "b": 3}),
    # conversion
    ('number("1 000,5", " ", ",")', Decimal("1000.5")),
    ('number("x")', None),
    ('number("1.5e2")', 150),
    ('string([1.50, "a", null, {b: true}])', '[1.5, "a", null, {b: true}]'),
    ("string(null)", None),
    ('string(@"P1DT2H")', "P1DT2H"),
    ('from json("{\\"a\\": [1, 2.50, null]}")', {"a": [1, Decimal("2.50"), None]}),
    ('from json("{")', None),
    ('to json({a: [1.50, @"2030-01-31", "x\\n"]})', '{"a":[1.5,"2030-01-31","x\\n"]}'),
    ('range("[1..3]") = [1..3]', True),
    ('range("(..3]") = (<= 3)', True),
    ('range("[a..3]")', None),
    # logic
    ("is defined(nobody)", False),
    ("get or else(null, 1)", 1),
    ("assert(5, 5 > 1)", 5),
    ('fromAi(toolCall.city, "where", "string")', None),
    # ranges
    ("before(1, [2..3])", True),
    ("before([1..2), [2..3])", True),
    ("before([1..2], [2..3])", False),
    ("after([5..6], 4)", True),
    ("meets([1..5], [5..10])", True),
    ("met by([5..10], [1..5])", True),
    ("overlaps([1..5], [5..8])", True),
    ("overlaps before([1..5], [3..8])", True),
    ("overlaps after([3..8], [1..5])", True),
    ("finishes(10, [1..10])", True),
    ("finished by([1..10], 10)", True),
    ("includes([1..10], 5)", True),
    ("during([2..3], [1..10])", True),
    ("starts([1..5), [1..5])", True),
    ("started by([1..10], 1)", True),
    ("coincides([1..5], [1..5])", True),
    ("meets(1, [1..5])", None),
]


@pytest.mark.parametrize(("text", "expected"), EXAMPLES, ids=[text for text, _ in EXAMPLES])
def test_function_gives_what_the_standard_says(text: str, expected: object) -> None:
    result = feel(text)
    assert result == expected
    assert type(result) is type(expected)


def test_randomness_comes_from_outside() -> None:
    first = compile_feel("uuid()").evaluate({}, random=Random(7))
    assert first == compile_feel("uuid()").evaluate({}, random=Random(7))
    assert UUID(first).version == 4
    assert 0 <= compile_feel("random number()").evaluate({}, random=Random(7)) < 1
    assert warned("uuid()")[0] is None


def test_failed_function_says_why() -> None:
    assert warned('sqrt("x")')[1] == ["line 1, column 5: sqrt: 'number' is a string, not a number"]
    assert warned("floor(1, 2, 3)")[1] == ["line 1, column 6: floor takes (n, scale)"]


def test_assert_fails_the_evaluation() -> None:
    with pytest.raises(FeelEvaluationError, match="assert: too small"):
        feel('assert(5, 5 < 1, "too small")')
    with pytest.raises(FeelEvaluationError, match="not fulfilled"):
        feel("assert(x, x != null)")


@pytest.mark.parametrize("name", sorted(BUILTINS.keys() - {"assert"}))
@pytest.mark.parametrize("arguments", ["", "null", "null, null", "null, null, null"])
def test_null_never_makes_a_function_fail(name: str, arguments: str) -> None:
    feel(f"{name}({arguments})")


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False, places=3, max_value=10**9)))
def test_sorting_and_statistics_agree_with_python(numbers: list[Decimal]) -> None:
    scope = {"xs": numbers}
    precedes = compile_feel("sort(xs, function(a, b) a < b)")
    assert precedes.evaluate(scope) == sorted(numbers)
    if numbers:
        assert compile_feel("min(xs)").evaluate(scope) == min(numbers)
        assert compile_feel("max(xs)").evaluate(scope) == max(numbers)
