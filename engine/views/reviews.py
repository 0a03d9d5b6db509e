"""What deploying files would change."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from bpmn.differences import Changed, Difference
from engine.views.definitions import Problem
from engine.views.reports import FileReport

__all__ = [
    "Changed",
    "Difference",
    "NewDecision",
    "NewForm",
    "NewVersion",
    "Review",
    "Unserved",
]


class NewVersion(Struct, frozen=True, kw_only=True):
    """What would become of one process of a file."""

    process_id: str
    name: str | None
    file: str
    outcome: Literal["first", "unchanged", "layout", "new"]
    """first: unknown so far; layout: the latest version is drawn anew; new: one version more."""
    version: int
    """The one that would be the latest then."""
    latest: int | None = None
    """Key of the latest version now."""
    differences: list[Difference] = []
    """Against the latest version now."""
    running: dict[int, int] = {}
    """Instances that are running, by version; they stay on theirs."""


class NewDecision(Struct, frozen=True, kw_only=True):
    """What would become of one decision of a file."""

    decision_id: str
    name: str | None
    file: str
    outcome: Literal["first", "unchanged", "new"]
    version: int
    """The one that would be the latest then."""


class NewForm(Struct, frozen=True, kw_only=True):
    """What would become of one form."""

    form_id: str
    file: str
    outcome: Literal["first", "unchanged", "new"]
    version: int


class Unserved(Struct, frozen=True, kw_only=True):
    """A type of job that the files ask for and that no worker and no handler serves."""

    type: str
    elements: list[str]
    nearly: str | None = None
    """A type that is served and almost the same."""


class Review(Struct, frozen=True, kw_only=True):
    """What a deployment would do."""

    problems: list[Problem]
    reports: list[FileReport]
    processes: list[NewVersion]
    unserved: list[Unserved]
    decisions: list[NewDecision] = []
    forms: list[NewForm] = []
