"""A live server over a real engine, on a free port of this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from engine import Engine
from tests.kit import document
from web.api import ApiSettings
from web.application import create_app
from web.server import Server


class Served:
    """An engine, served. `call` expects what it is told to expect."""

    def __init__(
        self,
        url: str,
        settings: ApiSettings | None = None,
        engine_settings: dict[str, Any] | None = None,
        **options: Any,
    ) -> None:
        self.engine = Engine(url, **(engine_settings or {}))
        self.engine.migrate()
        app = create_app(self.engine, secret_key="of the tests", api_settings=settings, **options)
        proxies = options.get("trusted_proxies", 0)
        self._server = Server(app, trusted_proxies=proxies)
        self.url = self._server.url.rstrip("/")
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        self.http = httpx.Client(base_url=self.url, timeout=30)

    def __enter__(self) -> Served:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.http.close()
        self._server.stop()
        self._thread.join(10)
        self.engine.close()

    def call(self, method: str, path: str, *, expect: int = 200, **given: Any) -> Any:
        """The JSON answer; None of an empty one."""
        answer = self.http.request(method, path, **given)
        assert answer.status_code == expect, f"{answer.status_code}: {answer.text}"
        return answer.json() if answer.content else None

    def post(self, path: str, body: Any = None, *, expect: int = 200, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.call("POST", path, expect=expect, json=body or {}, headers=named)

    def deploy(self, xml: str, name: str = "p.bpmn", **given: Any) -> str:
        """Key of the first process of a document around the inside of process `p`."""
        files = [("resources", (name, document(xml, **given)))]
        done = self.call("POST", "/v2/deployments", files=files)
        return str(done["deployments"][0]["processDefinition"]["processDefinitionKey"])

    def start(self, **variables: Any) -> str:
        body = {"processDefinitionId": "p", "variables": variables}
        return str(self.post("/v2/process-instances", body)["processInstanceKey"])

    def activate(self, type: str = "work", **more: Any) -> list[Any]:
        body = {"type": type, "worker": "w", "timeout": 60_000, "maxJobsToActivate": 10, **more}
        return list(self.post("/v2/jobs/activation", body)["jobs"])

    def one_job(self, type: str = "work", **more: Any) -> Any:
        (job,) = self.activate(type, **more)
        return job

    def state(self, key: str) -> str:
        return str(self.call("GET", f"/v2/process-instances/{key}")["state"])


SERVICE = """
<startEvent id='s'/>
<serviceTask id='t'><extensionElements><zeebe:taskDefinition type='work'/></extensionElements>
</serviceTask>
<endEvent id='e'/>
s -> t -> e
"""


@contextmanager
def served(folder: Path, settings: ApiSettings | None = None, **options: Any) -> Iterator[Served]:
    """A server over SQLite in a folder."""
    with Served(f"sqlite:///{folder}/engine.db", settings, **options) as found:
        yield found
