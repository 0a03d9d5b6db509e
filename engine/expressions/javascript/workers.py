"""A few processes that run JavaScript, started when first needed and used again.

The interpreter limits itself, but looks at its clock only between its own instructions; a process
can be stopped at any time, and takes nothing with it when the interpreter fails. Where no process
can be started, scripts run in this one.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from engine.expressions.javascript import worker

__all__ = ["answer"]

_MOST = max(2, min(4, os.cpu_count() or 2))
_PATIENCE = 20.0
"""Seconds, and times the processor time of a script, until a worker counts as lost."""
_KEPT = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT")
"""Of the environment; scripts find local time to be UTC."""


class _LostError(Exception):
    """The process ended, or does not answer."""

    def __init__(self, status: int | None) -> None:
        super().__init__(status)
        self.status = status


class _Worker:
    def __init__(self) -> None:
        """Raises OSError when no process can be started."""
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        self._process = subprocess.Popen(  # noqa: S603  (our own program)
            [sys.executable, "-I", str(Path(worker.__file__))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**environment, "TZ": "UTC"},
        )
        try:
            self._receive(_PATIENCE)
        except _LostError:
            self.stop()
            raise OSError("the interpreter of scripts does not start") from None

    def ask(self, request: dict[str, Any]) -> bytes:
        """The answer. Raises _LostError."""
        stdin = self._process.stdin
        assert stdin is not None
        try:
            worker.write(stdin, json.dumps(request).encode())
        except OSError:
            raise _LostError(self.stop()) from None
        return self._receive(_PATIENCE * (1 + request["seconds"]))

    def _receive(self, patience: float) -> bytes:
        stdout = self._process.stdout
        assert stdout is not None
        if os.name == "posix" and not select.select([stdout], [], [], patience)[0]:
            raise _LostError(None)
        message = worker.read(stdout)
        if message is None:
            raise _LostError(self.stop())
        return message

    def stop(self) -> int:
        """Ends the process; with which status."""
        process = self._process
        try:
            # One that has ended by itself keeps its own status.
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            process.kill()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        return process.wait()


class _Pool:
    """Places for workers; an empty one is filled when somebody needs it."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self._places: SimpleQueue[_Worker | None] = SimpleQueue()
        for _ in range(_MOST):
            self._places.put(None)

    def ask(self, request: dict[str, Any]) -> bytes:
        """The answer of a worker. Raises _LostError; OSError when none can be started."""
        taken = self._places.get()
        kept: _Worker | None = None
        try:
            taken = taken or _Worker()
            message = taken.ask(request)
            kept = taken
            return message
        finally:
            if kept is None and taken is not None:
                taken.stop()
            self._places.put(kept)

    def close(self) -> None:
        """Ends the workers that have nothing to do."""
        if self.owner != os.getpid():
            return
        with contextlib.suppress(Empty):
            while True:
                if (idle := self._places.get_nowait()) is not None:
                    idle.stop()


_pool = _Pool()
atexit.register(lambda: _pool.close())


def answer(request: dict[str, Any]) -> bytes:
    """What `worker.answer` says, from a process that may be lost over it."""
    global _pool
    if _pool.owner != os.getpid():
        _pool = _Pool()
    try:
        return _pool.ask(request)
    except _LostError as lost:
        if lost.status is None or lost.status == -getattr(signal, "SIGPROF", 0):
            return b'{"limit": "time"}'
        told = f"the interpreter ended with status {lost.status}"
        return json.dumps({"thrown": told, "stack": ""}).encode()
    except OSError:
        return worker.answer(request).encode("utf-8", "replace")
