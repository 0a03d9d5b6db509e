"""What becomes of each attribute and element of a vendor's vocabulary: the table for readers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

__all__ = ["Entry", "Finding", "Treatment", "executed", "executed_inside", "passed_over"]

Treatment = Literal["executes", "ignored", "refused"]
"""`ignored`: the process means the same without it. `refused`: it would not, and we cannot."""


class Entry(Struct, frozen=True, kw_only=True):
    """One attribute, or one extension element, of the vocabulary."""

    name: str
    """`@assignee` for an attribute, `inputOutput` for an element; what stands inside an element
    follows it: `in/@source`, `formField/validation`; `taskListener/@event=delete` is one value."""
    treatment: Treatment
    fields: tuple[str, ...] = ()
    """The fields of `Settings` that it fills; of what executes, all are read by the engine."""
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


def executed(fields_by_name: Mapping[str, str], note: str = "") -> tuple[Entry, ...]:
    """What executes, with the fields (spaces between them) that each name fills."""
    return tuple(
        Entry(name=name, treatment="executes", fields=tuple(fields.split()), note=note)
        for name, fields in sorted(fields_by_name.items())
    )


def executed_inside(table: str) -> tuple[Entry, ...]:
    """What executes inside extension elements; a line has the fields, a colon, and the names that
    fill them."""
    found: dict[str, str] = {}
    for line in filter(None, map(str.strip, table.splitlines())):
        fields, _, names = line.partition(":")
        for name in names.split():
            found[name] = fields
    return executed(found)


def passed_over(treatment: Treatment, names: str, note: str) -> tuple[Entry, ...]:
    """What does not execute; `names` with spaces between them."""
    return tuple(Entry(name=name, treatment=treatment, note=note) for name in names.split())
