"""Users, tokens and views from a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import AuditQuery, Engine
from tests.web.cli.test_commands import Shell
from web.api.guard import token_hash

PASSWORD = "a long password"


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path)


def test_a_user_is_let_in_changed_and_removed(shell: Shell, tmp_path: Path) -> None:
    shell.run("user-add", "boss", "--role", "admin", "--password", PASSWORD)
    said = shell.run("user-add", "ana", "--group", "clerks", "--password", PASSWORD).output
    assert "ana may come in as viewer" in said
    shell.run("user-change", "ana", "--role", "operator", "--disable")
    found = {one["name"]: one for one in shell.json("users")}
    assert (found["ana"]["role"], found["ana"]["is_disabled"]) == ("operator", True)
    assert found["ana"]["groups"] == ["clerks"]
    assert "disabled" in shell.run("users").output
    assert "the only admin" in shell.run("user-remove", "boss", code=1).output
    shell.run("user-remove", "ana")
    assert len(shell.json("users")) == 1
    with Engine(f"sqlite:///{tmp_path}/engine.db") as engine:
        acts = engine.audit(AuditQuery(target="ana")).items
    assert {act.by.source for act in acts} == {"cli"}
    assert len(acts) == 3


def test_a_short_password_is_refused(shell: Shell) -> None:
    output = shell.run("user-add", "ana", "--password", "short", code=1).output
    assert "10 to 200 would do" in output


def test_a_token_is_printed_once_listed_and_revoked(shell: Shell, tmp_path: Path) -> None:
    made = shell.json("token-add", "billing", "--role", "operator", "--for", "90d")
    with Engine(f"sqlite:///{tmp_path}/engine.db") as engine:
        assert token_hash(made["token"]) in engine.access().tokens
    listed = shell.run("tokens").output
    assert "billing" in listed
    assert made["token"] not in listed
    shell.run("token-revoke", str(made["id"]))
    (token,) = shell.json("tokens")
    assert token["revoked"]


def test_a_view_is_kept_listed_and_forgotten(shell: Shell) -> None:
    id = str(shell.json("view-save", "stuck", "is:incident", "--shared")["id"])
    assert "is:incident" in shell.run("views").output
    shell.run("view-remove", id)
    assert shell.json("views") == []
