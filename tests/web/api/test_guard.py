"""Who may do what: credentials, permissions, rates; nothing is open by oversight."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.api.kit import SERVICE, Served, served
from web.api import ApiSettings
from web.api.engine_rest.routing import routes
from web.api.guard import ALL, GUESSES, Accounts, Rates, hash_password, is_password, token_hash
from web.api.routing import operations

ANYONE = {"get_topology", "get_status", "get_license"}
"""What clients ask before they have credentials."""
ACCOUNTS = Accounts(
    {
        "ada": {"password": hash_password("a secret"), "permissions": ["view"]},
        "robot": {"tokens": [token_hash("a-long-random-token")], "permissions": ["work"]},
    }
)


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, ApiSettings(authority=ACCOUNTS)) as found:
        yield found


def test_every_operation_declares_its_permission(api: Served) -> None:
    assert api.url  # the application has declared them
    assert {one.permission for one in operations.values()} <= ALL | {"anyone"}
    assert {n for n, one in operations.items() if one.permission == "anyone"} == ANYONE
    open_routes = {one.path for one in routes if one.permission == "anyone"}
    assert open_routes == {"/version", "/engine"}


def test_without_credentials_nothing_is_shown(closed: Served) -> None:
    for one in operations.values():
        path = "/v2" + one.path.replace("{key}", "1")
        answer = closed.http.request(one.method, path)
        assert (answer.status_code == 401) == (one.permission != "anyone"), path
    for route in routes:
        path = "/engine-rest" + route.path.replace("{", "").replace("}", "")
        answer = closed.http.request(route.method, path)
        assert (answer.status_code == 401) == (route.permission != "anyone"), path


def test_a_refusal_asks_for_credentials(closed: Served) -> None:
    answer = closed.http.get("/v2/authentication/me")
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["title"] == "UNAUTHENTICATED"


def test_a_password_opens_what_its_account_may(closed: Served) -> None:
    me = closed.http.get("/v2/authentication/me", auth=("ada", "a secret"))
    assert me.json()["username"] == "ada"
    wrong = closed.http.get("/v2/authentication/me", auth=("ada", "another"))
    assert wrong.status_code == 401
    started = closed.http.post("/v2/process-instances", json={}, auth=("ada", "a secret"))
    assert started.status_code == 403
    assert "'ada' may not 'operate'" in started.json()["detail"]


def test_a_token_opens_what_its_account_may(closed: Served) -> None:
    bearer = {"Authorization": "Bearer a-long-random-token"}
    body = {"type": "t", "timeout": 1, "maxJobsToActivate": 1, "requestTimeout": -1}
    found = closed.http.post("/v2/jobs/activation", json=body, headers=bearer)
    assert found.json() == {"jobs": []}
    assert closed.http.get("/v2/authentication/me", headers=bearer).status_code == 403
    other = {"Authorization": "Bearer another"}
    assert closed.http.get("/v2/authentication/me", headers=other).status_code == 401


def test_who_acts_is_in_the_history(tmp_path: Path) -> None:
    accounts = Accounts({"ada": {"password": hash_password("a secret")}})
    with served(tmp_path, ApiSettings(authority=accounts)) as api:
        api.http.auth = ("ada", "a secret")
        api.deploy(SERVICE)
        facts = api.call("GET", f"/v2/process-instances/{api.start()}/history")["items"]
    hand = next(fact["detail"] for fact in facts if fact["kind"] == "intervention")
    assert (hand["by"], hand["source"]) == ("ada", "api")


def test_without_accounts_only_this_machine_is_let_in(api: Served) -> None:
    foreign = api.http.get("/v2/authentication/me", headers={"Host": "engine.example"})
    assert foreign.status_code == 401, "a page that points a name at this machine gets nothing"
    page = api.http.get("/v2/authentication/me", headers={"Origin": "https://elsewhere.example"})
    assert page.status_code == 403


def test_who_asks_too_often_is_told_to_wait(tmp_path: Path) -> None:
    with served(tmp_path, ApiSettings(requests_per_second=0.001)) as api:
        assert api.http.get("/v2/license").status_code == 200
        answer = api.http.get("/v2/license")
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) > 1
        assert api.http.get("/health/live").status_code == 200


def test_who_is_known_has_a_rate_of_their_own(tmp_path: Path) -> None:
    me = "/v2/authentication/me"
    accounts = Accounts({name: {"password": hash_password("a secret")} for name in ("ada", "bo")})
    with served(tmp_path, ApiSettings(authority=accounts, requests_per_second=0.001)) as api:
        for status in (401, 429):  # claiming a name takes nothing of it
            assert api.http.get(me, auth=("ada", "a guess")).status_code == status
        for name in ("ada", "bo"):
            asked = [api.http.get(me, auth=(name, "a secret")) for _ in "12"]
            assert [one.status_code for one in asked] == [200, 429]


def test_passwords_are_not_guessed_in_a_row(closed: Served) -> None:
    def ask(name: str, password: str) -> int:
        return closed.http.get("/v2/authentication/me", auth=(name, password)).status_code

    assert {ask("ada", f"guess {n}") for n in range(GUESSES)} == {401}
    assert ask("ada", "one more") == 429
    assert ask("ada", "a secret") == 429, "a lucky guess would not tell itself either"
    assert ask("bo", "a guess") == 401


def test_a_rate_is_kept_on_the_average() -> None:
    now = 0.0
    rates = Rates(2, clock=lambda: now)
    assert [rates.wait("a") > 0 for _ in range(5)] == [False, False, False, False, True]
    assert rates.wait("b") == 0
    assert [rates.pause("a"), rates.pause("b")] == [0.5, 0]
    now = 0.5
    assert [rates.pause("a"), rates.pause("a"), rates.wait("a")] == [0, 0, 0]


def test_a_stored_password_does_not_tell_it() -> None:
    first, second = hash_password("a secret"), hash_password("a secret")
    assert first != second
    assert is_password("a secret", first)
    assert not is_password("another", first)


def test_an_unknown_permission_is_refused() -> None:
    with pytest.raises(ValueError, match="'fly' is unknown"):
        Accounts({"ada": {"permissions": ["fly"]}})
