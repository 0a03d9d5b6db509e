"""What can be wrong with a decision model that can be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionProblem:
    """An error keeps a part of the model from working; a warning is worth a look."""

    line: int
    message: str
    namespace: str = ""
    """Of the model."""
    severity: Literal["error", "warning"] = "error"
    clause: str = ""
    """Of DMN 1.5."""

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"
