"""FEEL by tables: one line a case, `expression => value as FEEL prints it` (DMN 1.5 §10.3).

`error` stands for a text that is not FEEL. Each file is a family; the rows take every function and
operator through overloads, named parameters, null, wrong types, wrong counts and limits.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.expressions.feel import FeelSyntaxError, compile_feel
from engine.expressions.feel.run import Run
from engine.expressions.feel.values import text_of
from tests.engine.expressions.feel.kit import NOW

TABLES = sorted((Path(__file__).parent / "tables").glob("*.txt"))


def rows(table: Path) -> list[tuple[str, str]]:
    found = []
    for line in table.read_text(encoding="utf-8").splitlines():
        expression, _, expected = line.rpartition(" => ")
        found.append((expression, expected))
    return found


def printed(expression: str) -> str:
    try:
        value = compile_feel(expression).evaluate_raw(Run(NOW))
    except FeelSyntaxError:
        return "error"
    return text_of(value, True)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_table(table: Path) -> None:
    wrong = [
        f"{expression} => {found}, not {expected}"
        for expression, expected in rows(table)
        if (found := printed(expression)) != expected
    ]
    assert wrong == []


def test_no_row_is_lost() -> None:
    assert len(TABLES) == 8
    assert all(expression and expected for table in TABLES for expression, expected in rows(table))
