"""Showing a secret to who may see it, with a line in the audit."""

from __future__ import annotations

from flask import current_app, request
from flask.typing import ResponseReturnValue

from engine import Engine, NotFound
from web.console.blueprint import ID, page
from web.console.language import _
from web.console.rendering import actor, engine, render


@page(f"/instances/{ID}/reveal", "reveal")
def reveal(id: int) -> ResponseReturnValue:
    """Asks why."""
    return _shown(id, request.args.get("name", ""), request.args.get("scope", ""))


@page(f"/instances/{ID}/reveal", "reveal", "POST")
def show_secret(id: int) -> ResponseReturnValue:
    """Shows the value of one variable, once."""
    name, scope = request.form.get("name", ""), request.form.get("scope", "")
    reason = request.form.get("reason", "").strip()
    if not reason:
        return _shown(id, name, scope, wrong=_("Say why: the reason is kept."), status=422)
    known: Engine = current_app.extensions["engine"]
    for one in known.variables(id):
        if str(one.id) == scope and name in one.variables:
            known.note_revealed(f"{id} {name}", reason, by=actor())
            return _shown(id, name, scope, value=one.variables[name], is_shown=True)
    raise NotFound(f"variable '{name}': it is not there now")


def _shown(
    id: int,
    name: str,
    scope: str,
    *,
    value: object = None,
    is_shown: bool = False,
    wrong: str | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    return render(
        "reveal.html",
        status,
        head=engine().instance(id).head,
        name=name,
        scope=scope,
        value=value,
        is_shown=is_shown,
        wrong=wrong,
    )
