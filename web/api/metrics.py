"""`/metrics`: what Prometheus scrapes."""

from __future__ import annotations

from flask import Blueprint, Response
from werkzeug.exceptions import HTTPException

from engine import Engine, EngineError
from web.api.guard import Guard


def blueprint(engine: Engine, guard: Guard) -> Blueprint:
    """`GET /metrics`, for whoever may view."""
    metrics = Blueprint("metrics", __name__)

    @metrics.get("/metrics")
    def scrape() -> Response:
        try:
            guard.check("view")
            return _text(200, engine.measures())
        except HTTPException as error:
            refused = _text(error.code or 500, f"{error.description}\n".encode())
            refused.headers.extend(
                (name, value) for name, value in error.get_headers() if name != "Content-Type"
            )
            return refused
        except EngineError as error:
            return _text(503, f"{error}\n".encode())

    return metrics


def _text(status: int, body: bytes) -> Response:
    answer = Response(body, status, content_type="text/plain; version=0.0.4; charset=utf-8")
    answer.headers["Cache-Control"] = "no-store"
    return answer
