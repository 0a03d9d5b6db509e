"""What can be done to one instance by hand; each command keeps who did it and why."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import BatchOrder, Conflict
from web.console import changes, forms, held, past
from web.console.blueprint import ID, KEY, page
from web.console.language import _, ngettext, noop
from web.console.pages.instance import show
from web.console.rendering import actor, engine
from web.query import is_id

REASON = noop("Say why: the reason is kept in the history.")


@page(f"/instances/{ID}/cancel", "operate", "POST")
def cancel(id: int) -> ResponseReturnValue:
    """Stops the instance; if asked, undoes first what it did. Held back for the undo window; what
    cannot be done is said at once."""
    if not _reason():
        return show(id, wrong={"cancel": _(REASON)}, status=422)
    if request.form.get("how") == "compensate":
        engine().abandon(id, reason=_reason(), by=actor(), dry_run=True)
        order = BatchOrder(kind="abandon")
    else:
        engine().cancel(id, reason=_reason(), by=actor(), dry_run=True)
        order = BatchOrder(kind="cancel")
    held.hold(id, order, _reason(), _key())
    return _back(id)


@page(f"/instances/{ID}/undo/{KEY}", "operate", "POST")
def take_back(id: int, key: int) -> ResponseReturnValue:
    """Takes a command back that is still held."""
    if any(one.id == key for one in engine().held(id)):
        engine().cancel_batch(key, reason="taken back", by=actor(), idempotency_key=_key())
    if engine().batch(key).skipped:
        flash(_("Taken back: nothing was changed."), "completed")
    else:
        flash(_("Too late to take it back: it is done."), "waiting")
    return _back(id)


@page(f"/instances/{ID}/suspend", "operate", "POST")
def suspend(id: int) -> ResponseReturnValue:
    """Holds the instance where it is."""
    if not _reason():
        return show(id, wrong={"suspend": _(REASON)}, status=422)
    engine().suspend(id, reason=_reason(), by=actor(), idempotency_key=_key())
    flash(_("Suspended: nothing moves until it is resumed."), "suspended")
    return _back(id)


@page(f"/instances/{ID}/resume", "operate", "POST")
def resume(id: int) -> ResponseReturnValue:
    """Lets a suspended instance go on."""
    engine().resume(id, reason=_reason(), by=actor(), idempotency_key=_key())
    flash(_("Resumed."), "running")
    return _back(id)


@page(f"/instances/{ID}/comment", "work", "POST")
def comment_instance(id: int) -> ResponseReturnValue:
    """Keeps what somebody says of an instance."""
    if said := request.form.get("text", "").strip():
        engine().comment(said, instance=id, by=actor(), idempotency_key=_key())
    return redirect(f"{url_for('console.instance', id=id)}#comments", 303)


@page(f"/instances/{ID}/variables", "operate", "POST")
def change_variables(id: int) -> ResponseReturnValue:
    """Sets variables of one scope, as a JSON object says; those it leaves out stay.

    What somebody else set after the form was made is not overwritten: it is shown instead.
    """
    scope, seen = request.form.get("scope", ""), request.form.get("seen", "")
    field = forms.variables_field()
    values = forms.read_object(field, {field.key: [request.form.get("variables", "")]})
    entered = {"variables": field.shown, "reason": _reason()}
    if field.wrong or not _reason():
        wrong = _("The JSON %(wrong)s.", wrong=field.wrong) if field.wrong else _(REASON)
        return show(id, wrong={"variables": wrong}, entered=entered, status=422)
    values = altered(id, values, int(scope) if is_id(scope) else None, seen)
    if not values:
        flash(_("Nothing was changed: every variable has that value already."), "waiting")
        return _back(id)
    try:
        engine().set_variables(
            id,
            values,
            scope=int(scope) if is_id(scope) else None,
            seen=int(seen) if is_id(seen) else None,
            reason=_reason(),
            by=actor(),
            idempotency_key=_key(),
        )
    except Conflict:
        late = changes.since(changes.of(past.facts(engine(), id)), int(seen or 0), values)
        if not late:
            raise
        wrong = _("Somebody else set this meanwhile: see what, then send again to overwrite it.")
        return show(id, wrong={"variables": wrong}, entered=entered, late=late, status=409)
    flash(_("Set %(names)s.", names=", ".join(values)), "completed")
    return _back(id)


def altered(id: int, values: dict[str, object], scope: int | None, seen: str) -> dict[str, object]:
    """What the form asks to change: not what it only repeats of what it showed."""
    if not is_id(seen):
        return values
    shown: dict[str, object] = {}
    for change in changes.of(past.facts(engine(), id, int(seen))):
        is_here = change.holder is None if scope is None else change.scope == scope
        if change.number <= int(seen) and is_here:
            shown[change.name] = change.new
    return {n: v for n, v in values.items() if n not in shown or shown[n] != v}


@page(f"/instances/{ID}/restart", "operate", "POST")
def run_again(id: int) -> ResponseReturnValue:
    """Starts an ended instance again with its first input, altered where the form says so, on the
    latest version or on the one that it ran."""
    field = forms.variables_field()
    values = forms.read_object(field, {field.key: [request.form.get("variables", "{}")]})
    if field.wrong or not _reason():
        wrong = _("The JSON %(wrong)s.", wrong=field.wrong) if field.wrong else _(REASON)
        entered = {"again": field.shown, "reason": _reason()}
        return show(id, wrong={"again": wrong}, entered=entered, status=422)
    done = engine().restart(
        id,
        reason=_reason(),
        latest=request.form.get("version") != "same",
        variables=values,
        by=actor(),
        idempotency_key=_key(),
    )
    flash(_("Runs again: this is the new instance."), "completed")
    return redirect(url_for("console.instance", id=done.created or id), 303)


@page(f"/instances/{ID}/retry", "operate", "POST")
def retry_instance(id: int) -> ResponseReturnValue:
    """Tries everything again that stands still in an incident."""
    count = engine().retry_all(id, reason=_reason(), by=actor(), idempotency_key=_key())
    if count:
        told = ngettext(
            "Tried %(num)s incident again; watch what becomes of it.",
            "Tried %(num)s incidents again; watch what becomes of them.",
            count,
        )
        flash(told, "retrying")
    else:
        flash(
            _("Nothing could be tried again: what is the matter is still the matter."), "incident"
        )
    return _back(id)


@page(f"/instances/{ID}/timers/{KEY}/fire", "operate", "POST")
def fire_timer(id: int, key: int) -> ResponseReturnValue:
    """Lets a timer happen now."""
    if not _reason():
        return show(id, wrong={f"timer-{key}": _(REASON)}, status=422)
    if engine().fire_timer(key, reason=_reason(), by=actor(), idempotency_key=_key()):
        flash(_("The timer has fired."), "completed")
    else:
        flash(_("The timer has fired, but what follows could not be done."), "incident")
    return _back(id)


@page(f"/instances/{ID}/message", "operate", "POST")
def give_message(id: int) -> ResponseReturnValue:
    """Gives the instance a message that it waits for."""
    name, correlation = request.form.get("name", ""), request.form.get("correlation", "")
    field = forms.variables_field()
    values = forms.read_object(field, {field.key: [request.form.get("variables", "")]})
    if field.wrong:
        wrong = {f"message-{name}": _("The JSON %(wrong)s.", wrong=field.wrong)}
        return show(id, wrong=wrong, entered={"message": field.shown}, status=422)
    engine().correlate(
        name, correlation or None, values, instance=id, by=actor(), idempotency_key=_key()
    )
    flash(_("Gave it message “%(name)s”.", name=name), "completed")
    return _back(id)


@page(f"/instances/{ID}/signal", "operate", "POST")
def send_signal(id: int) -> ResponseReturnValue:
    """Sends a signal, which everybody hears who listens for it."""
    name = request.form.get("name", "")
    done = engine().broadcast(name, by=actor(), idempotency_key=_key())
    told = ngettext(
        "Sent signal “%(name)s”: %(num)s instance heard it.",
        "Sent signal “%(name)s”: %(num)s instances heard it.",
        len(done.instances),
        name=name,
    )
    flash(told, "completed")
    return _back(id)


def _reason() -> str:
    return request.form.get("reason", "").strip()


def _key() -> str | None:
    return request.form.get("key") or None


def _back(id: int) -> ResponseReturnValue:
    kept: dict[str, Any] = {name: request.args.get(name) for name in ("el", "pass", "tab")}
    return redirect(url_for("console.instance", id=id, **kept), 303)
