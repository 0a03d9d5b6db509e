"""Runs JavaScript: in a process of its own when started as a program, else in this one.

Stands alone, without a word of the engine, so that it starts quickly and holds nothing worth
reaching. A message is four bytes of length and that much JSON, both ways.
"""

from __future__ import annotations

import json
import struct
import sys
from pathlib import Path
from typing import IO, Any

import quickjs

__all__ = ["answer", "read", "write"]

_HARNESS = Path(__file__).with_name("harness.js").read_text("utf-8")
_LENGTH = struct.Struct(">I")
_CHECK = "throw null;"
_MARGIN = 0.3
"""Seconds between the interpreter's own limit and the end of the process."""


def answer(request: dict[str, Any]) -> str:
    """What became of a script, as JSON.

    `{"value": …, "assigned": …, "locally": …, "globals": …}`, `{"error": code, "message": …}` for
    a BpmnError, `{"thrown": text, "stack": …}`, `{"limit": "time" or "memory"}`, or for a check
    of syntax `{}`.
    """
    context = quickjs.Context()
    context.set_memory_limit(request["memory"])
    context.set_max_stack_size(request["stack"])
    context.set_time_limit(request["seconds"])
    try:
        if "given" not in request:
            # The whole text is read before its first statement runs, which ends it.
            context.eval(_CHECK + request["text"])
            return "{}"
        harness = context.eval(_HARNESS)
        harness("begin", request["given"])
        return str(harness("run", request["text"]))
    except quickjs.JSException as error:
        return _told(str(error).strip())
    except (TypeError, ValueError, OverflowError) as error:
        return json.dumps({"thrown": f"the interpreter failed: {error}", "stack": ""})


def _told(text: str) -> str:
    if text == "null":
        return "{}"
    if text.startswith("InternalError: interrupted"):
        return '{"limit": "time"}'
    if text.startswith("InternalError: out of memory") or not text:
        return '{"limit": "memory"}'
    return json.dumps({"thrown": text.partition("\n")[0], "stack": text, "shift": len(_CHECK)})


def read(stream: IO[bytes]) -> bytes | None:
    """The next message; None when there is no more."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    body = stream.read(length)
    return body if len(body) == length else None


def write(stream: IO[bytes], message: bytes) -> None:
    """Sends a message."""
    stream.write(_LENGTH.pack(len(message)) + message)
    stream.flush()


def _serve() -> None:
    """Says that it is there, then answers until there is nothing more to read. Native code that no
    limit of the interpreter stops ends the process."""
    write(sys.stdout.buffer, b"{}")
    try:
        import resource
        import signal
    except ImportError:  # not POSIX
        while (message := read(sys.stdin.buffer)) is not None:
            write(sys.stdout.buffer, answer(json.loads(message)).encode("utf-8", "replace"))
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    while (message := read(sys.stdin.buffer)) is not None:
        request = json.loads(message)
        signal.setitimer(signal.ITIMER_PROF, request["seconds"] * 1.5 + _MARGIN)
        text = answer(request)
        signal.setitimer(signal.ITIMER_PROF, 0)
        write(sys.stdout.buffer, text.encode("utf-8", "replace"))


if __name__ == "__main__":
    _serve()
