"""Every page of the console × what must hold on every page (`screens.py` × `checks.py`)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.web.console import around, checks, screens
from tests.web.console.conftest import Site, make_site, served_at, watch
from tests.web.console.screens import Screen

Stock = dict[str, object]
SCREENS = [*screens.SCREENS, *around.AROUND]
EMPTY = [*screens.EMPTY, *around.EMPTY_AROUND]
COLOURED = ("wide", "phone")
"""Sizes at which axe looks."""
ADDRESSED = [one for one in SCREENS if one.opened is None and not one.is_island]
RING = """() => {
  const one = document.activeElement, style = getComputedStyle(one);
  if (one === document.body) return 'nothing';
  const isSeen = style.outlineStyle !== 'none' || style.boxShadow !== 'none';
  const walked = (window.walked ??= new WeakSet()); // a page that renews itself keeps its elements
  const isNew = !walked.has(one);
  walked.add(one);
  return [isNew, isSeen, one.outerHTML.slice(0, 100), one.textContent];
}"""
UNWALKED = """() => [
  ...document.querySelectorAll('a[href], button, summary, input, select, textarea')
].filter((one) => one.checkVisibility({visibilityProperty: true}) && one.tabIndex >= 0
  && !one.disabled && !window.walked.has(one) && one.type !== 'hidden'
  && !one.closest('[data-island]')
  && !(one.type === 'radio' && [
    ...document.querySelectorAll(`[name="${CSS.escape(one.name)}"]`)
  ].some((other) => window.walked.has(other))))
.map((one) => one.outerHTML.slice(0, 100))"""


@pytest.fixture(scope="module")
def stock(served: Site) -> Stock:
    return {**screens.stocked(served), **around.stocked(served)}


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A console where nothing is deployed."""
    made = make_site(tmp_path_factory.mktemp("nothing"))
    with served_at(made):
        yield made


def go(tab: Page, screen: Screen, stock: Stock) -> None:
    """Open a page, and wait until its islands stand."""
    tab.goto(screen.address.format(**stock))
    if screen.opened:
        screen.opened(tab)
    ready(tab)


def ready(tab: Page) -> None:
    for island in ("[data-island]", "#modeler"):
        if count := tab.locator(island).count():
            expect(tab.locator(f"{island}[data-ready]")).to_have_count(count)


def named(shown: list[Screen]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("screen", shown, ids=[one.name for one in shown])


@named(SCREENS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_passes_every_check(
    chromium: Browser, served: Site, stock: Stock, screen: Screen, theme: str
) -> None:
    context = chromium.new_context(
        base_url=served.url,
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
    )
    tab = context.new_page()
    wrong, said = watch(tab), []
    for size, (width, height) in checks.SIZES.items():
        if theme == "dark" and size not in COLOURED:
            continue  # where things stand is the same in both
        tab.set_viewport_size({"width": width, "height": height})
        go(tab, screen, stock)
        found = [*checks.layout(tab), *checks.still(tab)]
        found += checks.steady(tab, screen.shift)
        found += [one for check in checks.EVERYWHERE for one in check(tab)]
        if size in COLOURED:
            found += checks.accessible(tab)
        if screen.name not in ("palette", "keys"):  # a dialog lies over all, and is closed by Esc
            found += checks.marks(tab, screen.diagrams)
        said += [f"{size}: {one}" for one in found]
        assert screen.says.lower() in tab.inner_text("body").lower()
    context.close()
    gone = [one for one in wrong if not ("404" in one and screen.name == "deleted")]
    assert not said + gone, "\n".join(said + gone)


@named(EMPTY)
def test_where_nothing_is_stored_yet_a_page_says_what_to_do(
    chromium: Browser, nothing: Site, screen: Screen
) -> None:
    context = chromium.new_context(base_url=nothing.url, reduced_motion="reduce")
    tab = context.new_page()
    wrong, said = watch(tab), []
    for size in ("wide", "phone"):
        width, height = checks.SIZES[size]
        tab.set_viewport_size({"width": width, "height": height})
        go(tab, screen, {})
        for check in (*checks.EVERYWHERE, checks.layout, checks.accessible):
            said += [f"{size}: {one}" for one in check(tab)]
        assert screen.says.lower() in tab.inner_text("main").lower()
    context.close()
    assert not said + wrong


@named([one for one in SCREENS if one.opened is None])
def test_a_page_is_its_address(
    chromium: Browser, served: Site, stock: Stock, screen: Screen
) -> None:
    """Again, back, and in another browser: the same text."""
    contexts = [chromium.new_context(base_url=served.url) for _ in range(2)]
    tab, other = (context.new_page() for context in contexts)
    go(tab, screen, stock)
    first = checks.text_of(tab)
    tab.reload()
    ready(tab)
    assert checks.text_of(tab) == first
    tab.goto("/timers" if screen.name != "timers" else "/work")
    tab.go_back()
    ready(tab)
    assert checks.text_of(tab) == first
    go(other, screen, stock)
    assert checks.text_of(other) == first
    for context in contexts:
        context.close()


@named(ADDRESSED)
def test_a_page_is_walked_by_tab_from_the_skip_link_to_its_end(
    chromium: Browser, served: Site, stock: Stock, screen: Screen
) -> None:
    context = chromium.new_context(base_url=served.url, viewport={"width": 1440, "height": 900})
    tab = context.new_page()
    go(tab, screen, stock)
    stops: list[str] = []
    for _ in range(600):
        tab.keyboard.press("Tab")
        found = tab.evaluate(RING)
        if found == "nothing" or not found[0]:
            break
        _, is_seen, markup, text = found
        stops.append(text)
        assert is_seen, f"no ring around {markup}"
    else:
        pytest.fail("Tab does not come to an end")
    assert stops[0] == "Skip to content"
    assert not tab.evaluate(UNWALKED)
    context.close()


@named(ADDRESSED)
def test_a_page_reads_without_script(
    chromium: Browser, served: Site, stock: Stock, screen: Screen
) -> None:
    context = chromium.new_context(base_url=served.url, java_script_enabled=False)
    tab = context.new_page()
    tab.goto(screen.address.format(**stock))
    assert screen.says.lower() in tab.inner_text("main").lower()
    assert tab.locator("h1").count() == 1
    context.close()


@named([one for one in ADDRESSED if one.name not in ("deleted",)])
def test_what_cannot_be_had_is_said_and_the_rest_stays(
    chromium: Browser, served: Site, stock: Stock, screen: Screen
) -> None:
    """The stream refused, then the page's newer self and its model: 500."""
    context = chromium.new_context(base_url=served.url)
    tab = context.new_page()

    def broken(route: Route) -> None:
        if route.request.headers.get("hx-request") or route.request.url.endswith((".bpmn", ".dmn")):
            route.fulfill(status=500, body="broken", headers={"X-Correlation-Id": "c-17"})
        else:
            route.continue_()

    tab.route("**/events*", lambda route: route.abort())
    tab.route("**/*", broken, times=None)
    tab.route("**/events*", lambda route: route.abort())
    tab.goto(screen.address.format(**stock))
    sign = tab.locator("[data-live]")
    if tab.locator("[data-island][data-model]").count():
        expect(tab.locator("[data-island] .note").first).to_contain_text("(500")
        expect(tab.get_by_role("button", name="Try again").first).to_be_visible()
    if sign.count():
        expect(sign).to_have_attribute("data-state", "polling")
        tab.keyboard.press("r")
        expect(sign).to_have_attribute("data-state", "stale")
        expect(tab.locator("#stale")).to_contain_text("500")
        expect(tab.locator("#stale")).to_contain_text("c-17")
    assert screen.says.lower() in tab.inner_text("main").lower()
    tab.unroute("**/*")
    if sign.count():
        tab.locator("#stale").get_by_role("button").click()
        expect(tab.locator("#stale")).to_be_hidden()
    context.close()
