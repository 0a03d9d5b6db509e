"""Taking back with one click what somebody did: a variable that was set, a task that was given.

What comes after is not touched: once the variable was set again, or the task has passed on, there
is nothing to take back. Each is an act of its own, with who did it, in history and audit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct

from engine import AuditEntry, AuditQuery, Conflict, Engine, Paging
from web.console import changes, inbox, past
from web.console.blueprint import ID, page
from web.console.language import _
from web.console.rendering import actor, engine
from web.query import is_id

GIVING = ("claim", "unclaim", "update_task")
"""Acts that say whose a task is."""


class Given(Struct, frozen=True, kw_only=True):
    """The last act that said whose a task is, as long as it still is."""

    act: AuditEntry
    before: str | None
    """Whose it was."""


@page(f"/instances/{ID}/variables/revert", "operate", "POST")
def revert_variable(id: int) -> ResponseReturnValue:
    """Sets a variable to what it was before one change."""
    name, number = request.form.get("name", ""), request.form.get("number", "")
    found = changed(id, name, number)
    late = _("“%(name)s” was set again since: see its log.", name=name)
    if found is None:
        flash(late, "waiting")
    else:
        try:
            known().set_variables(
                id,
                {name: found.old},
                scope=found.scope,
                seen=found.number,
                reason=f"taken back: what {found.who or found.element or 'the process'} had set",
                by=actor(),
                idempotency_key=request.form.get("key") or None,
            )
        except Conflict as error:
            flash(late if "by somebody else" in str(error) else str(error), "waiting")
        else:
            flash(_("“%(name)s” is what it was before.", name=name), "completed")
    return redirect(url_for("console.instance", id=id, tab="variables", name=name), 303)


@page(f"/tasks/{ID}/revert", "work", "POST")
def revert_assignment(id: int) -> ResponseReturnValue:
    """Gives a task back to whose it was before the last act."""
    given = given_last(id)
    if given is None or str(given.act.id) != request.form.get("act", ""):
        flash(_("It has passed on since, so nothing was taken back."), "waiting")
        return redirect(url_for("console.task", id=id, **inbox.place()), 303)
    key = request.form.get("key") or None
    if given.before is None:
        engine().unclaim(id, by=actor(), idempotency_key=key)
        flash(_("The task is nobody's again."), "completed")
    else:
        engine().claim(id, given.before, by=actor(), force=True, idempotency_key=key)
        flash(_("The task is %(name)s's again.", name=given.before), "completed")
    return redirect(url_for("console.task", id=id, **inbox.place()), 303)


def known() -> Engine:
    """The engine itself: what was secret goes back as it was, and is shown to nobody."""
    found: Engine = current_app.extensions["engine"]
    return found


def changed(id: int, name: str, number: str) -> changes.Change | None:
    """The change of a variable that can be taken back: the last of its scope, and not its first."""
    if not is_id(number):
        return None
    log = changes.of(past.facts(known(), id))
    asked = [one for one in log if one.number == int(number) and one.name == name]
    last = changes.last(log)
    return next((one for one in asked if one in last and not one.is_new), None)


def given_last(id: int) -> Given | None:
    """Whose a task was before the last act that said so; None where nobody has said so since."""
    query = AuditQuery(kind="task", target=str(id), verbs=GIVING)
    for act in engine().audit(query, Paging(limit=20)).items:
        if act.verb != "update_task" or "assignee" in (act.detail.get("changes") or {}):
            return Given(act=act, before=_before(act))
    return None


def _before(act: AuditEntry) -> str | None:
    if act.verb == "unclaim":
        return act.detail.get("assignee")
    found: Any = act.detail.get("before")
    return found.get("assignee") if isinstance(found, Mapping) else found
