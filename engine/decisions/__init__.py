"""Decisions (DMN 1.5): requirement graphs, decision tables and boxed expressions, on FEEL."""

from engine.decisions.decisions import DecisionProblem, DecisionResult, Decisions
from engine.decisions.errors import DecisionError, UnknownDecisionError
from engine.decisions.table import TableRecord

__all__ = [
    "DecisionError",
    "DecisionProblem",
    "DecisionResult",
    "Decisions",
    "TableRecord",
    "UnknownDecisionError",
]
