"""The outage drill, short: nobody hangs, nothing is lost, and the other node takes over."""

from __future__ import annotations

from pathlib import Path

from tests.drills.outages import run


def test_callers_hear_that_there_is_no_database_and_another_node_takes_over(tmp_path: Path) -> None:
    report = run(tmp_path, away=3, count=30)

    assert report.differences == []
    assert report.held
    for trouble, answers, *_ in report.rows:
        assert "503" in answers, trouble
