"""The undo window: held commands are taken back in time, or done once with who and why."""

from __future__ import annotations

import re

import pytest

from engine import AuditQuery, BatchOrder
from tests.web.console.conftest import Site


def stuck(site: Site) -> int:
    return site.start("order_fulfilment", payment_behaviour="down")


def undo(site: Site, id: int) -> str:
    """Presses the button that the page offers."""
    found = re.search(rf'action="(/instances/{id}/undo/\d+)"', site.text(f"/instances/{id}"))
    assert found is not None
    answer = site.post(found[1])
    assert answer.status_code == 303
    return found[1]


@pytest.mark.parametrize("how", ["stop", "compensate"])
def test_what_is_taken_back_in_time_has_changed_nothing(site: Site, how: str) -> None:
    id = stuck(site)
    before = (site.engine.instance(id), site.engine.history(id).last)
    site.post(f"/instances/{id}/cancel", reason="ordered twice", how=how)
    site.skip(seconds=9)
    assert "ordered twice" in site.text(f"/instances/{id}")
    undo(site, id)
    site.skip(seconds=60)
    assert (site.engine.instance(id), site.engine.history(id).last) == before
    text = site.text(f"/instances/{id}")
    assert "Taken back: nothing was changed" in text
    assert "/undo/" not in text


def test_what_is_not_taken_back_is_compensated_and_audited(site: Site) -> None:
    id = stuck(site)
    site.post(f"/instances/{id}/cancel", reason="customer left", how="compensate", key="k-1")
    site.post(f"/instances/{id}/cancel", reason="customer left", how="compensate", key="k-1")
    address = f"/instances/{id}/undo/{site.engine.held(id)[0].id}"
    site.skip(seconds=11)
    assert "Undoing Reserve stock" in site.text(f"/instances/{id}")
    (act,) = site.engine.audit(AuditQuery(verbs=("abandon",))).items
    assert act.by.name == "operator"
    assert (act.reason or "").startswith("customer left")
    site.post(address)
    assert "Too late to take it back" in site.text(f"/instances/{id}")


def test_a_plan_is_held_and_what_it_cannot_do_is_said_at_once(site: Site) -> None:
    id = stuck(site)
    token = site.engine.instance(id).tokens[0].id
    plan = {"plan": f"move~{token}~ReserveStock", "reason": "once more"}
    site.post(f"/instances/{id}/modify", **plan)
    assert site.engine.instance(id).head.elements == ["AuthorisePayment"]
    undo(site, id)
    site.skip(seconds=11)
    assert site.engine.instance(id).head.elements == ["AuthorisePayment"]
    site.post(f"/instances/{id}/modify", **plan)
    site.skip(seconds=11)
    assert site.engine.audit(AuditQuery(verbs=("modify",))).total == 1
    site.engine.cancel(id, reason="enough")
    assert site.post(f"/instances/{id}/cancel", reason="again").status_code == 409
    assert site.engine.held(id) == []


def test_a_batch_is_taken_back_whole_until_it_begins(site: Site) -> None:
    ids = [stuck(site), stuck(site)]
    chosen = {"kind": "cancel", "instance": [str(id) for id in ids]}
    drawer = site.post("/bulk", **chosen).text
    assert re.search(r'name="delay"[^>]*value="10"', drawer)
    made = site.post("/bulk", **chosen, reason="recalled", run="yes", delay="10", per_second="9")
    address = made.headers["Location"]
    page = site.text(address)
    assert "It begins" in page
    site.post(f"{address}/undo")
    site.skip(seconds=60)
    assert {site.engine.instance(id).head.state for id in ids} == {"active"}
    assert "Taken back: nothing was changed" in site.text(address)


def test_nobody_undoes_what_is_another_instances(site: Site) -> None:
    one, other = stuck(site), stuck(site)
    made = site.engine.create_batch(BatchOrder(kind="suspend"), targets=[one], reason="x")
    site.post(f"/instances/{other}/undo/{made.id}")
    site.settle()
    assert site.engine.instance(one).head.suspended
