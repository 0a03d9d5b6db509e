"""Languages of expressions and scripts by the many names that models give them."""

from __future__ import annotations

import functools

__all__ = ["language_named"]

_LANGUAGES = {
    "ecmascript": "javascript",
    "javascript": "javascript",
    "js": "javascript",
    "uel": "juel",
    "py": "python",
    "python3": "python",
}


@functools.lru_cache(maxsize=256)
def language_named(name: str) -> str:
    """The short name of a language that is given as a name, a MIME type or a URI."""
    plain = name.strip().lower().rstrip("/")
    for known in ("feel", "juel", "xpath", "groovy", "javascript", "ecmascript", "python"):
        if known in plain:
            return _LANGUAGES.get(known, known)
    if "omg.org/spec/dmn" in plain or "omg.org/spec/feel" in plain:
        return "feel"
    last = plain.rpartition("/")[2].removeprefix("x-")
    return _LANGUAGES.get(last, last)
