"""Posting to an address that somebody gave: checked, bounded in time, never redirected."""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import httpcore

from engine.connectors.addresses import CheckedBackend, ForbiddenAddressError
from engine.errors import Invalid

if TYPE_CHECKING:
    import httpx

LONGEST_URL = 2_000
READ = 65_536
"""Bytes of an answer that are read; its head is what counts."""


class PostError(Exception):
    """Nothing was answered."""


class Posted(NamedTuple):
    status: int
    headers: Mapping[str, str]


class Poster:
    """Posts to public addresses; to others only when it may. Any number of threads may use it."""

    def __init__(
        self,
        *,
        hosts: Sequence[str] = (),
        allow_private: bool = False,
        timeout: timedelta = timedelta(seconds=10),
    ) -> None:
        self._hosts = [host.lower() for host in hosts]
        self._allow_private = allow_private
        self._timeout = timeout.total_seconds()
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(),
            network_backend=CheckedBackend(allow_private=allow_private),
            max_connections=32,
            keepalive_expiry=20.0,
            retries=0,
        )

    def checked(self, address: str) -> str:
        """The address, if it may be posted to. Raises Invalid."""
        if len(address) > LONGEST_URL:
            raise Invalid(f"url: found {len(address):,} characters, more than {LONGEST_URL:,}")
        import httpx  # on first use: it brings much along

        try:
            url = httpx.URL(address)
        except (httpx.InvalidURL, ValueError) as error:
            raise Invalid(f"url: '{address:.200}' is none: {error}") from None
        schemes = ("https", "http") if self._allow_private else ("https",)
        if url.scheme not in schemes or not url.host:
            raise Invalid(f"url: '{address:.200}': an address of {' or '.join(schemes)} would do")
        if url.userinfo or url.fragment:
            raise Invalid("url: found a password or a fragment; leave it out")
        host = url.host.lower().rstrip(".")
        if self._hosts and not any(_fits(host, allowed) for allowed in self._hosts):
            raise Invalid(f"url: host '{host}' is not on the list; an administrator can add it")
        return str(url)

    def post(self, address: str, headers: Mapping[str, str], content: bytes) -> Posted:
        """The answer's head. Raises PostError."""
        import httpx

        try:
            url = httpx.URL(self.checked(address))
            request = httpx.Request("POST", url, headers=dict(headers), content=content)
            return self._sent(request, time.monotonic() + self._timeout)
        except (
            Invalid,
            ForbiddenAddressError,
            httpcore.NetworkError,
            httpcore.TimeoutException,
            httpcore.ProtocolError,
            ssl.SSLError,
        ) as error:
            raise PostError(str(error) or type(error).__name__) from error

    def _sent(self, request: httpx.Request, until: float) -> Posted:
        url = request.url
        wire = httpcore.Request(
            method="POST",
            url=httpcore.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            ),
            headers=request.headers.raw,
            content=request.content,
            extensions={
                "timeout": dict.fromkeys(("connect", "read", "write", "pool"), self._timeout)
            },
        )
        answer = self._pool.handle_request(wire)
        try:
            read = 0
            for part in answer.iter_stream():
                read += len(part)
                if read > READ:
                    break
                if time.monotonic() > until:
                    raise httpcore.ReadTimeout("its answer took too long")
        finally:
            answer.close()
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in answer.headers
        }
        return Posted(answer.status, headers)

    def close(self) -> None:
        self._pool.close()


def _fits(host: str, allowed: str) -> bool:
    return host.endswith(allowed[1:]) if allowed.startswith("*.") else host == allowed
