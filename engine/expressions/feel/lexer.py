"""FEEL tokens (DMN 1.5 §10.3.1.2, grammar rules 24 to 38)."""

import re
from functools import lru_cache
from typing import NamedTuple

from engine.expressions.feel.errors import FeelSyntaxError

_NAME_START = (
    r"?A-Z_a-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C\u200D"
    r"\u2070-\u218F\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFEFE\uFF00-\uFFFD"
    r"\U00010000-\U000EFFFF"
)
_SPACE = r"\s\u1680\u180E\u2000-\u200B\u2028\u2029\u202F\u205F\u3000\uFEFF\u0085\u00A0"
_TOKEN = re.compile(
    rf"""
    (?P<space>[{_SPACE}]+|//[^\n]*|/\*.*?\*/)
  | (?P<name>[{_NAME_START}][{_NAME_START}0-9\u00B7\u0300-\u036F\u203F-\u2040]*)
  | (?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|(?<!\.)\.[0-9]+(?:[eE][-+]?[0-9]+)?)
  | (?P<string>"(?:[^"\\]|\\.)*")
  | (?P<quoted>`[^`]*`)
  | (?P<symbol>\*\*|\.\.|<=|>=|!=|->|.)
    """,
    re.DOTALL | re.VERBOSE,
)
_ESCAPE = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
    r"|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{6})|(.))",
    re.DOTALL,
)
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "'": "'"}


class Token(NamedTuple):
    """A word of the text with its place."""

    kind: str
    """name, number, string, quoted, symbol or end."""
    value: str
    start: int
    end: int


def tokens_of(text: str) -> list[Token]:
    """All tokens without spaces and comments, closed by one of kind `end`."""
    found = [
        Token(match.lastgroup or "", match.group(), match.start(), match.end())
        for match in _TOKEN.finditer(text)
        if match.lastgroup != "space"
    ]
    found.append(Token("end", "", len(text), len(text)))
    return found


@lru_cache(maxsize=4096)
def words_of(name: str) -> tuple[str, ...]:
    """A name as the words the lexer sees, so that spacing does not matter."""
    return tuple(token.value for token in tokens_of(name)[:-1])


def string_value(text: str, token: Token) -> str:
    """What a string token stands for; an unknown escape stays as it is written."""

    def replace(match: re.Match[str]) -> str:
        high, low, four, six, simple = match.groups()
        if high:
            return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00)
        if (four or six) and 0xD800 <= int(four or six, 16) <= 0xDFFF:
            return match.group()  # half a surrogate pair is no character
        if four:
            return chr(int(four, 16))
        if six:
            code = int(six, 16)
            if code > 0x10FFFF:
                raise FeelSyntaxError(
                    text, token.start, match.group(), "use a code point up to 10FFFF"
                )
            return chr(code)
        return _SIMPLE.get(simple, match.group())

    body = token.value[1:-1]
    return _ESCAPE.sub(replace, body) if "\\" in body else body
