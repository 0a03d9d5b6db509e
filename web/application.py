"""`create_app`: one WSGI application with the operator console and the REST API of an engine."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from engine import Actor, Engine
from web import api, console


def create_app(
    engine: Engine,
    *,
    secret_key: str,
    is_demo: bool = False,
    trusted_proxies: int = 0,
    load_demo: Callable[[Actor], int] | None = None,
    api_settings: api.ApiSettings | None = None,
) -> Flask:
    """The application. `load_demo` is offered at the first run.

    With `trusted_proxies` gateways in front, their forwarded headers (host,
    scheme, path prefix, client) are believed, and no more than that many of each."""
    app = Flask("web", static_folder=None)
    app.secret_key = secret_key
    app.config["DEMO"] = is_demo
    if load_demo is not None:
        app.extensions["load_demo"] = load_demo
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024 * 1024
    console.register(app, engine)
    api.mount(app, engine, api_settings)
    if trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app,
            x_for=trusted_proxies,
            x_proto=trusted_proxies,
            x_host=trusted_proxies,
            x_prefix=trusted_proxies,
        )
    return app
