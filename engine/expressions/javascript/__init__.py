"""JavaScript in processes of its own: data in, data out, within limits.

Each evaluation has a fresh context without any object of ours. The script finds the variables as
globals, `execution` (and `task`, where there is one) with `getVariable`, `setVariable` and the
facts that the engine tells, and `BpmnError` to throw. Its value is that of its last statement.

    Python                             JavaScript
    null, boolean, text                the same
    integer up to ±2^53; beyond        number; BigInt
    decimal                            number, rounded to about 16 digits
    list, document                     array, object
    date and time                      Date
    date, time, duration               text in ISO 8601

    number; BigInt                     integer or decimal; integer
    Date                               date and time in UTC
    Set, Map, typed array              list, document, list
    undefined                          null
    function or symbol in an object    left out
    NaN, ±Infinity, circles            refused

`Date` tells the engine's time and `Math.random` is the same for the same variables, so that an
evaluation can be repeated; local time is UTC. There is no Java and no `require`, and nothing
happens after the last statement: a promise is never kept.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zlib import crc32

import isodate
import msgspec

from engine.expressions import ExpressionError
from engine.expressions.execution import NAME, Execution
from engine.expressions.javascript import workers
from engine.expressions.scripts import Outcome, outcome_of, value_of
from engine.values import SIZE_LIMIT, TAG, decode

__all__ = ["LIMITS", "JavaScript", "Limits", "compile_javascript"]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one evaluation may use."""

    seconds: float = 0.5
    """Of processor time."""
    memory: int = 16 * 1024 * 1024
    stack: int = 256 * 1024


LIMITS = Limits()


class JavaScript:
    """A script whose syntax has been read. Any number of threads may evaluate it."""

    __slots__ = ("_limits", "_reads_all", "asks_execution", "names", "text")

    def __init__(self, text: str, names: frozenset[str], limits: Limits) -> None:
        self.text = text
        self._limits = limits
        self.names = names
        """Every name in the text that can be a variable's."""
        self.asks_execution = NAME in names or "task" in names
        """Whether it needs an `Execution`, for what is no variable."""
        self._reads_all = "this" in text or not names.isdisjoint(_READS_ALL)

    def evaluate(self, variables: Mapping[str, Any], *, now: datetime | None = None) -> Any:
        """The value of its last statement. What it sets by `execution.setVariable` is added to the
        `Execution` among the variables. Raises as `run` does."""
        return value_of(self.run(variables, now=now), variables, "JavaScript")

    def run(self, variables: Mapping[str, Any], *, now: datetime | None = None) -> Outcome:
        """All that it leaves behind.

        Raises ExpressionError for what the script throws, for a limit, and for what is no data;
        BpmnError where the script throws one.
        """
        known = None if self._reads_all else self.names
        answer = _answered(self.text, self._limits, _given(variables, known, now))
        return outcome_of(answer, "JavaScript")


def compile_javascript(text: str, limits: Limits = LIMITS) -> JavaScript:
    """The script, its syntax checked. Raises ExpressionError: what is wrong, and where."""
    if len(text) > SIZE_LIMIT:
        raise ExpressionError(f"JavaScript: longer than {SIZE_LIMIT:,} characters; split it")
    if "\0" in text or not _is_encodable(text):
        raise ExpressionError("JavaScript: a NUL or half a character in the text; remove it")
    _answered(text, limits)
    return JavaScript(text, _names(text), limits)


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _answered(text: str, limits: Limits, given: str | None = None) -> dict[str, Any]:
    """What a script left, or without `given`, whether its syntax is right. Raises
    ExpressionError."""
    request: dict[str, Any] = {
        "text": text,
        "seconds": limits.seconds,
        "memory": limits.memory,
        "stack": limits.stack,
    }
    if given is not None:
        request["given"] = given
    try:
        found: dict[str, Any] = decode(workers.answer(request))
    except (msgspec.DecodeError, ValueError, TypeError, KeyError, RecursionError):
        raise ExpressionError("JavaScript: the result is no data that can be kept") from None
    if "thrown" in found or "limit" in found:
        raise ExpressionError(_told(found, limits))
    return found


# Names

_WORD = re.compile(r"[^\W\d][\w$]*|\$[\w$]*")
_READS_ALL = frozenset({"getVariable", "getVariables", "hasVariable", "globalThis", "eval"})
"""What finds variables whose names the text need not hold."""


def _names(text: str) -> frozenset[str]:
    """Every word of the script, those in its texts included: `getVariable("total")` reads one."""
    return frozenset(_WORD.findall(text))


# Values on their way in

_EXACT = 2**53
_encoder = msgspec.json.Encoder(decimal_format="number")


def _given(variables: Mapping[str, Any], names: frozenset[str] | None, now: datetime | None) -> str:
    """What the harness starts from; `names`: of the variables that are needed, None: all."""
    execution = variables.get(NAME)
    known = execution if isinstance(execution, Execution) else Execution()
    data = {
        name: _plain(variables[name])
        for name in (variables if names is None else sorted(names))
        if name in variables and (name != NAME or known is not execution)
    }
    text = _encoder.encode(data)
    given = {
        "now": None if now is None else round(now.timestamp() * 1000),
        "seed": crc32(text),
        "variables": msgspec.Raw(text),
        "facts": {name: _plain(value) for name, value in known.facts.items()},
        "task": None
        if known.task is None
        else {name: _plain(value) for name, value in known.task.items()},
    }
    return _encoder.encode(given).decode()


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if kind is int:
        is_exact = -_EXACT <= value <= _EXACT
        return value if is_exact else {TAG: "integer", "value": str(value)}
    if kind is Decimal:
        number = float(value)
        if math.isinf(number):
            raise ExpressionError(f"JavaScript: {value:.3e} is too large a number there")
        return number
    if kind is list:
        return [_plain(item) for item in value]
    if kind is dict:
        plain = {name: _plain(item) for name, item in value.items()}
        return {TAG: "document", "value": plain} if TAG in value else plain
    if isinstance(value, datetime):
        return {TAG: "date and time", "value": value.isoformat()}
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta | isodate.Duration):
        return isodate.duration_isoformat(value)
    if isinstance(value, Mapping):
        return _plain(dict(value))
    raise TypeError(f"a value of class '{kind.__name__}' came past engine.values.admit")


# What went wrong

_FRAME = re.compile(r"at (?P<function>\S+) \(<input>:(?P<line>\d+):(?P<column>\d+)\)")
_AT = re.compile(r"at <input>:(?P<line>\d+):(?P<column>\d+)")
_LONGEST = 1_000
_JAVA = re.compile(
    r"ReferenceError: (java|javax|org|com|Java|Packages|JavaImporter) is not defined"
)


def _told(found: dict[str, Any], limits: Limits) -> str:
    """The message for what the interpreter says."""
    if found.get("limit") == "time":
        return (
            f"JavaScript: stopped after {limits.seconds:g} seconds; "
            "let it do less, or let a service task do it"
        )
    message = found.get("thrown", "")
    if found.get("limit") == "memory" or message.startswith("InternalError: out of memory"):
        return (
            f"JavaScript: needs more than {limits.memory // 1_048_576} MB of memory; "
            "let it keep less"
        )
    place = _place(found["stack"], found.get("shift", 0))
    if java := _JAVA.match(message):
        return (
            f"JavaScript{place}: there is no Java here, so '{java[1]}' is not known; use "
            "JavaScript's own objects, execution.setVariable, or a service task with a handler"
        )
    return f"JavaScript{place}: {message[:_LONGEST]}"


def _place(stack: str, shift: int) -> str:
    """Where in the script: the frame that is its own, nearest to the error."""
    own = stack.partition("at eval (native)")[0]
    outer = [frame for frame in _FRAME.finditer(own) if frame["function"] == "<eval>"]
    found = _AT.search(own) or (outer[-1] if outer else None)
    if found is None:
        return ""
    line, column = int(found["line"]), int(found["column"])
    column = max(1, column - shift) if line == 1 else column
    return f", line {line}, column {column}"
