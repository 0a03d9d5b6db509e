"""One trace goes from a gateway through the API and the job to the service that is called."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from engine import Handlers, Job, Worker, traces
from tests.web.api.kit import SERVICE, Served

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = "00f067aa0ba902b7"


@pytest.fixture
def exported() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    traces.use(provider)
    yield exporter
    traces.use(None)


def spans(exporter: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {span.name: span for span in exporter.get_finished_spans()}


def test_one_trace_from_the_gateway_to_the_service(
    api: Served, exported: InMemorySpanExporter
) -> None:
    given: list[dict[str, str]] = []

    def work(job: Job) -> None:
        headers: dict[str, str] = {}
        traces.inject(headers, job.traceparent)  # as the HTTP connector does
        given.append(headers)

    api.deploy(SERVICE)
    exported.clear()
    handlers = Handlers()
    handlers.add("work", work)
    body = {"processDefinitionId": "p", "awaitCompletion": True, "requestTimeout": 20_000}
    with Worker(api.engine, handlers=handlers):
        answer = api.http.post(
            "/v2/process-instances",
            json=body,
            headers={"traceparent": f"00-{TRACE}-{CALLER}-01"},
        )
    assert answer.status_code == 200, answer.text
    found = spans(exported)
    request, job = found["POST /v2/process-instances"], found["job work"]
    assert request.parent is not None
    assert f"{request.parent.span_id:016x}" == CALLER
    assert {f"{span.context.trace_id:032x}" for span in (request, job)} == {TRACE}
    assert answer.headers["traceparent"].split("-")[2] == f"{request.context.span_id:016x}"
    assert given == [{"traceparent": f"00-{TRACE}-{job.context.span_id:016x}-01"}]
    assert job.attributes is not None
    assert job.attributes["kapellmeister.process"] == "p"
    assert job.attributes["kapellmeister.attempt"] == 1


def test_a_failed_attempt_is_a_failed_span(api: Served, exported: InMemorySpanExporter) -> None:
    def fail(job: Job) -> None:
        raise ConnectionError("no route")

    api.deploy(SERVICE)
    handlers = Handlers()
    handlers.add("work", fail, retries=1)
    key = api.start()
    with Worker(api.engine, handlers=handlers):
        for _ in api.engine.changes(0):
            if api.engine.incidents().items:
                break
    job = spans(exported)["job work"]
    assert job.status.status_code is StatusCode.ERROR
    assert job.attributes is not None
    assert job.attributes["kapellmeister.instance"] == key
    assert [event.name for event in job.events] == ["exception"]


def test_without_a_provider_nothing_is_recorded(api: Served) -> None:
    answer = api.http.get("/v2/topology", headers={"traceparent": f"00-{TRACE}-{CALLER}-01"})
    assert answer.headers["traceparent"].split("-")[1] == TRACE
    assert traces.tracer() is None
