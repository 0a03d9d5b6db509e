"""The HTTP connector calls allowed hosts, and tells business errors from failures."""

from __future__ import annotations

import ipaddress
import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from engine import BpmnError, Engine, Handlers, Invalid, Worker
from engine.connectors.addresses import is_public
from engine.connectors.http import HttpConnector, HttpFailure
from engine.views import Job
from tests.kit import document


class Service(BaseHTTPRequestHandler):
    """Answers as the path says, and keeps what it was asked."""

    asked: list[dict[str, Any]]

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        self.asked.append(
            {
                "method": self.command,
                "path": self.path,
                "headers": {k.lower(): v for k, v in self.headers.items()},
                "body": body,
            }
        )
        verb, _, rest = self.path[1:].partition("/")
        if verb == "status":
            self._answer(int(rest), b"refused", "text/plain")
        elif verb == "redirect":
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/")
            self.end_headers()
        elif verb == "large":
            self._answer(200, b"x" * 5_000, "text/plain")
        elif verb == "broken":
            self._answer(200, b'{"a": ', "application/json")
        elif verb == "binary":
            self._answer(200, b"\xff\xfe\x00", "image/png")
        elif verb == "slow":
            threading.Event().wait(5)
        else:
            answer = {"amount": 12.5, "path": self.path, "echo": body}
            self._answer(200, json.dumps(answer).encode(), "application/json; charset=utf-8")

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - the base class's names

    def _answer(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None: ...


class Server:
    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        handler = type("Handler", (Service,), {"asked": self.asked})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.host}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    opened = Server()
    yield opened
    opened.close()


@pytest.fixture
def connector(server: Server) -> Iterator[HttpConnector]:
    made = HttpConnector([server.host], allow_private=True, timeout=2, largest_answer=2_000)
    yield made
    made.close()


def job(constants: dict[str, Any] | None = None, **variables: Any) -> Job:
    return Job(
        id=7,
        key="7",
        type="http",
        variables=variables,
        headers=constants or {},
        instance=1,
        root=1,
        business_key="A-1",
        correlation_id="trace-9",
        process_id="p",
        version=1,
        definition=1,
        element="call",
        token=5,
        priority=0,
        attempt=1,
        retries=3,
        deadline=datetime(2030, 1, 1, tzinfo=UTC),
        timeout=timedelta(minutes=5),
        traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01",
        worker="w",
        epoch=1,
    )


def test_an_answer_becomes_the_result(connector: HttpConnector, server: Server) -> None:
    result = connector(job(url=f"{server.url}/orders", query={"q": "a b", "n": 1, "no": None}))
    response = result["response"]
    assert response["status"] == 200
    assert response["body"] == {
        "amount": Decimal("12.5"),
        "path": "/orders?q=a+b&n=1",
        "echo": "",
    }
    assert response["headers"]["content-type"].startswith("application/json")


def test_a_call_can_be_told_from_its_repetition_and_followed(
    connector: HttpConnector, server: Server
) -> None:
    connector(job(url=f"{server.url}/", headers={"X-Own": "yes"}))
    sent = server.asked[0]["headers"]
    assert sent["idempotency-key"] == "7"
    assert sent["x-correlation-id"] == "trace-9"
    assert sent["traceparent"].startswith("00-aaaa")
    assert sent["x-own"] == "yes"


def test_a_document_is_sent_as_json_and_a_text_as_it_is(
    connector: HttpConnector, server: Server
) -> None:
    connector(job(url=f"{server.url}/", method="post", body={"n": Decimal("1.10"), "x": [None]}))
    connector(job(url=f"{server.url}/", method="PUT", body="plain"))
    first, second = server.asked
    assert (first["method"], first["body"]) == ("POST", '{"n":1.10,"x":[null]}')
    assert first["headers"]["content-type"] == "application/json"
    assert (second["method"], second["body"]) == ("PUT", "plain")


def test_constants_may_stand_in_the_tasks_headers(connector: HttpConnector, server: Server) -> None:
    result = connector(job({"url": f"{server.url}/", "method": "DELETE", "result": "gone"}))
    assert result["gone"]["status"] == 200
    assert server.asked[0]["method"] == "DELETE"


@pytest.mark.parametrize(("status", "code"), [(404, "NOT_FOUND"), (409, "REFUSED"), (503, "DOWN")])
def test_a_listed_status_is_a_business_error(
    connector: HttpConnector, server: Server, status: int, code: str
) -> None:
    listed = {"errors": "404=NOT_FOUND, 4xx = REFUSED,503=DOWN"}
    with pytest.raises(BpmnError) as caught:
        connector(job(listed, url=f"{server.url}/status/{status}"))
    assert caught.value.code == code
    assert caught.value.variables["response"]["status"] == status  # type: ignore[index]


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_any_other_failure_is_technical(
    connector: HttpConnector, server: Server, status: int
) -> None:
    with pytest.raises(HttpFailure, match=f"answered {status}: refused"):
        connector(job(url=f"{server.url}/status/{status}"))


def test_a_redirect_is_not_followed(connector: HttpConnector, server: Server) -> None:
    with pytest.raises(HttpFailure, match="redirects are not followed"):
        connector(job(url=f"{server.url}/redirect"))
    assert len(server.asked) == 1


def test_an_answer_that_is_too_large_slow_or_not_what_it_says(
    connector: HttpConnector, server: Server
) -> None:
    with pytest.raises(Invalid, match="larger than 2,000 bytes"):
        connector(job(url=f"{server.url}/large"))
    with pytest.raises(HttpFailure, match="says it is JSON, and is not"):
        connector(job(url=f"{server.url}/broken"))
    with pytest.raises(HttpFailure, match="timed out"):
        connector(job(url=f"{server.url}/slow", timeout="PT0.05S"))
    assert connector(job(url=f"{server.url}/binary"))["response"]["body"] == "3 bytes of image/png"


def test_a_service_that_is_away_is_a_technical_failure() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    connector = HttpConnector([f"127.0.0.1:{port}"], allow_private=True)
    with pytest.raises(HttpFailure):
        connector(job(url=f"http://127.0.0.1:{port}/"))
    connector.close()


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"url": 5},
        {"url": "ftp://127.0.0.1/"},
        {"url": "http:///x"},
        {"url": "http://user:secret@{host}/"},
        {"url": "http://elsewhere.example/"},
        {"url": "http://{host}.elsewhere.example/"},
        {"url": "http://127.0.0.1/"},
        {"url": "http://{host}/" + "x" * 5_000},
        {"url": "http://{host}/", "method": "CONNECT"},
        {"url": "http://{host}/", "headers": {"Host": "elsewhere"}},
        {"url": "http://{host}/", "headers": {"Idempotency-Key": "mine"}},
        {"url": "http://{host}/", "headers": {"X-A": "b\r\nX-C: d"}},
        {"url": "http://{host}/", "headers": "X-A"},
        {"url": "http://{host}/", "query": ["a"]},
        {"url": "http://{host}/", "errors": "404"},
        {"url": "http://{host}/", "errors": "40=NO"},
        {"url": "http://{host}/", "timeout": "soon"},
    ],
)
def test_a_senseless_call_is_not_sent(
    connector: HttpConnector, server: Server, variables: dict[str, Any]
) -> None:
    if isinstance(variables.get("url"), str):
        variables = {**variables, "url": variables["url"].replace("{host}", server.host)}
    with pytest.raises((Invalid, HttpFailure)):
        connector(job(**variables))
    assert server.asked == []


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0"]
)
def test_this_machine_is_refused_in_every_spelling(server: Server, host: str) -> None:
    port = server.host.rpartition(":")[2]
    connector = HttpConnector([f"{host.strip('[]')}:{port}"])
    with pytest.raises((Invalid, HttpFailure)):
        connector(job(url=f"http://{host}:{port}/"))
    connector.close()
    assert server.asked == []


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:10.0.0.1", False),
        ("::10.0.0.1", False),
        ("64:ff9b::10.0.0.1", False),
        ("2002:0a00:0001::", False),
    ],
)
def test_public_addresses(text: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(text)) is public


@pytest.mark.parametrize(
    ("allowed", "url", "is_sent"),
    [
        ("api.example.com", "https://api.example.com/", True),
        ("api.example.com", "https://API.example.com./", True),
        ("api.example.com", "https://api.example.com:8443/", False),
        ("api.example.com:8443", "https://api.example.com:8443/", True),
        ("api.example.com:8443", "https://api.example.com/", False),
        ("*.example.com", "https://a.b.example.com/", True),
        ("*.example.com", "https://example.com/", False),
        ("*.example.com", "https://badexample.com/", False),
        ("example.com", "https://api.example.com/", False),
    ],
)
def test_a_host_is_allowed_by_name_and_port(
    monkeypatch: pytest.MonkeyPatch, allowed: str, url: str, is_sent: bool
) -> None:
    connector = HttpConnector([allowed])
    monkeypatch.setattr(connector, "_send", lambda *_: (200, {}, b""))
    if is_sent:
        assert connector(job(url=url))["response"]["status"] == 200
    else:
        with pytest.raises(Invalid, match="is not allowed"):
            connector(job(url=url))
    connector.close()


def test_a_process_calls_a_service(connector: HttpConnector, server: Server) -> None:
    handlers = Handlers()
    connector.register(handlers)
    engine = Engine("sqlite://", handlers)
    engine.deploy(
        {
            "p.bpmn": document(
                """<startEvent id='s'/><serviceTask id='call'><extensionElements>
                <zeebe:taskDefinition type='http'/><zeebe:ioMapping>
                <zeebe:input source='=base + "/orders/" + id' target='url'/>
                <zeebe:output source='=response.body.path' target='path'/>
                </zeebe:ioMapping></extensionElements></serviceTask><endEvent id='e'/>
                s -> call -> e"""
            )
        }
    )
    with Worker(engine, threads=1):
        ended = engine.start("p", {"base": server.url, "id": "A-1"}, wait=timedelta(seconds=20))
    assert ended.state == "completed"
    assert (ended.variables or {})["path"] == "/orders/A-1"
    engine.close()
