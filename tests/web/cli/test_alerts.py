"""Alerts from a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit import document
from tests.web.cli.test_commands import Shell


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    found = Shell(tmp_path)
    found.run("deploy", found.file("p.bpmn", document("<startEvent id='s'/>")))
    return found


def test_a_rule_is_tried_added_tested_seen_silenced_and_removed(shell: Shell) -> None:
    words = ("absence", "--query", "process:p", "--within", "30m")
    assert "would have fired 1 time(s)" in shell.run("alert-try", *words).output
    id = str(shell.json("alert-add", "none done", *words)["id"])
    fired = str(shell.json("alert-test", id)["id"])
    assert "none done (test)" in shell.run("alerts", "--open").output
    shell.run("alert-ack", fired, "--reason", "seen")
    assert shell.json("alerts", "--open")["total"] == 0
    assert "tells nobody until" in shell.run("alert-silence", id, "--for", "2h").output
    assert "tells again" in shell.run("alert-silence", id).output
    shell.run("alert-remove", id)
    assert shell.json("alert-rules")["total"] == 0


def test_a_span_is_checked(shell: Shell) -> None:
    assert "found 'soon'" in shell.run("alert-try", "absence", "--within", "soon", code=2).output
    assert "nothing can be said" in shell.run("alert-try", "node_lost").output
