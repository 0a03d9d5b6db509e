"""What goes wrong inside an evaluation, before it is known where."""

from __future__ import annotations

__all__ = ["Problem", "described", "spot"]


class Problem(Exception):
    """Turned into an ExpressionError, with the text and the place, on the way out."""

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        """Offset into the text; None: to be filled in by the nearest operator or call."""


def spot(text: str, position: int) -> str:
    """The place as messages give it."""
    line = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    return f"line {line}, column {column}" if "\n" in text else f"column {column}"


def described(text: str, problem: Problem) -> str:
    """The whole message: `JUEL, column 3 of '${a b}': ...`."""
    shown = text if len(text) <= 80 else text[:79] + "…"
    place = "" if problem.position is None else f", {spot(text, problem.position)}"
    return f"JUEL{place} of '{shown}': {problem.message}"
