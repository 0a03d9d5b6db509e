"""Every page in German: nothing left in English, nothing too wide, nothing lost on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.web.console import checks
from tests.web.console.conftest import Site, watch
from tests.web.console.screens import ORDER, SCREENS, Screen, stocked
from tests.web.console.test_screens import ready
from web.translations.__main__ import DOMAINS, kept

Stock = dict[str, object]
SAID = """() => {
  const found = [], kept = 'code, pre, script, style, svg, textarea, [data-island], .modeler, '
    + '#model-problems, [class*="fjs-"], [class*="bio-"]';
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.replace(/\\s+/g, ' ').trim();
    if (text && !walker.currentNode.parentElement.closest(kept)) found.push(text);
  }
  for (const name of ['title', 'aria-label', 'placeholder'])
    for (const one of document.querySelectorAll(`[${name}]`))
      if (!one.closest(kept)) found.push(one.getAttribute(name));
  return found;
}"""
"""Texts and names on the page; not what is code, or drawn by bpmn.io."""
ISLANDS = ("modeler", "new diagram", "decision editor", "form editor")
"""Tools of bpmn.io, whose rarer words are theirs."""
GERMAN = [one for one in SCREENS if one.opened is None or one.name in ("palette", "keys")]


@pytest.fixture(scope="module")
def stock(served: Site) -> Stock:
    return stocked(served)


@pytest.fixture
def context(chromium: Browser, served: Site) -> Iterator[BrowserContext]:
    made = chromium.new_context(
        base_url=served.url, locale="de-DE", timezone_id="Europe/Berlin", reduced_motion="reduce"
    )
    yield made
    made.close()


@pytest.fixture(scope="module")
def english() -> re.Pattern[str]:
    """Every English message that is no German one, its places filled by anything; who acts is
    called system or operator in both."""
    messages, german = set[str](), {"system", "operator"}
    for domain in DOMAINS:
        for one in kept(domain, "de"):
            ids = [one.id] if isinstance(one.id, str) else list(one.id)
            words = [one.string] if isinstance(one.string, str) else list(one.string or ())
            messages |= {id for id in ids if id}
            german |= set(words)
    shapes = []
    for message in messages - german:
        plain = re.sub(r"<[^>]*>", "", message)
        literal = re.sub(r"%\(\w+\)s", "", plain)
        if len(re.findall(r"[A-Za-z]", literal)) >= 5:
            shapes.append(re.sub(r"%\\\(\w+\\\)s", ".+", re.escape(plain)))
    return re.compile("|".join(sorted(shapes, key=len, reverse=True)))


@pytest.mark.parametrize("screen", GERMAN, ids=[one.name for one in GERMAN])
def test_a_page_is_german_and_fits(
    context: BrowserContext,
    served: Site,
    stock: Stock,
    english: re.Pattern[str],
    screen: Screen,
) -> None:
    tab = context.new_page()
    wrong = watch(tab)
    tab.goto(screen.address.format(**stock))
    if screen.opened:
        screen.opened(tab)
    ready(tab)
    assert tab.evaluate("document.documentElement.lang") == "de"
    steps = set(served.engine.latest(ORDER).elements.values())
    left = [
        text
        for text in tab.evaluate(SAID)
        if english.fullmatch(text) and not steps.issuperset(text.split(" → "))
    ]
    assert sorted(set(left)) == []
    if screen.name not in ISLANDS:
        for width, height in ((1024, 768), (390, 844)):
            tab.set_viewport_size({"width": width, "height": height})
            assert checks.layout(tab) == [], width
    assert [one for one in wrong if "404" not in one] == []


def test_the_switch_keeps_the_address_and_is_remembered(
    chromium: Browser, served: Site, stock: Stock
) -> None:
    context = chromium.new_context(base_url=served.url, locale="en-GB")
    tab = context.new_page()
    address = f"/instances/{stock['stuck']}?tab=variables&name=note"
    tab.goto(address)
    expect(tab.get_by_role("heading", name="Change log")).to_be_visible()
    tab.get_by_role("button", name="Deutsch").click()
    expect(tab.get_by_role("heading", name="Änderungsprotokoll")).to_be_visible()
    assert tab.url.endswith(address)
    tab.goto("/incidents")
    expect(tab.locator("h1")).to_have_text("Vorfälle")
    context.close()


def test_the_language_survives_a_live_update(context: BrowserContext, served: Site) -> None:
    tab = context.new_page()
    tab.goto("/instances?sort=-started")
    expect(tab.locator("[data-live]")).to_have_attribute("data-state", "live")
    served.start("order_fulfilment", order_id="SPÄTER", payment_behaviour="down")
    expect(tab.locator("tbody").first).to_contain_text("SPÄTER")
    expect(tab.locator("h1")).to_have_text("Instanzen")
    row = tab.locator("tbody tr", has_text="SPÄTER")
    expect(row).to_contain_text("Vorfall")
    expect(row.locator("time").first).to_contain_text(re.compile("jetzt|vor .* Sek."))


def test_times_are_told_as_germans_write_them(context: BrowserContext, stock: Stock) -> None:
    tab: Page = context.new_page()
    tab.goto(f"/instances/{stock['stuck']}")
    told = tab.locator(".facts time[data-told]").first
    expect(told).to_have_attribute("title", re.compile(r"^\d{2}\.\d{2}\.\d{4}, \d{2}:\d{2}:\d{2}"))


def test_the_editors_speak_german(context: BrowserContext, stock: dict[str, object]) -> None:
    """What bpmn.io's editors say is ours to translate: palette, context pad, panel, tables."""
    tab = context.new_page()
    tab.goto("/models")
    tab.wait_for_selector("#modeler[data-ready]")
    expect(tab.locator(".djs-palette [aria-label='Startereignis anlegen']")).to_be_visible()
    tab.locator(".djs-element[data-element-id^='Start']").first.click()
    expect(tab.locator(".djs-context-pad [title='Endereignis anfügen']")).to_be_visible()
    expect(tab.locator("#model-panel")).to_contain_text("Allgemein")
    tab.goto("/models/decision?decision=loan-risk")
    expect(tab.locator("#model-canvas")).to_contain_text("Trefferregel")
