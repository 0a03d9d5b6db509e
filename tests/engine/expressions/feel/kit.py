"""Short ways to evaluate and look."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from engine.expressions.feel import compile_feel, compile_unary_tests

NOW = datetime(2030, 1, 31, 12, 30, tzinfo=UTC)


def feel(text: str, /, **variables: Any) -> Any:
    return compile_feel(text).evaluate(variables, now=NOW)


def warned(text: str, /, **variables: Any) -> tuple[Any, list[str]]:
    warnings: list[str] = []
    return compile_feel(text).evaluate(variables, now=NOW, warnings=warnings), warnings


def cell(text: str, value: Any, /, **variables: Any) -> Any:
    return compile_unary_tests(text).evaluate({"?": value, **variables})
