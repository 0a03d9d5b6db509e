"""Processes: the list, and one version on its diagram."""

from __future__ import annotations

from flask import Response, request
from flask.typing import ResponseReturnValue

from engine import DefinitionView, InstanceQuery, NotFound, Paging
from web.console import extent, facts
from web.console.blueprint import KEY, page
from web.console.language import _
from web.console.rendering import engine, render
from web.console.requests import offset_of, pages_of

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
    """One version: diagram with all its instances, steps, versions."""
    return _show(version_of(process_id))


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


def version_of(process_id: str) -> DefinitionView:
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


def _show(definition: DefinitionView) -> tuple[str, int, dict[str, str]]:
    statistics = engine().statistics(definition.key)
    selected = request.args.get("el")
    places = {element: place for place, element in enumerate(definition.elements)}
    query = InstanceQuery(definition=definition.key, order="-updated")
    return render(
        "process.html",
        definition=definition,
        versions=engine().versions(definition.process_id),
        statistics=sorted(statistics, key=lambda one: places.get(one.element, len(places))),
        ratio=extent.ratio(engine().diagram(definition.key)),
        facts=facts.of_definition(statistics, selected),
        selected=selected,
        recent=engine().instances(query, Paging(limit=10)),
    )
