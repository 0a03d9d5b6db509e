"""How a process has done, by time, version and step."""

from __future__ import annotations

from datetime import datetime, timedelta

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


class Band(Struct, frozen=True, kw_only=True):
    """Instances that took, or are open, for up to so long, and for longer than the band before."""

    until: timedelta | None
    """None: however long."""
    count: int = 0


class Way(Struct, frozen=True, kw_only=True):
    """What ended instances have in common that passed the same flow nodes, in whatever order and
    however often."""

    steps: list[str]
    """The flow nodes in the order in which the latest of them first came there."""
    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    usual: Usual | None = None
    """From start to completion; None where nothing completed."""
    latest: int
    """An instance that went there: the one that moved last."""


class Effort(Struct, frozen=True, kw_only=True):
    """What it took, beyond the way itself, within one hour or day."""

    since: datetime
    retries: int = 0
    incidents: int = 0
    compensated: int = 0


class ProcessInsights(Struct, frozen=True, kw_only=True):
    """A process within a span of time up to now."""

    since: datetime
    intervals: list[Interval]
    """Without gaps, oldest first."""
    versions: list[VersionInsight]
    """Newest first."""
    steps: list[StepInsight]
    durations: list[Band]
    """Of those that completed."""
    ages: list[Band]
    """Of all that are open now, whether they moved or not."""
    efforts: list[Effort]
    """Of the same hours or days as the intervals, from the records as the steps are."""
    ways: list[Way]
    """The most frequent first, from the records as the steps are."""
    other_ways: int
    """Ended instances that went ways which are not listed."""
    sampled: int
    """Instances whose records the steps are read from: those that moved last."""
    total: int
    """Instances that moved."""
