"""A small OpenID Connect provider on this machine: discovery, keys, signed tokens."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode

from joserfc import jwk, jwt

AUDIENCE = "kapellmeister"
CLIENT = "console"


class Provider:
    """Signs with RSA keys of its own; counts what it is asked for."""

    def __init__(self) -> None:
        self.keys = {"one": jwk.generate_key("RSA", 2048, {"kid": "one", "use": "sig"})}
        self.asked: list[str] = []
        self.is_away = False
        self.issuer = ""
        self.codes: dict[str, dict[str, str]] = {}
        self.nonce: str | None = None
        """What tokens say instead of what was asked."""

    def authorize(self, query: Mapping[str, str]) -> str:
        """Where a browser goes after its user said yes."""
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}"
        self.codes[code] = dict(query)
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def exchange(self, form: Mapping[str, str]) -> Any:
        """The tokens for a code, once, to whoever can show what was behind its challenge."""
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        shown = urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != shown:
            return None
        if asked["redirect_uri"] != form["redirect_uri"] or form["client_id"] != CLIENT:
            return None
        claims = {"aud": CLIENT, "nonce": self.nonce or asked["nonce"]}
        return {"token_type": "Bearer", "id_token": self.token(time.time(), **claims)}

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
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
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
            path, _, query = self.path.partition("?")
            if path == "/realm/authorize":
                self.send_response(302)
                self.send_header("Location", found.authorize(dict(parse_qsl(query))))
                self.end_headers()
                return
            document = found.document(self.path)
            self.send_response(200 if document is not None else 503)
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            answer = found.exchange(dict(parse_qsl(body)))
            self.send_response(200 if answer else 400)
            self.end_headers()
            self.wfile.write(json.dumps(answer or {"error": "invalid_grant"}).encode())

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
