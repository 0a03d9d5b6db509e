"""FEEL, the Friendly Enough Expression Language (DMN 1.5 §10.3), with Camunda 8's additions."""

from engine.expressions.feel import arithmetic, comparison, invocation, iteration
from engine.expressions.feel.api import Feel, compile_feel, compile_unary_tests
from engine.expressions.feel.boundary import feel_to_plain
from engine.expressions.feel.errors import (
    FeelError,
    FeelEvaluationError,
    FeelLimitError,
    FeelSyntaxError,
)
from engine.expressions.feel.run import Limits
from engine.expressions.feel.temporal import Date, DateTime, DaysTime, Time, YearsMonths
from engine.expressions.feel.values import Function, Range

__all__ = [
    "Date",
    "DateTime",
    "DaysTime",
    "Feel",
    "FeelError",
    "FeelEvaluationError",
    "FeelLimitError",
    "FeelSyntaxError",
    "Function",
    "Limits",
    "Range",
    "Time",
    "YearsMonths",
    "arithmetic",
    "comparison",
    "compile_feel",
    "compile_unary_tests",
    "feel_to_plain",
    "invocation",
    "iteration",
]
