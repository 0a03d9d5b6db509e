"""What a page does while an answer does not come, is empty, or is an error: the rest goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.web.console.conftest import Site, drawn


@pytest.fixture(scope="module")
def stuck(served: Site) -> int:
    return served.start("order_fulfilment", order_id="SLOW", payment_behaviour="down")


@pytest.fixture
def loose(chromium: Browser, served: Site) -> Iterator[Page]:
    """A fresh tab in which answers may be errors."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, base_url=served.url)
    yield context.new_page()
    context.close()


def is_newer(route: Route) -> bool:
    return route.request.headers.get("hx-request") == "true"


@contextmanager
def held(tab: Page, pattern: str, wanted: Callable[[Route], bool]) -> Iterator[list[Route]]:
    """Answers of such addresses do not come while this lasts."""
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        if wanted(route):
            waiting.append(route)
        else:
            route.continue_()

    tab.route(pattern, hold)
    yield waiting
    for route in waiting:
        route.continue_()
    tab.unroute(pattern)


def answered(tab: Page, pattern: str, status: int, body: str = "") -> None:
    headers = {"X-Correlation-Id": "c-17"}

    def answer(route: Route) -> None:
        if pattern.endswith(".bpmn") or is_newer(route):
            route.fulfill(status=status, body=body, headers=headers)
        else:
            route.continue_()

    tab.route(pattern, answer)


def test_the_rest_of_a_page_works_while_its_diagram_does_not_come(page: Page, stuck: int) -> None:
    with held(page, "**/*.bpmn", lambda _: True):
        page.goto(f"/instances/{stuck}", wait_until="domcontentloaded")
        note = page.locator("#diagram .note")
        expect(note).to_have_text("Drawing the diagram…")
        box = page.locator("#diagram").bounding_box()
        page.get_by_text("Suspend…").click()
        expect(page.locator("#reason-suspend")).to_be_focused()
        page.keyboard.press("Escape")
        page.locator("[data-filter]").first.fill("reserve")
        expect(page.locator(".timeline")).to_contain_text("Reserve stock")
    drawn(page)
    assert page.locator("#diagram").bounding_box() == box  # it stands where it was to stand


@pytest.mark.parametrize(("status", "says"), [(500, "(500, c-17)"), (200, "is empty")])
def test_a_diagram_that_cannot_be_had_says_why_and_is_asked_for_again(
    loose: Page, stuck: int, status: int, says: str
) -> None:
    answered(loose, "**/*.bpmn", status)
    loose.goto(f"/instances/{stuck}")
    expect(loose.locator("#diagram .note")).to_contain_text(says)
    expect(loose.locator("section[aria-labelledby=why]")).to_contain_text("card issuer")
    loose.unroute("**/*.bpmn")
    loose.get_by_role("button", name="Try again").click()
    drawn(loose)


def test_what_is_shown_stays_while_its_newer_self_does_not_come(page: Page, stuck: int) -> None:
    page.goto("/instances")
    with held(page, "**/instances*", is_newer) as waiting:
        with page.expect_request(lambda one: one.headers.get("hx-request") == "true"):
            page.keyboard.press("r")
        expect(page.locator("[data-hold] tbody").first).to_contain_text("SLOW")
        page.keyboard.press("j")
        expect(page.locator("[data-hold] tbody th a").first).to_be_focused()
        assert waiting
    expect(page.locator("[data-hold] tbody th a").first).to_be_focused()


def test_an_empty_answer_takes_nothing_away(page: Page, stuck: int) -> None:
    page.goto("/instances")
    expect(page.locator("[data-live]")).to_have_attribute("data-state", "live")
    answered(page, "**/instances*", 200)
    page.keyboard.press("r")
    expect(page.locator("#stale")).to_contain_text("The server’s answer was empty.")
    expect(page.locator("[data-hold] tbody").first).to_contain_text("SLOW")
    page.unroute("**/instances*")
    page.locator("#stale").get_by_role("button").click()
    expect(page.locator("#stale")).to_be_hidden()


def test_a_glance_has_its_shape_before_it_comes(page: Page, stuck: int) -> None:
    page.goto("/instances")
    page.locator("[data-hold] tbody th a").first.focus()
    with held(page, "**/peek*", lambda _: True):
        page.keyboard.press(" ")
        expect(page.locator("#peek .skeleton")).to_be_visible()
        page.keyboard.press("x")
        expect(page.locator("[data-hold] tbody input").first).to_be_checked()
    expect(page.locator("#peek svg")).to_be_visible()


@pytest.mark.parametrize("status", [500, 200])
def test_a_glance_that_cannot_be_had_says_so(loose: Page, stuck: int, status: int) -> None:
    loose.goto("/instances")
    loose.locator("[data-hold] tbody th a").first.focus()
    answered(loose, "**/peek*", status)
    loose.keyboard.press(" ")
    expect(loose.locator("#peek")).to_contain_text(f"answered {status}, request c-17")
    loose.unroute("**/peek*")
    loose.locator("#peek").get_by_role("button", name="Try again").click()
    expect(loose.locator("#peek svg")).to_be_visible()


def test_without_the_stream_the_page_asks_for_itself(page: Page, served: Site, stuck: int) -> None:
    """Check 9: polling within ten seconds, and the sign says so."""
    page.route("**/events*", lambda route: route.fulfill(status=204))
    page.goto(f"/instances/{stuck}")
    expect(page.locator("[data-live]")).to_have_attribute("data-state", "polling", timeout=10_000)
    expect(page.locator("[data-live]")).to_have_text("polling")
    served.engine.set_variables(stuck, {"note": "polled"}, reason="seen without a stream")
    expect(page.locator(".timeline")).to_contain_text("seen without a stream", timeout=20_000)
