"""A node's logs are JSON for machines; its spans reach a collector that the environment names."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.kit import document

PROCESS = """
<startEvent id='s'/>
<serviceTask id='t'><extensionElements><zeebe:taskDefinition type='work'/></extensionElements>
</serviceTask>
<endEvent id='e'/>
s -> t -> e
"""
SCRIPT = """
import sys
from engine import Engine, Handlers, Worker
from opentelemetry import trace
import structlog
from web.cli.telling import tell

tell("json")
handlers = Handlers()
handlers.add("work", lambda job: structlog.get_logger().info("at work", job=job.id))
with Engine(f"sqlite:///{sys.argv[1]}/engine.db", handlers) as engine:
    engine.migrate()
    engine.deploy({"p.bpmn": open(f"{sys.argv[1]}/p.bpmn", "rb").read()})
    with Worker(engine):
        engine.start("p", correlation_id="c-1", wait=__import__("datetime").timedelta(seconds=30))
trace.get_tracer_provider().shutdown()
"""


class Collector(BaseHTTPRequestHandler):
    received: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append((self.path, body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def collector() -> Iterator[ThreadingHTTPServer]:
    Collector.received = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_spans_and_logs_of_a_node(tmp_path: Path, collector: ThreadingHTTPServer) -> None:
    (tmp_path / "p.bpmn").write_bytes(document(PROCESS))
    port = collector.server_address[1]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (line,) = [json.loads(text) for text in done.stderr.splitlines() if "at work" in text]
    assert line["level"] == "info"
    assert line["event"] == "at work"
    assert len(line["trace_id"]) == 32
    assert line["timestamp"].endswith("Z")
    (path, body) = Collector.received[0]
    assert path == "/v1/traces"
    assert b"job work" in body
    assert bytes.fromhex(line["trace_id"]) in body
