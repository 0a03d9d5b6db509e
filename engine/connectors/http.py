"""The HTTP connector: jobs of type `http` call REST services, without a line of code.

    inputs (variables of the task, or else its headers)
        url       the address; its host must be on the connector's list
        method    GET by default
        query     a document of parameters
        headers   a document
        body      text is sent as it is, anything else as JSON
        timeout   ISO 8601; of the whole call
    headers of the task
        result    the variable that gets `{"status", "headers", "body"}`; `response` by default
        answer    `document`; or `body`: that alone; or `flat`, as Camunda 7 has it: `statusCode`,
                  `headers`, and the body as text
        errors    statuses that are business errors: `404=NOT_FOUND, 409=TAKEN, 4xx=REFUSED`

A status that is neither a success nor listed is a technical failure: tried again by the job's
policy. Each call carries the job's idempotency key, correlation id and trace context.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import httpcore
import msgspec

from engine import traces
from engine.connectors.addresses import CheckedBackend, ForbiddenAddressError
from engine.errors import BpmnError, Invalid
from engine.handlers import Handlers
from engine.policies import parse_backoff
from engine.values import decode, encode_bytes
from engine.views import Job, JobDescription, JobParameter

if TYPE_CHECKING:
    import httpx

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
LONGEST_URL = 4_000
_FORBIDDEN_HEADERS = frozenset(
    {
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "idempotency-key",
        "traceparent",
        "x-correlation-id",
    }
)
_SHOWN = 500
"""Characters of an answer's body that a failure quotes."""


class HttpFailure(Exception):
    """The call did not succeed, and may do so if it is tried again."""


class HttpConnector:
    """Calls the hosts on its list, and no other.

    `allowed_hosts`: `api.example.com` (the scheme's own port), `api.example.com:8443`, or
    `*.example.com`. Addresses that are not public are refused unless `allow_private`.
    """

    described = JobDescription(
        type="http",
        summary="Calls a REST service of an allowed host.",
        inputs=[
            JobParameter(name="url", text="the address", is_required=True),
            JobParameter(name="method", text="GET by default", choices=list(METHODS)),
            JobParameter(name="query", text="a document of parameters"),
            JobParameter(name="headers", text="a document"),
            JobParameter(name="body", text="text as it is, anything else as JSON"),
            JobParameter(name="timeout", text="of the whole call, such as PT10S"),
        ],
        headers=[
            JobParameter(name="result", text="the variable that gets the answer"),
            JobParameter(
                name="answer", text="what of it is kept", choices=["document", "body", "flat"]
            ),
            JobParameter(name="errors", text="business errors: 404=NOT_FOUND, 4xx=REFUSED"),
        ],
        outputs=[JobParameter(name="response", text="status, headers and body")],
    )

    def __init__(
        self,
        allowed_hosts: Iterable[str],
        *,
        allow_private: bool = False,
        timeout: float = 20.0,
        largest_answer: int = 900_000,
    ) -> None:
        self._hosts = [host.lower() for host in allowed_hosts]
        self._timeout = timeout
        self._largest = largest_answer
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(),
            network_backend=CheckedBackend(allow_private=allow_private),
            max_connections=100,
            keepalive_expiry=5.0,
            retries=0,
        )

    def register(self, handlers: Handlers, type: str = "http") -> None:
        """Let it do jobs of this type."""
        handlers.add(type, self, retries=3, backoff="PT1S*2^n PT1M")

    def close(self) -> None:
        self._pool.close()

    def __call__(self, job: Job) -> dict[str, Any]:
        """Do one job. Raises BpmnError for a listed status, HttpFailure for any other failure."""
        given = _Inputs(job)
        errors = _error_codes(given.text("errors") or "")
        until = time.monotonic() + given.seconds("timeout", self._timeout)
        request = self._request(given, job)
        try:
            status, headers, content = self._send(request, until)
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            words = str(error) or type(error).__name__
            raise HttpFailure(f"{request.method} {request.url}: {words}") from error
        except ForbiddenAddressError as error:
            raise Invalid(f"{request.method} {request.url}: {error}") from error
        body = _body(headers, content)
        code = errors.get(str(status)) or errors.get(f"{status // 100}xx")
        if code is not None:
            raise BpmnError(
                code,
                f"{request.url} answered {status}",
                {"response": _answer(status, headers, body)},
            )
        if not 200 <= status < 300:
            where = f", to '{headers.get('location')}'; redirects are not followed"
            raise HttpFailure(
                f"{request.method} {request.url} answered {status}"
                + (where if 300 <= status < 400 else f": {_quoted(body)}")
            )
        return _results(given, status, headers, content, body)

    # Asking

    def _request(self, given: _Inputs, job: Job) -> httpx.Request:
        method = (given.text("method") or "GET").upper()
        if method not in METHODS:
            raise Invalid(f"http: method '{method}' is not among {', '.join(METHODS)}")
        url = self._url(given)
        headers = dict(given.texts("headers"))
        for name in headers:
            if name.lower() in _FORBIDDEN_HEADERS:
                raise Invalid(f"http: header '{name}' is the connector's own; leave it out")
        body = given.value("body")
        content: bytes | None = None
        if isinstance(body, str):
            content = body.encode()
        elif body is not None:
            content = encode_bytes(body)
            headers.setdefault("Content-Type", "application/json")
        headers.setdefault("Accept", "application/json, text/*;q=0.8, */*;q=0.1")
        headers.setdefault("User-Agent", "kapellmeister")
        headers["Idempotency-Key"] = job.key
        headers["X-Correlation-ID"] = job.correlation_id
        traces.inject(headers, job.traceparent)
        headers["Accept-Encoding"] = "identity"  # a small answer must not unpack into a large one
        import httpx  # on first use: it brings much along

        try:
            return httpx.Request(method, url, headers=headers, content=content)
        except (ValueError, TypeError, UnicodeError) as error:
            raise Invalid(f"http: a header cannot be sent: {error}") from error

    def _url(self, given: _Inputs) -> httpx.URL:
        text = given.text("url")
        if not text:
            raise Invalid("http: there is no 'url'; add an input of that name")
        if len(text) > LONGEST_URL:
            raise Invalid(f"http: the url has {len(text):,} characters, more than {LONGEST_URL:,}")
        import httpx

        try:
            url = httpx.URL(text)
            if query := given.texts("query"):
                url = url.copy_merge_params(dict(query))
        except (httpx.InvalidURL, ValueError) as error:
            raise Invalid(f"http: '{text:.200}' is no url: {error}") from None
        if url.scheme not in ("http", "https") or not url.host:
            raise Invalid(f"http: '{text:.200}' is no url of http or https")
        if url.userinfo:
            raise Invalid("http: the url holds a password; send an Authorization header instead")
        if not self._is_allowed(url):
            raise Invalid(
                f"http: host '{url.netloc.decode()}' is not allowed; "
                "an administrator can add it to the connector's list"
            )
        return url

    def _is_allowed(self, url: httpx.URL) -> bool:
        host = url.host.lower().rstrip(".")
        own_port = url.port in (None, {"http": 80, "https": 443}[url.scheme])
        for allowed in self._hosts:
            name, _, port = allowed.rpartition(":") if _has_port(allowed) else (allowed, "", "")
            fits = host.endswith(name[1:]) if name.startswith("*.") else host == name
            if fits and (str(url.port) == port if port else own_port):
                return True
        return False

    # Answering

    def _send(self, request: httpx.Request, until: float) -> tuple[int, dict[str, str], bytes]:
        left = max(until - time.monotonic(), 0.001)
        timeout = dict.fromkeys(("connect", "read", "write", "pool"), left)
        url = request.url
        wire = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            ),
            headers=request.headers.raw,
            content=request.content,
            extensions={"timeout": timeout},
        )
        answer = self._pool.handle_request(wire)
        try:
            content = bytearray()
            for part in answer.iter_stream():
                content += part
                if len(content) > self._largest:
                    raise Invalid(
                        f"{request.method} {url}: its answer is larger than {self._largest:,} bytes"
                    )
                if time.monotonic() > until:
                    raise httpcore.ReadTimeout("its answer took too long")
        finally:
            answer.close()
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in answer.headers
        }
        return answer.status, headers, bytes(content)


class _Inputs:
    """What a job says, its variables before its headers."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def value(self, name: str) -> Any:
        if name in self._job.variables:
            return self._job.variables[name]
        return self._job.headers.get(name)

    def text(self, name: str) -> str | None:
        value = self.value(name)
        if value is not None and not isinstance(value, str):
            raise Invalid(f"http: '{name}' is {value!r:.100}; a text would do")
        return value

    def texts(self, name: str) -> Mapping[str, str]:
        value = self.value(name)
        if value is None:
            return {}
        if isinstance(value, str):
            lines = [line.partition(":") for line in value.splitlines() if line.strip()]
            if not all(colon for _, colon, _ in lines):
                raise Invalid(f"http: '{name}' is {value!r:.100}; lines such as 'Accept: */*' do")
            return {key.strip(): text.strip() for key, _, text in lines}
        if not isinstance(value, Mapping):
            raise Invalid(f"http: '{name}' is {value!r:.100}; a document of texts would do")
        return {key: _plain(item) for key, item in value.items() if item is not None}

    def seconds(self, name: str, default: float) -> float:
        value = self.text(name)
        if value is None:
            return default
        return min(parse_backoff(value).after(1).total_seconds(), 10 * default)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else encode_bytes(value).decode()


def _has_port(host: str) -> bool:
    return host.rpartition(":")[2].isdigit()


def _error_codes(text: str) -> dict[str, str]:
    """Error codes by status, or by class of statuses: `404=NOT_FOUND, 4xx=REFUSED`."""
    codes = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        status, _, code = part.partition("=")
        status = status.strip().lower()
        if len(status) != 3 or not (status.isdigit() or status[1:] == "xx") or not code.strip():
            raise Invalid(f"http: errors: '{part}' is not of the form 404=NOT_FOUND or 4xx=REFUSED")
        codes[status] = code.strip()
    return codes


def _body(headers: Mapping[str, str], content: bytes) -> Any:
    """JSON as data, text as text, anything else as its size."""
    if not content:
        return None
    kind, _, parameters = headers.get("content-type", "").partition(";")
    kind = kind.strip().lower()
    if kind == "application/json" or kind.endswith("+json"):
        try:
            return decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise HttpFailure(f"the answer says it is JSON, and is not: {error}") from None
    charset = parameters.partition("charset=")[2].strip(' "') or "utf-8"
    try:
        return content.decode(charset).replace("\0", "")
    except (LookupError, UnicodeDecodeError):
        return f"{len(content):,} bytes of {kind or 'no kind'}"


def _results(
    given: _Inputs, status: int, headers: Mapping[str, str], content: bytes, body: Any
) -> dict[str, Any]:
    """The variables that the job yields, in the form that `answer` asks for."""
    result = given.text("result") or "response"
    match given.text("answer"):
        case None | "document":
            return {result: _answer(status, headers, body)}
        case "body":
            return {result: body}
        case "flat":
            text = content.decode("utf-8", "replace").replace("\0", "")
            return {"statusCode": status, "headers": dict(headers), result: text}
        case other:
            raise Invalid(f"http: answer '{other}' is none of document, body, flat")


def _answer(status: int, headers: Mapping[str, str], body: Any) -> dict[str, Any]:
    return {"status": status, "headers": dict(headers), "body": body}


def _quoted(body: Any) -> str:
    text = body if isinstance(body, str) else encode_bytes(body).decode()
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
