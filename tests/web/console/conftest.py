"""A console over a real engine, a real server on a loopback port, a real Chromium."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from engine import Engine, Job
from processes import STORIES
from web import console
from web.server import Server

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
STORY = {story.id: story for story in STORIES}
RESULTS: dict[str, dict[str, Any]] = {
    "validate-order": {"amount": 99.8},
    "reserve-stock": {"reservation_id": "RES-1"},
    "release-stock": {},
    "authorise-payment": {"authorisation_id": "AUTH-1"},
    "void-payment": {},
    "book-carrier": {"pickup_in": "PT0S"},
    "hand-over-parcel": {},
    "notify-customer": {},
    "check-credit": {"credit_score": 640},
    "verify-income": {"yearly_income": 42_000},
    "screen-for-fraud": {"fraud_suspected": False},
    "alert-head-of-credit": {},
    "write-refusal": {},
}
"""What the tests' worker answers, by job type."""


@dataclass(kw_only=True)
class Site:
    """An engine with stories deployed, a worker for their jobs, and the console over it."""

    engine: Engine
    client: FlaskClient
    url: str = ""
    token: str = field(default="", repr=False)
    is_healed: bool = False
    """Whether the card issuer is back for those orders that find it down."""
    hurry: timedelta = timedelta()
    """How far the engine's clock is ahead."""

    def now(self) -> datetime:
        return datetime.now(UTC) + self.hurry

    def skip(self, **duration: float) -> None:
        """Let time pass for the engine, and do what has become due."""
        self.hurry += timedelta(**duration)
        self.settle()

    def settle(self) -> None:
        """Do all that is due now, jobs included."""
        while True:
            self.engine.run_due()
            jobs = self.engine.activate_jobs(
                RESULTS, worker="tests", limit=100, wait=timedelta(seconds=0)
            )
            if not jobs:
                return
            for job in jobs:
                self._work(job)

    def _work(self, job: Job) -> None:
        behaviour = job.variables.get("payment_behaviour")
        at_issuer = job.type == "authorise-payment"
        if at_issuer and behaviour == "decline":
            self.engine.throw_job_error(job.id, "PAYMENT_DECLINED", worker="tests")
        elif at_issuer and behaviour == "down" and not self.is_healed:
            message = "no answer from the card issuer"
            self.engine.fail_job(job.id, message, backoff=timedelta(0), worker="tests")
        else:
            self.engine.complete_job(job.id, RESULTS[job.type], worker="tests")

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
    made: list[Site] = []
    engine = Engine(f"sqlite:///{folder}/engine.db", clock=lambda: made[0].now())
    app = Flask("web", static_folder=None)
    console.register(app, engine)
    app.testing = True  # a mistake of ours fails its test
    made.append(Site(engine=engine, client=app.test_client()))
    engine.migrate()
    for story in stories:
        engine.deploy(STORY[story].contents())
    return made[0]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A console of its own for one test, asked without a server."""
    made = make_site(tmp_path, "order_fulfilment", "loan_underwriting")
    yield made
    made.engine.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A console that all tests of a module share, behind a server on a free port."""
    folder = tmp_path_factory.mktemp("served")
    made = make_site(folder, "order_fulfilment", "loan_underwriting")
    with served_at(made):
        yield made


@contextmanager
def served_at(made: Site) -> Iterator[None]:
    """A server for a console on a free port; both are closed at the end."""
    server = Server(made.client.application)
    made.url = server.url.rstrip("/")
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield
    server.stop()
    thread.join(10)
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


COUNT = """() => {
  const more = () => { sessionStorage.clicks = 1 + (Number(sessionStorage.clicks) || 0); };
  addEventListener('pointerdown', more, true);
  addEventListener('keydown', (event) => {
    const isShortcut = (event.metaKey || event.ctrlKey) && !['Meta', 'Control'].includes(event.key);
    if (event.key === 'Enter' || isShortcut) more();
  }, true);
}"""
"""Counts pointer presses, Enter and shortcuts; typing counts as none."""
Counted = tuple[Page, Callable[[], int]]


@pytest.fixture
def counted(chromium: Browser, served: Site) -> Iterator[tuple[Page, Callable[[], int]]]:
    """A fresh tab that counts clicks."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, base_url=served.url)
    context.add_init_script(f"({COUNT})()")
    tab = context.new_page()
    wrong = watch(tab)
    yield tab, lambda: int(tab.evaluate("Number(sessionStorage.clicks) || 0"))
    context.close()
    assert not [one for one in wrong if "409" not in one]


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

    def said(message: ConsoleMessage) -> None:
        is_refusal = "status of 422" in message.text  # a form with a mistake in it, as meant
        if message.type == "error" and not is_refusal:
            wrong.append(message.text)

    def failed(request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # left behind when going to another page
            wrong.append(f"{request.url}: {request.failure}")

    tab.on("console", said)
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("requestfailed", failed)
    return wrong


def drawn(tab: Page) -> None:
    """Wait until the diagram of the page is there."""
    tab.wait_for_selector('[data-island="diagram"][data-ready]')
