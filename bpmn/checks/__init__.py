"""Static checks (BPMN 2.0.2 §7-13): what is wrong with a document, all of it at once.

    check(definitions)      the problems, in the order of their lines
    rules()                 the register: every rule with its clause and severity

A rule is a function beside its neighbours of one topic; importing its module registers it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import bpmn.model as m
from bpmn.checks import (  # noqa: F401  (each registers its rules)
    activities,
    associations,
    calls,
    choreography,
    collaboration,
    compensation,
    conditions,
    correlation,
    data,
    diagram,
    document,
    events,
    expressions,
    extensions,
    flows,
    gateways,
    links,
    loops,
    references,
    resources,
    structure,
    subprocesses,
    timers,
    triggers,
)
from bpmn.checks.context import Context
from bpmn.checks.problem import Problem, Severity
from bpmn.checks.register import Finding, Rule, questions, registered
from bpmn.checks.words import tag

__all__ = ["Problem", "Rule", "Severity", "check", "rules"]

MOST = 1_000
"""Breaches of one rule that are listed; nobody reads more, and a hostile document could have
millions."""

_SHOWN = (
    m.FlowElement,
    m.Artifact,
    m.Participant,
    m.MessageFlow,
    m.Lane,
    m.ConversationNode,
    m.ConversationLink,
    m.BPMNShape,
    m.BPMNEdge,
)


def check(definitions: m.Definitions) -> list[Problem]:
    """All that is wrong with a document, in the order of its lines; also what its reading found.

    It can be deployed when none of them is an error.
    """
    context = Context(definitions)
    problems = [_read(problem, context) for problem in definitions.problems]
    for rule, finding in _findings(context):
        problems.append(_problem(rule, finding, context))
    problems.sort(key=lambda problem: problem.line)
    return problems


def _findings(context: Context) -> Iterator[tuple[Rule, Finding]]:
    """What the rules find, one walk for all of them."""
    count: Counter[str] = Counter()
    for element in context.elements:
        asked, fields, given = questions(type(element))
        for rule, value in zip(given, fields(element), strict=False):
            if value:
                asked += (rule,)
        for rule in asked:
            found = rule.check(element, context)
            if found is None or count[rule.id] >= MOST:
                continue
            for finding in (found,) if isinstance(found, Finding) else found:
                yield rule, finding
                count[rule.id] += 1
                if count[rule.id] == MOST:
                    break


def rules() -> tuple[Rule, ...]:
    """Every rule, in the order of the clauses."""
    return registered()


def _problem(rule: Rule, finding: Finding, context: Context) -> Problem:
    return Problem(
        rule=rule.id,
        severity=_severity(rule, finding.element, context),
        element=_shown(finding.element, context),
        line=finding.element.line if finding.line is None else finding.line,
        message=finding.message,
        remedy=finding.remedy,
        clause=rule.clause,
    )


_GRAVITY: dict[Severity, int] = {"info": 0, "warning": 1, "error": 2}


def _severity(rule: Rule, element: m.ModelElement, context: Context) -> Severity:
    """The mildest that the circumstances allow."""
    said = [rule.severity]
    if rule.drawn != rule.severity and not context.is_executable(element):
        said.append(rule.drawn)
    if rule.vendor != rule.severity and context.is_vendors:
        said.append(rule.vendor)
    return min(said, key=_GRAVITY.__getitem__)


def _shown(element: m.ModelElement, context: Context) -> str:
    """Id of what a diagram would mark: the element, or what it is a part of."""
    if isinstance(element, m.BPMNShape | m.BPMNEdge):
        return element.bpmn_element or element.id or tag(type(element))
    around = (element, *context.parents(element))
    for candidate in around:
        if isinstance(candidate, _SHOWN) and candidate.id:
            return candidate.id
    ids = (getattr(e, "id", "") for e in around if not isinstance(e, m.Definitions))
    return next(filter(None, ids), tag(type(element)))


def _read(problem: m.ReadProblem, context: Context) -> Problem:
    """What is not in the schema is refused where somebody would rely on it: in what executes."""
    is_ours = context.has_executable and not context.is_vendors
    return Problem(
        rule="schema",
        severity="error" if is_ours else problem.severity,
        element=problem.element,
        line=problem.line,
        message=problem.message,
        remedy=problem.remedy,
        clause="8.2.1",
    )
