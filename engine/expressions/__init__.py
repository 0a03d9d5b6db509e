"""Expressions and scripts of a model, compiled once: data in, data out, nothing else reachable."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from bpmn.dialects.neutral import Code
from engine.errors import ExecutionError
from engine.expressions.refusals import REFUSALS


class ExpressionError(ExecutionError):
    """An expression that cannot be read, or that failed on the variables it was given."""


class Expression(Protocol):
    """Something to evaluate."""

    @property
    def text(self) -> str: ...

    @property
    def names(self) -> frozenset[str]:
        """The variables it reads."""
        ...

    def evaluate(self, variables: Mapping[str, Any], *, now: datetime | None = None) -> Any:
        """Its value. Raises ExpressionError where the language knows no null for a failure."""
        ...


class Literal:
    """A text that stands for itself."""

    __slots__ = ("names", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.names: frozenset[str] = frozenset()

    def evaluate(self, variables: Mapping[str, Any], *, now: datetime | None = None) -> Any:
        return self.text


def _feel(text: str) -> Expression:
    from engine.expressions.feel import FeelSyntaxError, compile_feel

    try:
        return compile_feel(text)
    except FeelSyntaxError as error:
        raise ExpressionError(str(error)) from None


def _juel(text: str) -> Expression:
    from engine.expressions.juel import compile_juel

    return compile_juel(text)


def _javascript(text: str) -> Expression:
    from engine.expressions.javascript import compile_javascript

    return compile_javascript(text)


class Variable:
    """The value of one variable; null where there is none."""

    __slots__ = ("names", "text")

    def __init__(self, name: str) -> None:
        self.text = name
        self.names = frozenset({name})

    def evaluate(self, variables: Mapping[str, Any], *, now: datetime | None = None) -> Any:
        return variables.get(self.text)


def _composite(text: str) -> Expression:
    from engine.expressions.composite import compile_composite

    return compile_composite(text)


def _xpath(text: str) -> Expression:
    from engine.expressions.xpath import compile_xpath

    return compile_xpath(text)


languages: dict[str, Callable[[str], Expression]] = {
    "literal": Literal,
    "variable": Variable,
    "composite": _composite,
    "feel": _feel,
    "juel": _juel,
    "javascript": _javascript,
    "xpath": _xpath,
}
"""Compilers by the language names of `bpmn.dialects.neutral.Code`."""


@functools.lru_cache(maxsize=65536)
def compile_code(code: Code) -> Expression:
    """The compiled expression. Raises ExpressionError: what is wrong, where, and what would do."""
    compiler = languages.get(code.language)
    if compiler is None and code.language in REFUSALS:
        raise ExpressionError(REFUSALS[code.language].format(language=code.language.title()))
    if compiler is None:
        known = ", ".join(sorted(set(languages) - {"literal", "variable", "composite"}))
        raise ExpressionError(f"language {code.language!r} does not run here; write it in {known}")
    return compiler(code.text)
