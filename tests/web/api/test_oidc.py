"""Tokens of a real provider, with real keys, over the wire."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwk, jwt

from engine import Unavailable
from tests.web.api.kit import served
from tests.web.api.provider import AUDIENCE, Provider, provider
from web.api import ApiSettings
from web.api.guard import Accounts, Authorities, token_hash
from web.api.oidc import AGAIN, FRESH, OidcSettings, parse_roles, texts_at
from web.api.oidc import Provider as Checker

ROLES = {"clerk": frozenset({"view", "work"}), "chief": frozenset({"view", "operate"})}
NOW = 1_800_000_000.0


class Clock:
    """Both clocks of a checker."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def issuer() -> Iterator[Provider]:
    with provider() as found:
        yield found


def settings(issuer: Provider, **more: Any) -> OidcSettings:
    given = {"roles_claim": "realm_access.roles", "roles": ROLES, **more}
    return OidcSettings(issuer=issuer.issuer, audience=AUDIENCE, **given)


def checker(issuer: Provider, clock: Clock | None = None, **more: Any) -> Checker:
    clock = clock or Clock()
    return Checker(settings(issuer, **more), clock=clock, monotonic=clock)


def test_a_token_opens_what_its_roles_may(issuer: Provider, tmp_path: Path) -> None:
    accounts = Accounts({"robot": {"tokens": [token_hash("a-long-random-token")]}})
    authority = Authorities(accounts, Checker(settings(issuer)))
    with served(tmp_path, ApiSettings(authority=authority)) as api:
        bearer = {"Authorization": f"Bearer {issuer.token(time.time())}"}
        me = api.call("GET", "/v2/authentication/me", headers=bearer)
        assert me["username"] == "ada"
        assert me["groups"] == ["clerks"]
        assert api.call("POST", "/v2/user-tasks/search", headers=bearer)["items"] == []
        told = api.call("POST", "/v2/process-instances", headers=bearer, json={}, expect=403)
        assert "'ada' may not 'operate'" in told["detail"]
        assert api.call("GET", "/engine-rest/task", headers=bearer) == []
        wrong = {"Authorization": f"Bearer {issuer.token(time.time(), aud='another')}"}
        answer = api.http.get("/v2/authentication/me", headers=wrong)
        assert answer.status_code == 401
        ways = answer.headers.get_list("WWW-Authenticate")
        assert [way.split()[0] for way in ways] == ["Basic", "Bearer"]
        robot = {"Authorization": "Bearer a-long-random-token"}
        assert api.call("GET", "/v2/authentication/me", headers=robot)["username"] == "robot"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"exp": None},
        {"exp": int(NOW) - 61},
        {"exp": "tomorrow"},
        {"nbf": int(NOW) + 61},
        {"iat": int(NOW) + 61},
        {"sub": None, "preferred_username": None},
    ],
)
def test_a_claim_that_is_wrong_or_missing_refuses(issuer: Provider, claims: Any) -> None:
    assert checker(issuer).by_token(issuer.token(NOW)) is not None
    assert checker(issuer).by_token(issuer.token(NOW, **claims)) is None


def test_the_clocks_may_differ_a_little(issuer: Provider) -> None:
    assert checker(issuer).by_token(issuer.token(NOW, exp=int(NOW) - 59)) is not None


def test_only_public_key_signatures_of_the_provider_count(issuer: Provider) -> None:
    check = checker(issuer)
    good = issuer.token(NOW)
    head, body, signature = good.split(".")
    stranger = jwk.generate_key("RSA", 2048, {"kid": "one"})
    claims = issuer.claims(NOW)
    assert check.by_token(jwt.encode({"alg": "RS256", "kid": "one"}, claims, stranger)) is None
    assert check.by_token(f"{_part({'alg': 'none', 'kid': 'one'})}.{body}.") is None
    # The public key, taken for a shared secret (RFC 8725 §2.1).
    public = issuer.keys["one"].as_pem(private=False)
    signed = f"{_part({'alg': 'HS256', 'kid': 'one'})}.{body}"
    mark = base64.urlsafe_b64encode(hmac.digest(public, signed.encode(), "sha256"))
    assert check.by_token(f"{signed}.{mark.decode().rstrip('=')}") is None
    forged = _part({**claims, "realm_access": {"roles": ["chief"]}})
    assert check.by_token(f"{head}.{forged}.{signature}") is None
    assert check.by_token(issuer.token(NOW, header={"typ": "logout+jwt"})) is None
    for text in ("", "a", "a.b", "a.b.c", "é.é.é", good[:-4], "." * 10_000):
        assert check.by_token(text) is None


def _part(document: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


def test_keys_are_kept_and_asked_for_again_when_they_change(issuer: Provider) -> None:
    clock = Clock()
    check = checker(issuer, clock)
    for _ in range(3):
        assert check.by_token(issuer.token(clock.now)) is not None
    assert len(issuer.asked) == 2, "discovery and keys, once"
    before = issuer.token(clock.now)
    issuer.rotate("two")
    assert check.by_token(issuer.token(clock.now)) is None, "not more often than allowed"
    clock.now += AGAIN
    assert check.by_token(issuer.token(clock.now)) is not None
    assert len(issuer.asked) == 4
    assert check.by_token(before) is None, "a key that is gone opens nothing"
    issuer.is_away = True
    clock.now += FRESH + 1
    assert check.by_token(issuer.token(clock.now)) is not None, "what is known serves on"


def test_a_provider_that_never_answered_is_no_refusal(issuer: Provider) -> None:
    clock = Clock()
    check = checker(issuer, clock)
    issuer.is_away = True
    with pytest.raises(Unavailable, match="identity provider"):
        check.by_token(issuer.token(NOW))
    issuer.is_away = False
    clock.now += AGAIN
    assert check.by_token(issuer.token(clock.now)) is not None


def test_roles_are_permissions_where_none_are_named(issuer: Provider) -> None:
    check = checker(issuer, roles={}, roles_claim="scope")
    found = check.by_token(issuer.token(NOW, scope="openid view work"))
    assert found is not None
    assert found.permissions == {"view", "work"}


def test_claims_are_found_inside_and_by_address() -> None:
    claims = {"a": {"b": ["x", 1]}, "https://shop.example/roles": ["y"], "scope": "v w"}
    assert texts_at(claims, "a.b") == ("x",)
    assert texts_at(claims, "https://shop.example/roles") == ("y",)
    assert texts_at(claims, "scope") == ("v", "w")
    assert texts_at(claims, "a.b.c") == ()


def test_settings_that_would_open_a_door_are_refused(issuer: Provider) -> None:
    with pytest.raises(ValueError, match="https"):
        OidcSettings(issuer="http://login.example", audience="a")
    with pytest.raises(ValueError, match="audience"):
        OidcSettings(issuer="https://login.example", audience="")
    with pytest.raises(ValueError, match="HS256"):
        settings(issuer, algorithms=("HS256",))
    with pytest.raises(ValueError, match="'fly' is unknown"):
        settings(issuer, roles={"chief": frozenset({"fly"})})
    assert parse_roles("clerk=view+work, chief=operate") == {
        "clerk": {"view", "work"},
        "chief": {"operate"},
    }
    with pytest.raises(ValueError, match="ROLE="):
        parse_roles("clerk")
