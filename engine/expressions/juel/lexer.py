"""JUEL texts as tokens, each with its place."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, NamedTuple

from engine.expressions.juel.problems import Problem
from engine.expressions.juel.values import EXACT

__all__ = ["END", "Token", "parts", "tokens"]

END = "end"

_PATTERN = re.compile(
    r"""\s*(?:
      (?P<number>(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?[lLfFdD]?)
    | (?P<name>[^\W\d][\w$]*|\$[\w$]*)
    | (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    | (?P<operator><=|>=|==|!=|&&|\|\||[-+*/%<>!?:.,()\[\]=;{}|&])
    )""",
    re.VERBOSE | re.DOTALL,
)
_WORDS = {
    "and": "&&",
    "or": "||",
    "not": "!",
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "div": "/",
    "mod": "%",
}
_CONSTANTS = {"true": True, "false": False, "null": None}


class Token(NamedTuple):
    """`kind` is `value`, `name`, `empty`, `end`, or the operator itself."""

    kind: str
    value: Any
    position: int
    text: str


def parts(text: str) -> list[tuple[str, int, int]]:
    """The pieces of a composite text: kind (`text` or `expression`), start and end.

    `\\${` stands for itself. Braces and quotes inside an expression are matched.
    """
    found: list[tuple[str, int, int]] = []
    start = at = 0
    while at < len(text):
        if text[at] == "\\" and text[at + 1 : at + 3] in ("${", "#{"):
            at += 3
        elif text[at : at + 2] in ("${", "#{"):
            if start < at:
                found.append(("text", start, at))
            end = _end_of(text, at + 2)
            found.append(("expression", at + 2, end))
            start = at = end + 1
        else:
            at += 1
    if start < len(text) or not found:
        found.append(("text", start, len(text)))
    return found


def _end_of(text: str, at: int) -> int:
    opened, quote, begun = 0, "", at - 2
    while at < len(text):
        character = text[at]
        if quote:
            if character == "\\":
                at += 1
            elif character == quote:
                quote = ""
        elif character in "'\"":
            quote = character
        elif character == "{":
            opened += 1
        elif character == "}":
            if not opened:
                return at
            opened -= 1
        at += 1
    raise Problem(f"'{text[begun : begun + 2]}' is never closed; end it with '}}'", begun)


def tokens(text: str, start: int, end: int) -> list[Token]:
    """The tokens between two offsets, and an `end`."""
    found: list[Token] = []
    at = start
    while True:
        match = _PATTERN.match(text, at, end)
        if match is None:
            rest = text[at:end]
            if not rest.strip():
                break
            at += len(rest) - len(rest.lstrip())
            character = text[at]
            if character in "'\"":
                raise Problem(f"the text that begins with {character} never ends; close it", at)
            raise Problem(f"'{character}' cannot stand here; take it out", at)
        kind, written = match.lastgroup or "", match[match.lastgroup or 0]
        at = match.end()
        found.append(_token(kind, written, at - len(written)))
    found.append(Token(END, None, end, "the end"))
    return found


def _token(kind: str, written: str, position: int) -> Token:
    if kind == "number":
        return Token("value", _number(written, position), position, written)
    if kind == "text":
        return Token("value", _unescaped(written[1:-1]), position, written)
    if kind == "name":
        if written in _CONSTANTS:
            return Token("value", _CONSTANTS[written], position, written)
        if written in _WORDS:
            return Token(_WORDS[written], None, position, written)
        return Token("empty" if written == "empty" else "name", written, position, written)
    return Token(written, None, position, written)


def _number(written: str, position: int) -> int | Decimal:
    digits = written.rstrip("lLfFdD")
    try:
        return int(digits) if digits.isdigit() else EXACT.create_decimal(digits)
    except (ValueError, ArithmeticError):
        raise Problem(f"'{written[:20]}' is too large a number", position) from None


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL) if "\\" in text else text
