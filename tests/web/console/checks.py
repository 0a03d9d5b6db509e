"""What holds for every page: each check looks at an open tab and says what is wrong there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).resolve().parents[3] / "web/frontend/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
NONSENSE = ("None", "null", "undefined", "Undefined", "[object", "{{", "NaN", "%(")
"""What a page says when a value is missing where it meant one."""
UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
WATERMARKS = """() => [
  ...document.querySelectorAll('.bjs-powered-by, .fjs-powered-by, .powered-by')
].filter((mark) => mark.parentElement.checkVisibility()).map((mark) => {
  mark.scrollIntoView({block: 'center'});
  const box = mark.getBoundingClientRect(), style = getComputedStyle(mark);
  const points = [[.1, .1], [.9, .1], [.5, .5], [.1, .9], [.9, .9]].map(([x, y]) =>
    document.elementFromPoint(box.left + box.width * x, box.top + box.height * y));
  return box.width > 20 && box.height > 10 && style.visibility === 'visible'
    && Number(style.opacity) === 1 && box.right <= innerWidth && box.bottom <= innerHeight
    && points.every((one) => one && (one === mark || mark.contains(one)));
})"""
COVERED = """() => {
  const found = [];
  const scope = document.querySelector('dialog[open], details.menu[open], #peek') ?? document;
  const clips = (style) => style.overflowX !== 'visible' || style.overflowY !== 'visible';
  for (const one of scope.querySelectorAll('a, button, summary, input, select, textarea')) {
    if (!one.checkVisibility({visibilityProperty: true}) || one.matches('.skip, [type=hidden]'))
      continue;
    if (one.closest('[data-island], .canvas, svg')) continue;
    const box = one.getClientRects()[0];
    if (!box || !box.width) continue;
    const x = Math.round(box.left + box.width / 2), y = Math.round(box.top + box.height / 2);
    if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) continue;
    let scrolled = false;
    for (let up = one.parentElement; up; up = up.parentElement) {
      const frame = up.getBoundingClientRect(), style = getComputedStyle(up);
      const out = x < frame.left || x > frame.right || y < frame.top || y > frame.bottom;
      if (out && clips(style) && /auto|scroll/.test(style.overflowX + style.overflowY))
        scrolled = true;
    }
    if (scrolled) continue;
    const hit = document.elementFromPoint(x, y);
    const isIt = hit && (hit === one || one.contains(hit) || hit.closest('label')?.control === one);
    if (!isIt) found.push(`${one.outerHTML.slice(0, 90)} under ${hit?.outerHTML.slice(0, 60)}`);
  }
  return found;
}"""
CLIPPED = """() => [...document.querySelectorAll('body *:not(svg *)')].filter((one) => {
  const left = '.visually-hidden, .rail .label, [data-island], .canvas, .skip';
  if (!one.checkVisibility() || one.closest(left))
    return false;
  if (one.matches('input, textarea, select, option')) return false;
  const style = getComputedStyle(one);
  const hides = /hidden|clip/.test(style.overflowX) && one.scrollWidth > one.clientWidth + 1;
  const text = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  return hides && text && !one.closest('[title]');
}).map((one) => one.outerHTML.slice(0, 120))"""
UNNAMED = """() => [...document.querySelectorAll('button, a, summary')].filter((one) =>
  one.checkVisibility() && !one.closest('[data-island], .canvas, .fjs-container')
  && !one.innerText.trim() && !(one.title || one.querySelector('[title]'))
).map((one) => one.outerHTML.slice(0, 120))"""
MOVING = """() => [...document.getAnimations()].filter((one) =>
  one.playState === 'running').map((one) => one.effect?.target?.outerHTML.slice(0, 120))"""
SHIFTS = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) sum += one.value;
  }).observe({type: 'layout-shift', buffered: true});
  requestAnimationFrame(() => requestAnimationFrame(() => done(sum)));
})"""
SAID = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const said = [];
  while (walker.nextNode()) {
    const one = walker.currentNode.parentElement;
    if (one.checkVisibility() && !one.closest('pre, code, textarea, [data-island], script'))
      said.push(walker.currentNode.data);
  }
  return said.join('\\n');
}"""
"""The words of the page itself, without the data that it quotes."""
TEXT = """() => {
  for (const one of document.querySelectorAll('time, .live, meter')) one.textContent = '·';
  return document.body.innerText;
}"""
SPAN = re.compile(r"\b\d+ (ms|s|min|h|d)\b( \d+ (s|min|h))?")
ANEW = re.compile(r"\bProcess_[0-9a-f]{8}\b")
"""The id that each new diagram gets for itself."""
SIZES = {"wide": (1440, 900), "narrow": (1024, 768), "zoomed": (720, 450), "phone": (390, 844)}
"""720 px is what a window of 1440 px has left at 200 % zoom."""


def structure(tab: Page) -> list[str]:
    """One heading, one main region, no empty heading."""
    counts = {tag: tab.locator(tag).count() for tag in ("h1", "main")}
    found = [f"{count} {tag}" for tag, count in counts.items() if count != 1]
    headings = tab.locator("h1:visible, h2:visible, h3:visible").all_inner_texts()
    return found + ["an empty heading" for text in headings if not text.strip()]


def layout(tab: Page) -> list[str]:
    """No sideways scrolling of the page; nothing covered or cut off."""
    found = []
    if tab.evaluate("document.documentElement.scrollWidth > innerWidth"):
        wide = tab.evaluate(
            "[...document.querySelectorAll('main *')].filter((one) => "
            "one.getBoundingClientRect().right > innerWidth + 1).slice(0, 3)"
            ".map((one) => one.outerHTML.slice(0, 100))"
        )
        found.append(f"scrolls sideways: {wide}")
    tab.evaluate("scrollTo(0, 0)")
    found += [f"covered: {one}" for one in tab.evaluate(COVERED)]
    return found + [f"cut off: {one}" for one in tab.evaluate(CLIPPED)]


def words(tab: Page) -> list[str]:
    """No sign of a missing value, no bare UUID for a name, every icon with a word."""
    text = tab.evaluate(SAID)
    found = [
        f"says {one!r}" for one in NONSENSE if re.search(rf"(?<!\w){re.escape(one)}(?!\w)", text)
    ]
    labels = tab.locator("a:visible, button:visible, h1, h2").all_inner_texts()
    found += [f"a bare UUID: {label}" for label in labels if UUID.match(label.strip())]
    return found + [f"no word: {one}" for one in tab.evaluate(UNNAMED)]


def accessible(tab: Page) -> list[str]:
    """Nothing serious or critical that axe finds, contrast included."""
    if not tab.evaluate("'axe' in window"):
        tab.evaluate(AXE.read_text())
    found = tab.evaluate(f"axe.run(document, {{resultTypes: ['violations'], runOnly: {RULES}}})")
    return [
        f"{one['id']}: {[node['html'][:120] for node in one['nodes']][:3]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]


def harmless(tab: Page) -> list[str]:
    """Nothing that somebody entered has become an element or has run."""
    found = []
    if tab.locator("img[src=x], [onerror]").count():
        found.append("what was entered became an element")
    if tab.title() == "1":
        found.append("what was entered has run")
    return found


def steady(tab: Page, most: float) -> list[str]:
    """Nothing has jumped while the page was loading."""
    shift = tab.evaluate(SHIFTS)
    return [f"layout shift {shift:.3f}"] if shift > most else []


def marks(tab: Page, expected: int) -> list[str]:
    """Every bpmn.io mark in sight and uncovered, as its licence asks."""
    found = tab.evaluate(WATERMARKS)
    return [] if found == [True] * expected else [f"marks: {found}, expected {expected}"]


def still(tab: Page) -> list[str]:
    """Who asked for less motion gets none."""
    return [f"moves: {one}" for one in tab.evaluate(MOVING)]


def text_of(tab: Page) -> str:
    """What the page says, but for what counts the time and what is drawn anew by chance."""
    return ANEW.sub("·", SPAN.sub("·", str(tab.evaluate(TEXT))))


EVERYWHERE: list[Callable[[Page], list[str]]] = [structure, words, harmless]
"""Of any size, in any theme."""
