"""Spans of what is done, in the trace that belongs to the correlation id (W3C Trace Context).

Without a tracer provider of OpenTelemetry's SDK nothing is recorded, and it costs next to nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.trace import ProxyTracerProvider, Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

if TYPE_CHECKING:
    from engine.views import Job

_TRACE = re.compile(r"(?!0{32})[0-9a-f]{32}")
_propagator = TraceContextTextMapPropagator()
_given: trace.TracerProvider | None = None


def use(provider: trace.TracerProvider | None) -> None:
    """Record spans with this provider, instead of the one that the process has set."""
    global _given
    _given = provider


def tracer() -> trace.Tracer | None:
    """What makes spans; None where nobody records them."""
    provider = _given or trace.get_tracer_provider()
    return (
        None if isinstance(provider, ProxyTracerProvider) else provider.get_tracer("kapellmeister")
    )


def trace_id(correlation_id: str) -> str:
    """The trace of a correlation id: itself if it is one, else always the same one."""
    if _TRACE.fullmatch(correlation_id):
        return correlation_id
    return hashlib.blake2b(correlation_id.encode(), digest_size=16).hexdigest()


def traceparent(correlation_id: str, job: int) -> str:
    """The trace context that a job carries: one span a job."""
    return f"00-{trace_id(correlation_id)}-{job:016x}-01"


@contextmanager
def attempt(job: Job) -> Iterator[None]:
    """A handler works on a job. What it raises is recorded, and raised on."""
    making = tracer()
    if making is None:
        yield
        return
    context = _propagator.extract({"traceparent": job.traceparent})
    about: dict[str, str | int] = {
        "messaging.operation.type": "process",
        "kapellmeister.process": job.process_id,
        "kapellmeister.version": job.version,
        "kapellmeister.instance": str(job.instance),
        "kapellmeister.element": job.element,
        "kapellmeister.job": job.key,
        "kapellmeister.attempt": job.attempt,
        "kapellmeister.correlation_id": job.correlation_id,
    }
    with making.start_as_current_span(
        f"job {job.type}", context, SpanKind.CONSUMER, attributes=about
    ):
        yield


def request(method: str, route: str, parent: str | None) -> Span | None:
    """A request has come in; its span, to be ended by `answered`."""
    making = tracer()
    if making is None:
        return None
    context = _propagator.extract({"traceparent": parent} if parent else {})
    about = {"http.request.method": method, "http.route": route}
    return making.start_span(f"{method} {route}", context, SpanKind.SERVER, attributes=about)


def answered(span: Span, status: int) -> None:
    """The request has its answer."""
    span.set_attribute("http.response.status_code", status)
    if status >= 500:
        span.set_status(Status(StatusCode.ERROR))
    span.end()


def inject(headers: MutableMapping[str, str], otherwise: str) -> None:
    """Give the trace on to whoever is called: the present span's, or else this context."""
    if trace.get_current_span().get_span_context().is_valid:
        _propagator.inject(headers)
    else:
        headers["traceparent"] = otherwise


def current() -> str | None:
    """The trace that is worked on in this thread."""
    found = trace.get_current_span().get_span_context()
    return f"{found.trace_id:032x}" if found.is_valid else None


def written(span: Span) -> str:
    """The trace context of a span."""
    found = span.get_span_context()
    return f"00-{found.trace_id:032x}-{found.span_id:016x}-{found.trace_flags:02x}"
