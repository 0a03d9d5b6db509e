"""The disk is full: whoever was told so has lost nothing, and work goes on when there is room."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import Engine, InstanceQuery, Unavailable
from tests.engine.services.house import deploy
from tests.engine.services.test_retention import WAITS

ROOM = 40
"""Pages that are left."""


def allow(engine: Engine, pages: int) -> None:
    """Let the database's file have so many pages, as a full disk would."""
    store = engine._shell.store
    with store.transaction() as transaction:
        connection = transaction.connection
        used = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {used + pages}")


def test_a_full_disk_refuses_and_loses_nothing(tmp_path: Path) -> None:
    large = {"text": "x" * 20_000}
    with Engine(f"sqlite:///{tmp_path}/engine.db") as engine:
        engine.migrate()
        deploy(engine, WAITS)
        allow(engine, ROOM)
        acknowledged = []

        def fill() -> None:
            for n in range(ROOM):
                engine.start("p", large, business_key=f"B{n}", idempotency_key=f"B{n}")
                acknowledged.append(f"B{n}")

        with pytest.raises(Unavailable, match="full"):
            fill()
        assert 0 < len(acknowledged) < ROOM
        kept = engine.instances(InstanceQuery()).items
        assert {instance.business_key for instance in kept} == set(acknowledged)
        allow(engine, 100 * ROOM)
        for n in range(ROOM):
            engine.start("p", large, business_key=f"B{n}", idempotency_key=f"B{n}")
        assert engine.instances(InstanceQuery()).total == ROOM
        for task in engine.tasks().items:
            engine.complete_task(task.id)
