"""What a check answers with: one thing wrong, where, and what would do."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

__all__ = ["Problem", "Severity"]

Severity: TypeAlias = Literal["error", "warning", "info"]
"""An error keeps the document from being deployed; the others inform."""


class Problem(Struct, frozen=True, kw_only=True):
    """Something in a document that breaks a rule."""

    rule: str
    """Id of the rule, the same from release to release."""
    severity: Severity
    element: str
    """Id of the element that a diagram would show for it; its tag when it has none."""
    line: int
    """In the source file; 0 when built in code."""
    message: str
    """What was found, with the culprit in quotes."""
    remedy: str
    """What would do."""
    clause: str
    """Of BPMN 2.0.2, without the sign: `10.5.2`."""

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}; {self.remedy} (BPMN 2.0.2 §{self.clause})"
