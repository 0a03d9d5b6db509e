"""Every command does what it says, ends with the right code, and explains itself."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.engine.decisions.kit import decision, table
from tests.engine.decisions.kit import document as decisions
from tests.kit import document
from web.cli import main
from web.cli.frame import SECTIONS, plain

APPROVAL = document(
    """
    <startEvent id="s"/> <userTask id="approve" name="Approve"/> <exclusiveGateway id="x"/>
    <endEvent id="yes"/> <intermediateCatchEvent id="m"><messageEventDefinition messageRef="M"/>
    </intermediateCatchEvent> <endEvent id="e"/>
    s -> approve -> x
    x -> m : approved = true
    x -> yes : approved = false
    m -> e
    """,
    "<message id='M' name='paid'/>",
)


class Shell:
    """A terminal over a database of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._database = str(folder / "engine.db")

    def run(self, *words: str, code: int = 0) -> Result:
        result = CliRunner().invoke(main, ["--database", self._database, *words])
        assert result.exit_code == code, result.output
        return result

    def json(self, *words: str) -> Any:
        result = CliRunner().invoke(main, ["--database", self._database, "--json", *words])
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def file(self, name: str, content: bytes) -> str:
        (self.folder / name).write_bytes(content)
        return str(self.folder / name)

    def started(self, **variables: Any) -> str:
        self.run("deploy", self.file("p.bpmn", APPROVAL))
        words = [word for n, v in variables.items() for word in ("-v", f"{n}={json.dumps(v)}")]
        return str(self.json("start", "p", "--key", "A-1", *words)["id"])


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path)


def test_a_file_is_deployed_once(shell: Shell) -> None:
    file = shell.file("p.bpmn", APPROVAL)
    assert "p v1 deployed" in shell.run("deploy", file).output
    assert "p v1 unchanged" in shell.run("deploy", file).output
    assert shell.json("processes")["items"][0]["process_id"] == "p"
    assert shell.run("model", "p").stdout_bytes == APPROVAL


def test_a_wrong_file_is_refused_with_line_and_rule(shell: Shell) -> None:
    file = shell.file("p.bpmn", document("<task id='t'/>\nt -> nowhere"))
    said = shell.run("validate", file, code=1).output
    assert "sequence-flow-target-ref" in said
    assert "nowhere" in said
    shell.run("deploy", file, code=1)
    assert shell.json("processes")["items"] == []


def test_a_decision_table_is_validated_with_clause_and_line(shell: Shell) -> None:
    rules = table(["< 5 => 1", "< 3 => 2"])
    file = shell.file("d.dmn", decisions(decision("x", rules)).encode())
    said = " ".join(shell.run("validate", file).output.split())
    assert "rules 1 and 2 can match together" in said
    assert "(DMN 1.5 8.2)" in said
    assert "1 file(s) can be deployed" in said


def test_an_instance_is_started_shown_and_completed(shell: Shell) -> None:
    id = shell.started(amount=7)
    shown = shell.run("show", id, "--history").output
    assert "A-1" in shown
    assert "amount = 7" in shown
    assert "entered" in shown
    task = shell.json("tasks")["items"][0]["id"]
    shell.run("complete", str(task), "-v", "approved=true")
    assert shell.run("publish", "paid", "-v", "by=Ana").output.strip().endswith(f"instance {id}")
    assert shell.json("list")["items"][0]["state"] == "completed"


def test_an_incident_is_listed_and_retried(shell: Shell) -> None:
    id = shell.started()
    task = shell.json("tasks")["items"][0]["id"]
    shell.run("complete", str(task), "-v", 'approved="perhaps"')
    assert "no condition holds" in shell.run("incidents").output
    shell.run("set", id, "-v", "approved=false", "--reason", "asked again")
    shell.run("retry", id, "--all", "--reason", "answered")
    assert shell.json("show", id)["head"]["state"] == "completed"


def test_an_instance_is_suspended_resumed_and_cancelled(shell: Shell) -> None:
    id = shell.started()
    shell.run("suspend", id, "--reason", "later")
    assert "suspended" in shell.run("list").output
    assert shell.json("list", "status:suspended OR status:failed")["total"] == 1
    assert shell.json("list", "NOT status:suspended")["total"] == 0
    assert "no such status" in shell.run("list", "status:lost", code=1).output
    shell.run("resume", id, "--reason", "now")
    shell.run("cancel", id, "--reason", "not wanted")
    assert shell.json("show", id)["head"]["reason"] == "not wanted"
    shell.run("cancel", id, "--reason", "again", code=1)


def test_all_instances_are_exported_as_lines(shell: Shell) -> None:
    id = shell.started(names=["a"])
    line = json.loads(shell.run("export", "--history").stdout)
    assert line["id"] == id or str(line["id"]) == id
    assert line["history"][0]["number"] == 1


def test_what_is_not_there_ends_with_one_and_a_wrong_line_with_two(shell: Shell) -> None:
    assert "kapellmeister: " in shell.run("show", "1", code=1).output
    shell.run("show", "x", code=2)
    shell.run("start", "p", "-v", "no-equals-sign", code=2)


def test_a_database_that_cannot_be_reached_ends_with_three(tmp_path: Path) -> None:
    url = "postgresql://nobody@127.0.0.1:1/none?connect_timeout=2"
    result = CliRunner().invoke(main, ["--database", url, "list"])
    assert result.exit_code == 3, result.output


@pytest.mark.parametrize("name", sorted(main.commands))
def test_the_help_of_every_command_ends_with_an_example(name: str) -> None:
    said = CliRunner().invoke(main, [name, "--help"]).output
    assert f"Example: kapellmeister {name}" in said


def test_the_help_lists_every_command_once_under_its_concern() -> None:
    listed = [name for names in SECTIONS.values() for name in names.split()]
    assert sorted(listed) == sorted(main.commands)
    said = CliRunner().invoke(main, ["--help"]).output
    assert all(f"\n  {name} " in said for name in listed)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("49.9"), 49.9),
        (Decimal("0.12345678901234567890"), "0.12345678901234567890"),
        (2**53, str(2**53)),
    ],
)
def test_json_shows_a_number_unless_it_would_be_rounded(value: Any, shown: Any) -> None:
    assert plain({"x": [value]}) == {"x": [shown]}


def test_an_account_keeps_only_the_hash_of_its_password(shell: Shell) -> None:
    file = shell.folder / "accounts.json"
    words = ["user", "ana", "--permission", "view", "--token", "--accounts", str(file)]
    made = CliRunner().invoke(main, words, input="wolf gang\nwolf gang\n")
    assert made.exit_code == 0, made.output
    assert "wolf gang" not in file.read_text()
    assert json.loads(file.read_text())["ana"]["permissions"] == ["view"]
    shell.run("user", "ana", "--remove", "--accounts", str(file))
    assert json.loads(file.read_text()) == {}


def test_a_server_for_others_needs_accounts(shell: Shell) -> None:
    said = shell.run("serve", "--host", "0.0.0.0", code=1).output
    assert "kapellmeister user NAME" in said
