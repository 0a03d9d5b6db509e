"""Every test here runs twice: as it is, and with the rows reloaded after every step."""

from __future__ import annotations

import pytest

from tests.kit import Drive


@pytest.fixture(autouse=True, params=[False, True], ids=["live", "reloaded"])
def _reloads(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Drive, "reloads", request.param)
