"""What an address or a form says, read once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from flask import request, url_for

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

FIELD = "f:"
"""What the names of a form's own fields begin with, apart from ours."""


def offset_of(arguments: Mapping[str, str]) -> int:
    """How many items of a list come before the page that is asked for."""
    text = arguments.get("offset", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def pages_of(endpoint: str) -> dict[str, Any]:
    """What a list's template needs to lead to its other pages: all stays, some is replaced."""

    def address(**changed: Any) -> str:
        kept: dict[str, Any] = {**request.args.to_dict(), **(request.view_args or {})}
        kept = {
            name: value for name, value in {**kept, **changed}.items() if value not in ("", None)
        }
        return url_for(endpoint, **kept)

    given: dict[str, int | Callable[..., str]] = {"offset": offset_of(request.args)}
    return {**given, "address": address}


def lists(form: MultiDict[str, str]) -> dict[str, list[str]]:
    return {name: form.getlist(name) for name in form}


def entered(given: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The values of a form's own fields, by their keys."""
    return {name[len(FIELD) :]: value for name, value in given.items() if name.startswith(FIELD)}
