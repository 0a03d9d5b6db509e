"""Python scripts, off unless an administrator allows them: each run is a process of its own.

The interpreter starts isolated and without the user's packages, sees no environment, and before
the script begins loses new files, sockets and processes; a script imports nothing and touches no
name that begins with an underscore. That is two walls, not a proof: allow it for models whose
authors are trusted, and prefer JavaScript or FEEL for those of strangers.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from engine.expressions import ExpressionError, languages
from engine.expressions.execution import NAME, Execution
from engine.expressions.javascript import LIMITS, Limits
from engine.expressions.python import worker
from engine.expressions.scripts import Outcome, outcome_of, value_of
from engine.values import SIZE_LIMIT, decode

__all__ = ["Python", "allow", "compile_python"]

MEMORY = 256 * 1024 * 1024
"""Of the whole process."""
_PATIENCE = 10.0
_WORD = re.compile(r"[^\W\d]\w*")
_encoder = msgspec.json.Encoder(decimal_format="number")


class Python:
    """A script whose syntax has been read. Any number of threads may evaluate it."""

    __slots__ = ("_limits", "asks_execution", "names", "text")

    def __init__(self, text: str, limits: Limits) -> None:
        self.text = text
        self._limits = limits
        self.names = frozenset(_WORD.findall(text))
        self.asks_execution = NAME in self.names

    def evaluate(self, variables: Mapping[str, Any], *, now: datetime | None = None) -> Any:
        """The value of its last statement; what it sets is added to the `Execution` among the
        variables. Raises as `run` does."""
        return value_of(self.run(variables, now=now), variables, "Python")

    def run(self, variables: Mapping[str, Any], *, now: datetime | None = None) -> Outcome:
        """All that it leaves behind. Raises ExpressionError for what it raises, for a limit and
        for what is no data; BpmnError where it raises one."""
        execution = variables.get(NAME)
        facts = execution.facts if isinstance(execution, Execution) else {}
        data = {name: value for name, value in variables.items() if name != NAME}
        found = _answered(
            {
                "text": self.text,
                "seconds": self._limits.seconds,
                "memory": MEMORY,
                "given": _encoder.encode({"variables": data, "facts": dict(facts)}).decode(),
            },
            self._limits,
        )
        return outcome_of(found, "Python")


def compile_python(text: str, limits: Limits = LIMITS) -> Python:
    """The script, its words checked. Raises ExpressionError: what is wrong, and where."""
    if len(text) > SIZE_LIMIT or "\0" in text:
        raise ExpressionError("Python: too long, or a NUL in the text; split it")
    try:
        worker.checked(text)
    except (worker.RefusedError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(f"Python: {error}; let a handler do it") from None
    except SyntaxError as error:
        raise ExpressionError(f"Python, line {error.lineno}: {error.msg}") from None
    return Python(text, limits)


def allow() -> None:
    """Let Python scripts run in this process from now on. Raises OSError where the system cannot
    limit them."""
    if os.name != "posix":
        raise OSError("Python scripts need a POSIX system, which can limit a process")
    languages["python"] = compile_python


def _answered(request: dict[str, Any], limits: Limits) -> dict[str, Any]:
    patience = _PATIENCE + 2 * limits.seconds
    try:
        done = subprocess.run(  # noqa: S603 - our own program, without a shell
            [sys.executable, "-I", "-S", "-B", str(Path(worker.__file__))],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            timeout=patience,
            env={},
            cwd="/",
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ExpressionError(f"Python: stopped after {patience:g} seconds") from None
    try:
        found: dict[str, Any] = decode(done.stdout.encode())
    except (msgspec.DecodeError, ValueError):
        found = {"limit": "time" if done.returncode < 0 else "memory"}
    if found.get("limit") == "time":
        raise ExpressionError(
            f"Python: stopped after {limits.seconds:g} seconds; let it do less, or let a handler"
        )
    if found.get("limit") == "memory":
        raise ExpressionError(f"Python: needs more than {MEMORY // 1_048_576} MB of memory")
    if "thrown" in found:
        raise ExpressionError(f"Python: {found['thrown'][:1_000]}")
    return found
