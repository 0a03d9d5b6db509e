"""Ranges as texts (DMN 1.5 §10.3.4.1): ends are literals, and an open end may be left out."""

from __future__ import annotations

from typing import Any

from engine.expressions.feel import syntax
from engine.expressions.feel.compiler import Compilation
from engine.expressions.feel.errors import FeelSyntaxError
from engine.expressions.feel.lexer import tokens_of
from engine.expressions.feel.parser import parse_expression
from engine.expressions.feel.run import Run
from engine.expressions.feel.values import Range, ordered

_OPENERS = {"[": True, "(": False, "]": False}
_CLOSERS = {"]": True, ")": False, "[": False}
_CONSTRUCTORS = frozenset({"date", "time", "date and time", "duration"})


def parse_range(text: str) -> Range | None:
    """The range, or None when the text spells none."""
    text = text.strip()
    tokens = tokens_of(text)[:-1]
    middle = next((token for token in tokens if token.value == ".."), None)
    if len(tokens) < 3 or middle is None:
        return None
    opener, closer = tokens[0].value, tokens[-1].value
    if opener not in _OPENERS or closer not in _CLOSERS:
        return None
    low_text = text[tokens[0].end : middle.start].strip()
    high_text = text[middle.end : tokens[-1].start].strip()
    has_low, has_high = _OPENERS[opener], _CLOSERS[closer]
    try:
        low, high = _literal(low_text), _literal(high_text)
    except (FeelSyntaxError, ValueError):
        return None
    if not low_text or not high_text:
        return _half_open(low, high, has_low, has_high)
    order = ordered(low, high)
    return None if order is None or order > 0 else Range(low, high, has_low, has_high)


def _half_open(low: Any, high: Any, has_low: bool, has_high: bool) -> Range | None:
    """The range with one end left out: the same as a comparison."""
    if low is not None and not has_high:
        return Range(low, None, has_low, False, ">=" if has_low else ">")
    if high is not None and not has_low:
        return Range(None, high, False, has_high, "<=" if has_high else "<")
    return None


def _literal(text: str) -> Any:
    """The value of an end; null when it is left out. Raises ValueError when it is no literal."""
    if not text:
        return None
    node, _ = parse_expression(text, ())
    inner = node.operand if isinstance(node, syntax.Negation) else node
    if isinstance(inner, syntax.Call):
        is_constructor = isinstance(inner.function, syntax.Name) and (
            inner.function.name in _CONSTRUCTORS
        )
        if not is_constructor or not all(isinstance(a, syntax.Literal) for a in inner.arguments):
            raise ValueError(text)
    elif not isinstance(inner, syntax.Literal):
        raise ValueError(text)
    value = Compilation(text).compile(node)([Run(), {}])
    if value is None:
        raise ValueError(text)
    return value
