"""Which addresses a request from a model may be sent to.

The name is resolved once, each address it has is checked, and the connection goes to the checked
address itself: a name that resolves to something else a moment later changes nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from typing import Any, TypeAlias

import httpcore

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")


class ForbiddenAddressError(Exception):
    """A request is not sent: where it would go is not allowed."""


def is_public(address: Address) -> bool:
    """Whether an address is of the public Internet, also by what it wraps."""
    return all(
        one.is_global
        and not (one.is_multicast or one.is_reserved or one.is_loopback or one.is_link_local)
        for one in _spellings(address)
    )


def _spellings(address: Address) -> Iterable[Address]:
    """The address, and the IPv4 address inside it, however it is wrapped."""
    yield address
    if isinstance(address, ipaddress.IPv4Address):
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if address in _NAT64 or address in _COMPATIBLE:
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def resolve(host: str, port: int) -> list[Address]:
    """The addresses of a host, as the system gives them. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [ipaddress.ip_address(str(info[4][0]).partition("%")[0]) for info in found]
    return list(dict.fromkeys(addresses))


class CheckedBackend(httpcore.SyncBackend):
    """Connects to checked addresses only."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        try:
            addresses = resolve(host, port)
        except OSError as error:
            raise httpcore.ConnectError(f"'{host}' cannot be resolved: {error}") from error
        if not self._allow_private:
            for address in addresses:
                if not is_public(address):
                    raise ForbiddenAddressError(
                        f"'{host}' is {address}, which is no public address; "
                        "allow private addresses for this connector if it is meant"
                    )
        failure: Exception = httpcore.ConnectError(f"'{host}' has no address")
        for address in addresses[:3]:
            try:
                return super().connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.NetworkStream:
        raise ForbiddenAddressError("no request is sent to a socket of this machine")
