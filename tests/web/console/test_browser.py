"""The console in a real browser: every page's checks, the diagram, live updates, keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from engine import TaskQuery
from tests.web.console.conftest import STORY, Site, drawn

ORDER = STORY["order_fulfilment"].process_id
AXE = Path(__file__).resolve().parents[3] / "web/frontend/node_modules/axe-core/axe.min.js"
HOSTILE = '<img src=x onerror="document.title=1">'
WATERMARK = """() => [...document.querySelectorAll('.bjs-powered-by')].map((mark) => {
  mark.scrollIntoView({block: 'center'});
  const box = mark.getBoundingClientRect(), style = getComputedStyle(mark);
  const points = [[.1, .1], [.9, .1], [.5, .5], [.1, .9], [.9, .9]].map(([x, y]) =>
    document.elementFromPoint(box.left + box.width * x, box.top + box.height * y));
  return box.width > 20 && box.height > 10 && style.visibility === 'visible'
    && Number(style.opacity) === 1 && box.right <= innerWidth && box.bottom <= innerHeight
    && points.every((one) => one && (one === mark || mark.contains(one)));
})"""


@pytest.fixture(scope="module")
def addresses(served: Site) -> dict[str, str]:
    """Every page with something on it, by name."""
    stuck = served.start("order_fulfilment", order_id="STUCK", payment_behaviour="down")
    served.start("order_fulfilment", order_id="DONE")
    served.start("order_fulfilment", order_id="DECLINED", payment_behaviour="decline")
    served.start("order_fulfilment", order_id=HOSTILE, customer=HOSTILE, payment_behaviour="down")
    loan = served.start("loan_underwriting")
    task = served.engine.tasks(TaskQuery(instance=loan)).items[0]
    return {
        "home": "/",
        "instances": "/instances",
        "nothing fits": "/instances?q=nothing-like-it",
        "instance": f"/instances/{stuck}",
        "step": f"/instances/{stuck}?el=AuthorisePayment",
        "incidents": "/incidents",
        "tasks": "/tasks",
        "task": f"/tasks/{task.id}",
        "processes": "/processes",
        "process": f"/processes/{ORDER}",
        "deploy": "/deploy",
        "past": f"/instances/{stuck}?at=12",
        "variables": f"/instances/{stuck}?tab=variables",
        "waits": f"/instances/{loan}?tab=waits",
        "interventions": f"/instances/{stuck}?tab=hands",
        "facts": f"/instances/{stuck}?tab=log",
        "xml": f"/instances/{stuck}?tab=xml",
        "modify": f"/instances/{stuck}/modify?el=ReserveStock&plan=add~ReserveStock",
        "group": f"/incidents/groups/{served.engine.incident_groups().items[0].signature}",
        "batches": "/batches",
        "work": "/work",
        "messages": "/messages?name=nobody",
        "timers": "/timers",
        "activity": "/activity",
        "trace": f"/trace/{stuck}",
    }


PAGES = [
    "home",
    "instances",
    "nothing fits",
    "instance",
    "step",
    "incidents",
    "tasks",
    "task",
    "processes",
    "process",
    "deploy",
    "past",
    "variables",
    "waits",
    "interventions",
    "facts",
    "xml",
    "modify",
    "group",
    "batches",
    "work",
    "messages",
    "timers",
    "activity",
    "trace",
]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_passes_the_checks(
    page: Page, addresses: dict[str, str], name: str, theme: str
) -> None:
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    for width, height in ((1440, 900), (1024, 768), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        page.goto(addresses[name])
        if page.locator("[data-island=diagram]").count():
            drawn(page)
            assert page.evaluate(WATERMARK) == [True]
        assert page.locator("h1").count() == 1
        assert page.locator("main").count() == 1
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        text = page.inner_text("body")
        for nonsense in ("None", "undefined", "[object", "Undefined", "{{"):
            assert nonsense not in text
    page.set_viewport_size({"width": 1440, "height": 900})
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        "axe.run(document, {resultTypes: ['violations'], runOnly: "
        "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
    )
    bad = [
        (one["id"], [node["html"][:120] for node in one["nodes"]][:3])
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]
    assert not bad


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
    expect(page.locator("h1 + .state")).to_have_text("Cancelled")
    assert "because" in page.inner_text("main")


def test_a_lost_stream_is_said_and_polling_goes_on(page: Page, served: Site) -> None:
    page.route("**/events*", lambda route: route.fulfill(status=204))
    page.goto("/")
    expect(page.locator("[data-live]")).to_have_attribute("data-state", "polling")


def test_a_start_by_hand_from_form_to_instance(page: Page, served: Site) -> None:
    page.goto(f"/processes/{ORDER}")
    page.get_by_label("Business key", exact=True).fill("BY-HAND")
    page.get_by_role("button", name="Start").click()
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
    tab.goto(f"/processes/{ORDER}")
    tab.get_by_label("Business key", exact=True).fill("PLAIN")
    tab.get_by_role("button", name="Start").click()
    assert tab.locator("h1").inner_text() == "PLAIN"
    context.close()
