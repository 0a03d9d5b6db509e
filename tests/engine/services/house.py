"""An engine on each database, with a clock that a test moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine import Engine, Handlers
from tests.engine.databases import Databases
from tests.kit import document


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2030, 1, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Nodes:
    """Engines that share the test's database."""

    def __init__(self, databases: Databases, clock: Clock) -> None:
        self._databases = databases
        self._clock = clock
        self._opened: list[Engine] = []

    @property
    def kind(self) -> str:
        return self._databases.kind

    @property
    def url(self) -> str:
        return self._databases.url

    @property
    def clock(self) -> Clock:
        return self._clock

    def engine(
        self,
        handlers: Handlers | None = None,
        *,
        clock: Callable[[], datetime] | None = None,
        **settings: Any,
    ) -> Engine:
        """A further engine; of a database in memory there can be only one."""
        if not self._opened:
            self._databases.store().close()
        engine = Engine(
            self._databases.url,
            handlers,
            clock=clock or self._clock,
            partitions=1024,
            **settings,
        )
        engine.migrate()
        self._opened.append(engine)
        return engine

    def close(self) -> None:
        for engine in self._opened:
            engine.close()


@pytest.fixture
def nodes(databases: Databases, clock: Clock) -> Iterator[Nodes]:
    opened = Nodes(databases, clock)
    yield opened
    opened.close()


@pytest.fixture
def engine(nodes: Nodes) -> Engine:
    return nodes.engine()


def deploy(engine: Engine, xml: str, roots: str = "", **more: bytes) -> None:
    """Deploy process `p` with this inside; `more`: further files by name without ending."""
    files = {f"{name}.bpmn": content for name, content in more.items()}
    engine.deploy({"p.bpmn": document(xml, roots), **files})


def elements(engine: Engine, instance: int) -> list[str]:
    """Where the tokens are."""
    return engine.instance(instance).head.elements


def kinds(engine: Engine, instance: int) -> list[str]:
    """What was recorded, by kind."""
    return [entry.kind for entry in engine.history(instance).items]


def values(engine: Engine, instance: int) -> dict[str, Any]:
    """The process variables."""
    return dict(engine.variables(instance)[0].variables)


def job(engine: Engine, type: str = "work", **options: Any) -> Any:
    """The one job of a type that can be had now."""
    (found,) = engine.activate_jobs([type], worker="w", **options)
    return found


def task(engine: Engine) -> int:
    """The one open task."""
    (found,) = engine.tasks().items
    return found.id
