"""A console over a real engine, a real server on a loopback port, a real Chromium."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, sync_playwright

from engine import Engine, Handlers
from processes import STORIES
from web.application import create_app
from web.server import Server

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
STORY = {story.id: story for story in STORIES}


@dataclass(kw_only=True)
class Site:
    """An engine with the stories of the tests deployed, and its console."""

    engine: Engine
    client: FlaskClient
    url: str = ""
    token: str = field(default="", repr=False)

    def settle(self) -> None:
        """Do all that is due now."""
        self.engine.run_due()

    def post(self, address: str, **values: Any) -> Any:
        """Send a form with the token that the console's own forms carry."""
        if not self.token:
            self.client.get("/deploy")
            with self.client.session_transaction() as session:
                self.token = session["form_token"]
        data = {"form_token": self.token, **values}
        return self.client.post(address, data=data, content_type="multipart/form-data")

    def text(self, address: str, status: int = 200) -> str:
        """The page at an address, as markup."""
        answer = self.client.get(address)
        assert answer.status_code == status, answer.text
        return answer.text

    def start(self, story: str, **variables: Any) -> int:
        """Start a story's process with its first example, and let it run as far as it goes."""
        told = STORY[story]
        given = {**told.examples[0].variables, **variables}
        started = self.engine.start(
            told.process_id, given, business_key=str(given.get(told.business_key))
        )
        self.settle()
        return started.id


def make_site(folder: Path, *stories: str) -> Site:
    handlers = Handlers.of(*(STORY[story].handlers() for story in stories))
    engine = Engine(f"sqlite:///{folder}/engine.db", handlers=handlers)
    engine.migrate()
    for story in stories:
        engine.deploy(STORY[story].contents())
    app = create_app(engine, secret_key="only-for-this-test", is_demo=True)
    app.testing = True
    return Site(engine=engine, client=app.test_client())


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A console of its own for one test, asked without a server."""
    monkeypatch.chdir(tmp_path)
    made = make_site(tmp_path, "order_fulfilment", "loan_underwriting")
    yield made
    made.engine.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A console that all tests of a module share, behind a server on a free port."""
    folder = tmp_path_factory.mktemp("served")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        made = make_site(folder, "order_fulfilment", "loan_underwriting")
        server = Server(made.client.application, threads=24)
        made.url = server.url.rstrip("/")
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        yield made
        server.stop()
        thread.join(5)
        made.engine.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    named = os.environ.get("KAPELLMEISTER_BROWSER")
    program = named or next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.fail("no Chromium was found: `python3 tests` installs or asks for one")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, served: Site) -> Iterator[Page]:
    """A fresh tab; whatever goes wrong in it fails the test."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, base_url=served.url)
    tab = context.new_page()
    wrong = watch(tab)
    yield tab
    context.close()
    assert not wrong


def watch(tab: Page) -> list[str]:
    """What goes wrong in a tab from now on: errors, refused scripts, failed requests."""
    wrong: list[str] = []
    tab.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on(
        "requestfailed",
        lambda request: (
            None if "/events" in request.url else wrong.append(f"{request.url}: {request.failure}")
        ),
    )
    return wrong


def drawn(tab: Page) -> None:
    """Wait until the diagram of the page is there."""
    tab.wait_for_selector('[data-island="diagram"][data-ready]')
