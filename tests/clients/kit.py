"""Foreign clients: installed apart from our own packages, run as programs of their own."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from web import bootstrap

HERE = Path(__file__).resolve().parent
KEPT = bootstrap.VENV / "clients"
PATIENCE = 120


def _keep(name: str, sources: list[Path], fill: Callable[[Path], None]) -> Path:
    """A folder of packages, filled when it is new or its sources have changed; by one at a time."""
    KEPT.mkdir(parents=True, exist_ok=True)
    folder, stamp = KEPT / name, KEPT / f"{name}.stamp"
    wanted = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    with (KEPT / f"{name}.wait").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != wanted:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            fill(folder)
            stamp.write_text(wanted)
    return folder


def javascript() -> Path:
    """The folder with the JavaScript clients."""
    sources = [HERE / "package.json", HERE / "package-lock.json"]

    def fill(folder: Path) -> None:
        for source in sources:
            shutil.copy(source, folder)
        npm = [str(bootstrap.BIN / "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        cache = {**bootstrap.environment(), "npm_config_cache": str(bootstrap.VENV / "npm-cache")}
        bootstrap.run(npm, doing="installing the JavaScript clients", cwd=folder, env=cache)

    return _keep("node", sources, fill)


def python(lock: str) -> Path:
    """The folder with the Python packages of a lock file."""
    file = HERE / f"{lock}.lock"

    def fill(folder: Path) -> None:
        pip = [str(bootstrap.PYTHON), "-m", "pip", "--disable-pip-version-check", "--quiet"]
        command = [*pip, "install", "--no-deps", "--require-hashes", "--target", str(folder)]
        bootstrap.run([*command, "-r", str(file)], doing=f"installing {file.name}")

    return _keep(lock, [file], fill)


def run_javascript(program: str, **environment: str) -> Any:
    """What a program prints last, as JSON."""
    folder = javascript()
    script = folder / program
    shutil.copy(HERE / program, script)
    return _run([str(bootstrap.BIN / "node"), str(script)], environment)


def run_python(lock: str, program: str, *arguments: str) -> Any:
    """What a program prints last, as JSON; it sees the packages of the lock file before ours."""
    packages = python(lock)
    command = [str(bootstrap.PYTHON), str(HERE / program), *arguments]
    return _run(command, {"PYTHONPATH": str(packages)})


def _run(command: list[str], environment: dict[str, str]) -> Any:
    done = subprocess.run(
        command,
        env={**os.environ, "NO_PROXY": "*", "no_proxy": "*", **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return json.loads(done.stdout.strip().splitlines()[-1])
