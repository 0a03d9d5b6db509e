"""Which API call each form of the console stands for: the same effect, for whoever has a token.

One function a command, by the name of its view; it reads the form as the view does and says what
would be asked of the API. `None`: what the form says so far does nothing.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any, TypeAlias

from flask import request

from web.console.calls import Call

Behind: TypeAlias = Callable[..., Call | None]
behind: dict[str, Behind] = {}
"""By the name of the view."""
OF_THE_BROWSER = {
    "preferences": "theme and language of this browser",
    "sign_in": "a session of this browser; programs send their credentials with each request",
    "logout": "a session of this browser",
    "own_password": "needs the session of the person",
    "first_admin": "the first run, on this machine",
    "load_demo": "the first run; `kapellmeister serve --demo` does it",
    "compare_ticked": "leads to a page",
    "open_model": "leads to the modeler",
    "check_model": "asked by the modeler while one draws",
    "try_model": "asked by the editor of decisions while one edits",
}
"""Commands that are no API call, and why."""


def stands_for(view: str) -> Callable[[Behind], Behind]:
    """Declares the call behind the command of a view; it gets what the view gets of the address."""

    def declare(function: Behind) -> Behind:
        behind[view] = function
        return function

    return declare


def load() -> None:
    """Has every module declare its calls."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")


def said(name: str) -> str:
    """A field of the form, without blanks around it."""
    return request.form.get(name, "").strip()


def reasoned(**body: Any) -> dict[str, Any]:
    """A body with the reason, where there is one."""
    return {**body, "reason": said("reason")} if said("reason") else body
