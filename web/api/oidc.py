"""Bearer tokens of an OpenID Connect provider: JSON Web Tokens (RFC 7519, RFC 9068), checked here.

The provider is found by its issuer address (OpenID Connect Discovery 1.0 §4); its keys are kept,
and asked for again when they are old, or when a token names a key that is not among them.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import structlog
from joserfc import jwk, jws, jwt
from joserfc.errors import JoseError

from engine import Unavailable
from web.api.guard import ALL, Identity, is_loopback

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures with a public key; `none` and shared secrets are never among them."""
ENDPOINTS = ("jwks_uri", "authorization_endpoint", "token_endpoint")
TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
UNASKED = ALL - {"admin", "reveal"}
"""What a role gives that is called like it. Many providers have a role `admin` of their own: who
may say who comes in here is said by a mapping only."""
FRESH = 3600.0
"""Seconds after which the provider is asked for its keys again."""
AGAIN = 30.0
"""Seconds between two questions, whatever tokens come and however they fail."""
TIMEOUT = 5.0
LARGEST = 1_000_000
"""Bytes of a document of the provider's."""


@dataclass(frozen=True, kw_only=True)
class OidcSettings:
    """Whose tokens are taken, and what is read in them."""

    issuer: str
    audience: str
    """What the `aud` claim must name: this server, as the provider knows it."""
    name_claim: str = "preferred_username"
    """Who it is; `sub` where there is no such claim."""
    roles_claim: str = "roles"
    """A list or a text with spaces; dots lead inwards: `realm_access.roles`."""
    groups_claim: str = "groups"
    roles: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Permissions by role. Empty: a role is a permission, if it is called like one."""
    algorithms: tuple[str, ...] = ALGORITHMS
    client_id: str | None = None
    """Of this console, for signing in by the provider (authorization code with PKCE)."""
    client_secret: str | None = None
    """None: a public client."""
    leeway: int = 60
    """Seconds by which the provider's clock may differ."""

    def __post_init__(self) -> None:
        parts = urlsplit(self.issuer)
        is_near = parts.scheme == "http" and is_loopback(parts.hostname or "")
        if parts.scheme != "https" and not is_near:
            raise ValueError(f"issuer '{self.issuer}': an https address would do")
        if not self.audience:
            raise ValueError("audience: found none; say what the tokens for this server name")
        if unknown := set(self.algorithms) - set(ALGORITHMS):
            raise ValueError(
                f"algorithm '{min(unknown)}' is not taken; {', '.join(ALGORITHMS)} are"
            )
        for role, permissions in self.roles.items():
            if wrong := permissions - ALL:
                raise ValueError(
                    f"role '{role}': permission '{min(wrong)}' is unknown; "
                    f"{', '.join(sorted(ALL))} are known"
                )


def parse_roles(text: str) -> dict[str, frozenset[str]]:
    """`admin=view+operate, clerk=work` as permissions by role. Raises ValueError."""
    found: dict[str, frozenset[str]] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        role, equals, permissions = part.partition("=")
        if not equals or not role.strip() or not permissions.strip():
            raise ValueError(f"roles: '{part}' is not of the form ROLE=PERMISSION+PERMISSION")
        found[role.strip()] = frozenset(one.strip() for one in permissions.split("+"))
    return found


class Provider:
    """The authority that takes one provider's tokens. It knows no passwords."""

    def __init__(
        self,
        settings: OidcSettings,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._clock, self._monotonic = clock, monotonic
        self._lock = threading.Lock()
        self._keys: dict[str | None, Any] = {}
        self._endpoints: dict[str, str] = {}
        self._read: float | None = None
        """When the keys were read."""
        self._tried: float | None = None
        self._log = structlog.get_logger("kapellmeister.oidc").bind(issuer=settings.issuer)

    @property
    def issuer(self) -> str:
        """Its address, which is also its name."""
        return self._settings.issuer

    @property
    def client_id(self) -> str | None:
        """As whom the console asks the provider to sign people in."""
        return self._settings.client_id

    def by_password(self, name: str, password: str) -> Identity | None:
        return None

    def sign_in_address(self, redirect_uri: str, state: str, nonce: str, verifier: str) -> str:
        """Where a browser is sent to sign in (OpenID Connect Core §3.1.2.1, RFC 7636). Raises
        Unavailable when the provider does not answer."""
        digest = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id or "",
            "redirect_uri": redirect_uri,
            "scope": "openid profile email",
            "state": state,
            "nonce": nonce,
            "code_challenge": urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        address = self._endpoint("authorization_endpoint")
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"

    def signed_in(self, code: str, redirect_uri: str, nonce: str, verifier: str) -> Identity | None:
        """Who came back with a code; None where the provider or its token does not hold. Raises
        Unavailable when the provider does not answer."""
        settings = self._settings
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
            "client_id": settings.client_id or "",
        }
        if settings.client_secret is not None:
            sent["client_secret"] = settings.client_secret
        try:
            with httpx.Client(timeout=TIMEOUT, follow_redirects=False) as http:
                answer = http.post(self._endpoint("token_endpoint"), data=sent)
            answer.raise_for_status()
            token = answer.json().get("id_token")
            problem = self._header_problem(jws.extract_compact(str(token).encode()).headers())
            if problem is not None:
                raise ValueError(problem)
            key = self._key(jws.extract_compact(str(token).encode()).headers().get("kid"))
            if key is None:
                raise ValueError("signed with a key that the provider does not have")
            claims = self._claims(str(token), key, settings.client_id or "")
            if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
                raise ValueError("it answers another question than ours")
            return self._identity(claims)
        except (httpx.HTTPError, JoseError, ValueError, AttributeError) as error:
            self._log.warning("nobody signed in", problem=str(error))
            return None

    def _endpoint(self, name: str) -> str:
        self._asked(self._monotonic())
        try:
            return self._endpoints[name]
        except KeyError:
            raise Unavailable(
                f"the identity provider '{self._settings.issuer}' names no '{name}'"
            ) from None

    def by_token(self, token: str) -> Identity | None:
        """Whose token this is. Raises Unavailable when the provider has never answered."""
        try:
            header = jws.extract_compact(token.encode()).headers()
        except (JoseError, ValueError, UnicodeError):
            return None  # another kind of token
        problem = self._header_problem(header)
        if problem is None:
            key = self._key(header.get("kid"))
            if key is None:
                problem = f"no key '{header.get('kid')}'"
            else:
                try:
                    claims = self._claims(token, key)
                    return self._identity(claims)
                except (JoseError, ValueError) as error:
                    problem = str(error)
        self._log.info("token refused", problem=problem)
        return None

    def _header_problem(self, header: Mapping[str, Any]) -> str | None:
        if header.get("alg") not in self._settings.algorithms:
            return f"algorithm '{header.get('alg')}'"
        if str(header.get("typ") or "jwt").lower() not in TYPES:
            return f"type '{header.get('typ')}'"
        return "critical headers" if "crit" in header else None

    def _claims(self, token: str, key: Any, audience: str | None = None) -> Mapping[str, Any]:
        settings = self._settings
        found = jwt.decode(token, key, algorithms=list(settings.algorithms))
        rules = jwt.JWTClaimsRegistry(
            now=lambda: int(self._clock()),
            leeway=settings.leeway,
            iss={"essential": True, "value": settings.issuer},
            aud={"essential": True, "value": audience or settings.audience},
            exp={"essential": True},
        )
        rules.validate(found.claims)
        return found.claims

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        settings = self._settings
        name = claims.get(settings.name_claim) or claims.get("sub")
        if not isinstance(name, str):
            raise ValueError(f"no claim '{settings.name_claim}' and no 'sub' says who it is")
        roles = texts_at(claims, settings.roles_claim)
        if settings.roles:
            permissions = frozenset[str]().union(*(settings.roles.get(r, ()) for r in roles))
        else:
            permissions = UNASKED.intersection(roles)
        groups = texts_at(claims, settings.groups_claim)
        return Identity(name=name, permissions=permissions, groups=groups)

    # Keys

    def _key(self, kid: Any) -> Any:
        """The key of that name; of one that names none, the only one there is."""
        now = self._monotonic()
        keys = self._keys
        is_old = self._read is None or now - self._read > FRESH
        if is_old or _named(keys, kid) is None:
            keys = self._asked(now)
        return _named(keys, kid)

    def _asked(self, now: float) -> dict[str | None, Any]:
        with self._lock:
            if self._tried is None or now - self._tried >= AGAIN:
                self._tried = now
                try:
                    self._keys, self._read = self._fetched(), now
                except (httpx.HTTPError, JoseError, ValueError) as error:
                    self._log.warning("the provider gave no keys", error=str(error))
            if self._read is None:
                raise Unavailable(
                    f"the identity provider '{self._settings.issuer}' has not answered yet; "
                    "try again"
                )
            return self._keys

    def _fetched(self) -> dict[str | None, Any]:
        issuer = self._settings.issuer
        with httpx.Client(timeout=TIMEOUT, follow_redirects=False) as http:
            document = _document(http, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            if document.get("issuer") != issuer:
                raise ValueError(f"its issuer is {document.get('issuer')!r}")
            own = urlsplit(issuer)
            for name in ENDPOINTS:
                address = str(document.get(name) or "")
                if address and urlsplit(address).scheme not in ("https", own.scheme):
                    raise ValueError(f"its {name} is {address!r}, which is not https")
                if address:
                    self._endpoints[name] = address
            address = self._endpoints.get("jwks_uri", "")
            listed = _document(http, address).get("keys")
        keys: dict[str | None, Any] = {}
        for one in listed if isinstance(listed, list) else ():
            if not isinstance(one, Mapping) or one.get("use", "sig") != "sig":
                continue
            if one.get("kty") not in ("RSA", "EC"):
                continue
            keys[one.get("kid")] = jwk.import_key(dict(one))
        return keys


def _named(keys: Mapping[str | None, Any], kid: Any) -> Any:
    if kid is None:
        return next(iter(keys.values())) if len(keys) == 1 else None
    return keys.get(kid) if isinstance(kid, str) else None


def _document(http: httpx.Client, address: str) -> Mapping[str, Any]:
    content = bytearray()
    with http.stream("GET", address) as answer:
        answer.raise_for_status()
        for part in answer.iter_bytes():
            content += part
            if len(content) > LARGEST:
                raise ValueError(f"{address}: more than {LARGEST:,} bytes")
    found = httpx.Response(200, content=bytes(content)).json()
    if not isinstance(found, Mapping):
        raise ValueError(f"{address}: no JSON document")
    return found


def texts_at(claims: Mapping[str, Any], path: str) -> tuple[str, ...]:
    """The texts at a place in the claims; of a single text, its words. A claim may be named by the
    whole path, as some providers name theirs by an address."""
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for name in path.split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return tuple(found.split())
    if isinstance(found, list):
        return tuple(one for one in found if isinstance(one, str))
    return ()
