"""Well-known addresses (RFC 8615): where the console is, and whose tokens are taken."""

from __future__ import annotations

from flask import Blueprint, Response, request

from web.api.guard import Guard
from web.api.oidc import Provider
from web.api.shapes import write_json


def blueprint(guard: Guard, origins: frozenset[str]) -> Blueprint:
    """They need no credentials: clients ask for them before they have any."""
    known = Blueprint("well_known", __name__, url_prefix="/.well-known")

    def answer(body: object) -> Response:
        found = Response(write_json(body), mimetype="application/json")
        found.vary.add("Origin")
        origin = request.headers.get("Origin")
        if origin is not None and origin in origins:
            found.headers["Access-Control-Allow-Origin"] = origin
        return found

    @known.get("/camunda-automation-platform/webapps")
    def webapps() -> Response:
        """Where "open in Cockpit" of the desktop Modeler leads: to this console."""
        base = request.url_root.rstrip("/")
        return answer(
            {
                "adminUrl": f"{base}/",
                "cockpitUrl": f"{base}/processes",
                "tasklistUrl": f"{base}/tasks",
            }
        )

    @known.get("/oauth-protected-resource")
    def protected_resource() -> Response:
        """OAuth 2.0 Protected Resource Metadata (RFC 9728)."""
        body: dict[str, object] = {
            "resource": request.url_root.rstrip("/"),
            "resource_name": "Kapellmeister",
            "bearer_methods_supported": ["header"],
        }
        issuers = sorted(one.issuer for one in guard.authorities if isinstance(one, Provider))
        if issuers:
            body["authorization_servers"] = issuers
        return answer(body)

    return known
