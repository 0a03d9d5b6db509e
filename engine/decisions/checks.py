"""What a decision table says of itself when it is deployed: overlaps, gaps, cells out of place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bpmn.dmn.model import DecisionTable, Definitions, InputClause, UnaryTests
from bpmn.model.base import ModelElement
from engine.decisions.consistency import AllowedValues, inconsistencies, parsed
from engine.decisions.coverage import ColumnCoverage, Tests, bits
from engine.decisions.problem import DecisionProblem
from engine.decisions.rule_index import constant_of
from engine.expressions.feel.cursor import parse_type
from engine.expressions.feel.errors import FeelSyntaxError
from engine.expressions.feel.parser import parse_expression
from engine.expressions.feel.types import SIMPLE, FeelType, SimpleType, resolve
from engine.expressions.feel.values import kind_of, text_of

_MOST_OF_A_KIND = 3
_MOST_VISITS = 50_000
_SINGLE = frozenset({"UNIQUE", "ANY", "FIRST", "PRIORITY"})


def check(model: Definitions) -> list[DecisionProblem]:
    """Warnings about all decision tables of a model, in the order of the document."""
    types = {
        item.name: kind
        for item in model.item_definitions
        if not item.is_collection
        and not item.item_components
        and (kind := _simple(item.type_ref, {})) is not None
    }
    allowed = AllowedValues(model)
    found: list[DecisionProblem] = []
    for owner, table in _tables(model):
        found += _TableCheck(owner, table, types, allowed).findings()
    return found


def _tables(model: Definitions) -> Iterator[tuple[str, DecisionTable]]:
    """Every decision table of the model, however deep it stands, with its owner's name."""
    for element in model.drg_elements:
        owner = element.name or element.id
        waiting: list[object] = [element]
        while waiting:
            current = waiting.pop()
            if isinstance(current, DecisionTable):
                yield owner, current
            elif isinstance(current, ModelElement):
                waiting += (getattr(current, field) for field in current.__struct_fields__)
            elif isinstance(current, tuple):
                waiting += current


def _simple(reference: str, types: dict[str, FeelType]) -> FeelType | None:
    name = reference.strip().rpartition(":")[2]
    if name in types:
        return types[name]
    try:
        found = resolve(parse_type(name), {}) if name else None
    except FeelSyntaxError:
        return None
    return found if isinstance(found, SimpleType) and found.name in SIMPLE else None


class _TableCheck:
    """One table."""

    def __init__(
        self, owner: str, table: DecisionTable, types: dict[str, FeelType], allowed: AllowedValues
    ) -> None:
        self.allowed = allowed
        self.owner = owner
        self.table = table
        self.types = types
        self.found: list[DecisionProblem] = []
        self.columns = [self._column(index, clause) for index, clause in enumerate(table.inputs)]

    def findings(self) -> list[DecisionProblem]:
        self._entries()
        self._outputs()
        for finding in inconsistencies(self.table, self.allowed):
            self._warn(*finding)
        if self.columns and self.table.rules:
            self._overlaps()
            self._hidden_rules()
            self._gaps()
        return self.found

    def _warn(self, line: int, message: str, clause: str = "8.2") -> None:
        self.found.append(
            DecisionProblem(
                line=line,
                message=f"decision table in '{self.owner}': {message}",
                severity="warning",
                clause=clause,
            )
        )

    def _column(self, index: int, clause: InputClause) -> ColumnCoverage:
        expression = clause.input_expression
        kind = _simple(expression.type_ref if expression else "", self.types)
        name = kind.name if isinstance(kind, SimpleType) else ""
        cells: list[Tests | None] = []
        for number, rule in enumerate(self.table.rules, 1):
            entry = rule.input_entries[index] if index < len(rule.input_entries) else None
            tests = parsed(entry, ([], [], True))
            cells.append(tests)
            if kind is not None and tests is not None and entry is not None:
                self._constants(entry, tests, name, number, index)
        values = self.allowed.of(clause.input_values, expression.type_ref if expression else "")
        return ColumnCoverage(cells, name, parsed(values))

    def _constants(
        self, entry: UnaryTests, tests: Tests, kind: str, number: int, index: int
    ) -> None:
        ends = [end for interval in tests[1] for end in interval[:2] if end is not None]
        for value in [*tests[0], *ends]:
            if kind_of(value) != kind:
                self._warn(
                    entry.line,
                    f"rule {number}, input {index + 1}: {text_of(value, True)} is a "
                    f"{kind_of(value)}, the input a {kind}; the cell never matches",
                )
                return

    def _entries(self) -> None:
        wanted = len(self.table.inputs), len(self.table.outputs)
        for number, rule in enumerate(self.table.rules, 1):
            found = len(rule.input_entries), len(rule.output_entries)
            if found != wanted:
                self._warn(
                    rule.line,
                    f"rule {number} has {found[0]} input and {found[1]} output entries, "
                    f"the table {wanted[0]} and {wanted[1]} columns",
                )

    def _outputs(self) -> None:
        for index, clause in enumerate(self.table.outputs):
            kind = _simple(clause.type_ref, self.types)
            if not isinstance(kind, SimpleType):
                continue
            for number, rule in enumerate(self.table.rules, 1):
                if index >= len(rule.output_entries):
                    continue
                entry = rule.output_entries[index]
                try:
                    value = constant_of(parse_expression(entry.text, ())[0])
                except FeelSyntaxError:
                    continue
                if value is not None and kind_of(value) != kind.name:
                    self._warn(
                        entry.line,
                        f"rule {number}, output {index + 1}: {text_of(value, True)} is a "
                        f"{kind_of(value)}, the output a {kind.name}",
                    )

    def _overlaps(self) -> None:
        """Rules that match together although the hit policy forbids it."""
        if self.table.hit_policy not in {"UNIQUE", "ANY"}:
            return
        by_class = [column.rules_by_class(counts_unknown=False) for column in self.columns]
        reported = 0
        for rule in range(len(self.table.rules)):
            others = -1
            for column, rules in zip(self.columns, by_class, strict=True):
                classes = column.covered[rule]
                together = 0
                for place in bits(classes or 0):
                    together |= rules[place]
                others &= together
            for other in bits(others >> (rule + 1)):
                second = rule + 1 + other
                if self.table.hit_policy == "ANY" and self._same_outputs(rule, second):
                    continue
                self._warn(
                    self.table.rules[second].line,
                    f"rules {rule + 1} and {second + 1} can match together, "
                    f"the hit policy {self.table.hit_policy} forbids that",
                )
                reported += 1
                if reported == _MOST_OF_A_KIND:
                    return

    def _same_outputs(self, rule: int, other: int) -> bool:
        return [entry.text.strip() for entry in self.table.rules[rule].output_entries] == [
            entry.text.strip() for entry in self.table.rules[other].output_entries
        ]

    def _hidden_rules(self) -> None:
        """Rules of a FIRST table that an earlier rule keeps from ever being chosen."""
        if self.table.hit_policy != "FIRST":
            return
        reported = 0
        for rule in range(1, len(self.table.rules)):
            earlier = (1 << rule) - 1
            for column in self.columns:
                classes = column.covered[rule]
                if classes is None:
                    # An unknown cell is hidden for sure only by one that holds for everything.
                    classes = column.everything
                for before in bits(earlier):
                    covered = column.covered[before]
                    if covered is None or classes & ~covered:
                        earlier &= ~(1 << before)
            if earlier:
                first = next(iter(bits(earlier)))
                self._warn(
                    self.table.rules[rule].line,
                    f"rule {rule + 1} is never chosen, rule {first + 1} comes before it and "
                    "matches all it matches",
                )
                reported += 1
                if reported == _MOST_OF_A_KIND:
                    return

    def _gaps(self) -> None:
        """Combinations of inputs for which a table that owes a result has none."""
        has_default = any(clause.default_output_entry is not None for clause in self.table.outputs)
        if self.table.hit_policy not in _SINGLE or has_default:
            return
        gaps = _uncovered(self.columns, len(self.table.rules))
        for labels in gaps[:_MOST_OF_A_KIND]:
            inputs = ", ".join(
                f"{_title(clause)} {label}"
                for clause, label in zip(self.table.inputs, labels, strict=True)
                if label
            )
            self._warn(self.table.line, f"no rule matches for {inputs}")


def _title(clause: InputClause) -> str:
    expression = clause.input_expression
    return clause.label or (expression.text.strip() if expression else "") or "input"


def _uncovered(columns: Sequence[ColumnCoverage], rules: int) -> list[list[str]]:
    """Combinations of classes that no rule holds for, as labels; at most a few, within bounds."""
    by_class = [column.rules_by_class(counts_unknown=True) for column in columns]
    gaps: list[list[str]] = []
    seen: set[tuple[int, int]] = set()
    visits = 0
    waiting: list[tuple[int, int, list[str]]] = [(0, (1 << rules) - 1, [])]
    while waiting and visits < _MOST_VISITS and len(gaps) < _MOST_OF_A_KIND:
        depth, left, labels = waiting.pop()
        if not left:
            gaps.append(labels + [""] * (len(columns) - depth))
            continue
        if depth == len(columns) or (depth, left) in seen:
            continue
        seen.add((depth, left))
        column = columns[depth]
        choices: list[tuple[int, int, list[str]]] = []
        if not column.labels:
            choices.append((depth + 1, left, [*labels, ""]))
        for place in bits(column.allowed):
            visits += 1
            choices.append(
                (depth + 1, left & by_class[depth][place], [*labels, column.labels[place]])
            )
        waiting += reversed(choices)
    return gaps
