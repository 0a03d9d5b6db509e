"""Health: is this process alive, and can it do its work."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from engine import Engine, EngineError
from web.api.shapes import write_json


def blueprint(engine: Engine) -> Blueprint:
    """`/health/live` and `/health/ready`, for gateways and schedulers; they need no credentials."""
    health = Blueprint("health", __name__, url_prefix="/health")

    @health.get("/live")
    def live() -> Response:
        return _answer(200, {"status": "live"})

    @health.get("/ready")
    def ready() -> Response:
        try:
            engine.ping()
        except EngineError as error:
            return _answer(503, {"status": "not ready", "detail": str(error)})
        return _answer(200, {"status": "ready"})

    return health


def _answer(status: int, body: dict[str, Any]) -> Response:
    answer = Response(write_json(body), status, mimetype="application/json")
    answer.headers["Cache-Control"] = "no-store"
    return answer
