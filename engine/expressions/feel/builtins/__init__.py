"""FEEL's built-in functions (DMN 1.5 §10.3.4), one file a family, by name."""

from __future__ import annotations

from engine.expressions.feel.builtins import (
    contexts,
    conversion,
    dates,
    lists,
    logic,
    numeric,
    ranges,
    statistics,
    strings,
)
from engine.expressions.feel.builtins.register import BUILTINS

__all__ = [
    "BUILTINS",
    "contexts",
    "conversion",
    "dates",
    "lists",
    "logic",
    "numeric",
    "ranges",
    "statistics",
    "strings",
]
