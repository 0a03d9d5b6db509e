"""What could not be done: the list, and trying again."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import EngineError, IncidentQuery, Paging
from web.console.blueprint import page
from web.console.names import Names
from web.console.rendering import actor, engine, render
from web.console.requests import offset_of, pages_of
from web.console.words import plural
from web.query import is_id

LIMIT = 50


@page("/incidents", "view")
def incidents() -> ResponseReturnValue:
    """Incidents, newest first."""
    text = request.args.get("q", "").strip()
    process = request.args.get("process", "")
    query = IncidentQuery(text=text or None, process_ids=(process,) if process else ())
    found = engine().incidents(query, Paging(limit=LIMIT, offset=offset_of(request.args)))
    names = Names(engine())
    return render(
        "incidents.html",
        found=found,
        text=text,
        process=process,
        limit=LIMIT,
        names={one.id: names.of(one.definition, one.element) for one in found.items},
        **pages_of("console.incidents"),
    )


@page("/incidents/retry", "operate", "POST")
def retry() -> ResponseReturnValue:
    """Tries the ticked incidents again, and says what became of each that could not be."""
    reason = request.form.get("reason", "").strip()
    ids = [int(id) for id in request.form.getlist("incident") if is_id(id)]
    tried, failed, refused = 0, 0, []
    for id in ids:
        key = f"{request.form['key']}-{id}" if request.form.get("key") else None
        try:
            if engine().retry(id, reason=reason, by=actor(), idempotency_key=key):
                tried += 1
            else:
                failed += 1
        except EngineError as error:
            refused.append(str(error))
    if tried:
        flash(f"Tried {plural(tried, 'incident')} again.", "retrying")
    if failed:
        flash(f"{plural(failed, 'incident')} failed again at once.", "incident")
    for message in refused[:5]:
        flash(message, "failed")
    if not ids:
        flash("No incident was ticked, so none was tried again.", "waiting")
    return redirect(_origin(), 303)


def _origin() -> str:
    """The instance the form stood on, or else the list."""
    instance = request.form.get("instance", "")
    if is_id(instance):
        return url_for("console.instance", id=int(instance))
    return url_for(
        "console.incidents", q=request.args.get("q"), process=request.args.get("process")
    )
