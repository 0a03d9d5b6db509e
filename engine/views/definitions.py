"""What is deployed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct


class Problem(Struct, frozen=True, kw_only=True):
    """What stands against a file, or is odd about it."""

    message: str
    rule: str = "unreadable"
    severity: Literal["error", "warning", "info"] = "error"
    """Only errors keep a file from being deployed."""
    file: str | None = None
    element: str | None = None
    line: int | None = None
    clause: str | None = None
    """Of BPMN 2.0.2, or of another standard that is then named."""
    remedy: str | None = None

    def __str__(self) -> str:
        place = f"{self.file or 'file'}:{self.line}: " if self.line else ""
        if self.file and not self.line:
            place = f"{self.file}: "
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{place}{self.message}{remedy}"


class DeployedProcess(Struct, frozen=True, kw_only=True):
    """A process of a deployment, as it is stored now."""

    key: int
    """The definition's: one version of one process."""
    process_id: str
    name: str | None
    version: int
    is_new: bool
    """False where what runs is what the latest version has already."""
    resource: str
    """File name."""
    is_executable: bool = True
    """False for what is only shown: a drawing, a choreography, a conversation."""


class DeployedDecision(Struct, frozen=True, kw_only=True):
    key: int
    decision_id: str
    name: str | None
    version: int
    is_new: bool
    resource: str


class Deployment(Struct, frozen=True, kw_only=True):
    """An act of storing files, and what came of it."""

    id: int
    at: datetime
    by: str
    processes: list[DeployedProcess] = []
    decisions: list[DeployedDecision] = []
    forms: list[str] = []
    """Form ids."""
    warnings: list[Problem] = []


class DefinitionView(Struct, frozen=True, kw_only=True):
    """One version of one process."""

    key: int
    process_id: str
    name: str | None
    version: int
    version_tag: str | None
    is_latest: bool
    deployment: int
    deployed: datetime
    deployed_by: str
    resource: str
    dialect: str
    documentation: str | None = None
    start_form: Mapping[str, Any] | None = None
    elements: Mapping[str, str] = {}
    """Name, or else id, by element id; of flow nodes only."""
    kinds: Mapping[str, str] = {}
    """What each flow node is: `ServiceTask`, `ParallelGateway`, ... by element id."""
    job_types: list[str] = []
    messages: list[str] = []
    is_executable: bool = True
    """False for what is only shown."""


class ProcessSummary(Struct, frozen=True, kw_only=True):
    """A process, by its latest version."""

    process_id: str
    name: str | None
    key: int
    version: int
    versions: int
    deployed: datetime
    active: int
    incidents: int
    completed: int
    failed: int
    cancelled: int
    is_executable: bool = True
    """False for what is only shown."""


class ElementStatistics(Struct, frozen=True, kw_only=True):
    """What one flow node of one version has seen."""

    element: str
    tokens: int = 0
    """In it now."""
    incidents: int = 0
    """In it now."""
    entered: int = 0
    completed: int = 0
    cancelled: int = 0
