"""Alerts in the console: made, tried over the past, told by the bell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from engine import Actor, AlertCondition, AlertRule
from tests.web.console.conftest import COUNT, Site, watch

ANA = Actor("ana", "console")
NONE_DONE = AlertCondition(
    kind="absence", query="process:order-fulfilment", within=timedelta(minutes=30)
)


@pytest.fixture
def rule(site: Site) -> AlertRule:
    return site.engine.add_alert_rule("No order", NONE_DONE, by=ANA)


def test_no_order_for_half_an_hour_is_made_tried_and_tested(
    chromium: Browser, served: Site
) -> None:
    """Journey 26: at most six clicks."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, base_url=served.url)
    page: Page = context.new_page()
    page.add_init_script(f"({COUNT})()")
    wrong = watch(page)
    served.start("order_fulfilment", order_id="A-1")
    page.goto("/")
    page.get_by_role("link", name="Alerts", exact=True).click()
    page.get_by_role("link", name="New alert…").click()
    page.get_by_role("link", name="Nothing happens").click()
    page.get_by_label("Of which instances").fill("process:order-fulfilment")
    page.get_by_role("button", name="Try it over the past").click()
    expect(page.get_by_text("Would not have fired")).to_be_visible()
    expect(page.get_by_text("Quiet now")).to_be_visible()
    page.get_by_role("button", name="Watch it").click()
    expect(page.get_by_text("is watched from now on")).to_be_visible()
    page.get_by_role("button", name="Send a test").click()
    expect(page.locator("#bell .count")).to_have_text("1")
    assert page.evaluate("Number(sessionStorage.clicks)") <= 6
    context.close()
    assert not wrong
    (fired,) = served.engine.bell().items
    assert fired.is_test


@pytest.fixture
def phone(chromium: Browser, served: Site) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, base_url=served.url)
    yield context.new_page()
    context.close()


def test_nothing_is_wider_than_a_phone(phone: Page, served: Site) -> None:
    rule = served.engine.add_alert_rule("No order within half an hour", NONE_DONE, by=ANA)
    served.engine.fire_test(rule.id)
    for address in (
        "/alerts",
        "/alerts/new",
        "/alerts/new?kind=absence",
        f"/alerts/rules/{rule.id}",
    ):
        phone.goto(address)
        assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth"), address


def test_the_list_shows_what_fires_and_who_looks_after_it(site: Site, rule: AlertRule) -> None:
    site.engine.watch_alerts()
    shown = site.text("/alerts")
    assert "Firing" in shown
    assert "No instance completed within 30 min: process:order-fulfilment" in shown
    (fired,) = site.engine.alerts().items
    site.post(f"/alerts/{fired.id}/seen")
    assert "Looked after" in site.text("/alerts")
    assert "none fires" in site.text("/alerts/bell")


def test_a_form_with_a_mistake_stays_open_and_says_what_would_do(site: Site) -> None:
    given = {"kind": "absence", "query": "process:p", "within": "soon", "every": "1m"}
    refused = site.post("/alerts/new", **given)
    assert refused.status_code == 422
    assert "a span, such as 30m" in refused.text
    refused = site.post("/alerts/new", **{**given, "within": "30m", "query": "status:nope"})
    assert refused.status_code == 422
    assert "no such status" in refused.text
    assert site.engine.alert_rules().total == 0
    assert "no such status" in site.text(
        "/alerts/new?kind=count&every=1m&threshold=1&query=is:nope status:nope"
    )


def test_a_rule_is_changed_silenced_turned_off_and_removed(site: Site, rule: AlertRule) -> None:
    address = f"/alerts/rules/{rule.id}"
    given = {"query": "", "event": "started", "within": "2h", "every": "5m", "name": "None"}
    answer = site.post(f"{address}/edit", **given)
    assert answer.status_code == 303, answer.text
    changed = site.engine.alert_rule(rule.id)
    assert (changed.name, changed.every) == ("None", timedelta(minutes=5))
    assert (changed.condition.event, changed.condition.within) == ("started", timedelta(hours=2))
    site.post(address, do="silence", **{"for": "4h"})
    assert "Silenced" in site.text(address)
    site.post(address, do="speak")
    assert site.engine.alert_rule(rule.id).silenced_until is None
    site.post(address, do="off")
    assert "Turn on" in site.text(address)
    site.post(address, do="remove")
    site.text(address, status=404)
    verbs = [one.verb for one in site.engine.audit().items]
    assert verbs[0] == "remove_alert_rule"


@pytest.mark.parametrize(
    "kind", ["absence", "count", "age", "failure_rate", "no_worker", "queue_lag", "node_lost"]
)
def test_each_kind_has_its_form_tried_at_once(site: Site, kind: str) -> None:
    shown = site.text(f"/alerts/new?kind={kind}")
    assert "What it would have told" in shown
    said = "Nothing can be said of the past" if kind in LIVE_ONLY else "recorded instances"
    assert said in shown
    answer = site.post("/alerts/new", kind=kind, every="1m", within="1h", threshold="1")
    assert answer.status_code == 303, answer.text


LIVE_ONLY = {"no_worker", "queue_lag", "node_lost"}
