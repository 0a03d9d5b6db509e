"""The page to try the API: Swagger UI, built with the front end; nothing comes from elsewhere."""

from __future__ import annotations

from html import escape

from flask import Blueprint, Response, request

from web.console import assets

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)

blueprint = Blueprint("api_page", __name__)


@blueprint.get("/api")
def api_page() -> Response:
    """The operations of `/v2`, each with its example, to be tried from here."""
    document = f"{request.script_root}/v2/openapi.json"
    styles = "".join(f'<link rel="stylesheet" href="{a}">' for a in assets.styles("api"))
    scripts = "".join(f'<script type="module" src="{a}"></script>' for a in assets.scripts("api"))
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>API · Kapellmeister</title>'
        '<meta name="viewport" content="width=device-width">'
        '<meta name="color-scheme" content="light dark">'
        f'<link rel="icon" href="{request.script_root}/static/icon.svg">{styles}'
        f'<div id="api" data-document="{escape(document)}">'
        f'<noscript>The document is <a href="{escape(document)}">here</a>.</noscript></div>'
        f"{scripts}</html>"
    )
    answer = Response(page, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
