"""One evaluation: its clock, its warnings and its budget. No wall clock: budgets count work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from engine.expressions.feel.errors import FeelEvaluationError, FeelLimitError


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one evaluation may do."""

    steps: int = 1_000_000
    """Items visited, functions called."""
    text: int = 1_000_000
    """Characters of a text that is made."""
    depth: int = 60
    """Functions inside functions."""


LIMITS = Limits()


class Run:
    """What one evaluation may use and use up."""

    __slots__ = (
        "converted",
        "depth",
        "is_strict",
        "limits",
        "now",
        "random",
        "steps",
        "trace",
        "warnings",
    )

    def __init__(
        self,
        now: datetime | None = None,
        warnings: list[str] | None = None,
        *,
        is_strict: bool = False,
        random: Random | None = None,
        limits: Limits = LIMITS,
    ) -> None:
        self.now = now
        self.warnings = warnings
        self.is_strict = is_strict
        self.random = random
        self.limits = limits
        self.steps = limits.steps
        self.depth = 0
        self.trace: list[Any] | None = None
        """Takes what decision tables have to tell, if anybody wants to know."""
        self.converted: dict[str, tuple[Any, Any]] | None = None
        """Lists and contexts among the variables, as given and as FEEL has them, by name."""

    def warn(self, message: str) -> None:
        """Notes why a result is null. Raises FeelEvaluationError in a strict evaluation."""
        if self.is_strict:
            raise FeelEvaluationError(f"FEEL: {message}")
        if self.warnings is not None:
            self.warnings.append(message)

    def spend(self, steps: int) -> None:
        """Takes steps off the budget. Raises FeelLimitError when it is used up."""
        self.steps -= steps
        if self.steps < 0:
            raise FeelLimitError(
                f"FEEL: more than {self.limits.steps} steps; make the lists or ranges smaller"
            )

    def text(self, value: str) -> str:
        """The text, unless it is too long. Raises FeelLimitError."""
        if len(value) > self.limits.text:
            raise FeelLimitError(f"FEEL: a text of more than {self.limits.text} characters")
        if len(value) > 1024:
            self.spend(len(value) >> 10)
        return value

    def enter(self) -> None:
        """Goes one function deeper; whoever calls this takes it back from `depth`."""
        self.spend(1)
        self.depth += 1
        if self.depth > self.limits.depth:
            raise FeelLimitError(f"FEEL: functions nested deeper than {self.limits.depth} calls")
