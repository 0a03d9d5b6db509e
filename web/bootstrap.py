"""Sets a clone up, with nothing but Python's standard library: environment, packages, front end.

Every step leaves a stamp (a hash of what it was made from) inside what it made, so a second call
does nothing and an interrupted one goes on where it stopped. Imported before any package is there:
this module and `web/__init__.py` import the standard library only.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
FRONTEND = ROOT / "web" / "frontend"
DIST = ROOT / "web" / "static" / "dist"
RUN_LOCK = ROOT / "requirements.lock"
TEST_LOCK = ROOT / "tests" / "requirements.lock"
MINIMUM = (3, 11)


class SetupError(Exception):
    """What is missing on this machine, and what would do."""


def say(text: str) -> None:
    """One line about the set-up on standard error, which keeps standard output to the program."""
    print(f"kapellmeister: {text}", file=sys.stderr, flush=True)


def prepare(locks: Iterable[Path], *, frontend: bool = True) -> None:
    """An environment beside the sources, with the locked packages, this project, its front end."""
    if sys.version_info < MINIMUM:
        raise SetupError(f"Python 3.11 or newer is needed; this one is {sys.version.split()[0]}")
    started = time.monotonic()
    with _alone():
        worked = _make_environment()
        for lock in locks:
            worked |= _install_packages(lock)
        worked |= _install_project()
        if frontend:
            worked |= _build_frontend()
    if worked:
        say(f"set up in {time.monotonic() - started:.0f} s")


def environment() -> dict[str, str]:
    """The process environment, with the tools of our own environment found first."""
    path = os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath)])
    # Node trusts the certificates this machine trusts, as a company's own proxy needs it to.
    trust = {"NODE_USE_SYSTEM_CA": os.environ.get("NODE_USE_SYSTEM_CA", "1")}
    return {**os.environ, **trust, "PATH": path, "VIRTUAL_ENV": str(VENV)}


def run(
    command: list[str], *, doing: str, cwd: Path = ROOT, env: dict[str, str] | None = None
) -> None:
    """Runs a tool and shows what it said only when it failed. Raises SetupError then."""
    done = subprocess.run(  # noqa: S603 (the commands are this project's own)
        command,
        cwd=cwd,
        env=env or environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        shown = "\n".join(done.stdout.strip().splitlines()[-40:])
        raise SetupError(
            f"{doing} failed ({Path(command[0]).name} ended with {done.returncode}):\n{shown}"
        )


def install_system_package(*names: str) -> bool:
    """Whether Debian's package manager could install the packages; it is asked only as root."""
    apt = shutil.which("apt-get")
    if apt is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return False
    say(f"installing {', '.join(names)} with apt-get")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in ([apt, "update"], [apt, "install", "-y", "--no-install-recommends", *names]):
        try:
            run(command, doing=f"installing {', '.join(names)}", env=quiet)
        except SetupError as error:
            say(str(error))
            return False
    return True


def digest(paths: Iterable[Path]) -> str:
    """One hash over the names and contents of files; a missing file counts as empty."""
    total = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    for path in sorted(paths):
        content = path.read_bytes() if path.is_file() else b""
        total.update(f"{path.relative_to(ROOT)} {len(content)} ".encode())
        total.update(content)
    return total.hexdigest()


def frontend_sources() -> list[Path]:
    """Everything the front end is built from."""
    kept = [FRONTEND / name for name in ("package.json", "package-lock.json", "vite.config.js")]
    return [*kept, *(path for path in (FRONTEND / "src").rglob("*") if path.is_file())]


def _make_environment() -> bool:
    stamp = VENV / "stamp-place"
    moved = _read(stamp) not in (None, str(ROOT))  # its programs hold the old path
    if not moved and _works(PYTHON):
        return False
    found = {entry.name for entry in VENV.iterdir()} if VENV.exists() else set()
    if "pyvenv.cfg" not in found and found - {"bin", "include", "lib", "lib64"}:
        raise SetupError(
            f"'{VENV}' exists and is no Python environment; move it away and try again"
        )
    say("making the Python environment .venv")
    if not _has_ensurepip() and not _borrow_pip():
        install_system_package("python3-venv")
    if _has_ensurepip():
        run(
            [_base_python(), "-m", "venv", "--clear", str(VENV)],
            doing="making the environment .venv",
        )
    elif pip := _borrow_pip():
        run(
            [_base_python(), "-m", "venv", "--clear", "--without-pip", str(VENV)],
            doing="making .venv",
        )
        run([*pip, "--python", str(PYTHON), "install", "pip"], doing="putting pip into .venv")
    else:
        raise SetupError(
            "this Python has neither 'ensurepip' nor 'pip', so no package can be installed; "
            "on Debian or Ubuntu: apt-get install python3-venv; elsewhere: use a Python from "
            "your system's full Python package"
        )
    if not _works(PYTHON):
        raise SetupError(f"'{PYTHON}' was made but does not run; remove .venv and try again")
    stamp.write_text(str(ROOT))
    return True


def _works(python: Path) -> bool:
    """Whether an interpreter of our version or newer, with pip, answers."""
    probe = f"import sys, pip; sys.exit(sys.version_info < {MINIMUM!r})"
    return _succeeds([str(python), "-c", probe])


def _base_python() -> str:
    """The interpreter to build on: never one inside the environment that is about to be cleared."""
    return getattr(sys, "_base_executable", None) or sys.executable


def _has_ensurepip() -> bool:
    return _succeeds([_base_python(), "-c", "import ensurepip"])


def _borrow_pip() -> list[str] | None:
    """The machine's own pip, if it is one that can install into another environment (22.3)."""
    pip = [_base_python(), "-m", "pip"]
    probe = [*pip, "--python", _base_python(), "--version"]
    return pip if _succeeds(probe) else None


def _succeeds(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603
    except OSError:
        return False


def _install_packages(lock: Path) -> bool:
    stamp = VENV / f"stamp-{lock.parent.name if lock.parent != ROOT else 'run'}"
    wanted = digest([lock])
    if _read(stamp) == wanted:
        return False
    say(f"installing the packages of {lock.relative_to(ROOT)}")
    run(
        [*_pip(), "install", "--require-hashes", "--only-binary", ":all:", "-r", str(lock)],
        doing="installing the locked packages",
    )
    stamp.write_text(wanted)
    return True


def _install_project() -> bool:
    stamp = VENV / "stamp-project"
    wanted = digest([ROOT / "pyproject.toml"])
    if _read(stamp) == wanted:
        return False
    say("installing this project, editable")
    run(
        [*_pip(), "install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT)],
        doing="installing this project",
    )
    stamp.write_text(wanted)
    return True


def _pip() -> list[str]:
    return [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet"]


def _build_frontend() -> bool:
    stamp = DIST / "stamp"
    wanted = digest(frontend_sources())
    if _read(stamp) == wanted:
        return False
    modules = FRONTEND / "node_modules"
    modules_stamp = modules / "stamp"
    locked = digest([FRONTEND / "package-lock.json"])
    if _read(modules_stamp) != locked:
        say("installing the front end's packages")
        npm = [str(BIN / "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        cache = {**environment(), "npm_config_cache": str(VENV / "npm-cache")}
        run(npm, doing="installing the front end's packages", cwd=FRONTEND, env=cache)
        modules_stamp.write_text(locked)
    say("building the front end")
    vite = [str(BIN / "node"), str(modules / "vite" / "bin" / "vite.js"), "build"]
    run(vite, doing="building the front end", cwd=FRONTEND)
    stamp.write_text(wanted)
    return True


def _read(path: Path) -> str | None:
    return path.read_text() if path.is_file() else None


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One set-up at a time in one clone: two started together would spoil each other's files."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    with (ROOT / ".setup.lock").open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("another set-up is running in this clone; waiting for it")
            fcntl.flock(held, fcntl.LOCK_EX)
        yield
