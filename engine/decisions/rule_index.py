"""Which rules of a decision table match: by precomputed sets where a cell is plain enough.

A set of rules is an int with one bit a rule. A column knows, for every constant its cells name and
for every gap between its numbers, which rules match there; what it cannot know is asked cell by
cell, and only for the rules that all other columns leave over.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from engine.expressions.feel import syntax
from engine.expressions.feel.syntax import Node

Code = Callable[[list[Any]], Any]
Cell = tuple[Node, Code | None]
_WORTHWHILE = 8
"""Rules from which on an index pays."""
_PLAIN = frozenset({int, str, bool, Decimal})


class Column:
    """The cells of one input."""

    def __init__(self, cells: Sequence[Cell], slot: int) -> None:
        self.slot = slot
        self.codes = [code for _, code in cells]
        self.always = 0
        self.constants: dict[tuple[bool, Any], int] = {}
        """Rules by the constants they name; the flag keeps `true` and 1 apart."""
        self.points: list[Any] = []
        self.gaps: list[int] = []
        """Rules for numbers: below the first point, at it, between it and the second, and so on."""
        self.asked = 0
        """Rules that no index covers."""
        intervals: list[tuple[int, Interval]] = []
        for rule, (node, code) in enumerate(cells):
            bit = 1 << rule
            if code is None:
                self.always |= bit
                continue
            plain = None if len(cells) < _WORTHWHILE or _is_negated(node) else parts_of(node)
            if plain is None:
                self.asked |= bit
                continue
            constants, found = plain
            for constant in constants:
                key = (isinstance(constant, bool), constant)
                self.constants[key] = self.constants.get(key, 0) | bit
            intervals += ((bit, interval) for interval in found)
        self.indexed = ~(self.always | self.asked)
        if intervals:
            self._lay_out(intervals)

    def _lay_out(self, intervals: list[tuple[int, Interval]]) -> None:
        ends = {end for _, interval in intervals for end in interval[:2] if end is not None}
        self.points = sorted(ends)
        size = 2 * len(self.points) + 1
        entering: list[list[int]] = [[] for _ in range(size + 1)]
        leaving: list[list[int]] = [[] for _ in range(size + 1)]
        for bit, (low, high, has_low, has_high) in intervals:
            first, last = 0, size - 1
            if low is not None:
                first = 2 * bisect_left(self.points, low) + (1 if has_low else 2)
            if high is not None:
                last = 2 * bisect_left(self.points, high) + (1 if has_high else 0)
            if first <= last:
                entering[first].append(bit)
                leaving[last + 1].append(bit)
        current: dict[int, int] = {}
        rules = 0
        for at in range(size):
            for bit in leaving[at]:
                current[bit] -= 1
                if not current[bit]:
                    rules &= ~bit
            for bit in entering[at]:
                current[bit] = current.get(bit, 0) + 1
                rules |= bit
            self.gaps.append(rules)

    def candidates(self, value: Any) -> int | None:
        """The rules that match for sure or must be asked; None when the index has no answer."""
        kind = type(value)
        if kind not in _PLAIN:
            return None
        found = self.always | self.asked | self.constants.get((kind is bool, value), 0)
        if self.gaps and kind is not bool and kind is not str:
            at = bisect_left(self.points, value)
            is_point = at < len(self.points) and self.points[at] == value
            found |= self.gaps[2 * at + is_point]
        return found


Interval = tuple[Any, Any, bool, bool]


def parts_of(node: Node) -> tuple[list[Any], list[Interval]] | None:
    """The constants and intervals that a cell names; None when it names anything else."""
    if not isinstance(node, syntax.UnaryTests):
        return None
    constants: list[Any] = []
    intervals: list[Interval] = []
    for test in node.tests:
        constant = constant_of(test)
        if constant is not None:
            constants.append(constant)
        elif (interval := _interval(test)) is not None:
            intervals.append(interval)
        else:
            return None
    return constants, intervals


def _is_negated(node: Node) -> bool:
    return isinstance(node, syntax.UnaryTests) and node.is_negated


def constant_of(node: Node) -> Any:
    if isinstance(node, syntax.Literal) and type(node.value) in _PLAIN:
        return node.value
    return _number(node)


def _number(node: Node | None) -> Any:
    if isinstance(node, syntax.Negation):
        inner = _number(node.operand)
        return None if inner is None else -inner
    if isinstance(node, syntax.Literal) and type(node.value) in {int, Decimal}:
        return node.value
    return None


def _interval(node: Node) -> Interval | None:
    if isinstance(node, syntax.UnaryComparison):
        number = _number(node.operand)
        if number is None:
            return None
        match node.operator:
            case "<" | "<=":
                return None, number, False, node.operator == "<="
            case ">" | ">=":
                return number, None, node.operator == ">=", False
        return None
    if isinstance(node, syntax.RangeLiteral):
        low, high = _number(node.low), _number(node.high)
        if low is not None and high is not None:
            return low, high, node.is_low_included, node.is_high_included
    return None


def matching(f: list[Any], columns: Sequence[Column], rules: int) -> list[int]:
    """The numbers of the matching rules, counted from 0, in the order of the table."""
    left = (1 << rules) - 1
    to_ask: list[tuple[Column, int]] = []
    for column in columns:
        found = column.candidates(f[column.slot])
        if found is None:
            to_ask.append((column, ~column.always))
            continue
        left &= found
        if column.asked:
            to_ask.append((column, column.asked))
        if not left:
            return []
    run = f[0]
    for column, asked in to_ask:
        remaining = left & asked
        while remaining:
            bit = remaining & -remaining
            remaining ^= bit
            run.steps -= 1
            code = column.codes[bit.bit_length() - 1]
            if code is not None and code(f) is not True:
                left ^= bit
    matched: list[int] = []
    while left:
        bit = left & -left
        matched.append(bit.bit_length() - 1)
        left ^= bit
    return matched
