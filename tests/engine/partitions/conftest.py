"""The strict profile, whatever the environment says; what it refuses fails the test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.storage.strict import Guard
from tests.engine.databases import Databases, postgresql
from tests.engine.services.house import clock, engine, nodes

__all__ = ["clock", "engine", "nodes", "postgresql"]


def _opened(
    kind: str, request: pytest.FixtureRequest, folder: Path, **options: str
) -> Iterator[Databases]:
    url = request.getfixturevalue("postgresql") if kind == "postgresql" else None
    opened = Databases(kind, folder, url, **(options or {"strict": "1"}))
    Guard.breaches.clear()
    yield opened
    opened.close()
    assert not Guard.breaches, "\n".join(dict.fromkeys(Guard.breaches))


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Databases]:
    yield from _opened(request.param, request, tmp_path)
