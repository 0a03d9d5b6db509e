"""What becomes of each attribute and element of a vendor's vocabulary: the table for readers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

__all__ = ["Entry", "Finding", "Treatment", "entries"]

Treatment = Literal["executes", "ignored", "refused"]
"""`ignored`: the process means the same without it. `refused`: it would not, and we cannot."""


class Entry(Struct, frozen=True, kw_only=True):
    """One attribute, or one extension element, of the vocabulary."""

    name: str
    """`@assignee` for an attribute, `inputOutput` for an element."""
    treatment: Treatment
    note: str = ""
    """Why it is ignored, or what would do instead."""


class Finding(Struct, frozen=True, kw_only=True):
    """An extension that a document uses and that does not execute."""

    line: int
    element: str
    name: str
    """With a prefix: `camunda:caseRef`."""
    treatment: Treatment
    note: str

    def __str__(self) -> str:
        note = f"; {self.note}" if self.note else ""
        return f"line {self.line}: '{self.name}' of '{self.element}' is {self.treatment}{note}"


def entries(treatment: Treatment, names: str | Iterable[str], note: str = "") -> tuple[Entry, ...]:
    """Several entries of one kind; `names` may be one text with spaces between."""
    found = names.split() if isinstance(names, str) else names
    return tuple(Entry(name=name, treatment=treatment, note=note) for name in found)
