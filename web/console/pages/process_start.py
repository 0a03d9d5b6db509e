"""Starting an instance by hand: its form and business key, as it was done before, tried first."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import DefinitionView, Effect, EngineError, InvalidForm, RecentStart, StartAdvice
from web.console import entry, forms
from web.console.blueprint import page
from web.console.language import _
from web.console.names import Names
from web.console.pages.processes import version_of
from web.console.rendering import actor, describe, engine, render

MORE = "more"
"""The field for further variables, as JSON."""
NUMBERED = re.compile(r"(.*?)(\d{1,12})", re.DOTALL)


@page("/processes/<process_id>/start", "operate")
def start_form(process_id: str) -> ResponseReturnValue:
    """The form with which an instance of a version is started."""
    definition = version_of(process_id)
    advice = engine().start_advice(definition.key)
    like = request.args.get("like", "")
    before = next((one for one in advice.recent if str(one.instance) == like), None)
    asked = asked_of(definition, advice, before.variables if before else {})
    return _show(definition, advice, asked, business_key=request.args.get("key", ""))


@page("/processes/<process_id>/start", "operate", "POST")
def start(process_id: str) -> ResponseReturnValue:
    """Starts an instance with what the form says, and goes to it; or only tries it."""
    definition = version_of(process_id)
    advice = engine().start_advice(definition.key)
    asked = entry.read(asked_of(definition, advice, {}), request.form)
    more = forms.variables_field(request.form.get(MORE) or "{}")
    variables = {**asked.values, **forms.read_object(more, {more.key: [more.shown]})}
    given: dict[str, Any] = {
        "business_key": request.form.get("business_key", "").strip(),
        "message": request.form.get("message", ""),
        "correlation_key": request.form.get("correlation_key", "").strip(),
        "more": more,
    }
    if asked.is_wrong or more.wrong:
        return _show(definition, advice, asked, 422, **given)
    try:
        if request.form.get("check"):
            effect = engine().check_start(
                process_id,
                variables,
                business_key=given["business_key"] or None,
                version=definition.version,
                by=actor(),
            )
            return _show(definition, advice, asked, effect=effect, **given)
        id = _started(definition, advice, variables, given)
    except InvalidForm as error:
        asked.mark(error.fields)
        flash(str(error), "failed")
        return _show(definition, advice, asked, 422, **given)
    except EngineError as error:
        flash(str(error), "failed")
        return _show(definition, advice, asked, describe(error)[0], **given)
    flash(_("Started %(name)s.", name=given["business_key"] or _("an instance")), "completed")
    return redirect(url_for("console.instance", id=id), 303)


def _started(
    definition: DefinitionView,
    advice: StartAdvice,
    variables: Mapping[str, Any],
    given: Mapping[str, Any],
) -> int:
    """The id of the new instance; of who received the message, where one was sent instead."""
    key = request.form.get("key") or None
    if given["message"] in advice.messages:
        published = engine().correlate(
            given["message"],
            given["correlation_key"] or None,
            variables,
            by=actor(),
            idempotency_key=key,
        )
        assert published.instance is not None
        return published.instance
    return (
        engine()
        .start(
            definition.process_id,
            variables,
            business_key=given["business_key"] or None,
            version=definition.version,
            by=actor(),
            checks_form=True,
            idempotency_key=key,
        )
        .id
    )


def asked_of(
    definition: DefinitionView, advice: StartAdvice, variables: Mapping[str, Any]
) -> entry.Entry:
    """The start form; without one, a field for each variable that earlier starts were given and
    that the process reads; without any, one for all of them as JSON."""
    if definition.start_form:
        return entry.of_form(definition.start_form, variables)
    names = dict.fromkeys(name for one in advice.recent for name in one.variables)
    names |= dict.fromkeys(advice.reads)
    if not names:
        return entry.of_form(None, {})
    examples = {name: _example(name, advice.recent) for name in names}
    fields = [
        {"id": name, "label": name, "type": _type(examples[name]), "description": _hint(example)}
        for name, example in examples.items()
    ]
    return entry.of_form({"fields": fields}, variables)


def _example(name: str, recent: Sequence[RecentStart]) -> Any:
    return next((one.variables[name] for one in recent if name in one.variables), None)


def _type(example: Any) -> str:
    """The kind of field that what was given before asks for."""
    if isinstance(example, bool):
        return "boolean"
    if isinstance(example, dict | list):
        return "json"
    return "string" if isinstance(example, str) or example is None else "number"


def _hint(example: Any) -> str:
    if example is None or isinstance(example, dict | list | bool):
        return ""
    return _("last time %(value)s", value=str(example)[:60])


def _following(recent: Sequence[RecentStart]) -> str:
    """The business key that would come next, where the last one ends in a number."""
    last = next((one.business_key for one in recent if one.business_key), "")
    found = NUMBERED.fullmatch(last or "")
    return f"{found[1]}{int(found[2]) + 1:0{len(found[2])}d}" if found else ""


def _show(
    definition: DefinitionView,
    advice: StartAdvice,
    asked: entry.Entry,
    status: int = 200,
    *,
    business_key: str = "",
    message: str = "",
    correlation_key: str = "",
    more: forms.Field | None = None,
    effect: Effect | None = None,
) -> tuple[str, int, dict[str, str]]:
    return render(
        "process_start.html",
        status,
        definition=definition,
        versions=engine().versions(definition.process_id),
        advice=advice,
        entry=asked,
        more=more or forms.variables_field(),
        is_json=[field.key for field in asked.fields] == ["variables"],
        business_key=business_key,
        suggested=_following(advice.recent),
        message=message,
        correlation_key=correlation_key,
        effect=effect,
        names=Names(engine()).all_of(definition.key),
    )
