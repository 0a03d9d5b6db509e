from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.models import SHORT
from tests.web.api.kit import Served, served


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Served]:
    """A live server with the process `short`."""
    with served(tmp_path) as found:
        found.engine.deploy({"short.bpmn": SHORT})
        yield found
