"""What a migration report says of a file."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from engine.views.definitions import Problem

Verdict: TypeAlias = Literal["runs", "needs handlers", "refused", "shown only"]


class Understood(Struct, frozen=True, kw_only=True):
    """A kind of element, a word of a vendor's, or a language that executes as it is."""

    what: str
    count: int


class Remark(Struct, frozen=True, kw_only=True):
    """Something at a place of the file."""

    line: int
    element: str
    what: str
    note: str = ""


class Needed(Struct, frozen=True, kw_only=True):
    """Something that the model names and that is not in it."""

    kind: Literal["handler", "function", "process", "decision"]
    name: str
    elements: list[str]
    hint: str


class FileReport(Struct, frozen=True, kw_only=True):
    """What becomes of one file."""

    file: str
    verdict: Verdict
    dialect: str
    processes: list[str]
    understood: list[Understood]
    translated: list[Remark]
    """What runs in another way than where it came from."""
    ignored: list[Remark]
    """What the process means the same without."""
    refused: list[Problem]
    needed: list[Needed]
    svg: str | None = None
    """The diagram, with the places marked."""
