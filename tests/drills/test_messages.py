"""The message drill, short: what a killed node published is heard once, in its order."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.drills.messages import run
from tests.engine.databases import emptied, postgresql

__all__ = ["postgresql"]

FORGETFUL = """
from engine.services import messages
messages.dedup_of = lambda name, key, message_id: None
"""


@pytest.mark.parametrize("is_strict", [False, True])
def test_each_message_is_heard_once_in_order_although_nodes_are_killed(
    postgresql: sa.URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_strict: bool
) -> None:
    monkeypatch.setenv("KAPELLMEISTER_STRICT", "1" if is_strict else "")
    report = run(emptied(postgresql), tmp_path, keys=8, each=6, kills=2)

    assert (report.is_strict, report.differences) == (is_strict, [])


def test_a_forgotten_message_id_is_caught(
    postgresql: sa.URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAPELLMEISTER_STRICT", "")
    report = run(emptied(postgresql), tmp_path, keys=4, each=6, kills=1, nodes=1, plant=FORGETFUL)

    assert report.differences
