"""Correlation id and W3C trace context: taken in, given on, and sent back with every answer."""

from __future__ import annotations

import re
import secrets

from flask import Flask, Response, g, request

from engine import traces
from engine.traces import trace_id

CORRELATION = "X-Correlation-Id"
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_ID = re.compile(r"[\x21-\x7e]{1,255}")


def install(app: Flask) -> None:
    """Read both before each request, and write both behind it; with a span where there are any."""
    app.before_request(_take)
    app.after_request(_give)


def _take() -> None:
    parent = request.headers.get("traceparent", "")
    found = _TRACEPARENT.fullmatch(parent)
    is_traced = found is not None and set(found[1]) != {"0"} and set(found[2]) != {"0"}
    given = request.headers.get(CORRELATION, "")
    named = given if _ID.fullmatch(given) else None
    if found is not None and is_traced:
        trace, flags = found[1], found[3]
        g.given_correlation_id = named or trace
    else:
        g.given_correlation_id = named
        trace, flags = trace_id(named or secrets.token_hex(16)), "01"
        parent = f"00-{trace}-{secrets.token_hex(8)}-{flags}"
    g.correlation_id = g.given_correlation_id or trace
    route = str(request.url_rule) if request.url_rule else "unknown"
    g.span = traces.request(request.method, request.script_root + route, parent)
    own = f"00-{trace}-{secrets.token_hex(8)}-{flags}"
    g.traceparent = own if g.span is None else traces.written(g.span)


def _give(answer: Response) -> Response:
    answer.headers.setdefault(CORRELATION, g.get("correlation_id", ""))
    answer.headers["traceparent"] = g.get("traceparent", "")
    if span := g.get("span"):
        traces.answered(span, answer.status_code)
    return answer
