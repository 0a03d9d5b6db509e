"""Boxed expressions (DMN 1.5 §7.3 and §10.2)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from bpmn.dmn.model.base import DmnElement, InformationItem, NamedElement, UnaryTests
from bpmn.model.base import Child, Role

__all__ = [
    "Aggregation",
    "AnnotationClause",
    "AnnotationEntry",
    "Binding",
    "ChildExpression",
    "Conditional",
    "Context",
    "ContextEntry",
    "DecisionRule",
    "DecisionTable",
    "Every",
    "Expression",
    "Filter",
    "For",
    "FunctionDefinition",
    "HitPolicy",
    "InputClause",
    "Invocation",
    "List",
    "LiteralExpression",
    "OutputClause",
    "Relation",
    "Some",
    "TypedChildExpression",
]

HitPolicy = Literal["UNIQUE", "FIRST", "PRIORITY", "ANY", "COLLECT", "RULE ORDER", "OUTPUT ORDER"]
Aggregation = Literal["SUM", "COUNT", "MIN", "MAX"]


class Expression(DmnElement, frozen=True, kw_only=True):
    """§7.3.1."""

    ABSTRACT: ClassVar[bool] = True

    type_ref: str = ""


class LiteralExpression(Expression, frozen=True, kw_only=True):
    """§7.3.9: text in an expression language, FEEL unless it says otherwise."""

    expression_language: str = ""
    text: Role[str] = ""
    imported_values: Role[str] = ""


class Binding(DmnElement, frozen=True, kw_only=True):
    """§7.3.6: what a parameter is given."""

    parameter: Role[InformationItem | None] = None
    expression: Expression | None = None


class Invocation(Expression, frozen=True, kw_only=True):
    """§7.3.6: calls the function that its expression names."""

    expression: Expression | None = None
    bindings: Annotated[tuple[Binding, ...], Child("binding")] = ()


class ContextEntry(DmnElement, frozen=True, kw_only=True):
    """§10.2.2.4: a name and its value; without a name the result of the context."""

    variable: Role[InformationItem | None] = None
    expression: Expression | None = None


class Context(Expression, frozen=True, kw_only=True):
    """§10.2.2.4."""

    entries: Annotated[tuple[ContextEntry, ...], Child("contextEntry")] = ()


class FunctionDefinition(Expression, frozen=True, kw_only=True):
    """§10.2.2.6."""

    kind: Literal["FEEL", "Java", "PMML"] = "FEEL"
    parameters: Annotated[tuple[InformationItem, ...], Child("formalParameter")] = ()
    expression: Expression | None = None


class List(Expression, frozen=True, kw_only=True):
    """§10.2.2.5; also one row of a relation."""

    expressions: tuple[Expression, ...] = ()


class Relation(Expression, frozen=True, kw_only=True):
    """§10.2.2.5: a list of contexts with the same entries."""

    columns: Annotated[tuple[InformationItem, ...], Child("column")] = ()
    rows: Annotated[tuple[List, ...], Child("row")] = ()


class ChildExpression(DmnElement, frozen=True, kw_only=True):
    """§10.2.2.7: a part of a conditional, a filter or a loop."""

    expression: Expression | None = None


class TypedChildExpression(ChildExpression, frozen=True, kw_only=True):
    """§10.2.2.9: the list that a loop runs over."""

    type_ref: str = ""


class Conditional(Expression, frozen=True, kw_only=True):
    """§10.2.2.7."""

    if_: Role[ChildExpression | None] = None
    then: Role[ChildExpression | None] = None
    else_: Role[ChildExpression | None] = None


class Filter(Expression, frozen=True, kw_only=True):
    """§10.2.2.8."""

    in_: Role[ChildExpression | None] = None
    match: Role[ChildExpression | None] = None


class Iterator(Expression, frozen=True, kw_only=True):
    """§10.2.2.9."""

    ABSTRACT: ClassVar[bool] = True

    iterator_variable: str = ""
    in_: Role[TypedChildExpression | None] = None


class For(Iterator, frozen=True, kw_only=True):
    """§10.2.2.9."""

    return_: Role[ChildExpression | None] = None


class Some(Iterator, frozen=True, kw_only=True):
    """§10.2.2.9."""

    satisfies: Role[ChildExpression | None] = None


class Every(Iterator, frozen=True, kw_only=True):
    """§10.2.2.9."""

    satisfies: Role[ChildExpression | None] = None


class InputClause(DmnElement, frozen=True, kw_only=True):
    """§8.3.2: a column of conditions."""

    input_expression: Role[LiteralExpression | None] = None
    input_values: Role[UnaryTests | None] = None


class OutputClause(NamedElement, frozen=True, kw_only=True):
    """§8.3.3: a column of results."""

    type_ref: str = ""
    output_values: Role[UnaryTests | None] = None
    default_output_entry: Role[LiteralExpression | None] = None


class AnnotationClause(NamedElement, frozen=True, kw_only=True):
    """§8.3.4: a column of remarks."""


class AnnotationEntry(DmnElement, frozen=True, kw_only=True):
    """§8.3.4: a remark."""

    text: Role[str] = ""


class DecisionRule(DmnElement, frozen=True, kw_only=True):
    """§8.3.4: a row."""

    input_entries: Annotated[tuple[UnaryTests, ...], Child("inputEntry")] = ()
    output_entries: Annotated[tuple[LiteralExpression, ...], Child("outputEntry")] = ()
    annotation_entries: Annotated[tuple[AnnotationEntry, ...], Child("annotationEntry")] = ()


class DecisionTable(Expression, frozen=True, kw_only=True):
    """§8.3.1."""

    hit_policy: HitPolicy = "UNIQUE"
    aggregation: Aggregation | None = None
    preferred_orientation: Literal["Rule-as-Row", "Rule-as-Column", "CrossTable"] = "Rule-as-Row"
    output_label: str = ""
    inputs: Annotated[tuple[InputClause, ...], Child("input")] = ()
    outputs: Annotated[tuple[OutputClause, ...], Child("output")] = ()
    annotations: Annotated[tuple[AnnotationClause, ...], Child("annotation")] = ()
    rules: Annotated[tuple[DecisionRule, ...], Child("rule")] = ()
