"""The API as a WSGI application of its own, mounted beside the console."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from engine import Engine
from web.api import errors, health, openapi, routing, tracing, v2
from web.api.guard import Authority, Guard, Rates
from web.api.waiting import Waiting

MOST_BYTES = 64 * 1024 * 1024
MOST_JSON_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class ApiSettings:
    """What an operator may set about the API."""

    authority: Authority | None = None
    """Who may call; None: only this machine's own programs."""
    requests_per_second: float | None = None
    """Of each client, on the average; None: as many as it likes."""
    origins: frozenset[str] = frozenset({"file://"})
    """Web origins whose pages may call; the desktop Modeler's is `file://`."""
    waiters: int = 64
    """Requests that are held at once; fewer than the server has threads."""


def load() -> None:
    """Declare every operation: being in the folder is being routed."""
    for module in pkgutil.iter_modules(v2.__path__):
        importlib.import_module(f"{v2.__name__}.{module.name}")


def make_v2(engine: Engine, settings: ApiSettings) -> Flask:
    """`/v2` of an engine."""
    load()
    app = Flask("kapellmeister.v2", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.extensions["engine"] = engine
    app.extensions["waiting"] = Waiting(settings.waiters)
    app.extensions["guard"] = Guard(
        settings.authority,
        rates=Rates(settings.requests_per_second) if settings.requests_per_second else None,
        origins=settings.origins,
    )
    tracing.install(app)
    errors.install(app)
    routing.install(app)
    openapi.install(app)
    return app


def mount(app: Flask, engine: Engine, settings: ApiSettings | None = None) -> None:
    """Put the API of an engine beside the pages of an application."""
    settings = settings or ApiSettings()
    app.register_blueprint(health.blueprint(engine))
    parts: dict[str, Any] = {"/v2": make_v2(engine, settings)}
    app.extensions["api"] = parts
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, parts)  # type: ignore[method-assign]
