"""The pages before one is in, and those that say no, held to what must hold on every page."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from engine import Engine
from tests.web.console import checks
from tests.web.console.conftest import watch
from web.api.guard import hash_password
from web.application import create_app
from web.demo import loader
from web.server import Server

PASSWORD = "a long password"
SIZES = ("wide", "phone")


@contextmanager
def served(engine: Engine) -> Iterator[str]:
    load, stop = loader(engine)
    server = Server(create_app(engine, secret_key="s", load_demo=load))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield server.url.rstrip("/")
    server.stop()
    thread.join(10)
    stop()


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a console that a viewer may sign in to."""
    with Engine(f"sqlite:///{tmp_path_factory.mktemp('known')}/e.db") as engine:
        engine.migrate()
        engine.add_account("vera", hash_password(PASSWORD), "viewer", ["clerks"])
        with served(engine) as url:
            yield url


def looked_at(tab: Page, says: str, go: Callable[[], object]) -> None:
    """What holds on every page holds on this one, in both sizes."""
    found = []
    for size in SIZES:
        width, height = checks.SIZES[size]
        tab.set_viewport_size({"width": width, "height": height})
        go()
        expect(tab.locator("main")).to_contain_text(says)
        for check in (*checks.EVERYWHERE, checks.layout, checks.still, checks.accessible):
            found += [f"{size}: {one}" for one in check(tab)]
        found += [f"{size}: {one}" for one in checks.steady(tab, 0.05)]
    assert not found


def sign_in(tab: Page, password: str = PASSWORD) -> None:
    tab.goto("/login")
    tab.get_by_label("Name").fill("vera")
    tab.get_by_label("Password").fill(password)
    tab.get_by_role("main").get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_signing_in_and_what_one_may_not_pass_every_check(
    chromium: Browser, known: str, theme: str
) -> None:
    scheme = "dark" if theme == "dark" else "light"
    context = chromium.new_context(
        base_url=known,
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    tab = context.new_page()
    wrong = watch(tab)
    looked_at(tab, "Sign in", lambda: tab.goto("/login"))
    assert not tab.locator("[data-search]").count()
    looked_at(tab, "not known here", lambda: sign_in(tab, "wrong"))
    sign_in(tab)
    looked_at(tab, "New password", lambda: tab.goto("/account"))
    looked_at(tab, "may not 'admin'", lambda: tab.goto("/admin"))
    looked_at(tab, "nowhere", lambda: tab.goto("/nowhere"))
    context.close()
    assert not [one for one in wrong if "403" not in one and "404" not in one]


def test_the_first_run_passes_every_check(chromium: Browser, tmp_path: Path) -> None:
    with Engine(f"sqlite:///{tmp_path}/e.db") as engine:
        engine.migrate()
        with served(engine) as url:
            context = chromium.new_context(base_url=url, reduced_motion="reduce")
            tab = context.new_page()
            wrong = watch(tab)
            looked_at(tab, "first administrator", lambda: tab.goto("/setup"))
            tab.get_by_label("Name").fill("ana")
            for label in ("Password", "The same again"):
                tab.get_by_label(label).fill(PASSWORD)
            tab.get_by_role("button", name="Create and sign in").click()
            looked_at(tab, "What to begin with", lambda: tab.goto("/setup/demo"))
            context.close()
    assert not wrong


def test_language_and_theme_are_switched_on_a_phone_and_from_the_palette(
    chromium: Browser, known: str
) -> None:
    context = chromium.new_context(
        base_url=known, viewport={"width": 390, "height": 844}, locale="en-GB"
    )
    tab = context.new_page()
    sign_in(tab)
    tab.goto("/processes")
    tab.get_by_role("button", name="DE – Deutsch").click()
    expect(tab.locator("h1")).to_have_text("Prozesse")
    tab.keyboard.press("Control+k")
    tab.locator("#palette input").fill("English")
    tab.locator("#palette-list li").first.click()
    expect(tab.locator("h1")).to_have_text("Processes")
    tab.get_by_role("button", name="Dark theme").click()
    expect(tab.locator("html")).to_have_attribute("data-theme", "dark")
    context.close()
