"""Comparison, logic and unary tests (DMN 1.5 §10.3.2.5 Tables 42 to 49 and 56, §7.3)."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from engine.expressions.feel import syntax
from engine.expressions.feel.compiler import Code, Compilation, Frame, compiles
from engine.expressions.feel.values import (
    Range,
    Unequal,
    equal,
    includes,
    kind_of,
    ordered,
    same,
    weight,
)

IMPLICIT = "?"
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@compiles(syntax.Logic)
def logic(compilation: Compilation, node: syntax.Logic) -> Code:
    operands = tuple(compilation.compile(operand) for operand in node.operands)
    decided = node.operator == "or"
    """The value that settles the matter whatever the others are."""
    if len(operands) == 2:
        first, second = operands

        def both(f: Frame) -> Any:
            left = first(f)
            if left is decided:
                return decided
            right = second(f)
            if right is decided:
                return decided
            return (not decided) if left is right is (not decided) else None

        return both

    def all_of(f: Frame) -> Any:
        result: bool | None = not decided
        for operand in operands:
            value = operand(f)
            if value is decided:
                return decided
            if value is not (not decided):
                result = None
        return result

    return all_of


@compiles(syntax.Comparison)
def comparison(compilation: Compilation, node: syntax.Comparison) -> Code:
    left = compilation.compile(node.left)
    where = compilation.place(node)
    if isinstance(node.right, syntax.Literal) and type(node.right.value) in {int, str}:
        return _with_constant(left, node.operator, node.right.value, where)
    right = compilation.compile(node.right)
    sign = node.operator
    if sign in {"=", "!="}:
        return lambda f: compare_equal(f[0], left(f), right(f), sign, where)
    compare = _ORDER[sign]

    def order(f: Frame) -> Any:
        one, other = left(f), right(f)
        if type(one) is int and type(other) is int:
            return compare(one, other)
        return compare_order(f[0], one, other, sign, where)

    return order


def _with_constant(left: Code, sign: str, constant: int | str, where: str) -> Code:
    """The hot path of conditions: a variable against a literal of the same Python type."""
    kind = type(constant)
    if sign in {"=", "!="}:
        is_equal = sign == "="

        def against(f: Frame) -> Any:
            value = left(f)
            if type(value) is kind:
                return (value == constant) is is_equal
            return compare_equal(f[0], value, constant, sign, where)

        return against
    compare = _ORDER[sign]

    def order(f: Frame) -> Any:
        value = left(f)
        if type(value) is kind:
            return compare(value, constant)
        return compare_order(f[0], value, constant, sign, where)

    return order


def compare_equal(run: Any, left: Any, right: Any, sign: str, where: str) -> bool | None:
    """The outcome of `=` or `!=`; null and a warning for values of different types."""
    if type(left) is list or type(left) is dict:
        run.spend(weight(left))
    result = equal(left, right)
    if result is None:
        run.warn(f"{where}: a {kind_of(left)} is never equal to a {kind_of(right)}")
        return None
    return result if sign == "=" else not result


def compare_order(run: Any, left: Any, right: Any, sign: str, where: str) -> bool | None:
    """The outcome of `<` and its like; null and a warning for values without an order."""
    order = ordered(left, right)
    if order is None:
        run.warn(f"{where}: '{sign}' does not compare a {kind_of(left)} with a {kind_of(right)}")
        return None
    return _ORDER[sign](order, 0)


@compiles(syntax.Between)
def between(compilation: Compilation, node: syntax.Between) -> Code:
    value = compilation.compile(node.value)
    low = compilation.compile(node.low)
    high = compilation.compile(node.high)
    where = compilation.place(node)

    def test(f: Frame) -> Any:
        found = value(f)
        above = compare_order(f[0], low(f), found, "<=", where)
        below = compare_order(f[0], found, high(f), "<=", where)
        if above is None or below is None:
            return None
        return above and below

    return test


@compiles(syntax.RangeLiteral)
def range_literal(compilation: Compilation, node: syntax.RangeLiteral) -> Code:
    low = compilation.compile(node.low)
    high = compilation.compile(node.high)
    where = compilation.place(node)
    is_low_included, is_high_included = node.is_low_included, node.is_high_included
    if isinstance(node.low, syntax.Literal) and isinstance(node.high, syntax.Literal):
        ends = node.low.value, node.high.value
        if (ordered(*ends) or 0) < 0:
            constant = Range(*ends, is_low_included, is_high_included)
            return lambda _: constant

    def build(f: Frame) -> Any:
        start, end = low(f), high(f)
        if start is None and end is None:
            f[0].warn(f"{where}: both ends of the range are null")
            return None
        if start is not None and end is not None:
            order = ordered(start, end)
            if order is None:
                f[0].warn(f"{where}: no range from a {kind_of(start)} to a {kind_of(end)}")
                return None
            if order > 0:
                f[0].warn(f"{where}: the range ends before it starts; turn its ends around")
                return None
        return Range(start, end, is_low_included, is_high_included)

    return build


@compiles(syntax.UnaryComparison)
def unary_comparison(compilation: Compilation, node: syntax.UnaryComparison) -> Code:
    operand = compilation.compile(node.operand)
    match node.operator:
        case "<":
            return lambda f: Range(None, operand(f), False, False, "<")
        case "<=":
            return lambda f: Range(None, operand(f), False, True, "<=")
        case ">":
            return lambda f: Range(operand(f), None, False, False, ">")
        case ">=":
            return lambda f: Range(operand(f), None, True, False, ">=")
        case "=":
            return lambda f: (lambda value: Range(value, value, sign="="))(operand(f))
    return lambda f: Unequal(operand(f))


# --- tests ---


@compiles(syntax.In)
def membership(compilation: Compilation, node: syntax.In) -> Code:
    value = compilation.compile(node.value)
    slot = compilation.slot()
    with compilation.scope({IMPLICIT: slot}):
        tests = tuple(test_code(compilation, test, slot) for test in node.tests)

    def test(f: Frame) -> Any:
        f[slot] = value(f)
        return any_holds(f, tests)

    return test


def any_holds(f: Frame, tests: tuple[Code, ...]) -> bool | None:
    """True when one test holds; null when none does and one could not tell."""
    outcome: bool | None = False
    for test in tests:
        result = test(f)
        if result is True:
            return True
        if result is None:
            outcome = None
    return outcome


@compiles(syntax.UnaryTests)
def unary_tests(compilation: Compilation, node: syntax.UnaryTests) -> Code:
    slot = compilation.slot()
    read = compilation.compile(syntax.Name(node.at, IMPLICIT))
    with compilation.scope({IMPLICIT: slot}):
        tests = tuple(test_code(compilation, test, slot) for test in node.tests)
    if not tests:
        return lambda _: True
    is_negated = node.is_negated

    def test(f: Frame) -> Any:
        f[slot] = read(f)
        outcome = any_holds(f, tests)
        if is_negated and outcome is not None:
            return not outcome
        return outcome

    return test


def test_code(compilation: Compilation, node: syntax.Node, slot: int) -> Code:
    """Whether the value in that place passes one positive unary test."""
    where = compilation.place(node)
    if isinstance(node, syntax.Literal) and type(node.value) in {int, str}:
        return _with_constant(lambda f: f[slot], "=", node.value, where)
    if isinstance(node, syntax.UnaryComparison):
        sign, constant = node.operator, node.operand
        if isinstance(constant, syntax.Literal) and type(constant.value) is int:
            return _with_constant(lambda f: f[slot], sign, constant.value, where)
        operand = compilation.compile(node.operand)
        if sign in _ORDER:
            return lambda f: compare_order(f[0], f[slot], operand(f), sign, where)
        return lambda f: compare_equal(f[0], f[slot], operand(f), sign, where)
    code = compilation.compile(node)
    if syntax.mentions(node, IMPLICIT):
        return lambda f: _own_verdict(f, code(f), f[slot], where)
    if isinstance(node, syntax.Literal):
        return lambda f: passes(f[0], f[slot], code(f), where)

    def test(f: Frame) -> bool | None:
        found = code(f)
        # A condition on other variables holds for every input that is not a boolean itself.
        if found is True and not isinstance(f[slot], bool):
            return True
        return passes(f[0], f[slot], found, where)

    return test


def _own_verdict(f: Frame, result: Any, value: Any, where: str) -> bool | None:
    """A test that speaks of `?` says itself whether it holds."""
    if result is None or isinstance(result, bool):
        return result
    return passes(f[0], value, result, where)


def passes(run: Any, value: Any, test: Any, where: str) -> bool | None:
    """Whether a value is in what a test evaluates to: a range, a list, or the same value."""
    if isinstance(test, Range):
        result = includes(test, value)
        if result is None:
            run.warn(f"{where}: a {kind_of(value)} does not compare with the ends of the range")
        return result
    if isinstance(test, Unequal):
        result = equal(value, test.value)
        return None if result is None else not result
    if isinstance(test, list):
        run.spend(weight(test))
        if isinstance(value, list) and same(value, test):
            return True
        return any(_item_passes(value, item) for item in test)
    return compare_equal(run, value, test, "=", where)


def _item_passes(value: Any, item: Any) -> bool:
    if isinstance(item, Range):
        return includes(item, value) is True
    if isinstance(item, Unequal):
        return equal(value, item.value) is False
    if isinstance(item, list) and not isinstance(value, list):
        return any(_item_passes(value, inner) for inner in item)
    return same(value, item)
