"""Alerts: what was told, what is watched, and what a new rule would have told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import AlertCondition, AlertRule, AlertTrial, EngineError, Invalid, Paging
from web.console import alerting
from web.console.blueprint import ID, page
from web.console.language import _, noop
from web.console.rendering import actor, engine, render
from web.console.requests import offset_of, pages_of
from web.query import span_of

LIMIT = 50
TRIALS = {"1d": noop("24 hours"), "7d": noop("7 days"), "30d": noop("30 days")}


@page("/alerts", "view")
def alerts() -> ResponseReturnValue:
    """What fires now, what is watched, and what was told before."""
    firing = engine().alerts(is_open=True, page=Paging(limit=LIMIT))
    over = engine().alerts(is_open=False, page=Paging(limit=LIMIT, offset=offset_of(request.args)))
    rules = engine().alert_rules(Paging(limit=500))
    return render(
        "alerts.html",
        firing=firing,
        over=over,
        rules=sorted(rules.items, key=lambda one: (one.firing is None, one.name.lower())),
        kinds=_kinds(),
        now=datetime.now(UTC),
        limit=LIMIT,
        **_words(),
        **pages_of("console.alerts"),
    )


@page("/alerts/new", "operate")
def new_alert() -> ResponseReturnValue:
    """A rule that is being made: its kind first, then its fields, tried over what was recorded."""
    draft = alerting.draft_of(request.args)
    if draft is None:
        return render("alert_new.html", draft=None, kinds=_kinds())
    return _form(draft, is_asked="every" in request.args)


@page("/alerts/new", "operate", "POST")
def save_alert() -> ResponseReturnValue:
    """Watches it from now on."""
    draft = alerting.draft_of(request.form)
    if draft is None:
        return redirect(url_for("console.new_alert"), 303)
    condition = draft.condition()
    if condition is None:
        return _form(draft, status=422)
    try:
        made = engine().add_alert_rule(
            draft.name or alerting.name_of(condition),
            condition,
            every=span_of(draft.every),
            runbook=draft.runbook or None,
            by=actor(),
            idempotency_key=request.form.get("key") or None,
        )
    except Invalid as error:
        draft.wrong["query" if "query:" in str(error) else "name"] = str(error)
        return _form(draft, status=422)
    flash(_("“%(name)s” is watched from now on.", name=made.name), "completed")
    return redirect(url_for("console.alert_rule", id=made.id), 303)


@page(f"/alerts/rules/{ID}", "view")
def alert_rule(id: int) -> ResponseReturnValue:
    """One rule: its state, what it has told, what it would have told."""
    rule = engine().alert_rule(id)
    told = engine().alerts(rule=id, page=Paging(limit=LIMIT, offset=offset_of(request.args)))
    trial, why = _tried(alerting.draft_of_rule(rule))
    return render(
        "alert_rule.html",
        rule=rule,
        told=told,
        trial=trial,
        why=why,
        bars=alerting.bars(trial) if trial else [],
        silences={value: _(word) for value, word in alerting.SILENCES.items()},
        draft=alerting.draft_of_rule(rule),
        now=datetime.now(UTC),
        limit=LIMIT,
        **_words(),
        **pages_of("console.alert_rule"),
    )


@page(f"/alerts/rules/{ID}/edit", "operate")
def edit_alert(id: int) -> ResponseReturnValue:
    """The form of a rule that there is."""
    rule = engine().alert_rule(id)
    if "every" not in request.args:
        return _form(alerting.draft_of_rule(rule), rule=rule)
    draft = alerting.draft_of({**request.args, "kind": rule.condition.kind})
    assert draft is not None
    return _form(draft, rule=rule, is_asked=True)


@page(f"/alerts/rules/{ID}/edit", "operate", "POST")
def change_alert(id: int) -> ResponseReturnValue:
    """Changes a rule; it is evaluated again at once."""
    rule = engine().alert_rule(id)
    draft = alerting.draft_of({**request.form.to_dict(), "kind": rule.condition.kind})
    assert draft is not None
    condition = draft.condition()
    if condition is None:
        return _form(draft, rule=rule, status=422)
    try:
        engine().change_alert_rule(
            id,
            name=draft.name or alerting.name_of(condition),
            condition=condition,
            every=span_of(draft.every),
            runbook=draft.runbook,
            by=actor(),
            idempotency_key=request.form.get("key") or None,
        )
    except Invalid as error:
        draft.wrong["query" if "query:" in str(error) else "name"] = str(error)
        return _form(draft, rule=rule, status=422)
    flash(_("Changed, and evaluated again at once."), "completed")
    return redirect(url_for("console.alert_rule", id=id), 303)


@page(f"/alerts/rules/{ID}", "operate", "POST")
def command_alert(id: int) -> ResponseReturnValue:
    """Tests, silences, turns off or on, or removes a rule."""
    known, by, key = engine(), actor(), request.form.get("key") or None
    back = redirect(url_for("console.alert_rule", id=id), 303)
    match request.form.get("do"):
        case "test":
            known.fire_test(id, by=by, idempotency_key=key)
            flash(_("Told as a test: see the bell, and whoever takes your webhooks."), "completed")
        case "silence":
            until = datetime.now(UTC) + span_of(request.form.get("for", "1h"))
            reason = request.form.get("reason", "").strip() or None
            known.silence_alert_rule(id, until, reason=reason, by=by, idempotency_key=key)
            flash(_("Silenced: it is evaluated and tells nobody."), "suspended")
        case "speak":
            known.silence_alert_rule(id, None, by=by, idempotency_key=key)
            flash(_("It tells again."), "completed")
        case "off" | "on" as what:
            known.change_alert_rule(id, is_enabled=what == "on", by=by, idempotency_key=key)
            is_on = what == "on"
            flash(
                _("Turned on.") if is_on else _("Turned off."),
                "completed" if is_on else "suspended",
            )
        case "remove":
            known.remove_alert_rule(id, by=by, idempotency_key=key)
            flash(_("Removed; what it has told stays in the list."), "cancelled")
            back = redirect(url_for("console.alerts"), 303)
    return back


@page(f"/alerts/{ID}/seen", "operate", "POST")
def see_alert(id: int) -> ResponseReturnValue:
    """Somebody looks after an alert."""
    reason = request.form.get("reason", "").strip() or None
    seen = engine().acknowledge_alert(
        id, reason=reason, by=actor(), idempotency_key=request.form.get("key") or None
    )
    flash(_("“%(name)s”: you look after it.", name=seen.name), "completed")
    return redirect(url_for("console.alerts"), 303)


@page("/alerts/bell", "view")
def alert_bell() -> ResponseReturnValue:
    """The bell of the top bar, alone: it asks for itself now and then."""
    return render("_bell.html")


def _form(
    draft: alerting.Draft,
    *,
    rule: AlertRule | None = None,
    is_asked: bool = False,
    status: int = 200,
) -> ResponseReturnValue:
    """A rule's form, with what it would have told as soon as it says a condition."""
    trial, why = _tried(draft)
    check = None
    condition = draft.condition()
    if trial is not None and condition is not None:
        check = engine().check_alert(condition)
    processes = engine().processes().items
    return render(
        "alert_new.html",
        status,
        draft=draft,
        rule=rule,
        fields=alerting.ASKED[draft.kind],
        events={name: _(word) for name, word in alerting.EVENTS.items()},
        kinds=_kinds(),
        processes=processes,
        job_types=[one.type for one in engine().job_types()],
        check=check,
        trial=trial,
        why=why if is_asked or status != 200 else None,
        bars=alerting.bars(trial) if trial else [],
        condition=condition,
        query_example="process:order var.amount>1000",
        called=called(draft, condition),
        over=request.args.get("over", "7d"),
        overs={value: _(word) for value, word in TRIALS.items()},
        is_asked=is_asked,
        **_words(),
    )


def _tried(draft: alerting.Draft) -> tuple[AlertTrial | None, str | None]:
    """What a rule would have told, or why that cannot be said."""
    condition = draft.condition()
    if condition is None:
        return None, None
    over = request.args.get("over", "7d")
    within = span_of(over) if over in TRIALS else timedelta(days=7)
    try:
        return engine().try_alert(condition, every=span_of(draft.every), within=within), None
    except EngineError as error:
        return None, str(error)


def _words() -> dict[str, Any]:
    return {"sentence": alerting.sentence, "found": alerting.found}


def _kinds() -> dict[str, tuple[str, str]]:
    return {kind: (_(word), _(example)) for kind, (word, example) in alerting.KINDS.items()}


def called(draft: alerting.Draft, condition: AlertCondition | None) -> Any:
    """The body of the API call that makes the rule."""
    if condition is None:
        return None
    given: dict[str, Any] = {
        "kind": condition.kind,
        **{
            name: getattr(draft, name)
            for name in ("query", "event", "within")
            if name in _of(draft)
        },
    }
    for name, member in (("threshold", "threshold"), ("at_least", "atLeast")):
        if name in _of(draft) and getattr(draft, name):
            given[member] = getattr(condition, name)
    if condition.job_type:
        given["jobType"] = condition.job_type
    body: dict[str, Any] = {"name": draft.name or alerting.name_of(condition), "condition": given}
    if draft.every != "1m":
        body["every"] = draft.every
    return {**body, "runbook": draft.runbook} if draft.runbook else body


def _of(draft: alerting.Draft) -> tuple[str, ...]:
    return alerting.ASKED[draft.kind]
