"""What the engine says no with, as `application/problem+json` (RFC 9457)."""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from engine import (
    Conflict,
    EngineError,
    ExecutionError,
    Invalid,
    InvalidForm,
    NotFound,
    Refused,
    Stale,
    Unavailable,
)
from web.api.shapes import write_json

STATUSES: tuple[tuple[type[Exception], int, str], ...] = (
    (NotFound, 404, "NOT_FOUND"),
    (Stale, 404, "NOT_FOUND"),
    (ExecutionError, 409, "INVALID_STATE"),
    (Conflict, 409, "INVALID_STATE"),
    (Refused, 400, "INVALID_ARGUMENT"),
    (Invalid, 400, "INVALID_ARGUMENT"),
    (Unavailable, 503, "RESOURCE_EXHAUSTED"),
    (EngineError, 409, "INVALID_STATE"),
)
"""Status and title of each engine error; the first class that fits counts."""

TITLES = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED"}

log = structlog.get_logger("kapellmeister.api")


def problem(status: int, title: str, detail: str, **more: Any) -> Response:
    """One problem document."""
    body = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.script_root + request.path,
        **more,
    }
    answer = Response(write_json(body), status, mimetype="application/problem+json")
    if status == 503:
        answer.headers["Retry-After"] = "1"
    return answer


def status_of(error: EngineError) -> tuple[int, str]:
    """HTTP status and title of an engine error."""
    return next((status, title) for kind, status, title in STATUSES if isinstance(error, kind))


def of_engine(error: EngineError) -> Response:
    status, title = status_of(error)
    return problem(status, title, str(error), **_more(error))


def of_item(error: EngineError) -> dict[str, Any]:
    """What is the matter with one of many, as it stands in the answer for all of them."""
    status, title = status_of(error)
    return {"status": status, "title": title, "detail": str(error), **_more(error)}


def _more(error: EngineError) -> dict[str, Any]:
    more: dict[str, Any] = {}
    if isinstance(error, Refused):
        more["problems"] = [msgspec.to_builtins(found) for found in error.problems]
    if isinstance(error, InvalidForm):
        more["fields"] = [msgspec.to_builtins(found) for found in error.fields]
    return more


def of_http(error: HTTPException) -> Response:
    status = error.code or 500
    title = TITLES.get(status, HTTPStatus(status).phrase.upper().replace(" ", "_"))
    answer = problem(status, title, error.description or title)
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            answer.headers.add(name, value)
    return answer


def number_of(error: Exception) -> str:
    """A number under which an unexpected error stands in the log."""
    number = uuid.uuid4().hex[:12]
    log.error("request failed", path=request.path, error_id=number, exc_info=error)
    return number


def of_unexpected(error: Exception) -> Response:
    return problem(500, "INTERNAL", f"something went wrong here; its number is {number_of(error)}")


def install(app: Flask) -> None:
    """Let every error become a problem document; no traceback reaches a client."""
    app.register_error_handler(EngineError, of_engine)
    app.register_error_handler(HTTPException, of_http)
    app.register_error_handler(Exception, of_unexpected)
