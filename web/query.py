"""The query language where people and programs write it: read in whole, changed, quoted."""

from __future__ import annotations

import json
import re
import shlex
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from engine import InstanceQuery, Invalid
from engine.querying import Asked, Usually, is_id, parse, span_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine import Engine

__all__ = ["Asked", "Usually", "finding", "is_id", "parse", "quoted", "read", "replaced", "span_of"]


def usually(engine: Engine) -> Usually:
    """As it is now."""

    def most() -> Mapping[str, timedelta]:
        return {key: one.most for key, one in engine.usual_durations().items()}

    return Usually(now=datetime.now(UTC), stalled_after=engine.stalled_after, most=most)


def read(engine: Engine, text: str) -> InstanceQuery:
    """What the text asks for. Raises Invalid where any of it is not understood."""
    asked = parse(text, "-started", usually(engine))
    if asked.wrong:
        raise Invalid(f"query: {'; '.join(asked.wrong)}")
    return asked.query


def replaced(text: str, token: str | None) -> str:
    """The text with its `status:` and `is:` words replaced by one of them, or by none."""
    kept = [word for word in text.split() if not word.startswith(("status:", "is:"))]
    return " ".join(kept + ([token] if token else []))


def quoted(word: str) -> str:
    """A word as it must be written to stay one word."""
    return shlex.quote(word) if re.search(r"[\s'\"\\()]", word) else word


def finding(name: str, value: Any) -> str:
    """The text that finds all instances with this value of a process variable."""
    said = json.dumps(value, default=str) if isinstance(value, bool) else value
    return quoted(f"var.{name}={said}")
