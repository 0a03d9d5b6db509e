"""Correlation id and W3C trace context: taken in, given on, and sent back with every answer."""

from __future__ import annotations

import re
import secrets
import uuid

from flask import Flask, Response, g, request

CORRELATION = "X-Correlation-Id"
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_ID = re.compile(r"[\x21-\x7e]{1,255}")


def install(app: Flask) -> None:
    """Read both before each request, and write both behind it."""
    app.before_request(_take)
    app.after_request(_give)


def _take() -> None:
    trace, flags = secrets.token_hex(16), "01"
    found = _TRACEPARENT.fullmatch(request.headers.get("traceparent", ""))
    is_traced = found is not None and set(found[1]) != {"0"} and set(found[2]) != {"0"}
    if found is not None and is_traced:
        trace, flags = found[1], found[3]
    g.traceparent = f"00-{trace}-{secrets.token_hex(8)}-{flags}"
    given = request.headers.get(CORRELATION, "")
    g.given_correlation_id = given if _ID.fullmatch(given) else trace if is_traced else None
    g.correlation_id = g.given_correlation_id or str(uuid.uuid4())


def _give(answer: Response) -> Response:
    answer.headers.setdefault(CORRELATION, g.get("correlation_id", ""))
    answer.headers["traceparent"] = g.get("traceparent", "")
    return answer
