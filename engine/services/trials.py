"""What editors need to know: what decisions of a file ask for and come to, which jobs are done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import SystemRandom
from typing import TYPE_CHECKING, Any

from bpmn.dmn import read_dmn
from bpmn.dmn.model import (
    Decision,
    DecisionTable,
    Definitions,
    DrgElement,
    InputClause,
    InputData,
    LiteralExpression,
)
from bpmn.dmn.model import DecisionRule as Rule
from bpmn.model.base import ModelElement
from bpmn.reader import BpmnSyntaxError
from engine.decisions import DecisionError, Decisions
from engine.errors import ExecutionError, Invalid
from engine.expressions.feel.cursor import parse_type
from engine.expressions.feel.errors import FeelError, FeelSyntaxError
from engine.handler_docs import described
from engine.services.evaluations import document_of
from engine.values import admit
from engine.views import (
    DecisionInput,
    DecisionModel,
    DecisionRule,
    EvaluatedTable,
    JobDescription,
    Trial,
)

if TYPE_CHECKING:
    from engine.services.shell import Shell

MOST_CHOICES = 50


class TrialMethods:
    """The part of `Engine` that helps whoever draws; nothing is written down."""

    _shell: Shell

    @staticmethod
    def decision_models(content: bytes) -> list[DecisionModel]:
        """The decisions of a DMN file with the variables that they read; none of a file that
        cannot be read."""
        try:
            model = read_dmn(content)
        except BpmnSyntaxError:
            return []
        stated, elements = _stated(model), {one.id: one for one in model.drg_elements}
        return [
            _model(elements[id], [stated.get(one, DecisionInput(name=one)) for one in reads])
            for id, reads in Decisions(model).asked()
        ]

    def job_descriptions(self) -> list[JobDescription]:
        """What is known of each type of job that somebody does: what the handlers here say of
        themselves, and the names alone of what only workers do; by type."""
        found = {one.type: described(one) for one in self._shell.handlers}
        for one in self.job_types():  # type: ignore[attr-defined]
            if one.is_served:
                found.setdefault(one.type, JobDescription(type=one.type))
        return [found[type] for type in sorted(found)]

    def try_decision(self, content: bytes, decision_id: str, variables: Mapping[str, Any]) -> Trial:
        """What a decision of a DMN file comes to with these variables.

        Raises Invalid when the file cannot be read, and ExecutionError when it has no such
        decision or takes too long.
        """
        given = admit(variables)
        try:
            model = read_dmn(content)
        except BpmnSyntaxError as error:
            raise Invalid(str(error)) from error
        try:
            result = Decisions(model).evaluate(
                decision_id, given, now=self._shell.now(), random=SystemRandom()
            )
        except (DecisionError, FeelError) as error:
            raise ExecutionError(str(error)) from error
        document = document_of(result, given)
        return Trial(
            output=document["output"],
            tables=[EvaluatedTable(**table) for table in document["tables"]],
            warnings=document["warnings"],
        )


def _model(element: DrgElement, inputs: list[DecisionInput]) -> DecisionModel:
    expression = element.expression if isinstance(element, Decision) else None
    told: dict[str, Any] = {
        "id": element.id,
        "name": element.name or element.id,
        "kind": type(element if expression is None else expression).__name__,
        "inputs": inputs,
    }
    match expression:
        case LiteralExpression():
            told["text"] = expression.text.strip()
        case DecisionTable():
            told |= {
                "policy": expression.hit_policy,
                "columns": [_heading(column) for column in expression.inputs],
                "results": [one.label or one.name or "result" for one in expression.outputs],
                "rules": [_rule(number, rule) for number, rule in enumerate(expression.rules, 1)],
            }
        case None if isinstance(element, Decision):
            told["kind"] = "none"
    return DecisionModel(**told)


def _heading(column: InputClause) -> str:
    expression = column.input_expression
    return column.label or (expression.text.strip() if expression else "") or "input"


def _rule(number: int, rule: Rule) -> DecisionRule:
    return DecisionRule(
        id=rule.id or str(number),
        inputs=[entry.text.strip() or "-" for entry in rule.input_entries],
        outputs=[entry.text.strip() for entry in rule.output_entries],
        note=rule.description.strip(),
    )


def _stated(model: Definitions) -> dict[str, DecisionInput]:
    """What the model says of the variables it reads: of its input data first, then of columns."""
    found: dict[str, DecisionInput] = {}
    for data in _all(model, InputData):
        type = data.variable.type_ref if data.variable else ""
        found[data.name] = DecisionInput(name=data.name, type=_simple(model, type))
    for column in _all(model, InputClause):
        expression = column.input_expression
        if expression is None or not (name := expression.text.strip()):
            continue
        known = found.get(name, DecisionInput(name=name))
        found[name] = DecisionInput(
            name=name,
            type=known.type or _simple(model, expression.type_ref),
            label=known.label or column.label,
            choices=known.choices or _choices(column),
        )
    return found


def _simple(model: Definitions, reference: str) -> str:
    """The built-in type that a reference means, empty for one of several parts."""
    name = reference.strip().rpartition(":")[2]
    for item in model.item_definitions:
        if item.name == name:
            is_plain = not item.is_collection and not item.item_components
            return _simple(model, item.type_ref) if is_plain and item.type_ref != name else ""
    try:
        parse_type(name)
    except FeelSyntaxError:
        return ""
    return {"integer": "number", "long": "number", "double": "number"}.get(name, name)


def _choices(column: InputClause) -> list[str]:
    text = column.input_values.text.strip() if column.input_values else ""
    if not text:
        return []
    parts = [part.strip() for part in text.split(",")]
    if not all(len(part) > 1 and part[0] == part[-1] == '"' for part in parts):
        return []
    return [part[1:-1] for part in parts[:MOST_CHOICES]]


def _all(root: ModelElement, kind: type[Any]) -> Iterator[Any]:
    """Every element of a kind, in the order of the document."""
    waiting: list[Any] = [root]
    while waiting:
        current = waiting.pop()
        if isinstance(current, kind):
            yield current
        if isinstance(current, tuple):
            waiting += reversed(current)
        elif isinstance(current, ModelElement):
            waiting += reversed([getattr(current, name) for name in current.__struct_fields__])
