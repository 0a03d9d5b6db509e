"""What the cells of a decision table cover: every column cut into classes no cell tells apart."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any

from engine.decisions.rule_index import Interval, parts_of
from engine.expressions.feel import syntax
from engine.expressions.feel.numbers import is_number
from engine.expressions.feel.syntax import Node
from engine.expressions.feel.values import text_of

Tests = tuple[list[Any], list[Interval], bool]
"""Constants, intervals, and whether the cell means everything else."""


def tests_of(node: Node) -> Tests | None:
    """What a cell consists of; None when it holds anything but constants and intervals."""
    if not isinstance(node, syntax.UnaryTests):
        return None
    if not node.tests:
        return [], [], True
    parts = parts_of(node)
    return None if parts is None else (*parts, node.is_negated)


class ColumnCoverage:
    """One column: its classes, and which rules hold for each of them.

    Classes are single constants, the gaps between numbers, and all other texts. A set of classes
    or of rules is an int with one bit each.
    """

    def __init__(self, cells: Sequence[Tests | None], kind: str, allowed: Tests | None) -> None:
        known = [cell for cell in cells if cell is not None]
        everything = [*known, allowed] if allowed is not None else known
        self.labels: list[str] = []
        self._points = sorted(
            {
                point
                for constants, intervals, _ in everything
                for point in (
                    *filter(is_number, constants),
                    *(end for interval in intervals for end in interval[:2] if end is not None),
                )
            }
        )
        texts = sorted({c for cell in everything for c in cell[0] if isinstance(c, str)})
        booleans = kind == "boolean" or any(
            isinstance(constant, bool) for cell in everything for constant in cell[0]
        )
        self._first_text = self._add_numbers(kind == "number" or bool(self._points))
        self._texts = texts
        if texts or kind == "string":
            self.labels += [*(text_of(text, True) for text in texts), "any other text"]
        self._first_boolean = len(self.labels)
        if booleans:
            self.labels += ["true", "false"]
        self.everything = (1 << len(self.labels)) - 1
        self.allowed = self.everything if allowed is None else self.classes(allowed)
        self.covered = [None if cell is None else self.classes(cell) for cell in cells]
        """The classes that each rule holds for; None where the cell cannot be analysed."""

    def _add_numbers(self, has_numbers: bool) -> int:
        if has_numbers and not self._points:
            self.labels.append("any number")
        for index, point in enumerate(self._points):
            before = self._points[index - 1] if index else None
            gap = f"< {text_of(point)}"
            if before is not None:
                gap = f"({text_of(before)}..{text_of(point)})"
            self.labels += [gap, text_of(point)]
        if self._points:
            self.labels.append(f"> {text_of(self._points[-1])}")
        return len(self.labels)

    def classes(self, tests: Tests) -> int:
        """The classes that a cell's tests hold for."""
        constants, intervals, is_negated = tests
        found = 0
        for constant in constants:
            found |= 1 << self._class_of(constant)
        for low, high, has_low, has_high in intervals:
            first, last = 0, self._first_text - 1
            if low is not None:
                first = 2 * bisect_left(self._points, low) + (1 if has_low else 2)
            if high is not None:
                last = 2 * bisect_left(self._points, high) + (1 if has_high else 0)
            if first <= last:
                found |= (1 << last + 1) - (1 << first)
        return self.everything & ~found if is_negated else found

    def _class_of(self, constant: Any) -> int:
        if isinstance(constant, bool):
            return self._first_boolean + (not constant)
        if isinstance(constant, str):
            return self._first_text + bisect_left(self._texts, constant)
        return 2 * bisect_left(self._points, constant) + 1

    def rules_by_class(self, *, counts_unknown: bool) -> list[int]:
        """The rules that hold for each class; unknown cells hold for all of them or for none."""
        rules = [0] * len(self.labels)
        for rule, classes in enumerate(self.covered):
            if classes is None:
                classes = self.everything if counts_unknown else 0
            for place in bits(classes):
                rules[place] |= 1 << rule
        return rules


def bits(number: int) -> Iterable[int]:
    """The places of the ones, from the lowest."""
    while number:
        bit = number & -number
        yield bit.bit_length() - 1
        number ^= bit
