"""What the engine says no with, as `application/problem+json` (RFC 9457)."""

from __future__ import annotations

import uuid
from typing import Any

import structlog
from apiflask import APIFlask
from apiflask.exceptions import HTTPError
from flask import Response, jsonify, request

from engine import (
    Conflict,
    EngineError,
    Invalid,
    NotFound,
    Refused,
    Stale,
    Unavailable,
)

STATUSES: tuple[tuple[type[Exception], int, str], ...] = (
    (NotFound, 404, "NOT_FOUND"),
    (Stale, 404, "NOT_FOUND"),
    (Conflict, 409, "INVALID_STATE"),
    (Refused, 400, "INVALID_ARGUMENT"),
    (Invalid, 400, "INVALID_ARGUMENT"),
    (Unavailable, 503, "RESOURCE_EXHAUSTED"),
    (EngineError, 409, "INVALID_STATE"),
)
"""Status and title of each engine error; the first class that fits counts."""

log = structlog.get_logger()


def problem(status: int, title: str, detail: str, **more: Any) -> Response:
    """One problem document."""
    body = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.path,
        **more,
    }
    answer = jsonify(body)
    answer.status_code = status
    answer.mimetype = "application/problem+json"
    if status == 503:
        answer.headers["Retry-After"] = "1"
    return answer


def of_engine(error: EngineError) -> Response:
    """The problem document for an error of the engine's."""
    for kind, status, title in STATUSES:
        if isinstance(error, kind):
            more: dict[str, Any] = {}
            if isinstance(error, Refused):
                more["problems"] = [
                    {
                        "rule": p.rule,
                        "severity": p.severity,
                        "file": p.file,
                        "element": p.element,
                        "line": p.line,
                        "message": p.message,
                        "remedy": p.remedy,
                        "clause": p.clause,
                    }
                    for p in error.problems
                ]
            return problem(status, title, str(error), **more)
    raise AssertionError(error)


def install(app: APIFlask) -> None:
    """Let errors below `/v2` become problem documents; no traceback reaches a client."""

    @app.error_processor
    def _validation(error: HTTPError) -> Any:
        detail = str(error.message)
        if error.detail:
            detail = "; ".join(_places(error.detail)) or detail
        titles = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED"}
        title = titles.get(error.status_code, str(error.message).upper().replace(" ", "_"))
        answer = problem(error.status_code, title, detail)
        answer.headers.update(error.headers)
        return answer

    @app.errorhandler(EngineError)
    def _engine(error: EngineError) -> Response:
        return of_engine(error)

    @app.errorhandler(500)
    def _unexpected(error: Exception) -> Response:
        number = uuid.uuid4().hex[:12]
        cause = getattr(error, "original_exception", None) or error
        log.error("request failed", path=request.path, error_id=number, exc_info=cause)
        return problem(500, "INTERNAL", f"something went wrong here; its number is {number}")


def _places(detail: Any, at: str = "") -> list[str]:
    """`place: what is wrong` for each leaf of a validation error."""
    if isinstance(detail, dict):
        return [
            said
            for name, inner in detail.items()
            for said in _places(inner, f"{at}.{name}" if at else str(name))
        ]
    if isinstance(detail, list):
        return [said for inner in detail for said in _places(inner, at)]
    return [f"{at}: {detail}"]
