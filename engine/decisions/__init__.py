"""Decisions (DMN 1.5): requirement graphs, decision tables and boxed expressions, on FEEL."""

from engine.decisions.checks import check
from engine.decisions.decisions import DecisionResult, Decisions
from engine.decisions.errors import DecisionError, UnknownDecisionError
from engine.decisions.problem import DecisionProblem
from engine.decisions.table import TableRecord

__all__ = [
    "DecisionError",
    "DecisionProblem",
    "DecisionResult",
    "Decisions",
    "TableRecord",
    "UnknownDecisionError",
    "check",
]
