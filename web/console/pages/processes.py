"""Processes: the list, one version on its diagram, and starting an instance."""

from __future__ import annotations

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import DefinitionView, EngineError, InstanceQuery, InvalidForm, NotFound, Paging
from web.console import extent, facts, forms
from web.console.blueprint import KEY, page
from web.console.language import _
from web.console.rendering import actor, describe, engine, render
from web.console.requests import entered, lists, offset_of, pages_of

LIMIT = 50


@page("/processes", "view")
def processes() -> ResponseReturnValue:
    """Every process by its latest version."""
    text = request.args.get("q", "").strip()
    found = engine().processes(text or None, Paging(limit=LIMIT, offset=offset_of(request.args)))
    return render(
        "processes.html", found=found, text=text, limit=LIMIT, **pages_of("console.processes")
    )


@page("/processes/<process_id>", "view")
def process(process_id: str) -> ResponseReturnValue:
    """One version: diagram with all its instances, steps, versions, start form."""
    return _show(_version(process_id), request.args.get("key", ""), None)


@page("/processes/<process_id>/start", "operate", "POST")
def start(process_id: str) -> ResponseReturnValue:
    """Starts an instance with what the form says, and goes to it."""
    definition = _version(process_id)
    given = lists(request.form)
    fields = forms.fields_of(definition.start_form, {})
    business_key = request.form.get("business_key", "").strip()
    if fields:
        variables = forms.read(fields, entered(given))
    else:
        fields = [forms.variables_field()]
        variables = forms.read_object(fields[0], entered(given))
    if any(field.wrong for field in fields):
        return _show(definition, business_key, fields, 422)
    try:
        started = engine().start(
            process_id,
            variables,
            business_key=business_key or None,
            version=definition.version,
            by=actor(),
            checks_form=True,
            idempotency_key=request.form.get("key") or None,
        )
    except InvalidForm as error:
        forms.mark(fields, error.fields)
        flash(str(error), "failed")
        return _show(definition, business_key, fields, 422)
    except EngineError as error:
        flash(str(error), "failed")
        return _show(definition, business_key, fields, describe(error)[0])
    flash(
        _("Started %(instance)s.", instance=business_key)
        if business_key
        else _("Started an instance."),
        "completed",
    )
    return redirect(url_for("console.instance", id=started.id), 303)


@page(f"/definitions/{KEY}.bpmn", "view")
def model(key: int) -> Response:
    """The model of one version, with a diagram (laid out if the file had none)."""
    return _xml(engine().diagram(key))


@page(f"/definitions/{KEY}/source.bpmn", "view")
def source(key: int) -> Response:
    """The file as it was deployed."""
    answer = _xml(engine().source(key))
    answer.headers["Content-Disposition"] = f'attachment; filename="{key}.bpmn"'
    return answer


def _xml(content: bytes) -> Response:
    answer = Response(content, mimetype="application/xml")
    # One version's file never changes; what is asked again need not be sent again.
    answer.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return answer


def _version(process_id: str) -> DefinitionView:
    asked = request.args.get("v", "")
    if not asked:
        return engine().latest(process_id)
    for definition in engine().versions(process_id):
        if str(definition.version) == asked:
            return engine().definition(definition.key)  # a list leaves out forms and elements
    raise NotFound(
        _(
            "process “%(process)s” has no version “%(version)s”; see the list of its versions",
            process=process_id,
            version=asked,
        )
    )


def _show(
    definition: DefinitionView,
    business_key: str,
    fields: list[forms.Field] | None,
    status: int = 200,
) -> tuple[str, int, dict[str, str]]:
    statistics = engine().statistics(definition.key)
    selected = request.args.get("el")
    if fields is None:
        fields = forms.fields_of(definition.start_form, {}) or [forms.variables_field()]
    places = {element: place for place, element in enumerate(definition.elements)}
    query = InstanceQuery(definition=definition.key, order="-updated")
    return render(
        "process.html",
        status,
        definition=definition,
        versions=engine().versions(definition.process_id),
        statistics=sorted(statistics, key=lambda one: places.get(one.element, len(places))),
        ratio=extent.ratio(engine().diagram(definition.key)),
        facts=facts.of_definition(statistics, selected),
        selected=selected,
        recent=engine().instances(query, Paging(limit=10)),
        fields=fields,
        business_key=business_key,
        is_wrong=any(field.wrong for field in fields) or status != 200,
    )
