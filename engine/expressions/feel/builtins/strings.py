"""String functions (DMN 1.5 §10.3.4.3)."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from engine.expressions.feel.builtins.register import NoResult, builtin
from engine.expressions.feel.numbers import Number, number_text
from engine.expressions.feel.patterns import (
    Match,
    Pattern,
    PatternError,
    compile_pattern,
    expand,
)
from engine.expressions.feel.values import text_of

_LARGEST_WHOLE = 10**18


def whole(number: Number, name: str) -> int:
    """Raises NoResult for a number with a fraction."""
    if not -_LARGEST_WHOLE < number < _LARGEST_WHOLE or number != int(number):
        raise NoResult(f"'{name}' is {number_text(number)[:40]}, not a whole number in reach")
    return int(number)


@builtin("substring(string: string, start position: number, length?: number|null)")
def substring(text: str, start: Number, length: Number | None = None) -> str:
    first = whole(start, "start position")
    if first == 0:
        raise NoResult("'start position' is 0, positions count from 1")
    if abs(first) > len(text):
        raise NoResult(f"'start position' is {first}, the text has {len(text)} characters")
    if length is not None and length < 1:
        raise NoResult(f"'length' is {length}, at least 1 is needed")
    first = first - 1 if first > 0 else len(text) + first
    return text[first:] if length is None else text[first : first + int(min(length, len(text)))]


@builtin("string length(string: string)")
def string_length(text: str) -> int:
    return len(text)


@builtin("upper case(string: string)")
def upper_case(text: str) -> str:
    return text.upper()


@builtin("lower case(string: string)")
def lower_case(text: str) -> str:
    return text.lower()


@builtin("substring before(string: string, match: string)")
def substring_before(text: str, match: str) -> str:
    before, found, _ = text.partition(match) if match else ("", "", "")
    return before if found else ""


@builtin("substring after(string: string, match: string)")
def substring_after(text: str, match: str) -> str:
    if not match:
        return text
    _, found, after = text.partition(match)
    return after if found else ""


@builtin("contains(string: string, match: string)")
def contains(text: str, match: str) -> bool:
    return match in text


@builtin("starts with(string: string, match: string)")
def starts_with(text: str, match: str) -> bool:
    return text.startswith(match)


@builtin("ends with(string: string, match: string)")
def ends_with(text: str, match: str) -> bool:
    return text.endswith(match)


@builtin("matches(input: string, pattern: string, flags?: string|null)", needs_run=True)
def matches(run: Any, text: str, pattern: str, flags: str | None = None) -> bool:
    return any(True for _ in _found(run, text, pattern, flags))


@builtin(
    "replace(input: string, pattern: string, replacement: string, flags?: string|null)",
    needs_run=True,
)
def replace(run: Any, text: str, pattern: str, replacement: str, flags: str | None = None) -> str:
    groups = _compiled(pattern, flags).groups
    is_literal = flags is not None and "q" in flags
    pieces: list[str] = []
    size = end = 0
    for match in _found(run, text, pattern, flags):
        new = replacement if is_literal else _expanded(match, groups, replacement)
        pieces += (text[end : match.start()], new)
        size += len(pieces[-1])
        end = match.end()
        if size > run.limits.text:
            break
    result: str = run.text("".join((*pieces, text[end:])))
    return result


@builtin("extract(string: string, pattern: string)", needs_run=True)
def extract(run: Any, text: str, pattern: str) -> list[str]:
    found = [match.group() or "" for match in _found(run, text, pattern)]
    run.spend(len(found))
    return found


@builtin("split(string: string, delimiter: string)", needs_run=True)
def split(run: Any, text: str, delimiter: str) -> list[str]:
    parts: list[str] = []
    end = 0
    for match in _found(run, text, delimiter):
        if match.end() > match.start():
            parts.append(text[end : match.start()])
            end = match.end()
    run.spend(len(parts))
    return [*parts, text[end:]]


def _compiled(pattern: str, flags: str | None) -> Pattern:
    try:
        return compile_pattern(pattern, flags or "")
    except PatternError as error:
        raise NoResult(str(error)) from None


def _found(run: Any, text: str, pattern: str, flags: str | None = None) -> Iterator[Match]:
    try:
        return _compiled(pattern, flags).finditer(text, run.spend)
    except PatternError as error:
        raise NoResult(str(error)) from None


def _expanded(match: Match, groups: int, replacement: str) -> str:
    try:
        return expand(match, groups, replacement)
    except PatternError as error:
        raise NoResult(str(error)) from None


@builtin(
    "string join(list: list, delimiter?: string|null, prefix?: string|null, suffix?: string|null)",
    needs_run=True,
)
def string_join(
    run: Any,
    items: list[Any],
    delimiter: str | None = None,
    prefix: str | None = None,
    suffix: str | None = None,
) -> str:
    texts = [item for item in items if item is not None]
    for text in texts:
        if not isinstance(text, str):
            raise NoResult(f"the list holds {text_of(text)}, which is no string")
    between = delimiter or ""
    run.spend(len(texts))
    size = sum(map(len, texts)) + len(between) * len(texts)
    if size > run.limits.text:
        run.spend(run.limits.steps + 1)
    return f"{prefix or ''}{between.join(texts)}{suffix or ''}"


@builtin("trim(string: string)")
def trim(text: str) -> str:
    return text.strip()


@builtin("is blank(string: string)")
def is_blank(text: str) -> bool:
    return not text.strip()


@builtin("to base64(value: string)")
def to_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@builtin("uuid()", needs_run=True)
def uuid(run: Any) -> str:
    if run.random is None:
        raise NoResult("the evaluation was given no source of randomness")
    return str(UUID(int=run.random.getrandbits(128), version=4))
