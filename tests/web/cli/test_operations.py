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


def test_processes_and_job_types_are_held_and_released(shell: Shell) -> None:
    start(shell)
    assert "batch" in shell.run("hold", "process", "p", "--instances", "--reason", "x").output
    shell.run("hold", "job-type", "work", "--reason", "down")
    assert [h["name"] for h in shell.json("holds")] == ["p", "work"]
    assert "is suspended" in shell.run("start", "p", code=1).output
    shell.run("release", "process", "p", "--reason", "x")
    shell.run("release", "job-type", "work", "--reason", "x")
    start(shell)


def test_policies_are_shown_set_and_cleared(shell: Shell) -> None:
    shell.run("policy-set", "--process", "p", "--sla", "P2D", "--reason", "promise")
    assert "operator" in shell.run("policy", "p").output
    words = ("policy-set", "--process", "p", "--element", "a", "--retries", "9")
    shell.run(*words, "--reason", "x")
    assert shell.json("policy", "p", "--element", "a")["retries"]["value"] == 9
    shell.run("policy-set", "--process", "p", "--clear", "--reason", "x")
    assert "operator" not in shell.run("policy", "p").output
    shell.run("policy-set", "--retries", "9", "--reason", "x", code=2)
    assert "no value" in shell.run("policy-set", "--process", "p", "--reason", "x", code=1).output
    assert "0 overdue" in shell.run("overdue").output
