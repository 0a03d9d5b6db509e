"""How work is tried, with where each value comes from; what is held back; what is overdue."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import EngineError, NotFound, Paging, PolicyView, time_to_live
from web.console.blueprint import page
from web.console.language import _, noop
from web.console.names import Names
from web.console.rendering import actor, engine, render
from web.console.requests import offset_of, pages_of
from web.console.words import span

LIMIT = 50
FIELDS = ("retries", "backoff", "timeout", "sla", "rate")
WORDS = {
    "retries": noop("Attempts"),
    "backoff": noop("Pause between"),
    "timeout": noop("Time for an attempt"),
    "sla": noop("To be done within"),
    "rate": noop("At most"),
}
HINTS = {
    "retries": "3",
    "backoff": "PT1S*2^n PT1M",
    "timeout": "PT30S",
    "sla": "P2D",
    "rate": "10/PT1S",
}
ORIGINS = {
    "default": noop("default"),
    "handler": noop("handler"),
    "file": noop("file"),
    "model": noop("model"),
    "operator": noop("operator"),
}
KINDS = {
    "definition": noop("process"),
    "process": noop("process"),
    "element": noop("step"),
    "job_type": noop("kind of work"),
}

LENGTH = re.compile(r"\bP(?=[\dT])[\dDHMSTWY.]+")
GROWING = re.compile(r"(P\S+?)\s*\*\s*([\d.]+)\s*\^\s*n(?:\s+(P\S+))?")
REPEATED = re.compile(r"R(\d+)/(P\S+)")
RATE = re.compile(r"(\d+)\s*/\s*(P\S+)")
"""The forms of `engine.policies`."""


@page("/policies", "view")
def policies() -> ResponseReturnValue:
    """What operators have said: holds and overrides; and what is overdue by what was promised."""
    overdue = engine().overdue(Paging(limit=LIMIT, offset=offset_of(request.args)))
    processes = engine().processes().items
    return render(
        "policies.html",
        holds=[(one, _held(one)) for one in engine().holds()],
        overrides=engine().policies(),
        overdue=overdue,
        processes=processes,
        titles={one.process_id: one.name for one in processes},
        limit=LIMIT,
        **_words(),
        **pages_of("console.policies"),
    )


@page("/processes/<process_id>/policies", "view")
def process_policies(process_id: str) -> ResponseReturnValue:
    """How the work of each step of a process is tried, and where each value comes from."""
    definition = engine().latest(process_id)
    shown: list[tuple[str | None, PolicyView]] = [(None, engine().policy(definition.key))]
    for element in definition.elements:
        found = engine().policy(definition.key, element)
        if found.job_type is not None:
            shown.append((element, found))
    return render(
        "process_policies.html",
        definition=definition,
        shown=shown,
        overridden={(one.kind, one.name) for one in engine().policies()},
        names=Names(engine()).all_of(definition.key),
        **_words(),
    )


@page("/policies", "operate", "POST")
def change_policy() -> ResponseReturnValue:
    """Says how something is tried from now on, or takes that back."""
    form, reason = request.form, request.form.get("reason", "").strip()
    kind: Any = form.get("kind", "")
    name = form.get("name", "").strip()
    back = redirect(_back(), 303)
    if not reason:
        flash(_("Say why: the reason is kept."), "failed")
        return back
    by, key = actor(), form.get("key") or None
    try:
        if form.get("do") == "clear":
            engine().clear_policy(kind, name, reason=reason, by=by, idempotency_key=key)
            flash(_("Taken back: “%(name)s”.", name=name), "completed")
        else:
            values = entered(form)
            engine().set_policy(kind, name, values, reason=reason, by=by, idempotency_key=key)
            flash(_("From now on “%(name)s” is tried so.", name=name), "completed")
    except EngineError as error:
        flash(str(error), "failed")
    return back


@page("/holds/release", "operate", "POST")
def release_hold() -> ResponseReturnValue:
    """Lets what was held go on."""
    kind, name = request.form.get("kind", ""), request.form.get("name", "")
    reason = request.form.get("reason", "").strip()
    known, by = engine(), actor()
    key = request.form.get("key") or None
    if not reason:
        flash(_("Say why: the reason is kept."), "failed")
    elif kind == "job_type":
        known.resume_job_type(name, reason=reason, by=by, idempotency_key=key)
    else:
        instances = bool(request.form.get("instances"))
        if kind == "process":
            known.resume_process(
                name, reason=reason, instances=instances, by=by, idempotency_key=key
            )
        else:
            known.resume_definition(
                int(name), reason=reason, instances=instances, by=by, idempotency_key=key
            )
    if reason:
        flash(_("It goes on."), "completed")
    return redirect(url_for("console.policies"), 303)


def entered(form: Mapping[str, str]) -> dict[str, Any]:
    """What a form says of how something is tried; what is left empty stays."""
    values: dict[str, Any] = {
        field: form[field].strip() for field in FIELDS if form.get(field, "").strip()
    }
    if values.get("retries", "").isdecimal():
        values["retries"] = int(values["retries"])
    return values


def _held(hold: Any) -> str:
    """What people call what is held."""
    if hold.kind != "definition":
        return str(hold.name)
    try:
        found = engine().definition(int(hold.name))
    except NotFound:
        return str(hold.name)
    return f"{found.name or found.process_id} v{found.version}"


def _back() -> str:
    process = request.form.get("process")
    if not process:
        return url_for("console.policies")
    return url_for("console.process_policies", process_id=process)


def _words() -> dict[str, Any]:
    return {
        "fields": {field: _(word) for field, word in WORDS.items()},
        "hints": HINTS,
        "origins": {origin: _(word) for origin, word in ORIGINS.items()},
        "kinds": {kind: _(word) for kind, word in KINDS.items()},
        "in_words": in_words,
    }


def in_words(value: Any) -> str:
    """A policy's value as people say it: `PT1S*2^n PT1M` is 1 s, growing to 1 min."""
    if isinstance(value, timedelta):
        return span(value)
    text = str(value)
    if found := GROWING.fullmatch(text):
        first, factor, cap = found.groups()
        return _(
            "%(first)s, then %(factor)s times as long each time, up to %(cap)s",
            first=_spans(first),
            factor=factor,
            cap=_spans(cap or "PT1M"),
        )
    if found := REPEATED.fullmatch(text):
        times, pause = found.groups()
        return _("%(times)s attempts, %(pause)s apart", times=times, pause=_spans(pause))
    if found := RATE.fullmatch(text):
        count, period = found.groups()
        return _("%(count)s in %(period)s", count=count, period=_spans(period))
    return _spans(text).replace(",", ", ")


def _spans(text: str) -> str:
    return LENGTH.sub(lambda found: span(time_to_live(found[0])), text)
