"""`Engine`: the only door. Every walk, of a person, a program or a worker, begins with a method of
it; they stand in `engine.services`, one file a concern."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from engine.handlers import Handlers
from engine.services import due
from engine.services.access import AccessMethods
from engine.services.alerts import AlertMethods
from engine.services.batches import BatchMethods
from engine.services.conditions import ConditionMethods
from engine.services.decisions import DecisionMethods
from engine.services.definitions import DefinitionMethods
from engine.services.figures import FigureMethods
from engine.services.form_lists import FormLists
from engine.services.forms import FormMethods
from engine.services.hands import HandMethods
from engine.services.holds import HoldMethods
from engine.services.incident_groups import IncidentGroupMethods
from engine.services.incidents import IncidentMethods
from engine.services.insights import InsightMethods
from engine.services.instance_facets import FacetMethods
from engine.services.instance_lists import InstanceLists
from engine.services.instance_views import InstanceViews
from engine.services.instances import InstanceMethods
from engine.services.jobs import JobMethods
from engine.services.known_variables import KnownVariableMethods
from engine.services.many import ManyMethods
from engine.services.masks import MaskMethods
from engine.services.message_lists import MessageLists
from engine.services.messages import MessageMethods
from engine.services.migration import MigrationMethods
from engine.services.overview import OverviewMethods
from engine.services.performance import PerformanceMethods
from engine.services.policies import PolicyMethods
from engine.services.process_lists import ProcessLists
from engine.services.restarts import RestartMethods
from engine.services.retention import RetentionMethods
from engine.services.reviews import ReviewMethods
from engine.services.routes import RouteMethods
from engine.services.saved_views import SavedViewMethods
from engine.services.shell import Settings, Shell
from engine.services.start_advice import StartAdviceMethods
from engine.services.task_lists import TaskLists
from engine.services.task_notes import TaskNoteMethods
from engine.services.tasks import TaskMethods
from engine.services.timers import TimerMethods
from engine.services.trials import TrialMethods
from engine.services.webhooks import WebhookMethods
from engine.services.work_lists import WorkLists
from engine.storage.distribution import distribute
from engine.storage.store import Store


class Engine(
    DefinitionMethods,
    ReviewMethods,
    DecisionMethods,
    InstanceMethods,
    ManyMethods,
    HandMethods,
    MigrationMethods,
    RestartMethods,
    BatchMethods,
    HoldMethods,
    PolicyMethods,
    JobMethods,
    StartAdviceMethods,
    TaskMethods,
    TaskNoteMethods,
    FormMethods,
    FormLists,
    TrialMethods,
    KnownVariableMethods,
    MessageMethods,
    ConditionMethods,
    FigureMethods,
    IncidentMethods,
    IncidentGroupMethods,
    TimerMethods,
    OverviewMethods,
    InsightMethods,
    PerformanceMethods,
    ProcessLists,
    RetentionMethods,
    RouteMethods,
    TaskLists,
    WorkLists,
    MessageLists,
    InstanceViews,
    InstanceLists,
    FacetMethods,
    WebhookMethods,
    AlertMethods,
    AccessMethods,
    SavedViewMethods,
    MaskMethods,
):
    """A process engine over one database. Any number of them may share it.

    `url` is `sqlite://` (in memory, for tests), `sqlite:///FILE` or `postgresql://USER@HOST/NAME`.
    `clock` gives aware UTC moments in the place of the database's clock. Settings are those of
    `engine.services.shell.Settings`.

    May be used by any number of threads. A method that changes something returns when it is
    committed; one that raises has changed nothing.
    """

    def __init__(
        self,
        url: str = "sqlite://",
        handlers: Handlers | None = None,
        *,
        clock: Callable[[], datetime] | None = None,
        partitions: int | None = None,
        **settings: Any,
    ) -> None:
        store = Store(url, clock=clock, partitions=partitions)
        self._shell = Shell(store, Settings(**settings))
        self.handlers = handlers if handlers is not None else Handlers()
        self._shell.handlers = self.handlers
        self.node = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:6]}"
        if store.profile.shares_connection:
            store.migrate()

    def migrate(self) -> None:
        """Create or upgrade the database's tables."""
        self._shell.store.migrate()

    def distribute(self, *, dry_run: bool = False) -> list[str]:
        """Spread the tables of a distributed database over its machines; what was said to it, or,
        in a dry run, would be. Raises Conflict where it is not distributed."""
        return distribute(self._shell.store, dry_run=dry_run)

    def run_due(self, limit: int = 1000) -> int:
        """Do what is due now, in passes until nothing is, up to `limit`; how much was done.

        For tests and tools: a `Worker` does this all the time.
        """
        done = 0
        while done < limit and (found := due.run_due(self._shell, limit - done)):
            done += found
        return done + self.watch_alerts(max(limit - done, 0))

    def sweep(self) -> int:
        """Forget answers and messages past their time; how many. A `Worker` does this."""
        return due.sweep(self._shell)

    def ping(self, timeout: timedelta = timedelta(seconds=2)) -> None:
        """Raises Unavailable when the database does not answer in time."""
        self._shell.store.ping(timeout.total_seconds())

    def close(self) -> None:
        """Let go of the database."""
        if self._deliveries is not None:
            self._deliveries.close()
        self._shell.lookout.close()
        self._shell.store.close()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
