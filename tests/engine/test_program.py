"""What compiling a process makes of its texts."""

from __future__ import annotations

import pytest

from engine.program import NotExecutable
from tests.kit import Drive, document, program_of

GATEWAY = """
    <startEvent id="s"/> <exclusiveGateway id="x" default="x-b"/> <userTask id="a"/>
    <userTask id="b"/>
    s -> x
    x -> a : %s
    x -> b
"""


@pytest.mark.parametrize("condition", ["n = 1 and ok", "n == 1 && ok", "${n == 1 and ok}"])
def test_a_condition_without_a_stated_language_is_read_as_what_it_is(condition: str) -> None:
    plain = (
        document(GATEWAY % condition)
        .replace(b"xmlns:zeebe", b"xmlns:unused")
        .replace(b"xmlns:camunda", b"xmlns:unused2")
    )
    assert program_of(plain).dialect.name == "plain"
    assert Drive(GATEWAY % condition, n=1, ok=True).at == ["a"]
    assert Drive(GATEWAY % condition, n=2, ok=True).at == ["b"]


def test_a_condition_that_is_no_expression_is_refused_with_its_line() -> None:
    with pytest.raises(NotExecutable, match=r"line \d+: 'x-a'"):
        program_of(document(GATEWAY % "n = = 1"))
