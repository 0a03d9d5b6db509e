"""The API call behind a form, as it is filled in now."""

from __future__ import annotations

from flask import abort, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from engine import EngineError
from web.console import behind
from web.console.blueprint import page
from web.console.calls import Call
from web.console.rendering import may_send, render

behind.load()


@page("/call", "view", "POST")
def call() -> ResponseReturnValue:
    """Says as curl and as Python what the form would do, which is sent as to its own address;
    nothing is done."""
    endpoint, arguments = _meant(request.args.get("form", ""))
    if not may_send(endpoint):
        abort(403)
    told: Call | None = None
    refused = ""
    name = endpoint.removeprefix("console.")
    if name in behind.behind:
        try:
            told = behind.behind[name](**arguments)
        except (EngineError, ValueError) as error:
            refused = str(error)
    return render(
        "_call.html",
        call=told,
        key=request.form.get("key"),
        refused=refused,
        is_own=name in behind.OF_THE_BROWSER,
    )


def _meant(path: str) -> tuple[str, dict[str, object]]:
    adapter = current_app.create_url_adapter(request)
    assert adapter is not None
    try:
        endpoint, arguments = adapter.match(path.removeprefix(request.script_root), method="POST")
    except HTTPException:
        abort(404)
    return endpoint, dict(arguments)
