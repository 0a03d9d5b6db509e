"""What every console answer and form carries against foreign pages and scripts."""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING

from flask import abort, current_app, request, session

from web.console import sessions
from web.console.language import _

if TYPE_CHECKING:
    from flask import Blueprint, Response

TOKEN = "form_token"  # noqa: S105 (the name of the field, not a secret)

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "style-src-attr 'unsafe-inline'",  # bpmn-js places overlays by style attributes
        "img-src 'self' data:",
        "font-src 'self'",  # the symbols of the modeler's palette
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def protect(pages: Blueprint) -> None:
    """Checks the token of every form that comes in, and sets the headers of all that goes out."""
    pages.before_request(_check_identity)
    pages.before_request(_check_token)
    pages.after_request(_set_headers)


def _check_identity() -> None:
    """Lets in who may: the same credentials and permissions as the API's."""
    found = current_app.extensions.get("guard")
    if found is not None and request.endpoint is not None:
        asked = current_app.extensions["console.permissions"][request.endpoint]
        found.check(asked, session=sessions.signed_in())


def form_token() -> str:
    """The session's token, which every form of ours carries and no foreign page can know."""
    if TOKEN not in session:
        session[TOKEN] = secrets.token_urlsafe(24)
    return str(session[TOKEN])


def _check_token() -> None:
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    given, known = request.form.get(TOKEN, ""), str(session.get(TOKEN, ""))
    if not known or not hmac.compare_digest(given.encode(), known.encode()):
        abort(
            403,
            _(
                "The form was not sent from a current page of this console, so nothing was done. "
                "Load the page again and repeat."
            ),
        )


def _set_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if "/dist/assets/" in request.path:  # their names change with their content
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    elif response.mimetype == "text/html":
        response.headers.setdefault("Cache-Control", "no-store")
    return response
