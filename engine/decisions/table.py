"""Decision tables (DMN 1.5 §8): which rules match, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from bpmn.dmn.model import DecisionTable, InputClause, OutputClause, UnaryTests
from engine.decisions.boxed import Boxes, Broken
from engine.decisions.hit_policy import SINGLE, SORTED, aggregate
from engine.decisions.rule_index import Column, matching
from engine.expressions.feel import syntax
from engine.expressions.feel.boundary import outgoing
from engine.expressions.feel.comparison import IMPLICIT, any_holds, test_code
from engine.expressions.feel.compiler import Code, Compilation, Frame, compiles
from engine.expressions.feel.errors import FeelSyntaxError
from engine.expressions.feel.parser import parse_unary_tests
from engine.expressions.feel.syntax import Node
from engine.expressions.feel.values import same


@dataclass(frozen=True, slots=True)
class TableNode(Node):
    """A decision table as part of an expression."""

    table: DecisionTable
    boxes: Boxes
    names: tuple[str, ...]
    owner: str
    owner_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRecord:
    """What one decision table did, for history and for people."""

    decision: str
    """The id of the decision or business knowledge model."""
    table: str
    """The id of the table, empty when it has none."""
    inputs: tuple[Any, ...]
    matched: tuple[str, ...]
    """The ids of the rules that matched, or their numbers from 1; in the order of the table."""
    outputs: tuple[Any, ...]
    """One for each matching rule."""

    def for_python(self) -> TableRecord:
        """The record with values as Python has them."""
        return replace(
            self,
            inputs=tuple(map(outgoing, self.inputs)),
            outputs=tuple(map(outgoing, self.outputs)),
        )


@compiles(TableNode)
def decision_table(compilation: Compilation, node: TableNode) -> Code:
    return _Table(compilation, node).decide


class _Table:
    """A compiled table."""

    def __init__(self, compilation: Compilation, node: TableNode) -> None:
        table, boxes = node.table, node.boxes
        self.where = f"decision table in '{node.owner}'"
        self.owner_id = node.owner_id
        self.id = table.id
        self.policy = table.hit_policy
        self.aggregation = table.aggregation
        self.rules = tuple(rule.id or str(number) for number, rule in enumerate(table.rules, 1))
        self.inputs = [self._input(compilation, node, clause) for clause in table.inputs]
        slots = [compilation.slot() for _ in table.inputs]
        self.slots = slots
        self.allowed = [
            self._tests(compilation, node, clause.input_values, slot)
            for clause, slot in zip(table.inputs, slots, strict=True)
        ]
        self.columns = [
            Column(
                [
                    self._cell(compilation, node, rule.input_entries, index, slot)
                    for rule in table.rules
                ],
                slot,
            )
            for index, slot in enumerate(slots)
        ]
        names = node.names
        self.names = [_output_name(clause, index) for index, clause in enumerate(table.outputs)]
        self.outputs: list[list[Code]] = []
        for rule in table.rules:
            cells = []
            for index, clause in enumerate(table.outputs):
                entry = rule.output_entries[index] if index < len(rule.output_entries) else None
                cell = boxes.node(entry, names, node.owner)
                what = f"output '{clause.name or clause.label}' of '{node.owner}'"
                cell = boxes.typed(cell, clause.type_ref, clause.line, what)
                cells.append(compilation.compile(cell))
            self.outputs.append(cells)
        self.defaults = [
            compilation.compile(boxes.node(clause.default_output_entry, names, node.owner))
            for clause in table.outputs
        ]
        self.has_defaults = any(
            clause.default_output_entry is not None and clause.default_output_entry.text.strip()
            for clause in table.outputs
        )
        self.priorities = [self._priorities(compilation, node, clause) for clause in table.outputs]

    def _input(self, compilation: Compilation, node: TableNode, clause: InputClause) -> Code:
        expression = clause.input_expression
        if expression is None:
            node.boxes.problem(
                clause.line, f"an input of '{node.owner}' has no inputExpression; add one"
            )
        return compilation.compile(node.boxes.node(expression, node.names, node.owner))

    def _tests(
        self, compilation: Compilation, node: TableNode, tests: UnaryTests | None, slot: int
    ) -> Code | None:
        if tests is None or not tests.text.strip():
            return None
        parsed = self._parsed(node, tests)
        if isinstance(parsed, Broken):
            return None
        return _tests_code(compilation, parsed, slot, tests.text)

    def _parsed(self, node: TableNode, tests: UnaryTests) -> Node:
        try:
            return parse_unary_tests(tests.text, node.names)[0]
        except FeelSyntaxError as error:
            node.boxes.problem(tests.line, str(error))
            return Broken(0, str(error))

    def _cell(
        self,
        compilation: Compilation,
        node: TableNode,
        entries: tuple[UnaryTests, ...],
        index: int,
        slot: int,
    ) -> tuple[Node, Code | None]:
        """The tests of a cell and their code; no code for a cell that holds for everything."""
        if index >= len(entries) or not entries[index].text.strip():
            return syntax.UnaryTests(0, (), False), None
        parsed = self._parsed(node, entries[index])
        if isinstance(parsed, syntax.UnaryTests) and not parsed.tests:
            return parsed, None
        return parsed, _tests_code(compilation, parsed, slot, entries[index].text)

    def _priorities(
        self, compilation: Compilation, node: TableNode, clause: OutputClause
    ) -> list[Code]:
        stated = clause.output_values or node.boxes.types.allowed_values(clause.type_ref)
        if stated is None or not stated.text.strip() or self.policy not in SORTED:
            return []
        parsed = self._parsed(node, stated)
        if not isinstance(parsed, syntax.UnaryTests):
            return []
        return [compilation.compile(test) for test in parsed.tests]

    def decide(self, f: Frame) -> Any:
        run = f[0]
        values = []
        for code, slot, allowed in zip(self.inputs, self.slots, self.allowed, strict=True):
            value = f[slot] = code(f)
            values.append(value)
            if allowed is not None and value is not None and allowed(f) is not True:
                run.warn(f"{self.where}: an input is none of its input values")
        matched = matching(f, self.columns, len(self.rules))
        if self.policy == "FIRST" and not (run.trace is not None):
            matched = matched[:1]
        run.spend(len(matched) + 1)
        rows = [self._row(f, rule) for rule in matched]
        if run.trace is not None:
            run.trace.append(
                TableRecord(
                    decision=self.owner_id,
                    table=self.id,
                    inputs=tuple(values),
                    matched=tuple(self.rules[rule] for rule in matched),
                    outputs=tuple(rows),
                )
            )
        return self._result(f, rows)

    def _row(self, f: Frame, rule: int) -> Any:
        cells = self.outputs[rule]
        if len(cells) == 1:
            return cells[0](f)
        return {name: cell(f) for name, cell in zip(self.names, cells, strict=True)}

    def _result(self, f: Frame, rows: list[Any]) -> Any:
        run = f[0]
        if not rows:
            if self.has_defaults:
                if len(self.defaults) == 1:
                    return self.defaults[0](f)
                return {n: code(f) for n, code in zip(self.names, self.defaults, strict=True)}
            if self.policy in SINGLE or self.aggregation not in {None, "COUNT"}:
                return None
            return 0 if self.aggregation == "COUNT" else []
        if self.policy in SORTED:
            rows = self._by_priority(f, rows)
        if self.policy in SINGLE:
            return SINGLE[self.policy](run, rows, self.where)
        if self.aggregation is not None:
            if len(self.names) == 1:
                return aggregate(run, rows, self.aggregation, self.where)
            return {
                name: aggregate(run, [row[name] for row in rows], self.aggregation, self.where)
                for name in self.names
            }
        return rows

    def _by_priority(self, f: Frame, rows: list[Any]) -> list[Any]:
        orders = [[code(f) for code in codes] for codes in self.priorities]

        def rank(row: Any) -> tuple[int, ...]:
            cells = [row] if len(self.names) == 1 else [row[name] for name in self.names]
            return tuple(
                next((at for at, value in enumerate(order) if same(cell, value)), len(order))
                for cell, order in zip(cells, orders, strict=True)
            )

        return sorted(rows, key=rank)


def _output_name(clause: OutputClause, index: int) -> str:
    return clause.name or clause.label or f"output {index + 1}"


def _tests_code(compilation: Compilation, parsed: Node, slot: int, text: str) -> Code:
    if not isinstance(parsed, syntax.UnaryTests):
        return compilation.compile(parsed)
    outer, compilation.text = compilation.text, text
    with compilation.scope({IMPLICIT: slot}):
        tests = tuple(test_code(compilation, test, slot) for test in parsed.tests)
    compilation.text = outer
    if not parsed.is_negated:
        return tests[0] if len(tests) == 1 else lambda f: any_holds(f, tests)

    def none_holds(f: Frame) -> bool | None:
        outcome = any_holds(f, tests)
        return None if outcome is None else not outcome

    return none_holds
