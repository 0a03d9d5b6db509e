"""The register of rules: each one small function, with its clause and how grave a breach is."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from msgspec import Struct

from bpmn.checks.problem import Severity
from bpmn.model import ModelElement

if TYPE_CHECKING:
    from bpmn.checks.context import Context

__all__ = [
    "Check",
    "Finding",
    "Findings",
    "Rule",
    "add",
    "getter",
    "questions",
    "registered",
    "rule",
]


class Finding(Struct, frozen=True, gc=False):
    """A breach, as a rule reports it."""

    element: ModelElement
    """The culprit."""
    message: str
    remedy: str
    line: int | None = None
    """Where it is more exact than the element's own."""


Findings: TypeAlias = Finding | Iterable[Finding] | None
Check: TypeAlias = Callable[[Any, "Context"], Findings]


class Rule(Struct, frozen=True, kw_only=True):
    """One rule of the standard, or of what an engine needs beyond it."""

    id: str
    clause: str
    """Of BPMN 2.0.2, without the sign."""
    severity: Severity
    drawn: Severity
    """How grave it is in a process that is not executable."""
    vendor: Severity
    """How grave it is in a document of an engine's own dialect."""
    classes: tuple[type[ModelElement], ...]
    """What it looks at, subclasses included."""
    given: str
    """The field that has to say something for the rule to be asked; empty: it is always asked."""
    summary: str
    check: Check


_RULES: dict[str, Rule] = {}


def rule(
    id: str,
    clause: str,
    *classes: type[ModelElement],
    severity: Severity = "error",
    drawn: Severity | None = None,
    vendor: Severity | None = None,
    given: str = "",
) -> Callable[[Check], Check]:
    """Register a function that is asked about each element of `classes`.

    The first line of its docstring is the rule in words. `drawn` and `vendor` say where the same
    breach is less grave. `given` is a field without which there is nothing to ask.
    """

    def register(check: Check) -> Check:
        summary = (check.__doc__ or "").partition("\n")[0].strip()
        add(
            id,
            clause,
            classes,
            summary,
            check,
            severity=severity,
            drawn=drawn,
            vendor=vendor,
            given=given,
        )
        return check

    return register


def add(
    id: str,
    clause: str,
    classes: tuple[type[ModelElement], ...],
    summary: str,
    check: Check,
    *,
    severity: Severity = "error",
    drawn: Severity | None = None,
    vendor: Severity | None = None,
    given: str = "",
) -> None:
    """What `rule` does, for rules that come out of a table."""
    assert id not in _RULES, f"two rules are called '{id}'"
    assert summary, f"rule '{id}' says nothing"
    _RULES[id] = Rule(
        id=id,
        clause=clause,
        severity=severity,
        drawn=drawn or severity,
        vendor=vendor or severity,
        classes=classes,
        given=given,
        summary=summary,
        check=check,
    )
    questions.cache_clear()


def registered() -> tuple[Rule, ...]:
    """All rules, by clause and id."""
    return tuple(sorted(_RULES.values(), key=lambda rule: (_numbers(rule.clause), rule.id)))


class Questions(NamedTuple):
    """The rules that look at elements of one class."""

    always: tuple[Rule, ...]
    fields: Callable[[ModelElement], tuple[object, ...]]
    """Gets what `given` names, for each of the next."""
    given: tuple[Rule, ...]


@functools.cache
def questions(cls: type[ModelElement]) -> Questions:
    """What to ask about elements of a class."""
    rules = [rule for rule in _RULES.values() if issubclass(cls, rule.classes)]
    given = [rule for rule in rules if rule.given]
    return Questions(
        tuple(rule for rule in rules if not rule.given),
        getter([rule.given for rule in given]),
        tuple(given),
    )


def getter(fields: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """Gets several fields at once."""
    if not fields:
        return lambda _: ()
    get = attrgetter(*fields)
    return get if len(fields) > 1 else lambda element: (get(element),)


def _numbers(clause: str) -> tuple[int, ...]:
    return tuple(int(part) for part in clause.split("."))
