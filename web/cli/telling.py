"""How a node tells what it does: logs, and spans by OpenTelemetry."""

from __future__ import annotations

import logging
import os
import sys
from typing import Literal

import click
import structlog

from engine import traces

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
LOG = click.option(
    "--log",
    type=click.Choice(["text", "json"]),
    envvar="KAPELLMEISTER_LOG",
    show_envvar=True,
    help="Logs for people or for machines [default: text on a terminal, else json].",
)


def tell(log: Literal["text", "json"] | None) -> None:
    """Set logs up, and spans where a collector is named in the environment. Raises
    ClickException when the SDK is missing."""
    is_json = log == "json" or (log is None and not sys.stderr.isatty())
    shown: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(default=str)
        if is_json
        else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _add_trace,
            *([structlog.processors.format_exc_info] if is_json else []),
            shown,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    if any(os.environ.get(name) for name in ENDPOINTS):
        _export()


def _add_trace(
    _logger: object, _name: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """The trace that a line belongs to, so that both can be read together."""
    if found := traces.current():
        event["trace_id"] = found
    return event


def _export() -> None:
    try:
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise click.ClickException(
            "the environment names an OpenTelemetry collector, and the SDK is not installed: "
            "pip install 'kapellmeister[tracing]', or unset OTEL_EXPORTER_OTLP_ENDPOINT"
        ) from None
    name = os.environ.get("OTEL_SERVICE_NAME", "kapellmeister")
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
