"""Expressions (BPMN 2.0.2 §8.4.7, §8.4.8): that they say something, in a language that is known."""

from __future__ import annotations

import bpmn.model as m
from bpmn.checks.context import Context
from bpmn.checks.register import Finding, Findings, rule
from bpmn.checks.words import called
from bpmn.dialects.extensions import names_a_file

_LANGUAGES = frozenset(
    {"feel", "juel", "xpath", "javascript", "python", "groovy", "xquery", "mvel"}
)
"""Names of languages that some engine evaluates; what ours does, its own compiler says."""

_DMN = "omg.org/spec/dmn/"
"""In the URIs of FEEL, and of the documents it comes from."""

_SAID_ELSEWHERE = (
    m.SequenceFlow,
    m.ConditionalEventDefinition,
    m.TimerEventDefinition,
    m.DataAssociation,
    m.Assignment,
)
"""Where other rules ask for the expression, or where an empty one does no harm."""


@rule("expression-empty", "8.4.8", m.Expression, drawn="info")
def expression_empty(expression: m.Expression, context: Context) -> Findings:
    """An expression has a text."""
    if expression.text.strip() or expression.content:
        return None
    owner = context.parent(expression)
    if owner is None or isinstance(owner, _SAID_ELSEWHERE):
        return None
    said = context.settings(expression)
    if said.script or names_a_file(expression):
        return None
    around = context.parent(owner)
    words = called(around) if not getattr(owner, "id", "") and around else called(owner)
    return Finding(
        expression,
        f"an expression of {words} is empty",
        "write it, or take the element out",
    )


@rule("expression-language", "8.4.8", m.FormalExpression, severity="warning", drawn="info")
def expression_language(expression: m.FormalExpression, context: Context) -> Findings:
    """The language of an expression is one that engines know."""
    said = expression.language.strip()
    if not said or context.language(said) in _LANGUAGES or _DMN in said.lower():
        return None
    return Finding(
        expression,
        f"an expression is in '{said}', which is not known",
        "'feel' or 'http://www.w3.org/1999/XPath', for example, would do",
    )
