"""Repair: causes, one tried first, many at once, and whether it has helped."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from engine import HistoryEntry, IncidentQuery
from tests.web.console.conftest import STORY, Site
from web.console.common_ground import common
from web.console.verified import outcome

ORDER = STORY["order_fulfilment"].process_id


def stuck(site: Site, count: int) -> list[int]:
    """Orders that find the card issuer down."""
    return [
        site.start("order_fulfilment", order_id=f"A-{n}", payment_behaviour="down")
        for n in range(count)
    ]


def group_address(site: Site) -> str:
    (address,) = set(re.findall(r'href="(/incidents/groups/\w+)"', site.text("/incidents")))
    return address


def fact(number: int, kind: str, *, token: int = 7, subscription: int = 9, **detail: Any) -> Any:
    return HistoryEntry(
        number=number,
        at=datetime(2026, 11, 21, tzinfo=UTC),
        step=number,
        kind=kind,
        element="pay",
        token=token,
        scope=1,
        subscription=subscription,
        detail=detail,
    )


RETRY = fact(1, "intervention", verb="retry")


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        ([], "pending"),
        ([fact(2, "resolved"), fact(3, "attempt", error="no")], "pending"),
        ([fact(2, "attempt"), fact(3, "caught")], "healed"),
        ([fact(2, "incident", message="no")], "failed"),
        ([fact(2, "parked", subscription=12, message="no")], "failed"),
        ([fact(2, "cancelled")], "stopped"),
        ([fact(2, "incident", token=8, subscription=10), fact(3, "left")], "healed"),
    ],
)
def test_what_became_of_a_retry_is_read_from_what_was_recorded(
    facts: list[Any], verdict: str
) -> None:
    before = [fact(0, "incident", message="no")]
    assert outcome([*before, RETRY, *facts], 9).verdict == verdict
    assert outcome(facts, 9).verdict == "pending"


def test_a_value_that_only_failing_ones_have_is_told() -> None:
    failing = [{"bank": "N", "amount": n, "who": {"land": "DE"}} for n in range(10)]
    others = [{"bank": "S", "amount": n, "who": {"land": "DE"}} for n in range(10)]
    (told,) = common(failing, others)
    assert (told.name, told.value, told.failing, told.others) == ("bank", "N", 100, 0)
    assert common(failing[:1], others) == []
    assert common(failing, []) == []


def test_incidents_of_one_cause_are_one_line(site: Site) -> None:
    stuck(site, 3)
    site.start("order_fulfilment", order_id="FINE", payment_behaviour="works")
    text = site.text(group_address(site))
    assert "3 incidents" in text
    assert "no answer from the card issuer" in text
    assert "payment_behaviour" in text  # what they share, and the other has not
    assert "Authorise payment" in text


def test_one_is_tried_first_and_its_outcome_told(site: Site) -> None:
    stuck(site, 3)
    address = group_address(site)
    refused = site.post(f"{address}/probe")
    assert "Say why" in site.text(refused.headers["Location"])
    site.is_healed = True
    answer = site.post(f"{address}/probe", reason="the issuer is back")
    assert "not known yet" in site.text(answer.headers["Location"])
    site.settle()
    text = site.text(answer.headers["Location"])
    assert "Healed: it went on" in text
    assert "Retry the other 2…" in text
    assert site.engine.incidents(IncidentQuery()).total == 2


def test_one_that_fails_again_is_told_with_its_error(site: Site) -> None:
    stuck(site, 2)
    answer = site.post(f"{group_address(site)}/probe", reason="perhaps")
    site.settle()
    text = site.text(answer.headers["Location"])
    assert "Failed again" in text
    assert "the same error as before" in text


def test_a_group_that_is_gone_is_explained(site: Site) -> None:
    assert "no incident of this kind" in site.text("/incidents/groups/abc", 404)


def test_many_are_tried_again_as_previewed_and_the_counts_add_up(site: Site) -> None:
    stuck(site, 4)
    group = site.text(group_address(site))
    frozen = re.search(r'<textarea hidden name="targets">([\d,]+)<', group)
    assert frozen is not None
    preview = site.post("/bulk", kind="retry", targets=frozen[1])
    assert "4 of 4 tried would work" in preview.text
    assert site.engine.incidents(IncidentQuery()).total == 4
    without = site.post("/bulk", kind="retry", targets=frozen[1], run="yes")
    assert without.status_code == 422
    site.is_healed = True
    given = {"targets": frozen[1], "run": "yes", "reason": "the issuer is back"}
    answer = site.post("/bulk", kind="retry", **given)
    assert answer.status_code == 303
    site.settle()
    text = site.text(answer.headers["Location"])
    assert re.search(r'>Done <span class="number">4<', text)
    assert re.search(r'>Failed <span class="number">0<', text)
    assert text.count("Ended, completed") == 4
    assert "the issuer is back" in site.text("/batches")


def test_all_that_fit_are_frozen_when_they_are_shown(site: Site) -> None:
    ids = stuck(site, 2)
    shown = site.post("/bulk", kind="suspend", all="yes", q="is:incident")
    stuck(site, 1)
    assert f"{ids[0]},{ids[1]}</textarea>" in shown.text
    assert "2 of 2 tried would work" in shown.text


def test_what_cannot_be_done_is_told_before(site: Site) -> None:
    one, two = stuck(site, 2)
    site.engine.suspend(one, reason="audit")
    preview = site.post("/bulk", kind="suspend", targets=f"{one},{two}")
    assert "1 of 2 tried would work" in preview.text
    assert "is suspended already" in preview.text


def test_instances_go_on_with_another_version(site: Site) -> None:
    one, two = stuck(site, 2)
    file = STORY["order_fulfilment"].files["order_fulfilment.bpmn"].read_bytes()
    site.engine.deploy({"order_fulfilment.bpmn": file.replace(b"Validate order", b"Check order")})
    asked = site.post("/bulk", kind="migrate", targets=f"{one},{two}")
    (target,) = re.findall(r'<option value="(\d+)">version 2', asked.text)
    shown = site.post("/bulk", kind="migrate", targets=f"{one},{two}", target=target)
    assert "2 of 2 tried would work" in shown.text
    answer = site.post(
        "/bulk", kind="migrate", targets=f"{one},{two}", target=target, reason="new", run="yes"
    )
    site.settle()
    assert site.engine.instance(one).head.version == 2
    site.text(answer.headers["Location"])


def test_a_batch_is_paused_resumed_and_cancelled(site: Site) -> None:
    ids = stuck(site, 3)
    answer = site.post(
        "/bulk",
        kind="suspend",
        targets=",".join(map(str, ids)),
        reason="audit",
        run="yes",
        per_second="1",
    )
    address = answer.headers["Location"]
    site.post(f"{address}/pause")
    assert "Paused" in site.text(address)
    site.post(f"{address}/resume")
    assert "Running" in site.text(address)
    site.post(f"{address}/cancel")
    assert "Running" in site.text(address)
    site.post(f"{address}/cancel", reason="enough")
    assert "Cancelled" in site.text(address)
    assert re.search(r'>Left <span class="number">0<', site.text(address))


def test_nothing_ticked_is_said(site: Site) -> None:
    answer = site.post("/bulk", kind="retry")
    assert "Nothing was ticked" in site.text(answer.headers["Location"])
    assert site.post("/bulk", kind="explode", targets="1").status_code == 422
