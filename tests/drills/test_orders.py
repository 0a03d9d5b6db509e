"""The order drill, short: a real server is killed and started again, and every account agrees."""

from __future__ import annotations

from pathlib import Path

from tests.drills.orders import run


def test_orders_end_as_foretold_although_the_server_is_killed(tmp_path: Path) -> None:
    report = run(tmp_path, count=40, kills=1)

    assert report.troubles == {"kill": 1}
    assert report.differences == []
    assert {"completed", "PAYMENT_DECLINED", "UNDELIVERABLE"} <= set(report.fates)


def test_so_they_do_on_two_nodes_although_one_and_the_database_are_killed(tmp_path: Path) -> None:
    report = run(tmp_path, count=40, kills=1, nodes=2, database_kills=1)

    assert report.troubles == {"kill": 1, "database": 1}
    assert report.differences == []
