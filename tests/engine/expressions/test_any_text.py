"""Fuzzing of JUEL and JavaScript: any text gives a value or an error of ours, within its budget,
and reaches nothing outside."""

from __future__ import annotations

import contextlib
import time
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import BpmnError
from engine.expressions import ExpressionError
from engine.expressions.execution import NAME, Execution
from engine.expressions.javascript import Limits, compile_javascript
from engine.expressions.juel import compile_juel
from engine.values import admit

VARIABLES: dict[str, Any] = {
    "a": {"b": [1, 2, {"c": "text"}]},
    "n": 7,
    "s": "word",
    "l": [3, 1, 2],
    "t": True,
    "z": None,
}
PIECES = st.sampled_from(
    [
        *("a", "n", "s", "l", "t", "z", "x", "execution", "task", "empty", "null", "true", "not"),
        *("1", "0", "2.5", "'q'", '"r"', "1e9", "-1", "999999999999999999999"),
        *("+", "-", "*", "/", "%", "==", "!=", "<", ">", "&&", "||", "and", "div", "mod", "?", ":"),
        *(".", "[", "]", "(", ")", ",", ".b", ".size()", ".length()", "['b']", ".concat(s)"),
        *(".getClass()", ".__class__", ".class", ".repeat(1000000000)", ".substring(1)", ".get(0)"),
        *("${", "}", "#{", "now()", "dateTime()", ".setVariable('v', 1)", ".getVariable('n')"),
    ]
)
TEXTS = st.lists(PIECES, max_size=12).map("".join) | st.lists(PIECES, max_size=12).map(" ".join)
SLOWEST = 2.0
"""Seconds that one evaluation may take on a machine that does much else."""


@settings(max_examples=300, deadline=None)
@given(TEXTS | st.text(max_size=30))
def test_any_juel_gives_data_or_an_error(inside: str) -> None:
    execution = Execution(facts={"processInstanceId": "1"})
    started = time.process_time()
    with contextlib.suppress(ExpressionError):
        value = compile_juel(f"${{{inside}}}").evaluate({**VARIABLES, NAME: execution})
        admit({"value": value, **execution.assigned, **execution.assigned_locally})
    assert time.process_time() - started < SLOWEST
    assert VARIABLES["a"] == {"b": [1, 2, {"c": "text"}]}
    assert VARIABLES["l"] == [3, 1, 2]


JAVASCRIPT = st.lists(
    st.sampled_from(
        [
            *("a", "n", "s", "l", "execution", "globalThis", "this", "eval", "Function", "x"),
            *("=", "+", "*", "(", ")", "{", "}", "[", "]", ";", ",", ".", "=>", "\n", "'q'", "`"),
            *("var ", "let ", "for(;;)", "while(1)", "function f()", "return ", "new ", "throw "),
            *(".constructor", ".prototype", ".__proto__", "JSON.stringify", "Array(1e9)", "/a+/"),
            *("import(", "require('fs')", "std.", "os.", "process.exit()", "Date.now()", "1n"),
            *("execution.setVariable('v', n)", "'x'.repeat(1e9)", "f();", "1", "null", "async "),
        ]
    ),
    max_size=10,
).map("".join)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(JAVASCRIPT | st.text(max_size=30))
def test_any_javascript_gives_data_or_an_error(text: str) -> None:
    execution = Execution()
    with contextlib.suppress(ExpressionError, BpmnError):
        script = compile_javascript(text, Limits(seconds=0.1))
        outcome = script.run({**VARIABLES, NAME: execution})
        admit({"value": outcome.value, **outcome.assigned, **outcome.globals})
    assert VARIABLES["l"] == [3, 1, 2]


def test_code_finds_nothing_of_the_machine() -> None:
    for text in (
        "typeof require",
        "typeof process",
        "typeof std",
        "typeof os",
        "typeof fetch",
        "typeof XMLHttpRequest",
    ):
        assert compile_javascript(text).evaluate({}) == "undefined", text
    for text in ("${s.__class__}", "${s.getClass()}", "${a.__dict__}", "${n.__add__(1)}"):
        with contextlib.suppress(ExpressionError):
            assert compile_juel(text).evaluate(VARIABLES) is None, text
