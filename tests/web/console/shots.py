"""Pictures of every page, to be looked at: both themes, three widths.

python -m tests.web.console.shots FOLDER                   all screens
python -m tests.web.console.shots FOLDER home "call tree"  some of them
python -m tests.web.console.shots FOLDER --many            lists over 2,000 instances
python -m tests.web.console.shots FOLDER --empty           where nothing is deployed
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Browser, Error, FloatRect, Page, sync_playwright

from processes import STORIES
from tests.bench.console import fill
from tests.web.console import around, stock
from tests.web.console.conftest import BROWSERS, STORY, Site, make_site, served_at
from tests.web.console.screens import EMPTY, SCREENS, Screen, stocked

SIZES = {"wide": (1440, 900), "narrow": (1024, 768), "phone": (390, 844)}
THEMES = ("light", "dark")
TALLEST = 2600
"""Pixels of a page that a picture shows at most."""
DAYS = 6
"""So far back goes what the lists show."""
MANY = [
    Screen(name="home", address="/", says=""),
    Screen(name="instances", address="/instances", says=""),
    Screen(name="last page", address="/instances?offset=1900", says=""),
    Screen(name="incidents", address="/incidents", says=""),
    Screen(name="tasks", address="/tasks", says=""),
    Screen(name="work", address="/work", says=""),
    Screen(name="processes", address="/processes", says=""),
    Screen(name="activity", address="/activity", says=""),
    Screen(name="insights", address="/processes/p0/insights", says="", diagrams=1),
]


def week(site: Site) -> None:
    """Orders and loans of the last days, so that times and rates have something to say."""
    site.hurry = -timedelta(days=DAYS)
    for day in range(DAYS):
        for number in range(5):
            name = f"ORD-{1001 + day * 5 + number}"
            behaviour = "decline" if number == 3 else "approve"
            site.start("order_fulfilment", order_id=name, payment_behaviour=behaviour)
            site.hurry += timedelta(hours=2)
        site.start("loan_underwriting", application_id=f"LOAN-{2001 + day}")
        site.start("order_fulfilment", order_id=f"ORD-{2001 + day}", payment_behaviour="down")
        site.hurry += timedelta(hours=13)
    site.hurry = timedelta(0)
    site.settle()


@contextmanager
def browser() -> Iterator[Browser]:
    named = os.environ.get("KAPELLMEISTER_BROWSER")
    program = named or next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield made
        made.close()


def picture(tab: Page, screen: Screen, names: dict[str, object], file: Path) -> None:
    tab.goto(screen.address.format(**names))
    if screen.opened:
        screen.opened(tab)
    for island in ("[data-island]", "#modeler"):
        for one in tab.locator(island).all():
            one.and_(tab.locator("[data-ready]")).wait_for(state="attached")
    tall = int(tab.evaluate("document.documentElement.scrollHeight"))
    size = tab.viewport_size or {"width": 1440, "height": 900}
    is_over_all = tab.locator("dialog[open], #peek").count() > 0
    height = size["height"] if is_over_all else min(max(tall, size["height"]), TALLEST)
    clip = FloatRect(x=0, y=0, width=size["width"], height=height)
    tab.screenshot(path=file, full_page=not is_over_all, clip=clip)


def shoot(site: Site, screens: list[Screen], names: dict[str, object], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with browser() as chromium:
        for theme in THEMES:
            for size, (width, height) in SIZES.items():
                context = chromium.new_context(
                    base_url=site.url,
                    color_scheme="dark" if theme == "dark" else "light",
                    viewport={"width": width, "height": height},
                    reduced_motion="reduce",
                )
                tab = context.new_page()
                for screen in screens:
                    file = folder / f"{screen.name.replace(' ', '-')}.{theme}.{size}.png"
                    try:
                        picture(tab, screen, names, file)
                    except Error as error:
                        print(f"{file.name}: {error.message}")
                context.close()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("names", nargs="*")
    arguments.add_argument("--many", action="store_true")
    arguments.add_argument("--empty", action="store_true")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        stories = () if given.empty or given.many else tuple(one.id for one in STORIES)
        site = make_site(Path(folder), *stories)
        names: dict[str, object] = {}
        everywhere = [*SCREENS, *around.AROUND]
        nowhere = [*EMPTY, *around.EMPTY_AROUND]
        screens = nowhere if given.empty else MANY if given.many else everywhere
        if given.many:
            fill(site.engine, 2000, 180)
        elif not given.empty:
            week(site)
            names = {**stocked(site), **around.stocked(site)}
            names["crowd"] = stock.crowd(site, 500)
            for story in ("claims_processing", "travel_booking", "purchase"):
                told = STORY[story]
                site.engine.start(told.process_id, dict(told.examples[0].variables))
        chosen = [one for one in screens if not given.names or one.name in given.names]
        with served_at(site):
            shoot(site, chosen, names, given.folder)


if __name__ == "__main__":
    main()
