"""Operations from a terminal: each can be tried first, does what it says, and is in the audit."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import Engine
from tests.kit import document
from tests.web.cli.test_commands import Shell

MODEL = document("<startEvent id='s'/><userTask id='a'/><userTask id='b'/>\ns -> a -> b")
RENAMED = document("<startEvent id='s'/><userTask id='x'/><userTask id='b'/>\ns -> x -> b")


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    found = Shell(tmp_path)
    found.run("deploy", found.file("p.bpmn", MODEL))
    return found


def start(shell: Shell) -> str:
    return str(shell.json("start", "p", "-v", "n=1")["id"])


def where(shell: Shell, id: str) -> list[str]:
    return [t["element"] for t in shell.json("show", id)["tokens"]]


def test_tokens_are_moved_after_a_dry_run(shell: Shell) -> None:
    id = start(shell)
    words = ("modify", id, "--move", "a:b", "-v", "n=2", "--reason", "skip")
    shown = shell.run(*words, "--dry-run").output
    assert "would be" in shown
    assert "a → b" in shown
    assert "p.n: 1 → 2" in shown
    assert where(shell, id) == ["a"]
    shell.run(*words)
    assert where(shell, id) == ["b"]
    assert "no token is in 'a'" in shell.run(*words, code=1).output
    shell.run("modify", id, "--move", "a", "--reason", "x", code=2)
    shell.run("modify", id, "--add", "a", "--stop", "b", "--reason", "back")
    assert where(shell, id) == ["a"]


def test_an_instance_is_migrated_cancelled_restarted_and_deleted(shell: Shell) -> None:
    id = start(shell)
    shell.run("deploy", shell.file("p.bpmn", RENAMED))
    assert "has no target" in shell.run("migrate-instance", id, "--reason", "law", code=1).output
    shell.run("migrate-instance", id, "--to", "9", "--reason", "law", code=2)
    shell.run("migrate-instance", id, "--to", "2", "--map", "a:x", "--reason", "law")
    assert where(shell, id) == ["x"]
    shell.run("cancel", id, "--reason", "over")
    new = str(shell.json("restart", id, "--at", "b", "--reason", "again")["created"])
    assert where(shell, new) == ["b"]
    shell.run("delete", id, "--reason", "asked for")
    shell.run("show", id, code=1)
    verbs = [entry["verb"] for entry in shell.json("audit", "--instance", id)["items"]]
    assert verbs == ["delete", "restart", "cancel", "migrate"]
    assert "asked for" in shell.run("audit", "--verb", "delete", "--hours", "1").output


def test_a_batch_is_tried_made_watched_and_turned(shell: Shell, tmp_path: Path) -> None:
    ids = [start(shell) for _ in range(3)]
    words = ("batch", "set_variables", "--process", "p", "-v", "n=9", "--reason", "tax")
    assert "3 of 3 would be done" in shell.run(*words, "--dry-run").output
    made = shell.json(*words, "--per-second", "1", "--stop-after", "2")
    assert (made["total"], made["left"]) == (3, 3)
    batch = str(made["id"])
    shell.run("batch-pause", batch, "--reason", "wait")
    assert "paused" in shell.run("batches").output
    shell.run("batch-resume", batch, "--reason", "go")
    with Engine(f"sqlite:///{tmp_path / 'engine.db'}") as engine:
        engine.run_due()
    shown = shell.json("batch-show", batch, "--state", "done")
    assert shown["batch"]["done"] == len(shown["items"]["items"]) == 1
    assert "cancelled" in shell.run("batch-cancel", batch, "--reason", "enough").output
    shell.run("batch", "cancel", "--reason", "x", code=2)
    shell.run("batch", "migrate", "--id", ids[0], "--reason", "x", code=2)
