"""What a process that imports the engine has to wait for."""

from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import sys
sys.modules["psycopg"] = None  # as if the extra were not installed
from engine import Engine, Worker
with Engine("sqlite://") as engine:
    engine.migrate()
print(*sorted(sys.modules))
"""


@pytest.fixture(scope="module")
def imported() -> set[str]:
    """Modules that a node of SQLite has imported, where psycopg is not installed."""
    found = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    return set(found.stdout.split())


@pytest.mark.parametrize("name", ["httpx", "croniter", "engine.storage.watch"])
def test_what_only_some_need_is_imported_by_them(imported: set[str], name: str) -> None:
    assert "engine.facade" in imported
    assert name not in imported
