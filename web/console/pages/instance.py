"""One instance: where it is and why, what happened, its variables, and what can be done."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct

from engine import InstanceView, WaitView
from web.console import extent, facts, forms, timeline
from web.console.blueprint import ID, page
from web.console.names import Names
from web.console.query import is_id
from web.console.rendering import actor, engine, render
from web.console.words import plural

FACTS = 1000
"""How many facts of the history one page shows; earlier ones are a link away."""
REASON = "Say why: the reason is kept in the history."


class Why(Struct, frozen=True, kw_only=True):
    """Why a token is where it is, in one sentence."""

    element: str
    name: str
    status: str
    sentence: str
    since: Any
    due: Any = None
    link: str | None = None
    verb: str | None = None
    details: list[str] = []


@page(f"/instances/{ID}", "view")
def instance(id: int) -> ResponseReturnValue:
    """The instance on its diagram, at the element the address names."""
    return _show(id)


@page(f"/instances/{ID}/cancel", "operate", "POST")
def cancel(id: int) -> ResponseReturnValue:
    """Stops the instance; if asked, undoes first what it did."""
    reason = request.form.get("reason", "").strip()
    if not reason:
        return _show(id, wrong={"cancel": REASON}, status=422)
    key = request.form.get("key") or None
    if request.form.get("how") == "compensate":
        engine().abandon(id, reason=reason, by=actor(), idempotency_key=key)
        flash("Abandoned: what was done is being undone.", "compensated")
    else:
        engine().cancel(id, reason=reason, by=actor(), idempotency_key=key)
        flash("Cancelled.", "cancelled")
    return _back(id)


@page(f"/instances/{ID}/suspend", "operate", "POST")
def suspend(id: int) -> ResponseReturnValue:
    """Holds the instance where it is."""
    reason = request.form.get("reason", "").strip()
    if not reason:
        return _show(id, wrong={"suspend": REASON}, status=422)
    engine().suspend(id, reason=reason, by=actor(), idempotency_key=request.form.get("key") or None)
    flash("Suspended: nothing moves until it is resumed.", "suspended")
    return _back(id)


@page(f"/instances/{ID}/resume", "operate", "POST")
def resume(id: int) -> ResponseReturnValue:
    """Lets a suspended instance go on."""
    reason = request.form.get("reason", "").strip()
    engine().resume(id, reason=reason, by=actor(), idempotency_key=request.form.get("key") or None)
    flash("Resumed.", "running")
    return _back(id)


@page(f"/instances/{ID}/variables", "operate", "POST")
def change_variables(id: int) -> ResponseReturnValue:
    """Sets variables of one scope, as a JSON object says; those it leaves out stay."""
    reason = request.form.get("reason", "").strip()
    scope = request.form.get("scope", "")
    field = forms.variables_field()
    values = forms.read_object(field, {field.key: [request.form.get("variables", "")]})
    if field.wrong or not reason:
        wrong = f"The JSON {field.wrong}." if field.wrong else REASON
        return _show(id, wrong={"variables": wrong}, entered=field.shown, status=422)
    engine().set_variables(
        id,
        values,
        scope=int(scope) if is_id(scope) else None,
        reason=reason,
        by=actor(),
        idempotency_key=request.form.get("key") or None,
    )
    flash(f"Set {', '.join(values) or 'nothing'}.", "completed")
    return _back(id)


@page(f"/instances/{ID}/retry", "operate", "POST")
def retry_instance(id: int) -> ResponseReturnValue:
    """Tries everything again that stands still in an incident."""
    count = engine().retry_all(id, reason=request.form.get("reason", "").strip(), by=actor())
    if count:
        flash(f"Tried {plural(count, 'incident')} again; watch what becomes of it.", "retrying")
    else:
        flash("Nothing could be tried again: what is the matter is still the matter.", "incident")
    return _back(id)


def _back(id: int) -> ResponseReturnValue:
    return redirect(url_for("console.instance", id=id, el=request.args.get("el")), 303)


def _show(
    id: int, *, wrong: dict[str, str] | None = None, entered: str = "", status: int = 200
) -> tuple[str, int, dict[str, str]]:
    view = engine().instance(id)
    names = Names(engine())
    elements = names.all_of(view.head.definition)
    selected = request.args.get("el")
    history = engine().history(id, limit=FACTS)
    is_cut = history.last > FACTS and request.args.get("from") != "first"
    if is_cut:
        history = engine().history(id, after=history.last - FACTS, limit=FACTS)
    ratio = extent.ratio(engine().diagram(view.head.definition))
    told = timeline.read(history.items, elements, view.head.state)
    return render(
        "instance.html",
        status,
        view=view,
        head=view.head,
        elements=elements,
        selected=selected,
        tab=request.args.get("tab", ""),
        ratio=ratio,
        is_wide=ratio >= extent.WIDE,
        facts=facts.of_instance(view, selected),
        whys=[why for why in _whys(view, elements) if selected in (None, why.element)],
        incidents=[one for one in view.incidents if selected in (None, one.element)],
        scopes=_scopes(view, selected),
        timeline=told,
        attempts=told.attempts_at(selected) if selected else [],
        earlier=history.last - FACTS if is_cut else 0,
        last=history.last,
        wrong=wrong or {},
        entered=entered,
    )


def _whys(view: InstanceView, names: Any) -> list[Why]:
    """One sentence a wait; a token without a wait is moving."""
    found: list[Why] = []
    for token in view.tokens:
        name = names.get(token.element, token.element)
        waits = [wait for wait in token.waits if wait.kind != "compensation"]
        found += [_why(wait, name) for wait in waits]
    found += [
        _why(wait, names.get(wait.element, wait.element))
        for wait in view.waits
        if wait.kind != "compensation"
    ]
    return found


def _why(wait: WaitView, name: str) -> Why:
    link = verb = None
    if wait.kind == "user_task":
        link, verb = url_for("console.task", id=wait.subscription), "Open the task"
    elif wait.child:
        link, verb = url_for("console.instance", id=wait.child), "Open the called instance"
    details = []
    if wait.last_error and wait.last_error not in wait.sentence:
        details.append(f"Last error: {wait.last_error}")
    if wait.worker and wait.worker not in wait.sentence:
        details.append(f"In the hands of worker {wait.worker}")
    if wait.attempts and wait.retries:
        left = f", {wait.retries} left" if wait.retries is not None else ""
        details.append(f"{plural(wait.attempts, 'attempt')} so far{left}")
    is_incident = wait.kind == "incident" or (wait.kind == "job" and wait.retries == 0)
    status = "incident" if is_incident else "retrying" if wait.last_error else "waiting"
    return Why(
        element=wait.element,
        name=name,
        status=status,
        sentence=wait.sentence,
        since=wait.since,
        due=wait.due if wait.due and wait.due > datetime.now(UTC) else None,
        link=link,
        verb=verb,
        details=details,
    )


def _scopes(view: InstanceView, selected: str | None) -> list[Any]:
    """The variables to show: of the chosen element's own scopes, or else the process's."""
    living = [scope for scope in view.variables if scope.kind != "snapshot"]
    if selected:
        return [scope for scope in living if scope.element == selected]
    return living[:1] + [scope for scope in living[1:] if scope.variables]
