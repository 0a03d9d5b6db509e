from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.api.kit import Served, served


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path) as found:
        yield found
