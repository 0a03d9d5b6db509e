"""The console in a real browser: the diagram, live updates, keys."""

from __future__ import annotations

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.web.console.conftest import STORY, Site, drawn
from tests.web.console.screens import HOSTILE

ORDER = STORY["order_fulfilment"].process_id


@pytest.fixture(scope="module")
def addresses(served: Site) -> dict[str, str]:
    """An instance in an incident, and others of all kinds around it."""
    stuck = served.start("order_fulfilment", order_id="STUCK", payment_behaviour="down")
    served.start("order_fulfilment", order_id="DECLINED", payment_behaviour="decline")
    served.start("order_fulfilment", order_id=HOSTILE, customer=HOSTILE, payment_behaviour="down")
    return {"instance": f"/instances/{stuck}"}


def test_the_skip_link_comes_first_and_leads_to_the_content(page: Page, served: Site) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_what_was_entered_is_shown_and_never_run(page: Page, addresses: dict[str, str]) -> None:
    page.goto("/instances")
    page.get_by_text(HOSTILE).first.click()
    drawn(page)
    assert page.locator("h1").inner_text() == HOSTILE
    assert page.locator("img").count() == 0


def test_the_diagram_draws_what_was_recorded(page: Page, addresses: dict[str, str]) -> None:
    page.goto(addresses["instance"])
    drawn(page)
    stands = page.locator('[data-element-id="AuthorisePayment"]').first
    passed = page.locator('[data-element-id="ReserveStock"]').first
    assert "has-incident" in (stands.get_attribute("class") or "")
    assert "visited" in (passed.get_attribute("class") or "")
    taken = page.locator(".djs-connection.taken").count()
    assert taken == 3  # to validation, to the stock, to the payment
    assert page.locator(".badge.is-incident").inner_text() == "1"


def test_choosing_an_element_is_in_the_address_and_in_the_lists(
    page: Page, addresses: dict[str, str]
) -> None:
    page.goto(addresses["instance"])
    drawn(page)
    page.locator('[data-element-id="ReserveStock"] .djs-hit').first.click()
    page.wait_for_url("**?el=ReserveStock")
    expect(page.locator(".inspector h2").first).to_have_text("Reserve stock")
    page.reload()
    drawn(page)
    expect(page.locator(".inspector h2").first).to_have_text("Reserve stock")
    chosen = page.locator('[data-element-id="ReserveStock"]').first
    assert "chosen" in (chosen.get_attribute("class") or "")
    page.get_by_role("link", name="Validate order").click()
    page.wait_for_url("**?el=ValidateOrder")
    expect(page.locator(".inspector h2").first).to_have_text("Validate order")


def test_the_diagram_is_walked_by_keyboard(page: Page, addresses: dict[str, str]) -> None:
    page.goto(addresses["instance"])
    drawn(page)
    page.locator(".djs-container > svg").focus()
    names = []
    for _ in range(4):
        page.keyboard.press("ArrowRight")
        names.append(page.evaluate("document.activeElement.getAttribute('aria-label')"))
    assert [name.split(", ")[1] for name in names] == [
        "Order received",
        "Validate order",
        "Reserve stock",
        "Authorise payment",
    ]
    assert "1 incident" in names[-1]
    page.keyboard.press("Enter")
    page.wait_for_url("**?el=AuthorisePayment")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.tagName") == "svg"


def test_an_instance_moves_while_it_is_watched(page: Page, served: Site) -> None:
    id = served.start("order_fulfilment", order_id="WATCHED", payment_behaviour="down")
    page.goto(f"/instances/{id}")
    drawn(page)
    expect(page.locator("[data-live]")).to_have_attribute("data-state", "live")
    page.locator("[data-search]").fill("half a wo")
    served.is_healed = True
    served.engine.retry_all(id, reason="the issuer is back")
    served.settle()
    served.is_healed = False
    expect(page.locator(".head .state").first).to_have_text("Completed", timeout=5000)
    last = page.locator('[data-element-id="OrderFulfilled"]').first
    assert "visited" in (last.get_attribute("class") or "")
    assert page.locator("[data-search]").input_value() == "half a wo"


def test_a_form_being_filled_survives_what_moves_behind_it(page: Page, served: Site) -> None:
    id = served.start("order_fulfilment", order_id="FILLED", payment_behaviour="down")
    page.goto(f"/instances/{id}")
    expect(page.locator("[data-live]")).to_have_attribute("data-state", "live")
    page.get_by_text("Cancel…").click()
    page.locator("#reason-cancel").fill("because")
    served.engine.set_variables(id, {"note": "moved"}, reason="test")
    page.keyboard.press("Control+Enter")
    page.wait_for_load_state()
    expect(page.locator(".held")).to_contain_text("It will be cancelled")
    expect(page.locator(".held")).to_contain_text("because")


def test_a_lost_stream_is_said_and_polling_goes_on(page: Page, served: Site) -> None:
    page.route("**/events*", lambda route: route.fulfill(status=204))
    page.goto("/")
    expect(page.locator("[data-live]")).to_have_attribute("data-state", "polling")


def test_a_start_by_hand_from_form_to_instance(page: Page, served: Site) -> None:
    page.goto(f"/processes/{ORDER}")
    page.get_by_role("link", name="Start an instance").click()
    page.wait_for_selector("[data-island=form][data-ready]")
    page.get_by_label("Business key", exact=True).fill("BY-HAND")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("h1")).to_have_text("BY-HAND")
    served.settle()
    expect(page.locator("h1 + .state")).to_have_text("Completed", timeout=5000)


def test_themes_are_switched_without_a_round_trip_and_stay(page: Page, served: Site) -> None:
    page.goto("/")
    page.get_by_role("button", name="Dark theme").click()
    dark = page.evaluate("getComputedStyle(document.body.parentElement).backgroundColor")
    assert dark == "rgb(15, 18, 22)"
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_a_refused_file_shows_its_problems_on_the_diagram(page: Page, served: Site) -> None:
    model = STORY["order_fulfilment"].files["order_fulfilment.bpmn"].read_text()
    broken = model.replace('attachedToRef="ReserveStock"', 'attachedToRef="OrderReceived"')
    assert broken != model
    page.goto("/deploy")
    upload = FilePayload(name="order.bpmn", mimeType="text/xml", buffer=broken.encode())
    page.locator("#files").set_input_files(upload)
    page.get_by_role("button", name="Review").click()
    drawn(page)
    assert page.locator(".djs-element.has-error").count() >= 1
    assert "Nothing was stored" in page.inner_text("main")


def test_everything_readable_without_javascript(
    chromium: object, served: Site, addresses: dict[str, str]
) -> None:
    context = chromium.new_context(java_script_enabled=False, base_url=served.url)  # type: ignore[attr-defined]
    tab = context.new_page()
    tab.goto(addresses["instance"])
    text = tab.inner_text("body")
    assert "Reserve stock" in text
    assert "no answer from the card issuer" in text
    tab.goto(f"/processes/{ORDER}/start")
    tab.get_by_label("Business key", exact=True).fill("PLAIN")
    tab.get_by_role("button", name="Start", exact=True).click()
    assert tab.locator("h1").inner_text() == "PLAIN"
    context.close()


LABELS = """() => {
  const size = (one) => parseFloat(getComputedStyle(one).fontSize) * one.getScreenCTM().a;
  return [...document.querySelectorAll('.diagram .djs-visual text')].map(size);
}"""
SEEN = """(id) => {
  const inner = document.querySelector(`[data-element-id="${id}"] .djs-visual`);
  const one = inner.getBoundingClientRect();
  const frame = document.querySelector('.diagram').getBoundingClientRect();
  return one.left > frame.left && one.right < frame.right && one.top > frame.top
    && one.bottom < frame.bottom;
}"""


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768), (390, 844)])
def test_labels_are_readable_and_what_failed_is_in_sight_at_any_width(
    page: Page, addresses: dict[str, str], width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(addresses["instance"])
    drawn(page)
    assert min(page.evaluate(LABELS)) >= 9.7
    assert page.evaluate(SEEN, "AuthorisePayment")


def test_a_small_map_leads_to_the_part_that_is_out_of_sight(
    page: Page, addresses: dict[str, str]
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(addresses["instance"])
    drawn(page)
    assert not page.evaluate(SEEN, "OrderFulfilled")
    small = page.locator(".minimap svg")
    box = small.bounding_box()
    assert box is not None
    small.click(position={"x": box["width"] - 3, "y": box["height"] / 2})
    assert page.evaluate(SEEN, "OrderFulfilled")
    page.get_by_role("button", name="The whole diagram").click()
    assert page.evaluate(SEEN, "OrderReceived")
    assert page.evaluate(SEEN, "OrderFulfilled")


def test_a_suspended_instance_says_so_on_its_diagram(
    page: Page, served: Site, addresses: dict[str, str]
) -> None:
    id = served.start("loan_underwriting")
    served.engine.suspend(id, reason="a pause")
    page.goto(f"/instances/{id}")
    drawn(page)
    expect(page.locator(".badge.is-suspended").first).to_have_text("1")
    expect(page.locator(".badge.is-waiting")).to_have_count(0)
