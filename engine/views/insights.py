"""How a process has done, by time, version and step."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from engine.views.overview import Usual


class Interval(Struct, frozen=True, kw_only=True):
    """What began and ended within one hour or day."""

    since: datetime
    started: int = 0
    completed: int = 0
    failed: int = 0
    cancelled: int = 0


class VersionInsight(Struct, frozen=True, kw_only=True):
    """What became of the instances of one version that moved within the time looked at."""

    version: int
    key: int
    running: int = 0
    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    usual: Usual | None = None
    """From start to completion; None where nothing completed."""


class StepInsight(Struct, frozen=True, kw_only=True):
    """What one flow node has seen."""

    element: str
    entered: int = 0
    completed: int = 0
    cancelled: int = 0
    retries: int = 0
    """Second and further attempts at its jobs."""
    incidents: int = 0
    compensated: int = 0
    usual: Usual | None = None
    """From entering to leaving; None where nothing left."""


class ProcessInsights(Struct, frozen=True, kw_only=True):
    """A process within a span of time up to now."""

    since: datetime
    intervals: list[Interval]
    """Without gaps, oldest first."""
    versions: list[VersionInsight]
    """Newest first."""
    steps: list[StepInsight]
    sampled: int
    """Instances whose records the steps are read from: those that moved last."""
    total: int
    """Instances that moved."""
