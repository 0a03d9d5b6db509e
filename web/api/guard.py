"""Who may do what: identities from Basic or bearer credentials, permissions, rates, origins."""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, NoReturn, Protocol

from flask import g, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, TooManyRequests, Unauthorized

from engine import EngineError

ALL = frozenset({"view", "operate", "work", "deploy", "reveal", "admin"})
"""`reveal`: see the values of masked variables; `admin`: say who may come in."""
ROLES = {
    "viewer": frozenset({"view"}),
    "task-worker": frozenset({"view", "work"}),
    "operator": frozenset({"view", "operate", "work"}),
    "developer": frozenset({"view", "deploy"}),
    "admin": ALL,
}
"""Permissions that usually go together, by the name of who has them."""
SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 200
GUESSES, GUESSES_A_SECOND = 10, 0.1
"""Wrong passwords of one name from one address, at once and afterwards."""
KEPT = 10_000
"""Rates and proven passwords that are kept in memory."""


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who asks, and what it may do."""

    name: str
    permissions: frozenset[str]
    groups: tuple[str, ...] = ()


class Authority(Protocol):
    """Knows who holds which credentials."""

    def by_password(self, name: str, password: str) -> Identity | None:
        """Whose name and password these are."""

    def by_token(self, token: str) -> Identity | None:
        """Whose bearer token this is."""


class StoredAuthority(Authority, Protocol):
    """An authority that may know nobody yet."""

    def knows_anybody(self) -> bool:
        """Whether anybody can come in by it. Raises Unavailable when it cannot be read now."""


class Accounts:
    """Users and tokens by the hashes of their secrets, as `kapellmeister user` writes them."""

    def __init__(self, accounts: Mapping[str, Mapping[str, Any]]) -> None:
        self._passwords: dict[str, tuple[str, Identity]] = {}
        self._tokens: dict[str, Identity] = {}
        self._proven = Proven()
        for name, account in accounts.items():
            identity = Identity(
                name=name,
                permissions=frozenset(account.get("permissions", ALL)),
                groups=tuple(account.get("groups", ())),
            )
            if unknown := identity.permissions - ALL:
                raise ValueError(
                    f"account '{name}': permission '{min(unknown)}' is unknown; "
                    f"{', '.join(sorted(ALL))} are known"
                )
            if password := account.get("password"):
                self._passwords[name] = (str(password), identity)
            for token in account.get("tokens", ()):
                self._tokens[str(token)] = identity

    def by_password(self, name: str, password: str) -> Identity | None:
        stored, identity = self._passwords.get(name, (NOBODY, None))
        return identity if self._proven.is_password(password, stored) else None

    def named(self, name: str) -> Identity | None:
        """Who has this name; None: nobody."""
        found = self._passwords.get(name)
        return found[1] if found else None

    def by_token(self, token: str) -> Identity | None:
        return self._tokens.get(token_hash(token))


class Proven:
    """Checks passwords. Each is stretched once; afterwards a keyed digest of it, in memory,
    answers."""

    def __init__(self) -> None:
        self._marks: OrderedDict[bytes, None] = OrderedDict()
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()

    def is_password(self, password: str, stored: str) -> bool:
        """Whether a stored hash is this password's."""
        mark = hmac.digest(self._key, f"{stored}\0{password}".encode("utf-8", "replace"), "sha256")
        if mark in self._marks:
            return True
        if not is_password(password, stored):
            return False
        with self._lock:
            self._marks[mark] = None
            while len(self._marks) > KEPT:
                self._marks.popitem(last=False)
        return True


def hash_password(password: str) -> str:
    """A password as it is stored: `scrypt$N$r$p$salt$hash` (RFC 7914)."""
    salt = secrets.token_bytes(16)
    hashed = hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)
    return f"scrypt$16384$8$1${salt.hex()}${hashed.hex()}"


def is_password(password: str, stored: str) -> bool:
    """Whether a stored hash is this password's."""
    kind, n, r, p, salt, wanted = stored.split("$")
    if kind != "scrypt":
        raise ValueError(f"a stored password begins with '{kind}'; 'scrypt' would do")
    found = hashlib.scrypt(
        password.encode("utf-8", "replace"), salt=bytes.fromhex(salt), n=int(n), r=int(r), p=int(p)
    )
    return hmac.compare_digest(found.hex(), wanted)


def token_hash(token: str) -> str:
    """A bearer token as it is stored: it is random and long, so a plain hash keeps it."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


NOBODY = f"scrypt$16384$8$1${'00' * 16}${'00' * 64}"
"""Costs an unknown name as much time as a known one."""


class Rates:
    """At most so many requests a second from each client, with bursts of twice as many, or as many
    as `burst` says."""

    def __init__(
        self,
        per_second: float,
        clock: Callable[[], float] = time.monotonic,
        burst: float | None = None,
    ) -> None:
        self._per_second = per_second
        self._burst = max(1.0, 2 * per_second) if burst is None else burst
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, client: str) -> float:
        """Takes one request of a client; seconds to wait when it had too many."""
        return self._taken(client, 1)

    def pause(self, client: str) -> float:
        """Seconds that a client would have to wait now; takes nothing."""
        return self._taken(client, 0)

    def _taken(self, client: str, count: int) -> float:
        with self._lock:
            now = self._clock()
            left, since = self._buckets.pop(client, (self._burst, now))
            left = min(self._burst, left + (now - since) * self._per_second)
            is_allowed = left >= 1
            self._buckets[client] = (left - count if is_allowed else left, now)
            while len(self._buckets) > KEPT:
                self._buckets.popitem(last=False)
            return 0.0 if is_allowed else (1 - left) / self._per_second


class Authorities:
    """Several authorities: who one of them knows is known."""

    def __init__(self, *authorities: Authority) -> None:
        self.all = authorities

    def by_password(self, name: str, password: str) -> Identity | None:
        known = (one.by_password(name, password) for one in self.all)
        return next((found for found in known if found is not None), None)

    def by_token(self, token: str) -> Identity | None:
        known = (one.by_token(token) for one in self.all)
        return next((found for found in known if found is not None), None)


class Guard:
    """Decides whether a request may go on.

    Without an authority only this machine's own programs are let in: the demo. Pages of other
    sites are not, although the browser that shows them runs here.
    """

    def __init__(
        self,
        authority: Authority | None = None,
        *,
        stored: StoredAuthority | None = None,
        rates: Rates | None = None,
        guesses: int = GUESSES,
        origins: frozenset[str] = frozenset(),
        on_refused: Callable[[Identity, str], None] | None = None,
    ) -> None:
        self.given = authority
        self.stored = stored
        """Those whom the database knows; as long as it knows nobody it is not asked."""
        self.on_refused = on_refused
        """Told of who wanted to do what they may not."""
        self.rates = rates
        self._guesses = Rates(GUESSES_A_SECOND, burst=guesses)
        self.origins = origins
        """Web origins whose pages may call, besides our own."""

    @property
    def authority(self) -> Authority | None:
        """Whoever knows who may come in; None: nobody is asked who they are. A database that
        does not answer may know somebody: nobody comes in unasked because it is away."""
        try:
            return self._asked()
        except EngineError:
            return self._both()

    def _asked(self) -> Authority | None:
        """The same; raises Unavailable when it is not known whether anybody is asked."""
        if self.stored is None or not self.stored.knows_anybody():
            return self.given
        return self._both()

    def _both(self) -> Authority | None:
        if self.given is None or self.stored is None:
            return self.given or self.stored
        return Authorities(self.given, self.stored)

    @property
    def authorities(self) -> tuple[Authority, ...]:
        """All that are asked."""
        if isinstance(self.authority, Authorities):
            return self.authority.all
        return () if self.authority is None else (self.authority,)

    def check(self, permission: str, session: Identity | None = None) -> None:
        """Sets `g.identity`: of the credentials, or else of a session that was proved before.
        Raises Unauthorized, Forbidden, TooManyRequests, and Unavailable while the database that
        knows the accounts is away: who asks is then neither let in nor told to go."""
        try:
            found = self._identity(session)
            if found is None and permission != "anyone":
                _refuse_credentials("give Basic credentials or a bearer token")
        except Unauthorized:
            self._check_rate(None)
            raise
        except EngineError:
            if permission != "anyone":
                raise
            found = None
        self._check_rate(found)
        g.identity = found or Identity(name="anonymous", permissions=frozenset())
        if permission == "anyone":
            return
        if permission not in g.identity.permissions:
            if self.on_refused is not None:
                self.on_refused(g.identity, permission)
            raise Forbidden(f"'{g.identity.name}' may not '{permission}'; ask for that permission")

    def _identity(self, session: Identity | None = None) -> Identity | None:
        given = request.authorization
        authority = self._asked() if self.given is None else self.authority
        if authority is None:
            self._check_local()
            name = given.username if given is not None and given.type == "basic" else None
            return Identity(name=name or "anonymous", permissions=ALL)
        if given is None:
            return session
        found = None
        if given.type == "basic":
            found = self._by_password(authority, given.username or "", given.password or "")
        elif given.type == "bearer":
            found = authority.by_token(given.token or "")
        if found is None:
            _refuse_credentials("the credentials are not known here")
        return found

    def _by_password(self, authority: Authority, name: str, password: str) -> Identity | None:
        """Whose name and password these are; whoever guesses at a name must wait, and nobody else
        who has it does."""
        client = f"{request.remote_addr} {name}"
        if wait := self._guesses.pause(client):
            _refuse_rate(f"'{name}' came with too many wrong passwords", wait)
        found = authority.by_password(name, password)
        if found is None:
            self._guesses.wait(client)
        return found

    def _check_local(self) -> None:
        host = request.host.rpartition(":")[0] if _has_port(request.host) else request.host
        if not is_loopback(request.remote_addr or "") or not is_loopback(host.strip("[]")):
            _refuse_credentials(
                "without accounts this server answers this machine only; start it with accounts"
            )
        origin = request.headers.get("Origin")
        if origin is None or origin in self.origins or origin == request.host_url.rstrip("/"):
            return
        raise Forbidden(f"pages of '{origin}' may not call this server; allow the origin")

    def _check_rate(self, known: Identity | None) -> None:
        """Of who is known by its name, whatever its address; else of an address."""
        if self.rates is None:
            return
        client = known.name if known is not None else f"address {request.remote_addr}"
        if wait := self.rates.wait(client):
            _refuse_rate(f"'{client}' sends too many requests", wait)


def _refuse_rate(words: str, wait: float) -> NoReturn:
    raise TooManyRequests(f"{words}; wait a little", retry_after=math.ceil(wait))


def _refuse_credentials(words: str) -> NoReturn:
    # Basic comes first: the desktop Modeler and browsers ask for what is named first.
    ways = [
        WWWAuthenticate("basic", {"realm": "kapellmeister", "charset": "UTF-8"}),
        WWWAuthenticate("bearer", {"realm": "kapellmeister"}),
    ]
    raise Unauthorized(words, www_authenticate=ways)


def _has_port(host: str) -> bool:
    return ":" in host and not host.endswith("]")


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
