"""What a model promises of its work (retries, pauses, times), held against what can be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from bpmn.dialects.neutral import Code, Settings
from engine.errors import Invalid
from engine.policies import parse_backoff, parse_rate, parse_said
from engine.services.retention import time_to_live
from engine.views import Problem

Read = Callable[[str], Any]

_TEXTS: dict[str, tuple[str, Read, str]] = {
    "backoff": ("backoff", parse_backoff, "PT10S, PT1S*2^n PT1M or PT1M,PT5M"),
    "retry_cycle": ("retry cycle", parse_backoff, "R3/PT10S or PT1M,PT5M"),
    "timeout": ("timeout", lambda text: parse_said({"timeout": text}, "timeout"), "PT30S"),
    "sla": ("sla", lambda text: parse_said({"sla": text}, "sla"), "P2D"),
    "rate": ("rate", lambda text: parse_rate(text, "rate"), "10/PT1S"),
    "history_ttl": ("history time to live", time_to_live, "P90D"),
}
_EVALUATED = frozenset({"backoff", "retry_cycle", "timeout"})
"""Of these an expression is read when a token comes."""


def policy_problems(
    settings: Settings, *, file: str, element: str, line: int | None
) -> Iterator[Problem]:
    """What an element, or a process, says of its work that is no policy."""
    for name, (words, read, remedy) in _TEXTS.items():
        text = getattr(settings, name)
        if not text or (name in _EVALUATED and _is_expression(text)):
            continue
        if not _is_readable(text, read):
            yield Problem(
                rule="policy",
                message=f"'{element}': {words} '{text}' cannot be read",
                file=file,
                element=element,
                line=line,
                remedy=f"{remedy} would do",
            )
    for name in ("retries", "priority"):
        code = getattr(settings, name)
        if isinstance(code, Code) and code.language == "literal" and not _is_whole(code.text, name):
            yield Problem(
                rule="policy",
                message=f"'{element}': {name} '{code.text}' is no whole number",
                file=file,
                element=element,
                line=line,
                remedy="3 would do",
            )


def _is_expression(text: str) -> bool:
    return "{" in text or text.startswith("=")


def _is_readable(text: str, read: Read) -> bool:
    try:
        read(text)
    except Invalid:
        return False
    return True


def _is_whole(text: str, name: str) -> bool:
    """A priority may be below zero."""
    digits = text.strip()
    return (digits.removeprefix("-") if name == "priority" else digits).isdecimal()
