"""What is asked of workers, what is waited for, and what is due: work, messages, timers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import Hold, JobQuery, JobTypeView, MessageQuery, Paging, SubscriptionQuery
from web.console import forms
from web.console.blueprint import KEY, page
from web.console.language import _
from web.console.names import Names
from web.console.near import near, nearest
from web.console.rendering import actor, engine, render
from web.console.requests import offset_of, pages_of

LIMIT = 50
COMPARED = 500
JOB_STATES = ("any", "waiting", "claimed", "backoff", "exhausted")


@page("/work", "view")
def work() -> ResponseReturnValue:
    """Kinds of work with their queues and workers, and the open jobs of one of them."""
    overview = engine().overview()
    kind = request.args.get("type", "")
    state: Any = request.args.get("state", "any")
    state = state if state in JOB_STATES else "any"
    paging = Paging(limit=LIMIT, offset=offset_of(request.args))
    found = engine().jobs(JobQuery(types=(kind,) if kind else (), state=state), paging)
    served = [one.type for one in overview.job_types if one.is_served]
    holds = {one.name: one for one in engine().holds() if one.kind == "job_type"}
    busy, idle = _apart(overview.job_types, holds, kind)
    names = Names(engine())
    return render(
        "work.html",
        types=len(overview.job_types),
        busy=busy,
        idle=idle,
        near={
            one.type: nearest(one.type, served)
            for one in overview.job_types
            if not one.is_served and one.waiting
        },
        workers=overview.workers,
        nodes=overview.nodes,
        due=overview.due,
        holds=holds,
        found=found,
        names={one.id: names.of(one.definition, one.element) for one in found.items},
        kind=kind,
        state=state,
        states=JOB_STATES,
        limit=LIMIT,
        **pages_of("console.work"),
    )


def _apart(
    types: Sequence[JobTypeView], holds: Mapping[str, Hold], kind: str
) -> tuple[list[JobTypeView], list[JobTypeView]]:
    """Kinds of work that somebody might look at, worst first; and those with nothing to do. Where
    one kind is asked for, that one alone."""
    if chosen := [one for one in types if one.type == kind]:
        return chosen, []

    def is_busy(one: JobTypeView) -> bool:
        return bool(one.waiting or one.claimed or one.exhausted) or one.type in holds

    def urgency(one: JobTypeView) -> tuple[bool, int, int, str]:
        return one.is_served or not one.waiting, -one.exhausted, -one.waiting, one.type

    busy = sorted((one for one in types if is_busy(one)), key=urgency)
    return busy, sorted((one for one in types if not is_busy(one)), key=lambda one: one.type)


@page("/job-types/hold", "operate", "POST")
def hold_work() -> ResponseReturnValue:
    """Holds back all work of one type, or gives it out again."""
    kind, reason = request.form.get("type", ""), request.form.get("reason", "").strip()
    if request.form.get("release"):
        engine().resume_job_type(kind, reason=reason, by=actor())
        flash(_("“%(type)s” is given out again.", type=kind), "completed")
    elif not reason:
        flash(_("Say why: the reason is kept."), "failed")
    else:
        engine().suspend_job_type(kind, reason=reason, by=actor())
        flash(_("“%(type)s” is held back: no worker gets any.", type=kind), "suspended")
    return redirect(url_for("console.work", type=kind or None), 303)


@page("/messages", "view")
def messages() -> ResponseReturnValue:
    """Who waits for which message, which are kept for somebody to come, and what nearly met."""
    text = request.args.get("q", "").strip()
    kept = engine().messages(MessageQuery(text=text or None), Paging(limit=LIMIT))
    query = SubscriptionQuery(kinds=("message", "signal"), name=text or None)
    paging = Paging(limit=LIMIT, offset=offset_of(request.args))
    waiting = engine().subscriptions(query, paging)
    names = Names(engine())
    return render(
        "messages.html",
        text=text,
        kept=kept,
        found=waiting,
        missed=_missed(),
        names={one.id: names.of(one.definition, one.element) for one in waiting.items},
        limit=LIMIT,
        match=_match(),
        **pages_of("console.messages"),
    )


@page("/messages", "operate", "POST")
def publish_message() -> ResponseReturnValue:
    """Publishes a message; says who received it, or that it is kept."""
    name, key = request.form.get("name", "").strip(), request.form.get("correlation", "")
    field = forms.variables_field()
    values = forms.read_object(field, {field.key: [request.form.get("variables", "")]})
    if field.wrong or not name:
        wrong = _("The JSON %(wrong)s.", wrong=field.wrong) if field.wrong else ""
        flash(wrong or _("A message needs a name."), "failed")
        return redirect(url_for("console.messages", name=name or None, key=key or None), 303)
    done = engine().publish(
        name,
        key or None,
        values,
        ttl=timedelta(hours=1),
        by=actor(),
        idempotency_key=request.form.get("key") or None,
    )
    if done.instance:
        started = _("“%(name)s” started an instance.", name=name)
        told = started if done.started else _("“%(name)s” went to its instance.", name=name)
        flash(told, "completed")
        return redirect(url_for("console.instance", id=done.instance), 303)
    flash(_("Nobody waits for “%(name)s” now: it is kept for an hour.", name=name), "waiting")
    return redirect(url_for("console.messages"), 303)


@page("/timers", "view")
def timers() -> ResponseReturnValue:
    """What is due when: timers of instances and of start events, the next one first."""
    paging = Paging(limit=LIMIT, offset=offset_of(request.args))
    found = engine().subscriptions(SubscriptionQuery(kinds=("timer",), order="due"), paging)
    names = Names(engine())
    far = datetime.max.replace(tzinfo=UTC)
    return render(
        "timers.html",
        found=found,
        items=sorted(found.items, key=lambda one: one.due or far),
        names={one.id: names.of(one.definition, one.element) for one in found.items},
        now=datetime.now(UTC),
        limit=LIMIT,
        **pages_of("console.timers"),
    )


@page(f"/timers/{KEY}/fire", "operate", "POST")
def fire_now(key: int) -> ResponseReturnValue:
    """Lets a timer happen now."""
    reason = request.form.get("reason", "").strip()
    if not reason:
        flash(_("Say why: the reason is kept in the history."), "failed")
    elif engine().fire_timer(
        key, reason=reason, by=actor(), idempotency_key=request.form.get("key") or None
    ):
        flash(_("The timer has fired."), "completed")
    else:
        flash(_("The timer has fired, but what follows could not be done."), "incident")
    return redirect(url_for("console.timers"), 303)


def _match() -> Any:
    """Before a message is sent: who would receive it."""
    name, key = request.args.get("name", "").strip(), request.args.get("key", "")
    if not name:
        return None
    query = SubscriptionQuery(kinds=("message",), name=name)
    found = engine().subscriptions(query, Paging(limit=COMPARED)).items
    fits = [one for one in found if one.key is None or one.key == key]
    close = [
        (one, told)
        for one in found
        if one not in fits and one.key and key and (told := near(key, one.key))
    ]
    return {"name": name, "key": key, "fits": fits[:5], "near": close[:5], "count": len(fits)}


def _missed() -> list[Any]:
    """Kept messages that nearly match what somebody waits for."""
    kept = engine().messages(MessageQuery(), Paging(limit=COMPARED)).items
    if not kept:
        return []
    query = SubscriptionQuery(kinds=("message",))
    waiting = engine().subscriptions(query, Paging(limit=COMPARED)).items
    found = []
    for message in kept[:100]:
        for one in waiting:
            in_name = near(one.name or "", message.name)
            in_key = near(one.key or "", message.key or "") if one.key else None
            if (one.name == message.name and in_key) or (
                in_name and (one.key is None or one.key == message.key or in_key)
            ):
                found.append((message, one, in_name, in_key))
                break
    return found[:20]
