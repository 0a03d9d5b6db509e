"""Cross-origin requests (Fetch standard, CORS protocol): pages of allowed origins may call."""

from __future__ import annotations

from flask import Flask, Response, request

HEADERS = "Authorization, Content-Type, Idempotency-Key, X-Correlation-Id, traceparent"
METHODS = "GET, POST, PUT, PATCH, DELETE"
EXPOSED = "X-Correlation-Id, traceparent, Retry-After, WWW-Authenticate"


def install(app: Flask, origins: frozenset[str]) -> None:
    """Answer preflights, which carry no credentials, and mark every answer for its origin.

    Credentials are never allowed to come by themselves: the API takes `Authorization` only.
    """

    def preflight() -> Response | None:
        if request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers:
            return None
        answer = Response(status=204)
        answer.headers["Access-Control-Allow-Methods"] = METHODS
        answer.headers["Access-Control-Allow-Headers"] = HEADERS
        answer.headers["Access-Control-Max-Age"] = "600"
        return answer

    def mark(answer: Response) -> Response:
        answer.vary.add("Origin")
        origin = request.headers.get("Origin")
        if origin is not None and origin in origins:
            answer.headers["Access-Control-Allow-Origin"] = origin
            answer.headers["Access-Control-Expose-Headers"] = EXPOSED
        return answer

    app.before_request(preflight)
    app.after_request(mark)
