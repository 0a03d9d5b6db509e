"""The API as a WSGI application of its own, mounted beside the console."""

from __future__ import annotations

import importlib
import pkgutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from types import ModuleType
from typing import Any

from flask import Flask, g, request
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from engine import Actor, Engine, EngineError, Source
from web.api import (
    cors,
    engine_rest,
    errors,
    health,
    metrics,
    openapi,
    page,
    routing,
    tracing,
    v2,
    well_known,
)
from web.api.engine_rest import routing as engine_rest_routing
from web.api.guard import GUESSES, Authority, Guard, Identity, Rates
from web.api.stored import Stored
from web.api.waiting import Waiting
from web.masking import shown_to

MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class ApiSettings:
    """What an operator may set about the API."""

    authority: Authority | None = None
    """Who may call; None: only this machine's own programs."""
    requests_per_second: float | None = None
    """Of each client, on the average; None: as many as it likes."""
    guesses: int = GUESSES
    """Wrong passwords of one name from one address, before it has to wait."""
    origins: frozenset[str] = frozenset({"file://"})
    """Web origins whose pages may call; the desktop Modeler's is `file://`."""
    waiters: int = 64
    """Requests that are held at once; fewer than the server has threads."""
    longest_hold: timedelta = timedelta(minutes=5)
    """How long a request is held at the most."""


def load(package: ModuleType) -> None:
    """Declare every operation: being in the folder is being routed."""
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)


def make_v2(engine: Engine, settings: ApiSettings) -> Flask:
    """`/v2` of an engine."""
    load(v2)
    app = _app("kapellmeister.v2", engine, settings)
    errors.install(app)
    routing.install(app)
    openapi.install(app)
    return app


def make_engine_rest(engine: Engine, settings: ApiSettings) -> Flask:
    """`/engine-rest` of an engine."""
    load(engine_rest)
    app = _app("kapellmeister.engine_rest", engine, settings)
    engine_rest_routing.install(app)
    return app


def _app(name: str, engine: Engine, settings: ApiSettings) -> Flask:
    app = Flask(name, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MOST_BYTES
    app.extensions["engine"] = engine
    app.extensions["shown"] = shown_to(engine, lambda: "reveal" in g.identity.permissions)
    tracing.install(app)
    cors.install(app, settings.origins)
    return app


def _note_refused(engine: Engine, identity: Identity, permission: str) -> None:
    """Who sends what they may not do is in the audit; who only looks is not."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    target = f"{request.method} {request.script_root}{request.path}"
    source: Source = "api" if request.script_root or request.authorization else "console"
    with suppress(EngineError):  # it is refused, whether it can be written down or not
        engine.note_refused(permission, target, by=Actor(identity.name, source))


def mount(app: Flask, engine: Engine, settings: ApiSettings | None = None) -> None:
    """Put the API of an engine beside the pages of an application."""
    settings = settings or ApiSettings()
    app.register_blueprint(health.blueprint(engine))
    app.register_blueprint(page.blueprint)
    parts = {"/v2": make_v2(engine, settings), "/engine-rest": make_engine_rest(engine, settings)}
    waiting = Waiting(settings.waiters, settings.longest_hold)
    guard = Guard(
        settings.authority,
        stored=Stored(engine),
        on_refused=partial(_note_refused, engine),
        rates=Rates(settings.requests_per_second) if settings.requests_per_second else None,
        guesses=settings.guesses,
        origins=settings.origins,
    )
    app.register_blueprint(well_known.blueprint(guard, settings.origins))
    for part in parts.values():
        part.extensions["waiting"], part.extensions["guard"] = waiting, guard
    app.register_blueprint(metrics.blueprint(engine, guard))
    app.extensions["api"] = parts
    app.extensions["guard"] = guard
    mounts: Any = parts
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, mounts)  # type: ignore[method-assign]
