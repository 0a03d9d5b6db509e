"""What several people come to do, each signed in, with one engine behind all of them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from engine import AuditQuery
from tests.kit import document
from tests.web.console.conftest import COUNT, Site, drawn, make_site, served_at, watch
from web.api.guard import hash_password
from web.application import create_app
from web.console import sessions

PASSWORD = "a long password"
MODEL = document(
    "<startEvent id='s'/><serviceTask id='pay' name='Charge' k:jobType='charge'/>"
    "<endEvent id='e'/>\ns -> pay -> e"
)
ROLES = {"boss": "admin", "ana": "operator", "ben": "operator", "vera": "viewer"}
SignedIn = Callable[[str], Page]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Console and API of one engine with four people."""
    made = make_site(tmp_path_factory.mktemp("house"), "order_fulfilment")
    made.engine.deploy({"p.bpmn": MODEL})
    for name, role in ROLES.items():
        made.engine.add_account(name, hash_password(PASSWORD), role)  # type: ignore[arg-type]
    made.client = create_app(made.engine, secret_key="s").test_client()
    with served_at(made):
        yield made


@pytest.fixture
def opened(
    chromium: Browser, house: Site, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Page]]:
    """Opens a fresh browser for somebody, which counts clicks."""
    monkeypatch.setattr(sessions, "_tries", sessions.Rates(0.1, clock=lambda: 0.0, burst=50))
    contexts = []

    def make(address: str) -> Page:
        context = chromium.new_context(base_url=house.url, viewport={"width": 1440, "height": 900})
        context.add_init_script(f"({COUNT})()")
        contexts.append((context, watch(tab := context.new_page())))
        tab.goto(address)
        return tab

    yield make
    for context, wrong in contexts:
        context.close()
        assert not [one for one in wrong if "409" not in one]


@pytest.fixture
def signed_in(opened: Callable[[str], Page]) -> SignedIn:
    def make(name: str) -> Page:
        tab = opened("/login")
        enter(tab, name)
        tab.wait_for_url(re.compile(r"/$"))
        return tab

    return make


def enter(tab: Page, name: str) -> None:
    tab.get_by_label("Name").fill(name)
    tab.get_by_label("Password").fill(PASSWORD)
    tab.keyboard.press("Enter")


@contextmanager
def clicks(tab: Page, journey: str, most: int) -> Iterator[None]:
    """At most so many presses; how long it took is told, and holds for nothing."""
    tab.evaluate("sessionStorage.clicks = 0")
    began = time.monotonic()
    yield
    count = int(tab.evaluate("Number(sessionStorage.clicks) || 0"))
    print(f"{journey}: {count} of {most} clicks, {time.monotonic() - began:.1f} s")
    assert count <= most


def test_who_signs_in_sees_the_worst_failures_first(
    opened: Callable[[str], Page], house: Site
) -> None:
    """Journey 1."""
    for number in range(3):
        house.start("order_fulfilment", order_id=f"W-{number}", payment_behaviour="down")
    tab = opened("/")
    tab.wait_for_url("**/login*")
    with clicks(tab, "J1", 1):
        enter(tab, "ana")
        card = tab.locator(".cards > li").first
        expect(card).to_contain_text("3 incidents: ")
        expect(card).to_contain_text("no answer from the card issuer")


def test_a_worker_that_stops_is_told_on_home_and_at_its_element(
    signed_in: SignedIn, house: Site
) -> None:
    """Journey 10: without a click, though nothing has moved."""
    house.engine.activate_jobs(["charge"], worker="till", wait=timedelta(0))
    id = house.engine.start("p", {}, business_key="STOPPED").id
    home, instance = signed_in("ana"), signed_in("ben")
    instance.goto(f"/instances/{id}")
    drawn(instance)
    alarm = home.locator(".cards > li", has_text="No worker for “charge”")
    step = instance.locator('.djs-element[data-element-id="pay"]')
    for tab in (home, instance):
        expect(tab.locator("[data-live]")).to_have_attribute("data-state", "live")
    expect(alarm).to_have_count(0)
    expect(step).not_to_have_class(re.compile("has-incident"))
    facts = house.engine.history(id).last
    with clicks(home, "J10", 0):
        house.hurry += timedelta(minutes=2)
        expect(alarm.locator(".is-incident")).to_be_visible(timeout=20_000)
        expect(step).to_have_class(re.compile("has-incident"), timeout=20_000)
    why = instance.locator("section[aria-labelledby=why]")
    expect(why).to_contain_text("No worker for “charge”: nobody asks for this work now.")
    assert house.engine.history(id).last == facts


def test_two_who_edit_one_variable_see_each_other(signed_in: SignedIn, house: Site) -> None:
    """Journey 32: told who, when, from what to what; nothing is overwritten unseen."""
    id = house.engine.start("p", {"amount": 10, "note": "x"}, business_key="BOTH").id
    ana, ben = signed_in("ana"), signed_in("ben")

    def change(tab: Page, text: str, reason: str) -> None:
        tab.locator("#new-variables").fill(text)
        tab.locator("#reason-change").fill(reason)
        tab.keyboard.press("Control+Enter")

    for tab in (ana, ben):
        tab.goto(f"/instances/{id}")
        tab.get_by_text("Change…").first.click()
    change(ana, '{"amount": 20}', "the price list")
    expect(ana.locator("main")).to_contain_text("Set amount")
    with clicks(ben, "J32", 2):
        change(ben, '{"amount": 30}', "my own")
        said = ben.locator("details.menu[open] .notice")
        expect(said).to_contain_text("amount was changed by ana")
        expect(said.locator("time")).to_have_attribute("datetime", re.compile("20"))
        expect(said.locator("code")).to_have_text(["10", "20"])
        assert house.engine.variables(id)[0].variables["amount"] == 20
        expect(ben.locator("#new-variables")).to_have_value('{"amount": 30}')
        expect(ben.locator("#reason-change")).to_have_value("my own")
        ben.locator("#reason-change").focus()
        ben.keyboard.press("Control+Enter")
        expect(ben.locator("main")).to_contain_text("Set amount")
    assert house.engine.variables(id)[0].variables["amount"] == 30
    acts = house.engine.audit(AuditQuery(verbs=("set_variables",), instance=id)).items
    assert [(act.by.name, act.reason) for act in acts] == [
        ("ben", "my own"),
        ("ana", "the price list"),
    ]


def test_how_work_is_tried_is_overridden_and_taken_back(signed_in: SignedIn, house: Site) -> None:
    tab = signed_in("ana")
    tab.goto("/processes/p/policies")
    with clicks(tab, "policy", 2):
        tab.get_by_text("Override…").first.click()
        panel = tab.locator("details.menu[open]")
        panel.get_by_label("Attempts").fill("7")
        panel.get_by_label("Reason").fill("a flaky bank")
        tab.keyboard.press("Control+Enter")
        expect(tab.locator("main")).to_contain_text("a flaky bank")
    assert house.engine.policies()
    with clicks(tab, "policy back", 2):
        tab.get_by_text("Take back…").first.click()
        tab.locator("details.menu[open]").get_by_label("Reason").fill("it is back")
        tab.keyboard.press("Control+Enter")
        expect(tab.locator(".flashes")).to_contain_text("Taken back")
    assert not house.engine.policies()


def test_work_is_held_back_and_let_go_on(signed_in: SignedIn, house: Site) -> None:
    house.engine.start("p", {})
    tab = signed_in("ana")
    tab.goto("/work")
    with clicks(tab, "hold", 2):
        row = tab.get_by_role("row").filter(has_text="charge")
        row.first.get_by_text("Hold…").click()
        tab.locator("details.menu[open]").get_by_label("Reason").fill("the bank is down")
        tab.keyboard.press("Control+Enter")
        expect(tab.locator(".flashes")).to_contain_text("is held back")
    assert house.engine.activate_jobs(["charge"], worker="w", wait=timedelta(0)) == []
    tab.goto("/policies")
    expect(tab.locator("main")).to_contain_text("the bank is down")
    with clicks(tab, "release", 2):
        tab.get_by_text("Let it go on…").click()
        tab.locator("details.menu[open]").get_by_label("Reason").fill("it is back")
        tab.keyboard.press("Control+Enter")
        expect(tab.locator(".flashes")).to_contain_text("It goes on")
    assert not house.engine.holds()


def test_a_view_that_one_shares_is_a_click_away_for_others(
    signed_in: SignedIn, house: Site
) -> None:
    house.engine.start("p", {}, business_key="SHARED")
    ana = signed_in("ana")
    ana.goto("/instances?q=key:SHARED")
    with clicks(ana, "view", 3):
        ana.get_by_text("Save view…").click()
        panel = ana.locator("details.menu[open]")
        panel.get_by_label("Name").fill("the shared one")
        panel.get_by_label("Share it with everybody").check()
        ana.keyboard.press("Control+Enter")
        expect(ana.locator("[data-views]")).to_contain_text("the shared one")
    vera = signed_in("vera")
    vera.goto("/instances?all=1")
    with clicks(vera, "view of another", 1):
        vera.locator("[data-views]").get_by_role("link", name="the shared one").click()
        expect(vera.locator("h1 + .muted")).to_have_text("1")
    assert "key:SHARED" in vera.url.replace("%3A", ":")


def test_a_secret_is_shown_to_who_may_see_it_with_a_reason(
    signed_in: SignedIn, house: Site
) -> None:
    id = house.engine.start("p", {"card_number": "4111 1111"}, business_key="SECRET").id
    ana, boss = signed_in("ana"), signed_in("boss")
    ana.goto(f"/instances/{id}")
    expect(ana.locator("main")).to_contain_text("card_number")
    assert "4111" not in ana.content()
    expect(ana.get_by_text("Reveal…")).to_have_count(0)
    boss.goto(f"/instances/{id}")
    assert "4111" not in boss.content()
    with clicks(boss, "reveal", 2):
        boss.get_by_role("link", name="Reveal…").first.click()
        boss.get_by_label("Reason").fill("a chargeback")
        boss.keyboard.press("Enter")
        expect(boss.locator("pre.value")).to_contain_text("4111 1111")
    (act,) = house.engine.audit(AuditQuery(verbs=("reveal",))).items
    assert (act.by.name, act.reason, act.target) == ("boss", "a chargeback", f"{id} card_number")
    boss.goto(f"/instances/{id}")
    assert "4111" not in boss.content()
