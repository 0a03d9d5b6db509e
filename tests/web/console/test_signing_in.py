"""Signing in: the first administrator, passwords, tokens, a provider, and what ends a session."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect

from engine import AuditQuery, Engine, InstanceQuery
from tests.web.api.provider import AUDIENCE, CLIENT, provider
from tests.web.console.conftest import COUNT, watch
from web.api import ApiSettings
from web.api.guard import hash_password
from web.api.oidc import OidcSettings, Provider
from web.application import create_app
from web.console import sessions
from web.demo import loader
from web.server import Server

PASSWORD = "a long password"
HTML = {"Accept": "text/html"}


@pytest.fixture(autouse=True)
def fresh_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "_tries", sessions.Rates(0.1, clock=lambda: 0.0, burst=10))


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine("sqlite://") as made:
        yield made


@pytest.fixture
def client(engine: Engine) -> FlaskClient:
    return create_app(engine, secret_key="s").test_client()


def form(client: FlaskClient, address: str, **values: str) -> int:
    client.get("/login" if "login" in address else "/account")
    with client.session_transaction() as session:
        token = session.get("form_token", "")
    answer = client.post(address, data={"form_token": token, **values})
    return answer.status_code


def known(engine: Engine, **roles: str) -> None:
    for name, role in roles.items():
        engine.add_account(name, hash_password(PASSWORD), role)  # type: ignore[arg-type]


def sign_in(client: FlaskClient, name: str, password: str = PASSWORD) -> int:
    return form(client, "/login", name=name, password=password)


def test_who_is_not_known_is_led_to_where_one_signs_in_and_back(
    client: FlaskClient, engine: Engine
) -> None:
    known(engine, ana="operator")
    away = client.get("/instances?q=status:failed", headers=HTML)
    assert away.status_code == 303
    assert away.headers["Location"] == "/login?next=/instances?q%3Dstatus:failed"
    assert client.get("/instances", headers={"HX-Request": "true"}).headers["HX-Redirect"]
    assert client.get("/instances").status_code == 401  # a program
    shown = client.get(away.headers["Location"]).text
    token = re.search(r'name="form_token" value="([^"]+)"', shown)
    assert token
    given = {"form_token": token[1], "next": "/instances?q=status:failed"}
    answer = client.post("/login", data={**given, "name": "ana", "password": PASSWORD})
    assert answer.headers["Location"] == "/instances?q=status:failed"
    assert client.get("/instances").status_code == 200


@pytest.mark.parametrize("next", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_nobody_is_led_elsewhere(client: FlaskClient, engine: Engine, next: str) -> None:
    known(engine, ana="operator")
    client.get("/login")
    with client.session_transaction() as session:
        token = session["form_token"]
    given = {"form_token": token, "next": next, "name": "ana", "password": PASSWORD}
    assert client.post("/login", data=given).headers["Location"] == "/"


def test_a_wrong_password_is_refused_and_too_many_wait(client: FlaskClient, engine: Engine) -> None:
    known(engine, ana="operator")
    codes = [sign_in(client, "ana", "wrong") for _ in range(11)]
    assert codes == [422] * 10 + [429]
    assert sign_in(client, "ana") == 429
    assert client.get("/").status_code == 401


@pytest.mark.parametrize(
    "change", [{"role": "viewer"}, {"is_disabled": True}, {"secret": hash_password("x")}]
)
def test_what_changes_an_account_ends_its_sessions(
    client: FlaskClient, engine: Engine, change: dict[str, object]
) -> None:
    known(engine, ana="operator", boss="admin")
    assert sign_in(client, "ana") == 303
    assert client.get("/").status_code == 200
    engine.change_account("ana", **change)  # type: ignore[arg-type]
    assert client.get("/").status_code == 401


def test_signing_out_ends_it_and_half_a_day_does(
    client: FlaskClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    known(engine, ana="operator")
    sign_in(client, "ana")
    assert form(client, "/logout") == 303
    assert client.get("/").status_code == 401
    sign_in(client, "ana")
    assert client.get("/").status_code == 200
    monkeypatch.setattr(sessions, "LIFE", -1)
    assert client.get("/").status_code == 401


def test_one_changes_ones_own_password(client: FlaskClient, engine: Engine) -> None:
    known(engine, ana="viewer")
    sign_in(client, "ana")
    new = "another password"
    assert form(client, "/account", old="no", password=new, again=new) == 422
    assert form(client, "/account", old=PASSWORD, password="short", again="short") == 422
    assert form(client, "/account", old=PASSWORD, password=new, again="x" * 12) == 422
    assert form(client, "/account", old=PASSWORD, password=new, again=new) == 303
    assert client.get("/").status_code == 200
    assert client.get("/", auth=("ana", PASSWORD)).status_code == 401
    assert client.get("/", auth=("ana", new)).status_code == 200


def test_an_admin_makes_changes_and_removes_users(client: FlaskClient, engine: Engine) -> None:
    known(engine, boss="admin")
    sign_in(client, "boss")
    given = {"name": "ben", "role": "operator", "groups": "clerks, chiefs"}
    assert form(client, "/admin/users", **given, password="short") == 422
    assert form(client, "/admin/users", **given, password=PASSWORD) == 303
    assert engine.access().accounts["ben"].view.groups == ["clerks", "chiefs"]
    assert client.get("/", auth=("ben", PASSWORD)).status_code == 200
    form(client, "/admin/users/ben", do="role", role="viewer")
    assert engine.access().accounts["ben"].view.role == "viewer"
    form(client, "/admin/users/ben", do="password", password="quite another")
    assert client.get("/", auth=("ben", "quite another")).status_code == 200
    form(client, "/admin/users/ben", do="disable")
    assert client.get("/", auth=("ben", "quite another")).status_code == 401
    form(client, "/admin/users/ben", do="remove")
    assert list(engine.access().accounts) == ["boss"]
    assert form(client, "/admin/users/boss", do="disable") == 409
    assert client.get("/admin").status_code == 200


def test_a_token_is_shown_once_works_and_is_revoked(client: FlaskClient, engine: Engine) -> None:
    known(engine, boss="admin")
    sign_in(client, "boss")
    client.get("/account")
    with client.session_transaction() as session:
        token = session["form_token"]
    given = {"form_token": token, "name": "robot", "role": "viewer", "days": "30"}
    shown = client.post("/admin/tokens", data=given).text
    found = re.search(r"kap_[\w-]+", shown)
    assert found
    assert found[0] not in client.get("/admin").text
    bearer = {"Authorization": f"Bearer {found[0]}"}
    assert client.get("/v2/topology", headers=bearer).status_code == 200
    assert client.post("/v2/job-types/suspension", headers=bearer, json={}).status_code == 403
    (one,) = engine.access().tokens.values()
    assert one.view.used is not None
    form(client, f"/admin/tokens/{one.view.id}/revoke")
    assert client.get("/v2/topology", headers=bearer).status_code == 401


def test_who_sends_what_they_may_not_do_is_in_the_audit(
    client: FlaskClient, engine: Engine
) -> None:
    """Journey 31, where no button is."""
    known(engine, vera="viewer", boss="admin")
    sign_in(client, "vera")
    assert client.get("/admin").status_code == 403
    assert form(client, "/instances/1/cancel", reason="x") == 403
    (line,) = engine.audit(AuditQuery(verbs=("refused",))).items
    assert (line.verb, line.by.name, line.by.source) == ("refused", "vera", "console")
    assert (line.target, line.detail) == ("POST /instances/1/cancel", {"permission": "operate"})
    client.post("/v2/process-instances/1/cancellation", auth=("vera", PASSWORD), json={})
    sources = {one.by.source for one in engine.audit(AuditQuery(verbs=("refused",))).items}
    assert sources == {"api", "console"}


# A provider


@contextmanager
def served(engine: Engine, settings: ApiSettings | None = None, **more: object) -> Iterator[str]:
    app = create_app(engine, secret_key="s", api_settings=settings, **more)  # type: ignore[arg-type]
    server = Server(app)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield server.url.rstrip("/")
    server.stop()
    thread.join(10)


def settings_of(issuer: str) -> ApiSettings:
    roles = {"clerk": frozenset({"view", "work"})}
    found = OidcSettings(
        issuer=issuer,
        audience=AUDIENCE,
        client_id=CLIENT,
        roles_claim="realm_access.roles",
        roles=roles,
    )
    return ApiSettings(authority=Provider(found))


def test_one_signs_in_by_a_provider_with_a_code_and_pkce(chromium: Browser, tmp_path: Path) -> None:
    with provider() as found, Engine(f"sqlite:///{tmp_path}/e.db") as engine:
        engine.migrate()
        with served(engine, settings_of(found.issuer)) as url:
            context = chromium.new_context(base_url=url)
            page = context.new_page()
            wrong = watch(page)
            page.goto("/tasks")
            page.get_by_role("link", name="Sign in by your organisation").click()
            expect(page).to_have_url(f"{url}/tasks")
            page.get_by_text("ada", exact=True).click()
            page.get_by_role("link", name="My account").click()
            expect(page.get_by_text("view, work")).to_be_visible()
            page.get_by_text("ada", exact=True).first.click()
            page.get_by_role("button", name="Sign out").click()
            page.goto("/tasks")
            expect(page).to_have_url(re.compile("/login"))
            found.nonce = "of somebody else"
            page.get_by_role("link", name="Sign in by your organisation").click()
            expect(page.get_by_text("did not say who you are")).to_be_visible()
            page.goto("/login/callback?code=stolen&state=guessed")
            expect(page.get_by_text("was not asked for")).to_be_visible()
            context.close()
            assert not wrong


# The first run


def test_from_nothing_to_numbers_in_four_clicks(chromium: Browser, tmp_path: Path) -> None:
    """Journey 30."""
    with Engine(f"sqlite:///{tmp_path}/e.db") as engine:
        engine.migrate()
        load, stop = loader(engine, threads=2)
        with served(engine, load_demo=load) as url:
            context = chromium.new_context(base_url=url, viewport={"width": 1440, "height": 900})
            page: Page = context.new_page()
            page.add_init_script(f"({COUNT})()")
            wrong = watch(page)
            page.goto("/")
            page.get_by_role("link", name="Create the first administrator").click()
            page.get_by_label("Name").fill("ana")
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_label("The same again").fill(PASSWORD)
            page.get_by_role("button", name="Create and sign in").click()
            page.get_by_role("button", name="Load the example processes").click()
            expect(page.get_by_text("200 instances of the example processes")).to_be_visible(
                timeout=30_000
            )
            expect(page.locator(".figures .value").first).not_to_have_text("0")
            assert page.evaluate("Number(sessionStorage.clicks)") <= 4
            context.close()
            assert not wrong
        stop()
        assert engine.instances(InstanceQuery(is_root=True)).total >= 200  # messages start more


def test_there_is_one_first_run(client: FlaskClient, engine: Engine) -> None:
    away = {"REMOTE_ADDR": "203.0.113.7"}
    assert client.get("/setup", environ_base=away).status_code == 401
    known(engine, boss="admin")
    assert client.get("/setup", headers=HTML).status_code == 404
