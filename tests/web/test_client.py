"""`Client` and `Worker`: work over HTTP from Python."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from engine import BpmnError
from tests.kit import document
from tests.web.api.kit import SERVICE, Served, served
from web.client import ApiError, Client, Worker, WorkerJob

README = Path(__file__).resolve().parents[2] / "web" / "README.md"


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path) as found:
        yield found


def model(tmp_path: Path, inside: str = SERVICE, roots: str = "") -> Path:
    file = tmp_path / "p.bpmn"
    file.write_bytes(document(inside, roots))
    return file


def test_a_client_deploys_starts_and_finds(api: Served, tmp_path: Path) -> None:
    with Client(api.url) as client:
        client.deploy(model(tmp_path))
        key = client.start("p", {"amount": 1}, business_key="A-1")["processInstanceKey"]
        (found,) = client.search("process-instances", {"businessId": "A-1"})
        assert found["processInstanceKey"] == key
        client.cancel(key, "of no use")
        assert client.instance(key)["state"] == "TERMINATED"
        with pytest.raises(ApiError, match="p-gone") as told:
            client.start("p-gone")
        assert told.value.status == 404


def test_a_worker_does_jobs_and_stops(api: Served, tmp_path: Path) -> None:
    done = threading.Event()
    with Client(api.url) as client:
        worker = Worker(client=client, hold=0.5)

        @worker.job("work")
        def work(job: WorkerJob) -> dict[str, object]:
            assert job.key.endswith(f"-{job.id}")
            done.set()
            return {"twice": job.variables["n"] * 2}

        client.deploy(model(tmp_path))
        worker.start()
        ended = client.start("p", {"n": 21}, wait=20)
        assert done.is_set()
        assert ended["variables"] == {"n": 21, "twice": 42}
        worker.stop()


def test_a_worker_reports_failures_and_business_errors(api: Served, tmp_path: Path) -> None:
    inside = """<startEvent id='s'/>
        <serviceTask id='t'><extensionElements><zeebe:taskDefinition type='work' retries='2'/>
        </extensionElements></serviceTask>
        <boundaryEvent id='b' attachedToRef='t'><errorEventDefinition errorRef='err'/>
        </boundaryEvent><endEvent id='e'/><endEvent id='declined'/>
        s -> t -> e
        b -> declined"""
    with Client(api.url) as client:
        client.deploy(model(tmp_path, inside, "<error id='err' errorCode='DECLINED'/>"))
        worker = Worker(client=client, hold=0.5)
        tried: list[str] = []

        @worker.job("work")
        def work(job: WorkerJob) -> None:
            tried.append(job.key)
            if len(tried) == 1:
                raise OSError("the bank does not answer")
            raise BpmnError("DECLINED", "the card has expired")

        worker.start()
        key = client.start("p", wait=30)["processInstanceKey"]
        worker.stop()
        assert tried[0] == tried[1], "the key is the same for every attempt"
        elements = client.search("element-instances", {"processInstanceKey": key})
        assert "declined" in [one["elementId"] for one in elements]


def test_a_busy_server_is_asked_again() -> None:
    slept: list[float] = []
    answers = iter([503, 429, 200])
    keys: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["Idempotency-Key"])
        return httpx.Response(next(answers), json={"items": [], "title": "busy"})

    client = Client("http://server.test", sleep=slept.append)
    client.close()
    client._http = httpx.Client(
        transport=httpx.MockTransport(answer), base_url="http://server.test"
    )
    assert client.search("jobs") == []
    assert len(slept) == 2
    assert len(set(keys)) == 1, "each attempt carries the same idempotency key"


def do_nothing(job: WorkerJob) -> None:
    pass


def test_a_job_type_has_one_function() -> None:
    worker = Worker("http://server.test")
    worker.job("work")(do_nothing)
    with pytest.raises(ValueError, match="already"):
        worker.job("work")(do_nothing)


def test_the_worker_of_the_readme_works(api: Served, tmp_path: Path) -> None:
    source = re.search(r"```python\n(# worker.py.*?)```", README.read_text(), re.DOTALL)
    assert source, "web/README.md shows a worker"
    assert len([line for line in source[1].splitlines() if line]) <= 10
    text = source[1].replace("http://localhost:8080", api.url).replace("worker.run()", "")
    inside = SERVICE.replace("type='work'", "type='greet'")
    names: dict[str, object] = {}
    with Client(api.url) as client:
        client.deploy(model(tmp_path, inside))
        exec(text, names)  # the program as it is printed
        worker = names["worker"]
        assert isinstance(worker, Worker)
        worker.hold = 0.5
        worker.start()
        ended = client.start("p", {"name": "Ada"}, wait=20)
        worker.stop()
        worker.client.close()
    assert ended["variables"]["greeting"] == "Hello, Ada"
