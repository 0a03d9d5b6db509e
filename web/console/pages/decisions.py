"""Decisions: the list, one version with its rules, trying it, and what was recorded of it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue

from engine import (
    DecisionInput,
    DecisionModel,
    DecisionView,
    EngineError,
    EvaluatedTable,
    EvaluationQuery,
    NotFound,
    Paging,
)
from web.console import forms
from web.console.blueprint import KEY, page
from web.console.language import _
from web.console.rendering import describe, engine, render
from web.console.requests import entered, lists, offset_of, pages_of

LIMIT = 50
RECORDED = 10
"""Evaluations that the page of a decision shows at once."""
COUNTED = 1000
"""The latest evaluations over which hits are counted."""
TYPES = {
    "number": "number",
    "boolean": "select",
    "string": "textfield",
    "date": "date",
    "time": "time",
}


@page("/decisions", "view")
def decisions() -> ResponseReturnValue:
    """Every decision by its latest version."""
    text = request.args.get("q", "").strip()
    found = engine().decisions(text or None, Paging(limit=LIMIT, offset=offset_of(request.args)))
    return render(
        "decisions.html", found=found, text=text, limit=LIMIT, **pages_of("console.decisions")
    )


@page("/decisions/<decision_id>", "view")
def decision(decision_id: str) -> ResponseReturnValue:
    """One version: its rules with their hits, a form to try it, the evaluations recorded."""
    view = version_of(decision_id)
    shown = request.args.get("evaluation", "")
    told: dict[str, Any] = {}
    if shown.isdecimal() and len(shown) < 20:
        told = {"recorded": engine().evaluation(int(shown))}
    return _show(view, **told)


@page("/decisions/<decision_id>", "view", "POST")
def try_decision(decision_id: str) -> ResponseReturnValue:
    """What the decision comes to with what was entered; nothing is written down."""
    view = version_of(decision_id)
    inputs = inputs_of(view)
    fields = fields_of(inputs)
    given = read_inputs(inputs, fields, entered(lists(request.form)))
    if any(field.wrong for field in fields):
        return _show(view, 422, fields=fields)
    try:
        outcome = engine().evaluate(decision_id, given, version=view.version, is_kept=False)
    except EngineError as error:
        return _show(view, describe(error)[0], fields=fields, refused=str(error))
    return _show(view, fields=fields, outcome=outcome)


@page(f"/decisions/file/{KEY}.dmn", "view")
def decision_file(key: int) -> Response:
    """The file of one version, as it was deployed."""
    answer = Response(engine().source(engine().decision(key).key), mimetype="application/xml")
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer


def version_of(decision_id: str) -> DecisionView:
    """The version that the address asks for, the latest by default."""
    asked = request.args.get("v", "")
    for one in engine().decision_versions(decision_id):
        if asked in ("", str(one.version)):
            return one
    raise NotFound(
        f"decision '{decision_id}' has no version '{asked}'; see the list of its versions"
    )


def fields_of(inputs: list[DecisionInput]) -> list[forms.Field]:
    """A field for each variable that a decision reads."""
    found = []
    for one in inputs:
        type = TYPES.get(one.type, "textfield")
        options: list[Any] = list(one.choices)
        if one.type == "boolean":
            options = [{"value": True, "label": "true"}, {"value": False, "label": "false"}]
        described = {
            "type": "select" if options else type,
            "key": one.name,
            "label": f"{one.label} ({one.name})" if one.label else one.name,
            "values": options,
            "description": "" if one.type or options else _("A number, true, a text, or JSON."),
        }
        found += forms.fields_of({"components": [described]}, {})
    return found


def read_inputs(
    inputs: list[DecisionInput], fields: list[forms.Field], given: dict[str, list[str]]
) -> dict[str, Any]:
    """What was entered; where the model states no type, what is JSON is read as such."""
    result = forms.read(fields, given)
    for one in inputs:
        if one.type not in TYPES and isinstance(text := result.get(one.name), str):
            try:
                result[one.name] = forms.parse_json(text)
            except ValueError:
                continue  # a text
    return result


def _show(view: DecisionView, status: int = 200, **told: Any) -> tuple[str, int, dict[str, str]]:
    models = engine().decision_models(engine().source(view.key))
    model = next((one for one in models if one.id == view.decision_id), None)
    query = EvaluationQuery(decision_id=view.decision_id, version=view.version)
    counted = engine().evaluations(query, Paging(limit=COUNTED))
    hits = Counter(
        (table.decision, rule)
        for one in counted.items
        for table in one.tables
        for rule in fired(table, models)
    )
    outcome = told.get("outcome") or told.get("recorded")
    tables = outcome.tables if outcome else []
    values = {"fields": fields_of(model.inputs) if model else [], **told}
    return render(
        "decision.html",
        status,
        view=view,
        model=model,
        models=models,
        versions=engine().decision_versions(view.decision_id),
        uses=engine().uses("decision", view.decision_id),
        hits=hits,
        counted=len(counted.items),
        found=engine().evaluations(query, Paging(limit=RECORDED, offset=offset_of(request.args))),
        limit=RECORDED,
        tables=tables,
        shown=outcome,
        fired={one.decision: fired(one, models) for one in tables},
        matched={one.decision: one.matched for one in tables},
        facts=_facts(view.decision_id, hits, tables, models),
        rules_of=_fired_words(models),
        **values,
        **pages_of("console.decision"),
    )


def _facts(
    decision_id: str,
    hits: Counter[tuple[str, str]],
    tables: list[EvaluatedTable],
    models: list[DecisionModel],
) -> dict[str, Any]:
    """What is drawn on the tables: how often each rule fired, and which did this time."""
    told: dict[str, Any] = {"decision": decision_id, "rules": {}}
    for (owner, rule), count in hits.items():
        told["rules"].setdefault(owner, {}).setdefault(rule, {})["hits"] = count
    for table in tables:
        own = told["rules"].setdefault(table.decision, {})
        for rule in table.matched:
            own.setdefault(rule, {})["matched"] = True
        for rule in fired(table, models):
            own[rule]["fired"] = True
    return told


def fired(table: EvaluatedTable, models: list[DecisionModel]) -> list[str]:
    """The rules that made the result: of those that matched, the first under hit policy FIRST."""
    own = next((one for one in models if one.id == table.decision), None)
    return table.matched[:1] if own is not None and own.policy == "FIRST" else table.matched


def _fired_words(models: list[DecisionModel]) -> Any:
    """A function for templates: the rules that fired in an evaluation, by number."""
    places = {(one.id, rule.id): place for one in models for place, rule in enumerate(one.rules, 1)}

    def words(tables: list[EvaluatedTable]) -> list[str]:
        found = []
        for table in tables:
            numbers = [str(places.get((table.decision, r), r)) for r in fired(table, models)]
            prefix = f"{table.decision} " if len(tables) > 1 else ""
            found.append(prefix + (", ".join(numbers) or _("none")))
        return found

    return words


def inputs_of(view: DecisionView) -> list[DecisionInput]:
    """The variables that a version of a decision reads."""
    return _model(engine().source(view.key), view.decision_id).inputs


def _model(content: bytes, decision_id: str) -> DecisionModel:
    for one in engine().decision_models(content):
        if one.id == decision_id:
            return one
    raise NotFound(f"the file has no decision '{decision_id}'")
