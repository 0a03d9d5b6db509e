"""The Flask application that knows the API: its document, its errors, its routes."""

from __future__ import annotations

import importlib
import pkgutil
from importlib.metadata import version
from typing import Any

from apiflask import APIFlask
from flask import Flask

from engine import Engine
from web.api import errors, v2
from web.api.routing import api


def make_app() -> APIFlask:
    """An application whose OpenAPI document stands at `/v2/openapi.json`, with a page to try it."""
    app = APIFlask(
        "web",
        title="Kapellmeister",
        version=version("kapellmeister"),
        spec_path="/v2/openapi.json",
        docs_path=None,
        static_folder=None,
    )
    app.config["OPENAPI_VERSION"] = "3.1.0"
    app.config["VALIDATION_ERROR_STATUS_CODE"] = 400
    app.config["SPEC_FORMAT"] = "json"
    app.json.sort_keys = False  # type: ignore[attr-defined]
    return app


def register(app: APIFlask, engine: Engine) -> None:
    """Put the API of an engine under `/v2`."""
    for module in pkgutil.iter_modules(v2.__path__):
        importlib.import_module(f"{v2.__name__}.{module.name}")
    app.extensions["engine"] = engine
    app.register_blueprint(api, url_prefix="/v2")
    errors.install(app)


def extension(app: Flask, name: str) -> Any:
    return app.extensions[name]
