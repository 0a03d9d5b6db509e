"""Users, tokens, views and masking rules over HTTP: made, used, taken back, audited."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import AuditQuery
from tests.web.api.kit import SERVICE, Served, served
from web.api.guard import hash_password

PASSWORD = "a long password"
BOSS = ("boss", PASSWORD)


@pytest.fixture
def known(tmp_path: Path) -> Iterator[Served]:
    """A server that knows an admin and an operator."""
    with served(tmp_path) as api:
        for name, role in (("boss", "admin"), ("ana", "operator"), ("vic", "viewer")):
            api.engine.add_account(name, hash_password(PASSWORD), role)  # type: ignore[arg-type]
        api.http.auth = BOSS
        yield api


def test_a_user_is_let_in_changed_disabled_and_removed(known: Served) -> None:
    body = {"username": "ben", "password": PASSWORD, "role": "viewer", "groups": ["clerks"]}
    made = known.post("/v2/users", body)
    assert (made["role"], made["groups"], made["createdBy"]) == ("viewer", ["clerks"], "boss")
    names = [one["username"] for one in known.call("GET", "/v2/users")["items"]]
    assert names == ["ana", "ben", "boss", "vic"]
    ben = ("ben", PASSWORD)
    assert known.call("GET", "/v2/authentication/me", auth=ben)["username"] == "ben"
    changed = known.call("PATCH", "/v2/users/ben", json={"isDisabled": True})
    assert known.call("PATCH", "/v2/users/ben", json={}) == changed
    assert changed["isDisabled"] is True
    known.call("GET", "/v2/authentication/me", auth=ben, expect=401)
    known.call("DELETE", "/v2/users/ben", expect=204)
    known.call("DELETE", "/v2/users/ben", expect=404)
    found = known.engine.audit(AuditQuery(target="ben")).items
    assert [(act.verb, act.by.name, act.by.source) for act in found] == [
        ("remove_account", "boss", "api"),
        ("change_account", "boss", "api"),
        ("add_account", "boss", "api"),
    ]
    assert PASSWORD not in str(found)


def test_the_only_admin_stays_and_a_short_password_is_refused(known: Served) -> None:
    refused = known.call("DELETE", "/v2/users/boss", expect=409)
    assert "the only admin" in refused["detail"]
    short = known.post("/v2/users", {"username": "x", "password": "short"}, expect=400)
    assert "password" in short["detail"]


def test_a_token_is_shown_once_lets_in_and_is_revoked(known: Served) -> None:
    body = {"name": "billing", "role": "operator"}
    made = known.post("/v2/tokens", body, Idempotency_Key="k-1")
    bearer = {"Authorization": f"Bearer {made['token']}"}
    known.http.auth = None
    assert known.call("GET", "/v2/authentication/me", headers=bearer)["username"] == "billing"
    known.http.auth = BOSS
    again = known.post("/v2/tokens", body, Idempotency_Key="k-1")
    assert (again["tokenKey"], again["token"]) == (made["tokenKey"], None)
    (listed,) = known.call("GET", "/v2/tokens")["items"]
    assert "token" not in listed
    known.call("DELETE", f"/v2/tokens/{made['tokenKey']}", expect=204)
    known.http.auth = None
    known.call("GET", "/v2/authentication/me", headers=bearer, expect=401)


def test_a_view_is_ones_own_or_shared_by_who_operates(known: Served) -> None:
    mine = {"name": "mine", "query": "is:incident"}
    shared = {"name": "ours", "query": "process:p", "isShared": True}
    vic, ana = ("vic", PASSWORD), ("ana", PASSWORD)
    known.call("POST", "/v2/views", json=mine, auth=vic)
    known.call("POST", "/v2/views", json=shared, auth=vic, expect=403)
    key = known.call("POST", "/v2/views", json=shared, auth=ana)["viewKey"]
    seen = known.call("GET", "/v2/views", auth=vic)["items"]
    assert [(one["name"], one["owner"]) for one in seen] == [("ours", "ana"), ("mine", "vic")]
    known.call("DELETE", f"/v2/views/{key}", auth=vic, expect=404)
    known.call("DELETE", f"/v2/views/{key}", auth=ana, expect=204)


def test_what_is_secret_is_said_and_taken_back(known: Served) -> None:
    known.deploy(SERVICE)
    key = known.start(diagnosis="measles")
    asked = {"filter": {"processInstanceKey": key}}

    def shown() -> str:
        (item,) = known.post("/v2/variables/search", asked)["items"]
        return str(item["value"])

    rule = {"pattern": "diag*"}
    known.post("/v2/masking-rules", rule, expect=204)
    assert "measles" not in shown()
    rules = known.call("GET", "/v2/masking-rules")["items"]
    assert {"pattern": "diag*", "isMasked": True, "origin": "admin", "place": "boss"} in rules
    known.post("/v2/masking-rules/removal", rule, expect=204)
    assert shown() == '"measles"'


@pytest.mark.parametrize("path", ["/v2/users", "/v2/tokens", "/v2/masking-rules"])
def test_only_who_administers_may_ask(known: Served, path: str) -> None:
    known.call("GET", path, auth=("ana", PASSWORD), expect=403)
