"""Whether a decision table's parts fit one another: hit policy, aggregation, allowed values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from bpmn.dmn.model import DecisionTable, Definitions, ItemDefinition, UnaryTests
from engine.decisions.coverage import Tests, tests_of
from engine.decisions.hit_policy import SORTED
from engine.decisions.rule_index import constant_of
from engine.expressions.feel.errors import FeelSyntaxError
from engine.expressions.feel.parser import parse_expression, parse_unary_tests
from engine.expressions.feel.values import same, text_of

_SUMMABLE = frozenset({"", "Any", "number", "days and time duration", "years and months duration"})


class Finding(NamedTuple):
    line: int
    message: str
    clause: str


class AllowedValues:
    """What the item definitions of a model allow, by the name of the type (§7.3.2)."""

    def __init__(self, model: Definitions) -> None:
        self._items: Mapping[str, ItemDefinition] = {i.name: i for i in model.item_definitions}

    def of(self, stated: UnaryTests | None, reference: str) -> UnaryTests | None:
        """The values a clause states itself, or those of its type."""
        if stated is not None and stated.text.strip():
            return stated
        item = self._items.get(reference.strip().rpartition(":")[2])
        return None if item is None or item.is_collection else item.allowed_values


def inconsistencies(table: DecisionTable, allowed: AllowedValues) -> Iterator[Finding]:
    """All that does not fit, in the order of the document."""
    yield from _policy(table, allowed)
    if not table.rules:
        yield Finding(table.line, "it has no rules; add one", "8.3.1")
    if len(table.outputs) > 1:
        for number, output in enumerate(table.outputs, 1):
            if not output.name:
                message = f"output {number} has no name; results of several outputs need one each"
                yield Finding(output.line, message, "8.3.3")
    yield from _inputs(table, allowed)
    yield from _outputs(table, allowed)


def _policy(table: DecisionTable, allowed: AllowedValues) -> Iterator[Finding]:
    policy, aggregation = table.hit_policy, table.aggregation
    if policy in SORTED and not any(allowed.of(o.output_values, o.type_ref) for o in table.outputs):
        message = f"the hit policy {policy} follows the output values; add outputValues"
        yield Finding(table.line, message, "8.2.8")
    if aggregation is None:
        return
    if policy != "COLLECT":
        message = f"{aggregation} has no effect with the hit policy {policy}; COLLECT would do"
        yield Finding(table.line, message, "8.2.8")
    if len(table.outputs) > 1 and aggregation != "COUNT":
        message = f"{aggregation} takes one output, the table has {len(table.outputs)}"
        yield Finding(table.line, message, "8.2.8")
    for number, output in enumerate(table.outputs, 1):
        if aggregation == "SUM" and output.type_ref.strip() in {
            "string",
            "boolean",
            "date",
            "time",
        }:
            message = f"SUM adds numbers or durations, output {number} is a {output.type_ref}"
            yield Finding(output.line, message, "8.2.8")


def _inputs(table: DecisionTable, allowed: AllowedValues) -> Iterator[Finding]:
    for index, clause in enumerate(table.inputs):
        expression = clause.input_expression
        values = allowed.of(clause.input_values, expression.type_ref if expression else "")
        known = parsed(values)
        if known is None or known[1] or known[2]:
            continue
        for number, rule in enumerate(table.rules, 1):
            if index >= len(rule.input_entries):
                continue
            tests = parsed(rule.input_entries[index])
            for constant in tests[0] if tests is not None else ():
                if not any(same(constant, value) for value in known[0]):
                    yield Finding(
                        rule.input_entries[index].line,
                        f"rule {number}, input {index + 1}: {text_of(constant, True)} is none of "
                        f"the input values {', '.join(text_of(v, True) for v in known[0])}",
                        "8.3.2",
                    )


def _outputs(table: DecisionTable, allowed: AllowedValues) -> Iterator[Finding]:
    for index, clause in enumerate(table.outputs):
        known = parsed(allowed.of(clause.output_values, clause.type_ref))
        if known is None or known[1] or known[2]:
            continue
        entries = [
            (f"rule {number}, output {index + 1}", rule.output_entries[index])
            for number, rule in enumerate(table.rules, 1)
            if index < len(rule.output_entries)
        ]
        if clause.default_output_entry is not None:
            entries.append((f"the default of output {index + 1}", clause.default_output_entry))
        for what, entry in entries:
            try:
                value = constant_of(parse_expression(entry.text, ())[0])
            except FeelSyntaxError:
                continue
            if value is not None and not any(same(value, other) for other in known[0]):
                yield Finding(
                    entry.line,
                    f"{what}: {text_of(value, True)} is none of the output values "
                    f"{', '.join(text_of(v, True) for v in known[0])}",
                    "8.3.3",
                )


def parsed(entry: UnaryTests | None, empty: Tests | None = None) -> Tests | None:
    """What a cell or a list of values consists of; None where that cannot be told."""
    if entry is None or not entry.text.strip():
        return empty
    try:
        return tests_of(parse_unary_tests(entry.text, ())[0])
    except FeelSyntaxError:
        return None
