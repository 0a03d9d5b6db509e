"""A small OpenID Connect provider on this machine: discovery, keys, signed tokens."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwk, jwt

AUDIENCE = "kapellmeister"


class Provider:
    """Signs with RSA keys of its own; counts what it is asked for."""

    def __init__(self) -> None:
        self.keys = {"one": jwk.generate_key("RSA", 2048, {"kid": "one", "use": "sig"})}
        self.asked: list[str] = []
        self.is_away = False
        self.issuer = ""

    def rotate(self, kid: str) -> None:
        self.keys = {kid: jwk.generate_key("RSA", 2048, {"kid": kid, "use": "sig"})}

    def claims(self, now: float, **more: Any) -> dict[str, Any]:
        return {
            "iss": self.issuer,
            "aud": [AUDIENCE, "account"],
            "sub": "7f3a",
            "preferred_username": "ada",
            "iat": int(now),
            "exp": int(now) + 300,
            "realm_access": {"roles": ["clerk", "offline_access"]},
            "groups": ["clerks"],
            **more,
        }

    def token(self, now: float, *, header: dict[str, Any] | None = None, **more: Any) -> str:
        """A signed token; a claim that is None is left out."""
        claims = {k: v for k, v in self.claims(now, **more).items() if v is not None}
        kid, key = next(iter(self.keys.items()))
        return jwt.encode({"alg": "RS256", "kid": kid, **(header or {})}, claims, key)

    def document(self, path: str) -> Any:
        self.asked.append(path)
        if self.is_away:
            return None
        return {
            "/realm/.well-known/openid-configuration": {
                "issuer": self.issuer,
                "jwks_uri": f"{self.issuer}/keys",
            },
            "/realm/keys": {
                "keys": [
                    {"kty": "AKP", "alg": "ML-DSA-44", "kid": "new kind", "pub": "AA"},
                    *(key.as_dict(private=False) for key in self.keys.values()),
                ]
            },
        }.get(path)


@contextmanager
def provider() -> Iterator[Provider]:
    """One that listens on a free port."""
    found = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            document = found.document(self.path)
            self.send_response(200 if document is not None else 503)
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.issuer = f"http://127.0.0.1:{server.server_port}/realm"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
