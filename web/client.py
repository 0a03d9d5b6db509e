"""`Client` and `Worker`: the API from Python. A worker is a file of ten lines.

from web.client import Worker

worker = Worker("http://localhost:8080")

@worker.job("charge-card")
def charge(job):
    return {"receipt": bank.charge(job.variables["amount"], key=job.key)}

worker.run()
"""

from __future__ import annotations

import os
import random
import signal
import socket
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import structlog

from engine import BpmnError

HOLD = 10.0
"""Seconds for which the server is asked to hold a request for jobs."""
ATTEMPTS = 6
"""Times that a request is tried while the server is too busy, or out of reach."""
LONGEST_PAUSE = 30.0

Json: TypeAlias = Mapping[str, Any]


class ApiError(Exception):
    """The server said no; `problem` is its problem document."""

    def __init__(self, status: int, problem: Json) -> None:
        super().__init__(f"{status}: {problem.get('detail') or problem.get('title')}")
        self.status = status
        self.problem = problem


@dataclass(frozen=True, kw_only=True)
class WorkerJob:
    """A job that is ours until its deadline."""

    id: str
    key: str
    """The same for every attempt: hand it on as the idempotency key of what you call."""
    type: str
    variables: Json
    headers: Json
    instance: str
    business_key: str | None
    correlation_id: str
    process_id: str
    element: str
    retries: int
    """Left, this attempt included."""
    traceparent: str


class Client:
    """The REST API. May be used by any number of threads.

    Every write carries an idempotency key, so a request whose answer was lost is sent again
    without a second effect.
    """

    def __init__(
        self,
        url: str = "http://localhost:8080",
        *,
        user: tuple[str, str] | None = None,
        token: str | None = None,
        timeout: float = 30.0,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        limits = httpx.Limits(max_connections=None)
        self._http = httpx.Client(
            base_url=url.rstrip("/").removesuffix("/v2") + "/v2",
            auth=user,
            headers=headers,
            timeout=timeout,
            limits=limits,
        )
        self._sleep = sleep

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def request(
        self, method: str, path: str, *, idempotency_key: str | None = None, **given: Any
    ) -> Any:
        """The answer to one request, tried again while the server is busy or out of reach.

        Raises ApiError when it says no, and httpx.TransportError when it stays out of reach.
        """
        headers = {"Idempotency-Key": idempotency_key or uuid.uuid4().hex}
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = self._http.request(method, path, headers=headers, **given)
            except httpx.TransportError:
                if attempt == ATTEMPTS:
                    raise
                self._sleep(pause_after(attempt))
                continue
            if answer.status_code not in (429, 503) or attempt == ATTEMPTS:
                break
            self._sleep(pause_after(attempt))
        if answer.is_error:
            try:
                problem = answer.json()
            except ValueError:
                problem = {"title": answer.reason_phrase, "detail": answer.text[:500]}
            raise ApiError(answer.status_code, problem)
        return answer.json() if answer.content else None

    def deploy(self, *files: str | Path) -> Any:
        """Deploy files: all of them, or none."""
        parts = [("resources", (Path(file).name, Path(file).read_bytes())) for file in files]
        return self.request("POST", "/deployments", files=parts)

    def start(
        self,
        process_id: str,
        variables: Json | None = None,
        *,
        business_key: str | None = None,
        wait: float | None = None,
        idempotency_key: str | None = None,
    ) -> Any:
        """Start an instance; with `wait` (seconds), answer with its end and its variables then."""
        body: dict[str, Any] = {"processDefinitionId": process_id, "variables": variables or {}}
        timeout: Any = httpx.USE_CLIENT_DEFAULT
        if business_key is not None:
            body["businessId"] = business_key
        if wait is not None:
            body |= {"awaitCompletion": True, "requestTimeout": max(1, int(wait * 1000))}
            timeout = wait + 10
        return self.request(
            "POST",
            "/process-instances",
            json=body,
            timeout=timeout,
            idempotency_key=idempotency_key,
        )

    def instance(self, key: str | int) -> Any:
        """One instance."""
        return self.request("GET", f"/process-instances/{key}")

    def search(self, what: str, filter: Json | None = None, **page: Any) -> list[Any]:
        """Items of a list: `search("process-instances", {"state": "ACTIVE"}, limit=50)`."""
        body = {"filter": filter or {}, "page": page}
        return list(self.request("POST", f"/{what}/search", json=body)["items"])

    def publish(
        self, name: str, key: str | None = None, variables: Json | None = None, *, ttl: float = 3600
    ) -> Any:
        """Publish a message; it is kept for `ttl` seconds while nobody waits for it."""
        body = {"name": name, "variables": variables or {}, "timeToLive": int(ttl * 1000)}
        if key is not None:
            body["correlationKey"] = key
        return self.request("POST", "/messages/publication", json=body)

    def broadcast(self, name: str, variables: Json | None = None) -> Any:
        """Broadcast a signal."""
        body = {"signalName": name, "variables": variables or {}}
        return self.request("POST", "/signals/broadcast", json=body)

    def cancel(self, key: str | int, reason: str) -> None:
        """Stop an instance."""
        self.request("POST", f"/process-instances/{key}/cancellation", json={"reason": reason})

    def complete_task(self, key: str | int, variables: Json | None = None) -> None:
        """Complete a user task."""
        body = {"variables": variables or {}}
        self.request("POST", f"/user-tasks/{key}/completion", json=body)

    def activate(
        self, type: str, *, worker: str, limit: int, lock: float, hold: float = HOLD
    ) -> list[WorkerJob]:
        """Claim jobs of a type for `lock` seconds; waits `hold` seconds for the first."""
        body = {
            "type": type,
            "worker": worker,
            "maxJobsToActivate": limit,
            "timeout": int(lock * 1000),
            "requestTimeout": int(hold * 1000) or -1,
        }
        found = self.request("POST", "/jobs/activation", json=body, timeout=hold + 10)
        return [_job(one) for one in found["jobs"]]

    def complete_job(self, id: str, variables: Json | None = None) -> None:
        """A job is done."""
        self.request("POST", f"/jobs/{id}/completion", json={"variables": variables or {}})

    def fail_job(self, id: str, message: str) -> None:
        """A job's attempt failed; the model says whether and when it is tried again."""
        self.request("POST", f"/jobs/{id}/failure", json={"errorMessage": message})

    def throw_job_error(
        self, id: str, code: str, message: str = "", variables: Json | None = None
    ) -> None:
        """A job ended in a business error."""
        body = {"errorCode": code, "errorMessage": message, "variables": variables or {}}
        self.request("POST", f"/jobs/{id}/error", json=body)

    def extend_job(self, id: str, lock: float) -> None:
        """Keep a claimed job for `lock` seconds more, from now."""
        change = {"changeset": {"timeout": int(lock * 1000)}}
        self.request("PATCH", f"/jobs/{id}", json=change)


def _job(one: Json) -> WorkerJob:
    return WorkerJob(
        id=one["jobKey"],
        key=one["idempotencyKey"],
        type=one["type"],
        variables=one["variables"],
        headers=one["customHeaders"],
        instance=one["processInstanceKey"],
        business_key=one["businessId"],
        correlation_id=one["correlationId"],
        process_id=one["processDefinitionId"],
        element=one["elementId"],
        retries=one["retries"],
        traceparent=one["traceparent"],
    )


def pause_after(attempt: int) -> float:
    """Seconds before the next attempt: twice as long each time, spread by chance."""
    longest = min(LONGEST_PAUSE, 0.1 * 2.0**attempt)
    return random.uniform(longest / 2, longest)  # noqa: S311 (spreads clients, no more)


Handler: TypeAlias = Callable[[WorkerJob], Json | None]


class Worker:
    """Fetches jobs of some types and has functions do them, several at a time.

    What a function returns goes into the instance. `BpmnError` is a business error; any other
    exception is technical, and tried again as the model says. A job that takes long is kept by a
    heartbeat of its own.
    """

    def __init__(
        self,
        url: str = "http://localhost:8080",
        *,
        user: tuple[str, str] | None = None,
        token: str | None = None,
        name: str | None = None,
        threads: int = 8,
        lock: float = 60.0,
        hold: float = HOLD,
        client: Client | None = None,
    ) -> None:
        self.client = client or Client(url, user=user, token=token)
        self.name = name or f"{socket.gethostname()}-{os.getpid()}"
        self.lock = lock
        """Seconds for which a job is claimed; the heartbeat renews it."""
        self.hold = hold
        """Seconds that a request for jobs waits; `stop` may take as long."""
        self._handlers: dict[str, Handler] = {}
        self._slots = threading.Semaphore(threads)
        self._threads = threads
        self._pool: ThreadPoolExecutor | None = None
        self._stopping = threading.Event()
        self._ended = threading.Event()
        self._running: list[threading.Thread] = []
        self._held: dict[str, WorkerJob] = {}
        self._log = structlog.get_logger("kapellmeister.worker").bind(worker=self.name)

    def job(self, type: str) -> Callable[[Handler], Handler]:
        """Declare the function that does jobs of a type."""

        def declare(handler: Handler) -> Handler:
            if type in self._handlers:
                raise ValueError(f"job type '{type}' has a function already; one is enough")
            self._handlers[type] = handler
            return handler

        return declare

    def start(self) -> None:
        """Begin to fetch, in threads of its own."""
        if not self._handlers:
            raise ValueError("this worker has no function; declare one with @worker.job(TYPE)")
        self._stopping.clear()
        self._ended.clear()
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="job")
        self._running = [
            threading.Thread(target=self._fetch, args=(type,), daemon=True)
            for type in self._handlers
        ]
        self._heart = threading.Thread(target=self._beat, daemon=True)
        for thread in (*self._running, self._heart):
            thread.start()

    def stop(self) -> None:
        """Fetch no more, let the jobs in hand end, and come back."""
        self._stopping.set()
        for thread in self._running:
            thread.join()
        self._running.clear()
        if self._pool is not None:
            self._pool.shutdown(wait=True)
            self._ended.set()
            self._heart.join()

    def run(self) -> None:
        """Work until SIGTERM or Ctrl-C, then stop gracefully."""
        asked = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: asked.set())
        self.start()
        asked.wait()
        self.stop()
        self.client.close()

    def _fetch(self, type: str) -> None:
        failures = 0
        while not self._stopping.is_set():
            if not self._slots.acquire(timeout=0.5):
                continue
            free = 1
            while free < self._threads and self._slots.acquire(blocking=False):
                free += 1
            jobs: list[WorkerJob] = []
            try:
                jobs = self._activate(type, free)
                failures = 0
            except (ApiError, httpx.HTTPError) as error:
                failures += 1
                self._log.warning("no jobs could be fetched", type=type, error=str(error))
                self._stopping.wait(pause_after(min(failures, 10)))
            finally:
                for _ in range(free - len(jobs)):
                    self._slots.release()
            for job in jobs:
                self._held[job.id] = job
                assert self._pool is not None
                self._pool.submit(self._do, job)

    def _activate(self, type: str, free: int) -> list[WorkerJob]:
        # Several types share the threads: a short hold lets each of them have its turn.
        hold = self.hold if len(self._handlers) == 1 else min(self.hold, 2.0)
        return self.client.activate(type, worker=self.name, limit=free, lock=self.lock, hold=hold)

    def _release(self, job: WorkerJob) -> None:
        self._held.pop(job.id, None)
        self._slots.release()

    def _do(self, job: WorkerJob) -> None:
        try:
            self._answer(job)
        except ApiError as error:
            # The claim ran out or the instance is gone: another attempt has or will have the word.
            self._log.warning("an answer was not taken", job=job.id, error=str(error))
        except Exception:
            self._log.exception("an answer could not be given", job=job.id)
        finally:
            self._release(job)

    def _answer(self, job: WorkerJob) -> None:
        try:
            result = self._handlers[job.type](job)
        except BpmnError as error:
            self.client.throw_job_error(job.id, error.code, error.message, error.variables)
        except Exception as error:
            self._log.warning("a job failed", job=job.id, type=job.type, exc_info=error)
            self.client.fail_job(job.id, f"{type(error).__name__}: {error}")
        else:
            self.client.complete_job(job.id, result)

    def _beat(self) -> None:
        while not self._ended.wait(self.lock / 3):
            for job in list(self._held.values()):
                try:
                    self.client.extend_job(job.id, self.lock)
                except (ApiError, httpx.HTTPError) as error:
                    self._log.warning("a job could not be kept", job=job.id, error=str(error))
