"""How a reader wants to see the console, and what scripts need to know of it."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any

from flask import Response, abort, make_response, redirect, request, url_for

from web.console.blueprint import page
from web.console.language import LANGUAGES, SOURCE, script_messages

YEAR = 365 * 86400
CHOICES = {"theme": ("light", "dark", "system"), "language": tuple(LANGUAGES)}
"""What can be chosen of each preference; each is kept in a cookie of its name."""


@page("/preferences", "anyone", "POST")
def preferences() -> Any:
    """Remembers what a reader chose, and goes back to where they were."""
    answer = make_response(redirect(_back(), 303))
    for name, choices in CHOICES.items():
        chosen = request.form.get(name)
        if chosen in choices:
            answer.set_cookie(name, chosen, max_age=YEAR, samesite="Lax")
    return answer


@page("/language/<language>.js", "anyone")
def script_words(language: str) -> Response:
    """What scripts say in a language other than their own; loaded before them."""
    if language not in LANGUAGES or language == SOURCE:
        abort(404, f"There are no messages in '{language}'.")
    answer = Response(_script(language), mimetype="text/javascript")
    answer.set_etag(hashlib.sha256(answer.data).hexdigest()[:16])
    answer.headers["Cache-Control"] = "no-cache"
    answer.make_conditional(request)
    return answer


@cache
def _script(language: str) -> str:
    words = json.dumps(script_messages(language), ensure_ascii=False, separators=(",", ":"))
    return f"globalThis.kapellmeisterMessages={words};\n"


def _back() -> str:
    """The page a form was sent from, if it is one of ours."""
    referrer = request.referrer or ""
    return referrer if referrer.startswith(request.host_url) else url_for("console.home")
