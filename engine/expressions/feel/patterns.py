"""XPath regular expressions (XQuery 1.0 and XPath 2.0 Functions §7.6.1) on Python's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from elementpath.regex import RegexError, translate_pattern

from engine.expressions.feel.linear import (
    LinearMatch,
    LinearPattern,
    NotLinearError,
    is_risky,
)

_LONGEST_PATTERN = 2000
_SHORT = 16
"""A text on which no pattern runs away."""
_FLAGS = {"s": re.DOTALL, "m": re.MULTILINE, "i": re.IGNORECASE, "x": re.VERBOSE}


class PatternError(ValueError):
    """The pattern, its flags or the replacement are not what XPath allows."""


Match = re.Match[str] | LinearMatch


class Pattern:
    """A compiled pattern; on texts where backtracking could run away it runs in linear time."""

    def __init__(self, pattern: str, flags: int) -> None:
        self._compiled = re.compile(pattern, flags)
        self._linear: LinearPattern | None = None
        self.groups = self._compiled.groups

    def finditer(self, text: str, spend: Callable[[int], None]) -> Iterator[Match]:
        """All matches from left to right. Raises PatternError for what takes backtracking."""
        spend(len(text) // 64 + 1)
        pattern, flags = self._compiled.pattern, self._compiled.flags
        if len(text) < _SHORT or not is_risky(pattern, flags, len(text)):
            return self._compiled.finditer(text)
        try:
            self._linear = self._linear or LinearPattern(pattern, flags)
        except NotLinearError as error:
            raise PatternError(str(error)) from None
        return self._linear.finditer(text, spend)


@lru_cache(maxsize=512)
def compile_pattern(pattern: str, flags: str) -> Pattern:
    """Raises PatternError."""
    if len(pattern) > _LONGEST_PATTERN:
        raise PatternError(f"the pattern has more than {_LONGEST_PATTERN} characters")
    known = 0
    is_literal = False
    for flag in flags:
        if flag == "q":
            is_literal = True
        elif flag in _FLAGS:
            known |= _FLAGS[flag]
        else:
            raise PatternError(f"flag '{flag}' is none of s, m, i, x, q")
    if is_literal:
        return Pattern(re.escape(pattern), known & re.IGNORECASE)
    if known & re.VERBOSE:
        pattern = _without_spaces(pattern)
        known &= ~re.VERBOSE
    try:
        translated = translate_pattern(pattern, known)
        return Pattern(translated, known)
    except (RegexError, re.error, OverflowError, RecursionError, IndexError, KeyError) as error:
        raise PatternError(f"pattern '{pattern}': {error}") from None


def _without_spaces(pattern: str) -> str:
    """Flag x takes white space out, except inside a character class."""
    kept: list[str] = []
    depth = 0
    previous = ""
    for character in pattern:
        if previous != "\\":
            depth += (character == "[") - (character == "]")
        if depth > 0 or not character.isspace():
            kept.append(character)
        previous = "" if previous == "\\" else character
    return "".join(kept)


def expand(match: Match, groups: int, replacement: str) -> str:
    """The replacement with `$1` and its like filled in. Raises PatternError."""
    if "$" not in replacement and "\\" not in replacement:
        return replacement
    out: list[str] = []
    index = 0
    while index < len(replacement):
        character = replacement[index]
        following = replacement[index + 1 : index + 2]
        if character == "\\":
            if following not in {"\\", "$"} or not following:
                raise PatternError(f"replacement '{replacement}': write '\\\\' for a backslash")
            out.append(following)
            index += 2
        elif character == "$":
            if not following.isdigit():
                raise PatternError(f"replacement '{replacement}': write '\\$' for a dollar sign")
            end = index + 2
            while replacement[end : end + 1].isdigit() and (
                int(replacement[index + 1 : end + 1]) <= groups
            ):
                end += 1
            number = int(replacement[index + 1 : end])
            out.append((match.group(number) or "") if number <= groups else "")
            index = end
        else:
            out.append(character)
            index += 1
    return "".join(out)
