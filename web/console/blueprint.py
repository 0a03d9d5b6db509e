"""The console's blueprint: where pages are declared, and how an app takes them in."""

from __future__ import annotations

import importlib
import pkgutil
import secrets
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from flask import Blueprint, Flask

from web.console import guard, language, rendering, sessions
from web.masking import shown_to

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine import Engine

Permission: TypeAlias = Literal["view", "operate", "work", "deploy", "reveal", "admin", "anyone"]
"""
view     see processes and instances
operate  retry, cancel, suspend, change variables
work     see and complete tasks
deploy   check and store files
reveal   see the values of masked variables
admin    say who may come in, and what is masked
anyone   needs nobody's leave: a reader's own preferences
"""

LARGEST = 2**63 - 1
"""No id is larger, and no database takes a larger number."""
ID = f"<int(max={LARGEST}):id>"
KEY = f"<int(max={LARGEST}):key>"
"""The part of an address that is an id; what cannot be one is no address."""

console = Blueprint(
    "console",
    __name__,
    template_folder="templates",
    static_folder="../static",
    static_url_path="/static",
)
guard.protect(console)
rendering.furnish(console)

permissions: dict[str, Permission] = {}
"""What each endpoint of the console asks for, by endpoint."""


def page(
    rule: str, permission: Permission, method: Literal["GET", "POST"] = "GET"
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declares a page or a command, and the permission without which there is no route."""

    def declare(view: Callable[..., Any]) -> Callable[..., Any]:
        permissions[f"console.{view.__name__}"] = permission
        console.add_url_rule(rule, view_func=view, methods=[method])
        return view

    return declare


def register(app: Flask, engine: Engine) -> None:
    """Puts the console of an engine at the root of an app."""
    from web.console import pages

    for module in pkgutil.iter_modules(pages.__path__):
        importlib.import_module(f"{pages.__name__}.{module.name}")
    app.extensions["engine"] = engine
    app.extensions["shown"] = shown_to(engine, rendering.may_reveal)
    # Scripts and styles are the same for everybody; their route declares nothing of its own.
    app.extensions["console.permissions"] = {**permissions, "console.static": "anyone"}
    if not app.secret_key:  # signs form tokens; a new one only asks open pages to be loaded again
        app.secret_key = secrets.token_bytes(32)
    app.config["SESSION_COOKIE_SAMESITE"] = app.config.get("SESSION_COOKIE_SAMESITE") or "Lax"
    language.furnish(app)
    app.session_interface = sessions.Cookies()
    app.register_blueprint(console)
