"""The contract of the store and of the services, under the strict profile. All other tests run
under it, on PostgreSQL, by `python3 tests --strict`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.engine.databases import Databases
from tests.engine.partitions.conftest import _opened
from tests.engine.services import (
    test_batches,
    test_calls,
    test_due,
    test_hands,
    test_holds,
    test_idempotency,
    test_instances,
    test_jobs,
    test_many,
    test_messages,
    test_migration,
    test_policies,
    test_restarts,
    test_retention,
    test_tasks,
    test_timers,
)
from tests.engine.storage import test_store

CONTRACT: tuple[ModuleType, ...] = (
    *(test_store, test_instances, test_calls, test_messages, test_idempotency, test_many),
    *(test_jobs, test_policies, test_due, test_timers, test_tasks, test_hands, test_holds),
    *(test_batches, test_migration, test_restarts, test_retention),
)


@pytest.fixture
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Databases]:
    """In memory, for speed."""
    yield from _opened("memory", request, tmp_path)


for _module in CONTRACT:
    _short = _module.__name__.rpartition(".test_")[2]
    for _name, _value in vars(_module).items():
        if _name.startswith("test_") and callable(_value):
            globals()[f"test_{_short}_{_name.removeprefix('test_')}"] = _value
        elif hasattr(_value, "_fixture_function"):
            globals().setdefault(_name, _value)
