"""Python scripts: off; when allowed, within limits, with nothing to reach."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bpmn.dialects import Code
from engine.errors import BpmnError
from engine.expressions import ExpressionError, compile_code, languages
from engine.expressions.execution import NAME, Execution
from engine.expressions.javascript import Limits
from engine.expressions.python import allow, compile_python
from engine.testing import Stage
from tests.kit import document


@pytest.fixture
def _allowed() -> Iterator[None]:
    allow()
    yield
    languages.pop("python", None)
    compile_code.cache_clear()


def test_it_does_not_run_unless_it_is_allowed() -> None:
    with pytest.raises(ExpressionError, match="unless an administrator allows it"):
        compile_code(Code("python", "1 + 1"))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("n + 1", 4),
        ("x = [i * i for i in range(n)]\nsum(x)", 5),
        ("def f(a):\n    return a * 2\nf(n)", 6),
        ("{'a': n, 'b': (1, 2)}", {"a": 3, "b": [1, 2]}),
        ("execution.getVariable('n')", 3),
        ("x = 1", None),
    ],
)
def test_its_value_is_that_of_its_last_statement(text: str, value: Any) -> None:
    assert compile_python(text).evaluate({"n": 3}) == value


def test_it_sets_variables() -> None:
    execution = Execution()
    compile_python("execution.setVariable('m', n + 1)").evaluate({"n": 3, NAME: execution})
    assert execution.assigned == {"m": 4}
    assert compile_python("m = n * 2").run({"n": 3}).globals == {"m": 6}


def test_it_ends_in_a_business_error() -> None:
    with pytest.raises(BpmnError, match="NO: why"):
        compile_python("raise BpmnError('NO', 'why')").evaluate({})


@pytest.mark.parametrize(
    "text",
    [
        "import os",
        "from os import path",
        "().__class__.__bases__",
        "'{0.__class__}'.format(1)",
        "'a'.format_map({})",
        "__import__('os')",
        "lambda _x: 1",
        "(i for i in [1]).gi_frame",
        "class A:\n    pass",
        "with x:\n    pass",
        "1 +",
    ],
)
def test_what_could_reach_further_is_refused_when_it_is_read(text: str) -> None:
    with pytest.raises(ExpressionError):
        compile_python(text)


@pytest.mark.parametrize("text", ["open('/etc/passwd')", "eval('1')", "getattr(1, 'real')", "exec"])
def test_what_is_not_there_is_not_found(text: str) -> None:
    with pytest.raises(ExpressionError, match="not defined"):
        compile_python(text).evaluate({})


def test_time_and_memory_are_limited() -> None:
    with pytest.raises(ExpressionError, match="stopped after"):
        compile_python("while True:\n    pass", Limits(seconds=0.2)).evaluate({})
    with pytest.raises(ExpressionError, match="memory"):
        compile_python("x = [0] * 10**9\nlen(x)").evaluate({})


@pytest.mark.usefixtures("_allowed")
def test_an_allowed_script_task_runs() -> None:
    source = document(
        """<startEvent id="s"/> <endEvent id="e"/>
        <scriptTask id="t" scriptFormat="python"><script>total = n * 2</script></scriptTask>
        s -> t -> e"""
    )
    assert Stage(contents={"p.bpmn": source}).start("p", n=4).variables == {"n": 4, "total": 8}
