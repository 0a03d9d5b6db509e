"""`python3 tests`: sets everything up and runs every check: format, lint, types, rooms, tests."""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # not this folder: `tests/bpmn` must not stand in for `bpmn`

if sys.version_info < (3, 11):  # noqa: UP036 (it runs on whatever Python the machine has)
    sys.exit("kapellmeister: Python 3.11 or newer is needed, this is " + sys.version.split()[0])

from web import bootstrap  # noqa: E402

CHECKS = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "types": ["mypy"],
    "imports": ["lint-imports"],
    "pytest": ["pytest", "--numprocesses", "auto"],
}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main() -> int:
    """Runs what was asked for, by default everything, also after a failure. 0 when all passed."""
    arguments = _arguments()
    if arguments.lock:
        return lock()
    chosen = arguments.only or (["pytest"] if arguments.strict else list(CHECKS))
    try:
        bootstrap.prepare([bootstrap.RUN_LOCK, bootstrap.TEST_LOCK])
        env = bootstrap.environment()
        if "pytest" in chosen:
            env["KAPELLMEISTER_BROWSER"] = find_browser()
            env["KAPELLMEISTER_RABBITMQ"] = find_broker()
            # Playwright's own Node needs libraries that a bare machine lacks; ours does not.
            env.setdefault("PLAYWRIGHT_NODEJS_PATH", str(bootstrap.BIN / "node"))
    except bootstrap.SetupError as error:
        bootstrap.say(str(error))
        return 2
    except KeyboardInterrupt:
        bootstrap.say("interrupted; the next run goes on from here")
        return 130
    if arguments.strict:
        env["KAPELLMEISTER_STRICT"] = "1"
    failed = [name for name in chosen if not _passes(name, arguments.rest, env)]
    bootstrap.say(f"failed: {', '.join(failed)}" if failed else f"all passed: {', '.join(chosen)}")
    return 1 if failed else 0


def lock() -> int:
    """Renews both lock files from `pyproject.toml`; no file names the registry they came from."""
    bootstrap.prepare([bootstrap.RUN_LOCK, bootstrap.TEST_LOCK], frontend=False)
    common = "pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes"
    common += " --no-annotate --no-header --no-emit-index-url --quiet --upgrade"
    groups = {bootstrap.RUN_LOCK: ["build"], bootstrap.TEST_LOCK: ["build", "test", "check"]}
    for file, names in groups.items():
        chosen = [word for name in names for word in ("--group", name)]
        # The first file binds the second: what runs is what is tested.
        bound = [] if file == bootstrap.RUN_LOCK else ["--constraint", str(bootstrap.RUN_LOCK)]
        command = [str(bootstrap.BIN / "uv"), *common.split(), *chosen, *bound, "-o", str(file)]
        bootstrap.run(command, doing=f"locking {file.relative_to(ROOT)}")
        file.write_text(f"# Made by: python3 tests --lock\n{file.read_text()}")
    return 0


def find_browser() -> str:
    """Path of a Chromium for the console's tests, installed if we may. Else raises SetupError."""
    named = os.environ.get("KAPELLMEISTER_BROWSER")
    if named:
        if shutil.which(named):
            return named
        raise bootstrap.SetupError(f"KAPELLMEISTER_BROWSER names '{named}', which cannot be run")
    found = _browser_on_path()
    if found is None and bootstrap.install_system_package("chromium"):
        found = _browser_on_path()
    if found is None:
        raise bootstrap.SetupError(
            "the console's tests need a Chromium and found none; on Debian or Ubuntu: "
            "apt-get install chromium (done for you as root); elsewhere install Chromium or "
            "Chrome, or name its program in KAPELLMEISTER_BROWSER"
        )
    return found


def find_broker() -> str:
    """The program that starts a RabbitMQ, installed if we may. Else raises SetupError."""
    found = _broker()
    if found is None and bootstrap.install_system_package("rabbitmq-server"):
        found = _broker()
    if found is None:
        raise bootstrap.SetupError(
            "the tests of choreography need a RabbitMQ and found none; on Debian or Ubuntu: "
            "apt-get install rabbitmq-server (done for you as root); elsewhere install it, or "
            "name its rabbitmq-server in KAPELLMEISTER_RABBITMQ"
        )
    return found


def _broker() -> str | None:
    """Debian's own start script asks for its user; the one below does not."""
    named = os.environ.get("KAPELLMEISTER_RABBITMQ", "")
    places = (named, "/usr/lib/rabbitmq/bin/rabbitmq-server", "rabbitmq-server")
    return next(filter(None, map(shutil.which, filter(None, places))), None)


def _browser_on_path() -> str | None:
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def _passes(name: str, rest: list[str], env: dict[str, str]) -> bool:
    program, *options = CHECKS[name]
    bootstrap.say(f"{name}: {program} {' '.join([*options, *rest])}".rstrip())
    started = time.monotonic()
    command = [str(bootstrap.BIN / program), *options, *rest]
    code = subprocess.run(command, cwd=ROOT, env=env, check=False).returncode
    bootstrap.say(
        f"{name}: {'ok' if code == 0 else 'FAILED'} in {time.monotonic() - started:.1f} s"
    )
    return code == 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python3 tests", description="Sets everything up and runs all checks."
    )
    parser.add_argument(
        "--only", action="append", choices=list(CHECKS), help="run this check alone (repeatable)"
    )
    parser.add_argument("--lock", action="store_true", help="renew the lock files and stop")
    parser.add_argument(
        "--strict",
        action="store_true",
        help="run the tests alone: on PostgreSQL, held to the rules of a distributed database",
    )
    parser.add_argument(
        "rest",
        nargs="*",
        metavar="-- ARGUMENTS",
        help="passed on to the one check named by --only, or to the tests of --strict",
    )
    arguments = parser.parse_args()
    named = arguments.only or (["pytest"] if arguments.strict else [])
    if arguments.rest and len(named) != 1:
        parser.error("further arguments need exactly one --only CHECK to be passed on to")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
