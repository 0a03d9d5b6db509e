"""Setting a clone up: stamps, what is missing and what would do."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from web import bootstrap

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty clone in which set-up steps may leave what they like."""
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "BIN", tmp_path / ".venv" / "bin")
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    return tmp_path


def test_bootstrap_imports_with_nothing_installed() -> None:
    command = [sys.executable, "-S", "-E", "-c", "from web import bootstrap; print('ok')"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("ok\n", "")


def test_digest_follows_content_and_name(clone: Path) -> None:
    one, other = clone / "one", clone / "other"
    one.write_text("same")
    other.write_text("same")
    first = bootstrap.digest([one])
    assert bootstrap.digest([one]) == first
    assert bootstrap.digest([other]) != first
    one.write_text("changed")
    assert bootstrap.digest([one]) != first


def test_a_stamp_is_left_only_after_the_packages_are_there(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (clone / ".venv").mkdir()
    lock = clone / "requirements.lock"
    lock.write_text("flask==3.1.3\n")
    runs: list[list[str]] = []

    def broken(command: list[str], **_: object) -> None:
        raise bootstrap.SetupError("no network")

    monkeypatch.setattr(bootstrap, "run", broken)
    with pytest.raises(bootstrap.SetupError):
        bootstrap._install_packages(lock)
    monkeypatch.setattr(bootstrap, "run", lambda command, **_: runs.append(command))
    assert bootstrap._install_packages(lock)
    assert not bootstrap._install_packages(lock)
    assert len(runs) == 1
    lock.write_text("flask==3.1.4\n")
    assert bootstrap._install_packages(lock)


def test_a_folder_that_is_no_environment_is_left_alone(clone: Path) -> None:
    (clone / ".venv").mkdir()
    (clone / ".venv" / "precious").write_text("mine")
    with pytest.raises(bootstrap.SetupError, match="is no Python environment; move it away"):
        bootstrap._make_environment()
    assert (clone / ".venv" / "precious").read_text() == "mine"


def test_without_ensurepip_and_pip_it_says_what_would_do(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "_has_ensurepip", lambda: False)
    monkeypatch.setattr(bootstrap, "_borrow_pip", lambda: None)
    monkeypatch.setattr(bootstrap, "install_system_package", lambda *_: False)
    with pytest.raises(bootstrap.SetupError, match="apt-get install python3-venv"):
        bootstrap._make_environment()


def test_without_ensurepip_the_machines_own_pip_is_borrowed(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[list[str]] = []
    monkeypatch.setattr(bootstrap, "_has_ensurepip", lambda: False)
    monkeypatch.setattr(bootstrap, "_borrow_pip", lambda: ["python3", "-m", "pip"])
    monkeypatch.setattr(bootstrap, "run", lambda command, **_: runs.append(command))
    (clone / ".venv").mkdir()
    answers = iter([False, True])
    monkeypatch.setattr(bootstrap, "_works", lambda _: next(answers))
    assert bootstrap._make_environment()
    assert "--without-pip" in runs[0]
    assert runs[1][:3] == ["python3", "-m", "pip"]


def test_an_environment_that_was_moved_is_made_anew(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (clone / ".venv").mkdir()
    (clone / ".venv" / "pyvenv.cfg").touch()
    (clone / ".venv" / "stamp-place").write_text("/elsewhere")
    runs: list[list[str]] = []
    monkeypatch.setattr(bootstrap, "_works", lambda _: True)
    monkeypatch.setattr(bootstrap, "run", lambda command, **_: runs.append(command))
    assert bootstrap._make_environment()
    assert "--clear" in runs[0]
    assert not bootstrap._make_environment()


def test_a_tool_that_fails_is_quoted(clone: Path) -> None:
    command = [sys.executable, "-c", "print('disk full'); raise SystemExit(3)"]
    with pytest.raises(bootstrap.SetupError, match=r"unpacking failed .* 3\):\ndisk full"):
        bootstrap.run(command, doing="unpacking", cwd=clone)


def test_locks_name_exact_versions_and_no_registry() -> None:
    for lock in (bootstrap.RUN_LOCK, bootstrap.TEST_LOCK):
        text = lock.read_text()
        assert "://" not in text
        pins = [line for line in text.splitlines() if line and line[0] not in " #"]
        assert pins
        assert all("==" in pin for pin in pins)
    assert '"resolved"' not in (bootstrap.FRONTEND / "package-lock.json").read_text()


def test_locks_hold_all_that_the_project_names() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = told["dependency-groups"]
    run = told["project"]["dependencies"] + groups["build"]
    for lock, named in (
        (bootstrap.RUN_LOCK, run),
        (bootstrap.TEST_LOCK, sum(groups.values(), run)),
    ):
        held = set(re.findall(r"^([\w.-]+)==", lock.read_text(), re.MULTILINE))
        wanted = {re.split(r"[\[<>=;, ]", name)[0].lower().replace("_", "-") for name in named}
        assert wanted <= held, f"{lock.name}: run `python3 tests --lock`"
