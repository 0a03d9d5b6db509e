"""Names and keys that nearly match: what somebody meant, and in what it differs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

from msgspec import Struct

from web.console.language import _

ALIKE = 0.84
"""From this likeness on, two texts may mean the same."""
LONGEST = 200
"""Longer texts are compared by their first characters."""


class Near(Struct, frozen=True):
    """A text that nearly matches another one."""

    text: str
    how: str
    """In what it differs, after the text: `has a blank at its end`."""


def near(wanted: str, found: str) -> Near | None:
    """What `found` differs in from `wanted`, if it is nearly the same; None if it is the same or
    something else."""
    if wanted == found or not found:
        return None
    if found.strip() == wanted.strip():
        return Near(found, _blanks(wanted, found))
    if found.casefold() == wanted.casefold():
        return Near(found, _(_("differs in upper and lower case")))
    if _plain(found) == _plain(wanted):
        return Near(found, _(_("differs in blanks, hyphens or underscores")))
    if _digits(found) and _digits(found) == _digits(wanted):
        return Near(found, _(_("differs in zeros at its beginning")))
    ratio = SequenceMatcher(None, wanted[:LONGEST], found[:LONGEST]).ratio()
    is_number = wanted.isdecimal() or found.isdecimal()
    if ratio >= ALIKE and not is_number:
        return Near(found, _(_("is spelled nearly alike")))
    return None


def nearest(wanted: str, candidates: Iterable[str], most: int = 3) -> list[Near]:
    """Those of many that nearly match, each once."""
    found = (near(wanted, one) for one in dict.fromkeys(candidates))
    return [one for one in found if one is not None][:most]


def _blanks(wanted: str, found: str) -> str:
    if len(found) < len(wanted):
        return _("lacks a blank")
    is_end = found[-1:].isspace() and not wanted[-1:].isspace()
    return _("has a blank at its end") if is_end else _("has a blank at its beginning")


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _digits(text: str) -> str:
    return text.lstrip("0") if text.isdecimal() else ""
