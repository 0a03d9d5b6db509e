"""What readers feel of the console: largest paint, answer to a press, and what jumps, in Chromium.

python -m tests.bench.vitals                         20,000 instances, 1,800 incidents, SQLite
python -m tests.bench.vitals --instances 2000        fewer

Prints seconds and shifts page by page and asserts nothing: they are those of this machine.
"""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import tempfile
import threading
from typing import Any

import structlog
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright

from engine import Engine
from tests.bench.console import addresses, fill
from web import console
from web.server import Server

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SIZES = {"1440 px": (1440, 900), "1024 px": (1024, 768)}
GOALS = {"LCP": 1500.0, "INP": 200.0, "CLS": 0.05}
"""What is good enough: milliseconds, and a share of the page."""
WATCH = """(() => {
  const found = (window.vitals = { LCP: 0, INP: 0, CLS: 0 });
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) found.LCP = Math.max(found.LCP, one.startTime);
  }).observe({ type: 'largest-contentful-paint', buffered: true });
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) found.CLS += one.value;
  }).observe({ type: 'layout-shift', buffered: true });
  new PerformanceObserver((list) => {
    for (const one of list.getEntries())
      if (one.interactionId) found.INP = Math.max(found.INP, one.duration);
  }).observe({ type: 'event', durationThreshold: 16, buffered: true });
})()"""
"""As browsers measure them: the longest answer stands for INP, there are fewer than 50."""


def pressed(tab: Page) -> None:
    """What an operator does on any page: walk, look for something, open a menu, write."""
    for key in ("j", "j", "k"):
        tab.keyboard.press(key)
    tab.keyboard.press("Control+k")
    tab.wait_for_selector("#palette[open]")
    tab.keyboard.type("tim")
    tab.keyboard.press("Escape")
    menus = tab.locator("main details.menu > summary:visible")
    if menus.count():
        menus.first.click()
        tab.keyboard.type("because")
        tab.keyboard.press("Escape")
    tab.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)))")


def measured(browser: Browser, url: str, size: tuple[int, int]) -> dict[str, float]:
    """The three of one page, opened in a fresh browser."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    context.add_init_script(WATCH)
    tab = context.new_page()
    tab.goto(url, wait_until="load")
    if islands := tab.locator('[data-island="diagram"]').count():
        tab.wait_for_function(
            f"document.querySelectorAll('[data-island=diagram][data-ready]').length >= {islands}"
        )
    pressed(tab)
    found: dict[str, float] = tab.evaluate("window.vitals")
    context.close()
    return found


def report(rows: list[tuple[str, str, dict[str, float]]]) -> str:
    """A table; what is above its goal has a mark."""
    lines = [f"{'page':<52}{'size':>9}{'LCP ms':>10}{'INP ms':>10}{'CLS':>9}"]
    for page, size, found in rows:
        cells = "".join(
            f"{found[name]:>{width}.{digits}f}{'*' if found[name] > GOALS[name] else ' '}"
            for name, width, digits in (("LCP", 9, 0), ("INP", 9, 0), ("CLS", 8, 3))
        )
        lines.append(f"{page[:51]:<52}{size:>9}{cells}")
    return "\n".join([*lines, f"* above {GOALS}"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instances", type=int, default=20_000)
    parser.add_argument("--incidents", type=int, default=1_800)
    given: Any = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    program = os.environ.get("KAPELLMEISTER_BROWSER") or next(
        filter(None, map(shutil.which, BROWSERS)), None
    )
    with tempfile.TemporaryDirectory() as folder, Engine(f"sqlite:///{folder}/b.db") as engine:
        engine.migrate()
        fill(engine, given.instances, min(given.incidents, given.instances // 2))
        tasks = [f"/tasks/{one.id}" for one in engine.tasks().items[:1]]
        app = Flask("web", static_folder=None)
        console.register(app, engine)
        server = Server(app)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        rows = []
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"]
            )
            for page in [*addresses(engine), *tasks, "/deploy", "/models"]:
                url = f"{server.url.rstrip('/')}{page}"
                rows += [(page, name, measured(browser, url, size)) for name, size in SIZES.items()]
            browser.close()
        server.stop()
        thread.join(10)
        print(report(rows))


if __name__ == "__main__":
    main()
